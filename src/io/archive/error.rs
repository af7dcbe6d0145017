//! What can go wrong with an archive, in the words of what we were doing, to what, and why.

use std::error::Error;

use crate::evidence::commit::ChainError;
use crate::model::record::{Offset, Stream};

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("failed to open archive {location}: {reason}")]
    Open { location: String, reason: String },
    #[error("failed to {doing} {what} {path} in archive {location}: {reason}")]
    Store {
        /// `write`, `read`, `list` or `delete`.
        doing: &'static str,
        /// `segment`, `commit` …
        what: &'static str,
        path: String,
        location: String,
        reason: String,
    },
    /// Another writer has committed to the stream since we looked. The caller must stop writing
    /// to it, or ask for its end again and drop what the other one archived.
    #[error("another writer has written commit {number} of {stream}: this one must stop")]
    Fenced { stream: Stream, number: u64 },
    /// The segment does not begin where the stream's archive ends.
    #[error("segment of {stream} starts at offset {start}, but its archive ends at {end}")]
    NotNext {
        stream: Stream,
        start: Offset,
        end: Offset,
    },
    /// What was written and signed is there no more, or is something else.
    #[error(
        "archive {location} is damaged at {path}: {reason} (`tenure verify` tells more; nothing is \
         written to it before a person has looked)"
    )]
    Damaged {
        path: String,
        location: String,
        reason: String,
    },
    /// What was asked for is not in the archive, or not in a way that can be proved.
    #[error("{what} cannot be proved from archive {location}: {reason}")]
    Unproved {
        what: String,
        location: String,
        reason: String,
    },
    /// The log was begun with a key that is not ours.
    #[error(
        "the log of archive {location} is signed by {theirs}, and our key is {ours}: give the service \
         that key, go over to ours with `tenure keys rotate`, or begin another archive"
    )]
    AnotherKey {
        location: String,
        theirs: String,
        ours: String,
    },
    #[error("failed to sign the log of archive {location}: {reason}")]
    Unsigned { location: String, reason: String },
    /// What the store holds, or what was to be stored, is no commit that follows.
    #[error("chain of commits is broken at {path} in archive {location}: {source}")]
    Unsound {
        path: String,
        location: String,
        source: Box<ChainError>,
    },
}

/// The innermost cause: `object_store` wraps the operating system's word in up to three layers
/// that repeat the path.
pub(super) fn reason(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
