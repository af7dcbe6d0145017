//! The service: the only place with tasks and channels. It moves what the stages make of records
//! from the edges to the archive, the homes and the receivers.
//!
//! ```text
//! edges ──▶ normalizers ──▶ lanes ──▶ archive lane ──▶ commit chain
//!                             └─────▶ homes lane ───▶ state store ──▶ deliver ──▶ Kafka, webhook
//!                                                         └─▶ findings lane ──▶ archive lane
//! ```

#![expect(
    clippy::disallowed_methods,
    reason = "the service tells the core what time it is"
)]

pub mod normalizers;
pub mod lanes;
pub mod clock;
pub mod shards;
pub mod questions;
pub mod find;
pub mod explain;
pub mod inquire;
pub mod inventory;
pub mod reads;
pub mod signing;
pub mod redaction;
pub mod settings;
mod retention;
pub mod registry;
pub mod snapshot;
pub mod census;
pub mod correlate;
pub mod homes_lane;
pub mod archiver;
pub mod archive_lane;
mod timestamps;
pub mod progress;
pub mod told;
pub mod outgoing;
pub mod findings_lane;
pub mod deliver;
mod deliveries;
mod webhook;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(not(feature = "kafka"))]
mod without_kafka;
pub mod filter;
pub mod status;
pub mod replay;
pub mod recall;
pub mod run;

#[cfg(not(feature = "kafka"))]
use without_kafka as kafka;

pub use filter::{Filter, FilterError};
pub use questions::{Questions, Unanswered};
pub use status::{Matches, Status};

use std::sync::Arc;

use crate::alert::Change;
use crate::model::time::Timestamp;

/// What tells the service the time: the wall clock, or a simulated one.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Told after each round of the homes, once it is durable: the time as of which it was assessed,
/// and the news, if any.
pub type OnRound = Box<dyn FnMut(Timestamp, &[Change]) + Send>;

/// The wall clock, in whole seconds: deadlines are no finer.
pub fn wall_clock() -> Timestamp {
    Timestamp::from_seconds(jiff::Timestamp::now().as_second())
}
