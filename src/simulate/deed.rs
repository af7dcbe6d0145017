//! What happens in a simulated company, in words that no vendor owns.
//!
//! One deed is one record of one log. It says what the record states and nothing that the record
//! does not: whoever judges by deeds knows as much as whoever reads all logs, whatever the order
//! in which they arrive.

use crate::model::Text;
use crate::model::time::Timestamp;

/// Places in [`Cast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonNo(pub usize);
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountNo(pub usize);
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialNo(pub usize);
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceNo(pub usize);

/// Everybody and everything that deeds are about, with what never changes about them.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub persons: Vec<Person>,
    pub accounts: Vec<Account>,
    pub credentials: Vec<Credential>,
    pub devices: Vec<Device>,
}

#[derive(Clone, Debug)]
pub struct Person {
    /// `E1001`.
    pub employee_id: Text,
    pub name: Text,
}

/// An account as its source knows it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The namespace of accounts: `okta`, `entra`, `github`, …
    pub source: Text,
    /// As in the subject of a finding, after `source:`.
    pub uid: Text,
    /// What people call it: a log-in or a user name.
    pub name: Text,
    /// The address that every record that is about the account, or by it, states. A source whose
    /// records state none has `None`.
    pub email: Option<Text>,
    /// Every record about it, or by it, marks it as no person's (a service principal, a bot).
    pub marked_non_human: bool,
    /// A session of a role: an actor and no account. Its uid ends in the address.
    pub session: bool,
}

#[derive(Clone, Debug)]
pub struct Credential {
    pub account: AccountNo,
    /// As in the subject of a finding, after `source:`.
    pub uid: Text,
    /// `access_key`, `api_token`, `personal_access_token`, `ssh_key`, …
    pub kind: Text,
}

#[derive(Clone, Debug)]
pub struct Device {
    /// The log that tells of it: `jamf_pro`, `intune`, …
    pub source: Text,
    /// As in the subject of a finding, after `source:`.
    pub uid: Text,
    pub name: Text,
}

/// A record, before it has a format.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The log that tells of it: `hris`, `okta`, `entra_signin`, `aws_cloudtrail`, …
    pub log: &'static str,
    /// The event time that the record states; whole milliseconds. Of HR records `effective_at` is
    /// in the deed; this is the time at which HR wrote it down.
    pub at: Timestamp,
    pub actor: Actor,
    pub act: Act,
    /// An attempt that failed. A failure is no use, no sighting and no change; that it failed to
    /// end an account counts.
    pub failed: bool,
}

/// Who did it, as the record states it. An account that acts with success is used thereby, and
/// seen, and states its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Account(AccountNo),
    /// The vendor's own system, or nobody stated.
    System,
}

/// An account to which something is granted or of which something is revoked, whose credential is
/// made or ended, or of which something is stated, is a target: a success is a sighting of it, and
/// the record states its address. That Okta's token ended is said without its account. Tickets,
/// workflows, reviews and devices see no account.
#[derive(Clone, Debug)]
pub enum Act {
    Hr(Hr),
    /// A change of an account's life. The account is the target; it is seen thereby, if it succeeds.
    Life {
        account: AccountNo,
        change: Life,
    },
    /// The actor signs in, to an application if there is one.
    SignIn {
        application: Option<Text>,
    },
    /// The actor does something that changes nothing here. With which credential, where the record
    /// states one: that is a use of the credential too.
    Work {
        credential: Option<CredentialNo>,
    },
    /// The actor logs out: a sighting with its address, and no use.
    LogOut,
    Grant {
        account: AccountNo,
        grant: Grant,
    },
    Revoke {
        account: AccountNo,
        grant: Grant,
    },
    CredentialCreate {
        credential: CredentialNo,
    },
    /// Revoked, deleted or made inactive.
    CredentialEnd {
        credential: CredentialNo,
    },
    /// The record states that the account is this identifier's: SAML NameID, SCIM externalId.
    States {
        account: AccountNo,
        email: Text,
    },
    Device {
        device: DeviceNo,
        change: DeviceChange,
    },
    Ticket(Ticket),
    Workflow(Workflow),
    Review {
        id: Text,
        account: AccountNo,
        /// `None`: the whole account.
        grant: Option<Grant>,
        keep: bool,
    },
    Listed(Box<Listed>),
}

#[derive(Clone, Debug)]
pub struct Hr {
    pub id: Text,
    pub person: PersonNo,
    pub kind: HrKind,
    pub effective_at: Timestamp,
    pub email: Text,
    pub previous_emails: Vec<Text>,
    pub department: Text,
    pub title: Text,
    /// Employee id.
    pub manager: Option<Text>,
    /// employee, contractor, intern.
    pub employment_type: Text,
    /// What the record's `contract_end` says: a time, or `null` (no end). It is always stated.
    pub contract_end: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HrKind {
    Hire,
    Transfer,
    LeaveStart,
    LeaveEnd,
    Terminate,
    Rehire,
    ContractChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Create,
    Activate,
    /// Became a member of an organisation: the account may have been there before, otherwise.
    Join,
    Suspend,
    Reinstate,
    Deactivate,
    /// Is no member any more: what was granted to it there ends, its credentials do not.
    Remove,
    Delete,
    /// Locked and unlocked by itself: changes nothing.
    Lock,
    Unlock,
}

/// Something that an account may use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// group, team, app, role, policy, oauth.
    pub kind: Text,
    pub name: Text,
    /// By the source's own word: rules.md's list of privileged roles.
    pub privileged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    Enrolled {
        holder: Text,
    },
    /// Handed to whom the record names by address.
    Assigned {
        holder: Text,
    },
    Unenrolled {
        holder: Text,
    },
    Wiped {
        holder: Text,
    },
}

#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: Text,
    pub change: TicketChange,
    pub kind: TicketKind,
    /// Addresses.
    pub requester: Text,
    pub approver: Option<Text>,
    pub subject: Subject,
    /// With the source in which each is.
    pub grants: Vec<(Text, Grant)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Email(Text),
    Account(AccountNo),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketChange {
    Created,
    Approved,
    Rejected,
    /// As done, or declined.
    Resolved {
        done: bool,
    },
    Closed {
        done: bool,
    },
    Reopened,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketKind {
    AccessRequest,
    Onboarding,
    Offboarding,
    Revocation,
    Other,
}

#[derive(Clone, Debug)]
pub struct Workflow {
    pub run: Text,
    pub name: Text,
    pub retry_of: Option<Text>,
    /// An address.
    pub subject: Text,
    pub change: WorkflowChange,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowChange {
    Started,
    /// A step that is to end an account (`failed` of the deed says whether it did).
    EndAccount {
        account: AccountNo,
    },
    Succeeded,
    Failed,
}

/// One account in a full listing as of the deed's time.
#[derive(Clone, Debug)]
pub struct Listed {
    pub account: AccountNo,
    pub live: bool,
    pub created_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// Each with since when it is there, where the listing says so.
    pub grants: Vec<(Grant, Option<Timestamp>)>,
    /// Each with when it was made and last used.
    pub credentials: Vec<(CredentialNo, Option<Timestamp>, Option<Timestamp>)>,
}
