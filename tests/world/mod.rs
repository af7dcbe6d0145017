//! A small world in which everything meets everything: strategies for facts.

#![allow(dead_code, reason = "each test uses its part of the world")]

use proptest::prelude::*;
use proptest::sample::select;

use tenure::model::fact::{
    AccountFact, AccountUse, AnswerChange, ContractEnd, CredentialChange, CredentialFact, Decision,
    Delivered, DeviceEvent, DeviceEventKind, EmploymentEvent, EmploymentKind, Fact, FailedEnd,
    GrantChange, GrantName, GrantReview, IdentifierFact, LifeChange, LifeKind, LinkReason,
    PersonFact, RetryEvent, Review, TicketEvent, TicketEventKind, TicketFact, Use, Whom, Worker,
    WorkflowEvent, WorkflowEventKind, WorkflowFact,
};
use tenure::model::id::{
    AccountId, CredentialId, DeviceId, EventUid, Identifier, PersonId, RunId, SourceName, TicketId,
};
use tenure::model::time::Timestamp;

pub fn time() -> impl Strategy<Value = Timestamp> {
    // Few enough for collisions at one instant, fine enough for both sides of a deadline.
    (0i64..400, 0i64..4)
        .prop_map(|(day, quarter)| Timestamp::from_seconds(day * 86_400 + quarter * 21_600))
}

pub fn event() -> impl Strategy<Value = EventUid> {
    any::<[u8; 2]>().prop_map(|[a, b]| EventUid([a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
}

pub fn account() -> impl Strategy<Value = AccountId> {
    select(vec![
        "okta:1",
        "okta:2",
        "github:octo",
        "aws:AIDA1",
        "aws:1/svc",
    ])
    .prop_map(|text| AccountId::parse(text).expect("account"))
}

pub fn person() -> impl Strategy<Value = PersonId> {
    select(vec!["E1", "E2", "E3"]).prop_map(PersonId::new)
}

pub fn identifier() -> impl Strategy<Value = Identifier> {
    select(vec!["jane@corp.example", "june@corp.example"])
        .prop_map(|text| Identifier::email(text).expect("address"))
}

pub fn life_change() -> impl Strategy<Value = LifeChange> {
    use LifeKind::{
        Activated, Created, Deactivated, Deleted, Listed, ListedEnded, ListedSince, Reinstated,
        Suspended,
    };
    let kinds = vec![
        Created,
        Listed,
        Listed,
        ListedEnded,
        ListedSince,
        Activated,
        Reinstated,
        Suspended,
        Deactivated,
        Deleted,
    ];
    let actors = select(vec![None, Some("scim-bot"), Some("admin")]);
    (time(), select(kinds), event(), actors).prop_map(|(at, kind, event, actor)| LifeChange {
        at,
        kind,
        event,
        actor: actor.map(Into::into),
    })
}

/// Credentials are unique at their source: `key` belongs to one account.
pub fn credential_change(key: String) -> impl Strategy<Value = CredentialChange> {
    (
        select(vec![None, Some("access_key"), Some("api_token")]),
        life_change(),
    )
        .prop_map(move |(kind, change)| CredentialChange {
            credential: key.as_str().into(),
            kind: kind.map(Into::into),
            change,
        })
}

pub fn account_fact(id: &AccountId) -> impl Strategy<Value = AccountFact> + use<> {
    // A name and the account that it stands for have their keys in common.
    let key = format!(
        "key-{}",
        if id.source.as_str() == "aws" {
            "aws"
        } else {
            &id.uid
        }
    );
    let used_key = key.clone();
    let used = (time(), event(), any::<bool>()).prop_map(move |(at, event, with_key)| {
        AccountFact::Used(AccountUse {
            this: Use { at, event },
            application: with_key.then(|| "mail".into()),
            credential: with_key.then(|| used_key.as_str().into()),
        })
    });
    let reasons = vec![LinkReason::Email, LinkReason::Stated];
    let claim = (identifier(), select(reasons), time()).prop_map(|(identifier, reason, at)| {
        AccountFact::Claims {
            identifier,
            reason,
            at,
        }
    });
    let named = (time(), select(vec!["Jane", "svc"])).prop_map(|(at, name)| AccountFact::Named {
        at,
        name: Some(name.into()),
        email: None,
    });
    let listed_key = key.clone();
    let listed = (time(), event(), any::<bool>()).prop_map(move |(at, event, with_key)| {
        AccountFact::ListedUse(AccountUse {
            this: Use { at, event },
            application: None,
            credential: with_key.then(|| listed_key.as_str().into()),
        })
    });
    prop_oneof![
        6 => used,
        1 => listed,
        1 => review(),
        1 => failed_end(),
        3 => life_change().prop_map(AccountFact::Life),
        1 => (time(), event()).prop_map(|(at, event)| AccountFact::Seen { at, event }),
        2 => credential_change(key).prop_map(AccountFact::Credential),
        3 => grant(),
        3 => claim,
        1 => non_human(),
        1 => answers(),
        1 => named,
    ]
}

fn grant() -> impl Strategy<Value = AccountFact> {
    let names = vec![("role", "admin"), ("role", "eng"), ("app", "mail")];
    (select(names), life_change()).prop_map(|((kind, name), mut change)| {
        change.actor = Some("mallory".into());
        let grant = GrantName {
            kind: kind.into(),
            name: name.into(),
        };
        AccountFact::Granted(GrantChange {
            grant,
            privileged: name == "admin",
            change,
        })
    })
}

fn non_human() -> impl Strategy<Value = AccountFact> {
    // One in four, so that most accounts stay a person's.
    (any::<u8>(), time(), event()).prop_map(|(chance, at, event)| {
        if chance < 64 {
            AccountFact::NonHuman
        } else {
            AccountFact::Seen { at, event }
        }
    })
}

fn answers() -> impl Strategy<Value = AccountFact> {
    let kinds = select(vec![
        LifeKind::Created,
        LifeKind::Created,
        LifeKind::Deleted,
    ]);
    let whoms = prop_oneof![
        account().prop_map(Whom::Account),
        identifier().prop_map(Whom::Identifier),
    ];
    (whoms, kinds, time(), event()).prop_map(|(whom, kind, at, event)| {
        let change = LifeChange {
            at,
            kind,
            event,
            actor: None,
        };
        AccountFact::Answers(Box::new(AnswerChange { whom, change }))
    })
}

fn review() -> impl Strategy<Value = AccountFact> {
    let grants = select(vec![None, Some("admin"), Some("eng")]);
    let decisions = select(vec![Decision::Keep, Decision::Revoke]);
    (time(), grants, decisions, event()).prop_map(|(at, name, decision, event)| {
        let grant = name.map(|name| GrantName {
            kind: "role".into(),
            name: name.into(),
        });
        let review = Review {
            at,
            decision,
            reviewer: None,
            id: None,
            event,
        };
        AccountFact::Reviewed(Box::new(GrantReview { grant, review }))
    })
}

fn failed_end() -> impl Strategy<Value = AccountFact> {
    (time(), event()).prop_map(|(at, event)| {
        AccountFact::EndFailed(FailedEnd {
            at,
            event,
            actor: None,
            action: None,
        })
    })
}

pub fn whom() -> impl Strategy<Value = Option<Whom>> {
    prop_oneof![
        3 => account().prop_map(|id| Some(Whom::Account(id))),
        3 => identifier().prop_map(|id| Some(Whom::Identifier(id))),
        1 => Just(None),
    ]
}

pub fn device_event() -> impl Strategy<Value = DeviceEvent> {
    use DeviceEventKind::{Assigned, Enrolled, Unenrolled, Wiped};
    let kinds = select(vec![Enrolled, Assigned, Unenrolled, Wiped]);
    (time(), kinds, whom(), event()).prop_map(|(at, kind, holder, event)| DeviceEvent {
        at,
        kind,
        holder,
        name: None,
        actor: None,
        event,
    })
}

pub fn workflow_event() -> impl Strategy<Value = WorkflowEvent> {
    use WorkflowEventKind::{Failed, Started, Step, Succeeded};
    let kinds = select(vec![Started, Step, Step, Succeeded, Failed]);
    let retries = select(vec![None, None, Some("wf-1"), Some("wf-2")]);
    (time(), kinds, event(), retries).prop_map(|(at, kind, event, retry_of)| WorkflowEvent {
        at,
        kind,
        name: None,
        trigger: None,
        subject: None,
        step: None,
        error: None,
        retry_of: retry_of.map(RunId::new),
        event,
    })
}

pub fn delivered() -> impl Strategy<Value = Delivered> {
    (time(), event()).prop_map(|(at, event)| Delivered { at, event })
}

pub fn run() -> impl Strategy<Value = RunId> {
    select(vec!["wf-1", "wf-2", "wf-3"]).prop_map(RunId::new)
}

pub fn retry_event() -> impl Strategy<Value = RetryEvent> {
    use WorkflowEventKind::{Failed, Started, Succeeded};
    let kinds = select(vec![Started, Succeeded, Failed]);
    (time(), kinds, run(), event(), 1u16..4).prop_map(|(at, kind, run, event, hops)| RetryEvent {
        at,
        kind,
        run,
        event,
        hops,
    })
}

pub fn employment() -> impl Strategy<Value = PersonFact> {
    use EmploymentKind::{Hire, Rehire, SnapshotTerminated, Terminate, Transfer};
    let kinds = vec![
        Hire,
        Rehire,
        Terminate,
        Terminate,
        Terminate,
        SnapshotTerminated,
        Transfer,
    ];
    let said = (worker(), event());
    (time(), time(), select(kinds), said).prop_map(
        |(effective_at, recorded_at, kind, (worker, event))| {
            PersonFact::Employment(Box::new(EmploymentEvent {
                effective_at,
                recorded_at,
                kind,
                event,
                worker,
            }))
        },
    )
}

fn worker() -> impl Strategy<Value = Worker> {
    let departments = select(vec![None, Some("Engineering"), Some("Sales")]);
    let ends = prop_oneof![
        2 => Just(ContractEnd::Unstated),
        1 => Just(ContractEnd::Open),
        1 => time().prop_map(ContractEnd::At),
    ];
    (departments, ends).prop_map(|(department, contract_end)| Worker {
        name: Some("Jane Roe".into()),
        department: department.map(Into::into),
        contract_end,
        ..Worker::default()
    })
}

pub fn ticket_event() -> impl Strategy<Value = TicketEvent> {
    use TicketEventKind::{Approved, Closed, Reopened, Resolved};
    let kinds = select(vec![Approved, Resolved, Closed, Reopened]);
    let requests = select(vec![None, Some("access_request"), Some("offboarding")]);
    let subjects = select(vec![
        None,
        Some("jane@corp.example"),
        Some("june@corp.example"),
        Some("okta:1"),
        Some("aws:1/svc"),
    ]);
    let grants = select(vec![None, None, Some("okta:role:admin")]);
    let stated = (requests, subjects, grants, any::<bool>());
    (time(), kinds, event(), stated).prop_map(|(at, kind, event, stated)| {
        let (request, subject, grants, restates) = stated;
        TicketEvent {
            at,
            kind,
            request: request.map(Into::into),
            requester: None,
            approver: None,
            subject: subject.map(Into::into),
            grants: grants.into_iter().map(Into::into).collect(),
            resolution: None,
            event,
            restates,
        }
    })
}

pub fn same_as() -> impl Strategy<Value = (PersonId, PersonFact)> {
    (person(), person(), time()).prop_map(|(of, person, at)| {
        let reason = LinkReason::Stated;
        (of, PersonFact::SameAs { person, reason, at })
    })
}

pub fn ticket() -> impl Strategy<Value = Fact> {
    (select(vec!["OPS-1", "OPS-2"]), ticket_event())
        .prop_map(|(id, event)| Fact::Ticket(TicketId::new(id), TicketFact::Event(Box::new(event))))
}

pub fn fact() -> impl Strategy<Value = Fact> {
    let alias = AccountId::parse("aws:1/svc").expect("account");
    let real = AccountId::parse("aws:AIDA1").expect("account");
    let key = CredentialId::new(&SourceName::new("okta"), "key-2");
    let other_key = key.clone();
    let owner = AccountId::parse("okta:2").expect("account");
    prop_oneof![
        12 => account().prop_flat_map(|id| {
            account_fact(&id).prop_map(move |fact| Fact::Account(id.clone(), fact))
        }),
        3 => (person(), employment()).prop_map(|(id, fact)| Fact::Person(id, fact)),
        2 => (identifier(), person())
            .prop_map(|(id, person)| Fact::Identifier(id, IdentifierFact::Person { person })),
        1 => same_as().prop_map(|(id, fact)| Fact::Person(id, fact)),
        1 => Just(Fact::Account(alias, AccountFact::SameAs { account: real })),
        1 => credential_change("key-2".to_owned())
            .prop_map(move |change| Fact::Credential(key.clone(), CredentialFact::Change(change))),
        1 => Just(Fact::Credential(other_key, CredentialFact::Owner { account: owner })),
        3 => ticket(),
        2 => device_event().prop_map(|event| {
            let id = DeviceId::new(&SourceName::new("intune"), "d-1");
            Fact::Device(id, Box::new(event))
        }),
        1 => (select(vec!["okta", "hris"]), delivered())
            .prop_map(|(name, newest)| Fact::Source(SourceName::new(name), newest)),
        2 => (run(), workflow_event())
            .prop_map(|(run, event)| Fact::Workflow(run, WorkflowFact::Event(Box::new(event)))),
    ]
}

/// What the name stands for is always among the facts, somewhere: without it one key would be two
/// accounts', which no record says.
pub fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let alias = AccountId::parse("aws:1/svc").expect("account");
    let account = AccountId::parse("aws:AIDA1").expect("account");
    let same = Fact::Account(alias, AccountFact::SameAs { account });
    let facts = proptest::collection::vec(fact(), 0..59);
    (facts, any::<proptest::sample::Index>()).prop_map(move |(mut facts, place)| {
        facts.insert(place.index(facts.len() + 1), same.clone());
        facts
    })
}
