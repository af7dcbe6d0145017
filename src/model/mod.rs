//! The words of the product: what a record, an event, a fact, a home's state and a finding are.
//!
//! Everything here is plain data with its laws. Nothing here reads a clock, a file or a socket.

pub mod limits;
pub mod time;
pub mod id;
pub mod record;
pub mod event;
pub mod fact;
pub mod join;
pub mod state;
pub mod finding;
pub mod policy;
pub mod retention;
pub mod census;
pub mod redaction;

/// Shared immutable text. Identifiers are cloned far more often than they are made.
pub type Text = std::sync::Arc<str>;
