//! Whose each account is, and why: linked, disputed, unlinked, or no person's.

use serde::{Deserialize, Serialize};

use super::Link;
use crate::identity::{Claimant, Ownership, claimants, declared, newest_worker, ownership, terms};
use crate::model::Text;
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, Identifier, PersonId};
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Owner};
use crate::model::time::Timestamp;

/// What the CLI and the HTTP API give; the order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// How many accounts there are, given or not.
    pub total: usize,
    /// Ascending by account.
    pub rows: Vec<LinkRow>,
}

/// One account, whether it lives or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkRow {
    /// `source:uid`.
    pub account: Text,
    pub source: Text,
    pub name: Option<Text>,
    pub link: Link,
    /// The one whose it is, all who claim it, or those who answer for what is no person's.
    pub people: Vec<Linked>,
    /// Every identifier that records state of it, whosesoever it is: of an unlinked account, those
    /// that nobody has.
    pub identifiers: Vec<Text>,
}

/// One person, and what links them to the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    /// Employee id; of several, the one by which findings call them.
    pub person: Text,
    /// Their other ids.
    pub also: Vec<Text>,
    pub email: Option<Text>,
    pub name: Option<Text>,
    /// Never empty.
    pub by: Vec<Reason>,
}

/// One record, or entry of the policy, that links somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// A word of [`LinkReason::as_str`].
    pub why: Text,
    /// `None` of who answers for the account: an account of theirs may be how they are known.
    pub identifier: Option<Text>,
    /// Event time of the earliest record that states it; none of the policy's, which holds always.
    pub since: Option<Timestamp>,
    /// When a record says that they answer for it no more.
    pub until: Option<Timestamp>,
}

impl Links {
    /// Puts rows in order, and gives the first `max` of them.
    pub fn new(mut rows: Vec<LinkRow>, max: usize) -> Self {
        rows.sort_by(|a, b| a.account.cmp(&b.account));
        let total = rows.len();
        rows.truncate(max);
        Links { total, rows }
    }
}

impl LinkRow {
    /// Whether they are among those to whom it is linked.
    pub fn names(&self, person: &PersonId) -> bool {
        let mut people = self.people.iter();
        people.any(|one| one.person == person.0 || one.also.contains(&person.0))
    }
}

/// Whose the account is. `None` for what is none: a name of another account, a role session, and
/// what was never seen.
pub fn links_of(id: &AccountId, state: &AccountState, policy: &Policy) -> Option<LinkRow> {
    let is_none = !state.same_as.is_empty() || state.session;
    if is_none || state.life.first_seen().is_none() {
        return None;
    }
    let ownership = ownership(id, state, policy);
    let declared = declared(id, state, policy);
    let claimants = claimants(state, policy, declared);
    let mut people: Vec<Linked> = claimants
        .iter()
        .map(|one| Linked {
            by: one.links(policy, declared).map(reason).collect(),
            ..linked(one)
        })
        .collect();
    // Who answers for it: sponsors of what is nobody's, and owners of what is no person's, where
    // the policy does not name one instead.
    let human = matches!(ownership, Ownership::Person { .. } | Ownership::Disputed(_));
    if !human && declared.is_none_or(|declared| declared.owner.is_none()) {
        people.extend(terms(state, policy).into_iter().map(|term| {
            let until = term.until.map(|(until, _)| until);
            Linked {
                by: vec![answers((term.from, until))],
                ..called(term.person, &term.owner)
            }
        }));
    }
    let identifiers = state.claims.keys().map(|(identifier, _)| identifier);
    let mut identifiers: Vec<Text> = identifiers.map(|it| it.to_string().into()).collect();
    identifiers.dedup();
    Some(LinkRow {
        account: id.to_string().into(),
        source: id.source.as_str().into(),
        name: state.name().or(state.email()).cloned(),
        link: Link::of(&ownership),
        people,
        identifiers,
    })
}

fn linked(one: &Claimant<'_>) -> Linked {
    let others = one.people.iter().filter(|id| **id != one.person);
    Linked {
        also: others.map(|id| id.0.clone()).collect(),
        ..called(one.person, &one.owner)
    }
}

fn called(person: &PersonId, owner: &Owner) -> Linked {
    let worker = newest_worker(&owner.employment);
    Linked {
        person: person.0.clone(),
        also: Vec::new(),
        email: worker.email,
        name: worker.name,
        by: Vec::new(),
    }
}

fn reason((identifier, why, since): (&Identifier, LinkReason, Timestamp)) -> Reason {
    Reason {
        why: why.as_str().into(),
        identifier: Some(identifier.to_string().into()),
        since: Some(since).filter(|since| *since > Timestamp::MIN),
        until: None,
    }
}

fn answers((since, until): (Timestamp, Option<Timestamp>)) -> Reason {
    Reason {
        why: LinkReason::Answers.as_str().into(),
        identifier: None,
        since: Some(since),
        until,
    }
}
