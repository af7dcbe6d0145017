//! Who answers for an account that is not theirs: the sponsor of a guest, the owner of a
//! non-human identity.

use serde::{Deserialize, Serialize};

use super::{LifeChange, Whom};
use crate::model::id::AccountId;
use crate::model::state::AccountState;

/// Somebody begins to answer for the account, or answers for it no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerChange {
    pub whom: Whom,
    pub change: LifeChange,
}

/// To the home of the account of whoever answers: for which account they do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Charge {
    pub account: AccountId,
    /// The name under which whoever answers is known there.
    pub named: AccountId,
}

/// Back to the charge: whose the account is that answers for it, and how they are employed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerTold {
    /// As whom it was named.
    pub named: AccountId,
    pub account: AccountId,
    pub whose: AccountState,
}
