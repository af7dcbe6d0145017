//! A record: one raw message as it was received, and why it may be refused.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Text;
use super::id::SourceName;
use super::time::Timestamp;

/// Where records come from, in an order of its own: a Kafka topic, or a file's path below the
/// directory of logs (partition 0).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Stream {
    pub topic: Text,
    pub partition: i32,
}

/// A record's place in its stream: a Kafka offset, or a file's record number from 0.
pub type Offset = i64;

/// One raw message, exactly as it was received.
#[derive(Clone, Debug)]
pub struct Record {
    pub offset: Offset,
    /// When it reached us (Kafka's timestamp, or the clock at reading); bounds its event time.
    /// `None` in a replay without `--now`: there is no receipt to measure against.
    pub received_at: Option<Timestamp>,
    pub raw: Vec<u8>,
    /// What the edge already knows to be wrong with it (a broken gzip stream, a size above the
    /// limit of which `raw` is the beginning).
    pub broken: Option<Reject>,
}

/// Consecutive records of one stream and one source.
#[derive(Clone, Debug)]
pub struct Batch {
    pub stream: Stream,
    pub source: SourceName,
    pub records: Vec<Record>,
}

/// Why a record cannot be understood. A value, never an error: the record is archived, counted
/// and sent to the dead-letter topic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reject {
    pub reason: RejectReason,
    /// What a person needs to mend it, such as the position in the JSON text.
    pub detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum RejectReason {
    TooLarge,
    TooDeep,
    TooManyNodes,
    InvalidUtf8,
    InvalidJson,
    NotAnObject,
    NoTime,
    NoAction,
    /// The stream ends in the middle of a compressed frame or a record.
    Truncated,
    /// No mapping for the source.
    UnknownSource,
    /// A Kafka message without a value.
    Empty,
}

impl RejectReason {
    /// The label of metrics and the archive.
    pub const fn as_str(self) -> &'static str {
        match self {
            RejectReason::TooLarge => "too_large",
            RejectReason::TooDeep => "too_deep",
            RejectReason::TooManyNodes => "too_many_nodes",
            RejectReason::InvalidUtf8 => "invalid_utf8",
            RejectReason::InvalidJson => "invalid_json",
            RejectReason::NotAnObject => "not_an_object",
            RejectReason::NoTime => "no_time",
            RejectReason::NoAction => "no_action",
            RejectReason::Truncated => "truncated",
            RejectReason::UnknownSource => "unknown_source",
            RejectReason::Empty => "empty",
        }
    }
}

impl Stream {
    /// A topic's name has no slash; a file's path below the directory of logs always has one,
    /// after its source.
    pub fn is_kafka(&self) -> bool {
        !self.topic.contains('/')
    }
}

impl Reject {
    pub fn new(reason: RejectReason, detail: impl Into<String>) -> Self {
        Reject {
            reason,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}
