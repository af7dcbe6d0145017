//! What a listing states: how an account, its grants and its credentials are as of a time.

use super::Facts;
use crate::model::event::{Event, Party};
use crate::model::fact::{
    AccountFact, AccountUse, CredentialChange, CredentialFact, Fact, GrantChange, GrantName,
    LifeChange, LifeKind, Use,
};
use crate::model::id::{AccountId, CredentialId};
use crate::model::time::Timestamp;
use crate::normalize::event::{optional, value_time};
use crate::normalize::plan::{Choice, PartyPlan};
use crate::normalize::scope::Scope;
use crate::normalize::sections::{InventoryPlan, ListedPlan};
use crate::normalize::value::{Condition, Value};
use crate::normalize::verb::class;

/// One account's listing.
#[derive(Clone, Copy)]
struct Listing<'l> {
    event: &'l Event,
    account: &'l AccountId,
}

impl Facts<'_, '_> {
    /// The listing is a sighting as of its time; what it tells of the past is none.
    pub(super) fn inventory(&mut self, event: &Event) {
        let section = self.plan.inventory.as_ref();
        let section = section.filter(|_| self.rule.defaults.class == class::USER_INVENTORY);
        let Choice::Party(index) = self.rule.target else {
            return;
        };
        let (Some(plan), Some(party_plan), Some(party)) =
            (section, self.plan.party(index), &event.user)
        else {
            return;
        };
        let Some(account) = self.listed_account(plan, party_plan, party) else {
            return;
        };
        let listing = Listing {
            event,
            account: &account,
        };
        let state = state(&self.scope, &plan.ended);
        let since = time_of(&self.scope, plan.created_at.as_ref());
        for change in listing.changes(since, state) {
            self.say(&account, AccountFact::Life(change));
        }
        if let Some(at) = time_of(&self.scope, plan.last_used_at.as_ref()) {
            self.say(&account, AccountFact::ListedUse(listing.used(at)));
        }
        self.describe(event, party_plan, party, &account);
        for (plan, scope) in self.elements(plan.grants.as_ref()) {
            self.listed_grant(listing, plan, &scope);
        }
        for (plan, scope) in self.elements(plan.credentials.as_ref()) {
            self.listed_credential(listing, plan, &scope);
        }
    }

    /// The account at the source that the record names; none where it should and does not.
    fn listed_account(
        &self,
        plan: &InventoryPlan,
        party_plan: &PartyPlan,
        party: &Party,
    ) -> Option<AccountId> {
        let account = self.account(party_plan, party)?;
        let Some(source) = &plan.source else {
            return Some(account);
        };
        let source = self.scope.text(source)?;
        Some(AccountId {
            source: self.namespace(&source),
            ..account
        })
    }

    fn listed_grant(&mut self, listing: Listing<'_>, plan: &ListedPlan, scope: &Scope<'_>) {
        let kind = optional(scope, plan.kind.as_ref());
        let (Some(kind), Some(name)) = (kind, optional(scope, Some(&plan.name))) else {
            return;
        };
        let grant = GrantName { kind, name };
        let since = time_of(scope, plan.since.as_ref());
        for change in listing.changes(since, state(scope, &plan.ended)) {
            let granted = GrantChange {
                grant: grant.clone(),
                privileged: scope.any_holds(&plan.privileged),
                change,
            };
            self.say(listing.account, AccountFact::Granted(granted));
        }
        if let Some(at) = time_of(scope, plan.last_used_at.as_ref()) {
            let used = AccountUse {
                application: Some(grant.name).filter(|_| *grant.kind == *"app"),
                ..listing.used(at)
            };
            self.say(listing.account, AccountFact::ListedUse(used));
        }
    }

    fn listed_credential(&mut self, listing: Listing<'_>, plan: &ListedPlan, scope: &Scope<'_>) {
        let Some(uid) = optional(scope, Some(&plan.name)) else {
            return;
        };
        let since = time_of(scope, plan.since.as_ref());
        for change in listing.changes(since, state(scope, &plan.ended)) {
            let changed = CredentialChange {
                credential: uid.clone(),
                kind: optional(scope, plan.kind.as_ref()),
                change,
            };
            self.say(listing.account, AccountFact::Credential(changed));
        }
        if let Some(at) = time_of(scope, plan.last_used_at.as_ref()) {
            let used = AccountUse {
                credential: Some(uid.clone()),
                ..listing.used(at)
            };
            self.say(listing.account, AccountFact::ListedUse(used));
        }
        let account = listing.account.clone();
        let id = CredentialId {
            source: account.source.clone(),
            uid,
        };
        let owner = CredentialFact::Owner { account };
        self.out.push(Fact::Credential(id, owner));
    }
}

impl<'a, 's> Facts<'a, 's> {
    /// The elements of a list, each with where its values are looked up.
    fn elements(&self, plan: Option<&'a ListedPlan>) -> Vec<(&'a ListedPlan, Scope<'s>)> {
        let mut found = Vec::new();
        if let Some(plan) = plan {
            let scope = self.scope;
            scope.visit(&plan.each, &mut |element| {
                found.push((plan, Scope { element, ..scope }));
                false
            });
        }
        found
    }
}

impl Listing<'_> {
    /// That something is so as of the listing, and since when it has been there.
    fn changes(
        self,
        since: Option<Timestamp>,
        state: LifeKind,
    ) -> impl Iterator<Item = LifeChange> {
        let event = self.event.uid;
        let change = move |at, kind| LifeChange {
            at,
            kind,
            event,
            actor: None,
        };
        let since = since.map(|at| change(at, LifeKind::ListedSince));
        since.into_iter().chain([change(self.event.time, state)])
    }

    fn used(self, at: Timestamp) -> AccountUse {
        AccountUse {
            this: Use {
                at,
                event: self.event.uid,
            },
            application: None,
            credential: None,
        }
    }
}

fn state(scope: &Scope<'_>, ended: &[Condition]) -> LifeKind {
    if scope.any_holds(ended) {
        LifeKind::ListedEnded
    } else {
        LifeKind::Listed
    }
}

fn time_of(scope: &Scope<'_>, value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(|value| value_time(scope, value))
}
