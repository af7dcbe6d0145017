//! Whose an account is: changed names, disputes, late and wrong links.

use super::Story;
use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::company::people::Who;
use crate::simulate::deed::{Act, Actor, HrKind, Life};
use crate::simulate::stage::{DAY, HOUR, Stage};
use crate::simulate::world::{DOMAIN, after};

pub const STORIES: &[Story] = &[
    ("identity.renamed-and-left", renamed_and_left),
    ("identity.shared-address", shared_address),
    ("identity.two-claims", two_claims),
    ("identity.link-found-late", link_found_late),
    ("identity.policy-beats-the-source", policy_beats_the_source),
    ("identity.account-before-the-hire", account_before_the_hire),
];

/// A new name, with the old one among the earlier.
pub fn renamed(stage: &mut Stage<'_>, who: &mut Who, at: Timestamp) {
    let number = stage.world.count("renamed");
    let local = who.email.split('@').next().unwrap_or_default();
    let given = local.split('.').next().unwrap_or(local);
    let new = Text::from(format!("{given}.newname{number}@{DOMAIN}"));
    who.previous_emails.push(who.email.clone());
    who.email = new;
    who.told(stage.world, HrKind::Transfer, (after(at, HOUR), at));
}

/// The accounts go on under the old name.
fn renamed_and_left(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "google_workspace", "entra", "slack"]);
    let mut player = stage.employed(source);
    let left = stage.moment(8 * DAY);
    stage.used(player.account, player.since, left);
    renamed(stage, &mut player.who, after(left, -2 * DAY));
    stage.leaves(&player.who, left);
    stage.ends(player.account, after(left, stage_span(stage)));
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(HOUR, 4 * DAY)
}

/// An address of two people is nobody's: it is disputed, and never guessed.
fn shared_address(stage: &mut Stage<'_>) {
    let player = stage.employed("google_workspace");
    let mut other = Who::new(stage.world, "Marketing");
    other.email = player.who.email.clone();
    let recorded = after(stage.begin(), stage.seconds(HOUR, 2 * HOUR));
    other.told(stage.world, HrKind::Hire, (recorded, recorded));
    let left = stage.moment(8 * DAY);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    stage.leaves(&player.who, left);
}

/// Two people's names are stated of one account.
fn two_claims(stage: &mut Stage<'_>) {
    let (one, other) = (stage.hired("Engineering"), stage.hired("Engineering"));
    let account = one.unlinked_account(stage.world, "github");
    let at = after(stage.begin(), stage.seconds(HOUR, 2 * DAY));
    stage.life(account, at, Life::Join);
    let own = Actor::Account(account);
    let says = |email: &Text| Act::States {
        account,
        email: email.clone(),
    };
    stage.tell("github", (after(at, HOUR), own), says(&one.email));
    stage.tell("github", (after(at, 2 * HOUR), own), says(&other.email));
    let left = stage.moment(8 * DAY);
    stage.leaves(&one, left);
    let end = stage.end();
    stage.used(account, at, end);
}

/// For whoever left, a link that is found late works backwards.
fn link_found_late(stage: &mut Stage<'_>) {
    let who = stage.hired("Engineering");
    let account = who.unlinked_account(stage.world, "github");
    let at = after(stage.begin(), stage.seconds(HOUR, 2 * DAY));
    stage.life(account, at, Life::Join);
    let left = stage.moment(12 * DAY);
    stage.used(account, at, left);
    stage.leaves(&who, left);
    let stated = after(left, stage.seconds(2 * DAY, 6 * DAY));
    let machine = stage.machine(account);
    stage.tell(
        "github",
        (stated, machine),
        Act::States {
            account,
            email: who.email.clone(),
        },
    );
    if stage.world.chance.percent(50) {
        stage.ends(account, after(stated, DAY));
    }
}

/// What the policy says holds, whatever a record states.
fn policy_beats_the_source(stage: &mut Stage<'_>) {
    let (one, other) = (stage.hired("Engineering"), stage.hired("Engineering"));
    let account = one.account(stage.world, "github");
    let at = after(stage.begin(), stage.seconds(HOUR, 2 * DAY));
    stage.life(account, at, Life::Join);
    let own = Actor::Account(account);
    let act = Act::States {
        account,
        email: other.email.clone(),
    };
    stage.tell("github", (after(at, HOUR), own), act);
    let left = stage.moment(8 * DAY);
    let leaver = if stage.world.chance.percent(50) {
        &one
    } else {
        &other
    };
    stage.leaves(leaver, left);
    let end = stage.end();
    stage.used(account, at, end);
}

/// The account is there days before HR knows whose it is.
fn account_before_the_hire(stage: &mut Stage<'_>) {
    let who = Who::new(stage.world, "Sales");
    let account = who.account(stage.world, "okta");
    let made = stage.moment(20 * DAY);
    let machine = stage.machine(account);
    stage.world.life(account, Life::Create, (made, machine));
    let hired = after(made, stage.seconds(HOUR, 9 * DAY));
    who.told(stage.world, HrKind::Hire, (after(hired, -HOUR), hired));
    let end = stage.end();
    stage.used(account, hired, end);
}
