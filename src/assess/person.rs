//! What the rules about a person's things read.

use crate::identity::{Leave, Ownership, leaves, ownership, person_ref};
use crate::model::fact::Through;
use crate::model::finding::IdentityRef;
use crate::model::id::PersonId;
use crate::model::policy::Policy;
use crate::model::state::PersonState;

pub struct PersonContext<'a> {
    pub id: &'a PersonId,
    pub state: &'a PersonState,
    pub policy: &'a Policy,
    pub leaves: Vec<Leave>,
}

impl<'a> PersonContext<'a> {
    pub fn new(id: &'a PersonId, state: &'a PersonState, policy: &'a Policy) -> Self {
        let leaves = leaves(&state.employment);
        PersonContext {
            id,
            state,
            policy,
            leaves,
        }
    }

    /// Whether what came this way is the person's and nobody else's.
    pub fn is_theirs(&self, through: &Through) -> bool {
        match through {
            Through::Identifier(identifier) => {
                let shared = self.state.shared.get(identifier);
                let is_one = shared.is_none_or(|persons| persons.len() < 2);
                is_one && !self.policy.is_shared(identifier)
            }
            Through::Account(account) => {
                let linked = self.state.accounts.get(account);
                let whose = linked.and_then(|linked| linked.whose.as_deref());
                whose.is_some_and(|whose| {
                    // What a name holds is told through the account that it stands for.
                    whose.same_as.is_empty()
                        && matches!(
                            ownership(account, whose, self.policy),
                            Ownership::Person { person, .. } if person == self.id
                        )
                })
            }
        }
    }

    pub fn identity(&self) -> IdentityRef {
        person_ref(self.id, &self.state.employment)
    }

    /// How a summary calls them: name and employee id, or the id alone.
    pub fn called(&self) -> String {
        match self.identity().name {
            Some(name) => format!("{name} ({})", self.id.0),
            None => self.id.0.to_string(),
        }
    }
}
