//! `grant-unused`: an application that somebody has, and never opens.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Grant, Listed};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("grant-unused.never-opened", never_opened),
    ("grant-unused.edges", edges),
    ("grant-unused.several-idle-times", several_idle_times),
    ("grant-unused.revoked-while-idle", revoked_while_idle),
    ("grant-unused.granted-again", granted_again),
    ("grant-unused.listed", listed),
    ("grant-unused.not-known", not_known),
    ("grant-unused.another-application", another_application),
];

const RULE: RuleId = RuleId::GrantUnused;

fn assigned(stage: &mut Stage<'_>) -> (Player, Grant, Timestamp) {
    let source = stage.source(&["okta", "entra"]);
    let player = stage.employed(source);
    let end = stage.end();
    // Signs in often, and never for this.
    stage.used(player.account, player.since, end);
    let grant = stage.offer(source, |kind, _| kind == "app");
    let at = after(player.since, stage.seconds(HOUR, 2 * DAY));
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (at, machine));
    (player, grant, at)
}

fn never_opened(stage: &mut Stage<'_>) {
    assigned(stage);
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grant, at) = assigned(stage);
        let used = after(at + stage.delay(RULE), edge);
        stage.signs_in(player.account, used, &grant.name);
        stage.revoke(player.account, &grant, after(used, 3 * DAY));
    }
}

fn several_idle_times(stage: &mut Stage<'_>) {
    let (player, grant, at) = assigned(stage);
    let idle = stage.delay(RULE).as_seconds();
    let mut used = after(at, 2 * HOUR);
    for _ in 0..3 {
        stage.signs_in(player.account, used, &grant.name);
        used = after(used, idle + stage.seconds(-3 * DAY, 5 * DAY));
    }
}

fn revoked_while_idle(stage: &mut Stage<'_>) {
    let (player, grant, at) = assigned(stage);
    let edge = stage.seconds(-2 * DAY, 5 * DAY);
    stage.revoke(player.account, &grant, after(at + stage.delay(RULE), edge));
}

/// A grant that comes again is a new one.
fn granted_again(stage: &mut Stage<'_>) {
    let (player, grant, at) = assigned(stage);
    let gone = after(at, 5 * DAY);
    stage.revoke(player.account, &grant, gone);
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (after(gone, 2 * DAY), machine));
}

fn listed(stage: &mut Stage<'_>) {
    let who = stage.hired("Marketing");
    let account = who.account(stage.world, "okta");
    let grant = stage.offer("okta", |kind, _| kind == "app");
    let at = after(stage.begin(), stage.seconds(HOUR, DAY));
    stage.listed(
        at,
        Listed {
            account,
            live: true,
            created_at: None,
            last_used_at: None,
            grants: vec![(grant, Some(after(at, -100 * DAY)))],
            credentials: Vec::new(),
        },
    );
    let end = stage.end();
    stage.used(account, at, end);
}

/// A role of which nobody logs the use.
fn not_known(stage: &mut Stage<'_>) {
    let source = stage.source(&["snowflake", "google_workspace"]);
    let player = stage.employed(source);
    let grant = stage.offer(source, |kind, privileged| kind == "role" && !privileged);
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (after(player.since, HOUR), machine));
    let end = stage.end();
    stage.used(player.account, player.since, end);
}

fn another_application(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let one = crate::simulate::company::grants::grant("app", "NetSuite", false);
    let other = crate::simulate::company::grants::grant("app", "Datadog", false);
    let machine = stage.machine(player.account);
    let at = after(player.since, HOUR);
    stage.grant(player.account, &one, (at, machine));
    let mut used = after(at, HOUR);
    while used < stage.end() {
        stage.signs_in(player.account, used, &other.name);
        used = after(used, stage.seconds(3 * DAY, 9 * DAY));
    }
}
