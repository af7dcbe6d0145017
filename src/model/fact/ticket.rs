//! What happens to a ticket, and what it is told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Whom;
use crate::model::Text;
use crate::model::id::{AccountId, EventUid, PersonId, TicketId};
use crate::model::state::{AccountState, TicketState};
use crate::model::time::Timestamp;

/// What a ticket's home is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TicketFact {
    Event(Box<TicketEvent>),
    /// From the home of an account that the ticket may mean: as whom it is named and through whom
    /// that came, how it lives, and what tells whose it is.
    Account {
        account: AccountId,
        by: BTreeSet<(Whom, Option<PersonId>)>,
        state: Box<AccountState>,
    },
}

/// From a ticket's home: all that happened to it, for whom its records name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketTold {
    pub ticket: TicketId,
    /// As whom.
    pub named: Whom,
    pub state: TicketState,
}

/// One event in a ticket's life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TicketEvent {
    pub at: Timestamp,
    pub kind: TicketEventKind,
    /// access_request, onboarding, offboarding, revocation, other.
    pub request: Option<Text>,
    pub requester: Option<Text>,
    pub approver: Option<Text>,
    /// An e-mail address or `source:account`.
    pub subject: Option<Text>,
    /// `source:kind:name`.
    pub grants: Vec<Text>,
    /// done, declined.
    pub resolution: Option<Text>,
    pub event: EventUid,
    /// The record is a version of the ticket that states its state, whether or not it changed.
    pub restates: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TicketEventKind {
    Created,
    Approved,
    Rejected,
    Resolved,
    Closed,
    Reopened,
    Cancelled,
}
