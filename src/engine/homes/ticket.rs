//! The home of a ticket: those whom it names learn of it, and their accounts answer.

use super::{Effect, Touch, loud};
use crate::model::fact::{
    AccountFact, Fact, IdentifierFact, PersonFact, TicketFact, TicketTold, Whom,
};
use crate::model::id::{AccountId, Identifier, PersonId, TicketId};
use crate::model::state::TicketState;

pub(super) fn join(
    id: &TicketId,
    state: &mut TicketState,
    fact: TicketFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    let event = match fact {
        TicketFact::Event(event) => *event,
        TicketFact::Account {
            account,
            by,
            state: told,
        } => {
            return loud(state.account(account, by, told));
        }
    };
    let changed = state.record(event);
    if changed && state.asks() {
        effects.extend(state.subjects.iter().map(|whom| {
            let told = Box::new(TicketTold {
                ticket: id.clone(),
                named: whom.clone(),
                state: state.course(),
            });
            Effect::Send(match whom {
                Whom::Account(account) => {
                    let fact = AccountFact::Ticket {
                        told,
                        through: None,
                    };
                    Fact::Account(account.clone(), fact)
                }
                Whom::Identifier(identifier) => {
                    Fact::Identifier(identifier.clone(), IdentifierFact::Ticket(told))
                }
            })
        }));
    }
    loud(changed)
}

/// From an identifier's home to somebody who has it.
pub(super) fn for_person(
    person: &PersonId,
    identifier: &Identifier,
    (ticket, state): (&TicketId, &TicketState),
) -> Effect {
    let told = Box::new(TicketTold {
        ticket: ticket.clone(),
        named: Whom::Identifier(identifier.clone()),
        state: state.clone(),
    });
    Effect::Send(Fact::Person(person.clone(), PersonFact::Ticket(told)))
}

/// From a person's home to one of their accounts.
pub(super) fn for_account(account: &AccountId, person: &PersonId, told: TicketTold) -> Effect {
    let fact = AccountFact::Ticket {
        told: Box::new(told),
        through: Some(person.clone()),
    };
    Effect::Send(Fact::Account(account.clone(), fact))
}
