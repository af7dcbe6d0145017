//! `nhi-ownerless`: a machine for which nobody answers.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::desk::marked;
use crate::simulate::deed::{AccountNo, Life};
use crate::simulate::sources::usual_begin;
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("nhi-ownerless.undeclared", undeclared),
    ("nhi-ownerless.edges", edges),
    ("nhi-ownerless.owned", owned),
    ("nhi-ownerless.owner-leaves", owner_leaves),
    ("nhi-ownerless.owner-leaves-edges", owner_leaves_edges),
    ("nhi-ownerless.owner-rehired", owner_rehired),
    (
        "nhi-ownerless.declared-without-owner",
        declared_without_owner,
    ),
    ("nhi-ownerless.gone-and-back", gone_and_back),
    ("nhi-ownerless.unmarked-declared", unmarked_declared),
];

const RULE: RuleId = RuleId::NhiOwnerless;

/// A machine that its source marks as one.
fn robot(stage: &mut Stage<'_>, at: Timestamp) -> AccountNo {
    let number = stage.world.count("robot");
    let source = stage.source(&["entra", "github"]);
    let name = if source == "github" {
        format!("robot-{number}[bot]")
    } else {
        format!("Robot {number}")
    };
    let account = marked(stage.world, source, &name);
    let admin = stage.machine(account);
    stage.world.life(account, usual_begin(source), (at, admin));
    account
}

fn undeclared(stage: &mut Stage<'_>) {
    let at = stage.moment(12 * DAY);
    let account = robot(stage, at);
    let end = stage.end();
    stage.used(account, at, end);
    if stage.world.chance.percent(50) {
        let gone = after(at + stage.delay(RULE), stage.seconds(HOUR, 5 * DAY));
        stage.ends(account, gone);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let at = stage.moment(6 * DAY);
        let account = robot(stage, at);
        let deadline = at + stage.delay(RULE);
        stage.ends(account, after(deadline, edge));
    }
}

fn of_somebody(stage: &mut Stage<'_>) -> (crate::simulate::company::people::Who, AccountNo) {
    let who = stage.hired("Engineering");
    let at = after(stage.begin(), stage.seconds(HOUR, 3 * DAY));
    let account = robot(stage, at);
    let id = stage.world.cast.account_id(account);
    stage.world.policy.nhi(&id, Some(&who.email));
    let end = stage.end();
    stage.used(account, at, end);
    (who, account)
}

fn owned(stage: &mut Stage<'_>) {
    of_somebody(stage);
}

/// Its owner's leaving is no leaver's finding of its own.
fn owner_leaves(stage: &mut Stage<'_>) {
    let (who, account) = of_somebody(stage);
    let left = stage.moment(10 * DAY);
    stage.leaves(&who, left);
    if stage.world.chance.percent(50) {
        let gone = after(left + stage.delay(RULE), stage.seconds(HOUR, 4 * DAY));
        stage.ends(account, gone);
    }
}

fn owner_leaves_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (who, account) = of_somebody(stage);
        let left = stage.moment(6 * DAY);
        stage.leaves(&who, left);
        let deadline = left + stage.delay(RULE);
        stage.ends(account, after(deadline, edge));
    }
}

fn owner_rehired(stage: &mut Stage<'_>) {
    let (who, _) = of_somebody(stage);
    let left = stage.moment(12 * DAY);
    stage.leaves(&who, left);
    let back = after(left + stage.delay(RULE), stage.seconds(-DAY, 5 * DAY));
    stage.rehired(&who, back);
}

fn declared_without_owner(stage: &mut Stage<'_>) {
    let at = stage.moment(8 * DAY);
    let account = robot(stage, at);
    let id = stage.world.cast.account_id(account);
    stage.world.policy.nhi(&id, None);
    let end = stage.end();
    stage.used(account, at, end);
}

fn gone_and_back(stage: &mut Stage<'_>) {
    let at = stage.moment(16 * DAY);
    let account = robot(stage, at);
    let gone = after(at, stage.seconds(HOUR, 5 * DAY));
    stage.ends(account, gone);
    let back = after(gone, stage.seconds(HOUR, 5 * DAY));
    stage.life(account, back, Life::Reinstate);
}

/// A user that only the policy knows for a machine.
fn unmarked_declared(stage: &mut Stage<'_>) {
    let who = stage.hired("Engineering");
    let number = stage.world.count("robot");
    let account = stage
        .world
        .account("aws_cloudtrail", &format!("svc-batch-{number}"), None);
    let since = stage.created(account);
    let id = stage.world.cast.account_id(account);
    stage.world.policy.nhi(&id, Some(&who.email));
    let end = stage.end();
    stage.used(account, since, end);
    let left = stage.moment(8 * DAY);
    stage.leaves(&who, left);
}
