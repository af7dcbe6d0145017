//! The people of the stories: Jane, who was hired at the beginning, and her accounts.

use tenure::model::fact::{
    AccountFact, EmploymentEvent, EmploymentKind, Fact, IdentifierFact, LifeChange, LifeKind,
    LinkReason, PersonFact, Worker,
};
use tenure::model::id::{AccountId, Identifier, PersonId};

use crate::node::{hour, uid};

pub const JANE: &str = "jane@corp.example";

pub fn account_id(account: &str) -> AccountId {
    AccountId::parse(account).expect("account")
}

pub fn address(address: &str) -> Identifier {
    Identifier::email(address).expect("address")
}

pub fn account(id: &str, fact: AccountFact) -> Fact {
    Fact::Account(account_id(id), fact)
}

pub fn hr(person: &str, kind: EmploymentKind, at: i64) -> Fact {
    let event = EmploymentEvent {
        effective_at: hour(at),
        recorded_at: hour(at),
        kind,
        event: uid(hour(at)),
        worker: Worker {
            name: Some("Jane Roe".into()),
            ..Worker::default()
        },
    };
    Fact::Person(
        PersonId::new(person),
        PersonFact::Employment(Box::new(event)),
    )
}

/// The address is (also) the person's.
pub fn has_address(person: &str, email: &str) -> Fact {
    let person = PersonId::new(person);
    Fact::Identifier(address(email), IdentifierFact::Person { person })
}

pub fn life_change(kind: LifeKind, at: i64, actor: Option<&str>) -> LifeChange {
    LifeChange {
        at: hour(at),
        kind,
        event: uid(hour(at)),
        actor: actor.map(Into::into),
    }
}

pub fn life(id: &str, kind: LifeKind, at: i64) -> Fact {
    account(id, AccountFact::Life(life_change(kind, at, None)))
}

pub fn claims(id: &str, email: &str) -> Fact {
    let claim = AccountFact::Claims {
        identifier: address(email),
        reason: LinkReason::Email,
        at: hour(0),
    };
    account(id, claim)
}

/// Jane with her address, and her account at Okta.
pub fn jane() -> Vec<Fact> {
    vec![
        hr("E1", EmploymentKind::Hire, 0),
        has_address("E1", JANE),
        life("okta:1", LifeKind::Created, 0),
        claims("okta:1", JANE),
    ]
}

pub fn with(facts: &[Fact]) -> Vec<Fact> {
    [&jane(), facts].concat()
}
