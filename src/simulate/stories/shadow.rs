//! `account-shadow`: an account that was made past what provisions accounts.

use super::Story;
use crate::simulate::company::desk::MANAGED;
use crate::simulate::deed::{AccountNo, Actor, Life};
use crate::simulate::sources::usual_begin;
use crate::simulate::stage::{DAY, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("account-shadow.by-hand", by_hand),
    ("account-shadow.by-what-provisions", by_what_provisions),
    ("account-shadow.by-the-system", by_the_system),
    ("account-shadow.not-managed", not_managed),
    ("account-shadow.made-again", made_again),
];

/// Who makes an account.
#[derive(Clone, Copy)]
enum By {
    Hand,
    Machine,
    System,
}

fn made(stage: &mut Stage<'_>, source: &'static str, by: By) -> AccountNo {
    let who = stage.hired("Support");
    let account = who.account(stage.world, source);
    let at = stage.moment(8 * DAY);
    let actor = match by {
        By::Hand => stage.admin(account),
        By::Machine => stage.machine(account),
        By::System => Actor::System,
    };
    stage.world.life(account, usual_begin(source), (at, actor));
    let end = stage.end();
    stage.used(account, at, end);
    account
}

fn by_hand(stage: &mut Stage<'_>) {
    let source = stage.source(&MANAGED);
    let account = made(stage, source, By::Hand);
    if stage.world.chance.percent(50) {
        let gone = after(stage.end(), -stage.seconds(HOUR, 4 * DAY));
        stage.ends(account, gone);
    }
}

fn by_what_provisions(stage: &mut Stage<'_>) {
    let source = stage.source(&MANAGED);
    made(stage, source, By::Machine);
}

fn by_the_system(stage: &mut Stage<'_>) {
    let source = stage.source(&["entra", "google_workspace", "slack", "snowflake"]);
    made(stage, source, By::System);
}

fn not_managed(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "aws_cloudtrail", "gitlab"]);
    made(stage, source, By::Hand);
}

/// Deleted, and made again by hand.
fn made_again(stage: &mut Stage<'_>) {
    let source = stage.source(&["entra", "google_workspace", "snowflake"]);
    let player = stage.employed(source);
    let gone = stage.moment(12 * DAY);
    stage.used(player.account, player.since, gone);
    stage.life(player.account, gone, Life::Delete);
    let again = after(gone, stage.seconds(HOUR, 5 * DAY));
    let admin = stage.admin(player.account);
    stage
        .world
        .life(player.account, Life::Create, (again, admin));
    let end = stage.end();
    stage.used(player.account, again, end);
}
