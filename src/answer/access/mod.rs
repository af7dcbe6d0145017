//! Who had what at a time: accounts, and the grants and credentials on them, that were live.
//!
//! Facts join, so the answer for a time in the past is drawn from all that is known now and dates
//! from then or before: a record that came late is in it. It is the truth about that time as known
//! today, not what anybody knew then.

mod approval;
mod used;

pub use used::LastUsed;
pub(super) use used::{Logged, last_use, logged_of};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Link, actor, evidence};
use crate::assess::AccountContext;
use crate::identity::{Leave, Ownership, Term, leaves};
use crate::model::Text;
use crate::model::fact::{EmploymentKind, GrantName};
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, Employment, LifeHistory, LiveInterval, Owner};
use crate::model::time::Timestamp;

/// What the CLI and the HTTP API give; the order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Access {
    pub as_of: Timestamp,
    /// How many rows there are, given or not.
    pub total: usize,
    /// By identity (those without one last), account, kind and name.
    pub rows: Vec<AccessRow>,
}

/// One account, grant or credential that was live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRow {
    /// Employee id of the one owner.
    pub identity: Option<Text>,
    pub email: Option<Text>,
    pub name: Option<Text>,
    pub link: Link,
    /// Employee ids: of the owner, of those who dispute it, or of those who answer for it.
    pub owners: Vec<Text>,
    pub owner_state: OwnerState,
    pub source: Text,
    /// `source:uid`.
    pub account: Text,
    pub account_name: Option<Text>,
    pub subject: Subject,
    /// Of a grant or a credential: `app`, `role`, `access_key` …; where it is known.
    pub kind: Option<Text>,
    /// Of a grant its name, of a credential its id.
    pub what: Option<Text>,
    /// Whether the grant is privileged; of an account or credential, whether the account held a
    /// privileged grant.
    pub privileged: bool,
    pub since: Timestamp,
    pub granted_by: Option<Text>,
    /// What allowed it: `ticket:ID`, or `review:ID` for a review that kept it.
    pub approval: Option<Text>,
    pub approved_by: Option<Text>,
    pub approved_at: Option<Timestamp>,
    pub last_used: LastUsed,
    /// `null` unless `last_used` is `used`.
    pub last_used_at: Option<Timestamp>,
    pub evidence: Vec<Text>,
}

/// In the order of rows of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Account,
    Grant,
    Credential,
}

/// How the owner was employed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerState {
    Employed,
    /// Their first employment was still to come.
    NotYet,
    Terminated,
    /// Nobody owns it, or several claim it.
    None,
}

/// What `--resource` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource(String);

impl Resource {
    /// A source, a `source:kind:name`, or a part of a name.
    pub fn new(text: &str) -> Self {
        Resource(text.trim().to_lowercase())
    }

    fn matches(&self, context: &AccountContext<'_>, row: &AccessRow) -> bool {
        let asked = self.0.as_str();
        let kind = row.kind.clone().unwrap_or_default();
        let name = row.what.clone().unwrap_or_default();
        let grant = GrantName { kind, name };
        let of_row = row.what.as_ref().or(row.account_name.as_ref());
        let part = |text: &str| text.to_lowercase().contains(asked);
        asked == row.source.as_ref()
            || (row.subject == Subject::Grant && grant.is_named(&context.id.source, asked))
            || of_row.is_some_and(|name| part(name))
            || (row.subject == Subject::Account && part(&row.account))
    }
}

impl OwnerState {
    pub const fn as_str(self) -> &'static str {
        match self {
            OwnerState::Employed => "employed",
            OwnerState::NotYet => "not_yet",
            OwnerState::Terminated => "terminated",
            OwnerState::None => "none",
        }
    }
}

impl Subject {
    pub const fn as_str(self) -> &'static str {
        match self {
            Subject::Account => "account",
            Subject::Grant => "grant",
            Subject::Credential => "credential",
        }
    }
}

impl Access {
    /// Puts rows in order, and gives the first `max` of them.
    pub fn new(as_of: Timestamp, mut rows: Vec<AccessRow>, max: usize) -> Self {
        let key = |row: &AccessRow| {
            let last = row.identity.is_none();
            let (identity, account) = (row.identity.clone(), row.account.clone());
            let (kind, what) = (row.kind.clone(), row.what.clone());
            (last, identity, account, row.subject, kind, what)
        };
        rows.sort_by_cached_key(key);
        let total = rows.len();
        rows.truncate(max);
        Access { as_of, total, rows }
    }
}

/// What was live of one account at `at`; nothing where it is a name or a session. Of an account
/// that was suspended, its credentials: they may still work. `resource` keeps what matches.
pub fn access_of(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    (at, resource): (Timestamp, Option<&Resource>),
) -> Vec<AccessRow> {
    if !state.same_as.is_empty() || state.session {
        return Vec::new();
    }
    // The cheap look first: most accounts of long ago are gone.
    let is_deleted = |context: &AccountContext<'_>| context.live_at(at).is_none();
    let context = AccountContext::new(id, state, policy);
    if is_deleted(&context) && state.credentials.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<AccessRow> = account_row(&context, at).into_iter().collect();
    if context.live_at(at).is_some() {
        rows.extend(grant_rows(&context, at));
    }
    rows.extend(credential_rows(&context, at));
    rows.retain(|row| resource.is_none_or(|asked| asked.matches(&context, row)));
    rows
}

fn account_row(context: &AccountContext<'_>, at: Timestamp) -> Option<AccessRow> {
    let live = context.live_at(at)?;
    let mut row = row(context, (at, live), &context.state.life, Subject::Account);
    row.privileged = context.privileged_at(at);
    approval::of_account(context, (at, live.from), &mut row);
    used::of_account(context, at, &mut row);
    Some(row)
}

fn grant_rows(context: &AccountContext<'_>, at: Timestamp) -> Vec<AccessRow> {
    let grants = context.state.grants.iter();
    let rows = grants.filter_map(|(name, grant)| {
        let intervals = context.granted(grant);
        let live = intervals.iter().find(|live| live.contains(at))?;
        let mut row = row(context, (at, live), &grant.life, Subject::Grant);
        row.kind = Some(name.kind.clone());
        row.what = Some(name.name.clone());
        row.privileged = context.is_privileged(name, grant);
        approval::of_grant(context, name, (at, live.from), &mut row);
        used::of_grant(context, name, at, &mut row);
        Some(row)
    });
    rows.collect()
}

fn credential_rows(context: &AccountContext<'_>, at: Timestamp) -> Vec<AccessRow> {
    let credentials = context.state.credentials.iter();
    let privileged = context.privileged_at(at);
    let rows = credentials.filter_map(|(uid, credential)| {
        let intervals = context.working(credential);
        let live = intervals.iter().find(|live| live.contains(at))?;
        let mut row = row(context, (at, live), &credential.life, Subject::Credential);
        row.kind.clone_from(&credential.kind);
        row.what = Some(uid.clone());
        row.privileged = privileged;
        used::of_credential(context, credential, at, &mut row);
        Some(row)
    });
    rows.collect()
}

/// A row without what only its kind knows.
fn row(
    context: &AccountContext<'_>,
    (at, live): (Timestamp, &LiveInterval),
    life: &LifeHistory,
    subject: Subject,
) -> AccessRow {
    let id = context.id;
    let (owners, owner_state) = owners(context, at);
    let identity = context.identity();
    let mut changes = life.changes().iter();
    let began = changes.find(|change| change.event == live.began_by && change.at == live.from);
    AccessRow {
        email: identity.as_ref().and_then(|it| it.email.clone()),
        name: identity.as_ref().and_then(|it| it.name.clone()),
        identity: identity.map(|it| it.uid),
        link: Link::of(&context.ownership),
        owners,
        owner_state,
        source: id.source.as_str().into(),
        account: id.to_string().into(),
        account_name: context.account().name,
        subject,
        kind: None,
        what: None,
        privileged: false,
        since: live.from,
        granted_by: began.and_then(|change| actor::called(change.actor.as_ref())),
        approval: None,
        approved_by: None,
        approved_at: None,
        last_used: LastUsed::NotKnown,
        last_used_at: None,
        evidence: evidence([live.began_by]),
    }
}

/// Who owns it, disputes it or answers for it, and how they were employed at `at`.
fn owners(context: &AccountContext<'_>, at: Timestamp) -> (Vec<Text>, OwnerState) {
    let all = |people: &[&Owner]| {
        let states = people.iter().map(|owner| employed(&owner.employment, at));
        // One of them who is employed is enough to answer for a machine.
        states.min().unwrap_or(OwnerState::None)
    };
    match &context.ownership {
        Ownership::Person { person, owner, .. } => {
            (vec![person.0.clone()], employed(&owner.employment, at))
        }
        Ownership::Disputed(people) => {
            let people = people.iter().map(|person| person.0.clone());
            (people.collect(), OwnerState::None)
        }
        Ownership::NonHuman(owners) => {
            let answering = owners.iter().filter(|term| term.covers(at));
            let answering: Vec<&Term<'_>> = answering.collect();
            let people = answering.iter().map(|term| term.person.0.clone());
            let people: BTreeSet<Text> = people.collect();
            let owners: Vec<&Owner> = answering.iter().map(|term| &*term.owner).collect();
            (people.into_iter().collect(), all(&owners))
        }
        Ownership::Nobody => (Vec::new(), OwnerState::None),
    }
}

/// A person of whom HR says nothing before `at` was not employed yet.
pub(in crate::answer) fn employed(employment: &Employment, at: Timestamp) -> OwnerState {
    if leaves(employment)
        .iter()
        .any(|leave: &Leave| leave.covers(at))
    {
        return OwnerState::Terminated;
    }
    let hired = employment
        .events()
        .iter()
        .filter(|event| matches!(event.kind, EmploymentKind::Hire | EmploymentKind::Rehire))
        .map(|event| event.effective_at)
        .min();
    // Where no record tells of a hire, they were there before the records began.
    match hired {
        Some(hired) if at < hired => OwnerState::NotYet,
        _ => OwnerState::Employed,
    }
}

#[cfg(test)]
mod tests;
