//! Who answers for an account that is no person's own: sponsors of guests, owners of non-human
//! identities.

use std::borrow::Cow;

use super::individual::{Id, individuals};
use super::{Ownership, leaves, ownership};
use crate::model::fact::{LinkReason, Whom};
use crate::model::id::{EventUid, Identifier, PersonId};
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Answer, LiveInterval, Owner};
use crate::model::time::Timestamp;

/// One person who answers for an account, and when they do: `[from, until)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Term<'a> {
    pub person: &'a PersonId,
    pub owner: Cow<'a, Owner>,
    pub from: Timestamp,
    /// When a record says that they do no more, and the record.
    pub until: Option<(Timestamp, EventUid)>,
}

impl Term<'_> {
    /// Whether they answer for it at `at`, by the records, employed or not.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|(until, _)| at < until)
    }
}

/// A time in which nobody who is employed answers for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// When the last one left or gave it up, and the record that says so; `None` where none had
    /// come yet.
    pub left: Option<(Timestamp, EventUid)>,
    pub until: Option<Timestamp>,
}

/// Everybody whom records name as answering for the account. Nobody where it is in dispute who that
/// is, or where it is no person.
pub fn terms<'a>(state: &'a AccountState, policy: &Policy) -> Vec<Term<'a>> {
    let mut terms = Vec::new();
    for (whom, answer) in &state.answers {
        let intervals = answer.life.intervals();
        for (person, owner) in whom_means(state, (whom, answer), policy) {
            terms.extend(intervals.iter().map(|interval| Term {
                person,
                owner: owner.clone(),
                from: interval.from,
                until: ended(interval),
            }));
        }
    }
    terms
}

fn ended(interval: &LiveInterval) -> Option<(Timestamp, EventUid)> {
    interval.until.zip(interval.ended_by)
}

fn whom_means<'a>(
    state: &'a AccountState,
    (whom, answer): (&Whom, &'a Answer),
    policy: &Policy,
) -> Vec<(&'a PersonId, Cow<'a, Owner>)> {
    match whom {
        Whom::Account(_) => {
            // A name is nobody; what it stands for answers for itself.
            let real = answer.accounts.iter();
            let real = real.filter(|(_, whose)| whose.same_as.is_empty());
            real.filter_map(|(id, whose)| match ownership(id, whose, policy) {
                Ownership::Person { person, owner, .. } => Some((person, owner)),
                _ => None,
            })
            .collect()
        }
        Whom::Identifier(identifier) => of_address(state, identifier, policy),
    }
}

/// The one person who has the address; nobody, where it is a shared mailbox.
fn of_address<'a>(
    state: &'a AccountState,
    identifier: &Identifier,
    policy: &Policy,
) -> Vec<(&'a PersonId, Cow<'a, Owner>)> {
    if policy.is_shared(identifier) {
        return Vec::new();
    }
    let via = (identifier.clone(), LinkReason::Answers);
    let owners = state.owners.iter();
    let ids: Vec<Id<'a>> = owners
        .map(|(person, owner)| Id {
            person,
            same_as: &owner.same_as,
            employment: &owner.employment,
        })
        .collect();
    let mut all = individuals(&ids, policy);
    all.retain(|one| {
        let mut owners = one.people.iter().filter_map(|id| state.owners.get(*id));
        owners.any(|owner| owner.vias.contains_key(&via))
    });
    match <[_; 1]>::try_from(all) {
        Ok([one]) => {
            let owner = Owner {
                employment: one.employment.into_owned(),
                ..Owner::default()
            };
            vec![(one.person, Cow::Owned(owner))]
        }
        Err(_) => Vec::new(),
    }
}

/// When nobody of `terms` answered who was employed, ascending.
pub fn unanswered(terms: &[Term<'_>]) -> Vec<Unanswered> {
    let mut answered: Vec<Answered> = terms.iter().flat_map(answered).collect();
    answered.sort_unstable();
    let mut unanswered = Vec::new();
    let mut left = None;
    for (came, leaves) in answered {
        if left.is_none_or(|(at, _)| at < came) {
            let until = Some(came);
            unanswered.push(Unanswered { left, until });
        }
        // Whoever stays answers for it from here on.
        let Some(leaves) = leaves else {
            return unanswered;
        };
        left = left.max(Some(leaves));
    }
    unanswered.push(Unanswered { left, until: None });
    unanswered
}

/// When somebody came, and how it ended.
type Answered = (Timestamp, Option<(Timestamp, EventUid)>);

/// The times in which one of them answered and was employed.
fn answered(term: &Term<'_>) -> Vec<Answered> {
    let mut answered = Vec::new();
    let mut from = Some(term.from);
    for leave in leaves(&term.owner.employment) {
        if let Some(from) = from.filter(|from| *from < leave.terminated_at) {
            answered.push((from, Some((leave.terminated_at, leave.event))));
        }
        from = leave.rehired_at.map(|rehired| rehired.max(term.from));
    }
    answered.extend(from.map(|from| (from, None)));
    let Some(until) = term.until else {
        return answered;
    };
    answered.retain(|(from, _)| *from < until.0);
    for (_, ended) in &mut answered {
        *ended = Some(ended.map_or(until, |ended| ended.min(until)));
    }
    answered
}
