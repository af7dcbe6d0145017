//! The inventory of what is no person's: services, bots, programs, with who answers for each, by
//! what it signs in, and whether it is used.

use serde::{Deserialize, Serialize};

use super::access::{LastUsed, Logged, OwnerState, employed, last_use, logged_of};
use crate::assess::{self, AccountContext};
use crate::identity::{Ownership, Term, declared, newest_worker, purpose};
use crate::model::Text;
use crate::model::finding::Status;
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, OwnedCredential};
use crate::model::time::{Span, Timestamp};

/// What the CLI and the HTTP API give; the order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nhis {
    pub now: Timestamp,
    /// How many there are, given or not.
    pub total: usize,
    /// Ascending by account.
    pub rows: Vec<NhiRow>,
}

/// One non-human identity's account that lives, or whose credentials still work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NhiRow {
    /// `source:uid`.
    pub account: Text,
    pub source: Text,
    pub name: Option<Text>,
    /// False where only its credentials still work.
    pub live: bool,
    /// `policy` where it is declared, `source` where its source marks it, or both.
    pub recognised_by: Vec<Text>,
    /// What it is for, by the policy.
    pub purpose: Option<Text>,
    /// Of several owners, that of the one who is best placed to answer.
    pub owner_state: OwnerEmployment,
    /// Who answers for it at this time.
    pub owners: Vec<NhiOwner>,
    /// Whether it holds a privileged grant.
    pub privileged: bool,
    /// Those that work.
    pub credentials: Vec<NhiCredential>,
    /// Where our knowledge of it begins.
    pub first_seen: Timestamp,
    /// `not_used`: not since `first_seen`.
    pub last_used: LastUsed,
    pub last_used_at: Option<Timestamp>,
    /// Ids of the rules of which a finding is open, each once, ascending.
    pub findings: Vec<Text>,
}

/// Somebody who answers for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NhiOwner {
    /// Employee id; `None` where the policy names somebody whom HR does not know.
    pub person: Option<Text>,
    /// Their address by HR, or what the policy writes.
    pub email: Option<Text>,
    pub name: Option<Text>,
    pub state: OwnerEmployment,
    /// `None` where the policy says so, whose word holds always.
    pub since: Option<Timestamp>,
}

/// How an owner is employed; the foremost answers best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerEmployment {
    Employed,
    /// Their first employment is still to come.
    NotYet,
    Left,
    /// HR does not know them.
    NotKnown,
    /// There is no owner.
    None,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NhiCredential {
    pub credential: Text,
    pub kind: Option<Text>,
    /// By a record of its creation, or a listing that tells of it.
    pub created_at: Option<Timestamp>,
    /// Whole days since then; where its creation is not known, since it was first seen: it is at
    /// least so old.
    pub age_days: i64,
    pub last_used: LastUsed,
    pub last_used_at: Option<Timestamp>,
}

impl OwnerEmployment {
    pub const fn as_str(self) -> &'static str {
        match self {
            OwnerEmployment::Employed => "employed",
            OwnerEmployment::NotYet => "not_yet",
            OwnerEmployment::Left => "left",
            OwnerEmployment::NotKnown => "not_known",
            OwnerEmployment::None => "none",
        }
    }
}

impl From<OwnerState> for OwnerEmployment {
    fn from(state: OwnerState) -> Self {
        match state {
            OwnerState::Employed => OwnerEmployment::Employed,
            OwnerState::NotYet => OwnerEmployment::NotYet,
            OwnerState::Terminated => OwnerEmployment::Left,
            OwnerState::None => OwnerEmployment::None,
        }
    }
}

impl Nhis {
    /// Puts rows in order, and gives the first `max` of them.
    pub fn new(now: Timestamp, mut rows: Vec<NhiRow>, max: usize) -> Self {
        rows.sort_by(|a, b| a.account.cmp(&b.account));
        let total = rows.len();
        rows.truncate(max);
        Nhis { now, total, rows }
    }
}

impl NhiRow {
    /// Whether nobody who is employed answers for it.
    pub fn is_ownerless(&self) -> bool {
        self.owner_state != OwnerEmployment::Employed
    }
}

/// What is known of the account at `now`, if it is no person's. `delivers`: some log tells of what
/// accounts of its source do, so that a use would have been seen.
pub fn nhi_of(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    (now, delivers): (Timestamp, bool),
) -> Option<NhiRow> {
    if !state.same_as.is_empty() || state.session {
        return None;
    }
    let context = AccountContext::new(id, state, policy);
    let Ownership::NonHuman(terms) = &context.ownership else {
        return None;
    };
    let first_seen = state.life.first_seen()?;
    let live = context.live_at(now).is_some();
    let credentials = credentials(&context, now);
    if !live && credentials.is_empty() {
        return None;
    }
    let owners = owners(&context, terms, now);
    let states = owners.iter().map(|owner| owner.state);
    let logged = if delivers { Logged::Each } else { Logged::Some };
    let (last_used, used) = last_use(&[&state.uses], logged, now);
    Some(NhiRow {
        account: id.to_string().into(),
        source: id.source.as_str().into(),
        name: state.name().or(state.email()).cloned(),
        live,
        recognised_by: recognised_by(&context),
        purpose: purpose(id, state, policy).cloned(),
        owner_state: states.min().unwrap_or(OwnerEmployment::None),
        owners,
        privileged: context.privileged_at(now),
        credentials,
        first_seen,
        last_used,
        last_used_at: used.map(|used| used.at),
        findings: findings(&context, now),
    })
}

fn recognised_by(context: &AccountContext<'_>) -> Vec<Text> {
    let declared = declared(context.id, context.state, context.policy);
    let by_policy = declared.is_some_and(|declared| declared.nhi);
    let by = [(by_policy, "policy"), (context.state.non_human, "source")];
    let by = by.into_iter().filter(|(is_so, _)| *is_so);
    by.map(|(_, word)| word.into()).collect()
}

/// Each of them once, with the earliest time.
fn owners(context: &AccountContext<'_>, terms: &[Term<'_>], now: Timestamp) -> Vec<NhiOwner> {
    let mut owners: Vec<NhiOwner> = Vec::new();
    let mut terms: Vec<&Term<'_>> = terms.iter().filter(|term| term.covers(now)).collect();
    terms.sort_by_key(|term| (term.person, term.from));
    for term in terms {
        let person = Some(term.person.0.clone());
        if owners.iter().any(|known| known.person == person) {
            continue;
        }
        let worker = newest_worker(&term.owner.employment);
        owners.push(NhiOwner {
            person,
            email: worker.email,
            name: worker.name,
            state: employed(&term.owner.employment, now).into(),
            since: Some(term.from).filter(|from| *from > Timestamp::MIN),
        });
    }
    // Whom the policy names and HR does not know answers for nothing yet.
    let declared = declared(context.id, context.state, context.policy);
    let named = declared.and_then(|declared| declared.owner.as_ref());
    if let Some(named) = named.filter(|_| owners.is_empty()) {
        owners.push(NhiOwner {
            person: None,
            email: Some(named.to_string().into()),
            name: None,
            state: OwnerEmployment::NotKnown,
            since: None,
        });
    }
    owners
}

fn credentials(context: &AccountContext<'_>, now: Timestamp) -> Vec<NhiCredential> {
    let all = context.state.credentials.iter();
    let works = |owned: &OwnedCredential| {
        let mut working = context.working(owned).into_iter();
        working.find(|interval| interval.contains(now))
    };
    let working = all.filter_map(|(uid, owned)| {
        let interval = works(owned)?;
        let created_at = owned.life.creation().map(|(at, _)| at);
        let since = created_at.unwrap_or(interval.from);
        let (last_used, used) = last_use(&[&owned.uses], logged_of(context, owned), now);
        Some(NhiCredential {
            credential: uid.clone(),
            kind: owned.kind.clone(),
            created_at,
            age_days: now.since(since).as_micros() / Span::days(1).as_micros(),
            last_used,
            last_used_at: used.map(|used| used.at),
        })
    });
    working.collect()
}

fn findings(context: &AccountContext<'_>, now: Timestamp) -> Vec<Text> {
    let assessment = assess::account(context.id, context.state, context.policy, now);
    let open = assessment.findings.iter();
    let open = open.filter(|finding| finding.status == Status::Open);
    let mut rules: Vec<Text> = open.map(|finding| finding.rule.as_str().into()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[cfg(test)]
mod tests;
