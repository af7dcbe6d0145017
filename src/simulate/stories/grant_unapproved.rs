//! `grant-unapproved`: somebody gave what nobody had approved.

use super::Story;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::{Span, Timestamp};
use crate::simulate::deed::{Actor, Grant, Listed, Subject, TicketChange, TicketKind};
use crate::simulate::stage::{DAY, EDGES, HOUR, Player, Stage};
use crate::simulate::world::after;

pub const STORIES: &[Story] = &[
    ("grant-unapproved.by-hand", by_hand),
    (
        "grant-unapproved.approved-before-edges",
        approved_before_edges,
    ),
    (
        "grant-unapproved.approved-after-edges",
        approved_after_edges,
    ),
    ("grant-unapproved.names-none", names_none),
    ("grant-unapproved.names-another", names_another),
    ("grant-unapproved.of-another-account", of_another_account),
    ("grant-unapproved.of-all-accounts", of_all_accounts),
    ("grant-unapproved.governed", governed),
    ("grant-unapproved.by-the-system", by_the_system),
    ("grant-unapproved.listed", listed),
    ("grant-unapproved.ended-at-the-edges", ended_at_the_edges),
    ("grant-unapproved.rejected", rejected),
    (
        "grant-unapproved.kind-does-not-approve",
        kind_does_not_approve,
    ),
    ("grant-unapproved.onboarding", onboarding),
    ("grant-unapproved.ordinary-group", ordinary_group),
    ("grant-unapproved.privileged-group", privileged_group),
];

const RULE: RuleId = RuleId::GrantUnapproved;
const GIVING: [&str; 5] = ["okta", "entra", "google_workspace", "snowflake", "slack"];

fn player(stage: &mut Stage<'_>) -> Player {
    let source = stage.source(&GIVING);
    let player = stage.employed(source);
    let end = stage.end();
    stage.used(player.account, player.since, end);
    player
}

/// A role or an application.
fn wanted(stage: &mut Stage<'_>, player: &Player) -> Grant {
    let source = stage.world.cast.account(player.account).source.clone();
    stage.offer(&source, |kind, _| matches!(kind, "role" | "app"))
}

/// Given by hand, at a time with room before and after.
fn given(stage: &mut Stage<'_>) -> (Player, Grant, Timestamp) {
    let player = player(stage);
    let grant = wanted(stage, &player);
    let first = after(player.since, 2 * HOUR);
    let at = stage.moment(6 * DAY).max(first);
    let admin = stage.admin(player.account);
    stage.grant(player.account, &grant, (at, admin));
    (player, grant, at)
}

/// A ticket of the person that is approved then.
fn approved(stage: &mut Stage<'_>, player: &Player, (grant, at): (Option<&Grant>, Timestamp)) {
    let subject = if stage.world.chance.percent(50) {
        Subject::Email(player.who.email.clone())
    } else {
        Subject::Account(player.account)
    };
    let source = stage.world.cast.account(player.account).source.clone();
    let mut ticket = stage.ticket(TicketKind::AccessRequest, subject);
    ticket.grants = grant
        .into_iter()
        .map(|grant| (source.clone(), grant.clone()))
        .collect();
    stage.ticket_is(
        &ticket,
        after(at, -stage_span(stage)),
        TicketChange::Created,
    );
    stage.ticket_is(&ticket, at, TicketChange::Approved);
    stage.ticket_is(
        &ticket,
        after(at, 2 * DAY),
        TicketChange::Closed { done: true },
    );
}

fn stage_span(stage: &Stage<'_>) -> i64 {
    stage.seconds(60, 5 * HOUR)
}

fn by_hand(stage: &mut Stage<'_>) {
    let (player, grant, at) = given(stage);
    if stage.world.chance.percent(60) {
        let gone = after(at + stage.delay(RULE), stage.seconds(HOUR, 4 * DAY));
        stage.revoke(player.account, &grant, gone);
    }
}

/// Given a while after the approval: the window is closed at both ends.
fn approved_before_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let player = player(stage);
        let grant = wanted(stage, &player);
        let before: Span = stage.world.terms.before;
        let approved_at = stage.moment(before.as_seconds() + 4 * DAY);
        let at = after(approved_at + before, edge);
        approved(stage, &player, (Some(&grant), approved_at));
        let admin = stage.admin(player.account);
        stage.grant(player.account, &grant, (at, admin));
    }
}

fn approved_after_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grant, at) = given(stage);
        let approved_at = after(at + stage.delay(RULE), edge);
        approved(stage, &player, (Some(&grant), approved_at));
    }
}

fn names_none(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    approved(stage, &player, (None, after(at, stage_span(stage))));
}

fn names_another(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    let other = crate::simulate::company::grants::grant("app", "Something Else", false);
    approved(stage, &player, (Some(&other), after(at, -HOUR)));
}

/// `source:uid` is that one account.
fn of_another_account(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    let other = player.who.account(stage.world, "onepassword");
    stage.created(other);
    let ticket = stage.ticket(TicketKind::AccessRequest, Subject::Account(other));
    stage.ticket_is(&ticket, after(at, -2 * HOUR), TicketChange::Created);
    stage.ticket_is(&ticket, after(at, -HOUR), TicketChange::Approved);
}

/// An address is all accounts of the person.
fn of_all_accounts(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    let ticket = stage.ticket(
        TicketKind::AccessRequest,
        Subject::Email(player.who.email.clone()),
    );
    stage.ticket_is(&ticket, after(at, -2 * HOUR), TicketChange::Created);
    stage.ticket_is(&ticket, after(at, -HOUR), TicketChange::Approved);
}

fn governed(stage: &mut Stage<'_>) {
    let player = player(stage);
    let grant = wanted(stage, &player);
    let machine = stage.machine(player.account);
    let at = stage.moment(4 * DAY).max(after(player.since, HOUR));
    stage.grant(player.account, &grant, (at, machine));
}

fn by_the_system(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let grant = wanted(stage, &player);
    let at = stage.moment(4 * DAY).max(after(player.since, HOUR));
    stage.grant(player.account, &grant, (at, Actor::System));
}

fn listed(stage: &mut Stage<'_>) {
    let who = stage.hired("Marketing");
    let account = who.account(stage.world, "entra");
    let grant = stage.offer("entra", |kind, _| kind == "role");
    let at = stage.moment(4 * DAY);
    stage.listed(
        at,
        Listed {
            account,
            live: true,
            created_at: Some(after(at, -50 * DAY)),
            last_used_at: None,
            grants: vec![(grant, None)],
            credentials: Vec::new(),
        },
    );
    let end = stage.end();
    stage.used(account, at, end);
}

fn ended_at_the_edges(stage: &mut Stage<'_>) {
    for (name, edge) in EDGES {
        stage.side(name);
        let (player, grant, at) = given(stage);
        let gone = after(at + stage.delay(RULE), edge);
        stage.revoke(player.account, &grant, gone);
    }
}

fn rejected(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    let ticket = stage.ticket(
        TicketKind::AccessRequest,
        Subject::Email(player.who.email.clone()),
    );
    stage.ticket_is(&ticket, after(at, -2 * HOUR), TicketChange::Created);
    stage.ticket_is(&ticket, after(at, -HOUR), TicketChange::Rejected);
}

/// Only requests for access and onboarding approve.
fn kind_does_not_approve(stage: &mut Stage<'_>) {
    let (player, _, at) = given(stage);
    let ticket = stage.ticket(TicketKind::Other, Subject::Email(player.who.email.clone()));
    stage.ticket_is(&ticket, after(at, -2 * HOUR), TicketChange::Created);
    stage.ticket_is(&ticket, after(at, -HOUR), TicketChange::Approved);
}

fn onboarding(stage: &mut Stage<'_>) {
    let (player, grant, at) = given(stage);
    let source = stage.world.cast.account(player.account).source.clone();
    let mut ticket = stage.ticket(
        TicketKind::Onboarding,
        Subject::Email(player.who.email.clone()),
    );
    ticket.grants = vec![(Text::from("okta"), grant.clone()), (source, grant)];
    stage.ticket_is(&ticket, after(at, -5 * HOUR), TicketChange::Created);
    stage.ticket_is(&ticket, after(at, -HOUR), TicketChange::Approved);
}

/// A group that is not privileged needs no approval.
fn ordinary_group(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let grant = crate::simulate::company::grants::grant("group", "vpn-users", false);
    let at = stage.moment(4 * DAY).max(after(player.since, HOUR));
    let admin = stage.admin(player.account);
    stage.grant(player.account, &grant, (at, admin));
}

/// One that the policy calls privileged does.
fn privileged_group(stage: &mut Stage<'_>) {
    let player = stage.employed("okta");
    let end = stage.end();
    stage.used(player.account, player.since, end);
    let grant = crate::simulate::company::grants::grant("group", "prod-admins", false);
    let at = stage.moment(4 * DAY).max(after(player.since, HOUR));
    let admin = stage.admin(player.account);
    stage.grant(player.account, &grant, (at, admin));
}
