//! `mover-grant-retained`: what somebody had before they moved.

use super::Story;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::company::grants::grant;
use crate::simulate::company::people::Who;
use crate::simulate::deed::{AccountNo, Grant, HrKind, Subject, TicketChange, TicketKind};
use crate::simulate::stage::{DAY, EDGES, HOUR, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("mover-grant-retained.retained", retained),
    ("mover-grant-retained.edges", edges),
    ("mover-grant-retained.baseline", baseline),
    ("mover-grant-retained.asked-for-again", asked_for_again),
    ("mover-grant-retained.review-keeps", review_keeps),
    (
        "mover-grant-retained.review-of-the-account-keeps",
        review_of_all_keeps,
    ),
    ("mover-grant-retained.review-revokes", review_revokes),
    ("mover-grant-retained.moved-again", moved_again),
    ("mover-grant-retained.into-the-baseline", into_the_baseline),
    ("mover-grant-retained.manager-only", manager_only),
    ("mover-grant-retained.address-only", address_only),
    ("mover-grant-retained.granted-after", granted_after),
    ("mover-grant-retained.suspended", suspended),
];

const RULE: RuleId = RuleId::MoverGrantRetained;

/// Somebody with what comes with another department.
fn mover(stage: &mut Stage<'_>, needed: i64) -> (Who, AccountNo, Grant, Timestamp) {
    let mut who = stage.hired("Sales");
    let account = who.account(stage.world, "okta");
    let since = stage.created(account);
    let held = grant("app", "Salesforce", false);
    let machine = stage.machine(account);
    stage.grant(account, &held, (after(since, HOUR), machine));
    let end = stage.end();
    stage.used(account, after(since, 2 * HOUR), end);
    let at = stage.moment(needed);
    who.department = Text::from("Finance");
    who.title = Text::from("Analyst");
    who.told(stage.world, HrKind::Transfer, (after(at, -HOUR), at));
    (who, account, held, at)
}

fn retained(stage: &mut Stage<'_>) {
    let (_, account, held, at) = mover(stage, 24 * DAY);
    if stage.world.chance.percent(60) {
        let late = after(at + stage.delay(RULE), stage.seconds(HOUR, 6 * DAY));
        stage.revoke(account, &held, late);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (_, account, held, at) = mover(stage, 16 * DAY);
        let deadline = at + stage.delay(RULE);
        stage.revoke(account, &held, after(deadline, edge));
    }
}

/// What comes with everybody's position stays.
fn baseline(stage: &mut Stage<'_>) {
    let (_, account, held, at) = mover(stage, 16 * DAY);
    let everyone = grant("group", "everyone", false);
    let machine = stage.machine(account);
    stage.grant(account, &everyone, (after(at, -2 * DAY), machine));
    stage.revoke(account, &held, after(at, DAY));
}

fn asked_for_again(stage: &mut Stage<'_>) {
    for named in [true, false] {
        let (who, _, held, at) = mover(stage, 20 * DAY);
        let mut ticket = stage.ticket(TicketKind::AccessRequest, Subject::Email(who.email.clone()));
        if named {
            ticket.grants = vec![(Text::from("okta"), held.clone())];
        }
        let asked = after(at, stage.seconds(HOUR, 2 * DAY));
        stage.ticket_is(&ticket, asked, TicketChange::Created);
        // In time, or too late.
        let late = stage.world.chance.percent(40);
        let approved = if late {
            after(at + stage.delay(RULE), stage.seconds(HOUR, 3 * DAY))
        } else {
            after(asked, stage.seconds(HOUR, 2 * DAY))
        };
        stage.ticket_is(&ticket, approved, TicketChange::Approved);
    }
}

fn review_keeps(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (_, account, held, at) = mover(stage, 16 * DAY);
        let deadline = at + stage.delay(RULE);
        stage.reviewed(account, after(deadline, edge), (Some(&held), true));
    }
}

fn review_of_all_keeps(stage: &mut Stage<'_>) {
    let (_, account, _, at) = mover(stage, 16 * DAY);
    stage.reviewed(account, after(at, stage_span(stage)), (None, true));
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(HOUR, 5 * DAY)
}

/// A decision to revoke ends nothing by itself.
fn review_revokes(stage: &mut Stage<'_>) {
    let (_, account, held, at) = mover(stage, 20 * DAY);
    stage.reviewed(account, after(at, 2 * DAY), (Some(&held), false));
    if stage.world.chance.percent(50) {
        let late = after(at + stage.delay(RULE), DAY);
        stage.revoke(account, &held, late);
    }
}

/// A later move adds nothing while it is open; after its end, it may.
fn moved_again(stage: &mut Stage<'_>) {
    let (mut who, account, held, at) = mover(stage, 40 * DAY);
    who.department = Text::from("Marketing");
    who.title = Text::from("Writer");
    let again = after(at + stage.delay(RULE), stage.seconds(-2 * DAY, 3 * DAY));
    who.told(stage.world, HrKind::Transfer, (again, again));
    if stage.world.chance.percent(50) {
        stage.reviewed(account, after(again, 5 * HOUR), (Some(&held), true));
    }
}

/// They move back to where the grant comes with the position.
fn into_the_baseline(stage: &mut Stage<'_>) {
    let (mut who, _, _, at) = mover(stage, 24 * DAY);
    who.department = Text::from("Sales");
    who.title = Text::from("Sales Director");
    let back = after(at + stage.delay(RULE), stage.seconds(-2 * DAY, 5 * DAY));
    who.told(stage.world, HrKind::Transfer, (back, back));
}

fn manager_only(stage: &mut Stage<'_>) {
    let mut who = stage.hired("Marketing");
    let account = who.account(stage.world, "google_workspace");
    let since = stage.created(account);
    let held = grant("group", "oncall@corp.example", false);
    let machine = stage.machine(account);
    stage.grant(account, &held, (after(since, HOUR), machine));
    let end = stage.end();
    stage.used(account, since, end);
    let at = stage.moment(18 * DAY);
    who.manager = Some(Text::from("E1002"));
    who.told(stage.world, HrKind::Transfer, (at, at));
}

/// Another name is no other position.
fn address_only(stage: &mut Stage<'_>) {
    let mut who = stage.hired("Marketing");
    let account = who.account(stage.world, "okta");
    let since = stage.created(account);
    let held = grant("group", "vpn-users", false);
    let machine = stage.machine(account);
    stage.grant(account, &held, (after(since, HOUR), machine));
    let end = stage.end();
    stage.used(account, since, end);
    let at = stage.moment(18 * DAY);
    super::identities::renamed(stage, &mut who, at);
}

fn granted_after(stage: &mut Stage<'_>) {
    for edge in [0, 1] {
        let (_, account, held, at) = mover(stage, 18 * DAY);
        stage.revoke(account, &held, after(at, -2 * HOUR));
        let machine = stage.machine(account);
        stage.grant(account, &held, (after(at, edge), machine));
    }
}

/// An account that is not live has nothing to keep.
fn suspended(stage: &mut Stage<'_>) {
    let mut who = stage.hired("Sales");
    let account = who.account(stage.world, "okta");
    let since = stage.created(account);
    let held = grant("app", "Salesforce", false);
    let machine = stage.machine(account);
    stage.grant(account, &held, (after(since, HOUR), machine));
    let at = stage.moment(20 * DAY);
    stage.used(account, after(since, 2 * HOUR), at);
    who.department = Text::from("Finance");
    who.told(stage.world, HrKind::Transfer, (at, at));
    let deadline = at + stage.delay(RULE);
    stage.life(
        account,
        after(deadline, -HOUR),
        crate::simulate::deed::Life::Suspend,
    );
    stage.life(
        account,
        after(deadline, 2 * HOUR),
        crate::simulate::deed::Life::Reinstate,
    );
}
