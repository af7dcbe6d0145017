//! The home of a person.

use super::{Effect, Touch, loud, quiet, ticket};
use crate::identity::leaves;
use crate::model::fact::{AccountFact, Fact, OwnerPush, PersonFact, TicketTold};
use crate::model::id::{AccountId, PersonId, TicketId};
use crate::model::state::{LinkedAccount, PersonState};
use crate::model::time::{Span, Timestamp};

pub(super) fn join(
    id: &PersonId,
    state: &mut PersonState,
    fact: PersonFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    match fact {
        PersonFact::Employment(event) => {
            let changed = state.employment.record(*event);
            if changed {
                for (account, linked) in &state.accounts {
                    push(id, state, account, linked, effects);
                }
            }
            loud(changed)
        }
        PersonFact::Account {
            account,
            identifier,
            reason,
            at,
        } => {
            let changed = state.link(account.clone(), identifier, reason, at);
            if changed && let Some(linked) = state.accounts.get(&account) {
                push(id, state, &account, linked, effects);
                tell_tickets(id, state, state.tickets.keys(), &account, effects);
            }
            loud(changed)
        }
        PersonFact::AccountLife { account, life } => loud(state.account_life(account, life)),
        PersonFact::AccountWhose { account, whose } => loud(state.account_whose(account, whose)),
        PersonFact::Device { told, through } => loud(state.device(*told, through)),
        PersonFact::Ticket(told) => {
            let ticket = told.ticket.clone();
            let changed = state.ticket(*told);
            if changed {
                for account in state.accounts.keys() {
                    tell_tickets(id, state, [&ticket], account, effects);
                }
            }
            quiet(changed)
        }
        PersonFact::Shared {
            identifier,
            persons,
        } => loud(state.share(&identifier, persons)),
    }
}

/// Tells an account of tickets that name the person.
fn tell_tickets<'a>(
    id: &PersonId,
    state: &PersonState,
    tickets: impl IntoIterator<Item = &'a TicketId>,
    account: &AccountId,
    effects: &mut Vec<Effect>,
) {
    for (ticket, named) in tickets
        .into_iter()
        .filter_map(|it| state.tickets.get_key_value(it))
    {
        effects.extend(named.by.iter().map(|whom| {
            let told = TicketTold {
                ticket: ticket.clone(),
                named: whom.clone(),
                state: named.state.clone(),
            };
            ticket::for_account(account, id, told)
        }));
    }
}

/// For each leave whose accounts have all ended: the termination, and the time from it to the
/// last end. Accounts that ended before the termination took no time. With when to look again.
pub(super) fn deprovisioned(
    state: &PersonState,
    now: Timestamp,
) -> (Vec<(Timestamp, Span)>, Option<Timestamp>) {
    let leaves = leaves(&state.employment);
    let ahead = leaves
        .iter()
        .map(|leave| leave.terminated_at)
        .filter(|at| *at > now);
    let ended = leaves
        .iter()
        .filter(|leave| leave.terminated_at <= now)
        .filter_map(|leave| {
            let mut last_end = None;
            for linked in state.accounts.values() {
                let intervals = linked.life.intervals();
                let Some(at_leave) = intervals
                    .iter()
                    .find(|live| live.contains(leave.terminated_at))
                else {
                    continue;
                };
                let until = at_leave.until.filter(|until| *until <= now)?;
                last_end = last_end.max(Some(until));
            }
            last_end.map(|end| (leave.terminated_at, end.since(leave.terminated_at)))
        });
    (ended.collect(), ahead.min())
}

/// The employment record, once for each way in which the account is linked.
fn push(
    id: &PersonId,
    state: &PersonState,
    account: &AccountId,
    linked: &LinkedAccount,
    effects: &mut Vec<Effect>,
) {
    for ((identifier, reason), since) in &linked.vias {
        let push = OwnerPush {
            person: id.clone(),
            identifier: identifier.clone(),
            reason: *reason,
            since: since.0,
            employment: state.employment.clone(),
        };
        effects.push(Effect::Send(Fact::Account(
            account.clone(),
            AccountFact::Employed(push),
        )));
    }
}
