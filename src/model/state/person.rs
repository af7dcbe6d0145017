//! The home of a person: their employment and the accounts linked to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::Vias;
use super::{Employment, LifeHistory};
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, Identifier};
use crate::model::join::{Earliest, Join, join_entry};
use crate::model::limits::LINKS_MAX;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonState {
    pub employment: Employment,
    pub accounts: BTreeMap<AccountId, LinkedAccount>,
}

/// An account that claims one of the person's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedAccount {
    pub vias: Vias,
    pub life: LifeHistory,
}

impl PersonState {
    pub fn link(
        &mut self,
        account: AccountId,
        identifier: Identifier,
        reason: LinkReason,
        at: Timestamp,
    ) -> bool {
        let mut linked = LinkedAccount::default();
        linked.vias.insert((identifier, reason), Earliest(at));
        join_entry(&mut self.accounts, LINKS_MAX, account, linked)
    }

    pub fn account_life(&mut self, account: AccountId, life: LifeHistory) -> bool {
        let linked = LinkedAccount {
            vias: Vias::new(),
            life,
        };
        join_entry(&mut self.accounts, LINKS_MAX, account, linked)
    }
}

impl Join for LinkedAccount {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.life.join(other.life);
        for (via, since) in other.vias {
            changed |= join_entry(&mut self.vias, LINKS_MAX, via, since);
        }
        changed
    }
}

impl Join for PersonState {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.employment.join(other.employment);
        for (account, linked) in other.accounts {
            changed |= join_entry(&mut self.accounts, LINKS_MAX, account, linked);
        }
        changed
    }
}
