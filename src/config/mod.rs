//! The two files that people write, `tenure.toml` and `policy.toml`, and every problem in them.
//!
//! A file's form and its checked form are different types: nothing past this module meets a
//! string that still has to be understood.

pub mod problem;
pub mod units;
mod suggest;
mod sheet;
mod field;
pub mod policy_file;
mod policy_rules;
mod policy_entries;
mod policy_identities;
pub mod tenure_file;
mod tenure_kafka;
mod tenure_webhook;
mod tenure_signing;
mod tenure_store;
mod tenure_timestamps;
mod tenure_retention;
mod tenure_redaction;
pub mod redaction_file;
pub mod load;

pub use load::{Loaded, SecretError, SecretFrom, load};
pub use policy_rules::{KNOWN_RULES, KnownRule};
pub use problem::{Level, Problem, Problems};
pub use suggest::hint as suggestion;
pub use tenure_file::{Archive, ArchivePlace, Config, Files, ShardCount};
pub use tenure_kafka::{Kafka, PropertyValue, Start, TopicPattern, Topics};
pub use tenure_redaction::{RedactionKeyFrom, RedactionSettings};
pub use tenure_retention::{Apply, RetentionSettings};
pub use tenure_signing::SigningKey;
pub use tenure_store::{LockMode, ObjectLock, StoreSettings, is_loopback};
pub use tenure_timestamps::Timestamps;
pub use tenure_webhook::Webhook;

/// What a file says, and what is worth knowing about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    pub value: T,
    /// Nothing wrong, but without the effect that the writer may expect.
    pub notes: Vec<Problem>,
}

#[cfg(test)]
mod tests;
