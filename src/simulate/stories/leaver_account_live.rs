//! `leaver-account-live`: the account of somebody who has left lives on.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::grants::SOURCES;
use crate::simulate::deed::{HrKind, Life};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("leaver-account-live.never-ended", never_ended),
    ("leaver-account-live.ended-late", ended_late),
    ("leaver-account-live.edges", edges),
    ("leaver-account-live.rehired", rehired),
    (
        "leaver-account-live.rehired-at-the-edges",
        rehired_at_the_edges,
    ),
    ("leaver-account-live.left-twice", left_twice),
    (
        "leaver-account-live.recorded-last-holds",
        recorded_last_holds,
    ),
    ("leaver-account-live.advance-withdrawn", advance),
    ("leaver-account-live.leave-of-absence", leave_of_absence),
    ("leaver-account-live.locked-only", locked_only),
    (
        "leaver-account-live.came-back-after-the-deadline",
        came_back,
    ),
    (
        "leaver-account-live.ended-at-termination",
        ended_at_termination,
    ),
];

const RULE: RuleId = RuleId::LeaverAccountLive;

/// Somebody with an account that is used until they leave.
fn leaver(stage: &mut Stage<'_>, needed: i64) -> (Player, Timestamp) {
    let source = stage.source(&SOURCES);
    leaver_at(stage, source, needed)
}

fn leaver_at(stage: &mut Stage<'_>, source: &str, needed: i64) -> (Player, Timestamp) {
    let player = stage.employed(source);
    let left = stage.moment(needed);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    (player, left)
}

fn never_ended(stage: &mut Stage<'_>) {
    leaver(stage, 10 * DAY);
}

fn ended_late(stage: &mut Stage<'_>) {
    let (player, left) = leaver(stage, 10 * DAY);
    let late = stage.delay(RULE).as_seconds() + stage.seconds(HOUR, 6 * DAY);
    stage.ends(player.account, after(left, late));
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, left) = leaver(stage, 5 * DAY);
        let deadline = left + stage.delay(RULE);
        stage.ends(player.account, after(deadline, edge));
    }
}

fn rehired(stage: &mut Stage<'_>) {
    let (player, left) = leaver(stage, 14 * DAY);
    let back = after(left, stage.seconds(4 * DAY, 9 * DAY));
    stage.rehired(&player.who, back);
    let end = stage.end();
    stage.used(player.account, back, end);
}

fn rehired_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, left) = leaver(stage, 5 * DAY);
        let deadline = left + stage.delay(RULE);
        player.who.told(
            stage.world,
            HrKind::Rehire,
            (after(left, HOUR), after(deadline, edge)),
        );
    }
}

/// Two episodes: the account outlives both leaves.
fn left_twice(stage: &mut Stage<'_>) {
    let (player, left) = leaver(stage, 30 * DAY);
    let back = after(left, stage.seconds(3 * DAY, 5 * DAY));
    stage.rehired(&player.who, back);
    let again = after(back, stage.seconds(4 * DAY, 8 * DAY));
    stage.used(player.account, back, again);
    stage.leaves(&player.who, again);
    let ended = after(
        again,
        stage.delay(RULE).as_seconds() + stage.seconds(DAY, 4 * DAY),
    );
    stage.ends(player.account, ended);
}

/// HR corrects the day: the record that was written last holds.
fn recorded_last_holds(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let first = stage.moment(20 * DAY);
    let second = after(first, stage.seconds(-2 * DAY, 3 * DAY));
    let left = if first < second { first } else { second };
    stage.used(player.account, player.since, left);
    let who = &player.who;
    who.told(stage.world, HrKind::Terminate, (after(first, HOUR), first));
    who.told(
        stage.world,
        HrKind::Terminate,
        (after(first, 2 * DAY), second),
    );
    let late = after(second, stage.delay(RULE).as_seconds() + 2 * HOUR);
    stage.ends(player.account, late);
}

/// A termination is written down weeks before it counts.
fn advance(stage: &mut Stage<'_>) {
    let player = stage.employed("google_workspace");
    let left = stage.moment(6 * DAY);
    stage.used(player.account, player.since, left);
    let recorded = after(left, -stage.seconds(5 * DAY, 20 * DAY));
    let recorded = recorded.max(after(stage.begin(), 4 * HOUR));
    player
        .who
        .told(stage.world, HrKind::Terminate, (recorded, left));
    stage.ends(
        player.account,
        after(left, stage.delay(RULE).as_seconds() + DAY),
    );
}

/// Who is on leave has not left.
fn leave_of_absence(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let gone = stage.moment(12 * DAY);
    let back = after(gone, 9 * DAY);
    stage.used(player.account, player.since, gone);
    player
        .who
        .told(stage.world, HrKind::LeaveStart, (after(gone, -HOUR), gone));
    player
        .who
        .told(stage.world, HrKind::LeaveEnd, (after(back, -HOUR), back));
    let end = stage.end();
    stage.used(player.account, back, end);
}

/// A lock is no end.
fn locked_only(stage: &mut Stage<'_>) {
    let (player, left) = leaver_at(stage, "okta", 10 * DAY);
    let act = crate::simulate::deed::Act::Life {
        account: player.account,
        change: Life::Lock,
    };
    stage.tell(
        "okta",
        (after(left, HOUR), crate::simulate::deed::Actor::System),
        act,
    );
}

/// Judged once, at the deadline: who comes back later is reinstated, and that is another rule's.
fn came_back(stage: &mut Stage<'_>) {
    let source = stage.source(&[
        "okta",
        "entra",
        "google_workspace",
        "slack",
        "snowflake",
        "gitlab",
    ]);
    let (player, left) = leaver_at(stage, source, 12 * DAY);
    stage.ends(player.account, after(left, HOUR));
    let back = after(
        left,
        stage.delay(RULE).as_seconds() + stage.seconds(HOUR, 2 * DAY),
    );
    stage.life(player.account, back, Life::Reinstate);
    stage.ends(player.account, after(back, stage.seconds(HOUR, 3 * DAY)));
}

fn ended_at_termination(stage: &mut Stage<'_>) {
    let (player, left) = leaver(stage, 5 * DAY);
    stage.ends(player.account, left);
}
