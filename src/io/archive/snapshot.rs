//! The daily snapshot of live access: a file of the dataset `access`.

use bytes::Bytes;

use super::{Archive, ArchiveError, CommitRef, DatasetFile, dataset};
use crate::evidence::datasets::Dataset;
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
        let commit = self.last_of(Dataset::Access)?;
        Ok(commit.and_then(|commit| Some(commit.event_times?.latest)))
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
        self.forget(&dataset::stream(Dataset::Access));
        let file = DatasetFile {
            dataset: Dataset::Access,
            at: snapshot.as_of,
            name: "access".to_owned(),
            parquet: snapshot.parquet.clone(),
            rows: snapshot.rows,
            times: (snapshot.as_of, snapshot.as_of),
        };
        self.add(&file, written_at)
    }
}
