//! `account-dormant`: an account that nobody uses.

use super::Story;
use crate::model::finding::RuleId;
use crate::simulate::deed::{Life, Listed};
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("account-dormant.never-used", never_used),
    ("account-dormant.several-idle-times", several_idle_times),
    ("account-dormant.edges", edges),
    ("account-dormant.ended-while-idle", ended_while_idle),
    ("account-dormant.reinstated", reinstated),
    ("account-dormant.listed", listed),
    ("account-dormant.accepted", accepted),
    ("account-dormant.failed-attempts", failed_attempts),
];

const RULE: RuleId = RuleId::AccountDormant;
const USED: [&str; 6] = [
    "okta",
    "google_workspace",
    "slack",
    "snowflake",
    "entra",
    "github",
];

fn never_used(stage: &mut Stage<'_>) {
    let source = stage.source(&USED);
    stage.employed(source);
}

fn several_idle_times(stage: &mut Stage<'_>) {
    let source = stage.source(&USED);
    let player = stage.employed(source);
    let idle = stage.delay(RULE).as_seconds();
    let mut at = after(player.since, stage.seconds(HOUR, 3 * DAY));
    for _ in 0..4 {
        stage.use_at(player.account, at);
        at = after(at, idle + stage.seconds(-3 * DAY, 6 * DAY));
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let source = stage.source(&USED);
        let player = stage.employed(source);
        let first = after(player.since, stage.seconds(HOUR, 2 * DAY));
        stage.use_at(player.account, first);
        stage.use_at(player.account, after(first + stage.delay(RULE), edge));
    }
}

fn ended_while_idle(stage: &mut Stage<'_>) {
    let source = stage.source(&USED);
    let player = stage.employed(source);
    let used = after(player.since, stage.seconds(HOUR, 2 * DAY));
    stage.use_at(player.account, used);
    let edge = stage.seconds(-DAY, 5 * DAY);
    stage.ends(player.account, after(used + stage.delay(RULE), edge));
}

/// Idle time counts anew from a return to life.
fn reinstated(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "google_workspace", "slack", "entra", "snowflake"]);
    let player = stage.employed(source);
    let used = after(player.since, HOUR);
    stage.use_at(player.account, used);
    let gone = after(used, 5 * DAY);
    stage.ends(player.account, gone);
    let back = after(gone, 4 * DAY);
    stage.life(player.account, back, Life::Reinstate);
    let edge = stage.seconds(-2 * DAY, 3 * DAY);
    stage.use_at(player.account, after(back + stage.delay(RULE), edge));
}

/// The last use that a listing states says nothing of the time before it.
fn listed(stage: &mut Stage<'_>) {
    let who = stage.hired("Marketing");
    let source = stage.source(&["okta", "google_workspace", "entra", "slack"]);
    let account = who.account(stage.world, source);
    let at = after(stage.begin(), stage.seconds(HOUR, 2 * DAY));
    stage.listed(
        at,
        Listed {
            account,
            live: true,
            created_at: Some(after(at, -400 * DAY)),
            last_used_at: Some(after(at, -stage.seconds(5 * DAY, 200 * DAY))),
            grants: Vec::new(),
            credentials: Vec::new(),
        },
    );
    if stage.world.chance.percent(50) {
        let edge = stage.seconds(-2 * DAY, 4 * DAY);
        stage.use_at(account, after(at + stage.delay(RULE), edge));
    }
}

fn accepted(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let id = stage.world.cast.account_id(player.account);
    let passed = stage.world.chance.percent(50);
    let until = after(stage.end(), if passed { -DAY } else { 90 * DAY });
    stage.world.policy.exempt("account-dormant", &id, until);
}

/// What failed was no use.
fn failed_attempts(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    for days in 1..6 {
        let at = after(player.since, days * 9 * DAY + stage.seconds(0, DAY));
        let deed = crate::simulate::deed::Deed {
            log: "okta",
            at,
            actor: crate::simulate::deed::Actor::Account(player.account),
            act: crate::simulate::deed::Act::SignIn { application: None },
            failed: true,
        };
        stage.world.tell(deed);
    }
}
