//! A home: the joined state of one key, what it has reported, and when to look again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Effect;
use crate::alert::Reported;
use crate::model::id::{
    AccountId, CredentialId, DeviceId, Identifier, Key, PersonId, RunId, SourceName, TicketId,
};
use crate::model::state::{
    AccountState, CredentialState, DeviceState, IdentifierState, PersonState, SourceState,
    TicketState, WorkflowState,
};
use crate::model::time::Timestamp;

pub struct Home {
    pub(super) state: State,
    pub(super) reported: Reported,
    /// Terminations whose deprovisioning time was told.
    pub(super) deprovisioned: BTreeSet<Timestamp>,
    pub(super) wake_at: Option<Timestamp>,
    /// What was reported is told again at the next look: another home may take back a finding
    /// about a credential that now is this one's.
    pub(super) retell: bool,
    pub(super) tells: Tells,
    pub(super) dirty: bool,
    pub(super) unsaved: bool,
}

/// What an account has to tell of itself as a whole, at the end of the round: to each fact of a round
/// it would say nearly the same again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tells {
    /// To those who judge by what it is and whose.
    pub(super) concerned: bool,
    /// To the accounts that it answers for.
    pub(super) charges: bool,
}

impl Tells {
    pub(super) const fn any(self) -> bool {
        self.concerned || self.charges
    }
}

/// The state with its name, so that the two cannot disagree in kind.
#[derive(Serialize, Deserialize)]
pub(super) enum State {
    Account(AccountId, Box<AccountState>),
    Person(PersonId, Box<PersonState>),
    Identifier(Identifier, Box<IdentifierState>),
    Credential(CredentialId, Box<CredentialState>),
    Ticket(TicketId, Box<TicketState>),
    Device(DeviceId, Box<DeviceState>),
    Workflow(RunId, Box<WorkflowState>),
    Source(SourceName, Box<SourceState>),
}

/// A home in the form in which it is kept.
#[derive(Serialize, Deserialize)]
pub struct StoredHome {
    state: State,
    reported: Reported,
    deprovisioned: BTreeSet<Timestamp>,
    wake_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredHome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredHome({})", self.state.key())
    }
}

impl StoredHome {
    /// Reads what [`Effect::Saved`] wrote.
    pub fn decode(value: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(value)
    }

    pub fn partition(&self) -> crate::model::id::Partition {
        self.state.key().partition()
    }

    pub(super) fn into_parts(self) -> (Key, Home) {
        let StoredHome {
            state,
            reported,
            deprovisioned,
            wake_at,
        } = self;
        let key = state.key();
        (
            key,
            Home {
                state,
                reported,
                deprovisioned,
                wake_at,
                retell: false,
                tells: Tells::default(),
                dirty: false,
                unsaved: false,
            },
        )
    }
}

/// [`StoredHome`] by reference.
#[derive(Serialize)]
struct Stored<'a> {
    state: &'a State,
    reported: &'a Reported,
    deprovisioned: &'a BTreeSet<Timestamp>,
    wake_at: Option<Timestamp>,
}

impl Home {
    pub(super) fn new(key: &Key) -> Self {
        Home {
            state: State::new(key),
            reported: Reported::default(),
            deprovisioned: BTreeSet::new(),
            wake_at: None,
            retell: false,
            tells: Tells::default(),
            dirty: false,
            unsaved: false,
        }
    }

    pub(super) fn saved(&self) -> Effect {
        let key = self.state.key();
        let stored = Stored {
            state: &self.state,
            reported: &self.reported,
            deprovisioned: &self.deprovisioned,
            // Facts that no tick has looked at yet: a restart looks first thing.
            wake_at: if self.dirty {
                Some(Timestamp::MIN)
            } else {
                self.wake_at
            },
        };
        let value = encode(&stored);
        Effect::Saved {
            partition: key.partition(),
            key: encode(&key),
            value,
        }
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    match postcard::to_stdvec(value) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("HOME-BYTES: plain data in memory does not encode: {error}"),
    }
}

impl State {
    fn new(key: &Key) -> Self {
        match key {
            Key::Account(id) => State::Account(id.clone(), Box::default()),
            Key::Person(id) => State::Person(id.clone(), Box::default()),
            Key::Identifier(id) => State::Identifier(id.clone(), Box::default()),
            Key::Credential(id) => State::Credential(id.clone(), Box::default()),
            Key::Ticket(id) => State::Ticket(id.clone(), Box::default()),
            Key::Device(id) => State::Device(id.clone(), Box::default()),
            Key::Workflow(id) => State::Workflow(id.clone(), Box::default()),
            Key::Source(name) => State::Source(name.clone(), Box::default()),
        }
    }

    fn key(&self) -> Key {
        match self {
            State::Account(id, _) => Key::Account(id.clone()),
            State::Person(id, _) => Key::Person(id.clone()),
            State::Identifier(id, _) => Key::Identifier(id.clone()),
            State::Credential(id, _) => Key::Credential(id.clone()),
            State::Ticket(id, _) => Key::Ticket(id.clone()),
            State::Device(id, _) => Key::Device(id.clone()),
            State::Workflow(id, _) => Key::Workflow(id.clone()),
            State::Source(name, _) => Key::Source(name.clone()),
        }
    }
}
