//! Who owns an account.

use std::collections::BTreeMap;

use crate::model::id::{AccountId, Identifier, SourceName};
use crate::model::policy::Policy;
use crate::model::time::Timestamp;
use crate::simulate::deed::{self, PersonNo};

use super::account::Account;
use super::person::Person;

#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// No link, and not said to be anything but a person's.
    Nobody,
    Person(Link),
    /// Two claim it, or its address belongs to two: it is never guessed.
    Disputed(Vec<Link>),
    /// Declared or marked; belongs to itself, and whom it is linked to answers for it.
    NonHuman(Vec<Link>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub person: PersonNo,
    /// From when on it counts for who asks whether there is any: the earliest event time of a
    /// record that states it; of the policy's, always.
    pub since: Timestamp,
}

/// Whose address each is, lower-cased, of all times.
pub(super) type Addresses = BTreeMap<String, Vec<PersonNo>>;

pub(super) fn addresses(persons: &[Person<'_>]) -> Addresses {
    let mut addresses = Addresses::new();
    for (no, person) in persons.iter().enumerate() {
        for address in person.addresses() {
            addresses.entry(address).or_default().push(PersonNo(no));
        }
    }
    addresses
}

/// "A policy link beats a source's." Among the sources' statements none beats another.
pub(super) fn decide(
    account: &Account<'_>,
    policy: &Policy,
    persons: &[Person<'_>],
    addresses: &Addresses,
) -> Owner {
    let declared = names(account.cast).find_map(|id| policy.links.get(&id));
    let links = match declared.and_then(|declared| declared.owner.as_ref()) {
        Some(owner) => {
            let owners = identified(owner, persons, addresses).into_iter();
            let always = |person| Link {
                person,
                since: Timestamp::MIN,
            };
            owners.map(always).collect()
        }
        None => stated(account, addresses),
    };
    let non_human = declared.is_some_and(|declared| declared.nhi) || account.cast.marked_non_human;
    match (non_human, links.as_slice()) {
        (true, _) => Owner::NonHuman(links),
        (false, []) => Owner::Nobody,
        (false, [link]) => Owner::Person(*link),
        (false, _) => Owner::Disputed(links),
    }
}

/// How a policy may write the account: by uid or by name, in lower case.
pub(super) fn names(account: &deed::Account) -> impl Iterator<Item = AccountId> {
    let source = SourceName::new(&account.source);
    let names = [account.uid.to_lowercase(), account.name.to_lowercase()];
    names
        .into_iter()
        .map(move |name| AccountId::new(&source, name))
}

fn identified(owner: &Identifier, persons: &[Person<'_>], addresses: &Addresses) -> Vec<PersonNo> {
    match owner {
        Identifier::Email(address) => addresses.get(&**address).cloned().unwrap_or_default(),
        Identifier::EmployeeId(id) => {
            let known = persons.iter().enumerate();
            let known = known.filter(|(_, person)| !person.records.is_empty());
            let of_id = known.filter(|(_, person)| person.cast.employee_id == *id);
            of_id.map(|(no, _)| PersonNo(no)).collect()
        }
    }
}

fn stated(account: &Account<'_>, addresses: &Addresses) -> Vec<Link> {
    let mut since: BTreeMap<PersonNo, Timestamp> = BTreeMap::new();
    for (address, at) in &account.stated {
        for person in addresses.get(address).into_iter().flatten() {
            let known = since.entry(*person).or_insert(*at);
            *known = (*known).min(*at);
        }
    }
    let link = |(person, since)| Link { person, since };
    since.into_iter().map(link).collect()
}

impl Owner {
    /// The one person whose account it is.
    pub(super) fn person(&self) -> Option<PersonNo> {
        match self {
            Owner::Person(link) => Some(link.person),
            Owner::Nobody | Owner::Disputed(_) | Owner::NonHuman(_) => None,
        }
    }

    /// Everybody who claims it as a person's account.
    pub(super) fn claimants(&self) -> Vec<PersonNo> {
        match self {
            Owner::Person(link) => vec![link.person],
            Owner::Disputed(links) => links.iter().map(|link| link.person).collect(),
            Owner::Nobody | Owner::NonHuman(_) => Vec::new(),
        }
    }
}
