use super::*;
use crate::model::fact::{
    AccountUse, CredentialChange, EmploymentEvent, EmploymentKind, LifeChange, LifeKind,
    LinkReason, OwnerPush, Use, Worker,
};
use crate::model::id::{EventUid, Identifier, PersonId, SourceName};
use crate::model::policy::DeclaredOwner;
use crate::model::state::Employment;

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * DAY)
}

fn change(number: i64, kind: LifeKind) -> LifeChange {
    LifeChange {
        at: day(number),
        kind,
        event: EventUid([1; 16]),
        actor: None,
    }
}

fn id() -> AccountId {
    AccountId::new(&SourceName::new("aws_cloudtrail"), "AIDA1")
}

/// Created on day 2, with a key from day 4.
fn account() -> AccountState {
    let mut state = AccountState::default();
    state.life.change(change(2, LifeKind::Created));
    state.call(day(2), Some("svc-backup".into()), None);
    state.credential(CredentialChange {
        credential: "AKIA1".into(),
        kind: Some("access_key".into()),
        change: change(4, LifeKind::Created),
    });
    state
}

fn use_key(state: &mut AccountState, at: i64) {
    state.used(AccountUse {
        this: Use {
            at: day(at),
            event: EventUid([2; 16]),
        },
        application: None,
        credential: Some("AKIA1".into()),
    });
}

/// The policy's word on it, and what HR says of Jane, whom it names.
fn declared(state: &mut AccountState, events: &[(i64, EmploymentKind)]) -> Policy {
    let owner = Identifier::email("jane@corp.example").expect("address");
    let mut employment = Employment::default();
    for (at, kind) in events {
        employment.record(EmploymentEvent {
            effective_at: day(*at),
            recorded_at: day(*at),
            kind: *kind,
            event: EventUid([3; 16]),
            worker: Worker::default(),
        });
    }
    if !events.is_empty() {
        state.owned(OwnerPush {
            person: PersonId::new("E1"),
            via: Some((owner.clone(), LinkReason::Policy, Timestamp::MIN)),
            same_as: std::collections::BTreeMap::default(),
            employment,
        });
    }
    let account = AccountId::new(&SourceName::new("aws_cloudtrail"), "svc-backup");
    let declared = DeclaredOwner {
        owner: Some(owner),
        nhi: true,
    };
    Policy {
        links: [(account.clone(), declared)].into(),
        purposes: [(account, "backups".into())].into(),
        ..Policy::default()
    }
}

fn row(state: &AccountState, policy: &Policy, now: i64) -> Option<NhiRow> {
    nhi_of(&id(), state, policy, (day(now), true))
}

#[test]
fn a_persons_account_is_none_and_the_policy_or_the_source_make_it_one() {
    let mut state = account();
    assert_eq!(row(&state, &Policy::default(), 9), None);
    state.non_human = true;
    let marked = row(&state, &Policy::default(), 9).expect("marked");
    assert_eq!(marked.recognised_by, ["source".into()]);
    assert_eq!(marked.purpose, None);
    let policy = declared(&mut state, &[]);
    let both = row(&state, &policy, 9).expect("declared by its name");
    assert_eq!(both.recognised_by, ["policy".into(), "source".into()]);
    assert_eq!(both.purpose.as_deref(), Some("backups"));
}

#[test]
fn its_owner_is_employed_gone_unknown_or_nobody() {
    use EmploymentKind::{Hire, Rehire, Terminate};
    let check = |events: &[(i64, EmploymentKind)], now: i64, expected: OwnerEmployment| {
        let mut state = account();
        let policy = declared(&mut state, events);
        let row = row(&state, &policy, now).expect("a row");
        assert_eq!(row.owner_state, expected, "{events:?} on day {now}");
        assert_eq!(row.is_ownerless(), expected != OwnerEmployment::Employed);
        let [owner] = &row.owners[..] else {
            panic!("one owner");
        };
        assert_eq!((owner.state, owner.since), (expected, None));
    };
    check(&[(1, Hire)], 9, OwnerEmployment::Employed);
    check(&[(1, Hire), (8, Terminate)], 9, OwnerEmployment::Left);
    check(&[(1, Hire), (8, Terminate)], 7, OwnerEmployment::Employed);
    let back = [(1, Hire), (8, Terminate), (20, Rehire)];
    check(&back, 21, OwnerEmployment::Employed);
    check(&[(12, Hire)], 9, OwnerEmployment::NotYet);
    check(&[], 9, OwnerEmployment::NotKnown);

    let mut state = account();
    state.non_human = true;
    let alone = row(&state, &Policy::default(), 9).expect("a row");
    assert_eq!(alone.owner_state, OwnerEmployment::None);
    assert!(alone.owners.is_empty() && alone.is_ownerless());
    // Its grace is over on day 5.
    assert_eq!(alone.findings, ["nhi-ownerless".into()]);
    let young = row(&state, &Policy::default(), 4).expect("a row");
    assert!(young.findings.is_empty());
}

#[test]
fn whether_it_is_used_is_three_valued() {
    use LastUsed::{NotKnown, NotUsed, Used};
    let mut state = account();
    state.non_human = true;
    let policy = Policy::default();
    let of = |state: &AccountState, now: i64, delivers: bool| {
        let row = nhi_of(&id(), state, &policy, (day(now), delivers)).expect("a row");
        let [key] = &row.credentials[..] else {
            panic!("one key");
        };
        (row.last_used, row.last_used_at, key.last_used)
    };
    assert_eq!(of(&state, 9, true), (NotUsed, None, NotUsed));
    // Where only a listing tells of the account, nobody would have seen it.
    assert_eq!(of(&state, 9, false), (NotKnown, None, NotUsed));
    use_key(&mut state, 7);
    for delivers in [true, false] {
        assert_eq!(of(&state, 9, delivers), (Used, Some(day(7)), Used));
    }
    assert_eq!(of(&state, 6, true), (NotUsed, None, NotUsed));
}

#[test]
fn a_key_has_an_age_and_outlives_a_suspended_account() {
    let mut state = account();
    state.non_human = true;
    state.life.change(change(8, LifeKind::Suspended));
    let suspended = row(&state, &Policy::default(), 10).expect("its key works");
    assert!(!suspended.live);
    let [key] = &suspended.credentials[..] else {
        panic!("one key");
    };
    assert_eq!((key.created_at, key.age_days), (Some(day(4)), 6));
    state.life.change(change(9, LifeKind::Deleted));
    assert_eq!(row(&state, &Policy::default(), 10), None);
}

#[test]
fn of_a_key_that_was_only_seen_in_use_the_age_is_the_least_that_it_can_be() {
    let mut state = AccountState::default();
    state.non_human = true;
    use_key(&mut state, 5);
    let row = row(&state, &Policy::default(), 9).expect("a row");
    let [key] = &row.credentials[..] else {
        panic!("one key");
    };
    assert_eq!(
        (key.created_at, key.age_days, row.first_seen),
        (None, 4, day(5))
    );
}
