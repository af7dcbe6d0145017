//! `admin-standing`: a privileged grant that nobody has looked at for long.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Grant, Life, Listed};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("admin-standing.never-reviewed", never_reviewed),
    ("admin-standing.edges", edges),
    ("admin-standing.revoked-at-the-edges", revoked_at_the_edges),
    (
        "admin-standing.reviewed-again-and-again",
        reviewed_again_and_again,
    ),
    (
        "admin-standing.review-of-the-account",
        review_of_the_account,
    ),
    ("admin-standing.review-revokes", review_revokes),
    ("admin-standing.suspended-meanwhile", suspended_meanwhile),
    ("admin-standing.listed-privileged", listed_privileged),
];

const RULE: RuleId = RuleId::AdminStanding;

fn administrator(stage: &mut Stage<'_>) -> (Player, Grant, Timestamp) {
    let source = stage.source(&[
        "okta",
        "entra",
        "google_workspace",
        "github",
        "aws_cloudtrail",
        "slack",
        "snowflake",
        "gitlab",
    ]);
    let player = stage.employed(source);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let grant = stage.offer(source, |_, privileged| privileged);
    let at = after(player.since, stage.seconds(HOUR, 2 * DAY));
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (at, machine));
    (player, grant, at)
}

fn never_reviewed(stage: &mut Stage<'_>) {
    administrator(stage);
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grant, at) = administrator(stage);
        let deadline = at + stage.delay(RULE);
        stage.reviewed(player.account, after(deadline, edge), (Some(&grant), true));
    }
}

fn revoked_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grant, at) = administrator(stage);
        let deadline = at + stage.delay(RULE);
        stage.revoke(player.account, &grant, after(deadline, edge));
    }
}

fn reviewed_again_and_again(stage: &mut Stage<'_>) {
    let (player, grant, at) = administrator(stage);
    let age = stage.delay(RULE).as_seconds();
    let mut next = at;
    for _ in 0..3 {
        next = after(next, age + stage.seconds(-3 * DAY, 4 * DAY));
        stage.reviewed(player.account, next, (Some(&grant), true));
    }
}

fn review_of_the_account(stage: &mut Stage<'_>) {
    let (player, _, at) = administrator(stage);
    let age = stage.delay(RULE).as_seconds();
    let review = after(at, age - stage.seconds(-2 * DAY, 4 * DAY));
    stage.reviewed(player.account, review, (None, true));
}

fn review_revokes(stage: &mut Stage<'_>) {
    let (player, grant, at) = administrator(stage);
    let age = stage.delay(RULE).as_seconds();
    stage.reviewed(player.account, after(at, age - DAY), (Some(&grant), false));
    stage.revoke(player.account, &grant, after(at, age + 2 * DAY));
}

/// Age does not stop while the account is suspended.
fn suspended_meanwhile(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "google_workspace", "entra"]);
    let player = stage.employed(source);
    let grant = stage.offer(source, |_, privileged| privileged);
    let machine = stage.machine(player.account);
    let at = after(player.since, HOUR);
    stage.grant(player.account, &grant, (at, machine));
    let deadline = at + stage.delay(RULE);
    let gone = after(deadline, -3 * DAY);
    stage.used(player.account, at, gone);
    stage.ends(player.account, gone);
    let back = after(deadline, stage.seconds(-DAY, 4 * DAY));
    stage.life(player.account, back, Life::Reinstate);
    let end = stage.end();
    stage.used(player.account, back, end);
}

/// What a listing flags is privileged.
fn listed_privileged(stage: &mut Stage<'_>) {
    let who = stage.hired("IT");
    let account = who.account(stage.world, "okta");
    let grant = crate::simulate::company::grants::grant("group", "break-glass", true);
    let at = after(stage.begin(), stage.seconds(HOUR, DAY));
    let since = stage.world.chance.percent(50).then(|| after(at, -20 * DAY));
    stage.listed(
        at,
        Listed {
            account,
            live: true,
            created_at: None,
            last_used_at: None,
            grants: vec![(grant, since)],
            credentials: Vec::new(),
        },
    );
    let end = stage.end();
    stage.used(account, at, end);
}
