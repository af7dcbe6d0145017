//! What an access review decided.

use super::Facts;
use crate::model::Text;
use crate::model::event::Event;
use crate::model::fact::{AccountFact, Decision, GrantName, GrantReview, Review};
use crate::model::id::AccountId;
use crate::normalize::event::optional;
use crate::normalize::verb::decision;

impl Facts<'_, '_> {
    /// The account need not live, and a review is no sighting of it.
    pub(super) fn review(&mut self, event: &mut Event) {
        let Some(plan) = &self.plan.review else {
            return;
        };
        let Some(by_verb) = event.lifecycle.verb.and_then(decision) else {
            return;
        };
        let named = optional(&self.scope, plan.account.as_ref());
        let named = named.and_then(|account| self.account_named(&account));
        let Some(account) = named.or_else(|| self.chosen(self.rule.target, event)) else {
            return;
        };
        let grant = optional(&self.scope, plan.grant.as_ref());
        let grant = match grant.map(|text| self.grant_named(&account, &text)) {
            // A grant whose name cannot be read is not the whole account.
            Some(None) => return,
            Some(grant) => grant,
            None => None,
        };
        event.lifecycle.entitlement = grant
            .as_ref()
            .map(|grant| Text::from(format!("{}:{}", grant.kind, grant.name)));
        let stated = optional(&self.scope, plan.decision.as_ref());
        let review = Review {
            at: event.time,
            decision: match stated.as_deref() {
                Some(word) if word.eq_ignore_ascii_case("keep") => Decision::Keep,
                Some(word) if word.eq_ignore_ascii_case("revoke") => Decision::Revoke,
                _ => by_verb,
            },
            reviewer: optional(&self.scope, plan.reviewer.as_ref()),
            id: optional(&self.scope, plan.id.as_ref()),
            event: event.uid,
        };
        let reviewed = GrantReview { grant, review };
        self.say(&account, AccountFact::Reviewed(Box::new(reviewed)));
    }

    /// Reads `kind:name` and `source:kind:name`. Names may hold colons, so a first part is taken
    /// for a source only where it is one.
    fn grant_named(&self, account: &AccountId, text: &str) -> Option<GrantName> {
        let is_source = |name: &str| {
            name == account.source.as_str()
                || name == account.source.base()
                || self.mappings.plan(name).is_some()
        };
        let without_source = text
            .split_once(':')
            .filter(|(source, rest)| is_source(source) && rest.contains(':'))
            .map_or(text, |(_, rest)| rest);
        let (kind, name) = without_source.split_once(':')?;
        (!kind.is_empty() && !name.is_empty()).then(|| GrantName {
            kind: Text::from(kind),
            name: Text::from(name),
        })
    }
}
