//! The home of an identifier: where accounts and people that share it meet.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{DeviceState, TicketState};
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, DeviceId, PersonId, TicketId};
use crate::model::join::{Earliest, Join, join_entry, join_item};
use crate::model::limits::{DEVICES_MAX, LINKS_MAX, TICKETS_MAX};
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierState {
    pub persons: BTreeSet<PersonId>,
    pub accounts: BTreeMap<(AccountId, LinkReason), Earliest>,
    /// Devices that name it as their holder.
    pub devices: BTreeMap<DeviceId, DeviceState>,
    /// Tickets that name it.
    pub tickets: BTreeMap<TicketId, TicketState>,
}

impl IdentifierState {
    pub fn person(&mut self, person: PersonId) -> bool {
        join_item(&mut self.persons, LINKS_MAX, person)
    }

    pub fn device(&mut self, device: DeviceId, state: DeviceState) -> bool {
        join_entry(&mut self.devices, DEVICES_MAX, device, state)
    }

    pub fn ticket(&mut self, ticket: TicketId, state: TicketState) -> bool {
        join_entry(&mut self.tickets, TICKETS_MAX, ticket, state)
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
        for (ticket, state) in other.tickets {
            changed |= self.ticket(ticket, state);
        }
        changed
    }
}
