//! Who answers for an account that is not theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccountState, LifeHistory};
use crate::model::id::AccountId;
use crate::model::join::{Join, join_entry};
use crate::model::limits::LINKS_MAX;

/// Since when and until when somebody answers for an account, and who that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub life: LifeHistory,
    /// Where they are known by an account: what tells whose it is. Several where that is a name of
    /// others.
    pub accounts: BTreeMap<AccountId, AccountState>,
}

impl Join for Answer {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.life.join(other.life);
        for (account, whose) in other.accounts {
            changed |= join_entry(&mut self.accounts, LINKS_MAX, account, whose);
        }
        changed
    }
}
