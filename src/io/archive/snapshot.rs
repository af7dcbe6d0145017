//! The daily snapshot of live access: a file of the dataset `access`, and a chain of its own.
//!
//! A snapshot is computed and holds no records, so its commits cover no offsets; what they prove
//! is that this file was written then, and which snapshots there are.

use bytes::Bytes;

use super::store::Put;
use super::{ATTEMPTS_MAX, Archive, ArchiveError, CommitRef, layout};
use crate::evidence::commit::{Commit, FileRef, TimeRange};
use crate::evidence::leaf::Sha256Hash;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

/// Rows of live access as of one time.
#[derive(Clone, Debug)]
pub struct AccessSnapshot {
    pub as_of: Timestamp,
    pub parquet: Bytes,
    pub rows: u64,
}

impl Archive {
    /// The time of the newest snapshot that is part of the archive.
    pub fn last_access(&self) -> Result<Option<Timestamp>, ArchiveError> {
        let stream = stream();
        let names = self.store.list(&layout::commits(&stream))?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let Some(last) = numbers.max() else {
            return Ok(None);
        };
        let path = layout::commit(&stream, last);
        let bytes = self.store.read("commit", &path)?;
        let commit: Commit =
            serde_json::from_slice(&bytes).map_err(|error| self.store.unreadable(&path, &error))?;
        Ok(commit.event_times.map(|times| times.latest))
    }

    /// Makes a snapshot part of the archive, unless one of its day or a later one is: of two
    /// writers, or after a restart, the first stands. When this returns, it is durable.
    pub fn snapshot(
        &mut self,
        snapshot: &AccessSnapshot,
        written_at: Timestamp,
    ) -> Result<Option<CommitRef>, ArchiveError> {
        let newest = self.last_access()?;
        if newest.is_some_and(|newest| newest.day() >= snapshot.as_of.day()) {
            return Ok(None);
        }
        self.introduce(written_at)?;
        let stream = stream();
        self.forget(&stream);
        let chain = self.chain(&stream)?;
        let file = self.write_access(snapshot)?;
        let commit = Commit {
            heartbeat: false,
            files: vec![file],
            event_times: Some(TimeRange {
                earliest: snapshot.as_of,
                latest: snapshot.as_of,
            }),
            ..chain.heartbeat(written_at)
        };
        self.commit(&stream, chain, &commit).map(Some)
    }

    fn write_access(&self, snapshot: &AccessSnapshot) -> Result<FileRef, ArchiveError> {
        for attempt in 0..ATTEMPTS_MAX {
            let path = layout::access(snapshot.as_of, attempt);
            let parquet = snapshot.parquet.clone();
            // Other bytes of that day are what a crash left behind: no commit names them.
            if self.store.create("snapshot", &path, parquet)? == Put::Different {
                continue;
            }
            return Ok(FileRef {
                path,
                sha256: Sha256Hash::of(&snapshot.parquet),
                bytes: snapshot.parquet.len() as u64,
                rows: snapshot.rows,
                records: 0,
            });
        }
        Err(self
            .store
            .no_name_left("snapshot", layout::access(snapshot.as_of, 0)))
    }
}

/// No topic of Kafka has a colon, and every log file's path has a slash.
fn stream() -> Stream {
    Stream {
        topic: "tenure:access".into(),
        partition: 0,
    }
}
