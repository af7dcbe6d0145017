//! The home of a credential whose records may not name its account: it passes changes on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Text;
use crate::model::fact::{CredentialChange, LifeChange};
use crate::model::id::AccountId;
use crate::model::join::{Join, Newest, join_item, join_least};
use crate::model::limits::{LIFE_CHANGES_MAX, LINKS_MAX};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialState {
    pub owners: BTreeSet<AccountId>,
    pub kind: Option<Text>,
    changes: Newest<LifeChange, LIFE_CHANGES_MAX>,
}

impl CredentialState {
    pub fn owner(&mut self, account: AccountId) -> bool {
        join_item(&mut self.owners, LINKS_MAX, account)
    }

    pub fn change(&mut self, change: CredentialChange) -> bool {
        let changed = join_least(&mut self.kind, change.kind);
        self.changes.insert(change.change) | changed
    }

    /// Ascending in time.
    pub fn changes(&self) -> &[LifeChange] {
        self.changes.as_slice()
    }
}

impl Join for CredentialState {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = join_least(&mut self.kind, other.kind);
        for account in other.owners {
            changed |= self.owner(account);
        }
        self.changes.join(other.changes) | changed
    }
}
