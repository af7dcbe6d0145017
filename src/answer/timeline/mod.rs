//! One identity across all sources, in order of event time.

mod accounts;
mod people;
mod things;

use serde::{Deserialize, Serialize};

use super::dossier::{Dossier, Names};
use super::{Link, evidence};
use crate::assess;
use crate::identity::ownership;
use crate::model::Text;
use crate::model::finding::{Finding, IdentityKind, IdentityRef, Severity, Status};
use crate::model::id::{AccountId, EventUid};
use crate::model::limits::TIMELINE_ENTRIES_MAX;
use crate::model::policy::Policy;
use crate::model::time::Timestamp;

/// What the CLI and the HTTP API give; the order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// `null` where the accounts are no one person's and no machine's.
    pub identity: Option<IdentityRef>,
    /// The time as of which findings are assessed.
    pub now: Timestamp,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// When they were employed, as HR has it.
    pub employment: Vec<Bar>,
    pub accounts: Vec<AccountLane>,
    /// Ascending in time.
    pub entries: Vec<Entry>,
    /// Earlier entries beyond the limit of one answer.
    pub left_out: usize,
}

/// `[from, until)`; without an end it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
}

/// One account in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountLane {
    /// `source:uid`.
    pub account: Text,
    pub source: Text,
    pub name: Option<Text>,
    pub link: Link,
    /// Employee ids: of the owner, of those who dispute it, or of those who answer for it.
    pub owners: Vec<Text>,
    pub live: Vec<Bar>,
    /// Days with a use, as far as they are kept.
    pub used: Vec<UsedDay>,
}

/// The first and the last use of one day, UTC, as far as uses are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedDay {
    pub first: Timestamp,
    pub last: Timestamp,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// `employment`, the account's or device's source, `tickets`, `workflows` or `findings`.
    pub lane: Text,
    pub kind: EntryKind,
    /// What it happened to: the employee id, `source:uid`, `ticket:ID`, …
    pub subject: Text,
    pub text: Text,
    /// Who did it, where the record says so.
    pub by: Option<Text>,
    /// Of a finding.
    pub severity: Option<Severity>,
    /// Uids of the events that it rests on.
    pub evidence: Vec<Text>,
}

/// In the order in which entries of one instant stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    Hired,
    Rehired,
    Moved,
    LeaveStarted,
    LeaveEnded,
    ContractChanged,
    Employed,
    Terminated,
    FirstSeen,
    Created,
    Activated,
    Reinstated,
    Listed,
    Linked,
    Disputed,
    Granted,
    CredentialCreated,
    FirstUse,
    UseAfterTermination,
    LastUse,
    CredentialLastUse,
    Reviewed,
    Suspended,
    Deactivated,
    ListedEnded,
    Revoked,
    CredentialEnded,
    EndFailed,
    Deleted,
    DeviceEnrolled,
    DeviceAssigned,
    DeviceUnenrolled,
    DeviceWiped,
    TicketCreated,
    TicketApproved,
    TicketRejected,
    TicketResolved,
    TicketClosed,
    TicketReopened,
    TicketCancelled,
    WorkflowStarted,
    WorkflowStep,
    WorkflowSucceeded,
    WorkflowFailed,
    FindingResolved,
    FindingOpened,
}

/// Which entries are wanted: those of `[from, to]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Window {
    fn contains(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// Tells all that the dossier holds, with the findings as of `now`.
pub fn timeline(dossier: &Dossier, policy: &Policy, now: Timestamp, window: Window) -> Timeline {
    let mut entries = Vec::new();
    if let Some((id, state)) = &dossier.person {
        people::tell(id, &state.employment, &mut entries);
    }
    for (id, state) in &dossier.accounts {
        accounts::tell(id, state, policy, &mut entries);
    }
    for (id, state) in &dossier.claimed {
        accounts::tell_claim(id, state, policy, &mut entries);
    }
    let names = dossier.names();
    things::tell(dossier, &names, &mut entries);
    for finding in findings(dossier, policy, now) {
        tell_finding(&finding, &mut entries);
    }
    entries.retain(|entry| window.contains(entry.at));
    entries.sort_by(|a, b| key(a).cmp(&key(b)));
    entries.dedup();
    let left_out = entries.len().saturating_sub(TIMELINE_ENTRIES_MAX);
    entries.drain(..left_out);
    let employment = dossier.person.as_ref();
    Timeline {
        identity: dossier.identity().or_else(|| machine(dossier, policy)),
        now,
        from: window.from,
        to: window.to,
        employment: employment.map_or_else(Vec::new, |(_, state)| people::bars(&state.employment)),
        accounts: dossier
            .accounts
            .iter()
            .chain(&dossier.claimed)
            .map(|(id, state)| accounts::lane(id, state, policy))
            .collect(),
        entries,
        left_out,
    }
}

fn key(entry: &Entry) -> (Timestamp, EntryKind, &Text, &Text, &Text, &[Text]) {
    (
        entry.at,
        entry.kind,
        &entry.lane,
        &entry.subject,
        &entry.text,
        &entry.evidence,
    )
}

/// The identity that is no person: one account that is a machine's.
fn machine(dossier: &Dossier, policy: &Policy) -> Option<IdentityRef> {
    let mut accounts = dossier.accounts.iter();
    let (id, state) = accounts.next().filter(|_| accounts.len() == 0)?;
    (Link::of(&ownership(id, state, policy)) == Link::NonHuman).then(|| IdentityRef {
        uid: id.to_string().into(),
        email: state.email().cloned(),
        name: state.name().cloned(),
        kind: IdentityKind::Nhi,
    })
}

/// What rules say of the identity's accounts, devices, tickets and runs, each finding once.
pub fn findings(dossier: &Dossier, policy: &Policy, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((id, state)) = &dossier.person {
        findings.extend(assess::person(id, state, policy, now).findings);
    }
    for (id, state) in &dossier.accounts {
        findings.extend(assess::account(id, state, policy, now).findings);
    }
    // Of what they answer for; what they only claim is told where it belongs.
    for (id, state) in &dossier.claimed {
        if Link::of(&ownership(id, state, policy)) == Link::NonHuman {
            findings.extend(assess::account(id, state, policy, now).findings);
        }
    }
    for (id, state) in &dossier.tickets {
        findings.extend(assess::ticket(id, state, policy, now).findings);
    }
    for (id, state) in &dossier.workflows {
        findings.extend(assess::workflow(id, state, policy, now).findings);
    }
    findings.sort_by_key(|finding| (finding.opened_at, finding.rule, finding.finding_id));
    findings.dedup_by_key(|finding| finding.finding_id);
    findings
}

fn tell_finding(finding: &Finding, entries: &mut Vec<Entry>) {
    let exempt = if finding.status == Status::Exempt {
        " (exempt by policy)"
    } else {
        ""
    };
    let opened = Entry {
        at: finding.opened_at,
        lane: "findings".into(),
        kind: EntryKind::FindingOpened,
        subject: finding.subject.clone(),
        text: format!("{}{exempt}: {}", finding.rule, finding.summary).into(),
        by: None,
        severity: Some(finding.severity),
        evidence: finding.evidence.clone(),
    };
    if let Some(resolved_at) = finding.resolved_at {
        entries.push(Entry {
            at: resolved_at,
            kind: EntryKind::FindingResolved,
            text: format!("{} resolved", finding.rule).into(),
            ..opened.clone()
        });
    }
    entries.push(opened);
}

/// An entry of a source's lane about an account.
fn about(
    id: &AccountId,
    (at, event): (Timestamp, EventUid),
    kind: EntryKind,
    text: impl Into<Text>,
) -> Entry {
    Entry {
        at,
        lane: id.source.as_str().into(),
        kind,
        subject: id.to_string().into(),
        text: text.into(),
        by: None,
        severity: None,
        evidence: evidence([event]),
    }
}

#[cfg(test)]
mod tests;
