//! The home of an account.

use super::{Effect, Touch, answer, loud, quiet};
use crate::engine::home::Tells;
use crate::identity::declared;
use crate::model::Text;
use crate::model::fact::{
    AccountFact, CredentialFact, DeviceTold, Fact, IdentifierFact, LinkReason, PersonFact, Through,
    TicketFact, Whom,
};
use crate::model::finding::RuleId;
use crate::model::id::{AccountId, CredentialId, Identifier, PersonId};
use crate::model::join::{Join, join_flag, join_item};
use crate::model::limits::LINKS_MAX;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, LifeHistory, UseChange};
use crate::model::time::Timestamp;

pub(super) struct Context<'a> {
    pub(super) id: &'a AccountId,
    pub(super) policy: &'a Policy,
    /// Nothing that was reported is open.
    pub(super) calm: bool,
    pub(super) wake_at: Option<Timestamp>,
}

pub(super) fn join(
    context: &Context<'_>,
    state: &mut AccountState,
    fact: AccountFact,
    (tells, effects): (&mut Tells, &mut Vec<Effect>),
) -> Touch {
    // A name passes on what is new to it, and only that: names may stand for each other.
    let passed = (!state.same_as.is_empty()).then(|| fact.clone());
    let known = state.credentials.len();
    let rare = !matches!(fact, AccountFact::Used(_) | AccountFact::Credential(_));
    let whose = tells_whose(&fact);
    let born = concerns(state).then(|| state.life.born());
    let touch = join_fact(context, state, fact, effects);
    let reborn = born.is_some_and(|born| born != state.life.born());
    tells.concerned |= concerns(state) && (reborn || rare && touch == Touch::Loud);
    tells.charges |= whose && touch == Touch::Loud;
    if state.credentials.len() != known {
        tell_credentials(context.id, state, effects);
    }
    if let Some(fact) = passed.filter(|_| touch != Touch::Nothing) {
        forward(state, &fact, effects);
    }
    touch
}

/// What it tells others of itself as a whole.
pub(super) fn tell(id: &AccountId, state: &AccountState, tells: Tells, effects: &mut Vec<Effect>) {
    if tells.concerned {
        tell_concerned(id, state, effects);
    }
    if tells.charges {
        answer::tell_charges(id, state, effects);
    }
}

/// Whether it may change whose the account is.
fn tells_whose(fact: &AccountFact) -> bool {
    use AccountFact::{Absorbed, Employed, Named, NonHuman, SameAs, Session};
    matches!(
        fact,
        Absorbed(_) | Employed(_) | Named { .. } | NonHuman | SameAs { .. } | Session
    )
}

fn join_fact(
    context: &Context<'_>,
    state: &mut AccountState,
    fact: AccountFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    match fact {
        AccountFact::Seen { at, event } => {
            let changed = state.life.see(at, event);
            tell_life(context.id, state, changed, effects)
        }
        AccountFact::Life(change) => {
            let changed = state.life.change(change);
            tell_life(context.id, state, changed, effects)
        }
        AccountFact::Used(by) => {
            let born = state.life.born();
            let change = state.used(by);
            if state.life.born() != born {
                tell_life(context.id, state, true, effects);
            }
            of_use(context, state, change)
        }
        AccountFact::Named { at, name, email } => named(context, state, (at, name, email), effects),
        AccountFact::Granted(change) => loud(state.granted(change)),
        AccountFact::Credential(change) => loud(state.credential(change)),
        AccountFact::Session => loud(join_flag(&mut state.session, true)),
        AccountFact::NonHuman => loud(join_flag(&mut state.non_human, true)),
        AccountFact::Claims {
            identifier,
            reason,
            at,
        } => {
            let changed = state.claim(identifier.clone(), reason, at);
            if changed {
                let alias = alias(context.id, (&identifier, at), context.policy);
                effects.push(claim(context.id, identifier, reason, at));
                effects.extend(alias);
            }
            quiet(changed)
        }
        AccountFact::SameAs { account } => same_as(state, account, effects),
        AccountFact::Absorbed(other) => absorb(context, state, *other, effects),
        AccountFact::Employed(push) => {
            let person = push.person.clone();
            let is_new = !state.owners.contains_key(&person);
            let changed = state.owned(push);
            if is_new && changed && !state.session {
                effects.push(life_for(context.id, &person, &state.life));
            }
            loud(changed)
        }
        AccountFact::ListedUse(by) => {
            let changed = state.listed_use(by);
            tell_life(context.id, state, changed, effects)
        }
        AccountFact::Answers(change) => answer::changed(context.id, state, *change, effects),
        AccountFact::AnswersFor(charge) => answer::charged(context.id, state, &charge, effects),
        AccountFact::Answer(told) => loud(state.answered(*told)),
        AccountFact::Reviewed(reviewed) => loud(state.reviewed(*reviewed)),
        AccountFact::EndFailed(failed) => loud(state.failed_ends.insert(failed)),
        AccountFact::Device(told) => loud(state.device(*told)),
        AccountFact::Ticket { told, through } => loud(state.ticket(*told, through)),
    }
}

/// Tells the identifier by which the policy names an owner that this account claims it.
pub(super) fn claim_by_policy(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    effects: &mut Vec<Effect>,
) {
    let owner = declared(id, state, policy).and_then(|declared| declared.owner.clone());
    // A link of the policy holds from the beginning of time.
    effects.extend(owner.map(|owner| claim(id, owner, LinkReason::Policy, Timestamp::MIN)));
}

/// Tells the addresses of which the account has an alias that it claims them, where the policy says
/// that both are one.
pub(super) fn claim_by_aliases(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    effects: &mut Vec<Effect>,
) {
    let claims = state.claims.iter();
    effects.extend(claims.filter_map(|((own, _), at)| alias(id, (own, at.0), policy)));
}

fn alias(id: &AccountId, (own, at): (&Identifier, Timestamp), policy: &Policy) -> Option<Effect> {
    let other = policy.alias_of(own)?;
    Some(claim(id, other, LinkReason::Alias, at))
}

/// A use in order only puts deadlines off: nothing to look at before the timer fires. It matters
/// at once where something is open that it may end, where the owner is gone, or where it ends an
/// idle time long enough to have been a finding.
fn of_use(context: &Context<'_>, state: &AccountState, change: UseChange) -> Touch {
    let gone = || {
        let events = |owner: &crate::model::state::Owner| {
            owner.employment.events().iter().any(|event| {
                use crate::model::fact::EmploymentKind::{SnapshotTerminated, Terminate};
                matches!(event.kind, Terminate | SnapshotTerminated)
            })
        };
        state.owners.values().any(events)
    };
    match change {
        UseChange::Known => Touch::Nothing,
        UseChange::Newest {
            after: Some(before),
        } => {
            let idle = context.policy.rule(RuleId::AccountDormant).delay;
            let last = state.uses.last().map_or(before, |last| last.at);
            let short = last.since(before) < idle;
            let quiet = short && context.calm && context.wake_at.is_some() && !gone();
            if quiet { Touch::Quiet } else { Touch::Loud }
        }
        UseChange::Newest { after: None } | UseChange::Late => Touch::Loud,
    }
}

fn named(
    context: &Context<'_>,
    state: &mut AccountState,
    (at, name, email): (Timestamp, Option<Text>, Option<Text>),
    effects: &mut Vec<Effect>,
) -> Touch {
    let shown = (state.name().cloned(), state.email().cloned());
    let names = state.names.len();
    let changed = state.call(at, name, email);
    if state.names.len() != names {
        claim_by_policy(context.id, state, context.policy, effects);
        return Touch::Loud;
    }
    // That a name was confirmed at a later time is worth keeping, but not worth a look.
    let same = shown == (state.name().cloned(), state.email().cloned());
    if same { quiet(changed) } else { loud(changed) }
}

/// A name learns whose it is: everything known under it goes there, and so will what comes.
fn same_as(state: &mut AccountState, account: AccountId, effects: &mut Vec<Effect>) -> Touch {
    if !join_item(&mut state.same_as, LINKS_MAX, account.clone()) {
        return Touch::Nothing;
    }
    let mut known = state.clone();
    // The other account finds its own owners, by the claims that it takes over.
    known.owners.clear();
    known.same_as.clear();
    effects.push(Effect::Send(Fact::Account(
        account,
        AccountFact::Absorbed(Box::new(known)),
    )));
    Touch::Loud
}

/// Tells the homes of the account's credentials whose they are: later records may end one of them
/// without a word of the account. Rare, since credentials are.
fn tell_credentials(id: &AccountId, state: &AccountState, effects: &mut Vec<Effect>) {
    effects.extend(state.credentials.keys().map(|uid| {
        let fact = CredentialFact::Owner {
            account: id.clone(),
        };
        Effect::Send(Fact::Credential(CredentialId::new(&id.source, uid), fact))
    }));
}

fn forward(state: &AccountState, fact: &AccountFact, effects: &mut Vec<Effect>) {
    let mine = matches!(fact, AccountFact::SameAs { .. } | AccountFact::Employed(_));
    if !mine {
        let to = state.same_as.iter().cloned();
        effects.extend(to.map(|account| Effect::Send(Fact::Account(account, fact.clone()))));
    }
}

fn absorb(
    context: &Context<'_>,
    state: &mut AccountState,
    other: AccountState,
    effects: &mut Vec<Effect>,
) -> Touch {
    for ((identifier, reason), at) in &other.claims {
        if state.claim(identifier.clone(), *reason, at.0) {
            effects.push(claim(context.id, identifier.clone(), *reason, at.0));
            effects.extend(alias(context.id, (identifier, at.0), context.policy));
        }
    }
    let asked: Vec<Whom> = state.answers.keys().cloned().collect();
    let changed = state.join(other);
    if changed {
        claim_by_policy(context.id, state, context.policy, effects);
        for whom in state.answers.keys().filter(|whom| !asked.contains(whom)) {
            answer::ask(context.id, state, whom, effects);
        }
    }
    tell_life(context.id, state, changed, effects)
}

/// Tells the people linked to the account how its life went.
fn tell_life(
    id: &AccountId,
    state: &AccountState,
    changed: bool,
    effects: &mut Vec<Effect>,
) -> Touch {
    if changed && state.same_as.is_empty() && !state.session {
        effects.extend(
            state
                .owners
                .keys()
                .map(|person| life_for(id, person, &state.life)),
        );
    }
    loud(changed)
}

/// Whether another home has to judge by what this account is and whose.
fn concerns(state: &AccountState) -> bool {
    !state.devices.is_empty() || !state.tickets.is_empty()
}

/// Tells the people linked to the account of its devices and what tells whose it is, and tickets
/// that are to end it how it lives.
fn tell_concerned(id: &AccountId, state: &AccountState, effects: &mut Vec<Effect>) {
    for (ticket, named) in &state.tickets {
        if named.state.revokes() {
            let fact = TicketFact::Account {
                account: id.clone(),
                by: named.by.clone(),
                state: Box::new(state.for_ticket(&id.source, &named.state)),
            };
            effects.push(Effect::Send(Fact::Ticket(ticket.clone(), fact)));
        }
    }
    if state.devices.is_empty() {
        return;
    }
    for person in state.owners.keys() {
        let mut tell = |fact| effects.push(Effect::Send(Fact::Person(person.clone(), fact)));
        tell(PersonFact::AccountWhose {
            account: id.clone(),
            whose: Box::new(state.whose()),
        });
        for (device, held) in &state.devices {
            for named in &held.by {
                let told = Box::new(DeviceTold {
                    device: device.clone(),
                    named: named.clone(),
                    state: held.state.clone(),
                });
                let through = Through::Account(id.clone());
                tell(PersonFact::Device { told, through });
            }
        }
    }
}

fn life_for(id: &AccountId, person: &PersonId, life: &LifeHistory) -> Effect {
    let fact = PersonFact::AccountLife {
        account: id.clone(),
        life: life.clone(),
    };
    Effect::Send(Fact::Person(person.clone(), fact))
}

fn claim(id: &AccountId, identifier: Identifier, reason: LinkReason, at: Timestamp) -> Effect {
    let fact = IdentifierFact::Account {
        account: id.clone(),
        reason,
        at,
    };
    Effect::Send(Fact::Identifier(identifier, fact))
}
