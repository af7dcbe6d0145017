//! Who answers for an account learns of it, and tells whose they are: a guest is sponsored as long
//! as whoever invited it is employed.

use super::{Effect, Touch, loud};
use crate::model::fact::{
    AccountFact, AnswerChange, AnswerTold, Charge, Fact, IdentifierFact, LinkReason, Whom,
};
use crate::model::id::AccountId;
use crate::model::join::join_item;
use crate::model::limits::LINKS_MAX;
use crate::model::state::AccountState;

/// At the charge: somebody answers for it, or does no more.
pub(super) fn changed(
    id: &AccountId,
    state: &mut AccountState,
    change: AnswerChange,
    effects: &mut Vec<Effect>,
) -> Touch {
    let whom = change.whom.clone();
    let is_new = !state.answers.contains_key(&whom);
    let changed = state.answer(change);
    if is_new && changed {
        ask(id, state, &whom, effects);
    }
    loud(changed)
}

/// Asks whoever answers who they are.
pub(super) fn ask(id: &AccountId, state: &AccountState, whom: &Whom, effects: &mut Vec<Effect>) {
    let fact = match whom {
        Whom::Account(named) => Fact::Account(
            named.clone(),
            AccountFact::AnswersFor(Charge {
                account: id.clone(),
                named: named.clone(),
            }),
        ),
        Whom::Identifier(identifier) => {
            let answer = state.answers.get(whom);
            let first = answer.and_then(|answer| answer.life.changes().first());
            let Some(first) = first else {
                return;
            };
            let fact = IdentifierFact::Account {
                account: id.clone(),
                reason: LinkReason::Answers,
                at: first.at,
            };
            Fact::Identifier(identifier.clone(), fact)
        }
    };
    effects.push(Effect::Send(fact));
}

/// At the home of whoever answers: it has a charge.
pub(super) fn charged(
    id: &AccountId,
    state: &mut AccountState,
    charge: &Charge,
    effects: &mut Vec<Effect>,
) -> Touch {
    if !join_item(&mut state.charges, LINKS_MAX, charge.clone()) {
        return Touch::Nothing;
    }
    let whose = state.whose_and_how();
    effects.push(told(id, charge, whose));
    Touch::Quiet
}

/// Tells all charges whose the account is that answers for them.
pub(super) fn tell_charges(id: &AccountId, state: &AccountState, effects: &mut Vec<Effect>) {
    if !state.charges.is_empty() {
        let whose = state.whose_and_how();
        let charges = state.charges.iter();
        effects.extend(charges.map(|charge| told(id, charge, whose.clone())));
    }
}

fn told(id: &AccountId, charge: &Charge, whose: AccountState) -> Effect {
    let told = AnswerTold {
        named: charge.named.clone(),
        account: id.clone(),
        whose,
    };
    let fact = AccountFact::Answer(Box::new(told));
    Effect::Send(Fact::Account(charge.account.clone(), fact))
}
