//! Who owns an account.
//!
//! The policy's word beats a source's. Beyond that no reason outranks another: two people who
//! claim one account, or one address that belongs to two people, make a dispute, which is
//! reported and never guessed.

use crate::model::Text;
use crate::model::fact::LinkReason;
use crate::model::id::{AccountId, PersonId};
use crate::model::policy::{DeclaredOwner, Policy};
use crate::model::state::{AccountState, Owner, Vias};
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub enum Ownership<'a> {
    /// Nobody that we know.
    Nobody,
    /// One person.
    Person {
        person: &'a PersonId,
        owner: &'a Owner,
        /// Since when a record (or, from the beginning, the policy) states the link.
        since: Timestamp,
    },
    /// Several people claim it.
    Disputed(Vec<&'a PersonId>),
    /// No person's: declared by the policy, or marked by the source. With the people who answer
    /// for it, each with since when that is stated.
    NonHuman(Vec<(&'a Owner, Timestamp)>),
}

/// What the policy says of the account, by its uid or any name it ever had.
pub fn declared<'a>(
    id: &AccountId,
    state: &AccountState,
    policy: &'a Policy,
) -> Option<&'a DeclaredOwner> {
    if policy.links.is_empty() {
        return None;
    }
    let uid = Text::from(id.uid.to_lowercase());
    std::iter::once(&uid)
        .chain(&state.names)
        .find_map(|name| policy.links.get(&AccountId::new(&id.source, name)))
}

/// Whose the account is, by all that is known of it.
pub fn ownership<'a>(id: &AccountId, state: &'a AccountState, policy: &Policy) -> Ownership<'a> {
    let declared = declared(id, state, policy);
    let non_human = state.non_human || declared.is_some_and(|declared| declared.nhi);
    // The policy may declare a non-human identity and leave open whose it is.
    let declared = declared.filter(|declared| declared.owner.is_some());
    // A link that an earlier policy declared is still among the facts; it counts for nothing
    // once the policy no longer says so.
    let counts = |vias: &Vias| -> Option<Timestamp> {
        let said = vias
            .iter()
            .filter(|((identifier, reason), _)| match &declared {
                Some(declared) => {
                    *reason == LinkReason::Policy && declared.owner.as_ref() == Some(identifier)
                }
                None => *reason != LinkReason::Policy,
            });
        said.map(|(_, since)| since.0).min()
    };
    let mut owners = state
        .owners
        .iter()
        .filter_map(|(person, owner)| counts(&owner.vias).map(|since| (person, owner, since)));
    if non_human {
        return Ownership::NonHuman(owners.map(|(_, owner, since)| (owner, since)).collect());
    }
    match (owners.next(), owners.next()) {
        (None, _) => Ownership::Nobody,
        (Some((person, owner, since)), None) => Ownership::Person {
            person,
            owner,
            since,
        },
        (Some((first, ..)), Some((second, ..))) => {
            let rest = owners.map(|(person, ..)| person);
            Ownership::Disputed([first, second].into_iter().chain(rest).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fact::OwnerPush;
    use crate::model::id::{Identifier, SourceName};
    use crate::model::state::Employment;

    fn account() -> AccountId {
        AccountId::new(&SourceName::new("github"), "Octo-Jane")
    }

    fn push(person: &str, email: &str, reason: LinkReason) -> OwnerPush {
        OwnerPush {
            person: PersonId::new(person),
            identifier: Identifier::email(email).expect("address"),
            reason,
            since: Timestamp::from_seconds(1),
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
