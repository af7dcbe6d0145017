//! People as HR has them at a time: who joined, who left, and until when their contracts run.
//!
//! Like access, it is the truth about that time as known today: a record that came late is in it.

use super::{TransitionKind, evidence, transitions};
use crate::assess::PersonContext;
use crate::assess::census::standing;
use crate::identity::{Contract, Leave, Position, contracts, individual, leaves, positions, whole};
use crate::model::Text;
use crate::model::census::PersonStanding;
use crate::model::id::{EventUid, PersonId};
use crate::model::policy::Policy;
use crate::model::state::{Employment, PersonState};
use crate::model::time::Timestamp;

/// Everybody who is known, each once.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    pub as_of: Timestamp,
    /// Ascending by identity.
    pub rows: Vec<PersonRow>,
}

/// One person, by whatever employee ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonRow {
    /// Employee id: of several the one by which findings call them.
    pub identity: Text,
    /// All their employee ids, ascending.
    pub ids: Vec<Text>,
    pub email: Option<Text>,
    pub name: Option<Text>,
    /// `None` of somebody of whom no HR record says how they are employed.
    pub state: Option<PersonStanding>,
    /// When the employment that began last began, or the first one will; `None` where no record
    /// tells of a hire.
    pub hired: Option<Stated>,
    /// The leave that began last, or the first one ahead. It stands after a rehire.
    pub left: Option<Stated>,
    /// The end of the contract in force, whether it has come or not.
    pub contract: Option<Stated>,
    /// The contract's end that came last, though a later contract may be in force.
    pub contract_ended: Option<Stated>,
    pub department: Option<Text>,
    pub title: Option<Text>,
    /// The manager's employee id, as HR writes it.
    pub manager: Option<Text>,
    pub employment_type: Option<Text>,
}

/// A time, and the HR record that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    pub at: Timestamp,
    pub event: EventUid,
    /// When HR wrote it down.
    pub recorded_at: Option<Timestamp>,
}

impl People {
    pub fn new(as_of: Timestamp, mut rows: Vec<PersonRow>) -> Self {
        rows.sort_by(|a, b| a.identity.cmp(&b.identity));
        People { as_of, rows }
    }
}

impl PersonRow {
    /// The events that the row's times rest on, each once.
    pub fn evidence(&self) -> Vec<Text> {
        let stated = [self.hired, self.left, self.contract, self.contract_ended];
        evidence(stated.into_iter().flatten().map(|it| it.event))
    }
}

/// The person of a home as of `at`. Of several ids of one person the home of one speaks for all.
pub fn person_of(
    id: &PersonId,
    state: &PersonState,
    policy: &Policy,
    at: Timestamp,
) -> Option<PersonRow> {
    let ids = individual(id, state, policy).people;
    let ids = ids.into_iter().map(|id| id.0.clone()).collect();
    let state = whole(id, state, policy)?;
    // A number that only another's record names is nobody yet.
    if state.employment.events().is_empty() && state.linked().next().is_none() {
        return None;
    }
    let employment = &state.employment;
    let identity = PersonContext::new(id, &state, policy).identity();
    let position = position(employment, at);
    let contracts = contracts(employment);
    let in_force = contracts.iter().find(|contract| contract.holds_at(at));
    let stated = |at, event| Stated::by(employment, at, event);
    let (department, title, manager, employment_type) = position
        .map_or_else(Default::default, |it| {
            (it.department, it.title, it.manager_id, it.employment_type)
        });
    Some(PersonRow {
        identity: identity.uid,
        ids,
        email: identity.email,
        name: identity.name,
        state: standing(employment, at),
        hired: hired(employment, at).map(|(began, event)| stated(began, event)),
        left: left(employment, at).map(|leave| stated(leave.terminated_at, leave.event)),
        contract: in_force.map(|it| stated(it.ends_at, it.event)),
        contract_ended: ended(&contracts, at).map(|it| stated(it.ends_at, it.event)),
        department,
        title,
        manager,
        employment_type,
    })
}

impl Stated {
    fn by(employment: &Employment, at: Timestamp, event: EventUid) -> Self {
        let mut records = employment.events().iter();
        let record = records.find(|record| record.event == event);
        Stated {
            at,
            event,
            recorded_at: record.map(|record| record.recorded_at),
        }
    }
}

fn hired(employment: &Employment, at: Timestamp) -> Option<(Timestamp, EventUid)> {
    let joins = transitions(employment).into_iter();
    let joins = joins.filter(|it| it.kind == TransitionKind::Joiner);
    newest_begun(joins.map(|it| (it.at, it.event)), |(began, _)| *began, at)
}

fn left(employment: &Employment, at: Timestamp) -> Option<Leave> {
    newest_begun(leaves(employment), |leave| leave.terminated_at, at)
}

/// The contract whose end came last by `at`.
fn ended(contracts: &[Contract], at: Timestamp) -> Option<&Contract> {
    let came = contracts.iter();
    let came = came.filter_map(|contract| Some((contract.came_to_end()?, contract)));
    let came = came.filter(|(came, _)| *came <= at);
    came.max_by_key(|(came, _)| *came)
        .map(|(_, contract)| contract)
}

/// The position held at `at`; before the first one that is known, that one.
fn position(employment: &Employment, at: Timestamp) -> Option<Position> {
    newest_begun(positions(employment), |position| position.since, at)
}

/// Of what ascends by its beginning the last that has begun, or else the first that will.
fn newest_begun<T>(
    all: impl IntoIterator<Item = T>,
    begins: impl Fn(&T) -> Timestamp,
    at: Timestamp,
) -> Option<T> {
    let mut newest = None;
    for one in all {
        if newest.is_some() && begins(&one) > at {
            break;
        }
        newest = Some(one);
    }
    newest
}

#[cfg(test)]
mod tests;
