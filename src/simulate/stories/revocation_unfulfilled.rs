//! `revocation-unfulfilled`: a ticket says that access was ended, and it was not.

use super::Story;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Subject, Ticket, TicketChange, TicketKind};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("revocation-unfulfilled.account-lives-on", account_lives_on),
    ("revocation-unfulfilled.edges", edges),
    ("revocation-unfulfilled.grant-lives-on", grant_lives_on),
    ("revocation-unfulfilled.reopened", reopened),
    (
        "revocation-unfulfilled.reopened-at-the-edges",
        reopened_at_the_edges,
    ),
    ("revocation-unfulfilled.closed-twice", closed_twice),
    (
        "revocation-unfulfilled.resolved-then-closed",
        resolved_then_closed,
    ),
    ("revocation-unfulfilled.declined", declined),
    ("revocation-unfulfilled.cancelled", cancelled),
    ("revocation-unfulfilled.asks-for-access", asks_for_access),
    ("revocation-unfulfilled.all-accounts", all_accounts),
    (
        "revocation-unfulfilled.account-ended-with-the-grant",
        account_ended_with_the_grant,
    ),
];

const RULE: RuleId = RuleId::RevocationUnfulfilled;

/// Somebody whose account a ticket asks to end, and when the ticket was made.
fn asked(stage: &mut Stage<'_>, needed: i64) -> (Player, Ticket, Timestamp) {
    let source = stage.source(&[
        "okta",
        "google_workspace",
        "aws_cloudtrail",
        "entra",
        "snowflake",
    ]);
    let player = stage.employed(source);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let kind = *stage
        .world
        .chance
        .pick(&[TicketKind::Offboarding, TicketKind::Revocation]);
    let subject = if stage.world.chance.percent(50) {
        Subject::Email(player.who.email.clone())
    } else {
        Subject::Account(player.account)
    };
    let ticket = stage.ticket(kind, subject);
    let at = stage.moment(needed);
    stage.ticket_is(&ticket, at, TicketChange::Created);
    (player, ticket, at)
}

const DONE: TicketChange = TicketChange::Resolved { done: true };

fn account_lives_on(stage: &mut Stage<'_>) {
    let (player, ticket, at) = asked(stage, 8 * DAY);
    let closed = after(at, stage.seconds(HOUR, DAY));
    stage.ticket_is(&ticket, closed, DONE);
    if stage.world.chance.percent(60) {
        let gone = after(closed + stage.delay(RULE), stage.seconds(HOUR, 4 * DAY));
        stage.ends(player.account, gone);
    }
}

fn edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, ticket, at) = asked(stage, 4 * DAY);
        let closed = after(at, stage.seconds(HOUR, DAY));
        stage.ticket_is(&ticket, closed, DONE);
        stage.ends(player.account, after(closed + stage.delay(RULE), edge));
    }
}

fn grant_lives_on(stage: &mut Stage<'_>) {
    for (name, edge) in [("late", 2 * DAY), ("in-time", -HOUR)] {
        stage.side(name);
        let player = stage.employed("okta");
        let end = stage.end();
        stage.used(player.account, player.since, end);
        let grant = stage.offer("okta", |kind, _| kind == "group");
        let machine = stage.machine(player.account);
        stage.grant(player.account, &grant, (after(player.since, HOUR), machine));
        let mut ticket = stage.ticket(
            TicketKind::Revocation,
            Subject::Email(player.who.email.clone()),
        );
        ticket.grants = vec![(Text::from("okta"), grant.clone())];
        let at = stage.moment(6 * DAY);
        stage.ticket_is(&ticket, at, TicketChange::Created);
        let closed = after(at, 2 * HOUR);
        stage.ticket_is(&ticket, closed, TicketChange::Closed { done: true });
        stage.revoke(
            player.account,
            &grant,
            after(closed + stage.delay(RULE), edge),
        );
    }
}

fn reopened(stage: &mut Stage<'_>) {
    let (player, ticket, at) = asked(stage, 10 * DAY);
    stage.ticket_is(&ticket, after(at, HOUR), DONE);
    let again = after(
        after(at, HOUR) + stage.delay(RULE),
        stage.seconds(HOUR, 3 * DAY),
    );
    stage.ticket_is(&ticket, again, TicketChange::Reopened);
    stage.ends(player.account, after(again, DAY));
}

fn reopened_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, ticket, at) = asked(stage, 6 * DAY);
        let closed = after(at, HOUR);
        stage.ticket_is(&ticket, closed, DONE);
        stage.ticket_is(
            &ticket,
            after(closed + stage.delay(RULE), edge),
            TicketChange::Reopened,
        );
        stage.ends(player.account, after(closed, 3 * DAY));
    }
}

/// Two episodes of one ticket.
fn closed_twice(stage: &mut Stage<'_>) {
    let (player, ticket, at) = asked(stage, 14 * DAY);
    let closed = after(at, HOUR);
    stage.ticket_is(&ticket, closed, DONE);
    let again = after(closed + stage.delay(RULE), 5 * HOUR);
    stage.ticket_is(&ticket, again, TicketChange::Reopened);
    let second = after(again, DAY);
    stage.ticket_is(&ticket, second, TicketChange::Closed { done: true });
    stage.ends(player.account, after(second + stage.delay(RULE), DAY));
}

/// Of resolved and closed the first counts.
fn resolved_then_closed(stage: &mut Stage<'_>) {
    let (player, ticket, at) = asked(stage, 6 * DAY);
    let closed = after(at, HOUR);
    stage.ticket_is(&ticket, closed, DONE);
    let grace = stage.delay(RULE).as_seconds();
    stage.ticket_is(
        &ticket,
        after(closed, grace / 2),
        TicketChange::Closed { done: true },
    );
    stage.ends(player.account, after(closed, grace + HOUR / 2));
}

fn declined(stage: &mut Stage<'_>) {
    let (_, ticket, at) = asked(stage, 4 * DAY);
    stage.ticket_is(
        &ticket,
        after(at, HOUR),
        TicketChange::Resolved { done: false },
    );
    stage.ticket_is(
        &ticket,
        after(at, 2 * HOUR),
        TicketChange::Closed { done: false },
    );
}

fn cancelled(stage: &mut Stage<'_>) {
    let (_, ticket, at) = asked(stage, 4 * DAY);
    stage.ticket_is(&ticket, after(at, HOUR), TicketChange::Cancelled);
}

fn asks_for_access(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let ticket = stage.ticket(TicketKind::AccessRequest, Subject::Account(player.account));
    let at = stage.moment(4 * DAY);
    stage.ticket_is(&ticket, at, TicketChange::Created);
    stage.ticket_is(&ticket, after(at, HOUR), DONE);
}

/// One finding a ticket, whatever lives; the last end resolves it.
fn all_accounts(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let second = player.who.account(stage.world, "google_workspace");
    let since = stage.created(second);
    let third = player.who.account(stage.world, "github");
    let joined = stage.created(third);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    stage.used(second, since, end);
    stage.used(third, joined, end);
    let ticket = stage.ticket(
        TicketKind::Offboarding,
        Subject::Email(player.who.email.clone()),
    );
    let at = stage.moment(10 * DAY);
    stage.ticket_is(&ticket, at, TicketChange::Created);
    stage.ends(player.account, after(at, HOUR));
    let closed = after(at, 2 * HOUR);
    stage.ticket_is(&ticket, closed, DONE);
    stage.ends(second, after(closed + stage.delay(RULE), HOUR));
    if stage.world.chance.percent(60) {
        stage.ends(third, after(closed + stage.delay(RULE), 2 * DAY));
    }
}

/// A grant on an account that is not live is no access.
fn account_ended_with_the_grant(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let grant = stage.offer("okta", |kind, _| kind == "group");
    let machine = stage.machine(player.account);
    stage.grant(player.account, &grant, (after(player.since, HOUR), machine));
    let mut ticket = stage.ticket(TicketKind::Revocation, Subject::Account(player.account));
    ticket.grants = vec![(Text::from("okta"), grant)];
    let at = stage.moment(6 * DAY);
    stage.used(player.account, player.since, at);
    stage.ticket_is(&ticket, at, TicketChange::Created);
    stage.ticket_is(&ticket, after(at, HOUR), DONE);
    stage.ends(player.account, after(at, 2 * HOUR));
}
