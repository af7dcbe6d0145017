//! `revocation-unfulfilled`: a ticket says that access was ended, and it was not.

use super::{Told, earlier};
use crate::assess::episode::Episode;
use crate::assess::ticket::TicketContext;
use crate::identity::Request;
use crate::model::fact::{TicketEvent, TicketEventKind};
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::id::AccountId;
use crate::model::state::{AccountState, LiveInterval, REVOCATIONS};
use crate::model::time::{Span, Timestamp};

/// A time during which the ticket was closed.
pub(in crate::assess) struct Closing<'a> {
    /// Of the event that closed it.
    pub(in crate::assess) place: usize,
    pub(in crate::assess) closed: &'a TicketEvent,
    pub(in crate::assess) reopened_at: Option<Timestamp>,
}

/// Something that the ticket asked to end: what it is called, and when it was live.
pub(in crate::assess) type Asked = (String, Vec<LiveInterval>);

/// Judged once for each time that the ticket was closed, at closed_at + grace.
pub fn episodes(context: &TicketContext<'_>, grace: Span) -> Vec<Episode> {
    let closings = closings(&context.events).into_iter();
    let told = closings.filter_map(|closing| told(context, &closing, grace));
    let subject = format!("ticket:{}", context.id.0);
    told.map(|told| {
        told.episode(
            RuleId::RevocationUnfulfilled,
            SubjectKind::Ticket,
            subject.clone(),
        )
    })
    .collect()
}

fn told(context: &TicketContext<'_>, closing: &Closing<'_>, grace: Span) -> Option<Told> {
    let request = context.request_at(closing.place);
    let opened_at = closing.closed.at + grace;
    let in_time = closing.reopened_at.is_some_and(|at| at <= opened_at);
    if !asks(&request) || in_time {
        return None;
    }
    let asked = asked(context, &request);
    let is_live = |(_, live): &&Asked| live.iter().any(|live| live.contains(opened_at));
    let still_live: Vec<&Asked> = asked.iter().filter(is_live).collect();
    if still_live.is_empty() {
        return None;
    }
    let began = still_live.iter().filter_map(|(_, live)| {
        let at_deadline = live.iter().find(|live| live.contains(opened_at));
        at_deadline.map(|live| live.began_by)
    });
    let named: Vec<&str> = still_live.iter().map(|(name, _)| name.as_str()).collect();
    Some(Told {
        opened_at,
        resolved_at: earlier(all_ended(&asked, opened_at), closing.reopened_at),
        evidence: std::iter::once(closing.closed.event).chain(began).collect(),
        summary: format!(
            "ticket {} was closed as done on {}, and {grace} later there was still live: {}",
            context.id.0,
            closing.closed.at,
            named.join(", "),
        ),
    })
}

/// Of resolved and closed the first counts, until the ticket is opened again.
pub(in crate::assess) fn closings<'a>(events: &[&'a TicketEvent]) -> Vec<Closing<'a>> {
    let mut closings: Vec<Closing<'a>> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let open = closings
            .last_mut()
            .filter(|last| last.reopened_at.is_none());
        match (event.kind, open) {
            (TicketEventKind::Resolved | TicketEventKind::Closed, None) => closings.push(Closing {
                place,
                closed: event,
                reopened_at: None,
            }),
            (TicketEventKind::Reopened, Some(last)) => last.reopened_at = Some(event.at),
            _ => {}
        }
    }
    closings
}

/// Whether a closed ticket says that access was ended. A desk that gives no resolution closes a
/// ticket because it is done.
pub(in crate::assess) fn asks(request: &Request<'_>) -> bool {
    let revokes = request.kind.is_some_and(|kind| REVOCATIONS.contains(&kind));
    let done = request
        .resolution
        .is_none_or(|word| word.eq_ignore_ascii_case("done"));
    revokes && done
}

/// The grants that it names at the accounts that it means, or else those accounts themselves.
pub(in crate::assess) fn asked(context: &TicketContext<'_>, request: &Request<'_>) -> Vec<Asked> {
    let accounts = request.subject.as_ref().map(|whom| context.accounts(whom));
    let accounts = accounts.unwrap_or_default().into_iter();
    if request.grants.is_empty() {
        let whole = accounts.map(|(id, state)| (called(id, state), state.life.intervals()));
        return whole.collect();
    }
    let grants = accounts.flat_map(|(id, state)| {
        let named = state.grants.iter().filter(|(name, _)| {
            let mut texts = request.grants.iter();
            texts.any(|text| name.is_named(&id.source, text))
        });
        named.map(move |(name, grant)| {
            let held = grant.life.intervals();
            let called = format!("{} {} of {}", name.kind, name.name, called(id, state));
            (called, within(&held, &state.life.intervals()))
        })
    });
    grants.collect()
}

/// When both were live: a grant on an account that is not is no access.
fn within(grant: &[LiveInterval], account: &[LiveInterval]) -> Vec<LiveInterval> {
    let both = grant.iter().flat_map(|held| {
        account.iter().map(|live| LiveInterval {
            from: held.from.max(live.from),
            began_by: held.began_by,
            until: earlier(held.until, live.until),
            ended_by: None,
        })
    });
    both.filter(|both| both.until.is_none_or(|until| both.from < until))
        .collect()
}

/// The first time from `at` on at which nothing of it is live.
fn all_ended(asked: &[Asked], at: Timestamp) -> Option<Timestamp> {
    let all = || asked.iter().flat_map(|(_, live)| live);
    let mut ended = at;
    while let Some(live) = all().find(|live| live.contains(ended)) {
        ended = live.until?;
    }
    Some(ended)
}

fn called(id: &AccountId, state: &AccountState) -> String {
    match state.name().or(state.email()) {
        Some(name) if **name != *id.uid => format!("{id} ({name})"),
        _ => id.to_string(),
    }
}
