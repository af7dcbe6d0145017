//! `leaver-grant-live`: the account is ended, and not what is granted to it.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Grant, Life};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("leaver-grant-live.left-over", left_over),
    ("leaver-grant-live.edges", edges),
    (
        "leaver-grant-live.ended-after-the-deadline",
        ended_after_the_deadline,
    ),
    ("leaver-grant-live.deleted", deleted),
    ("leaver-grant-live.rehired", rehired),
    ("leaver-grant-live.last-of-several", last_of_several),
    ("leaver-grant-live.consent", consent),
    ("leaver-grant-live.back-and-gone", back_and_gone),
];

const RULE: RuleId = RuleId::LeaverGrantLive;
const SUSPENDING: [&str; 4] = ["okta", "entra", "google_workspace", "slack"];

fn leaver(stage: &mut Stage<'_>, needed: i64) -> (Player, Vec<Grant>, Timestamp) {
    let source = stage.source(&SUSPENDING);
    let player = stage.employed(source);
    let grant = stage.offer(source, |kind, _| kind == "group");
    let machine = stage.machine(player.account);
    stage.grant(
        player.account,
        &grant,
        (after(player.since, 2 * HOUR), machine),
    );
    let left = stage.moment(needed);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    (player, vec![grant], left)
}

fn take(stage: &mut Stage<'_>, player: &Player, grants: &[Grant], at: Timestamp) {
    for grant in grants {
        stage.revoke(player.account, grant, at);
    }
}

fn left_over(stage: &mut Stage<'_>) {
    let (player, grants, left) = leaver(stage, 12 * DAY);
    stage.ends(player.account, after(left, HOUR));
    if stage.world.chance.percent(60) {
        let late = after(left + stage.delay(RULE), stage.seconds(HOUR, 5 * DAY));
        take(stage, &player, &grants, late);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grants, left) = leaver(stage, 6 * DAY);
        stage.ends(player.account, after(left, HOUR));
        let deadline = left + stage.delay(RULE);
        take(stage, &player, &grants, after(deadline, edge));
    }
}

/// It opens at the account's end, where that comes later.
fn ended_after_the_deadline(stage: &mut Stage<'_>) {
    let (player, grants, left) = leaver(stage, 14 * DAY);
    let ended = after(left + stage.delay(RULE), stage.seconds(HOUR, 4 * DAY));
    stage.ends(player.account, ended);
    take(
        stage,
        &player,
        &grants,
        after(ended, stage.seconds(HOUR, 4 * DAY)),
    );
}

fn deleted(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "entra", "google_workspace"]);
    let player = stage.employed(source);
    let grant = stage.offer(source, |kind, _| kind == "group");
    let machine = stage.machine(player.account);
    stage.grant(
        player.account,
        &grant,
        (after(player.since, 2 * HOUR), machine),
    );
    let left = stage.moment(12 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, HOUR));
    let before = stage.seconds(-2 * DAY, 4 * DAY);
    stage.life(
        player.account,
        after(left + stage.delay(RULE), before.max(-DAY)),
        Life::Delete,
    );
}

fn rehired(stage: &mut Stage<'_>) {
    let (player, _, left) = leaver(stage, 12 * DAY);
    stage.ends(player.account, after(left, HOUR));
    let back = after(left + stage.delay(RULE), stage.seconds(-DAY, 4 * DAY));
    stage.rehired(&player.who, back);
}

/// The last grant's end resolves it, even one that came later.
fn last_of_several(stage: &mut Stage<'_>) {
    let (player, grants, left) = leaver(stage, 16 * DAY);
    let source = stage.world.cast.account(player.account).source.clone();
    let second = stage.offer(&source, |kind, privileged| kind != "group" || privileged);
    let admin = stage.machine(player.account);
    stage.grant(
        player.account,
        &second,
        (after(player.since, 3 * HOUR), admin),
    );
    stage.ends(player.account, after(left, 2 * HOUR));
    let deadline = left + stage.delay(RULE);
    take(stage, &player, &grants, after(deadline, DAY));
    stage.revoke(player.account, &second, after(deadline, stage_span(stage)));
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(DAY + HOUR, 6 * DAY)
}

fn consent(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "entra", "google_workspace"]);
    let player = stage.employed(source);
    let grant = crate::simulate::company::grants::grant("oauth", "Calendar Sync", false);
    let own = crate::simulate::deed::Actor::Account(player.account);
    stage.grant(player.account, &grant, (after(player.since, 5 * HOUR), own));
    let left = stage.moment(8 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, HOUR));
}

/// While it is open, an account that comes and goes is no news.
fn back_and_gone(stage: &mut Stage<'_>) {
    let (player, grants, left) = leaver(stage, 16 * DAY);
    stage.ends(player.account, after(left, HOUR));
    let back = after(left + stage.delay(RULE), 2 * HOUR);
    stage.life(player.account, back, Life::Reinstate);
    stage.ends(player.account, after(back, 5 * HOUR));
    take(stage, &player, &grants, after(back, 2 * DAY));
}
