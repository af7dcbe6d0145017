//! What the rules about tickets read.

use std::collections::BTreeSet;

use super::approval::is_shared;
use crate::identity::{Ownership, Request, ownership, person_ref, request_at};
use crate::model::fact::{TicketEvent, Whom};
use crate::model::finding::{AccountRef, IdentityRef};
use crate::model::id::{AccountId, PersonId, TicketId};
use crate::model::join::Join;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Employment, TicketState};

pub struct TicketContext<'a> {
    pub id: &'a TicketId,
    pub state: &'a TicketState,
    pub policy: &'a Policy,
    pub events: Vec<&'a TicketEvent>,
}

impl<'a> TicketContext<'a> {
    pub fn new(id: &'a TicketId, state: &'a TicketState, policy: &'a Policy) -> Self {
        TicketContext {
            id,
            state,
            policy,
            events: state.events(),
        }
    }

    pub fn request_at(&self, place: usize) -> Request<'a> {
        request_at(&self.events, place)
    }

    /// The accounts that `whom` means: that one, or all that are that person's and nobody else's.
    pub fn accounts(&self, whom: &Whom) -> Vec<(&'a AccountId, &'a AccountState)> {
        if is_shared(whom, self.policy) {
            return Vec::new();
        }
        let accounts = self.state.accounts.iter().filter(|(id, named)| {
            let owners = self.owners(id, &named.state);
            // A name is no account, nor is a session; what they stand for answers for itself.
            let is_account = named.state.same_as.is_empty() && !named.state.session;
            is_account
                && named.by.iter().any(|(named, through)| {
                    named == whom && through.as_ref().is_none_or(|it| owners.contains(&it))
                })
        });
        accounts.map(|(id, named)| (id, &*named.state)).collect()
    }

    /// Whom the ticket is about as of its newest event.
    fn subject(&self) -> Option<Whom> {
        self.request_at(self.events.len().saturating_sub(1)).subject
    }

    /// The one person whose accounts it means.
    pub fn identity(&self) -> Option<IdentityRef> {
        let whom = self.subject()?;
        let accounts = self.accounts(&whom);
        let owners = accounts.iter();
        let owners: BTreeSet<PersonId> = owners
            .filter_map(|(id, state)| self.owner(id, state))
            .collect();
        let [person] = owners.iter().collect::<Vec<_>>()[..] else {
            return None;
        };
        // One account may have learnt of a new name before another told.
        let records = accounts
            .iter()
            .filter_map(|(_, state)| state.owners.get(person));
        let mut employment = Employment::default();
        for owner in records {
            employment.join(owner.employment.clone());
        }
        let email = match whom {
            Whom::Identifier(crate::model::id::Identifier::Email(address)) => Some(address),
            _ => None,
        };
        Some(IdentityRef {
            email,
            ..person_ref(person, &employment)
        })
    }

    /// The account, of a ticket that names one.
    pub fn account(&self) -> Option<AccountRef> {
        let Some(Whom::Account(id)) = self.subject() else {
            return None;
        };
        let known = self.state.accounts.get(&id);
        let name = known.and_then(|named| named.state.name().or(named.state.email()));
        Some(AccountRef {
            source: id.source.as_str().into(),
            uid: id.uid.clone(),
            name: name.cloned(),
        })
    }

    /// All ids of the one person whose account it is.
    fn owners<'s>(&self, id: &AccountId, state: &'s AccountState) -> Vec<&'s PersonId> {
        match ownership(id, state, self.policy) {
            Ownership::Person { people, .. } => people,
            _ => Vec::new(),
        }
    }

    fn owner(&self, id: &AccountId, state: &AccountState) -> Option<PersonId> {
        match ownership(id, state, self.policy) {
            Ownership::Person { person, .. } => Some(person.clone()),
            _ => None,
        }
    }
}
