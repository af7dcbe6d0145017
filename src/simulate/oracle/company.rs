//! All deeds, laid where they are asked for: by account, person, device, ticket, run and log.

use std::collections::BTreeMap;

use crate::model::fact::Actor as Named;
use crate::model::finding::RuleId;
use crate::model::id::SourceName;
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};
use crate::simulate::deed::{
    AccountNo, Act, Actor, Cast, CredentialNo, Deed, DeviceChange, DeviceNo, Life, Listed,
    PersonNo, Ticket, Workflow, WorkflowChange,
};

use super::account::{Account, Credential, Outcome, Review};
use super::approval::means;
use super::history::State;
use super::owner::{self, Addresses};
use super::person::Person;

pub(super) struct Company<'a> {
    pub cast: &'a Cast,
    pub policy: &'a Policy,
    /// By number, as are persons and credentials.
    pub accounts: Vec<Account<'a>>,
    pub persons: Vec<Person<'a>>,
    pub credentials: Vec<Credential<'a>>,
    pub devices: BTreeMap<DeviceNo, Vec<(Timestamp, &'a DeviceChange)>>,
    /// In order of time.
    pub tickets: BTreeMap<&'a str, Vec<(Timestamp, &'a Ticket)>>,
    pub runs: BTreeMap<&'a str, Vec<(Timestamp, &'a Workflow)>>,
    /// The time of the newest record of each log.
    pub newest: BTreeMap<&'static str, Timestamp>,
    pub addresses: Addresses,
}

impl<'a> Company<'a> {
    pub(super) fn new(cast: &'a Cast, deeds: &'a [Deed], policy: &'a Policy) -> Self {
        let accounts = cast.accounts.iter().enumerate();
        let mut company = Company {
            cast,
            policy,
            accounts: accounts
                .map(|(no, account)| Account::new(AccountNo(no), account))
                .collect(),
            persons: cast.persons.iter().map(Person::new).collect(),
            credentials: cast.credentials.iter().map(Credential::new).collect(),
            devices: BTreeMap::new(),
            tickets: BTreeMap::new(),
            runs: BTreeMap::new(),
            newest: BTreeMap::new(),
            addresses: Addresses::new(),
        };
        for deed in deeds {
            company.log(deed);
            company.acts(deed);
            company.is_done(deed);
        }
        company.sort();
        company
    }

    pub(super) fn delay(&self, rule: RuleId) -> Span {
        self.policy.rule(rule).delay
    }

    pub(super) fn person(&self, no: PersonNo) -> Option<&Person<'a>> {
        self.persons.get(no.0)
    }

    /// Accounts that were ever there; a session is none.
    pub(super) fn real_accounts(&self) -> impl Iterator<Item = &Account<'a>> {
        let known = self.accounts.iter();
        known.filter(|account| !account.cast.session && account.first_seen.is_some())
    }

    /// Each account's credentials, with the account.
    pub(super) fn credentials(&self) -> impl Iterator<Item = (&Account<'a>, &Credential<'a>)> {
        let with_account = |credential: &'_ Credential<'a>| credential.cast.account.0;
        self.credentials.iter().filter_map(move |credential| {
            Some((self.accounts.get(with_account(credential))?, credential))
        })
    }

    /// Whether what the actor does at the source needs no further approval: who is not known, the
    /// vendor's own system, and declared provisioners.
    pub(super) fn governed(&self, source: &str, actor: Actor) -> bool {
        let Actor::Account(no) = actor else {
            return true;
        };
        let source = SourceName::new(source);
        self.cast.accounts.get(no.0).is_none_or(|actor| {
            let names = [Some(&actor.uid), Some(&actor.name), actor.email.as_ref()];
            let named = Named::new(names.into_iter().flatten().cloned());
            named.is_some_and(|named| self.policy.is_provisioner(&source, &named))
        })
    }

    fn log(&mut self, deed: &'a Deed) {
        let newest = self.newest.entry(deed.log).or_insert(deed.at);
        *newest = deed.at.max(*newest);
    }

    /// What the deed says about who did it: "a use is a successful record in which the account is
    /// the actor; log-outs and lock events are none".
    fn acts(&mut self, deed: &'a Deed) {
        let Actor::Account(no) = deed.actor else {
            return;
        };
        let Some(account) = self.accounts.get_mut(no.0).filter(|_| !deed.failed) else {
            return;
        };
        let locks = matches!(
            &deed.act,
            Act::Life {
                change: Life::Lock,
                ..
            }
        );
        if locks {
            return;
        }
        account.seen(deed.at);
        match &deed.act {
            Act::LogOut => return,
            Act::SignIn {
                application: Some(application),
            } => {
                let uses = account.sign_ins.entry(application.to_lowercase());
                uses.or_default().push(deed.at);
            }
            _ => {}
        }
        account.uses.push(deed.at);
    }

    fn is_done(&mut self, deed: &'a Deed) {
        match &deed.act {
            Act::Hr(hr) => {
                if let Some(person) = self.persons.get_mut(hr.person.0) {
                    person.records.push((deed.at, hr));
                }
            }
            Act::Life { account, change } => {
                if let Some(account) = self.accounts.get_mut(account.0) {
                    account.changed(deed, *change);
                }
            }
            Act::Workflow(workflow) => self.run(deed, workflow),
            Act::Review {
                account,
                grant,
                keep,
                ..
            } => {
                let review = Review {
                    grant: grant.as_ref(),
                    keep: *keep,
                };
                if let Some(account) = self.accounts.get_mut(account.0) {
                    account.reviews.push((deed.at, review));
                }
            }
            Act::Ticket(ticket) => {
                let told = self.tickets.entry(&ticket.id).or_default();
                told.push((deed.at, ticket));
            }
            _ if deed.failed => {}
            _ => self.succeeds(deed),
        }
    }

    /// Deeds that count only if they succeed.
    fn succeeds(&mut self, deed: &'a Deed) {
        let at = deed.at;
        match &deed.act {
            Act::Grant { account, grant } => {
                if let Some(account) = self.accounts.get_mut(account.0) {
                    account.seen(at);
                    let known = account.grant(grant);
                    known.seen(at);
                    known.history.change(at, State::Made);
                    known.granted.push((at, deed.actor));
                }
            }
            Act::Revoke { account, grant } => {
                if let Some(account) = self.accounts.get_mut(account.0) {
                    account.seen(at);
                    account.grant(grant).history.change(at, State::Ended);
                }
            }
            Act::CredentialCreate { credential } => {
                self.credential(*credential, at, State::Made);
            }
            Act::CredentialEnd { credential } => self.credential(*credential, at, State::Ended),
            Act::Work {
                credential: Some(credential),
            } => {
                if let Some(used) = self.credentials.get_mut(credential.0) {
                    used.seen(at);
                    used.uses.push(at);
                }
            }
            Act::States { account, email } => {
                if let Some(account) = self.accounts.get_mut(account.0) {
                    account.seen(at);
                    account.states(email, at);
                }
            }
            Act::Device { device, change } => {
                self.devices.entry(*device).or_default().push((at, change));
            }
            Act::Listed(listed) => self.listed(at, listed),
            _ => {}
        }
    }

    fn credential(&mut self, no: CredentialNo, at: Timestamp, state: State) {
        let Some(credential) = self.credentials.get_mut(no.0) else {
            return;
        };
        credential.seen(at);
        credential.history.change(at, state);
        let account = self.accounts.get_mut(credential.cast.account.0);
        // Okta says that a token ended without saying whose it was.
        let unnamed =
            |account: &&mut Account<'_>| state == State::Ended && &*account.cast.source == "okta";
        if let Some(account) = account.filter(|account| !unnamed(account)) {
            account.seen(at);
        }
    }

    fn run(&mut self, deed: &'a Deed, workflow: &'a Workflow) {
        // That a step says that it succeeded ends nothing: the account's own log tells that.
        if let (WorkflowChange::EndAccount { account }, true) = (&workflow.change, deed.failed)
            && let Some(account) = self.accounts.get_mut(account.0)
        {
            account.end_attempts.push((deed.at, Outcome::Failed));
        }
        let told = self.runs.entry(&workflow.run).or_default();
        told.push((deed.at, workflow));
    }

    /// What is listed is there as of then; of what was before, the listing knows only what it says.
    fn listed(&mut self, at: Timestamp, listed: &'a Listed) {
        let Some(account) = self.accounts.get_mut(listed.account.0) else {
            return;
        };
        account.seen(at);
        // Of what is listed as ended nobody knows since when it is.
        if listed.live {
            account.life.change(at, State::Listed);
            if let Some(created) = listed.created_at {
                account.life.change(created, State::Made);
            }
            if let Some(used) = listed.last_used_at {
                account.life.sign(used);
            }
        } else {
            account.life.change(at, State::Ended);
        }
        account.uses.extend(listed.last_used_at);
        let tokens = listed.credentials.iter();
        for used in tokens.filter_map(|(_, _, used)| *used) {
            account.uses.push(used);
            if listed.live {
                account.life.sign(used);
            }
        }
        for (grant, since) in &listed.grants {
            let known = account.grant(grant);
            known.seen(at);
            known.history.change(at, State::Listed);
            if let Some(since) = since {
                known.history.change(*since, State::Made);
            }
        }
        for (no, created, last_used) in &listed.credentials {
            if let Some(credential) = self.credentials.get_mut(no.0) {
                credential.seen(at);
                credential.history.change(at, State::Listed);
                if let Some(created) = created {
                    credential.history.change(*created, State::Made);
                }
                if let Some(used) = last_used {
                    credential.history.sign(*used);
                    credential.uses.push(*used);
                }
            }
        }
    }

    fn sort(&mut self) {
        for person in &mut self.persons {
            person.records.sort_by_key(|(recorded, _)| *recorded);
        }
        self.addresses = owner::addresses(&self.persons);
        for account in &mut self.accounts {
            account.sort();
            account.owner = owner::decide(account, self.policy, &self.persons, &self.addresses);
            for (name, grant) in &mut account.grants {
                let mut declared = self.policy.privileged.iter();
                grant.privileged |= declared.any(|written| means(written, account.cast, name));
            }
        }
        for credential in &mut self.credentials {
            let account = self.accounts.get(credential.cast.account.0);
            for at in account.iter().flat_map(|account| account.life.deletions()) {
                credential.history.change(at, State::Ended);
            }
            credential.history.sort();
            credential.uses.sort_unstable();
        }
        for told in self.devices.values_mut() {
            told.sort_by_key(|(at, change)| (*at, ends(change)));
        }
        for told in self.tickets.values_mut() {
            told.sort_by_key(|(at, _)| *at);
        }
        for told in self.runs.values_mut() {
            told.sort_by_key(|(at, _)| *at);
        }
    }
}

/// Whether nobody holds the device from then on.
fn ends(change: &DeviceChange) -> bool {
    matches!(
        change,
        DeviceChange::Unenrolled { .. } | DeviceChange::Wiped { .. }
    )
}
