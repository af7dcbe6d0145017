//! `workflow-incomplete`.

use tenure::model::fact::{Fact, WorkflowEvent, WorkflowEventKind, WorkflowFact};
use tenure::model::finding::{RuleId, SubjectKind};
use tenure::model::id::RunId;
use tenure::model::policy::Policy;
use tenure::model::time::Timestamp;

use crate::node::{Expected, check, check_at, hour, minute_past, only, uid};
use WorkflowEventKind::{Failed, Started, Step, Succeeded};

fn run_at(run: &str, kind: WorkflowEventKind, at: Timestamp) -> Fact {
    // `b-2` tries `b-1` again.
    let retry_of = run.split_once('-').and_then(|(root, number)| {
        let number: u32 = number.parse().expect("a number");
        (number > 1).then(|| RunId::new(format!("{root}-{}", number - 1)))
    });
    let event = WorkflowEvent {
        at,
        kind,
        name: Some("offboard".into()),
        trigger: None,
        subject: Some("jane@corp.example".into()),
        step: None,
        error: None,
        retry_of,
        event: uid(at),
    };
    Fact::Workflow(RunId::new(run), WorkflowFact::Event(Box::new(event)))
}

fn run(run: &str, kind: WorkflowEventKind, at: i64) -> Fact {
    run_at(run, kind, hour(at))
}

fn policy() -> Policy {
    only(RuleId::WorkflowIncomplete, Policy::default())
}

fn told(facts: &[Fact], now: i64, expected: &[Expected<'_>]) {
    check(&policy(), facts, now, expected);
}

#[test]
fn a_run_that_never_ends_is_told_at_its_limit_and_not_before() {
    let started = [run("a", Started, 10), run("a", Step, 11)];
    told(&started, 33, &[]);
    let found = check(&policy(), &started, 34, &[("workflow:a", 34, None)]);
    let found = found.first().expect("one");
    assert_eq!(found.subject_kind, SubjectKind::Workflow);
    assert_eq!((&found.account, &found.identity), (&None, &None));
    let called = "run a of offboard for jane@corp.example started on";
    assert!(found.summary.starts_with(called), "{}", found.summary);
}

#[test]
fn a_success_at_the_limit_is_in_time_and_a_minute_later_is_not() {
    told(&[run("a", Started, 10), run("a", Succeeded, 34)], 500, &[]);
    let late = [
        run("a", Started, 10),
        run_at("a", Succeeded, minute_past(34)),
    ];
    check_at(&policy(), &late, hour(34), &[("workflow:a", 34, None)]);
    told(&late, 35, &[("workflow:a", 34, Some(34))]);
}

#[test]
fn a_failure_counts_from_its_own_time_but_ends_nothing_that_is_open() {
    let failed = [run("a", Started, 10), run("a", Failed, 20)];
    told(&failed, 43, &[]);
    told(&failed, 44, &[("workflow:a", 44, None)]);
    let late = [run("a", Started, 10), run("a", Failed, 40)];
    told(&late, 100, &[("workflow:a", 34, None)]);
    told(&[run("a", Failed, 40)], 100, &[("workflow:a", 64, None)]);
}

#[test]
fn a_chain_of_retries_counts_for_its_root() {
    let chain = [
        run("a-1", Started, 10),
        run("a-1", Failed, 11),
        run("a-2", Started, 12),
        run("a-2", Failed, 13),
        run("a-3", Started, 14),
    ];
    told(&chain, 34, &[]);
    told(&chain, 500, &[("workflow:a-1", 35, None)]);
    let with = |last: Fact| [&chain[..], &[last]].concat();
    told(&with(run("a-3", Succeeded, 35)), 500, &[]);
    let late = run("a-3", Succeeded, 90);
    told(&with(late), 500, &[("workflow:a-1", 35, Some(90))]);
    // A retry whose root no record tells of.
    told(&chain[2..], 500, &[("workflow:a-1", 37, None)]);
}

#[test]
fn a_run_known_by_its_steps_began_with_the_first() {
    let steps: Vec<Fact> = (10..400).map(|at| run("a", Step, at)).collect();
    told(&steps[..3], 34, &[("workflow:a", 34, None)]);
    let mut node = crate::node::Node::new(&policy(), 1);
    node.take(steps);
    node.tick(hour(500));
    let opened: Vec<Timestamp> = node.findings().iter().map(|it| it.opened_at).collect();
    assert_eq!(opened, [hour(34)], "however many there were");
}

#[test]
fn very_long_chains_and_circles_end() {
    let chain: Vec<Fact> = (1..=60)
        .map(|number| run(&format!("a-{number}"), Failed, number))
        .chain([run("a-61", Succeeded, 70)])
        .collect();
    told(&chain, 500, &[("workflow:a-1", 25, Some(70))]);
    let beyond: Vec<Fact> = (1..=300)
        .map(|number| run(&format!("a-{number}"), Failed, number))
        .collect();
    told(&beyond, 500, &[("workflow:a-1", 25, None)]);
    let circle = |number: usize, of: usize| match run(&format!("c{number}"), Failed, 10) {
        Fact::Workflow(id, WorkflowFact::Event(mut event)) => {
            event.retry_of = Some(RunId::new(format!("c{of}")));
            Fact::Workflow(id, WorkflowFact::Event(event))
        }
        other => other,
    };
    told(&[circle(1, 2), circle(2, 3), circle(3, 1)], 500, &[]);
    told(&[circle(1, 1)], 500, &[("workflow:c1", 34, None)]);
}
