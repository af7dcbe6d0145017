//! What a successful event states about accounts, people and tickets.
//!
//! Readings that hold for every source: a failure states nothing; the vendor's own system, role
//! sessions and names that no mapping calls an account make none; a use is a sighting.

use super::event::{optional, value_time};
use super::plan::{Choice, NamePattern, PartyPlan, Plan, Rule, ThingPlan, WorkerPlan};
use super::time;
use super::value::{Scope, Value};
use super::verb::{employment_kind, ticket_event_kind};
use crate::model::Text;
use crate::model::event::{Event, Outcome, Party, PartyKind};
use crate::model::fact::{
    AccountFact, AccountUse, CredentialChange, CredentialFact, EmploymentEvent, EmploymentKind,
    Fact, GrantChange, GrantName, IdentifierFact, LifeChange, LifeKind, LinkReason, PersonFact,
    TicketEvent, Use, Worker,
};
use crate::model::id::{AccountId, CredentialId, Identifier, PersonId, SourceName, TicketId};

/// Everything that facts are drawn from.
pub struct Facts<'a, 's> {
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
        if event.outcome != Outcome::Success {
            return;
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
        let done_by = done_by(self.plan, self.rule, &self.scope, event.actor.as_ref());
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
        self.worker(event);
        self.ticket(event);
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

    fn say(&mut self, account: &AccountId, fact: AccountFact) {
        self.out.push(Fact::Account(account.clone(), fact));
    }

    fn used(&mut self, event: &Event, party: &Party, account: &AccountId) {
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

    /// The account that a party stands for. Known by a second name only, it is that name's alias.
    fn account(&self, plan: &PartyPlan, party: &Party) -> Option<AccountId> {
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
    fn describe(&mut self, event: &Event, plan: &PartyPlan, party: &Party, account: &AccountId) {
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
            let alias = AccountId::new(self.accounts, alias);
            self.say(&alias, same);
        }
    }

    fn claim(
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

    fn grants(&mut self, account: &AccountId, change: &dyn Fn(LifeKind) -> LifeChange) {
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

    /// A credential's change goes to its owner; where the record names none, to its own home.
    fn credential(
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

    fn worker(&mut self, event: &mut Event) {
        let Some(plan) = &self.plan.worker else {
            return;
        };
        let Some(kind) = event.lifecycle.verb.and_then(employment_kind) else {
            return;
        };
        let effective = plan
            .effective_at
            .as_ref()
            .and_then(|at| value_time(&self.scope, at));
        event.lifecycle.effective_time = effective.filter(|at| *at != event.time);
        let Some(id) = optional(&self.scope, Some(&plan.employee_id)) else {
            return;
        };
        let worker = self.worker_as_stated(plan);
        let person = PersonId(id.clone());
        let emails = worker.email.iter().chain(&worker.previous_emails);
        let identifiers = emails.filter_map(email_identifier);
        for identifier in identifiers.chain([Identifier::EmployeeId(id)]) {
            let person = person.clone();
            self.out.push(Fact::Identifier(
                identifier,
                IdentifierFact::Person { person },
            ));
        }
        let ended = self.scope.any_holds(&plan.terminated);
        let employment = EmploymentEvent {
            effective_at: effective.unwrap_or(event.time),
            recorded_at: event.time,
            kind: match kind {
                EmploymentKind::SnapshotEmployed if ended => EmploymentKind::SnapshotTerminated,
                kind => kind,
            },
            event: event.uid,
            worker,
        };
        self.out.push(Fact::Person(
            person,
            PersonFact::Employment(Box::new(employment)),
        ));
    }

    fn worker_as_stated(&self, plan: &WorkerPlan) -> Worker {
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        let previous = plan
            .previous_emails
            .as_ref()
            .map(|value| self.scope.texts(value));
        let contract_end = plan
            .contract_end
            .as_ref()
            .map(|value| time::read_contract_end(self.scope.doc, self.scope.node(value)));
        Worker {
            name: read(&plan.name),
            email: read(&plan.email),
            previous_emails: previous
                .unwrap_or_default()
                .into_iter()
                .map(Text::from)
                .collect(),
            department: read(&plan.department),
            title: read(&plan.title),
            manager_id: read(&plan.manager_id),
            employment_type: read(&plan.employment_type),
            contract_end: contract_end.unwrap_or_default(),
        }
    }

    fn ticket(&mut self, event: &mut Event) {
        let Some(plan) = &self.plan.ticket else {
            return;
        };
        let Some(id) = optional(&self.scope, Some(&plan.id)) else {
            return;
        };
        event.lifecycle.ticket = Some(id.clone());
        let Some(kind) = event.lifecycle.verb.and_then(ticket_event_kind) else {
            return;
        };
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        let grants = plan.grants.as_ref().map(|value| self.scope.texts(value));
        let ticket = TicketEvent {
            at: event.time,
            kind,
            request: read(&plan.request),
            requester: read(&plan.requester),
            approver: read(&plan.approver),
            subject: read(&plan.subject),
            grants: grants
                .unwrap_or_default()
                .into_iter()
                .map(Text::from)
                .collect(),
            resolution: read(&plan.resolution),
            event: event.uid,
            restates: plan.versions,
        };
        self.out.push(Fact::Ticket(TicketId(id), Box::new(ticket)));
    }
}

fn seen(event: &Event) -> AccountFact {
    AccountFact::Seen {
        at: event.time,
        event: event.uid,
    }
}

/// Who did it, as policies name provisioners. The vendor's own system is nobody.
fn done_by(plan: &Plan, rule: &Rule, scope: &Scope<'_>, actor: Option<&Party>) -> Option<Text> {
    let actor = actor.filter(|actor| actor.kind != PartyKind::System)?;
    let party = rule.actor.and_then(|index| plan.party(index));
    let known_as = party.and_then(|party| optional(scope, party.known_as.as_ref()));
    known_as
        .or_else(|| actor.name.clone())
        .or_else(|| actor.email.clone())
        .or_else(|| actor.uid.clone())
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
