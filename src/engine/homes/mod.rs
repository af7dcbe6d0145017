//! What each kind of home does with a fact: join it, and tell other homes what they need.
//!
//! Only what is rare travels. A link goes account → identifier → person; the person answers with
//! their employment record, and the account with its life. A use stays at home.

mod account;
mod answer;
mod identifier;
mod person;
mod ticket;
mod workflow;

use super::home::{Home, State};
use super::{Effect, Touch};
use crate::alert::Change;
use crate::assess;
use crate::identity::whole;
use crate::model::fact::{
    AccountFact, CredentialFact, DeviceEvent, DeviceTold, Fact, IdentifierFact, PersonFact, Whom,
};
use crate::model::id::{AccountId, CredentialId, DeviceId};
use crate::model::policy::Policy;
use crate::model::state::{CredentialState, DeviceState};
use crate::model::time::Timestamp;

/// What a home says when it comes to be, or when the policy is another.
pub(super) fn greet(state: &State, policy: &Policy, effects: &mut Vec<Effect>) {
    match state {
        State::Account(id, state) => {
            account::claim_by_policy(id, state, policy, effects);
            account::claim_by_aliases(id, state, policy, effects);
        }
        State::Person(id, _) => person::same_by_policy(id, policy, effects),
        _ => {}
    }
}

pub(super) fn join(
    home: &mut Home,
    fact: Fact,
    policy: &Policy,
    effects: &mut Vec<Effect>,
) -> Touch {
    let calm = home.reported.is_calm();
    home.retell |= match (&home.state, &fact) {
        (_, Fact::Account(_, AccountFact::Absorbed(_))) => true,
        (State::Person(_, known), Fact::Person(_, PersonFact::Other { person, .. })) => {
            !known.others.contains_key(person)
        }
        _ => false,
    };
    match (&mut home.state, fact) {
        (State::Account(id, state), Fact::Account(_, fact)) => {
            let context = account::Context {
                id,
                policy,
                calm,
                wake_at: home.wake_at,
            };
            account::join(&context, state, fact, (&mut home.tells, effects))
        }
        (State::Person(id, state), Fact::Person(_, fact)) => person::join(id, state, fact, effects),
        (State::Identifier(id, state), Fact::Identifier(_, fact)) => {
            identifier::join(id, state, fact, effects)
        }
        (State::Credential(id, state), Fact::Credential(_, fact)) => {
            credential(id, state, fact, effects)
        }
        (State::Ticket(id, state), Fact::Ticket(_, fact)) => ticket::join(id, state, fact, effects),
        (State::Device(id, state), Fact::Device(_, event)) => device(id, state, *event, effects),
        (State::Workflow(id, state), Fact::Workflow(_, fact)) => {
            workflow::join(id, state, fact, effects)
        }
        (State::Source(_, state), Fact::Source(_, newest)) => {
            // What comes in time only puts the deadline off: the timer will see.
            let waits = calm && home.wake_at.is_some();
            let changed = state.delivered(newest);
            if waits { quiet(changed) } else { loud(changed) }
        }
        (_, fact) => unreachable!("FACT-HOME: {} came to another home", fact.home()),
    }
}

/// Tells other homes what changed in the round.
pub(super) fn tell(home: &mut Home, effects: &mut Vec<Effect>) {
    let tells = std::mem::take(&mut home.tells);
    if let State::Account(id, state) = &home.state {
        account::tell(id, state, tells, effects);
    }
}

/// Looks at a home as of `now`; whether anything was told.
pub(super) fn assess(
    home: &mut Home,
    policy: &Policy,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) -> bool {
    let told = effects.len();
    let assessment = match &home.state {
        State::Account(id, state) => assess::account(id, state, policy, now),
        State::Workflow(id, state) => assess::workflow(id, state, policy, now),
        State::Source(name, state) => assess::source(name, state, policy, now),
        State::Person(id, state) => {
            let whole = whole(id, state, policy);
            let (ended, wake_at) = whole
                .map(|state| person::deprovisioned(&state, policy, now))
                .unwrap_or_default();
            for (terminated_at, took) in ended {
                if home.deprovisioned.insert(terminated_at) {
                    effects.push(Effect::Deprovisioned(took));
                }
            }
            let mut assessment = assess::person(id, state, policy, now);
            assessment.wake_at = assessment.wake_at.into_iter().chain(wake_at).min();
            assessment
        }
        State::Ticket(id, state) => assess::ticket(id, state, policy, now),
        State::Identifier(..) | State::Credential(..) | State::Device(..) => return false,
    };
    home.wake_at = assessment.wake_at;
    let retell = std::mem::take(&mut home.retell);
    let mut news = match &home.state {
        State::Source(_, state) => {
            let newest = state.newest().map_or(now, |newest| newest.at.min(now));
            home.reported.let_go(&assessment.findings, newest)
        }
        _ => Vec::new(),
    };
    news.extend(home.reported.update(assessment.findings, now));
    if retell {
        home.reported.retell(&mut news);
    }
    effects.extend(
        news.into_iter()
            .map(|change: Change| Effect::Finding(Box::new(change))),
    );
    effects.len() > told
}

/// Tells everybody whom it ever named what became of it.
fn device(
    id: &DeviceId,
    state: &mut DeviceState,
    event: DeviceEvent,
    effects: &mut Vec<Effect>,
) -> Touch {
    if !state.record(event) {
        return Touch::Nothing;
    }
    effects.extend(state.holders.iter().map(|holder| {
        let told = Box::new(DeviceTold {
            device: id.clone(),
            named: holder.clone(),
            state: state.clone(),
        });
        Effect::Send(match holder {
            Whom::Account(account) => Fact::Account(account.clone(), AccountFact::Device(told)),
            Whom::Identifier(identifier) => {
                Fact::Identifier(identifier.clone(), IdentifierFact::Device(told))
            }
        })
    }));
    Touch::Quiet
}

/// Passes the credential's changes on to the accounts that own it.
fn credential(
    id: &CredentialId,
    state: &mut CredentialState,
    fact: CredentialFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    let pass = |account: &AccountId, change: crate::model::fact::CredentialChange| {
        Effect::Send(Fact::Account(
            account.clone(),
            AccountFact::Credential(change),
        ))
    };
    match fact {
        CredentialFact::Owner { account } => {
            if !state.owner(account.clone()) {
                return Touch::Nothing;
            }
            effects.extend(state.changes().iter().map(|change| {
                let (credential, kind) = (id.uid.clone(), state.kind.clone());
                let change = change.clone();
                pass(
                    &account,
                    crate::model::fact::CredentialChange {
                        credential,
                        kind,
                        change,
                    },
                )
            }));
        }
        CredentialFact::Change(change) => {
            if !state.change(change.clone()) {
                return Touch::Nothing;
            }
            effects.extend(
                state
                    .owners
                    .iter()
                    .map(|account| pass(account, change.clone())),
            );
        }
    }
    Touch::Quiet
}

fn quiet(changed: bool) -> Touch {
    if changed {
        Touch::Quiet
    } else {
        Touch::Nothing
    }
}

fn loud(changed: bool) -> Touch {
    if changed { Touch::Loud } else { Touch::Nothing }
}
