//! A dossier: the states of everything that concerns one identity, as homes hold them.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::person_ref;
use crate::model::Text;
use crate::model::fact::Whom;
use crate::model::finding::IdentityRef;
use crate::model::id::{AccountId, DeviceId, Identifier, PersonId, RunId, SourceName, TicketId};
use crate::model::state::{AccountState, DeviceState, PersonState, TicketState, WorkflowState};

/// One person with the accounts that are theirs; or accounts that are nobody's, or a machine's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dossier {
    pub person: Option<(PersonId, PersonState)>,
    pub accounts: BTreeMap<AccountId, AccountState>,
    /// Accounts that the person claims among others, and machines' that they answer for.
    pub claimed: BTreeMap<AccountId, AccountState>,
    pub tickets: BTreeMap<TicketId, TicketState>,
    pub devices: BTreeMap<DeviceId, DeviceState>,
    pub workflows: BTreeMap<RunId, WorkflowState>,
}

/// Everything by which records may mean an identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    identifiers: BTreeSet<Identifier>,
    /// By uid and by every name, lower-cased.
    accounts: BTreeSet<(SourceName, Text)>,
}

impl Dossier {
    /// The person, or `None` where there is no one person.
    pub fn identity(&self) -> Option<IdentityRef> {
        let (id, state) = self.person.as_ref()?;
        Some(person_ref(id, &state.employment))
    }

    /// By what records may mean them. An address that several people have means none of them.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        if let Some((id, state)) = &self.person {
            names
                .identifiers
                .insert(Identifier::EmployeeId(id.0.clone()));
            for worker in state.employment.workers_newest_first() {
                let addresses = worker.email.iter().chain(&worker.previous_emails);
                let addresses = addresses.filter_map(|address| Identifier::email(address));
                names.identifiers.extend(addresses.filter(|identifier| {
                    let shared = state.shared.get(identifier);
                    shared.is_none_or(|persons| persons.len() < 2)
                }));
            }
        }
        for (id, state) in &self.accounts {
            let uid = Text::from(id.uid.to_lowercase());
            let all = state.names.iter().cloned().chain([uid]);
            let all = all.map(|name| (id.source.clone(), name));
            names.accounts.extend(all);
        }
        names
    }
}

impl Names {
    pub fn means(&self, whom: &Whom) -> bool {
        match whom {
            Whom::Identifier(identifier) => self.identifiers.contains(identifier),
            Whom::Account(id) => {
                let uid = Text::from(id.uid.to_lowercase());
                self.accounts.contains(&(id.source.clone(), uid))
            }
        }
    }

    /// Whether `source:account`, an address or an employee id means them.
    pub fn means_text(&self, text: &str) -> bool {
        match Whom::parse(text) {
            Some(whom) => self.means(&whom),
            None => self.identifiers.contains(&Identifier::employee_id(text)),
        }
    }

    pub fn concerns_ticket(&self, state: &TicketState) -> bool {
        state.subjects.iter().any(|whom| self.means(whom))
    }

    pub fn concerns_device(&self, state: &DeviceState) -> bool {
        state.holders.iter().any(|whom| self.means(whom))
    }

    /// Whether the run, or a step of it, is about them.
    pub fn concerns_workflow(&self, state: &WorkflowState) -> bool {
        let events = state.events().iter().chain(state.steps());
        let mut texts = events.flat_map(|event| {
            let target = event.step.as_ref().and_then(|step| step.target.as_ref());
            event.subject.iter().chain(target)
        });
        texts.any(|text| self.means_text(text))
    }
}
