//! What people and attempts say about an account without changing it.

use serde::{Deserialize, Serialize};

use super::{Actor, GrantName};
use crate::model::Text;
use crate::model::id::EventUid;
use crate::model::time::Timestamp;

/// An access review's decision about one grant, or about all that the account has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantReview {
    /// `None` is the whole account.
    pub grant: Option<GrantName>,
    pub review: Review,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Review {
    pub at: Timestamp,
    pub decision: Decision,
    pub reviewer: Option<Text>,
    /// The review's id at its source.
    pub id: Option<Text>,
    pub event: EventUid,
}

/// In the order in which decisions of one instant count. A decision ends nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Decision {
    Keep,
    Revoke,
}

/// An attempt to end the account that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailedEnd {
    pub at: Timestamp,
    pub event: EventUid,
    /// Who tried, where the record says so.
    pub actor: Option<Actor>,
    /// What a workflow's step calls it. An attempt that the account's own source logged has none:
    /// there the mapping knows that it was to end the account.
    pub action: Option<Text>,
}
