//! Where homes stand, by their keys: one map for each kind, so that a fact finds its home by the
//! key that it holds, without a copy.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::HomeCounts;
use crate::model::fact::Fact;
use crate::model::id::{
    AccountId, CredentialId, DeviceId, Identifier, Key, PersonId, RunId, SourceName, TicketId,
};

/// Never iterated: what follows from a hash map's order differs from run to run.
#[derive(Default)]
pub(super) struct Places {
    accounts: HashMap<AccountId, usize, RandomState>,
    persons: HashMap<PersonId, usize, RandomState>,
    identifiers: HashMap<Identifier, usize, RandomState>,
    credentials: HashMap<CredentialId, usize, RandomState>,
    tickets: HashMap<TicketId, usize, RandomState>,
    devices: HashMap<DeviceId, usize, RandomState>,
    workflows: HashMap<RunId, usize, RandomState>,
    sources: HashMap<SourceName, usize, RandomState>,
}

impl Places {
    /// The place of the fact's home, if there is one yet.
    pub(super) fn of(&self, fact: &Fact) -> Option<usize> {
        let place = match fact {
            Fact::Account(id, _) => self.accounts.get(id),
            Fact::Person(id, _) => self.persons.get(id),
            Fact::Identifier(id, _) => self.identifiers.get(id),
            Fact::Credential(id, _) => self.credentials.get(id),
            Fact::Ticket(id, _) => self.tickets.get(id),
            Fact::Device(id, _) => self.devices.get(id),
            Fact::Workflow(id, _) => self.workflows.get(id),
            Fact::Source(name, _) => self.sources.get(name),
        };
        place.copied()
    }

    pub(super) fn account(&self, id: &AccountId) -> Option<usize> {
        self.accounts.get(id).copied()
    }

    pub(super) fn person(&self, id: &PersonId) -> Option<usize> {
        self.persons.get(id).copied()
    }

    pub(super) fn identifier(&self, id: &Identifier) -> Option<usize> {
        self.identifiers.get(id).copied()
    }

    pub(super) fn credential(&self, id: &CredentialId) -> Option<usize> {
        self.credentials.get(id).copied()
    }

    pub(super) fn ticket(&self, id: &TicketId) -> Option<usize> {
        self.tickets.get(id).copied()
    }

    pub(super) fn device(&self, id: &DeviceId) -> Option<usize> {
        self.devices.get(id).copied()
    }

    pub(super) fn workflow(&self, id: &RunId) -> Option<usize> {
        self.workflows.get(id).copied()
    }

    pub(super) fn source(&self, name: &SourceName) -> Option<usize> {
        self.sources.get(name).copied()
    }

    pub(super) fn insert(&mut self, key: Key, place: usize) {
        match key {
            Key::Account(id) => self.accounts.insert(id, place),
            Key::Person(id) => self.persons.insert(id, place),
            Key::Identifier(id) => self.identifiers.insert(id, place),
            Key::Credential(id) => self.credentials.insert(id, place),
            Key::Ticket(id) => self.tickets.insert(id, place),
            Key::Device(id) => self.devices.insert(id, place),
            Key::Workflow(id) => self.workflows.insert(id, place),
            Key::Source(name) => self.sources.insert(name, place),
        };
    }

    pub(super) fn counts(&self) -> HomeCounts {
        HomeCounts {
            accounts: self.accounts.len(),
            persons: self.persons.len(),
            identifiers: self.identifiers.len(),
            credentials: self.credentials.len(),
            tickets: self.tickets.len(),
            devices: self.devices.len(),
            workflows: self.workflows.len(),
            sources: self.sources.len(),
        }
    }
}
