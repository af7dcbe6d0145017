//! The home of a person.

use std::collections::BTreeSet;

use super::{Effect, Touch, loud, quiet, ticket};
use crate::identity::{Ownership, declared, leaves, ownership};
use crate::model::fact::{AccountFact, Fact, LinkReason, OwnerPush, PersonFact, TicketTold};
use crate::model::id::{AccountId, PersonId, TicketId};
use crate::model::policy::Policy;
use crate::model::state::{AccountState, LinkedAccount, PersonState};
use crate::model::time::{Span, Timestamp};

pub(super) fn join(
    id: &PersonId,
    state: &mut PersonState,
    fact: PersonFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    match fact {
        PersonFact::SameAs { person, reason, at } => {
            same_as(id, state, (person, reason, at), effects)
        }
        PersonFact::Other {
            person,
            state: told,
        } => other(id, state, (person, *told), effects),
        fact => {
            let others = neighbours(state);
            if others.is_empty() {
                return join_own(id, state, fact, effects);
            }
            let news = alone(id, fact.clone());
            let touch = join_own(id, state, fact, effects);
            if touch != Touch::Nothing {
                effects.extend(others.iter().map(|to| tell_of(to, id, &news)));
            }
            touch
        }
    }
}

/// What a fact says by itself. Only that is told, never again all that is known: of an address in
/// thousands of records there is much.
fn alone(id: &PersonId, fact: PersonFact) -> PersonState {
    let mut news = PersonState::default();
    join_own(id, &mut news, fact, &mut Vec::new());
    news
}

/// Another id turns out to be theirs. Its home learns all that this one knows.
fn same_as(
    id: &PersonId,
    state: &mut PersonState,
    (person, reason, at): (PersonId, LinkReason, Timestamp),
    effects: &mut Vec<Effect>,
) -> Touch {
    if person == *id {
        return Touch::Nothing;
    }
    let known = neighbours(state);
    if !state.same_as(person.clone(), reason, at) {
        return Touch::Nothing;
    }
    effects.push(same(&person, id, (reason, at)));
    push_all(id, state, effects);
    let mut news = PersonState::default();
    news.same_as(person.clone(), reason, at);
    effects.extend(known.iter().map(|to| tell_of(to, id, &news)));
    if !known.contains(&person) {
        effects.push(tell_of(&person, id, &state.alone()));
        let others = state.others.iter().filter(|(other, _)| **other != person);
        effects.extend(others.map(|(other, known)| tell_of(&person, other, known)));
    }
    Touch::Loud
}

/// What is said of the person under this id.
fn join_own(
    id: &PersonId,
    state: &mut PersonState,
    fact: PersonFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    match fact {
        PersonFact::Employment(event) => {
            let changed = state.employment.record(*event);
            if changed {
                push_all(id, state, effects);
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
            if changed {
                push(id, state, &account, effects);
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
                for account in state.linked() {
                    tell_tickets(id, state, [&ticket], account, effects);
                }
            }
            quiet(changed)
        }
        PersonFact::Shared {
            identifier,
            persons,
        } => loud(state.share(&identifier, persons)),
        PersonFact::SameAs { .. } | PersonFact::Other { .. } => Touch::Nothing,
    }
}

/// The homes of a person's ids tell each other what they hold, each by itself, and pass on what
/// they are told: every account is to know of every id.
fn other(
    id: &PersonId,
    state: &mut PersonState,
    (person, told): (PersonId, PersonState),
    effects: &mut Vec<Effect>,
) -> Touch {
    if person == *id {
        return Touch::Nothing;
    }
    let linked: BTreeSet<AccountId> = state.linked().cloned().collect();
    if !state.other(person.clone(), told.clone()) {
        return Touch::Nothing;
    }
    let new = state.linked().filter(|account| !linked.contains(account));
    for account in new {
        push(id, state, account, effects);
        tell_tickets(id, state, state.tickets.keys(), account, effects);
    }
    let others = neighbours(state).into_iter().filter(|to| *to != person);
    effects.extend(others.map(|to| tell_of(&to, &person, &told)));
    Touch::Loud
}

/// What the policy says of the person's ids is told to their homes, so that they tell each other.
pub(super) fn same_by_policy(id: &PersonId, policy: &Policy, effects: &mut Vec<Effect>) {
    let all = policy.identities.iter().filter(|all| all.contains(id));
    let others = all.flatten().filter(|other| *other != id);
    let why = (LinkReason::Policy, Timestamp::MIN);
    effects.extend(others.map(|other| same(id, other, why)));
}

/// Tells the home of one id that another is the same person's. It tells the other in turn.
fn same(of: &PersonId, person: &PersonId, (reason, at): (LinkReason, Timestamp)) -> Effect {
    let fact = PersonFact::SameAs {
        person: person.clone(),
        reason,
        at,
    };
    Effect::Send(Fact::Person(of.clone(), fact))
}

fn neighbours(state: &PersonState) -> BTreeSet<PersonId> {
    let ids = state.same_as.keys().map(|(person, _)| person);
    ids.cloned().collect()
}

fn tell_of(to: &PersonId, person: &PersonId, state: &PersonState) -> Effect {
    let fact = PersonFact::Other {
        person: person.clone(),
        state: Box::new(state.clone()),
    };
    Effect::Send(Fact::Person(to.clone(), fact))
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
    policy: &Policy,
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
            let own = state
                .accounts
                .iter()
                .filter(|(id, it)| is_own(id, it, policy));
            for (_, linked) in own {
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

/// Whether it is the person's to lose: what the policy declares a service's goes on without them.
fn is_own(id: &AccountId, linked: &LinkedAccount, policy: &Policy) -> bool {
    match &linked.whose {
        Some(whose) => matches!(ownership(id, whose, policy), Ownership::Person { .. }),
        None => {
            !declared(id, &AccountState::default(), policy).is_some_and(|declared| declared.nhi)
        }
    }
}

fn push_all(id: &PersonId, state: &PersonState, effects: &mut Vec<Effect>) {
    for account in state.linked() {
        push(id, state, account, effects);
    }
}

/// The employment record, once for each way in which the account is linked; or once, to an account
/// of another id of theirs.
fn push(id: &PersonId, state: &PersonState, account: &AccountId, effects: &mut Vec<Effect>) {
    let linked = state.accounts.get(account);
    let vias = linked.into_iter().flat_map(|linked| &linked.vias);
    let vias = vias.map(|((identifier, reason), since)| (identifier.clone(), *reason, since.0));
    let mut vias: Vec<_> = vias.map(Some).collect();
    if vias.is_empty() {
        vias.push(None);
    }
    effects.extend(vias.into_iter().map(|via| {
        let push = OwnerPush {
            person: id.clone(),
            via,
            same_as: state.same_as.clone(),
            employment: state.employment.clone(),
        };
        Effect::Send(Fact::Account(account.clone(), AccountFact::Employed(push)))
    }));
}
