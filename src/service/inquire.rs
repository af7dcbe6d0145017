//! Answers about identities: whom somebody means, the states that concern them, and what those
//! amount to. The same for a running node, an archive and a directory of logs.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::find::{Meant, NotAWho, Who, find};
use super::questions::View;
use crate::answer::{Access, AccessRow, Dossier, Names, People, PersonRow, Resource, Timeline};
use crate::answer::{access_of, person_of, timeline};
use crate::engine::Engine;
use crate::identity::{Ownership, ownership};
use crate::model::id::{AccountId, PersonId};
use crate::model::limits::{ACCESS_ROWS_MAX, CANDIDATES_TOLD_MAX, PEOPLE_ROWS_MAX};
use crate::model::policy::Policy;
use crate::model::state::AccountState;
use crate::model::time::Timestamp;

pub use crate::answer::Window;

/// Names that stand for each other are followed this far.
const ALIAS_HOPS_MAX: usize = 4;

/// Why a question has no answer. Whoever asks must ask otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InquiryError {
    #[error(transparent)]
    NotAWho(#[from] NotAWho),
    #[error("nobody is known as `{0}`; write an e-mail address, an employee id, or source:name")]
    Nobody(String),
    #[error("`{who}` may be any of {candidates}: ask for one of them")]
    Several { who: String, candidates: String },
    #[error("the answer for {as_of} cannot be known before then: it is {now}")]
    Ahead { as_of: Timestamp, now: Timestamp },
    #[error("{0} is no person's account; write an e-mail address or an employee id")]
    NoPerson(AccountId),
    #[error("there are {0} rows, which is too much for one answer: ask with --who or --resource")]
    TooMuch(usize),
    #[error("there are {0} people, and at most {PEOPLE_ROWS_MAX} are told of at once")]
    TooManyPeople(usize),
}

/// Which access is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessQuestion {
    /// The clock where none is given.
    pub as_of: Option<Timestamp>,
    pub who: Option<String>,
    pub resource: Option<String>,
}

/// Everything that concerns one identity, with the policy that it is judged under.
pub struct Inquired {
    dossier: Dossier,
    policy: Policy,
    now: Timestamp,
}

/// Finds the identity and takes down all that concerns it.
pub fn inquire(view: &View<'_>, who: &str) -> Result<Inquired, InquiryError> {
    let mut dossier = Dossier::default();
    match one(view, who)? {
        Meant::Person(person) => take_person(view, person, &mut dossier),
        Meant::Account(account) => {
            let state = state_of(view, &account);
            dossier.accounts.extend(state.map(|state| (account, state)));
        }
    }
    let names = dossier.names();
    take_things(view, &names, &mut dossier);
    let policy = view.shards.look(|engine| engine.policy().clone());
    Ok(Inquired {
        dossier,
        policy: policy.into_iter().next().unwrap_or_default(),
        now: view.now,
    })
}

impl Inquired {
    /// What happened to them, with the findings as of `now`, or else of the view's clock.
    pub fn timeline(&self, now: Option<Timestamp>, window: Window) -> Timeline {
        let now = now.unwrap_or(self.now);
        timeline(&self.dossier, &self.policy, now, window)
    }
}

/// Who had what: at most `max` rows of all that there are.
pub fn access(
    view: &View<'_>,
    question: &AccessQuestion,
    max: usize,
) -> Result<Access, InquiryError> {
    let as_of = question.as_of.unwrap_or(view.now);
    if as_of > view.now {
        let now = view.now;
        return Err(InquiryError::Ahead { as_of, now });
    }
    let who = question.who.as_deref().map(|who| one(view, who));
    let who = who.transpose()?;
    let resource = question.resource.as_deref().map(Resource::new);
    let look = move |engine: &Engine| rows(engine, as_of, who.as_ref(), resource.as_ref());
    let found = view.shards.look(look);
    let count = found.iter().map(Vec::len).sum();
    if count > ACCESS_ROWS_MAX {
        return Err(InquiryError::TooMuch(count));
    }
    Ok(Access::new(
        as_of,
        found.into_iter().flatten().collect(),
        max,
    ))
}

/// Everybody whom the homes know, as of a time that is not ahead.
pub fn people(view: &View<'_>, as_of: Timestamp) -> Result<People, InquiryError> {
    if as_of > view.now {
        let now = view.now;
        return Err(InquiryError::Ahead { as_of, now });
    }
    let look = move |engine: &Engine| -> Vec<PersonRow> {
        let policy = engine.policy();
        let people = engine.persons();
        let rows = people.filter_map(|(id, state)| person_of(id, state, policy, as_of));
        rows.collect()
    };
    let found = view.shards.look(look);
    let count = found.iter().map(Vec::len).sum();
    if count > PEOPLE_ROWS_MAX {
        return Err(InquiryError::TooManyPeople(count));
    }
    Ok(People::new(as_of, found.into_iter().flatten().collect()))
}

/// What one shard's accounts gave access to.
fn rows(
    engine: &Engine,
    as_of: Timestamp,
    who: Option<&Meant>,
    resource: Option<&Resource>,
) -> Vec<AccessRow> {
    let policy = engine.policy();
    let is_meant = |id: &AccountId, state: &AccountState| match who {
        None => true,
        Some(Meant::Account(account)) => account == id,
        // Machines' accounts that they answer for are among theirs here.
        Some(Meant::Person(person)) => {
            state.owners.contains_key(person) && !is_anothers(id, state, policy, person)
        }
    };
    let accounts = engine.accounts();
    let accounts = accounts.filter(|(id, state)| is_meant(id, state));
    accounts
        .flat_map(|(id, state)| access_of(id, state, policy, (as_of, resource)))
        .collect()
}

/// Whether the account is known to be not this person's, though a record may have claimed so.
fn is_anothers(id: &AccountId, state: &AccountState, policy: &Policy, person: &PersonId) -> bool {
    match ownership(id, state, policy) {
        Ownership::Person { people, .. } | Ownership::Disputed(people) => !people.contains(&person),
        Ownership::NonHuman(_) => false,
        Ownership::Nobody => true,
    }
}

/// The one identity that is meant.
pub(super) fn one(view: &View<'_>, who: &str) -> Result<Meant, InquiryError> {
    let asked = Who::from_str(who)?;
    let found = find(view, &asked);
    let meant: BTreeSet<Meant> = found
        .into_iter()
        .map(|meant| match meant {
            Meant::Account(account) => owner_of(view, account),
            person @ Meant::Person(_) => person,
        })
        .collect();
    let mut meant = meant.into_iter();
    match (meant.next(), meant.len()) {
        (None, _) => Err(InquiryError::Nobody(who.to_owned())),
        (Some(one), 0) => Ok(one),
        (Some(first), rest) => {
            let all = [first].into_iter().chain(meant).take(CANDIDATES_TOLD_MAX);
            let all: Vec<String> = all.map(|meant| meant.to_string()).collect();
            let more = (rest + 1).saturating_sub(CANDIDATES_TOLD_MAX);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            Err(InquiryError::Several {
                who: who.to_owned(),
                candidates: all.join(", ") + &more,
            })
        }
    }
}

/// The person whose account it is; the account itself where it is no one person's. A name leads
/// to the account that it stands for.
fn owner_of(view: &View<'_>, account: AccountId) -> Meant {
    let mut account = account;
    for _ in 0..ALIAS_HOPS_MAX {
        let asked = account.clone();
        let looked = view.shards.look(move |engine| {
            let state = engine.account(&asked)?;
            let owner = match ownership(&asked, state, engine.policy()) {
                Ownership::Person { person, .. } => Some(person.clone()),
                _ => None,
            };
            Some((state.same_as.first().cloned(), owner))
        });
        match looked.into_iter().flatten().next() {
            Some((Some(stands_for), _)) => account = stands_for,
            Some((None, Some(person))) => return Meant::Person(person),
            _ => break,
        }
    }
    Meant::Account(account)
}

fn state_of(view: &View<'_>, account: &AccountId) -> Option<AccountState> {
    let asked = account.clone();
    let looked = view
        .shards
        .look(move |engine| engine.account(&asked).cloned());
    looked.into_iter().flatten().next()
}

/// The person's own home, their accounts, and those that they only claim.
fn take_person(view: &View<'_>, person: PersonId, dossier: &mut Dossier) {
    let asked = person.clone();
    let state = view
        .shards
        .look(move |engine| engine.person(&asked).cloned());
    let state = state.into_iter().flatten().next().unwrap_or_default();
    let linked: Vec<AccountId> = state.accounts.keys().cloned().collect();
    let asked = person.clone();
    let looked = view.shards.look(move |engine| {
        let known = linked.iter();
        let known = known.filter_map(|id| Some((id.clone(), engine.account(id)?)));
        let known = known.filter(|(_, state)| state.same_as.is_empty());
        let judged = known.filter_map(|(id, state)| {
            let theirs = match ownership(&id, state, engine.policy()) {
                Ownership::Person { person, .. } if *person == asked => true,
                Ownership::Disputed(people) if people.contains(&&asked) => false,
                Ownership::NonHuman(_) => false,
                _ => return None,
            };
            Some((id, state.clone(), theirs))
        });
        judged.collect::<Vec<_>>()
    });
    for (id, state, theirs) in looked.into_iter().flatten() {
        let accounts = if theirs {
            &mut dossier.accounts
        } else {
            &mut dossier.claimed
        };
        accounts.insert(id, state);
    }
    dossier.person = Some((person, state));
}

/// Tickets, devices and runs that concern them.
fn take_things(view: &View<'_>, names: &Names, dossier: &mut Dossier) {
    let names = names.clone();
    let looked = view.shards.look(move |engine| {
        let tickets = engine
            .tickets()
            .filter(|(_, state)| names.concerns_ticket(state));
        let devices = engine
            .devices()
            .filter(|(_, state)| names.concerns_device(state));
        let runs = engine
            .workflows()
            .filter(|(_, state)| names.concerns_workflow(state));
        let mut found = Dossier::default();
        found
            .tickets
            .extend(tickets.map(|(id, state)| (id.clone(), state.clone())));
        found
            .devices
            .extend(devices.map(|(id, state)| (id.clone(), state.clone())));
        found
            .workflows
            .extend(runs.map(|(id, state)| (id.clone(), state.clone())));
        found
    });
    for found in looked {
        dossier.tickets.extend(found.tickets);
        dossier.devices.extend(found.devices);
        dossier.workflows.extend(found.workflows);
    }
}
