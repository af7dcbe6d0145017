//! The edges: where bytes come in and go out. They carry, bound and retry; they decide nothing.

pub mod intake;
pub mod files;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod keys;
pub mod redaction_key;
pub mod archive;
pub mod state;
pub mod webhook;
pub mod timestamp_authority;
