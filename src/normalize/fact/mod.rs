//! What an event states about accounts, people, tickets and devices.
//!
//! Readings that hold for every source: a failure states nothing but that an end failed, and how a
//! workflow's run went; the vendor's own system, role
//! sessions and names that no mapping calls an account make none; a use is a sighting.

mod accounts;
mod answers;
mod credentials;
mod devices;
mod grants;
mod inventories;
mod reviews;
mod tickets;
mod workers;
mod workflows;

use std::cell::LazyCell;

use super::account_namespace;
use super::event::optional;
use super::mapping::Mappings;
use super::plan::{Choice, Plan, Rule};
use super::scope::Scope;
use crate::model::Text;
use crate::model::event::{Event, Outcome, Party, PartyKind};
use crate::model::fact::{AccountFact, Actor, Fact, LifeChange, LifeKind, LinkReason};
use crate::model::id::{AccountId, Identifier, SourceName};

/// Everything that facts are drawn from.
pub struct Facts<'a, 's> {
    /// For names of accounts at other sources.
    pub mappings: &'a Mappings,
    pub plan: &'a Plan,
    pub rule: &'a Rule,
    pub scope: Scope<'s>,
    /// The namespace of the accounts.
    pub accounts: &'a SourceName,
    pub out: &'a mut Vec<Fact>,
}

impl Facts<'_, '_> {
    /// Adds the facts of `event`, and to the event what only they tell (effective time, ticket).
    pub fn state(&mut self, event: &mut Event) {
        self.workflow(event);
        match event.outcome {
            Outcome::Success => {}
            Outcome::Failure => return self.failed_end(event),
            Outcome::Unknown => return,
        }
        let defaults = self.rule.defaults;
        let actor_plan = self.rule.actor.and_then(|index| self.plan.party(index));
        let actor = actor_plan.zip(event.actor.as_ref());
        let actor = actor.and_then(|(plan, party)| self.account(plan, party));
        let actor = actor.filter(|account| !self.is_session(event, account));
        if let (Some(plan), Some(party), Some(account)) = (actor_plan, &event.actor, &actor) {
            if defaults.used {
                self.used(event, party, account);
            } else if defaults.sees {
                self.say(account, seen(event));
            }
            if defaults.used || defaults.sees {
                self.describe(event, plan, party, account);
            }
        }
        let target = self.target(event, actor.as_ref());
        // Most events change nothing, and nobody asks.
        let (plan, rule, scope) = (self.plan, self.rule, self.scope);
        let done_by = LazyCell::new(|| done_by(plan, rule, &scope, event.actor.as_ref()));
        let change = |kind: LifeKind| LifeChange {
            at: event.time,
            kind,
            event: event.uid,
            actor: done_by.clone(),
        };
        if let Some(account) = &target {
            if let Some(kind) = defaults.life {
                self.say(account, AccountFact::Life(change(kind)));
            }
            self.grants(account, &change);
        }
        self.credential(event, (actor.as_ref(), target.as_ref()), &change);
        self.answers(event, &change);
        self.worker(event);
        self.ticket(event);
        self.review(event);
        self.device(event);
        self.inventory(event);
    }

    /// Whether the actor is a role session. If so its use is told here, and nothing else of it:
    /// it is no account. One whose name is no address could never be anybody's, and there are very
    /// many of those.
    fn is_session(&mut self, event: &Event, account: &AccountId) -> bool {
        let Some(party) = event
            .actor
            .as_ref()
            .filter(|party| party.kind == PartyKind::Role)
        else {
            return false;
        };
        let email = party.email.as_deref().and_then(Identifier::email);
        if self.rule.defaults.used && email.is_some() {
            self.say(account, AccountFact::Session);
            self.used(event, party, account);
            self.claim(event, account, email, LinkReason::Stated);
        }
        true
    }

    /// Reads `source:uid`, at the source's own namespace. A web address is none.
    fn account_named(&self, text: &str) -> Option<AccountId> {
        let account = AccountId::parse(text).filter(|account| !account.uid.starts_with("//"))?;
        Some(AccountId {
            source: self.namespace(account.source.as_str()),
            ..account
        })
    }

    /// `source:…` with the name under which the source keeps its accounts.
    fn in_namespace(&self, text: Text) -> Text {
        let Some((source, rest)) = text.split_once(':') else {
            return text;
        };
        let shared = self.namespace(source);
        if shared.as_str() == source {
            text
        } else {
            Text::from(format!("{shared}:{rest}"))
        }
    }

    fn namespace(&self, source: &str) -> SourceName {
        let source = SourceName::new(source);
        match self.mappings.plan(source.base()) {
            Some(plan) => account_namespace(plan, &source),
            None => source,
        }
    }

    fn say(&mut self, account: &AccountId, fact: AccountFact) {
        self.out.push(Fact::Account(account.clone(), fact));
    }

    /// The target's account, with what the record says of it, where it is not the actor's.
    fn target(&mut self, event: &Event, actor: Option<&AccountId>) -> Option<AccountId> {
        let index = match self.rule.target {
            Choice::Nobody => return None,
            Choice::Actor => return actor.cloned(),
            Choice::Party(index) => index,
        };
        let plan = self.plan.party(index)?;
        let party = event.user.as_ref()?;
        let account = self.account(plan, party)?;
        if actor == Some(&account) {
            // What the record says of the target holds of an actor who is the target, too.
            if self.rule.defaults.used || self.rule.defaults.sees {
                self.describe(event, plan, party, &account);
            }
            return Some(account);
        }
        if !self.rule.defaults.sees {
            return None;
        }
        // A change of its life is a sighting, too.
        if self.rule.defaults.life.is_none() {
            self.say(&account, seen(event));
        }
        self.describe(event, plan, party, &account);
        Some(account)
    }
}

fn seen(event: &Event) -> AccountFact {
    AccountFact::Seen {
        at: event.time,
        event: event.uid,
    }
}

/// Who did it, in each form in which policies may name provisioners. The vendor's own system is
/// nobody.
fn done_by(plan: &Plan, rule: &Rule, scope: &Scope<'_>, actor: Option<&Party>) -> Option<Actor> {
    let actor = actor.filter(|actor| actor.kind != PartyKind::System)?;
    let party = rule.actor.and_then(|index| plan.party(index));
    let known_as = party.and_then(|party| optional(scope, party.known_as.as_ref()));
    let forms = [&actor.name, &actor.email, &actor.uid].map(Clone::clone);
    Actor::new(known_as.into_iter().chain(forms.into_iter().flatten()))
}

/// Without a copy where the address is already in the form in which addresses are compared.
fn email_identifier(email: &Text) -> Option<Identifier> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if !email.bytes().all(plain) {
        return Identifier::email(email);
    }
    let (local, domain) = email.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty()).then(|| Identifier::Email(email.clone()))
}

#[cfg(test)]
mod tests;
