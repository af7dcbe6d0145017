//! Looking at homes: what an engine knows, for whoever asks. Nothing here changes anything.

use super::Engine;
use super::home::State;
use crate::model::id::{
    AccountId, CredentialId, DeviceId, Identifier, PersonId, RunId, SourceName, TicketId,
};
use crate::model::policy::Policy;
use crate::model::state::{
    AccountState, CredentialState, DeviceState, IdentifierState, PersonState, SourceState,
    TicketState, WorkflowState,
};
use crate::model::time::Timestamp;

/// For each kind of home: one by its key, and all of them, in the order in which they came to be.
/// That order is the order of arrival: whoever shows it to anybody sorts first.
macro_rules! homes {
    ($($one:ident, $all:ident: $kind:ident, $id:ty, $state:ty;)*) => {
        impl Engine {$(
            pub fn $one(&self, id: &$id) -> Option<&$state> {
                let home = self.homes.get(self.places.$one(id)?)?;
                match &home.state {
                    State::$kind(_, state) => Some(state),
                    _ => None,
                }
            }

            pub fn $all(&self) -> impl Iterator<Item = (&$id, &$state)> {
                self.homes.iter().filter_map(|home| match &home.state {
                    State::$kind(id, state) => Some((id, &**state)),
                    _ => None,
                })
            }
        )*}
    };
}

homes! {
    account, accounts: Account, AccountId, AccountState;
    person, persons: Person, PersonId, PersonState;
    identifier, identifiers: Identifier, Identifier, IdentifierState;
    credential, credentials: Credential, CredentialId, CredentialState;
    ticket, tickets: Ticket, TicketId, TicketState;
    device, devices: Device, DeviceId, DeviceState;
    workflow, workflows: Workflow, RunId, WorkflowState;
    source, sources: Source, SourceName, SourceState;
}

impl Engine {
    /// What every home is assessed under.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The time of the last tick; [`Timestamp::MIN`] before the first.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Effect, Input};
    use crate::model::fact::{AccountFact, Fact, Use};
    use crate::model::id::EventUid;

    #[test]
    fn a_home_is_found_by_its_key_and_not_by_anothers() {
        let mut engine = Engine::new(Arc::new(Policy::default()));
        let okta = SourceName::new("okta");
        let id = AccountId::new(&okta, "00u1");
        let (at, event) = (Timestamp::from_seconds(7), EventUid([0; 16]));
        let mut effects: Vec<Effect> = Vec::new();
        let seen = AccountFact::Seen { at, event };
        engine.step(Input::Fact(Fact::Account(id.clone(), seen)), &mut effects);
        let expected = Some(Use { at, event });
        let seen = engine.account(&id).and_then(|state| state.life.seen());
        assert_eq!(seen.map(|(at, event)| Use { at, event }), expected);
        assert!(engine.account(&AccountId::new(&okta, "00u2")).is_none());
        assert!(engine.person(&PersonId::new("00u1")).is_none());
        assert_eq!(engine.accounts().count(), 1);
        assert_eq!(engine.tickets().count(), 0);
    }
}
