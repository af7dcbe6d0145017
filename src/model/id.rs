//! Names of things: typed, so that a person's id is never taken for an account's.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Text;
use super::limits::PARTITIONS;

/// A source as users name it: `okta`, or `okta@eu` where there are several tenants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceName(Text);

/// A login at one source: `source:uid`. `source` is the account namespace, which several log
/// sources may share (`entra`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId {
    pub source: SourceName,
    pub uid: Text,
}

/// A token, key or secret: `source:uid`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CredentialId {
    pub source: SourceName,
    pub uid: Text,
}

/// A person, by the employee id of the HR source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub Text);

/// A ticket of any desk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketId(pub Text);

/// A device under management: `source:uid`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId {
    pub source: SourceName,
    pub uid: Text,
}

/// A run of a lifecycle workflow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub Text);

/// What accounts and people can have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Identifier {
    /// Lower-cased: addresses are compared case-insensitively.
    Email(Text),
    EmployeeId(Text),
}

/// Deterministic name of an event: the first half of SHA-256 over its source, its raw bytes and
/// its place in the record. A record that is delivered again yields the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventUid(pub [u8; 16]);

/// The home of a fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    Account(AccountId),
    Person(PersonId),
    Identifier(Identifier),
    Credential(CredentialId),
    Ticket(TicketId),
    Device(DeviceId),
    Workflow(RunId),
    Source(SourceName),
}

/// One of the fixed logical partitions of the key space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub u16);

/// Names of accounts that several logs share, with the logs. Mappings say the same; policies are
/// read without them.
const SHARED_ACCOUNTS: &[(&str, &[&str])] = &[
    (
        "entra",
        &[
            "azure_activity",
            "entra_audit",
            "entra_risk",
            "entra_signin",
            "intune",
            "m365_audit",
        ],
    ),
    ("zoom", &["zoom_operation"]),
];

impl SourceName {
    pub fn new(name: impl AsRef<str>) -> Self {
        SourceName(Text::from(name.as_ref()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that chooses the mapping: `okta` of `okta@eu`.
    pub fn base(&self) -> &str {
        self.0.split('@').next().unwrap_or(&self.0)
    }

    /// The name under which the log's accounts are kept: several logs tell of those of Entra.
    #[must_use]
    pub fn accounts(&self) -> SourceName {
        let shared = SHARED_ACCOUNTS
            .iter()
            .find(|(_, logs)| logs.contains(&self.base()));
        match (shared, self.instance()) {
            (None, _) => self.clone(),
            (Some((accounts, _)), None) => SourceName::new(accounts),
            (Some((accounts, _)), Some(instance)) => {
                SourceName::new(format!("{accounts}@{instance}"))
            }
        }
    }

    /// The part that tells tenants apart: `eu` of `okta@eu`.
    pub fn instance(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, instance)| instance)
    }
}

impl AccountId {
    pub fn new(source: &SourceName, uid: impl AsRef<str>) -> Self {
        AccountId {
            source: source.clone(),
            uid: Text::from(uid.as_ref()),
        }
    }

    /// Reads `source:uid`; the uid may hold further colons.
    pub fn parse(text: &str) -> Option<Self> {
        let (source, uid) = text.split_once(':')?;
        (!source.is_empty() && !uid.is_empty())
            .then(|| AccountId::new(&SourceName::new(source), uid))
    }
}

impl CredentialId {
    pub fn new(source: &SourceName, uid: impl AsRef<str>) -> Self {
        CredentialId {
            source: source.clone(),
            uid: Text::from(uid.as_ref()),
        }
    }
}

impl PersonId {
    pub fn new(id: impl AsRef<str>) -> Self {
        PersonId(Text::from(id.as_ref()))
    }
}

impl TicketId {
    pub fn new(id: impl AsRef<str>) -> Self {
        TicketId(Text::from(id.as_ref()))
    }
}

impl DeviceId {
    pub fn new(source: &SourceName, uid: impl AsRef<str>) -> Self {
        DeviceId {
            source: source.clone(),
            uid: Text::from(uid.as_ref()),
        }
    }
}

impl RunId {
    pub fn new(id: impl AsRef<str>) -> Self {
        RunId(Text::from(id.as_ref()))
    }
}

impl Identifier {
    /// `None` where the text is no address: an `@` with something on both sides and no blanks.
    pub fn email(address: &str) -> Option<Self> {
        let address = address.trim();
        let (local, domain) = address.rsplit_once('@')?;
        let sound =
            !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace);
        sound.then(|| Identifier::Email(Text::from(address.to_lowercase())))
    }

    /// Of an address with a `+tag` the one without: `jane+ci@corp.example` is an alias of
    /// `jane@corp.example`.
    pub fn without_tag(&self) -> Option<Self> {
        let Identifier::Email(address) = self else {
            return None;
        };
        let (local, domain) = address.rsplit_once('@')?;
        let (name, _tag) = local.split_once('+')?;
        (!name.is_empty()).then(|| Identifier::Email(Text::from(format!("{name}@{domain}"))))
    }

    pub fn employee_id(id: &str) -> Self {
        Identifier::EmployeeId(Text::from(id))
    }
}

impl EventUid {
    /// `index` is the event's place in its record, from 0.
    pub fn new(source: &SourceName, raw: &[u8], index: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.as_str().as_bytes());
        hash.update([0]);
        hash.update(raw);
        let mut uid = [0; 16];
        for (to, from) in uid.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        EventUid(uid).at(index)
    }

    /// The uid of the record's event at `index`, given that of its first.
    #[must_use]
    pub fn at(self, index: u32) -> Self {
        let mut uid = self.0;
        for (byte, of_index) in uid.iter_mut().zip(index.to_be_bytes()) {
            *byte ^= of_index;
        }
        EventUid(uid)
    }
}

impl Key {
    pub fn partition(&self) -> Partition {
        match self {
            Key::Account(id) => id.partition(),
            Key::Person(id) => id.partition(),
            Key::Identifier(id) => id.partition(),
            Key::Credential(id) => id.partition(),
            Key::Ticket(id) => id.partition(),
            Key::Device(id) => id.partition(),
            Key::Workflow(id) => id.partition(),
            Key::Source(name) => name.partition(),
        }
    }
}

impl AccountId {
    pub fn partition(&self) -> Partition {
        Partition::of("a", self.source.as_str(), &self.uid)
    }
}

impl PersonId {
    pub fn partition(&self) -> Partition {
        Partition::of("p", "", &self.0)
    }
}

impl Identifier {
    pub fn partition(&self) -> Partition {
        match self {
            Identifier::Email(address) => Partition::of("e", "", address),
            Identifier::EmployeeId(id) => Partition::of("i", "", id),
        }
    }
}

impl CredentialId {
    pub fn partition(&self) -> Partition {
        Partition::of("c", self.source.as_str(), &self.uid)
    }
}

impl TicketId {
    pub fn partition(&self) -> Partition {
        Partition::of("t", "", &self.0)
    }
}

impl DeviceId {
    pub fn partition(&self) -> Partition {
        Partition::of("d", self.source.as_str(), &self.uid)
    }
}

impl SourceName {
    pub fn partition(&self) -> Partition {
        Partition::of("s", self.as_str(), "")
    }
}

impl RunId {
    pub fn partition(&self) -> Partition {
        Partition::of("w", "", &self.0)
    }
}

impl Partition {
    /// FNV-1a over the key's text: stable across builds and machines, as stored state requires.
    fn of(kind: &str, source: &str, uid: &str) -> Partition {
        let bytes = kind
            .bytes()
            .chain(source.bytes())
            .chain([0])
            .chain(uid.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below PARTITIONS"
        )]
        Partition(((hash ^ (hash >> 32)) % u64::from(PARTITIONS)) as u16)
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.uid)
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.uid)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.uid)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Identifier::Email(address) => write!(f, "{address}"),
            Identifier::EmployeeId(id) => write!(f, "employee id {id}"),
        }
    }
}

/// Thirty-two hexadecimal digits.
impl fmt::Display for EventUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Account(id) => write!(f, "account:{id}"),
            Key::Person(id) => write!(f, "person:{}", id.0),
            Key::Identifier(id) => write!(f, "identifier:{id}"),
            Key::Credential(id) => write!(f, "credential:{id}"),
            Key::Ticket(id) => write!(f, "ticket:{}", id.0),
            Key::Device(id) => write!(f, "device:{id}"),
            Key::Workflow(id) => write!(f, "workflow:{}", id.0),
            Key::Source(name) => write!(f, "source:{name}"),
        }
    }
}

macro_rules! debug_as_display {
    ($($name:ty),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_as_display!(
    SourceName,
    AccountId,
    CredentialId,
    DeviceId,
    Identifier,
    EventUid,
    Key
);

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case_and_a_name_is_no_address() {
        assert_eq!(
            Identifier::email("Jane@Corp.Example"),
            Identifier::email("jane@corp.example ")
        );
        for text in ["jane", "@corp", "jane@", "jane roe@corp", ""] {
            assert_eq!(Identifier::email(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_with_a_tag_is_an_alias_of_the_one_without() {
        let check = |address: &str, expected: Option<&str>| {
            let without = Identifier::email(address).and_then(|it| it.without_tag());
            assert_eq!(without, expected.and_then(Identifier::email), "{address}");
        };
        check("Jane+CI@corp.example", Some("jane@corp.example"));
        check("jane+a+b@corp.example", Some("jane@corp.example"));
        check("jane+@corp.example", Some("jane@corp.example"));
        check("jane@corp+x.example", None);
        check("+ci@corp.example", None);
        check("jane@corp.example", None);
        assert_eq!(Identifier::employee_id("E+1").without_tag(), None);
    }

    #[test]
    fn events_of_one_record_have_different_uids_and_a_copy_the_same() {
        let okta = SourceName::new("okta");
        let first = EventUid::new(&okta, b"{}", 0);
        assert_eq!(first, EventUid::new(&okta, b"{}", 0));
        assert_ne!(first, first.at(1));
        assert_eq!(EventUid::new(&okta, b"{}", 1), first.at(1));
        assert_ne!(first, EventUid::new(&SourceName::new("okta@eu"), b"{}", 0));
    }

    #[test]
    fn the_instance_of_a_source_is_no_part_of_its_mapping() {
        let source = SourceName::new("okta@eu");
        assert_eq!((source.base(), source.instance()), ("okta", Some("eu")));
    }
}
