use super::*;
use crate::model::fact::{
    AccountUse, EmploymentEvent, EmploymentKind, GrantChange, GrantName, LifeChange, LifeKind,
    LinkReason, OwnerPush, Use, Worker,
};
use crate::model::id::{Identifier, PersonId, SourceName};
use crate::model::state::{AccountState, Employment, PersonState};

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * DAY)
}

fn id() -> AccountId {
    AccountId::new(&SourceName::new("github"), "octo")
}

fn hr(number: i64, kind: EmploymentKind, department: &str) -> EmploymentEvent {
    EmploymentEvent {
        effective_at: day(number),
        recorded_at: day(number),
        kind,
        event: EventUid([u8::try_from(number).expect("small"); 16]),
        worker: Worker {
            department: Some(department.into()),
            email: Some("Jane@Corp.example".into()),
            ..Worker::default()
        },
    }
}

/// Hired on day 1, moved on day 5, gone on day 10, back on day 30; an account from day 2, used on
/// days 3 and 12.
fn dossier() -> Dossier {
    let mut person = PersonState::default();
    for event in [
        hr(1, EmploymentKind::Hire, "Sales"),
        hr(5, EmploymentKind::Transfer, "Legal"),
        hr(10, EmploymentKind::Terminate, "Legal"),
        hr(30, EmploymentKind::Rehire, "Legal"),
    ] {
        person.employment.record(event);
    }
    let mut account = AccountState::default();
    account.life.change(LifeChange {
        at: day(2),
        kind: LifeKind::Created,
        event: EventUid([2; 16]),
        actor: Some("scim".into()),
    });
    for at in [3, 12] {
        account.used(AccountUse {
            this: Use {
                at: day(at),
                event: EventUid([3; 16]),
            },
            application: None,
            credential: None,
        });
    }
    account.owned(push("E1", person.employment.clone()));
    let mut dossier = Dossier {
        person: Some((PersonId::new("E1"), person)),
        ..Dossier::default()
    };
    dossier.accounts.insert(id(), account);
    dossier
}

fn push(person: &str, employment: Employment) -> OwnerPush {
    OwnerPush {
        person: PersonId::new(person),
        via: Some((
            Identifier::email("jane@corp.example").expect("address"),
            LinkReason::Email,
            day(2),
        )),
        same_as: std::collections::BTreeMap::default(),
        employment,
    }
}

fn told(dossier: &Dossier, now: i64) -> Vec<(i64, EntryKind)> {
    let told = timeline(dossier, &Policy::default(), day(now), Window::default());
    let day = |at: Timestamp| at.as_micros() / 1_000_000 / DAY;
    let entries = told.entries.iter();
    entries.map(|entry| (day(entry.at), entry.kind)).collect()
}

#[test]
fn a_life_is_told_in_order_with_its_findings() {
    use EntryKind::{
        Created, FindingOpened, FindingResolved, FirstUse, Hired, LastUse, Linked, Moved, Rehired,
        Terminated, UseAfterTermination,
    };
    let expected = [
        (1, Hired),
        (2, Created),
        (2, Linked),
        (3, FirstUse),
        (5, Moved),
        (10, Terminated),
        // The account was live a day later.
        (11, FindingOpened),
        (12, UseAfterTermination),
        (12, LastUse),
        (12, FindingOpened),
        (30, Rehired),
        (30, FindingResolved),
        (30, FindingResolved),
    ];
    assert_eq!(told(&dossier(), 31), expected);
    // The day before the deadline nothing is told of it, and HR's future is.
    let before = told(&dossier(), 10);
    assert!(!before.contains(&(11, FindingOpened)), "{before:?}");
    assert!(before.contains(&(30, Rehired)), "{before:?}");
}

#[test]
fn employment_is_told_as_bars_and_moves_say_what_changed() {
    let told = timeline(&dossier(), &Policy::default(), day(31), Window::default());
    let bar = |from, until: Option<i64>| Bar {
        from: day(from),
        until: until.map(day),
    };
    assert_eq!(told.employment, [bar(1, Some(10)), bar(30, None)]);
    let moved = told.entries.iter().find(|it| it.kind == EntryKind::Moved);
    let text = moved.map(|entry| &*entry.text);
    assert_eq!(text, Some("moved: department Sales → Legal"));
    let lane = told.accounts.first().expect("a lane");
    assert_eq!((lane.link, lane.used.len()), (Link::Linked, 2));
}

#[test]
fn a_window_keeps_what_happened_in_it() {
    let window = Window {
        from: Some(day(5)),
        to: Some(day(10)),
    };
    let told = timeline(&dossier(), &Policy::default(), day(31), window);
    let kinds: Vec<EntryKind> = told.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Moved, EntryKind::Terminated]);
}

#[test]
fn an_account_that_two_people_claim_is_in_neithers_story_but_for_the_dispute() {
    let mut disputed = dossier();
    let mut account = disputed.accounts.remove(&id()).expect("the account");
    account.owned(push("E2", Employment::default()));
    disputed.claimed.insert(id(), account);
    let told = timeline(&disputed, &Policy::default(), day(31), Window::default());
    let of_account: Vec<EntryKind> = told
        .entries
        .iter()
        .filter(|entry| &*entry.subject == "github:octo")
        .map(|entry| entry.kind)
        .collect();
    let expected = [EntryKind::Linked, EntryKind::Linked, EntryKind::Disputed];
    assert_eq!(of_account, expected);
}

#[test]
fn names_mean_people_by_addresses_whatever_their_case_and_accounts_by_name() {
    let names = dossier().names();
    for (text, expected) in [
        ("JANE@corp.example", true),
        ("june@corp.example", false),
        ("github:OCTO", true),
        ("gitlab:octo", false),
        ("E1", true),
    ] {
        assert_eq!(names.means_text(text), expected, "{text}");
    }
}

#[test]
fn many_entries_are_cut_at_the_limit_and_the_newest_stay() {
    let mut long = dossier();
    let account = long.accounts.get_mut(&id()).expect("the account");
    for number in 0..4_096_u32 {
        for (at, kind) in [
            (0, LifeKind::Created),
            (1, LifeKind::Deactivated),
            (2, LifeKind::Created),
        ] {
            let at = i64::from(number) * 10 + at;
            account.granted(GrantChange {
                grant: GrantName {
                    kind: "role".into(),
                    name: format!("r{number}").into(),
                },
                privileged: false,
                change: LifeChange {
                    at: Timestamp::from_seconds(40 * DAY + at),
                    kind,
                    event: EventUid([7; 16]).at(number),
                    actor: None,
                },
            });
        }
    }
    let told = timeline(&long, &Policy::default(), day(101), Window::default());
    assert!(
        told.left_out > 3 * 4_096 - TIMELINE_ENTRIES_MAX,
        "{}",
        told.left_out
    );
    assert_eq!(told.entries.len(), TIMELINE_ENTRIES_MAX);
    let first = told.entries.first().map(|entry| entry.at);
    assert!(first > Some(day(40)), "the oldest are left out: {first:?}");
}
