//! People who have several employee ids: which ids are one person's, and what their records come
//! to together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::fact::{EmploymentEvent, EmploymentKind, LinkReason};
use crate::model::id::PersonId;
use crate::model::join::Join;
use crate::model::limits::SELVES_MAX;
use crate::model::policy::Policy;
use crate::model::state::{Employment, PersonState, Selves};

/// One id with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Id<'a> {
    pub person: &'a PersonId,
    pub same_as: &'a Selves,
    pub employment: &'a Employment,
}

/// One person, by whatever ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Individual<'a> {
    /// The id of the employment that began last: by it findings call them.
    pub person: &'a PersonId,
    /// All their ids, ascending.
    pub people: Vec<&'a PersonId>,
    /// What HR recorded under all of them. From the beginning of an employment on, what is recorded
    /// of an earlier one counts no longer: many a number that was given up is never terminated.
    pub employment: Cow<'a, Employment>,
}

/// Who the ids are, ascending by their least id.
///
/// Two ids are one person's where an HR record says so or the policy does, also by way of others.
/// That they have an address in common says nothing: addresses are given to somebody else.
pub fn individuals<'a>(ids: &[Id<'a>], policy: &Policy) -> Vec<Individual<'a>> {
    let stated = ids.iter().flat_map(|id| id.same_as.keys());
    let stated = stated.map(|(person, _)| person);
    let named: BTreeSet<&PersonId> = stated.chain(policy.identities.iter().flatten()).collect();
    // Nearly everybody has one id; of an address in every record there may be thousands here.
    let (several, one): (Vec<Id<'a>>, Vec<Id<'a>>) = ids
        .iter()
        .partition(|id| !id.same_as.is_empty() || named.contains(id.person));
    let mut found: Vec<Individual<'a>> = one.into_iter().map(|id| together(&[id])).collect();
    let by_name: BTreeMap<&PersonId, Id<'a>> =
        several.into_iter().map(|id| (id.person, id)).collect();
    let mut left: BTreeSet<&PersonId> = by_name.keys().copied().collect();
    while let Some(first) = left.pop_first() {
        let mut same = vec![first];
        let mut next = 0;
        while let Some(person) = same.get(next).copied() {
            let is_same = |other: &&PersonId| are_same(person, other, (&by_name, policy));
            same.extend(left.extract_if(.., |other| is_same(other)));
            next += 1;
        }
        let ids = same.iter().filter_map(|person| by_name.get(*person));
        found.push(together(&ids.copied().collect::<Vec<_>>()));
    }
    found.sort_by(|a, b| a.people.cmp(&b.people));
    found
}

/// Who the person of this home is, by all their ids.
pub fn individual<'a>(
    person: &'a PersonId,
    state: &'a PersonState,
    policy: &Policy,
) -> Individual<'a> {
    let id = |person, state: &'a PersonState| Id {
        person,
        same_as: &state.same_as,
        employment: &state.employment,
    };
    if state.others.is_empty() {
        return together(&[id(person, state)]);
    }
    let others = state.others.iter().map(|(person, state)| id(person, state));
    let ids: Vec<Id<'a>> = others.chain([id(person, state)]).collect();
    let all = individuals(&ids, policy).into_iter();
    let own = all.filter(|one| one.people.contains(&person)).last();
    own.unwrap_or_else(|| together(&[id(person, state)]))
}

/// All that the person's ids hold together, where this is the one by which findings call them.
pub fn whole<'a>(
    person: &'a PersonId,
    state: &'a PersonState,
    policy: &Policy,
) -> Option<Cow<'a, PersonState>> {
    let one = individual(person, state, policy);
    if one.person != person {
        return None;
    }
    let Cow::Owned(employment) = one.employment else {
        return Some(Cow::Borrowed(state));
    };
    let mut whole = state.alone();
    let others = one.people.iter().filter_map(|id| state.others.get(*id));
    for other in others {
        whole.join(other.clone());
    }
    whole.employment = employment;
    for persons in whole.shared.values_mut() {
        // What several ids of one person share is nobody else's.
        let is_other = |id: &PersonId| id != person && one.people.contains(&id);
        persons.retain(|id| !is_other(id));
    }
    Some(Cow::Owned(whole))
}

fn are_same(
    one: &PersonId,
    other: &PersonId,
    (ids, policy): (&BTreeMap<&PersonId, Id<'_>>, &Policy),
) -> bool {
    let mut by_policy = policy.identities.iter();
    if by_policy.any(|all| all.contains(one) && all.contains(other)) {
        return true;
    }
    let (Some(one), Some(other)) = (ids.get(one), ids.get(other)) else {
        return false;
    };
    let sound = |id: &Id<'_>| id.same_as.len() <= SELVES_MAX;
    sound(one) && sound(other) && (says(one, other.person) || says(other, one.person))
}

/// Whether a record states it. What an earlier policy said is still among the facts, and counts
/// for nothing.
fn says(id: &Id<'_>, other: &PersonId) -> bool {
    id.same_as
        .contains_key(&(other.clone(), LinkReason::Stated))
}

/// One person of these ids; there is at least one.
fn together<'a>(ids: &[Id<'a>]) -> Individual<'a> {
    let mut people: Vec<&PersonId> = ids.iter().map(|id| id.person).collect();
    people.sort_unstable();
    let (in_force, employment) = if let [only] = ids {
        (Some(only.person), Cow::Borrowed(only.employment))
    } else {
        let (in_force, employment) = succession(ids);
        (in_force, Cow::Owned(employment))
    };
    let Some(person) = in_force.or(people.last().copied()) else {
        unreachable!("SAME-ID: a person has an id");
    };
    Individual {
        person,
        people,
        employment,
    }
}

/// The records of each id while its employment was the one that had begun last, and whose that is
/// in the end.
fn succession<'a>(ids: &[Id<'a>]) -> (Option<&'a PersonId>, Employment) {
    let mut events: Vec<(&'a PersonId, &Arc<EmploymentEvent>)> = ids
        .iter()
        .flat_map(|id| {
            id.employment
                .events()
                .iter()
                .map(|event| (id.person, event))
        })
        .collect();
    events.sort_by_key(|(person, event)| {
        let instant = (event.effective_at, event.kind);
        (instant, *person, event.recorded_at, event.event)
    });
    let mut known = BTreeSet::new();
    let mut in_force = None;
    let mut joined = Employment::default();
    for (person, event) in events {
        use EmploymentKind::{Hire, Rehire, SnapshotTerminated, Terminate};
        let begins = match event.kind {
            Hire | Rehire => true,
            Terminate | SnapshotTerminated => false,
            _ => !known.contains(person),
        };
        known.insert(person);
        if begins || in_force.is_none() {
            in_force = Some(person);
        }
        if in_force == Some(person) {
            joined.share(event);
        }
    }
    (in_force, joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::leaves;
    use crate::model::fact::Worker;
    use crate::model::id::EventUid;
    use crate::model::join::Earliest;
    use crate::model::time::Timestamp;
    use EmploymentKind::{Hire, Rehire, SnapshotEmployed, Terminate};

    type Said<'a> = (&'a str, &'a [(i64, EmploymentKind)]);

    fn employment(events: &[(i64, EmploymentKind)]) -> Employment {
        let mut employment = Employment::default();
        for (at, kind) in events {
            employment.record(EmploymentEvent {
                effective_at: Timestamp::from_seconds(*at),
                recorded_at: Timestamp::from_seconds(*at),
                kind: *kind,
                event: EventUid([0; 16]),
                worker: Worker::default(),
            });
        }
        employment
    }

    /// Who two ids are together, and when they were gone.
    fn check(said: [Said<'_>; 2], person: &str, expected: &[(i64, Option<i64>)]) {
        let ids = said.map(|(id, _)| PersonId::new(id));
        let employments = said.map(|(_, events)| employment(events));
        let none = Selves::new();
        for reversed in [false, true] {
            let mut ids: Vec<Id<'_>> = ids
                .iter()
                .zip(&employments)
                .map(|(person, employment)| Id {
                    person,
                    same_as: &none,
                    employment,
                })
                .collect();
            if reversed {
                ids.reverse();
            }
            let one = together(&ids);
            assert_eq!(*one.person.0, *person);
            let seconds = |time: Timestamp| time.as_micros() / 1_000_000;
            let found: Vec<_> = leaves(&one.employment)
                .into_iter()
                .map(|leave| (seconds(leave.terminated_at), leave.rehired_at.map(seconds)))
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_employment_that_began_last_is_in_force() {
        let contractor: &[_] = &[(1, Hire), (5, Terminate)];
        check(
            [("C", contractor), ("E", &[(9, Hire)])],
            "E",
            &[(5, Some(9))],
        );
        check([("C", contractor), ("E", &[(4, Hire)])], "E", &[]);
        // A number that was given up and never terminated.
        check(
            [("C", &[(1, Hire)]), ("E", &[(4, Hire), (8, Terminate)])],
            "E",
            &[(8, None)],
        );
        // Back as a contractor.
        check(
            [
                ("C", &[(1, Hire), (5, Terminate), (20, Rehire)]),
                ("E", &[(4, Hire), (8, Terminate)]),
            ],
            "C",
            &[(8, Some(20))],
        );
    }

    #[test]
    fn a_termination_begins_nothing() {
        check(
            [("C", &[(9, Terminate)]), ("E", &[(4, SnapshotEmployed)])],
            "E",
            &[],
        );
        check([("C", &[(9, Terminate)]), ("E", &[])], "C", &[(9, None)]);
        check([("C", &[]), ("E", &[])], "E", &[]);
    }

    #[test]
    fn whoever_is_said_to_be_everybody_is_nobody_else() {
        let names: Vec<PersonId> = (0..20).map(|at| PersonId::new(format!("E{at}"))).collect();
        let hub = PersonId::new("0");
        let (none, empty) = (Selves::new(), Employment::default());
        let stated = |count: usize| -> Selves {
            let first = names.iter().take(count);
            let at = Earliest(Timestamp::MIN);
            first
                .map(|name| ((name.clone(), LinkReason::Stated), at))
                .collect()
        };
        let count = |same_as: &Selves| {
            let id = |person, same_as| Id {
                person,
                same_as,
                employment: &empty,
            };
            let mut ids: Vec<Id<'_>> = names.iter().map(|person| id(person, &none)).collect();
            ids.push(id(&hub, same_as));
            individuals(&ids, &Policy::default()).len()
        };
        assert_eq!(count(&stated(3)), 18);
        assert_eq!(count(&stated(SELVES_MAX)), 21 - SELVES_MAX);
        assert_eq!(count(&stated(SELVES_MAX + 1)), 21);
    }
}
