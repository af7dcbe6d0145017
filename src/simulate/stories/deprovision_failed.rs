//! `deprovision-failed`: an attempt to end an account failed, and nobody tried again with success.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::Life;
use crate::simulate::deed::WorkflowChange::{Started, Succeeded};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("deprovision-failed.never-again", never_again),
    ("deprovision-failed.late", late),
    ("deprovision-failed.edges", edges),
    ("deprovision-failed.failed-twice", failed_twice),
    ("deprovision-failed.several-episodes", several_episodes),
    (
        "deprovision-failed.of-an-ended-account",
        of_an_ended_account,
    ),
    ("deprovision-failed.step-fails", step_fails),
    (
        "deprovision-failed.ended-by-another-way",
        ended_by_another_way,
    ),
];

const RULE: RuleId = RuleId::DeprovisionFailed;
const TELLING: [&str; 4] = ["okta", "entra", "aws_cloudtrail", "snowflake"];

fn failed(stage: &mut Stage<'_>, needed: i64) -> (Player, Timestamp) {
    let source = stage.source(&TELLING);
    let player = stage.employed(source);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let at = stage.moment(needed);
    stage.end_fails(player.account, at);
    (player, at)
}

fn never_again(stage: &mut Stage<'_>) {
    failed(stage, 4 * DAY);
}

fn late(stage: &mut Stage<'_>) {
    let (player, at) = failed(stage, 9 * DAY);
    let gone = after(at + stage.delay(RULE), stage.seconds(HOUR, 5 * DAY));
    stage.ends(player.account, gone);
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, at) = failed(stage, 4 * DAY);
        stage.ends(player.account, after(at + stage.delay(RULE), edge));
    }
}

/// A failure of which the finding is open adds nothing.
fn failed_twice(stage: &mut Stage<'_>) {
    let (player, at) = failed(stage, 9 * DAY);
    let again = after(at, stage.seconds(HOUR, 3 * DAY));
    stage.end_fails(player.account, again);
    stage.ends(player.account, after(again + stage.delay(RULE), DAY));
}

fn several_episodes(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "entra", "snowflake"]);
    let player = stage.employed(source);
    let mut at = stage.moment(16 * DAY);
    for _ in 0..2 {
        stage.end_fails(player.account, at);
        let gone = after(at + stage.delay(RULE), stage.seconds(HOUR, DAY));
        stage.ends(player.account, gone);
        let back = after(gone, stage.seconds(HOUR, DAY));
        stage.life(player.account, back, Life::Reinstate);
        at = after(back, stage.seconds(HOUR, DAY));
    }
}

/// What is ended already cannot fail to end.
fn of_an_ended_account(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let at = stage.moment(5 * DAY);
    stage.used(player.account, player.since, after(at, -DAY));
    stage.ends(player.account, after(at, -HOUR));
    stage.end_fails(player.account, at);
}

fn step_fails(stage: &mut Stage<'_>) {
    for (name, in_time) in [("in-time", true), ("late", false)] {
        stage.side(name);
        let source = stage.source(&["okta", "google_workspace", "github", "slack"]);
        let player = stage.employed(source);
        let end = stage.end();
        stage.used(player.account, player.since, end);
        let run = stage.run(&player.who, None);
        let at = stage.moment(6 * DAY);
        stage.run_is(&run, at, Started);
        let failed = after(at, 40);
        stage.step_fails(&run, failed, player.account);
        stage.run_is(&run, after(at, 90), Succeeded);
        let grace = stage.delay(RULE).as_seconds();
        stage.ends(
            player.account,
            after(failed, if in_time { grace - HOUR } else { grace + HOUR }),
        );
    }
}

/// Any later success that ends the account counts.
fn ended_by_another_way(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "entra", "snowflake"]);
    let player = stage.employed(source);
    let at = stage.moment(5 * DAY);
    stage.used(player.account, player.since, at);
    stage.end_fails(player.account, at);
    stage.life(player.account, after(at, 3 * HOUR), Life::Delete);
}
