//! Stories: what happened, in hours, and what must be told of it.

use std::sync::Arc;

use tenure::engine::{Effect, Engine, Input, settle};
use tenure::model::fact::{
    AccountFact, AccountUse, ContractEnd, CredentialChange, Decision, EmploymentEvent,
    EmploymentKind, Fact, FailedEnd, GrantChange, GrantName, GrantReview, IdentifierFact,
    LifeChange, LifeKind, LinkReason, PersonFact, Review, Use, Worker,
};
use tenure::model::finding::{Finding, RuleId, Status};
use tenure::model::id::{AccountId, EventUid, Identifier, PersonId};
use tenure::model::policy::Policy;
use tenure::model::time::Timestamp;

/// One thing that happened, at an hour.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// HR: (effective, recorded).
    Hr(EmploymentKind, i64, i64),
    /// HR: a record of a contract that ends at an hour, or has no end: (kind, effective, end).
    Contract(EmploymentKind, i64, Option<i64>),
    /// HR: a record of a department: (kind, effective, department).
    Position(EmploymentKind, i64, &'static str),
    Account(LifeKind, i64),
    /// The account is created by somebody.
    CreatedBy(&'static str, i64),
    /// The source marks it as no person's.
    NonHuman,
    Use(i64),
    /// A use of an application.
    AppUse(&'static str, i64),
    /// A use that a listing states.
    ListedUse(i64),
    /// An access key, whose use Okta does not log: it has none.
    Key(LifeKind, i64),
    /// An API token, whose use Okta logs.
    Token(LifeKind, i64),
    TokenUse(i64),
    /// The account's records state the person's address from this hour on.
    Link(i64),
    /// A second person has the same address.
    Rival,
    /// A privileged role.
    Admin(LifeKind, i64),
    /// `kind:name`.
    Grant(&'static str, LifeKind, i64),
    /// `kind:name`, or the whole account.
    Review(Option<&'static str>, Decision, i64),
    /// An attempt to end the account failed, in the words of a workflow's step if it was one.
    Failed(Option<&'static str>, i64),
}

pub fn hour(hour: i64) -> Timestamp {
    Timestamp::from_seconds(hour * 3_600)
}

fn uid(hour: i64) -> EventUid {
    let mut uid = [0; 16];
    uid[8..].copy_from_slice(&hour.to_be_bytes());
    EventUid(uid)
}

fn life(kind: LifeKind, at: i64) -> LifeChange {
    LifeChange {
        at: hour(at),
        kind,
        event: uid(at),
        actor: None,
    }
}

fn used(at: i64) -> AccountUse {
    AccountUse {
        this: Use {
            at: hour(at),
            event: uid(at),
        },
        application: None,
        credential: None,
    }
}

fn address() -> Identifier {
    Identifier::email("jane@corp.example").expect("address")
}

pub fn account() -> AccountId {
    AccountId::parse("okta:00u1").expect("account")
}

fn facts(step: Step) -> Vec<Fact> {
    match step {
        Step::Hr(kind, effective, recorded) => {
            employment(kind, (effective, recorded), Worker::default())
        }
        Step::Contract(kind, effective, end) => {
            let end = end.map_or(ContractEnd::Open, |end| ContractEnd::At(hour(end)));
            let worker = Worker {
                contract_end: end,
                ..Worker::default()
            };
            employment(kind, (effective, effective), worker)
        }
        Step::Position(kind, effective, department) => {
            let worker = Worker {
                department: Some(department.into()),
                ..Worker::default()
            };
            employment(kind, (effective, effective), worker)
        }
        Step::Rival => {
            let person = PersonId::new("E2");
            vec![Fact::Identifier(
                address(),
                IdentifierFact::Person { person },
            )]
        }
        step => vec![Fact::Account(account(), account_fact(step))],
    }
}

fn employment(
    kind: EmploymentKind,
    (effective, recorded): (i64, i64),
    worker: Worker,
) -> Vec<Fact> {
    let worker = Worker {
        name: Some("Jane Roe".into()),
        email: Some("jane@corp.example".into()),
        ..worker
    };
    let event = EmploymentEvent {
        effective_at: hour(effective),
        recorded_at: hour(recorded),
        kind,
        event: uid(effective),
        worker,
    };
    let person = PersonId::new("E1");
    vec![
        Fact::Person(person.clone(), PersonFact::Employment(Box::new(event))),
        Fact::Identifier(address(), IdentifierFact::Person { person }),
    ]
}

fn account_fact(step: Step) -> AccountFact {
    match step {
        Step::Account(kind, at) => AccountFact::Life(life(kind, at)),
        Step::CreatedBy(actor, at) => AccountFact::Life(LifeChange {
            actor: Some(actor.into()),
            ..life(LifeKind::Created, at)
        }),
        Step::NonHuman => AccountFact::NonHuman,
        Step::Use(at) => AccountFact::Used(used(at)),
        Step::AppUse(application, at) => AccountFact::Used(AccountUse {
            application: Some(application.into()),
            ..used(at)
        }),
        Step::ListedUse(at) => AccountFact::ListedUse(used(at)),
        Step::Key(kind, at) => credential("key-1", "access_key", life(kind, at)),
        Step::Token(kind, at) => credential("token-1", "api_token", life(kind, at)),
        Step::TokenUse(at) => AccountFact::Used(AccountUse {
            credential: Some("token-1".into()),
            ..used(at)
        }),
        Step::Link(at) => AccountFact::Claims {
            identifier: address(),
            reason: LinkReason::Email,
            at: hour(at),
        },
        Step::Admin(kind, at) => AccountFact::Granted(GrantChange {
            grant: grant("role:Super Administrator"),
            privileged: true,
            change: life(kind, at),
        }),
        Step::Grant(name, kind, at) => AccountFact::Granted(GrantChange {
            grant: grant(name),
            privileged: false,
            change: life(kind, at),
        }),
        Step::Review(name, decision, at) => AccountFact::Reviewed(Box::new(GrantReview {
            grant: name.map(grant),
            review: Review {
                at: hour(at),
                decision,
                reviewer: None,
                id: None,
                event: uid(at),
            },
        })),
        Step::Failed(action, at) => AccountFact::EndFailed(FailedEnd {
            at: hour(at),
            event: uid(at),
            actor: None,
            action: action.map(Into::into),
        }),
        Step::Hr(..) | Step::Contract(..) | Step::Position(..) | Step::Rival => {
            unreachable!("told of a person")
        }
    }
}

fn credential(uid: &str, kind: &str, change: LifeChange) -> AccountFact {
    AccountFact::Credential(CredentialChange {
        credential: uid.into(),
        kind: Some(kind.into()),
        change,
    })
}

pub fn grant(name: &str) -> GrantName {
    let (kind, name) = name.split_once(':').expect("kind:name");
    GrantName {
        kind: kind.into(),
        name: name.into(),
    }
}

pub fn assess(policy: &Policy, steps: &[Step], now: i64) -> Vec<Finding> {
    let mut engine = Engine::new(Arc::new(policy.clone()));
    let facts = steps.iter().flat_map(|step| facts(*step)).collect();
    let mut step = |input: Input| -> Vec<Effect> {
        let mut effects = Vec::new();
        engine.step(input, &mut effects);
        effects
    };
    settle(facts, 1, &mut |inputs| {
        vec![inputs.into_iter().flatten().flat_map(&mut step).collect()]
    });
    step(Input::Tick(hour(now)));
    let mut findings: Vec<Finding> = engine.findings().cloned().collect();
    findings.sort_by_key(|finding| (finding.opened_at, finding.rule));
    findings
}

/// (rule, opened, resolved)
type Expected = (RuleId, i64, Option<i64>);

pub fn check(rule: RuleId, steps: &[Step], now: i64, expected: &[(i64, Option<i64>)]) {
    check_under(&Policy::default(), rule, steps, now, expected);
}

/// Under a policy of which only `rule` is assessed.
pub fn check_under(
    policy: &Policy,
    rule: RuleId,
    steps: &[Step],
    now: i64,
    expected: &[(i64, Option<i64>)],
) {
    let only = only(rule, policy);
    let expected: Vec<Expected> = expected
        .iter()
        .map(|(opened, resolved)| (rule, *opened, *resolved))
        .collect();
    // In both orders: the story does not depend on who tells it first.
    let backwards: Vec<Step> = steps.iter().rev().copied().collect();
    for steps in [steps, &backwards] {
        let found: Vec<Expected> = assess(&only, steps, now).iter().map(in_hours).collect();
        assert_eq!(found, expected, "{rule} at {now}: {steps:?}");
    }
}

/// The findings of one rule under the default policy.
pub fn of_rule(rule: RuleId, steps: &[Step], now: i64) -> Vec<Finding> {
    assess(&only(rule, &Policy::default()), steps, now)
}

fn only(rule: RuleId, policy: &Policy) -> Policy {
    let mut only = policy.clone();
    for (id, settings) in &mut only.rules {
        settings.enabled = *id == rule;
    }
    only
}

fn in_hours(finding: &Finding) -> Expected {
    let hours = |time: Timestamp| time.as_micros() / 3_600_000_000;
    let resolved = finding.resolved_at.map(hours);
    assert_eq!(finding.status == Status::Resolved, resolved.is_some());
    assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty());
    (finding.rule, hours(finding.opened_at), resolved)
}

/// Hired before all hours of a story, with a linked account created at the same time.
const HIRED: [Step; 3] = [
    Step::Hr(EmploymentKind::Hire, 0, 0),
    Step::Account(LifeKind::Created, 0),
    Step::Link(0),
];

pub fn hired(then: &[Step]) -> Vec<Step> {
    HIRED.iter().chain(then).copied().collect()
}
