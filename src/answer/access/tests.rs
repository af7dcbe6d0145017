use super::*;
use crate::model::fact::{
    AccountUse, CredentialChange, Decision, EmploymentEvent, GrantChange, GrantReview, LifeChange,
    LifeKind, LinkReason, OwnerPush, Review, Use, Worker,
};
use crate::model::id::{EventUid, Identifier, PersonId, SourceName};

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * DAY)
}

fn uid(number: u8) -> EventUid {
    EventUid([number; 16])
}

fn change(number: i64, kind: LifeKind) -> LifeChange {
    LifeChange {
        at: day(number),
        kind,
        event: uid(u8::try_from(number).expect("small")),
        actor: Some("boss@corp.example".into()),
    }
}

fn id() -> AccountId {
    AccountId::new(&SourceName::new("okta"), "00u1")
}

/// Hired on day 1; what else HR says.
fn owned(state: &mut AccountState, person: &str, events: &[(i64, EmploymentKind)]) {
    let mut employment = Employment::default();
    for (at, kind) in [(1, EmploymentKind::Hire)].iter().chain(events) {
        employment.record(EmploymentEvent {
            effective_at: day(*at),
            // A backdated record counts from its effective time.
            recorded_at: day(at + 5),
            kind: *kind,
            event: uid(200),
            worker: Worker::default(),
        });
    }
    state.owned(OwnerPush {
        person: PersonId::new(person),
        via: Some((
            Identifier::email("jane@corp.example").expect("address"),
            LinkReason::Email,
            day(2),
        )),
        same_as: std::collections::BTreeMap::default(),
        employment,
    });
}

fn app() -> GrantName {
    GrantName {
        kind: "app".into(),
        name: "Salesforce".into(),
    }
}

/// Created on day 2, suspended on day 10, back on day 20; an application from day 3 to day 30, a
/// token from day 4, uses on days 5 and 25.
fn account() -> AccountState {
    let mut state = AccountState::default();
    for (at, kind) in [
        (2, LifeKind::Created),
        (10, LifeKind::Suspended),
        (20, LifeKind::Reinstated),
    ] {
        state.life.change(change(at, kind));
    }
    for (at, kind) in [(3, LifeKind::Created), (30, LifeKind::Deactivated)] {
        state.granted(GrantChange {
            grant: app(),
            privileged: true,
            change: change(at, kind),
        });
    }
    state.credential(CredentialChange {
        credential: "tok1".into(),
        kind: Some("api_token".into()),
        change: change(4, LifeKind::Created),
    });
    for at in [5, 25] {
        state.used(AccountUse {
            this: Use {
                at: day(at),
                event: uid(100),
            },
            application: Some("salesforce".into()),
            credential: None,
        });
    }
    state
}

fn rows_at(state: &AccountState, at: i64) -> Vec<AccessRow> {
    let rows = access_of(&id(), state, &Policy::default(), (day(at), None));
    Access::new(day(at), rows, usize::MAX).rows
}

/// As `subject since-day`.
fn live_at(state: &AccountState, at: i64) -> Vec<String> {
    let rows = rows_at(state, at).into_iter();
    rows.map(|row| {
        let since = row.since.as_micros() / 1_000_000 / DAY;
        format!("{} {since}", row.subject.as_str())
    })
    .collect()
}

#[test]
fn what_was_live_follows_event_time() {
    let state = account();
    let check = |at, expected: &[&str]| assert_eq!(live_at(&state, at), expected, "day {at}");
    check(1, &[]);
    check(2, &["account 2"]);
    check(5, &["account 2", "grant 3", "credential 4"]);
    // A suspended account grants nothing, but its token may still work.
    check(15, &["credential 4"]);
    check(20, &["account 20", "grant 3", "credential 4"]);
    check(30, &["account 20", "credential 4"]);
}

#[test]
fn a_deletion_ends_grants_and_credentials_and_a_late_record_changes_the_past() {
    let mut state = account();
    assert_eq!(live_at(&state, 25).len(), 3);
    state.life.change(change(22, LifeKind::Deleted));
    assert_eq!(live_at(&state, 25), [] as [&str; 0]);
    assert_eq!(live_at(&state, 21).len(), 3);
}

#[test]
fn last_use_is_as_known_at_that_time_and_what_nobody_logs_is_not_known() {
    let mut state = account();
    let used = |state: &AccountState, at| -> Vec<(LastUsed, Option<i64>)> {
        let days = |at: Timestamp| at.as_micros() / 1_000_000 / DAY;
        let rows = rows_at(state, at).into_iter();
        rows.map(|row| (row.last_used, row.last_used_at.map(days)))
            .collect()
    };
    let (never, unknown) = ((LastUsed::NotUsed, None), (LastUsed::NotKnown, None));
    let on = |day| (LastUsed::Used, Some(day));
    assert_eq!(used(&state, 4), [never, never, never]);
    assert_eq!(used(&state, 7), [on(5), on(5), never]);
    assert_eq!(used(&state, 25), [on(25), on(25), never]);
    state.granted(GrantChange {
        grant: GrantName {
            kind: "role".into(),
            name: "Admin".into(),
        },
        privileged: false,
        change: change(3, LifeKind::Created),
    });
    state.credential(CredentialChange {
        credential: "zz".into(),
        kind: Some("ssh_key".into()),
        change: change(4, LifeKind::Created),
    });
    assert_eq!(used(&state, 7), [on(5), on(5), unknown, never, unknown]);
}

#[test]
fn an_owner_is_employed_gone_or_back_and_a_dispute_is_nobodys() {
    let mut state = account();
    let owner = |state: &AccountState, at| {
        let row = rows_at(state, at).into_iter().next().expect("a row");
        (row.link, row.owner_state)
    };
    assert_eq!(owner(&state, 5), (Link::Unlinked, OwnerState::None));
    let events = [(6, EmploymentKind::Terminate), (21, EmploymentKind::Rehire)];
    owned(&mut state, "E1", &events);
    assert_eq!(owner(&state, 5), (Link::Linked, OwnerState::Employed));
    assert_eq!(owner(&state, 7), (Link::Linked, OwnerState::Terminated));
    assert_eq!(owner(&state, 22), (Link::Linked, OwnerState::Employed));
    let mut machine = state.clone();
    machine.non_human = true;
    assert_eq!(owner(&machine, 7), (Link::NonHuman, OwnerState::Terminated));
    owned(&mut state, "E2", &[]);
    let disputed = rows_at(&state, 5).into_iter().next().expect("a row");
    assert_eq!((disputed.link, disputed.identity), (Link::Disputed, None));
    assert_eq!(disputed.owners, ["E1".into(), "E2".into()]);
    let born = owned_before_hire();
    assert_eq!(owner(&born, 2).1, OwnerState::NotYet);
}

/// An account that was there before its owner's first day.
fn owned_before_hire() -> AccountState {
    let mut state = AccountState::default();
    state.life.change(change(1, LifeKind::Created));
    let mut employment = Employment::default();
    employment.record(EmploymentEvent {
        effective_at: day(8),
        recorded_at: day(8),
        kind: EmploymentKind::Hire,
        event: uid(200),
        worker: Worker::default(),
    });
    state.owned(OwnerPush {
        person: PersonId::new("E3"),
        via: Some((
            Identifier::email("new@corp.example").expect("address"),
            LinkReason::Email,
            day(1),
        )),
        same_as: std::collections::BTreeMap::default(),
        employment,
    });
    state
}

#[test]
fn a_review_that_kept_it_is_its_approval_from_then_on() {
    let mut state = account();
    state.reviewed(GrantReview {
        grant: Some(app()),
        review: Review {
            at: day(6),
            decision: Decision::Keep,
            reviewer: Some("auditor@corp.example".into()),
            id: Some("rv-1".into()),
            event: uid(77),
        },
    });
    let approval = |at| {
        let mut rows = rows_at(&state, at).into_iter();
        let grant = rows.rfind(|row| row.subject == Subject::Grant);
        grant.map(|row| (row.approval, row.approved_by))
    };
    assert_eq!(approval(5), Some((None, None)));
    let kept = (
        Some("review:rv-1".into()),
        Some("auditor@corp.example".into()),
    );
    assert_eq!(approval(7), Some(kept));
}

#[test]
fn a_resource_is_a_source_a_grant_or_a_part_of_a_name() {
    let state = account();
    let found = |asked: &str| {
        let resource = Resource::new(asked);
        let at = (day(5), Some(&resource));
        access_of(&id(), &state, &Policy::default(), at).len()
    };
    for (asked, expected) in [
        ("okta", 3),
        ("github", 0),
        ("okta:app:Salesforce", 1),
        ("okta:app:sales", 0),
        ("SALES", 1),
        ("tok", 1),
        ("00u1", 1),
    ] {
        assert_eq!(found(asked), expected, "{asked}");
    }
}
