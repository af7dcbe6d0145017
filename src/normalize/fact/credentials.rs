//! What is made of a credential, and whose it is.

use super::{Facts, seen};
use crate::model::event::{Event, Party};
use crate::model::fact::{
    AccountFact, CredentialChange, CredentialFact, Fact, LifeChange, LifeKind,
};
use crate::model::id::{AccountId, CredentialId};
use crate::normalize::plan::Choice;

impl Facts<'_, '_> {
    /// A credential's change goes to its owner; where the record names none, to its own home.
    pub(super) fn credential(
        &mut self,
        event: &Event,
        (actor, target): (Option<&AccountId>, Option<&AccountId>),
        change: &dyn Fn(LifeKind) -> LifeChange,
    ) {
        let Some((thing, kind)) = self.rule.credential else {
            return;
        };
        let Some(plan) = self.plan.thing(thing) else {
            return;
        };
        let uid = event.lifecycle.credential_uid.as_ref();
        let Some(uid) = uid.filter(|_| event.resource.is_some()) else {
            return;
        };
        let owner = match self.rule.owner {
            Choice::Nobody => None,
            Choice::Actor => actor.cloned(),
            Choice::Party(index) if self.rule.target == Choice::Party(index) => target.cloned(),
            Choice::Party(index) => self.owner(event, index).or_else(|| actor.cloned()),
        };
        let changed = CredentialChange {
            credential: uid.clone(),
            kind: Some(plan.kind.clone()),
            change: change(kind),
        };
        let id = CredentialId {
            source: self.accounts.clone(),
            uid: uid.clone(),
        };
        match owner {
            None => self
                .out
                .push(Fact::Credential(id, CredentialFact::Change(changed))),
            Some(account) => {
                self.say(&account, AccountFact::Credential(changed));
                self.out
                    .push(Fact::Credential(id, CredentialFact::Owner { account }));
            }
        }
    }

    fn owner(&mut self, event: &Event, index: usize) -> Option<AccountId> {
        let plan = self.plan.party(index)?;
        let account = self.account(plan, &Party::default())?;
        self.say(&account, seen(event));
        Some(account)
    }
}
