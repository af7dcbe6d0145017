//! `leaver-credential-live`, `credential-unrotated` and `credential-unused`.

use super::Story;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Actor, CredentialNo, Life, Listed};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    (
        "leaver-credential-live.outlives-the-account",
        outlives_the_account,
    ),
    ("leaver-credential-live.edges", leaver_edges),
    (
        "leaver-credential-live.deleted-with-the-account",
        deleted_with_the_account,
    ),
    ("leaver-credential-live.rehired", leaver_rehired),
    ("credential-unrotated.old", old),
    ("credential-unrotated.edges", unrotated_edges),
    ("credential-unrotated.age-not-known", age_not_known),
    (
        "credential-unrotated.listed-with-its-age",
        listed_with_its_age,
    ),
    ("credential-unused.never-used", never_used),
    ("credential-unused.several-idle-times", several_idle_times),
    ("credential-unused.edges", unused_edges),
    ("credential-unused.use-is-not-logged", use_is_not_logged),
];

/// Where people have credentials, and of which kind.
const KINDS: [(&str, &str); 5] = [
    ("okta", "api_token"),
    ("aws_cloudtrail", "access_key"),
    ("github", "personal_access_token"),
    ("github", "ssh_key"),
    ("gitlab", "personal_access_token"),
];

/// Kinds of which each use is logged.
const LOGGED: [(&str, &str); 2] = [("okta", "api_token"), ("aws_cloudtrail", "access_key")];

fn with_key(
    stage: &mut Stage<'_>,
    kinds: &[(&'static str, &'static str)],
) -> (Player, CredentialNo, Timestamp) {
    let (source, kind) = *stage.world.chance.pick(kinds);
    let player = stage.employed(source);
    let made = after(player.since, stage.seconds(HOUR, DAY));
    let key = stage.key(player.account, kind, made);
    (player, key, made)
}

fn outlives_the_account(stage: &mut Stage<'_>) {
    // A suspension ends no credential, and where a user is deleted, all of theirs go.
    let kinds: Vec<(&str, &str)> = KINDS
        .into_iter()
        .filter(|(at, _)| *at != "aws_cloudtrail")
        .collect();
    let (player, key, _) = with_key(stage, &kinds);
    let left = stage.moment(12 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, HOUR));
    let late =
        stage.delay(RuleId::LeaverCredentialLive).as_seconds() + stage.seconds(HOUR, 8 * DAY);
    stage.key_ends(key, after(left, late));
}

fn leaver_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, key, made) = with_key(stage, &KINDS);
        let left = stage.moment(6 * DAY);
        stage.used(player.account, player.since, left);
        if matches!(
            stage.world.cast.credential(key).kind.as_ref(),
            "api_token" | "access_key"
        ) {
            stage.works_with(key, made, left);
        }
        stage.leaves(&player.who, left);
        let deadline = left + stage.delay(RuleId::LeaverCredentialLive);
        stage.key_ends(key, after(deadline, edge));
        stage.ends(player.account, after(deadline, 2 * HOUR));
    }
}

/// Deleting an account ends its credentials then.
fn deleted_with_the_account(stage: &mut Stage<'_>) {
    let (player, key, made) = with_key(stage, &LOGGED);
    let left = stage.moment(6 * DAY);
    stage.works_with(key, made, left);
    stage.leaves(&player.who, left);
    let in_time = stage.world.chance.percent(50);
    let delay = stage.delay(RuleId::LeaverCredentialLive).as_seconds();
    let deleted = after(left, if in_time { delay - HOUR } else { delay + HOUR });
    stage.life(player.account, deleted, Life::Delete);
}

fn leaver_rehired(stage: &mut Stage<'_>) {
    let (player, _, _) = with_key(stage, &KINDS);
    let left = stage.moment(12 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    let back = after(left, stage.seconds(3 * DAY, 8 * DAY));
    stage.rehired(&player.who, back);
}

fn old(stage: &mut Stage<'_>) {
    let (player, key, made) = with_key(stage, &LOGGED);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let deadline = made + stage.delay(RuleId::CredentialUnrotated);
    if stage.world.chance.percent(50) {
        let ended = after(deadline, stage.seconds(DAY, 9 * DAY));
        stage.works_with(key, made, ended);
        stage.key_ends(key, ended);
    } else {
        stage.works_with(key, made, end);
    }
}

fn unrotated_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, key, made) = with_key(stage, &KINDS);
        let end = stage.end();
        stage.used(player.account, player.since, end);
        let deadline = made + stage.delay(RuleId::CredentialUnrotated);
        if matches!(
            stage.world.cast.credential(key).kind.as_ref(),
            "api_token" | "access_key"
        ) {
            stage.works_with(key, made, deadline);
        }
        stage.key_ends(key, after(deadline, edge));
    }
}

/// Only its use shows that it exists.
fn age_not_known(stage: &mut Stage<'_>) {
    let player = stage.employed("aws_cloudtrail");
    let key = stage.world.credential(player.account, "access_key");
    let end = stage.end();
    stage.works_with(key, after(player.since, HOUR), end);
}

fn listed_with_its_age(stage: &mut Stage<'_>) {
    let who = stage.hired("Engineering");
    let account = who.account(stage.world, "github");
    let key = stage.world.credential(account, "personal_access_token");
    let at = after(stage.begin(), stage.seconds(HOUR, DAY));
    let old =
        stage.delay(RuleId::CredentialUnrotated).as_seconds() - stage.seconds(-10 * DAY, 10 * DAY);
    let made = after(at, -old.max(DAY));
    stage.listed(
        at,
        Listed {
            account,
            live: true,
            created_at: Some(made),
            last_used_at: Some(after(at, -HOUR)),
            grants: Vec::new(),
            credentials: vec![(key, Some(made), Some(after(at, -2 * HOUR)))],
        },
    );
    let end = stage.end();
    stage.used(account, at, end);
}

fn never_used(stage: &mut Stage<'_>) {
    let (player, key, made) = with_key(stage, &LOGGED);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    if stage.world.chance.percent(50) {
        let idle = made + stage.delay(RuleId::CredentialUnused);
        stage.key_ends(key, after(idle, stage.seconds(DAY, 6 * DAY)));
    }
}

fn several_idle_times(stage: &mut Stage<'_>) {
    let (player, key, made) = with_key(stage, &LOGGED);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let idle = stage.delay(RuleId::CredentialUnused).as_seconds();
    let mut at = after(made, DAY);
    for _ in 0..3 {
        let act = crate::simulate::deed::Act::Work {
            credential: Some(key),
        };
        stage.does(player.account, at, act);
        at = after(at, idle + stage.seconds(HOUR, 4 * DAY));
    }
}

fn unused_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, key, made) = with_key(stage, &LOGGED);
        let end = stage.end();
        stage.used(player.account, player.since, end);
        let deadline = made + stage.delay(RuleId::CredentialUnused);
        let used = after(deadline, edge);
        let act = crate::simulate::deed::Act::Work {
            credential: Some(key),
        };
        stage.does(player.account, used, act);
        stage.key_ends(key, after(used, 2 * DAY));
    }
}

/// What no source would show is not known, and never unused.
fn use_is_not_logged(stage: &mut Stage<'_>) {
    let player = stage.employed("github");
    let made = after(player.since, HOUR);
    let actor: Actor = Actor::Account(player.account);
    let credential = stage.world.credential(player.account, "ssh_key");
    let act = crate::simulate::deed::Act::CredentialCreate { credential };
    stage.tell("github", (made, actor), act);
    let end = stage.end();
    stage.used(player.account, player.since, end);
}
