//! `workflow-incomplete`: a run that does not come to its end.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::people::Who;
use crate::simulate::deed::Workflow;
use crate::simulate::deed::WorkflowChange::{Failed, Started, Succeeded};
use crate::simulate::stage::{DAY, EDGES, HOUR, MINUTE, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("workflow-incomplete.hangs", hangs),
    ("workflow-incomplete.edges", edges),
    ("workflow-incomplete.failed", failed),
    ("workflow-incomplete.failed-edges", failed_edges),
    ("workflow-incomplete.retried", retried),
    ("workflow-incomplete.chain-of-retries", chain_of_retries),
    ("workflow-incomplete.failed-late", failed_late),
];

const RULE: RuleId = RuleId::WorkflowIncomplete;

fn started(stage: &mut Stage<'_>, needed: i64) -> (Who, Workflow, Timestamp) {
    let who = stage.hired("Support");
    let run = stage.run(&who, None);
    let at = stage.moment(needed);
    stage.run_is(&run, at, Started);
    (who, run, at)
}

fn hangs(stage: &mut Stage<'_>) {
    let (_, run, at) = started(stage, 6 * DAY);
    if stage.world.chance.percent(50) {
        let done = after(at + stage.delay(RULE), stage.seconds(HOUR, 3 * DAY));
        stage.run_is(&run, done, Succeeded);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (_, run, at) = started(stage, 3 * DAY);
        stage.run_is(&run, after(at + stage.delay(RULE), edge), Succeeded);
    }
}

fn failed(stage: &mut Stage<'_>) {
    let (_, run, at) = started(stage, 6 * DAY);
    stage.run_is(&run, after(at, stage_span(stage)), Failed);
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(MINUTE, 2 * HOUR)
}

/// A retry succeeds on this or that side of the deadline.
fn failed_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (who, run, at) = started(stage, 4 * DAY);
        let broke = after(at, stage.seconds(MINUTE, 2 * HOUR));
        stage.run_is(&run, broke, Failed);
        let again = stage.run(&who, Some(&run));
        stage.run_is(&again, after(broke, HOUR), Started);
        stage.run_is(&again, after(broke + stage.delay(RULE), edge), Succeeded);
    }
}

fn retried(stage: &mut Stage<'_>) {
    let (who, run, at) = started(stage, 6 * DAY);
    let broke = after(at, 5 * MINUTE);
    stage.run_is(&run, broke, Failed);
    let again = stage.run(&who, Some(&run));
    let next = after(broke, stage.seconds(HOUR, 2 * DAY));
    stage.run_is(&again, next, Started);
    stage.run_is(&again, after(next, 3 * MINUTE), Succeeded);
}

/// A chain of retries counts for its root.
fn chain_of_retries(stage: &mut Stage<'_>) {
    let (who, root, at) = started(stage, 9 * DAY);
    let mut last = root;
    let mut broke = after(at, 4 * MINUTE);
    stage.run_is(&last, broke, Failed);
    for _ in 0..3 {
        let again = stage.run(&who, Some(&last));
        let next = after(broke, stage.seconds(HOUR, 20 * HOUR));
        stage.run_is(&again, next, Started);
        broke = after(next, 4 * MINUTE);
        stage.run_is(&again, broke, Failed);
        last = again;
    }
    if stage.world.chance.percent(70) {
        let again = stage.run(&who, Some(&last));
        stage.run_is(&again, after(broke, HOUR), Started);
        stage.run_is(&again, after(broke, 2 * HOUR), Succeeded);
    }
}

/// The failure comes when the deadline of the start has passed.
fn failed_late(stage: &mut Stage<'_>) {
    let (who, run, at) = started(stage, 8 * DAY);
    let broke = after(at + stage.delay(RULE), stage.seconds(HOUR, DAY));
    stage.run_is(&run, broke, Failed);
    let again = stage.run(&who, Some(&run));
    stage.run_is(&again, after(broke, 2 * HOUR), Started);
    stage.run_is(&again, after(broke, 3 * HOUR), Succeeded);
}
