//! The commit chain: one document for each stretch of a stream, each naming the hash of the one
//! before. It proves completeness: every offset from the first to the last is archived or named
//! as a gap, and a commit that is taken out, changed or put elsewhere breaks the chain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::leaf::{RowTree, Sha256Hash};
use super::segment::FinishedSegment;
use crate::model::record::{Offset, Stream};
use crate::model::time::Timestamp;

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A commit as it is stored: JSON on one line, the fields in this order, a line feed at the end.
/// The chain hashes these bytes, so `sha256sum` of the file is the next one's `previous`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub format: u32,
    /// From 0, without holes.
    pub number: u64,
    pub stream: StreamRef,
    /// The offsets of `[start, end)`. The first commit starts at 0, each other one at the end of
    /// the one before.
    pub start: Offset,
    pub end: Offset,
    /// Hash of the commit before; `null` in number 0.
    pub previous: Option<Sha256Hash>,
    /// Nothing came: written so that a tail that was cut off shows.
    pub heartbeat: bool,
    pub files: Vec<FileRef>,
    /// Root of the tree over the leaves of the records, in the order of offsets.
    pub row_root: Sha256Hash,
    /// Roots over each [`BLOCK_LEAVES`](super::blocks::BLOCK_LEAVES) of these leaves in turn. Absent
    /// where there are no more leaves than that, and from commits of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub row_blocks: Vec<Sha256Hash>,
    pub counts: CommitCounts,
    /// Time of the earliest and latest event; `null` without events.
    pub event_times: Option<TimeRange>,
    pub written_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRef {
    pub topic: String,
    pub partition: i32,
}

/// A file that the commit makes part of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// From the archive's root, with `/`. The first part is the dataset.
    pub path: String,
    pub sha256: Sha256Hash,
    pub bytes: u64,
    pub rows: u64,
    pub records: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitCounts {
    pub records: u64,
    pub events: u64,
    /// Records that were refused, by reason. They are archived too, and among `records`.
    pub rejects: BTreeMap<String, u64>,
    pub duplicates: u64,
    /// As `[from, to)`, ascending.
    pub gaps: Vec<(Offset, Offset)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    pub earliest: Timestamp,
    pub latest: Timestamp,
}

/// Where a chain stands, and all that its next commit depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    stream: Stream,
    next_number: u64,
    end: Offset,
    last: Option<Sha256Hash>,
}

/// Why a commit does not follow. `number` is that of the commit expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commit {number} of {stream} {fault}")]
pub struct ChainError {
    pub stream: Stream,
    pub number: u64,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("has format {0}, not {FORMAT}")]
    Format(u32),
    #[error("belongs to {topic}/{partition}", topic = .0.topic, partition = .0.partition)]
    Stream(StreamRef),
    #[error("is missing: found number {0} in its place")]
    Number(u64),
    #[error("does not name the commit before it: expected {expected:?}, found {found:?}")]
    Previous {
        expected: Option<Sha256Hash>,
        found: Option<Sha256Hash>,
    },
    #[error("starts at offset {found}, not at {expected}, where the one before ends")]
    Start { expected: Offset, found: Offset },
    #[error("does not account for its offsets: {0}")]
    Counts(String),
}

impl Commit {
    /// The bytes that are stored and hashed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// What is wrong within the commit itself, whatever the chain.
    fn check_counts(&self) -> Result<(), String> {
        let mut covered = i128::from(self.counts.records);
        let mut from_min = self.start;
        for (from, to) in &self.counts.gaps {
            if *from < from_min || to <= from || *to > self.end {
                return Err(format!("gap [{from}, {to}) is empty, astray or overlaps"));
            }
            covered += i128::from(*to) - i128::from(*from);
            from_min = *to;
        }
        let span = i128::from(self.end) - i128::from(self.start);
        if covered != span {
            return Err(format!(
                "{span} offsets, of which {covered} are records or gaps"
            ));
        }
        let in_files: u64 = self.files.iter().map(|file| file.records).sum();
        if in_files != self.counts.records {
            let records = self.counts.records;
            return Err(format!(
                "{records} records, of which {in_files} are in files"
            ));
        }
        if self.heartbeat && (span != 0 || !self.files.is_empty()) {
            return Err("a heartbeat that holds something".to_owned());
        }
        Ok(())
    }
}

impl Chain {
    /// The chain of `stream` before its first commit.
    pub fn new(stream: Stream) -> Self {
        Chain {
            stream,
            next_number: 0,
            end: 0,
            last: None,
        }
    }

    /// Goes on from a commit that is trusted, without those before it.
    pub fn after(stream: Stream, bytes: &[u8]) -> Result<Self, ChainError> {
        let mut chain = Chain::new(stream);
        let commit = chain.read(bytes)?;
        chain.next_number = commit.number;
        chain.end = commit.start;
        chain.last = commit.previous;
        chain.follow(bytes)?;
        Ok(chain)
    }

    /// Offset at which the next commit starts.
    pub fn end(&self) -> Offset {
        self.end
    }

    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Hash of the last commit; `None` before the first.
    pub fn last(&self) -> Option<Sha256Hash> {
        self.last
    }

    /// Takes the stored bytes of the next commit, or says why they are not that.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<Commit, ChainError> {
        let commit = self.read(bytes)?;
        if commit.number != self.next_number {
            return Err(self.fault(Fault::Number(commit.number)));
        }
        if commit.previous != self.last {
            return Err(self.fault(Fault::Previous {
                expected: self.last,
                found: commit.previous,
            }));
        }
        if commit.start != self.end {
            return Err(self.fault(Fault::Start {
                expected: self.end,
                found: commit.start,
            }));
        }
        commit
            .check_counts()
            .map_err(|why| self.fault(Fault::Counts(why)))?;
        self.next_number += 1;
        self.end = commit.end;
        self.last = Some(Sha256Hash::of(bytes));
        Ok(commit)
    }

    /// The commit that adds `segment`; `file` is where it lies, unless it has no records.
    pub fn next(
        &self,
        segment: &FinishedSegment,
        file: Option<FileRef>,
        written_at: Timestamp,
    ) -> Commit {
        let counts = &segment.counts;
        let rejects = counts.rejects.iter();
        Commit {
            end: segment.end,
            heartbeat: false,
            files: file.into_iter().collect(),
            row_root: segment.row_root,
            row_blocks: segment.row_blocks.clone(),
            counts: CommitCounts {
                records: counts.records,
                events: counts.events,
                rejects: rejects
                    .map(|(reason, count)| (reason.as_str().to_owned(), *count))
                    .collect(),
                duplicates: counts.duplicates,
                gaps: counts.gaps.clone(),
            },
            event_times: segment
                .times
                .map(|(earliest, latest)| TimeRange { earliest, latest }),
            ..self.heartbeat(written_at)
        }
    }

    /// The commit that says that nothing came.
    pub fn heartbeat(&self, written_at: Timestamp) -> Commit {
        Commit {
            format: FORMAT,
            number: self.next_number,
            stream: StreamRef {
                topic: self.stream.topic.to_string(),
                partition: self.stream.partition,
            },
            start: self.end,
            end: self.end,
            previous: self.last,
            heartbeat: true,
            files: Vec::new(),
            row_root: RowTree::default().root(),
            row_blocks: Vec::new(),
            counts: CommitCounts {
                records: 0,
                events: 0,
                rejects: BTreeMap::new(),
                duplicates: 0,
                gaps: Vec::new(),
            },
            event_times: None,
            written_at,
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<Commit, ChainError> {
        let commit: Commit = serde_json::from_slice(bytes)
            .map_err(|error| self.fault(Fault::Unreadable(error.to_string())))?;
        if commit.format != FORMAT {
            return Err(self.fault(Fault::Format(commit.format)));
        }
        let of_stream = *commit.stream.topic == *self.stream.topic
            && commit.stream.partition == self.stream.partition;
        if !of_stream {
            return Err(self.fault(Fault::Stream(commit.stream)));
        }
        Ok(commit)
    }

    fn fault(&self, fault: Fault) -> ChainError {
        ChainError {
            stream: self.stream.clone(),
            number: self.next_number,
            fault,
        }
    }
}

#[cfg(test)]
mod tests;
