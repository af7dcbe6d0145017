//! The home of an identifier: where accounts and people that share it meet.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::DeviceState;
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, DeviceId, PersonId};
use crate::model::join::{Earliest, Join, join_entry, join_item};
use crate::model::limits::{DEVICES_MAX, LINKS_MAX};
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierState {
    pub persons: BTreeSet<PersonId>,
    pub accounts: BTreeMap<(AccountId, LinkReason), Earliest>,
    /// Devices that name it as their holder.
    pub devices: BTreeMap<DeviceId, DeviceState>,
}

impl IdentifierState {
    pub fn person(&mut self, person: PersonId) -> bool {
        join_item(&mut self.persons, LINKS_MAX, person)
    }

    pub fn device(&mut self, device: DeviceId, state: DeviceState) -> bool {
        join_entry(&mut self.devices, DEVICES_MAX, device, state)
    }

    pub fn account(&mut self, account: AccountId, reason: LinkReason, at: Timestamp) -> bool {
        join_entry(
            &mut self.accounts,
            LINKS_MAX,
            (account, reason),
            Earliest(at),
        )
    }
}

impl Join for IdentifierState {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = false;
        for person in other.persons {
            changed |= self.person(person);
        }
        for (claim, at) in other.accounts {
            changed |= join_entry(&mut self.accounts, LINKS_MAX, claim, at);
        }
        for (device, state) in other.devices {
            changed |= self.device(device, state);
        }
        changed
    }
}
