//! Daily snapshots: files of the datasets `access` and `people`.

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

/// Rows of people as of one time.
#[derive(Clone, Debug)]
pub struct PeopleSnapshot {
    pub as_of: Timestamp,
    pub parquet: Bytes,
    pub rows: u64,
}

impl Archive {
    /// The time of the newest snapshot of the dataset that is part of the archive.
    pub fn last_snapshot(&self, dataset: Dataset) -> Result<Option<Timestamp>, ArchiveError> {
        let commit = self.last_of(dataset)?;
        Ok(commit.and_then(|commit| Some(commit.event_times?.latest)))
    }

    /// Makes a snapshot part of the archive, unless one of its day or a later one is: of two
    /// writers, or after a restart, the first stands. When this returns, it is durable.
    pub fn snapshot(
        &mut self,
        snapshot: &AccessSnapshot,
        written_at: Timestamp,
    ) -> Result<Option<CommitRef>, ArchiveError> {
        let (parquet, rows) = (snapshot.parquet.clone(), snapshot.rows);
        let file = of_day(Dataset::Access, snapshot.as_of, (parquet, rows));
        self.add_of_day(&file, written_at)
    }

    /// Like [`snapshot`](Archive::snapshot), of people.
    pub fn people(
        &mut self,
        snapshot: &PeopleSnapshot,
        written_at: Timestamp,
    ) -> Result<Option<CommitRef>, ArchiveError> {
        let (parquet, rows) = (snapshot.parquet.clone(), snapshot.rows);
        let file = of_day(Dataset::People, snapshot.as_of, (parquet, rows));
        self.add_of_day(&file, written_at)
    }

    fn add_of_day(
        &mut self,
        file: &DatasetFile,
        written_at: Timestamp,
    ) -> Result<Option<CommitRef>, ArchiveError> {
        let newest = self.last_snapshot(file.dataset)?;
        if newest.is_some_and(|newest| newest.day() >= file.at.day()) {
            return Ok(None);
        }
        self.forget(&dataset::stream(file.dataset));
        self.add(file, written_at)
    }
}

fn of_day(dataset: Dataset, as_of: Timestamp, (parquet, rows): (Bytes, u64)) -> DatasetFile {
    DatasetFile {
        dataset,
        at: as_of,
        name: dataset.as_str().to_owned(),
        parquet,
        rows,
        times: (as_of, as_of),
    }
}
