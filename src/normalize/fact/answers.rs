//! Who answers for an account that is not theirs.

use super::{Facts, email_identifier};
use crate::model::event::{Event, Party, PartyKind};
use crate::model::fact::{AccountFact, AnswerChange, LifeChange, LifeKind, Whom};
use crate::model::id::AccountId;
use crate::normalize::event::optional;
use crate::normalize::plan::{Choice, PartyPlan};

impl<'a> Facts<'a, '_> {
    /// Somebody vouches for a guest, or owns what is no person's. The vendor's system is nobody.
    pub(super) fn answers(&mut self, event: &Event, change: &dyn Fn(LifeKind) -> LifeChange) {
        let Some(answers) = self.rule.answers else {
            return;
        };
        let Some((plan, party)) = self.named(answers.charge, event) else {
            return;
        };
        let Some(charge) = self.account(plan, &party) else {
            return;
        };
        self.also_named(plan, &charge);
        if let Some(whom) = self.whom(answers.who, event)
            && whom != Whom::Account(charge.clone())
        {
            let change = change(answers.change);
            let answers = AnswerChange { whom, change };
            self.say(&charge, AccountFact::Answers(Box::new(answers)));
        }
    }

    fn whom(&self, choice: Choice, event: &Event) -> Option<Whom> {
        let (plan, party) = self.named(choice, event)?;
        if let Some(account) = self.account(plan, &party) {
            return Some(Whom::Account(account));
        }
        let known = party.kind != PartyKind::System;
        let email = optional(&self.scope, plan.email.as_ref()).filter(|_| known)?;
        email_identifier(&email).map(Whom::Identifier)
    }

    /// A party of the event; or one that only the mapping knows.
    fn named(&self, choice: Choice, event: &Event) -> Option<(&'a PartyPlan, Party)> {
        let (index, party) = match choice {
            Choice::Nobody => return None,
            Choice::Actor => (self.rule.actor?, event.actor.clone()?),
            Choice::Party(index) if self.rule.target == choice => (index, event.user.clone()?),
            Choice::Party(index) => (index, Party::default()),
        };
        Some((self.plan.party(index)?, party))
    }

    fn also_named(&mut self, plan: &PartyPlan, account: &AccountId) {
        let alias = plan.alias.as_ref().and_then(|value| self.scope.text(value));
        if let Some(alias) = alias.filter(|alias| **alias != *account.uid) {
            let alias = AccountId::new(&account.source, alias);
            let same = AccountFact::SameAs {
                account: account.clone(),
            };
            self.say(&alias, same);
        }
    }
}
