//! The home of a person: their employment and the accounts linked to them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::account::Vias;
use super::{AccountState, DeviceState, Employment, LifeHistory, Named, TicketState};
use crate::model::fact::{DeviceTold, LinkReason, Through, TicketTold, Whom};
use crate::model::id::{AccountId, DeviceId, Identifier, PersonId, TicketId};
use crate::model::join::{Earliest, Join, join_entry, join_item};
use crate::model::limits::{DEVICES_MAX, LINKS_MAX, SELVES_MAX, TICKETS_MAX};
use crate::model::time::Timestamp;

/// Other employee ids of the same person: why they are thought so, and since when it is stated.
pub type Selves = BTreeMap<(PersonId, LinkReason), Earliest>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonState {
    pub employment: Employment,
    pub accounts: BTreeMap<AccountId, LinkedAccount>,
    /// Devices that name an account or identifier of theirs as holder: as whom, and through which.
    pub devices: BTreeMap<DeviceId, Named<(Whom, Through), DeviceState>>,
    /// Tickets that name an identifier of theirs.
    pub tickets: BTreeMap<TicketId, Named<Whom, TicketState>>,
    /// Identifiers that others have as well, with everybody who has them.
    pub shared: BTreeMap<Identifier, BTreeSet<PersonId>>,
    pub same_as: Selves,
    /// What the homes of those ids hold, and of ids that are theirs in turn. Each by itself, so that
    /// what a policy no longer joins comes apart again.
    pub others: BTreeMap<PersonId, PersonState>,
}

/// An account that claims one of the person's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedAccount {
    pub vias: Vias,
    pub life: LifeHistory,
    /// What tells whose it is, where the person has to judge that.
    pub whose: Option<Box<AccountState>>,
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

    pub fn account_whose(&mut self, account: AccountId, whose: Box<AccountState>) -> bool {
        let linked = LinkedAccount {
            whose: Some(whose),
            ..LinkedAccount::default()
        };
        join_entry(&mut self.accounts, LINKS_MAX, account, linked)
    }

    pub fn device(&mut self, told: DeviceTold, through: Through) -> bool {
        let named = Named::new([(told.named, through)], told.state);
        join_entry(&mut self.devices, DEVICES_MAX, told.device, named)
    }

    pub fn ticket(&mut self, told: TicketTold) -> bool {
        let named = Named::new([told.named], told.state);
        join_entry(&mut self.tickets, TICKETS_MAX, told.ticket, named)
    }

    pub fn share(&mut self, identifier: &Identifier, persons: BTreeSet<PersonId>) -> bool {
        let known = self.shared.entry(identifier.clone()).or_default();
        let changed = persons.into_iter().fold(false, |changed, person| {
            join_item(known, LINKS_MAX, person) | changed
        });
        if self.shared.len() > LINKS_MAX {
            self.shared.pop_last();
        }
        changed
    }

    pub fn same_as(&mut self, person: PersonId, reason: LinkReason, at: Timestamp) -> bool {
        // One more than may be joined, to tell that there are too many.
        let max = SELVES_MAX + 1;
        join_entry(&mut self.same_as, max, (person, reason), Earliest(at))
    }

    pub fn other(&mut self, person: PersonId, state: PersonState) -> bool {
        join_entry(&mut self.others, SELVES_MAX, person, state)
    }

    /// What it holds by itself.
    #[must_use]
    pub fn alone(&self) -> PersonState {
        PersonState {
            employment: self.employment.clone(),
            accounts: self.accounts.clone(),
            devices: self.devices.clone(),
            tickets: self.tickets.clone(),
            shared: self.shared.clone(),
            same_as: self.same_as.clone(),
            others: BTreeMap::new(),
        }
    }

    /// Accounts that claim an identifier of theirs, by themselves or by another of their ids.
    pub fn linked(&self) -> impl Iterator<Item = &AccountId> {
        let own = self.accounts.iter();
        let of_others = self.others.values().flat_map(|other| &other.accounts);
        let claims = own.chain(of_others).filter(|(_, it)| !it.vias.is_empty());
        let linked: BTreeSet<&AccountId> = claims.map(|(account, _)| account).collect();
        linked.into_iter()
    }

    pub fn account_life(&mut self, account: AccountId, life: LifeHistory) -> bool {
        let linked = LinkedAccount {
            life,
            ..LinkedAccount::default()
        };
        join_entry(&mut self.accounts, LINKS_MAX, account, linked)
    }
}

impl Join for LinkedAccount {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.life.join(other.life);
        changed |= match (&mut self.whose, other.whose) {
            (_, None) => false,
            (Some(mine), Some(other)) => mine.join(other),
            (mine, other) => {
                *mine = other;
                true
            }
        };
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
        for (device, named) in other.devices {
            changed |= join_entry(&mut self.devices, DEVICES_MAX, device, named);
        }
        for (ticket, named) in other.tickets {
            changed |= join_entry(&mut self.tickets, TICKETS_MAX, ticket, named);
        }
        for (identifier, persons) in other.shared {
            changed |= self.share(&identifier, persons);
        }
        for ((person, reason), at) in other.same_as {
            changed |= self.same_as(person, reason, at.0);
        }
        for (person, state) in other.others {
            changed |= self.other(person, state);
        }
        changed
    }
}
