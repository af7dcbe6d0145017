//! The home of an identifier: it introduces whoever and whatever shares it.

use super::{Effect, Touch, ticket};
use crate::model::fact::{DeviceTold, Fact, IdentifierFact, LinkReason, PersonFact, Through, Whom};
use crate::model::id::{AccountId, DeviceId, Identifier, PersonId};
use crate::model::state::{DeviceState, IdentifierState};
use crate::model::time::Timestamp;

pub(super) fn join(
    id: &Identifier,
    state: &mut IdentifierState,
    fact: IdentifierFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    match fact {
        IdentifierFact::Person { person } => {
            if !state.person(person.clone()) {
                return Touch::Nothing;
            }
            welcome(id, state, &person, effects);
        }
        IdentifierFact::Account {
            account,
            reason,
            at,
        } => {
            if !state.account(account.clone(), reason, at) {
                return Touch::Nothing;
            }
            let persons = state.persons.iter();
            effects.extend(persons.map(|person| introduce(id, person, (&account, reason, at))));
        }
        IdentifierFact::Ticket(told) => {
            if !state.ticket(told.ticket.clone(), told.state) {
                return Touch::Nothing;
            }
            if let Some(known) = state.tickets.get_key_value(&told.ticket) {
                let persons = state.persons.iter();
                effects.extend(persons.map(|person| ticket::for_person(person, id, known)));
            }
        }
        IdentifierFact::Device(told) => {
            if !state.device(told.device.clone(), told.state) {
                return Touch::Nothing;
            }
            if let Some(known) = state.devices.get_key_value(&told.device) {
                let persons = state.persons.iter();
                effects.extend(persons.map(|person| hold(id, person, known)));
            }
        }
    }
    Touch::Quiet
}

/// Tells somebody new all that is known here; and if others have it, tells all of them so.
fn welcome(id: &Identifier, state: &IdentifierState, person: &PersonId, effects: &mut Vec<Effect>) {
    if state.persons.len() > 1 {
        effects.extend(state.persons.iter().map(|person| {
            let fact = PersonFact::Shared {
                identifier: id.clone(),
                persons: state.persons.clone(),
            };
            Effect::Send(Fact::Person(person.clone(), fact))
        }));
    }
    let devices = state.devices.iter();
    effects.extend(devices.map(|known| hold(id, person, known)));
    let tickets = state.tickets.iter();
    effects.extend(tickets.map(|known| ticket::for_person(person, id, known)));
    let accounts = state.accounts.iter();
    effects.extend(
        accounts.map(|((account, reason), at)| introduce(id, person, (account, *reason, at.0))),
    );
}

fn introduce(
    id: &Identifier,
    person: &PersonId,
    (account, reason, at): (&AccountId, LinkReason, Timestamp),
) -> Effect {
    let fact = PersonFact::Account {
        account: account.clone(),
        identifier: id.clone(),
        reason,
        at,
    };
    Effect::Send(Fact::Person(person.clone(), fact))
}

fn hold(id: &Identifier, person: &PersonId, (device, state): (&DeviceId, &DeviceState)) -> Effect {
    let told = Box::new(DeviceTold {
        device: device.clone(),
        named: Whom::Identifier(id.clone()),
        state: state.clone(),
    });
    let through = Through::Identifier(id.clone());
    let fact = PersonFact::Device { told, through };
    Effect::Send(Fact::Person(person.clone(), fact))
}
