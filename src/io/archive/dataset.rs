//! Datasets that hold what was computed: each file of theirs is in a commit of the chain
//! `tenure:<dataset>`.
//!
//! Such commits cover no offsets. What they prove is that these files were written then, and which
//! there are: a file that is changed or gone shows, and so does a commit.

use bytes::Bytes;

use super::leaves::Kind;
use super::store::Put;
use super::{ATTEMPTS_MAX, Archive, ArchiveError, CommitRef, layout};
use crate::evidence::blocks::RowBlocks;
use crate::evidence::commit::{Commit, FileRef, TimeRange};
use crate::evidence::datasets::Dataset;
use crate::evidence::leaf::Sha256Hash;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

/// Rows of a dataset that become one file.
#[derive(Clone, Debug)]
pub struct DatasetFile {
    pub dataset: Dataset,
    /// All its rows are of this time's day, UTC.
    pub at: Timestamp,
    /// The file's name, without its end: letters, digits and `-`.
    pub name: String,
    pub parquet: Bytes,
    /// At least one.
    pub rows: u64,
    /// The earliest and the latest time of a row.
    pub times: (Timestamp, Timestamp),
}

impl DatasetFile {
    /// Whether a commit's file is this one, whatever attempt its name was.
    fn is(&self, known: &FileRef) -> bool {
        let named = layout::computed(self.dataset, (self.at, &self.name), 0);
        let stem = named.trim_end_matches(".parquet");
        known.path.starts_with(stem) && known.sha256 == Sha256Hash::of(&self.parquet)
    }
}

impl Archive {
    /// Makes a file part of its dataset. When this returns, it is durable. `None` where it was so
    /// before: a write whose confirmation was lost is not done twice, so after an error the same
    /// file may be given again.
    pub fn add(
        &mut self,
        file: &DatasetFile,
        written_at: Timestamp,
    ) -> Result<Option<CommitRef>, ArchiveError> {
        self.introduce(written_at)?;
        let stream = stream(file.dataset);
        let known = self.chains.contains_key(&stream);
        // Taken before it is asked what is there: a writer that adds it meanwhile fences this one.
        let chain = self.chain(&stream)?;
        if !known
            && let Some(last) = self.last_of(file.dataset)?
            && last.files.iter().any(|known| file.is(known))
        {
            return Ok(None);
        }
        let (earliest, latest) = file.times;
        let written = self.write_computed(file)?;
        let heartbeat = chain.heartbeat(written_at);
        let rows = match Kind::of(&written) {
            None => RowBlocks::default(),
            Some(kind) => kind
                .tree(&stream, file.parquet.clone())
                .map_err(|why| self.store.unreadable(&written.path, &why))?,
        };
        let commit = Commit {
            heartbeat: false,
            files: vec![written],
            row_root: rows.root(),
            row_blocks: rows.stated(),
            event_times: Some(TimeRange { earliest, latest }),
            ..heartbeat
        };
        self.commit(&stream, chain, &commit).map(Some)
    }

    /// Logs what other programs have committed to the dataset since we looked: they have no key.
    pub fn take_up(&mut self, dataset: Dataset) -> Result<(), ArchiveError> {
        let stream = stream(dataset);
        self.forget(&stream);
        self.reconcile(&layout::commits(&stream)).map(drop)
    }

    /// The newest commit of the dataset.
    pub fn last_of(&self, dataset: Dataset) -> Result<Option<Commit>, ArchiveError> {
        self.newest(dataset, |_| true)
    }

    /// The newest commit of the dataset that is meant.
    pub fn newest(
        &self,
        dataset: Dataset,
        is_meant: impl Fn(&Commit) -> bool,
    ) -> Result<Option<Commit>, ArchiveError> {
        self.newest_of(&stream(dataset), is_meant)
    }

    /// The newest commit of a chain that is meant.
    pub(super) fn newest_of(
        &self,
        stream: &Stream,
        is_meant: impl Fn(&Commit) -> bool,
    ) -> Result<Option<Commit>, ArchiveError> {
        let names = self.store.list(&layout::commits(stream))?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        for number in numbers.into_iter().rev() {
            let path = layout::commit(stream, number);
            let bytes = self.store.read("commit", &path)?;
            let commit: Commit = serde_json::from_slice(&bytes)
                .map_err(|error| self.store.unreadable(&path, &error))?;
            if is_meant(&commit) {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    fn write_computed(&self, file: &DatasetFile) -> Result<FileRef, ArchiveError> {
        let path = |attempt| layout::computed(file.dataset, (file.at, &file.name), attempt);
        for attempt in 0..ATTEMPTS_MAX {
            let path = path(attempt);
            let parquet = file.parquet.clone();
            // Other bytes of that name are what a crash left behind: no commit names them.
            if self.store.create("file", &path, parquet)? == Put::Different {
                continue;
            }
            return Ok(FileRef {
                path,
                sha256: Sha256Hash::of(&file.parquet),
                bytes: file.parquet.len() as u64,
                rows: file.rows,
                records: 0,
            });
        }
        Err(self.store.no_name_left("file", path(0)))
    }
}

/// The chain of a dataset. No topic of Kafka has a colon, and every log file's path has a slash.
pub(super) fn stream(dataset: Dataset) -> Stream {
    Stream {
        topic: format!("tenure:{}", dataset.as_str()).into(),
        partition: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

    fn file(name: &str, bytes: &'static str) -> DatasetFile {
        DatasetFile {
            dataset: Dataset::Links,
            at: NOW,
            name: name.to_owned(),
            parquet: Bytes::from(bytes),
            rows: 1,
            times: (NOW, NOW),
        }
    }

    /// As after an error whose write was done all the same: the chain is asked for again.
    #[test]
    fn a_file_that_is_given_again_after_an_error_is_part_of_the_archive_once() {
        let directory = tempfile::tempdir().expect("directory");
        let location = directory.path().to_str().expect("path");
        let mut archive = Archive::open(location).expect("archive");
        let first = archive.add(&file("seg-0-1", "a"), NOW).expect("added");
        let first = first.expect("a commit");
        assert_eq!((first.number, first.end), (0, 0));
        let mut again = Archive::open(location).expect("archive");
        assert_eq!(again.add(&file("seg-0-1", "a"), NOW).expect("known"), None);
        let next = again.add(&file("seg-2-3", "a"), NOW).expect("added");
        assert_eq!(next.expect("a commit").number, 1);
        // Two writers of one dataset collide: the second is fenced, and goes on after a look.
        let fenced = archive.add(&file("seg-4-5", "b"), NOW);
        assert!(matches!(fenced, Err(ArchiveError::Fenced { .. })));
        let third = archive.add(&file("seg-4-5", "b"), NOW).expect("added");
        assert_eq!(third.expect("a commit").number, 2);
        assert_eq!(archive.next_number(Dataset::Links).expect("number"), 3);
        assert_eq!(archive.next_number(Dataset::Findings).expect("number"), 0);
    }

    #[test]
    fn an_orphan_of_that_name_is_evaded() {
        let directory = tempfile::tempdir().expect("directory");
        let location = directory.path().to_str().expect("path");
        let mut archive = Archive::open(location).expect("archive");
        let orphan = archive
            .write_computed(&file("seg-0-1", "half"))
            .expect("written");
        assert_eq!(orphan.path, "links/day=2026-03-01/seg-0-1.parquet");
        archive.add(&file("seg-0-1", "whole"), NOW).expect("added");
        let last = archive.last_of(Dataset::Links).expect("read");
        let paths: Vec<String> = last
            .into_iter()
            .flat_map(|commit| commit.files)
            .map(|file| file.path)
            .collect();
        assert_eq!(paths, ["links/day=2026-03-01/seg-0-1-attempt1.parquet"]);
    }
}
