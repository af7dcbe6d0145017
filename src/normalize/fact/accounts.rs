//! What a record says of the accounts behind its parties.

use super::{Facts, done_by, email_identifier};
use crate::model::Text;
use crate::model::event::{Event, Party, PartyKind};
use crate::model::fact::{AccountFact, AccountUse, FailedEnd, LifeKind, LinkReason, Use};
use crate::model::id::{AccountId, Identifier};
use crate::normalize::event::optional;
use crate::normalize::plan::{Choice, PartyPlan};

impl Facts<'_, '_> {
    pub(super) fn used(&mut self, event: &Event, party: &Party, account: &AccountId) {
        let application = self.rule.application.and(event.resource.as_ref());
        let application = application.and_then(|app| app.name.clone().or_else(|| app.uid.clone()));
        let this = Use {
            at: event.time,
            event: event.uid,
        };
        self.say(
            account,
            AccountFact::Used(AccountUse {
                this,
                application,
                credential: party.credential_uid.clone(),
            }),
        );
    }

    /// The account that a party stands for. Known by a second name only, it is that name's alias.
    pub(super) fn account(&self, plan: &PartyPlan, party: &Party) -> Option<AccountId> {
        if party.kind == PartyKind::System {
            return None;
        }
        let stated = plan
            .account
            .as_ref()
            .and_then(|value| self.scope.text(value));
        let uid = match &stated {
            Some(uid) => uid,
            None => &self.scope.text(plan.alias.as_ref()?)?,
        };
        let same = [&party.uid, &party.name]
            .into_iter()
            .flatten()
            .find(|text| ***text == **uid);
        Some(AccountId {
            source: self.accounts.clone(),
            uid: same.map_or_else(|| Text::from(uid.as_ref()), Text::clone),
        })
    }

    /// What it is called, whose it claims to be, and its other names.
    pub(super) fn describe(
        &mut self,
        event: &Event,
        plan: &PartyPlan,
        party: &Party,
        account: &AccountId,
    ) {
        let name = party.name.clone().filter(|name| *name != account.uid);
        if name.is_some() || party.email.is_some() {
            let named = AccountFact::Named {
                at: event.time,
                name,
                email: party.email.clone(),
            };
            self.say(account, named);
        }
        if let Some(email) = &party.email {
            self.claim(event, account, email_identifier(email), LinkReason::Email);
        }
        if let Some(stated) = optional(&self.scope, plan.claims.as_ref()) {
            let identifier =
                email_identifier(&stated).unwrap_or_else(|| Identifier::EmployeeId(stated.clone()));
            self.claim(event, account, Some(identifier), LinkReason::Stated);
        }
        if party.kind == PartyKind::Service {
            self.say(account, AccountFact::NonHuman);
        }
        let alias = plan.alias.as_ref().and_then(|value| self.scope.text(value));
        if let Some(alias) = alias.filter(|alias| **alias != *account.uid) {
            let same = AccountFact::SameAs {
                account: account.clone(),
            };
            let alias = AccountId::new(&account.source, alias);
            self.say(&alias, same);
        }
    }

    pub(super) fn claim(
        &mut self,
        event: &Event,
        account: &AccountId,
        identifier: Option<Identifier>,
        reason: LinkReason,
    ) {
        if let Some(identifier) = identifier {
            let claim = AccountFact::Claims {
                identifier,
                reason,
                at: event.time,
            };
            self.say(account, claim);
        }
    }

    /// The account of one of the event's parties.
    pub(super) fn chosen(&self, choice: Choice, event: &Event) -> Option<AccountId> {
        let (index, party) = match choice {
            Choice::Nobody => return None,
            Choice::Actor => (self.rule.actor?, event.actor.as_ref()?),
            Choice::Party(index) => (index, event.user.as_ref()?),
        };
        let plan = self.plan.party(index)?;
        self.account(plan, party)
            .filter(|_| party.kind != PartyKind::Role)
    }

    /// An attempt to end an account that failed is all that a failure tells of it.
    pub(super) fn failed_end(&mut self, event: &Event) {
        if !self.rule.defaults.life.is_some_and(LifeKind::ends) {
            return;
        }
        if let Some(account) = self.chosen(self.rule.target, event) {
            let failed = FailedEnd {
                at: event.time,
                event: event.uid,
                actor: done_by(self.plan, self.rule, &self.scope, event.actor.as_ref()),
                action: None,
            };
            self.say(&account, AccountFact::EndFailed(failed));
        }
    }
}
