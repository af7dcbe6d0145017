//! Tickets of the stories.

use tenure::model::fact::{
    AccountFact, Fact, GrantChange, GrantName, LifeKind, TicketEvent, TicketEventKind, TicketFact,
};
use tenure::model::id::TicketId;
use tenure::model::time::Timestamp;

use crate::node::{hour, uid};
use crate::people::{account, life_change};

/// What a ticket is about, in every record of it.
#[derive(Clone, Copy)]
pub struct Ticket {
    pub id: &'static str,
    pub kind: &'static str,
    pub subject: &'static str,
    pub grants: &'static [&'static str],
}

impl Ticket {
    pub fn at(self, kind: TicketEventKind, at: i64) -> Fact {
        self.exactly(kind, hour(at))
    }

    pub fn exactly(self, kind: TicketEventKind, at: Timestamp) -> Fact {
        let said = |text: &str| (!text.is_empty()).then(|| text.into());
        let event = TicketEvent {
            at,
            kind,
            request: said(self.kind),
            requester: None,
            approver: None,
            subject: said(self.subject),
            grants: self.grants.iter().map(|grant| (*grant).into()).collect(),
            resolution: None,
            event: uid(at),
            restates: false,
        };
        Fact::Ticket(TicketId::new(self.id), TicketFact::Event(Box::new(event)))
    }

    /// The same ticket in a record that says nothing of what it is about.
    pub fn terse(self) -> Ticket {
        Ticket {
            kind: "",
            subject: "",
            grants: &[],
            ..self
        }
    }
}

pub fn grant(id: &str, (kind, name): (&str, &str), life: LifeKind, at: i64) -> Fact {
    granted(id, (kind, name), life, (at, Some("mallory")))
}

pub fn granted(
    id: &str,
    (kind, name): (&str, &str),
    life: LifeKind,
    (at, actor): (i64, Option<&str>),
) -> Fact {
    let grant = GrantName {
        kind: kind.into(),
        name: name.into(),
    };
    let change = GrantChange {
        grant,
        privileged: name == "prod-admins",
        change: life_change(life, at, actor),
    };
    account(id, AccountFact::Granted(change))
}
