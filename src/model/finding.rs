//! A finding: one rule's opinion about one subject, with the times at which it was true.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Text;
use super::time::Timestamp;

/// One episode of a rule's condition at a subject, in the form that files, Kafka and webhooks
/// carry. The order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub finding_id: FindingId,
    pub rule: RuleId,
    /// `source:uid` of an account, credential or device, `source:account-uid|kind:name` of a grant,
    /// `ticket:ID`, `workflow:run_id`, `source:NAME`.
    pub subject: Text,
    pub subject_kind: SubjectKind,
    pub status: Status,
    pub severity: Severity,
    /// The owner, holder or subject, where there is exactly one.
    pub identity: Option<IdentityRef>,
    /// `null` for what is no account's.
    pub account: Option<AccountRef>,
    /// When the condition became true, not when it was noticed.
    pub opened_at: Timestamp,
    /// When the condition ended; `null` while it holds.
    pub resolved_at: Option<Timestamp>,
    /// What the clock said when the finding was first noticed.
    pub detected_at: Timestamp,
    pub summary: Text,
    /// What would resolve it.
    pub remedy: Text,
    /// Controls of frameworks that the condition bears on, as `FRAMEWORK:CONTROL`.
    pub controls: Vec<Text>,
    /// Uids of the events that it rests on.
    pub evidence: Vec<Text>,
}

/// Half of SHA-256 over rule, subject and opening time, in hexadecimal: a replay gives the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId([u8; 16]);

/// The rules that this version assesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleId {
    LeaverAccountLive,
    LeaverActivity,
    LeaverCredentialLive,
    OrphanAccount,
    AccountDormant,
    CredentialUnrotated,
    LeaverReinstated,
    LeaverGrantLive,
    ContractExpired,
    NhiOwnerless,
    CredentialUnused,
    GrantUnused,
    AdminStanding,
    AccountShadow,
    DeprovisionFailed,
    MoverGrantRetained,
    WorkflowIncomplete,
    SourceSilent,
    LeaverDeviceHeld,
    GrantUnapproved,
    RevocationUnfulfilled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Resolved,
    /// New facts show that the condition was never true.
    Withdrawn,
    /// The policy accepts it until a date.
    Exempt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    Account,
    Grant,
    Credential,
    Device,
    Ticket,
    Workflow,
    Source,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityRef {
    pub uid: Text,
    pub email: Option<Text>,
    pub name: Option<Text>,
    pub kind: IdentityKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityKind {
    Human,
    Nhi,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRef {
    pub source: Text,
    pub uid: Text,
    pub name: Option<Text>,
}

impl FindingId {
    pub fn new(rule: RuleId, subject: &str, opened_at: Timestamp) -> Self {
        let mut hash = Sha256::new();
        for part in [rule.as_str().as_bytes(), subject.as_bytes()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(opened_at.as_micros().to_be_bytes());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        FindingId(id)
    }
}

impl RuleId {
    pub const ALL: [RuleId; 21] = [
        RuleId::LeaverAccountLive,
        RuleId::LeaverActivity,
        RuleId::LeaverCredentialLive,
        RuleId::OrphanAccount,
        RuleId::AccountDormant,
        RuleId::CredentialUnrotated,
        RuleId::LeaverReinstated,
        RuleId::LeaverGrantLive,
        RuleId::ContractExpired,
        RuleId::NhiOwnerless,
        RuleId::CredentialUnused,
        RuleId::GrantUnused,
        RuleId::AdminStanding,
        RuleId::AccountShadow,
        RuleId::DeprovisionFailed,
        RuleId::MoverGrantRetained,
        RuleId::WorkflowIncomplete,
        RuleId::SourceSilent,
        RuleId::LeaverDeviceHeld,
        RuleId::GrantUnapproved,
        RuleId::RevocationUnfulfilled,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            RuleId::LeaverAccountLive => "leaver-account-live",
            RuleId::LeaverActivity => "leaver-activity",
            RuleId::LeaverCredentialLive => "leaver-credential-live",
            RuleId::OrphanAccount => "orphan-account",
            RuleId::AccountDormant => "account-dormant",
            RuleId::CredentialUnrotated => "credential-unrotated",
            RuleId::LeaverReinstated => "leaver-reinstated",
            RuleId::LeaverGrantLive => "leaver-grant-live",
            RuleId::ContractExpired => "contract-expired",
            RuleId::NhiOwnerless => "nhi-ownerless",
            RuleId::CredentialUnused => "credential-unused",
            RuleId::GrantUnused => "grant-unused",
            RuleId::AdminStanding => "admin-standing",
            RuleId::AccountShadow => "account-shadow",
            RuleId::DeprovisionFailed => "deprovision-failed",
            RuleId::MoverGrantRetained => "mover-grant-retained",
            RuleId::WorkflowIncomplete => "workflow-incomplete",
            RuleId::SourceSilent => "source-silent",
            RuleId::LeaverDeviceHeld => "leaver-device-held",
            RuleId::GrantUnapproved => "grant-unapproved",
            RuleId::RevocationUnfulfilled => "revocation-unfulfilled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        RuleId::ALL.into_iter().find(|rule| rule.as_str() == text)
    }
}

impl Severity {
    pub const ALL: [Severity; 4] = [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
    }

    /// One step up; critical stays.
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Severity::Low => Severity::Medium,
            Severity::Medium => Severity::High,
            Severity::High | Severity::Critical => Severity::Critical,
        }
    }
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Resolved => "resolved",
            Status::Withdrawn => "withdrawn",
            Status::Exempt => "exempt",
        }
    }
}

impl SubjectKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            SubjectKind::Account => "account",
            SubjectKind::Grant => "grant",
            SubjectKind::Credential => "credential",
            SubjectKind::Device => "device",
            SubjectKind::Ticket => "ticket",
            SubjectKind::Workflow => "workflow",
            SubjectKind::Source => "source",
        }
    }
}

impl IdentityKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            IdentityKind::Human => "human",
            IdentityKind::Nhi => "nhi",
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for FindingId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for FindingId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 16]>::deserialize(deserializer).map(FindingId);
        }
        let text = String::deserialize(deserializer)?;
        let digits = u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)?;
        Ok(FindingId(digits.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_depends_on_rule_subject_and_opening_and_survives_json() {
        let at = Timestamp::from_seconds(1);
        let id = FindingId::new(RuleId::OrphanAccount, "okta:1", at);
        assert_eq!(id, FindingId::new(RuleId::OrphanAccount, "okta:1", at));
        assert_ne!(id, FindingId::new(RuleId::AccountDormant, "okta:1", at));
        assert_ne!(id, FindingId::new(RuleId::OrphanAccount, "okta:2", at));
        assert_ne!(
            id,
            FindingId::new(RuleId::OrphanAccount, "okta:1", Timestamp::MIN)
        );
        let json = serde_json::to_string(&id).expect("json");
        assert_eq!(serde_json::from_str::<FindingId>(&json).expect("id"), id);
    }

    #[test]
    fn the_name_of_a_rule_is_its_serialised_form() {
        for rule in RuleId::ALL {
            let json = serde_json::to_string(&rule).expect("json");
            assert_eq!(json, format!("\"{}\"", rule.as_str()));
            assert_eq!(RuleId::parse(rule.as_str()), Some(rule));
        }
    }
}
