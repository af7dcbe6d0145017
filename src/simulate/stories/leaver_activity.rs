//! `leaver-activity`: somebody who has left goes on using an account.

use super::Story;
use crate::model::Text;
use crate::simulate::company::grants::SOURCES;
use crate::simulate::deed::{Account, Act, Actor, Deed};
use crate::simulate::sources::usual_end;
use crate::simulate::stage::{DAY, HOUR, MINUTE, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("leaver-activity.used-and-ended", used_and_ended),
    ("leaver-activity.around-the-instant", around_the_instant),
    ("leaver-activity.failed-attempts-only", failed_attempts_only),
    ("leaver-activity.several-episodes", several_episodes),
    ("leaver-activity.used-while-ended", used_while_ended),
    ("leaver-activity.rehired", rehired),
    ("leaver-activity.logged-out-only", logged_out_only),
    ("leaver-activity.target-only", target_only),
    ("leaver-activity.role-session", role_session),
    ("leaver-activity.backdated", backdated),
];

fn used_and_ended(stage: &mut Stage<'_>) {
    let source = stage.source(&SOURCES);
    let player = stage.employed(source);
    let left = stage.moment(8 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    let used = after(left, stage.seconds(MINUTE, 2 * DAY));
    stage.use_at(player.account, used);
    stage.use_at(player.account, after(used, stage.seconds(MINUTE, DAY)));
    stage.ends(player.account, after(used, stage.seconds(2 * DAY, 4 * DAY)));
}

/// A use at the instant itself is none after it.
fn around_the_instant(stage: &mut Stage<'_>) {
    for (name, edge) in [
        ("a-second-before", -1),
        ("at-the-instant", 0),
        ("a-second-after", 1),
    ] {
        stage.side(name);
        let source = stage.source(&SOURCES);
        let player = stage.employed(source);
        let left = stage.moment(5 * DAY);
        stage.used(player.account, player.since, left);
        stage.leaves(&player.who, left);
        stage.use_at(player.account, after(left, edge));
        stage.ends(player.account, after(left, 5 * HOUR));
    }
}

fn failed_attempts_only(stage: &mut Stage<'_>) {
    let source = stage.source(&[
        "okta",
        "google_workspace",
        "slack",
        "snowflake",
        "onepassword",
        "aws_cloudtrail",
    ]);
    let player = stage.employed(source);
    let left = stage.moment(5 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    let deed = Deed {
        log: source,
        at: after(left, stage.seconds(HOUR, DAY)),
        actor: Actor::Account(player.account),
        act: Act::SignIn { application: None },
        failed: true,
    };
    stage.world.tell(deed);
    stage.ends(player.account, after(left, 3 * HOUR));
}

/// The first use after a resolution opens a new episode.
fn several_episodes(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "google_workspace", "snowflake", "slack", "entra"]);
    let player = stage.employed(source);
    let left = stage.moment(16 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    let mut at = after(left, stage.seconds(HOUR, DAY));
    for _ in 0..3 {
        stage.use_at(player.account, at);
        stage.use_at(player.account, after(at, stage.seconds(MINUTE, HOUR)));
        stage.ends(player.account, after(at, 3 * HOUR));
        let back = after(at, 5 * HOUR);
        stage.life(player.account, back, crate::simulate::deed::Life::Reinstate);
        at = after(back, stage.seconds(HOUR, 2 * DAY));
    }
    let last = after(at, DAY);
    stage.life(player.account, last, usual_end(source));
}

/// A session outlives the account.
fn used_while_ended(stage: &mut Stage<'_>) {
    for back in [false, true] {
        let source = stage.source(&["okta", "google_workspace", "slack", "gitlab"]);
        let player = stage.employed(source);
        let left = stage.moment(12 * DAY);
        stage.used(player.account, player.since, left);
        stage.leaves(&player.who, left);
        stage.ends(player.account, after(left, HOUR));
        let used = after(left, stage.seconds(2 * HOUR, DAY));
        stage.use_at(player.account, used);
        if back {
            let rehired = after(used, stage.seconds(DAY, 5 * DAY));
            stage.rehired(&player.who, rehired);
        }
    }
}

fn rehired(stage: &mut Stage<'_>) {
    let source = stage.source(&SOURCES);
    let player = stage.employed(source);
    let left = stage.moment(9 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.use_at(player.account, after(left, stage.seconds(HOUR, DAY)));
    let back = after(left, stage.seconds(2 * DAY, 5 * DAY));
    stage.rehired(&player.who, back);
    let end = stage.end();
    stage.used(player.account, back, end);
}

fn logged_out_only(stage: &mut Stage<'_>) {
    let source = stage.source(&["okta", "google_workspace", "slack", "snowflake"]);
    let player = stage.employed(source);
    let left = stage.moment(4 * DAY);
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.does(player.account, after(left, 20 * MINUTE), Act::LogOut);
    stage.ends(player.account, after(left, 2 * HOUR));
}

/// Something is done to the account, and nothing by it.
fn target_only(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let left = stage.moment(4 * DAY);
    let grant = stage.offer("okta", |kind, _| kind == "group");
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (after(player.since, HOUR), machine));
    stage.used(player.account, player.since, left);
    stage.leaves(&player.who, left);
    stage.revoke(player.account, &grant, after(left, 30 * MINUTE));
    stage.ends(player.account, after(left, 2 * HOUR));
}

/// Who comes by a role has no account that could end: only what they do is told of.
fn role_session(stage: &mut Stage<'_>) {
    let who = stage.hired("Engineering");
    let role = "AROAQ3EXAMPLEPOWERUSE";
    let session = stage.world.cast_account(Account {
        source: Text::from("aws_cloudtrail"),
        uid: Text::from(format!("{role}:{}", who.email)),
        name: who.email.clone(),
        email: None,
        marked_non_human: false,
        session: true,
    });
    let left = stage.moment(8 * DAY);
    let before = after(left, -stage.seconds(HOUR, 2 * DAY));
    let work = Act::Work { credential: None };
    stage.does(session, before, work.clone());
    stage.leaves(&who, left);
    if stage.world.chance.percent(70) {
        stage.does(
            session,
            after(left, stage.seconds(HOUR, 2 * DAY)),
            work.clone(),
        );
        stage.does(session, after(left, 3 * DAY), work);
    }
    if stage.world.chance.percent(50) {
        stage.rehired(&who, after(left, 5 * DAY));
    }
}

/// HR writes it down days later: what was used meanwhile was used by a leaver.
fn backdated(stage: &mut Stage<'_>) {
    let source = stage.source(&SOURCES);
    let player = stage.employed(source);
    let left = stage.moment(9 * DAY);
    let ended = after(left, stage.seconds(3 * DAY, 5 * DAY));
    stage.used(player.account, player.since, ended);
    let recorded = after(left, 3 * DAY);
    player.who.told(
        stage.world,
        crate::simulate::deed::HrKind::Terminate,
        (recorded, left),
    );
    stage.ends(player.account, ended);
}
