use super::*;
use crate::answer::timeline::Window;
use crate::model::fact::{
    EmploymentEvent, GrantChange, GrantName, LifeChange, LifeKind, LinkReason, OwnerPush,
    StepOutcome, Worker, WorkflowEvent, WorkflowEventKind, WorkflowStep,
};
use crate::model::id::{AccountId, Identifier, PersonId, RunId, SourceName};
use crate::model::policy::{Baseline, Policy, SourceSettings};
use crate::model::state::{AccountState, WorkflowState};
use EmploymentKind::{Hire, Terminate, Transfer};
use LifeKind::{Created, Deactivated, Suspended};
use TransitionKind::{Joiner, Leaver, Mover};

const DAY: i64 = 86_400;

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * DAY)
}

fn hr(at: i64, kind: EmploymentKind, department: &str) -> EmploymentEvent {
    EmploymentEvent {
        effective_at: day(at),
        recorded_at: day(at),
        kind,
        event: EventUid([u8::try_from(at).expect("small"); 16]),
        worker: Worker {
            department: Some(department.into()),
            ..Worker::default()
        },
    }
}

fn change(at: i64, kind: LifeKind, actor: &str) -> LifeChange {
    LifeChange {
        at: day(at),
        kind,
        event: EventUid([u8::try_from(at).expect("small"); 16]),
        actor: (!actor.is_empty()).then(|| actor.into()),
    }
}

fn grant(at: i64, name: &str, kind: LifeKind, actor: &str) -> GrantChange {
    GrantChange {
        grant: GrantName {
            kind: "group".into(),
            name: name.into(),
        },
        privileged: false,
        change: change(at, kind, actor),
    }
}

fn id() -> AccountId {
    AccountId::new(&SourceName::new("okta"), "00u1")
}

/// Hired on day 10, moved on day 50, gone on day 100.
fn account() -> AccountState {
    let mut state = AccountState::default();
    let mut employment = Employment::default();
    for event in [
        hr(10, Hire, "Sales"),
        hr(50, Transfer, "Legal"),
        hr(100, Terminate, "Legal"),
    ] {
        employment.record(event);
    }
    state.owned(OwnerPush {
        person: PersonId::new("E1"),
        via: Some((
            Identifier::email("jane@corp.example").expect("address"),
            LinkReason::Email,
            day(9),
        )),
        same_as: std::collections::BTreeMap::default(),
        employment,
    });
    state.life.change(change(9, Created, "scim-bot"));
    state.granted(grant(11, "sales", Created, "boss@corp.example"));
    state.granted(grant(52, "legal", Created, "deploy-bot"));
    state
}

fn policy() -> Policy {
    let settings = SourceSettings {
        provisioners: ["scim-bot".into()].into(),
        ..SourceSettings::default()
    };
    Policy {
        sources: [(SourceName::new("okta"), settings)].into(),
        baselines: vec![Baseline {
            department: Some("Legal".into()),
            grants: ["okta:group:legal".into()].into(),
            ..Baseline::default()
        }],
        ..Policy::default()
    }
}

fn actors() -> Actors {
    let okta = SourceName::new("okta");
    Actors {
        people: [(okta.clone(), "boss@corp.example".into())].into(),
        machines: [(okta, "deploy-bot".into())].into(),
    }
}

/// Steps at `now` as (transition, step, days that it took, how).
fn steps(
    state: &AccountState,
    runs: &RunSteps,
    now: i64,
) -> Vec<(TransitionKind, StepKind, Option<i64>, Option<How>)> {
    let policy = policy();
    let drafts = of_account(&id(), state, &policy, (Window::default(), day(now)));
    let steps = drafts.iter().map(|draft| {
        let step = draft.judged(&policy, runs, &actors());
        let days = step.took_seconds.map(|seconds| seconds / DAY);
        (draft.transition.kind, step.kind, days, step.how)
    });
    steps.collect()
}

use How::{Hand, NotKnown, Script, Workflow};
use StepKind::{AccountEnded, AccountMade, GrantEnded, GrantMade};

#[test]
fn steps_belong_to_their_transition_and_tell_how_they_were_done() {
    let state = account();
    let runs = RunSteps::default();
    let joined = [
        (Joiner, AccountMade, Some(-1), Some(Workflow)),
        (Joiner, GrantMade, Some(1), Some(Hand)),
    ];
    assert_eq!(steps(&state, &runs, 40), joined);
    // What came with the old position stays, and nobody said that it may.
    let moved = [
        (Mover, GrantMade, Some(2), Some(Script)),
        (Mover, GrantEnded, None, None),
    ];
    assert_eq!(steps(&state, &runs, 60), [joined, moved].concat());
    let left = [
        (Leaver, AccountEnded, None, None),
        (Leaver, GrantEnded, None, None),
        (Leaver, GrantEnded, None, None),
    ];
    assert_eq!(
        steps(&state, &runs, 101),
        [&joined[..], &moved, &left].concat()
    );
}

#[test]
fn an_end_counts_once_it_has_come_and_a_run_that_did_it_makes_it_governed() {
    let mut state = account();
    state
        .life
        .change(change(102, Suspended, "boss@corp.example"));
    state.granted(grant(103, "sales", Deactivated, ""));
    let leaver = |runs: &RunSteps, now| {
        let all = steps(&state, runs, now).into_iter();
        all.filter(|(kind, ..)| *kind == Leaver)
            .map(|(_, kind, took, how)| (kind, took, how))
            .collect::<Vec<_>>()
    };
    let mut expected = [
        (AccountEnded, Some(2), Some(Hand)),
        (GrantEnded, None, None),
        (GrantEnded, Some(3), Some(NotKnown)),
    ];
    assert_eq!(leaver(&RunSteps::default(), 110), expected);
    let before = leaver(&RunSteps::default(), 101);
    assert!(
        before.iter().all(|(_, took, _)| took.is_none()),
        "{before:?}"
    );
    let runs = |minutes: i64, outcome| {
        let mut state = WorkflowState::default();
        state.record(WorkflowEvent {
            at: day(102) + crate::model::time::Span::from_seconds(minutes * 60),
            kind: WorkflowEventKind::Step,
            name: None,
            trigger: None,
            subject: None,
            step: Some(WorkflowStep {
                name: None,
                action: Some("suspend".into()),
                target: Some("OKTA:00U1".into()),
                outcome,
            }),
            error: None,
            retry_of: None,
            event: EventUid([0; 16]),
        });
        let mut runs = RunSteps::default();
        runs.add(&RunId::new("wf-1"), &state);
        runs
    };
    // A minute too late, and one that failed, did not do it.
    assert_eq!(leaver(&runs(16, StepOutcome::Success), 110), expected);
    assert_eq!(leaver(&runs(0, StepOutcome::Failure), 110), expected);
    if let Some(account) = expected.first_mut() {
        account.2 = Some(Workflow);
    }
    assert_eq!(leaver(&runs(15, StepOutcome::Success), 110), expected);
}

#[test]
fn what_ends_after_they_came_back_was_not_done_when_they_left() {
    let mut state = account();
    state
        .life
        .change(change(150, Suspended, "boss@corp.example"));
    let mut employment = Employment::default();
    employment.record(hr(130, EmploymentKind::Rehire, "Legal"));
    state.owned(OwnerPush {
        person: PersonId::new("E1"),
        via: Some((
            Identifier::email("jane@corp.example").expect("address"),
            LinkReason::Email,
            day(9),
        )),
        same_as: std::collections::BTreeMap::default(),
        employment,
    });
    let all = steps(&state, &RunSteps::default(), 160);
    let left: Vec<_> = all.iter().filter(|(kind, ..)| *kind == Leaver).collect();
    assert!(left.iter().all(|(.., how)| how.is_none()), "{left:?}");
    assert_eq!(left.len(), 3);
}

#[test]
fn sums_count_each_way_and_the_median_is_of_what_was_done() {
    let step = |took: Option<i64>, how: Option<How>| Step {
        kind: AccountEnded,
        subject: "okta:1".into(),
        done_at: took.map(day),
        took_seconds: took,
        how,
        by: None,
        run: None,
        evidence: Vec::new(),
    };
    let handoff = Handoff {
        identity: crate::model::finding::IdentityRef {
            uid: "E1".into(),
            email: None,
            name: None,
            kind: crate::model::finding::IdentityKind::Human,
        },
        kind: Leaver,
        at: day(1),
        steps: vec![
            step(Some(10), Some(Hand)),
            step(None, None),
            step(Some(30), Some(Script)),
            step(Some(20), Some(Hand)),
        ],
        evidence: Vec::new(),
    };
    let told = Handoffs::new((day(0), day(9)), day(9), vec![handoff]);
    let summary = told
        .summary
        .iter()
        .find(|one| one.kind == Leaver)
        .expect("leavers");
    assert_eq!((summary.people, summary.steps, summary.not_done), (1, 4, 1));
    assert_eq!((summary.by_hand, summary.by_script), (2, 1));
    assert_eq!(summary.median_seconds, Some(20));
    assert_eq!(summary.hand_median_seconds, Some(10));
    assert_eq!(summary.workflow_median_seconds, None);
}
