//! Facts: small immutable statements with an event time, each about one home.
//!
//! A fact says what happened, never what to conclude. Facts only join (`state`), so a fact that
//! arrives twice, late, or on another day in another order leads to the same state.

mod actor;
mod answer;
mod device;
mod review;
mod ticket;
mod workflow;

pub use actor::Actor;
pub use answer::{AnswerChange, AnswerTold, Charge};
pub use device::{DeviceEvent, DeviceEventKind, DeviceTold, Through, Whom};
pub use review::{Decision, FailedEnd, GrantReview, Review};
pub use ticket::{TicketEvent, TicketEventKind, TicketFact, TicketTold};
pub use workflow::{
    RetryEvent, StepOutcome, WorkflowEvent, WorkflowEventKind, WorkflowFact, WorkflowStep,
};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Text;
use super::id::{
    AccountId, CredentialId, DeviceId, EventUid, Identifier, Key, Partition, PersonId, RunId,
    SourceName, TicketId,
};
use super::state::{AccountState, Employment, LifeHistory, PersonState, Selves};
use super::time::Timestamp;

/// A fact and its home in one value, so that a fact cannot reach a home of another kind. What is
/// large and rare is boxed: facts are moved in great numbers, and nearly all of them are uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    Account(AccountId, AccountFact),
    Person(PersonId, PersonFact),
    Identifier(Identifier, IdentifierFact),
    Credential(CredentialId, CredentialFact),
    Ticket(TicketId, TicketFact),
    Device(DeviceId, Box<DeviceEvent>),
    Workflow(RunId, WorkflowFact),
    Source(SourceName, Delivered),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccountFact {
    /// It exists: it acted with success, or a successful change was made to it.
    Seen {
        at: Timestamp,
        event: EventUid,
    },
    /// What it is called. The newest of each is shown; all of them are names in policies.
    Named {
        at: Timestamp,
        name: Option<Text>,
        email: Option<Text>,
    },
    /// Its life changed.
    Life(LifeChange),
    /// It signed in or acted, with success. Never a failed attempt, a logout, or being a target.
    Used(AccountUse),
    Granted(GrantChange),
    Credential(CredentialChange),
    /// The source itself marks it as no person's.
    NonHuman,
    /// It is a session of a role: an actor, and no account of its own.
    Session,
    /// A record says that this identifier is its owner's.
    Claims {
        identifier: Identifier,
        reason: LinkReason,
        at: Timestamp,
    },
    /// The source names one account in two ways (a user name and an immutable id): this home's
    /// facts belong to `account`.
    SameAs {
        account: AccountId,
    },
    /// From an alias' home: all that it holds.
    Absorbed(Box<AccountState>),
    /// From a person's home: who owns the account, and how they are employed.
    Employed(OwnerPush),
    /// A listing says that it was used then. A use, and no sighting: what a listing tells of the
    /// past is older than our knowledge of the account.
    ListedUse(AccountUse),
    Reviewed(Box<GrantReview>),
    /// An attempt to end it failed.
    EndFailed(FailedEnd),
    /// Somebody answers for it, who does not own it: the sponsor of a guest, the owner of a
    /// non-human identity.
    Answers(Box<AnswerChange>),
    /// From the home of an account that this one answers for.
    AnswersFor(Charge),
    /// From the home of the account of somebody who answers for it.
    Answer(Box<AnswerTold>),
    /// From a device's home: it is named as its holder.
    Device(Box<DeviceTold>),
    /// A ticket that names it, or (by way of a person's home) its owner.
    Ticket {
        told: Box<TicketTold>,
        through: Option<PersonId>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PersonFact {
    Employment(Box<EmploymentEvent>),
    /// From an identifier's home: an account that claims one of the person's identifiers.
    Account {
        account: AccountId,
        identifier: Identifier,
        reason: LinkReason,
        at: Timestamp,
    },
    /// From an account's home: how its life went.
    AccountLife {
        account: AccountId,
        life: LifeHistory,
    },
    /// From an account's home, where the person has to judge whose it is: what tells that.
    AccountWhose {
        account: AccountId,
        whose: Box<AccountState>,
    },
    /// A device that names one of their accounts or identifiers as its holder.
    Device {
        told: Box<DeviceTold>,
        through: Through,
    },
    /// From an identifier's home: a ticket names it.
    Ticket(Box<TicketTold>),
    /// From an identifier's home: others have it as well.
    Shared {
        identifier: Identifier,
        persons: BTreeSet<PersonId>,
    },
    /// The other employee id is the same person's.
    SameAs {
        person: PersonId,
        reason: LinkReason,
        at: Timestamp,
    },
    /// From the home of another id that is, or once was said to be, the same person's: all that
    /// it holds by itself.
    Other {
        person: PersonId,
        state: Box<PersonState>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IdentifierFact {
    Person {
        person: PersonId,
    },
    Account {
        account: AccountId,
        reason: LinkReason,
        at: Timestamp,
    },
    /// From a device's home: it is named as its holder.
    Device(Box<DeviceTold>),
    /// From a ticket's home: it is named as whom it concerns.
    Ticket(Box<TicketTold>),
}

/// For records that name a credential without its account: its home knows the owner, or waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CredentialFact {
    Owner { account: AccountId },
    Change(CredentialChange),
}

/// A source delivered records, of which this is the newest. Stated once a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delivered {
    pub at: Timestamp,
    pub event: EventUid,
}

/// Why an account is thought to be somebody's. The policy's word beats a source's; apart from
/// that the reasons do not outrank each other, and two people make a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkReason {
    /// `[[link]]` or `[[nhi]]` of the policy.
    Policy,
    /// An identifier that the source states (SCIM externalId, SAML NameID, employee id, role
    /// session name).
    Stated,
    /// The same e-mail address.
    Email,
    /// An identity provider's event names the user as provisioned into the application.
    Provisioned,
    /// They answer for the account, and do not own it.
    Answers,
    /// Their address is the account's without its `+tag`. It counts where the policy says that both
    /// are one.
    Alias,
}

impl LinkReason {
    /// As answers and metrics call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            LinkReason::Policy => "policy",
            LinkReason::Stated => "stated",
            LinkReason::Email => "email",
            LinkReason::Provisioned => "provisioned",
            LinkReason::Answers => "answers",
            LinkReason::Alias => "alias",
        }
    }
}

/// A change of an account's or a credential's life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LifeChange {
    pub at: Timestamp,
    pub kind: LifeKind,
    pub event: EventUid,
    /// Who did it, where the record says so.
    pub actor: Option<Actor>,
}

/// In the order in which changes of one instant count: the one that ends comes last and wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LifeKind {
    Created,
    /// A listing says that it was made then. Not a sighting, and a logged creation beats it.
    ListedSince,
    Activated,
    /// It became a member of what the log is about. It may have been there before, otherwise.
    Joined,
    Reinstated,
    /// It lives as of then, says a listing. Nothing need have happened then, so a repeat means
    /// nothing; what had ended before lives again.
    Listed,
    /// It does not live as of then, says a listing.
    ListedEnded,
    Suspended,
    Deactivated,
    /// It is no member any more: what was granted to it there ends, its credentials do not.
    Removed,
    Deleted,
}

/// One use. Kept in great numbers: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    pub at: Timestamp,
    pub event: EventUid,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountUse {
    pub this: Use,
    /// The application signed in to.
    pub application: Option<Text>,
    /// The credential used.
    pub credential: Option<Text>,
}

/// A grant's name within its account: `kind` is group, team, app, role, policy or oauth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantName {
    pub kind: Text,
    pub name: Text,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantChange {
    pub grant: GrantName,
    pub privileged: bool,
    pub change: LifeChange,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialChange {
    /// Unique at its source: `AKIA…`, a token's id.
    pub credential: Text,
    /// `api_token`, `access_key`, `personal_access_token`, `ssh_key` …; where the record says.
    pub kind: Option<Text>,
    pub change: LifeChange,
}

/// What the HR source recorded about a worker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmploymentEvent {
    /// When it counts.
    pub effective_at: Timestamp,
    /// When HR wrote it down.
    pub recorded_at: Timestamp,
    pub kind: EmploymentKind,
    pub event: EventUid,
    pub worker: Worker,
}

/// In the order in which events of one instant count: a termination comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EmploymentKind {
    Hire,
    Rehire,
    Transfer,
    LeaveStart,
    LeaveEnd,
    ContractChange,
    SnapshotEmployed,
    SnapshotTerminated,
    Terminate,
}

/// The worker as one HR record states them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Worker {
    pub name: Option<Text>,
    pub email: Option<Text>,
    pub previous_emails: Vec<Text>,
    pub department: Option<Text>,
    pub title: Option<Text>,
    pub manager_id: Option<Text>,
    pub employment_type: Option<Text>,
    pub contract_end: ContractEnd,
}

/// A contract's end as one record has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ContractEnd {
    /// The record says nothing about it.
    #[default]
    Unstated,
    /// `null`: the contract has no end (any more).
    Open,
    At(Timestamp),
}

/// What a person's home tells an account's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnerPush {
    pub person: PersonId,
    /// The identifier that the account claims, why, and the event time of the earliest record by
    /// which it does. `None` where the account is linked to another id of the same person.
    pub via: Option<(Identifier, LinkReason, Timestamp)>,
    /// Ids that are the same person's.
    pub same_as: Selves,
    pub employment: Employment,
}

impl Fact {
    /// Where the fact lives.
    pub fn home(&self) -> Key {
        match self {
            Fact::Account(id, _) => Key::Account(id.clone()),
            Fact::Person(id, _) => Key::Person(id.clone()),
            Fact::Identifier(id, _) => Key::Identifier(id.clone()),
            Fact::Credential(id, _) => Key::Credential(id.clone()),
            Fact::Ticket(id, _) => Key::Ticket(id.clone()),
            Fact::Device(id, _) => Key::Device(id.clone()),
            Fact::Workflow(id, _) => Key::Workflow(id.clone()),
            Fact::Source(name, _) => Key::Source(name.clone()),
        }
    }
}

impl Fact {
    /// The length of the longest name in it that becomes a key, here or at another home.
    pub fn id_bytes(&self) -> usize {
        let of_account = |id: &AccountId| id.uid.len();
        let of_identifier = |id: &Identifier| match id {
            Identifier::Email(text) | Identifier::EmployeeId(text) => text.len(),
        };
        let text = |text: &Option<Text>| text.as_ref().map_or(0, |text| text.len());
        match self {
            Fact::Account(id, fact) => of_account(id).max(match fact {
                AccountFact::Named { name, email, .. } => text(name).max(text(email)),
                AccountFact::Claims { identifier, .. } => of_identifier(identifier),
                AccountFact::SameAs { account } => of_account(account),
                AccountFact::Answers(answers) => match &answers.whom {
                    Whom::Account(id) => of_account(id),
                    Whom::Identifier(id) => of_identifier(id),
                },
                AccountFact::Used(by) | AccountFact::ListedUse(by) => {
                    text(&by.credential).max(text(&by.application))
                }
                AccountFact::Reviewed(reviewed) => reviewed
                    .grant
                    .as_ref()
                    .map_or(0, |grant| grant.kind.len() + grant.name.len()),
                AccountFact::Granted(change) => change.grant.kind.len() + change.grant.name.len(),
                AccountFact::Credential(change) => change.credential.len(),
                _ => 0,
            }),
            Fact::Person(id, PersonFact::SameAs { person, .. }) => id.0.len().max(person.0.len()),
            Fact::Person(id, _) => id.0.len(),
            Fact::Identifier(id, IdentifierFact::Person { person }) => {
                of_identifier(id).max(person.0.len())
            }
            Fact::Identifier(id, IdentifierFact::Account { account, .. }) => {
                of_identifier(id).max(of_account(account))
            }
            Fact::Identifier(id, _) => of_identifier(id),
            Fact::Credential(id, _) => id.uid.len(),
            Fact::Ticket(id, TicketFact::Event(event)) => id.0.len().max(text(&event.subject)),
            Fact::Ticket(id, TicketFact::Account { .. }) => id.0.len(),
            Fact::Device(id, event) => id.uid.len().max(match &event.holder {
                Some(Whom::Account(id)) => of_account(id),
                Some(Whom::Identifier(id)) => of_identifier(id),
                None => 0,
            }),
            Fact::Workflow(id, fact) => id.0.len().max(match fact {
                WorkflowFact::Event(event) => event.retry_of.as_ref().map_or(0, |run| run.0.len()),
                WorkflowFact::Retry(retry) => retry.run.0.len(),
            }),
            Fact::Source(name, _) => name.as_str().len(),
        }
    }

    /// The partition of its home.
    pub fn partition(&self) -> Partition {
        match self {
            Fact::Account(id, _) => id.partition(),
            Fact::Person(id, _) => id.partition(),
            Fact::Identifier(id, _) => id.partition(),
            Fact::Credential(id, _) => id.partition(),
            Fact::Ticket(id, _) => id.partition(),
            Fact::Device(id, _) => id.partition(),
            Fact::Workflow(id, _) => id.partition(),
            Fact::Source(name, _) => name.partition(),
        }
    }
}

impl GrantName {
    /// Whether `source:kind:name` means this grant at `source`. Teams match with and without their
    /// organisation.
    pub fn is_named(&self, source: &SourceName, text: &str) -> bool {
        let mut parts = text.splitn(3, ':');
        let (Some(at), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_lowercase();
        let one_is_bare = !name.contains('/') || !self.name.contains('/');
        let same = name.eq_ignore_ascii_case(&self.name)
            || (kind == "team" && one_is_bare && bare(name) == bare(&self.name));
        at == source.as_str() && kind == &*self.kind && same
    }
}

impl LifeKind {
    /// Whether what it happens to is live afterwards.
    pub const fn live_after(self) -> bool {
        matches!(
            self,
            LifeKind::Created
                | LifeKind::ListedSince
                | LifeKind::Activated
                | LifeKind::Joined
                | LifeKind::Reinstated
                | LifeKind::Listed
        )
    }

    /// Whether somebody or something ended it just then.
    pub const fn ends(self) -> bool {
        matches!(
            self,
            LifeKind::Suspended | LifeKind::Deactivated | LifeKind::Removed | LifeKind::Deleted
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_cheap_to_move() {
        assert!(size_of::<Fact>() <= 160, "{} bytes", size_of::<Fact>());
    }
}
