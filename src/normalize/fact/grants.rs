//! What is granted to an account, and what ends.

use super::Facts;
use crate::model::Text;
use crate::model::fact::{AccountFact, Fact, GrantChange, GrantName, LifeChange, LifeKind};
use crate::model::id::AccountId;
use crate::normalize::plan::{NamePattern, ThingPlan};
use crate::normalize::value::Value;

impl Facts<'_, '_> {
    pub(super) fn grants(&mut self, account: &AccountId, change: &dyn Fn(LifeKind) -> LifeChange) {
        if let Some((plan, kind)) = self
            .rule
            .grant
            .and_then(|(thing, kind)| Some((self.plan.thing(thing)?, kind)))
        {
            for name in self.names(plan) {
                let privileged = self.is_privileged(plan, &name);
                let grant = GrantName {
                    kind: plan.kind.clone(),
                    name: Text::from(name),
                };
                let granted = GrantChange {
                    grant,
                    privileged,
                    change: change(kind),
                };
                self.say(account, AccountFact::Granted(granted));
            }
        }
        for grant in &self.rule.ends {
            let ended = GrantChange {
                grant: grant.clone(),
                privileged: false,
                change: change(LifeKind::Deleted),
            };
            self.out
                .push(Fact::Account(account.clone(), AccountFact::Granted(ended)));
        }
    }

    /// One text may name several grants.
    fn names(&self, plan: &ThingPlan) -> Vec<String> {
        let texts = |value: &Option<Value>| match value {
            Some(value) => self.scope.texts(value),
            None => Vec::new(),
        };
        let names = texts(&plan.name);
        if names.is_empty() {
            texts(&plan.uid)
        } else {
            names
        }
    }

    fn is_privileged(&self, plan: &ThingPlan, name: &str) -> bool {
        let named = plan.privileged.iter().any(|pattern| match pattern {
            NamePattern::Exactly(known) => known.eq_ignore_ascii_case(name),
            NamePattern::Matches(pattern) => pattern.is_match(name),
        });
        named || (!plan.privileged_when.is_empty() && self.scope.any_holds(&plan.privileged_when))
    }
}
