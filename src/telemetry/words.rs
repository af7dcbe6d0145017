//! The closed sets of values that labels have.

use crate::model::id::Key;

/// What facts are about and homes are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeKind {
    Account,
    Person,
    Identifier,
    Credential,
    Ticket,
    Device,
    Workflow,
    Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingChange {
    Opened,
    Resolved,
    Withdrawn,
    Exempted,
}

/// How an attempt to deliver to a webhook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    /// It will be tried again.
    Failed,
    /// It will not: the receiver refused it for good, or it was tried too often.
    GivenUp,
}

/// Whether a leaver's last account ended before the deadline of `leaver-account-live`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deprovisioned {
    InTime,
    Late,
}

impl Deprovisioned {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Deprovisioned::InTime => "in_time",
            Deprovisioned::Late => "late",
        }
    }
}

impl HomeKind {
    pub const ALL: [HomeKind; 8] = [
        HomeKind::Account,
        HomeKind::Person,
        HomeKind::Identifier,
        HomeKind::Credential,
        HomeKind::Ticket,
        HomeKind::Device,
        HomeKind::Workflow,
        HomeKind::Source,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            HomeKind::Account => "account",
            HomeKind::Person => "person",
            HomeKind::Identifier => "identifier",
            HomeKind::Credential => "credential",
            HomeKind::Ticket => "ticket",
            HomeKind::Device => "device",
            HomeKind::Workflow => "workflow",
            HomeKind::Source => "source",
        }
    }
}

impl From<&Key> for HomeKind {
    fn from(key: &Key) -> Self {
        match key {
            Key::Account(_) => HomeKind::Account,
            Key::Person(_) => HomeKind::Person,
            Key::Identifier(_) => HomeKind::Identifier,
            Key::Credential(_) => HomeKind::Credential,
            Key::Ticket(_) => HomeKind::Ticket,
            Key::Device(_) => HomeKind::Device,
            Key::Workflow(_) => HomeKind::Workflow,
            Key::Source(_) => HomeKind::Source,
        }
    }
}

impl FindingChange {
    pub const ALL: [FindingChange; 4] = [
        FindingChange::Opened,
        FindingChange::Resolved,
        FindingChange::Withdrawn,
        FindingChange::Exempted,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            FindingChange::Opened => "opened",
            FindingChange::Resolved => "resolved",
            FindingChange::Withdrawn => "withdrawn",
            FindingChange::Exempted => "exempted",
        }
    }
}

impl Delivery {
    pub const fn as_str(self) -> &'static str {
        match self {
            Delivery::Delivered => "delivered",
            Delivery::Failed => "failed",
            Delivery::GivenUp => "given_up",
        }
    }
}
