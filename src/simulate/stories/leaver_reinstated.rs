//! `leaver-reinstated`: a leaver's account comes (back) to life.

use super::Story;
use crate::simulate::deed::{Actor, Life};
use crate::simulate::sources::usual_begin;
use crate::simulate::stage::{DAY, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("leaver-reinstated.back-and-ended", back_and_ended),
    ("leaver-reinstated.back-for-good", back_for_good),
    ("leaver-reinstated.around-the-instant", around_the_instant),
    (
        "leaver-reinstated.created-after-leaving",
        created_after_leaving,
    ),
    (
        "leaver-reinstated.first-seen-after-leaving",
        first_seen_after_leaving,
    ),
    ("leaver-reinstated.rehired-first", rehired_first),
    ("leaver-reinstated.several-times", several_times),
];

const RETURNING: [&str; 7] = [
    "okta",
    "entra",
    "google_workspace",
    "github",
    "slack",
    "snowflake",
    "gitlab",
];

fn back(
    stage: &mut Stage<'_>,
) -> (
    crate::simulate::stage::Player,
    crate::model::time::Timestamp,
) {
    let source = stage.source(&RETURNING);
    let player = stage.employed(source);
    let left = stage.moment(14 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, HOUR));
    let back = after(left, stage.seconds(2 * HOUR, 4 * DAY));
    stage.life(player.account, back, Life::Reinstate);
    (player, back)
}

fn back_and_ended(stage: &mut Stage<'_>) {
    let (player, back) = back(stage);
    stage.ends(player.account, after(back, stage.seconds(HOUR, 5 * DAY)));
}

fn back_for_good(stage: &mut Stage<'_>) {
    back(stage);
}

/// A return at the instant itself is none after it.
fn around_the_instant(stage: &mut Stage<'_>) {
    for (name, edge) in [
        ("a-second-before", -1),
        ("at-the-instant", 0),
        ("a-second-after", 1),
    ] {
        stage.side(name);
        let source = stage.source(&RETURNING);
        let player = stage.employed(source);
        let left = stage.moment(5 * DAY);
        stage.used(player.account, player.since, after(left, -DAY));
        stage.ends(player.account, after(left, -20 * HOUR));
        stage.leaves(&player.who, left);
        stage.life(player.account, after(left, edge), Life::Reinstate);
        stage.ends(player.account, after(left, 3 * HOUR));
    }
}

fn created_after_leaving(stage: &mut Stage<'_>) {
    let who = stage.hired("Sales");
    let left = stage.moment(9 * DAY);
    stage.leaves(&who, left);
    let source = stage.source(&[
        "okta",
        "entra",
        "google_workspace",
        "aws_cloudtrail",
        "slack",
        "snowflake",
    ]);
    let account = who.account(stage.world, source);
    let made = after(left, stage.seconds(HOUR, 4 * DAY));
    let admin = stage.admin(account);
    stage
        .world
        .life(account, usual_begin(source), (made, admin));
    if stage.world.chance.percent(50) {
        stage.ends(account, after(made, stage.seconds(HOUR, 3 * DAY)));
    }
}

fn first_seen_after_leaving(stage: &mut Stage<'_>) {
    let who = stage.hired("Sales");
    let left = stage.moment(9 * DAY);
    stage.leaves(&who, left);
    let source = stage.source(&[
        "okta",
        "google_workspace",
        "github",
        "gitlab",
        "onepassword",
    ]);
    let account = who.account(stage.world, source);
    stage.use_at(account, after(left, stage.seconds(HOUR, 4 * DAY)));
}

fn rehired_first(stage: &mut Stage<'_>) {
    let source = stage.source(&RETURNING);
    let player = stage.employed(source);
    let left = stage.moment(12 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, HOUR));
    let back = after(left, stage.seconds(2 * DAY, 6 * DAY));
    stage.rehired(&player.who, back);
    let machine: Actor = stage.machine(player.account);
    stage.world.life(
        player.account,
        Life::Reinstate,
        (after(back, HOUR), machine),
    );
    let end = stage.end();
    stage.used(player.account, after(back, 2 * HOUR), end);
}

fn several_times(stage: &mut Stage<'_>) {
    let (player, first) = back(stage);
    let mut at = first;
    for _ in 0..2 {
        stage.ends(player.account, after(at, 2 * HOUR));
        at = after(at, stage.seconds(3 * HOUR, 2 * DAY));
        stage.life(player.account, at, Life::Reinstate);
    }
    stage.ends(player.account, after(at, 2 * HOUR));
}
