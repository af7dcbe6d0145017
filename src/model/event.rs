//! An event: what a record says, in the terms of OCSF 1.8 and the lifecycle profile.

use std::fmt;

use super::Text;
use super::fact::Fact;
use super::id::{EventUid, SourceName};
use super::record::Reject;
use super::time::Timestamp;

/// One normalised event. What the record does not state is absent, never a default.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub uid: EventUid,
    pub source: SourceName,
    pub time: Timestamp,
    /// The record was dated further ahead of its receipt than
    /// [`FUTURE_SKEW_MAX_MICROS`](super::limits::FUTURE_SKEW_MAX_MICROS); `time` is the bound.
    pub time_clamped: bool,
    /// OCSF `class_uid`.
    pub class_uid: u32,
    /// OCSF `activity_id` within the class.
    pub activity_id: u8,
    pub outcome: Outcome,
    /// Why it failed, in the vendor's words.
    pub outcome_detail: Option<Text>,
    /// The vendor's action: OCSF `metadata.event_code`.
    pub event_code: Text,
    /// The vendor's own id of the record: OCSF `metadata.original_event_uid`.
    pub vendor_uid: Option<Text>,
    /// OCSF `message`.
    pub message: Option<Text>,
    pub actor: Option<Party>,
    /// The target: OCSF `user`.
    pub user: Option<Party>,
    pub group: Option<Named>,
    /// The application, role, policy or other thing that was acted on: OCSF `resources`/`app`.
    pub resource: Option<Named>,
    /// A real IP address, without a port.
    pub src_ip: Option<Text>,
    pub session_uid: Option<Text>,
    pub user_agent: Option<Text>,
    pub lifecycle: Lifecycle,
    /// OCSF `unmapped`: what the mapping does not read, where the normalizer was asked to keep it.
    pub unmapped: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

/// What one record became.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalized {
    /// Uid of the record: that of its first event, whether it has one or not.
    pub uid: EventUid,
    pub events: Vec<Event>,
    pub facts: Vec<Fact>,
    /// Set where no event could be made of it.
    pub reject: Option<Reject>,
    /// Vendor actions that no mapping names, each normalised as far as it goes.
    pub unmapped: Vec<Text>,
    /// Fields of another type than the mapping expects: absent in the events, and no facts.
    pub mistyped: Vec<Text>,
    /// Ids of the patterns whose secrets were replaced in the record, one for each place.
    pub redacted: Vec<Text>,
}

impl Normalized {
    /// A record of which nothing is known yet.
    pub fn new(uid: EventUid) -> Self {
        Normalized {
            uid,
            events: Vec::new(),
            facts: Vec::new(),
            reject: None,
            unmapped: Vec::new(),
            mistyped: Vec::new(),
            redacted: Vec::new(),
        }
    }
}

/// The `lifecycle` profile: what OCSF lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    pub verb: Option<Verb>,
    /// When it counts, where that differs from when it was recorded.
    pub effective_time: Option<Timestamp>,
    pub ticket: Option<Text>,
    /// The account acted on, or else the actor, is not a person.
    pub nhi: Option<bool>,
    /// The grant as `kind:name`.
    pub entitlement: Option<Text>,
    /// The credential that was made, ended or used.
    pub credential_uid: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    /// The record does not say.
    Unknown,
}

/// Someone who acts or is acted on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Party {
    pub kind: PartyKind,
    pub uid: Option<Text>,
    /// The log-in name.
    pub name: Option<Text>,
    pub full_name: Option<Text>,
    /// As the record writes it.
    pub email: Option<Text>,
    /// A further id, such as an ARN beside the unique id: OCSF `uid_alt`.
    pub alt_uid: Option<Text>,
    /// The credential it acted with.
    pub credential_uid: Option<Text>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartyKind {
    User,
    /// A service principal, bot, API client or workload.
    Service,
    /// The vendor's own system.
    System,
    /// A role session.
    Role,
    #[default]
    Unknown,
}

/// A group, application, role, policy, device or token.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub kind: Text,
    pub uid: Option<Text>,
    pub name: Option<Text>,
}

/// One word of the lifecycle vocabulary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verb(&'static str);

/// The vocabulary of `lifecycle.verb`.
pub const VERBS: &[&str] = &[
    "account.create",
    "account.invite",
    "account.activate",
    "account.suspend",
    "account.deactivate",
    "account.delete",
    "account.reinstate",
    "account.update",
    "account.lock",
    "account.unlock",
    "auth.login",
    "auth.app_login",
    "auth.logout",
    "auth.mfa",
    "group.create",
    "group.update",
    "group.delete",
    "group.member_add",
    "group.member_remove",
    "app.assign",
    "app.unassign",
    "role.grant",
    "role.revoke",
    "role.define",
    "role.change",
    "policy.attach",
    "policy.detach",
    "mfa.enroll",
    "mfa.remove",
    "mfa.reset",
    "mfa.policy_weaken",
    "mfa.policy_strengthen",
    "password.change",
    "password.reset",
    "token.create",
    "token.revoke",
    "token.use",
    "oauth.grant",
    "oauth.revoke",
    "device.enroll",
    "device.unenroll",
    "device.wipe",
    "device.assign",
    "ticket.create",
    "ticket.update",
    "ticket.approve",
    "ticket.reject",
    "ticket.resolve",
    "ticket.close",
    "ticket.reopen",
    "ticket.cancel",
    "hr.hire",
    "hr.transfer",
    "hr.leave_start",
    "hr.leave_end",
    "hr.terminate",
    "hr.rehire",
    "hr.contract_change",
    "hr.snapshot",
    "workflow.start",
    "workflow.step",
    "workflow.succeed",
    "workflow.fail",
    "review.open",
    "review.keep",
    "review.revoke",
    "review.close",
    "impersonation.start",
    "impersonation.end",
];

impl Verb {
    /// `None` where the word is not in the vocabulary.
    pub fn new(word: &str) -> Option<Self> {
        VERBS
            .iter()
            .find(|verb| **verb == word)
            .map(|verb| Verb(verb))
    }

    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Unknown => "unknown",
        }
    }
}
