//! Who owns an account.
//!
//! The policy's word beats a source's. Beyond that no reason outranks another: two people who
//! claim one account, or one address that belongs to two people, make a dispute, which is
//! reported and never guessed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::answer::{Term, terms};
use super::individual::{Id, Individual, individuals};
use crate::model::Text;
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, Identifier, PersonId};
use crate::model::policy::{DeclaredOwner, PlusAliases, Policy};
use crate::model::state::{AccountState, Owner, Vias};
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub enum Ownership<'a> {
    /// Nobody that we know.
    Nobody,
    /// One person.
    Person {
        /// Of several ids, the one by which findings call them.
        person: &'a PersonId,
        /// All their ids.
        people: Vec<&'a PersonId>,
        /// By all their ids together.
        owner: Cow<'a, Owner>,
        /// Since when a record (or, from the beginning, the policy) states the link.
        since: Timestamp,
    },
    /// Several people claim it. By all their ids.
    Disputed(Vec<&'a PersonId>),
    /// No person's: declared by the policy, or marked by the source. With the people who answer
    /// for it, each with since when that is stated, and until when.
    NonHuman(Vec<Term<'a>>),
}

/// Somebody to whom the account is linked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimant<'a> {
    pub person: &'a PersonId,
    /// All their ids.
    pub people: Vec<&'a PersonId>,
    /// By all their ids together.
    pub owner: Cow<'a, Owner>,
    /// Since when a record (or, from the beginning, the policy) states it.
    pub since: Timestamp,
}

impl Claimant<'_> {
    /// By what they are linked, why, and since when.
    pub fn links<'s>(
        &'s self,
        policy: &'s Policy,
        declared: Option<&'s DeclaredOwner>,
    ) -> impl Iterator<Item = (&'s Identifier, LinkReason, Timestamp)> {
        let vias = self.owner.vias.iter();
        let links = vias.map(|((identifier, reason), since)| (identifier, *reason, since.0));
        links.filter(move |(identifier, reason, _)| counts(policy, declared, (identifier, *reason)))
    }
}

/// What the policy says of the account, by its uid or any name it ever had.
pub fn declared<'a>(
    id: &AccountId,
    state: &AccountState,
    policy: &'a Policy,
) -> Option<&'a DeclaredOwner> {
    said_of(id, state, &policy.links)
}

/// What the policy says that it is for, where it is no person's.
pub fn purpose<'a>(id: &AccountId, state: &AccountState, policy: &'a Policy) -> Option<&'a Text> {
    said_of(id, state, &policy.purposes)
}

fn said_of<'a, T>(
    id: &AccountId,
    state: &AccountState,
    said: &'a BTreeMap<AccountId, T>,
) -> Option<&'a T> {
    if said.is_empty() {
        return None;
    }
    let uid = Text::from(id.uid.to_lowercase());
    std::iter::once(&uid)
        .chain(&state.names)
        .find_map(|name| said.get(&AccountId::new(&id.source, name)))
}

/// Whose the account is, by all that is known of it.
pub fn ownership<'a>(id: &AccountId, state: &'a AccountState, policy: &Policy) -> Ownership<'a> {
    let declared = declared(id, state, policy);
    let non_human = state.non_human || declared.is_some_and(|declared| declared.nhi);
    let mut claimants = claimants(state, policy, declared);
    if non_human {
        let owners = claimants.into_iter().map(|one| Term {
            person: one.person,
            owner: one.owner,
            from: one.since,
            until: None,
        });
        let mut owners: Vec<Term<'a>> = owners.collect();
        // The policy's word beats a source's. It may declare what is no person's and leave open
        // whose it is.
        if declared.is_none_or(|declared| declared.owner.is_none()) {
            owners.extend(terms(state, policy));
        }
        return Ownership::NonHuman(owners);
    }
    if claimants.len() > 1 {
        let people = claimants.into_iter().flat_map(|one| one.people);
        return Ownership::Disputed(people.collect());
    }
    match claimants.pop() {
        None => Ownership::Nobody,
        Some(Claimant {
            person,
            people,
            owner,
            since,
        }) => Ownership::Person {
            person,
            people,
            owner,
            since,
        },
    }
}

/// Whether a link tells whose an account is of which the policy says this. What only an earlier
/// policy made a link is still among the facts, and counts for nothing; who answers for it does not
/// own it.
pub fn counts(
    policy: &Policy,
    declared: Option<&DeclaredOwner>,
    (identifier, reason): (&Identifier, LinkReason),
) -> bool {
    if let Some(owner) = declared.and_then(|declared| declared.owner.as_ref()) {
        return reason == LinkReason::Policy && owner == identifier;
    }
    let is_link = match reason {
        LinkReason::Policy | LinkReason::Answers => false,
        LinkReason::Alias => policy.plus_aliases == PlusAliases::Same,
        LinkReason::Stated | LinkReason::Email | LinkReason::Provisioned => true,
    };
    is_link && !policy.is_shared(identifier)
}

/// Everybody to whom the account is linked, by the word of the policy where it declares an owner.
pub fn claimants<'a>(
    state: &'a AccountState,
    policy: &Policy,
    declared: Option<&DeclaredOwner>,
) -> Vec<Claimant<'a>> {
    let counts = |vias: &Vias| -> Option<Timestamp> {
        let said = vias
            .iter()
            .filter(|((identifier, reason), _)| counts(policy, declared, (identifier, *reason)));
        said.map(|(_, since)| since.0).min()
    };
    let has_others = state.owners.values().any(|owner| !owner.same_as.is_empty());
    if !has_others && policy.identities.is_empty() {
        let owners = state.owners.iter().filter_map(|(person, owner)| {
            let since = counts(&owner.vias)?;
            let (people, owner) = (vec![person], Cow::Borrowed(owner));
            Some(Claimant {
                person,
                people,
                owner,
                since,
            })
        });
        return owners.collect();
    }
    let ids = state.owners.iter().map(|(person, owner)| Id {
        person,
        same_as: &owner.same_as,
        employment: &owner.employment,
    });
    let ids: Vec<Id<'a>> = ids.collect();
    let people = individuals(&ids, policy).into_iter();
    people
        .filter_map(|one| claimant(state, one, &counts))
        .collect()
}

/// All that links one person's ids to the account.
fn claimant<'a>(
    state: &'a AccountState,
    one: Individual<'a>,
    counts: &impl Fn(&Vias) -> Option<Timestamp>,
) -> Option<Claimant<'a>> {
    let owners = || one.people.iter().filter_map(|id| state.owners.get(*id));
    let since = owners().filter_map(|owner| counts(&owner.vias)).min()?;
    let owner = match one.employment {
        Cow::Borrowed(_) => Cow::Borrowed(owners().next()?),
        Cow::Owned(employment) => {
            let mut joined = Owner::default();
            owners().for_each(|owner| joined.link(owner));
            joined.employment = employment;
            Cow::Owned(joined)
        }
    };
    Some(Claimant {
        person: one.person,
        people: one.people,
        owner,
        since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fact::OwnerPush;
    use crate::model::id::SourceName;
    use crate::model::state::{Employment, Selves};

    fn account() -> AccountId {
        AccountId::new(&SourceName::new("github"), "Octo-Jane")
    }

    fn push(person: &str, email: &str, reason: LinkReason) -> OwnerPush {
        OwnerPush {
            person: PersonId::new(person),
            via: Identifier::email(email).map(|it| (it, reason, Timestamp::from_seconds(1))),
            same_as: Selves::new(),
            employment: Employment::default(),
        }
    }

    fn policy(name: &str, owner: &str) -> Policy {
        let declared = DeclaredOwner {
            owner: Identifier::email(owner),
            nhi: false,
        };
        let account = AccountId::new(&SourceName::new("github"), name);
        Policy {
            links: [(account, declared)].into(),
            ..Policy::default()
        }
    }

    fn owner_under(policy: &Policy, pushes: &[OwnerPush]) -> String {
        let mut state = AccountState::default();
        state.call(Timestamp::from_seconds(1), Some("Octo".into()), None);
        for push in pushes {
            state.owned(push.clone());
        }
        match ownership(&account(), &state, policy) {
            Ownership::Nobody => "nobody".to_owned(),
            Ownership::Person { person, .. } => person.0.to_string(),
            Ownership::Disputed(people) => format!("{people:?}"),
            Ownership::NonHuman(_) => "nhi".to_owned(),
        }
    }

    #[test]
    fn two_people_make_a_dispute_and_the_policy_settles_it() {
        let none = Policy::default();
        let jane = push("E1", "jane@corp.example", LinkReason::Email);
        let june = push("E2", "june@corp.example", LinkReason::Stated);
        assert_eq!(owner_under(&none, &[]), "nobody");
        assert_eq!(owner_under(&none, std::slice::from_ref(&jane)), "E1");
        let both = [
            jane,
            june,
            push("E2", "june@corp.example", LinkReason::Policy),
        ];
        assert_eq!(owner_under(&none, &both), "[E1, E2]");
        for name in ["octo-jane", "octo"] {
            assert_eq!(
                owner_under(&policy(name, "june@corp.example"), &both),
                "E2",
                "{name}"
            );
        }
    }

    #[test]
    fn a_link_of_an_earlier_policy_counts_for_nothing() {
        let stale = [push("E9", "wrong@corp.example", LinkReason::Policy)];
        assert_eq!(owner_under(&Policy::default(), &stale), "nobody");
        assert_eq!(
            owner_under(&policy("octo", "jane@corp.example"), &stale),
            "nobody"
        );
    }
}
