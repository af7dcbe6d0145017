//! `orphan-account`: an account that is nobody's.

use super::Story;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{AccountNo, Act, Actor, Life, Listed};
use crate::simulate::sources::usual_begin;
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("orphan-account.nobodys", nobodys),
    ("orphan-account.edges", edges),
    ("orphan-account.linked-late", linked_late),
    ("orphan-account.linked-at-the-edges", linked_at_the_edges),
    ("orphan-account.linked-by-another", linked_by_another),
    ("orphan-account.gone-and-back", gone_and_back),
    ("orphan-account.listed", listed),
    ("orphan-account.failed-attempts", failed_attempts),
    ("orphan-account.accepted", accepted),
    ("orphan-account.accepted-until", accepted_until),
];

const RULE: RuleId = RuleId::OrphanAccount;

/// An account of nobody whom HR knows, made by the machine that provisions.
fn stranger(stage: &mut Stage<'_>, source: &str, at: Timestamp) -> AccountNo {
    let number = stage.world.count("stranger");
    let account = stage
        .world
        .account(source, &format!("stranger-{number}"), None);
    let machine = stage.machine(account);
    stage
        .world
        .life(account, usual_begin(source), (at, machine));
    account
}

fn nobodys(stage: &mut Stage<'_>) {
    let source = stage.source(&["github", "gitlab", "aws_cloudtrail", "snowflake"]);
    let at = stage.moment(12 * DAY);
    let account = stranger(stage, source, at);
    let end = stage.end();
    stage.used(account, at, end);
    if stage.world.chance.percent(50) {
        stage.ends(account, after(at + stage.delay(RULE), stage_span(stage)));
    }
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(HOUR, 6 * DAY)
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let at = stage.moment(6 * DAY);
        let source = stage.source(&["github", "gitlab", "aws_cloudtrail", "snowflake"]);
        let account = stranger(stage, source, at);
        let deadline = at + stage.delay(RULE);
        stage.ends(account, after(deadline, edge));
    }
}

/// GitHub states whose an account is when its member first comes by single sign-on.
fn member(stage: &mut Stage<'_>, needed: i64) -> (AccountNo, Text, Timestamp) {
    let who = stage.hired("Engineering");
    let account = who.unlinked_account(stage.world, "github");
    let at = stage.moment(needed);
    stage.life(account, at, Life::Join);
    (account, who.email, at)
}

fn linked_late(stage: &mut Stage<'_>) {
    let (account, email, at) = member(stage, 14 * DAY);
    let stated = after(at + stage.delay(RULE), stage.seconds(HOUR, 6 * DAY));
    stage.tell(
        "github",
        (stated, Actor::Account(account)),
        Act::States { account, email },
    );
    let end = stage.end();
    stage.used(account, stated, end);
}

fn linked_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (account, email, at) = member(stage, 6 * DAY);
        let stated = after(at + stage.delay(RULE), edge);
        stage.tell(
            "github",
            (stated, Actor::Account(account)),
            Act::States { account, email },
        );
        let end = stage.end();
        stage.used(account, stated, end);
    }
}

/// The identity provider's machine states it.
fn linked_by_another(stage: &mut Stage<'_>) {
    let (account, email, at) = member(stage, 9 * DAY);
    let stated = after(at, stage.seconds(HOUR, 5 * DAY));
    let machine = stage.machine(account);
    stage.tell("github", (stated, machine), Act::States { account, email });
    let end = stage.end();
    stage.used(account, stated, end);
}

/// It opens at the later of the deadline and a return to life.
fn gone_and_back(stage: &mut Stage<'_>) {
    let at = stage.moment(20 * DAY);
    let source = stage.source(&["gitlab", "snowflake", "github"]);
    let account = stranger(stage, source, at);
    let gone = after(
        at + stage.delay(RULE),
        stage.seconds(-2 * DAY, 2 * DAY).max(-DAY),
    );
    stage.ends(account, gone);
    let back = after(gone, stage.seconds(2 * DAY, 5 * DAY));
    stage.life(account, back, Life::Reinstate);
    stage.ends(account, after(back, 2 * DAY));
}

/// What only a listing knows is first seen as of the listing.
fn listed(stage: &mut Stage<'_>) {
    let number = stage.world.count("stranger");
    let source = stage.source(&["gitlab", "github", "okta"]);
    let account = stage
        .world
        .account(source, &format!("stranger-{number}"), None);
    let at = stage.moment(8 * DAY);
    stage.listed(
        at,
        Listed {
            account,
            live: stage.world.chance.percent(70),
            created_at: Some(after(at, -200 * DAY)),
            last_used_at: Some(after(at, -3 * DAY)),
            grants: Vec::new(),
            credentials: Vec::new(),
        },
    );
}

/// A name that somebody typed is no account.
fn failed_attempts(stage: &mut Stage<'_>) {
    let number = stage.world.count("stranger");
    let account = stage
        .world
        .account("okta", &format!("stranger-{number}"), None);
    let at = stage.moment(6 * DAY);
    let deed = crate::simulate::deed::Deed {
        log: "okta",
        at,
        actor: Actor::Account(account),
        act: Act::SignIn { application: None },
        failed: true,
    };
    stage.world.tell(deed);
}

fn accepted(stage: &mut Stage<'_>) {
    let at = stage.moment(8 * DAY);
    let account = stranger(stage, "gitlab", at);
    let id = stage.world.cast.account_id(account);
    let until = after(stage.end(), 300 * DAY);
    stage.world.policy.exempt("orphan-account", &id, until);
}

/// From then on it is told of again.
fn accepted_until(stage: &mut Stage<'_>) {
    let at = stage.moment(12 * DAY);
    let account = stranger(stage, "gitlab", at);
    let id = stage.world.cast.account_id(account);
    let until = after(at, stage.seconds(4 * DAY, 9 * DAY));
    stage.world.policy.exempt("orphan-account", &id, until);
}
