//! Reading an archive's records again: raw bytes, origin and source, from the files that commits
//! name and no others.
//!
//! Each chain is followed from its beginning and each file's hash compared, so that what was
//! changed or cut out is no quiet gap in an answer. That the chains themselves are the ones that
//! were written is for `tenure verify` to tell.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::error::ArchiveError;
use super::layout;
use super::live;
use super::papers::Papers;
use super::place::Place;
use super::store::Store;
use crate::evidence::commit::{Chain, Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::io::intake::{Arrival, Outlet};
use crate::model::id::SourceName;
use crate::model::record::{Record, Stream};
use crate::model::retention::{Day, FilePlace};
use crate::model::time::Timestamp;

/// The columns that a record is made of, and what tells which rows are records.
const COLUMNS: [&str; 6] = [
    "offset",
    "event_index",
    "received_at",
    "source",
    "reject_reason",
    "raw",
];
/// Rows decoded at a time.
const ROWS: usize = 1_024;

pub struct ArchiveReader {
    store: Store,
}

/// A commit that follows the one before it.
#[derive(Clone, Debug)]
pub struct StoredCommit {
    /// From the archive's root.
    pub path: String,
    pub commit: Commit,
    /// As it is stored, and hashed by the next one.
    pub bytes: Bytes,
    /// Paths of those of its files that retention let go.
    pub gone: Vec<String>,
}

impl ArchiveReader {
    /// Opens an archive that is there.
    pub fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        let store = Store::of_archive(place)?;
        Ok(ArchiveReader { store })
    }

    /// Delivers every record from which facts may come, stream by stream in the order of commits,
    /// then the end. Rejected records make no facts and stay where they are.
    ///
    /// What retention let go is told in the log, and left out.
    pub fn read_all(&self, outlet: &Outlet) -> Result<(), ArchiveError> {
        let papers = Papers::read(&self.store)?;
        let mut left_out = LeftOut::default();
        live::each(&self.store, &papers, &mut |file, tombstone| {
            if !layout::is_events(&file.file) {
                return Ok(ControlFlow::Continue(()));
            }
            if tombstone.is_some() {
                left_out.add(&file.file);
                return Ok(ControlFlow::Continue(()));
            }
            for (source, records) in self.records(&file.file)? {
                if outlet.send_records(&file.stream, &source, records).is_err() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        left_out.tell();
        // Whoever stopped listening does not wait for the end.
        if outlet.send(Arrival::End).is_err() {
            tracing::debug!("reading of the archive was stopped at its end");
        }
        Ok(())
    }

    /// All commits, chain by chain, each chain followed from its beginning.
    pub fn all_commits(&self) -> Result<Vec<StoredCommit>, ArchiveError> {
        let papers = Papers::read(&self.store)?;
        let mut commits = Vec::new();
        for topic in self.store.directories(layout::COMMITS)? {
            for chain in self.store.directories(&topic)? {
                commits.extend(chain_commits(&self.store, &chain)?);
            }
        }
        for stored in &mut commits {
            let files = stored.commit.files.iter();
            let gone = files.filter(|file| papers.tombstone_of(file).is_some());
            stored.gone = gone.map(|file| file.path.clone()).collect();
        }
        Ok(commits)
    }

    /// The records of a file, by source; a segment has one.
    fn records(&self, file: &FileRef) -> Result<BTreeMap<SourceName, Vec<Record>>, ArchiveError> {
        let bytes = self.store.read("segment", &file.path)?;
        if Sha256Hash::of(&bytes) != file.sha256 {
            let why = "it is not the file that its commit names (`tenure verify` tells more)";
            return Err(self.store.unreadable(&file.path, &why));
        }
        records(bytes).map_err(|error| self.store.unreadable(&file.path, &error))
    }
}

/// The commits of one chain with their paths, each the successor of the one before.
pub(super) fn chain_commits(
    store: &Store,
    directory: &str,
) -> Result<Vec<StoredCommit>, ArchiveError> {
    let names = store.list(directory)?;
    let mut numbers: Vec<(u64, &String)> = names
        .iter()
        .filter_map(|name| Some((layout::commit_number(name)?, name)))
        .collect();
    numbers.sort_unstable();
    let paths = numbers
        .iter()
        .map(|(_, name)| format!("{directory}/{name}"));
    let paths: Vec<String> = paths.collect();
    let read = store.read_all("commit", &paths)?;
    let mut chain: Option<Chain> = None;
    let mut commits = Vec::with_capacity(numbers.len());
    for (path, bytes) in paths.into_iter().zip(read) {
        let chain = chain.get_or_insert_with(|| Chain::new(stream_of(&bytes)));
        let commit = chain
            .follow(&bytes)
            .map_err(|source| store.unsound(path.clone(), source))?;
        commits.push(StoredCommit {
            path,
            commit,
            bytes,
            gone: Vec::new(),
        });
    }
    Ok(commits)
}

/// What retention let go.
#[derive(Default)]
struct LeftOut {
    files: u64,
    records: u64,
    days: Option<(Day, Day)>,
}

impl LeftOut {
    fn add(&mut self, file: &FileRef) {
        self.files += 1;
        self.records += file.records;
        if let Some(FilePlace { day, .. }) = FilePlace::of(&file.path) {
            let (first, last) = self.days.unwrap_or((day, day));
            self.days = Some((first.min(day), last.max(day)));
        }
    }

    /// Says of which days records are gone: answers do not rest on them any more.
    fn tell(&self) {
        let LeftOut { files, records, .. } = self;
        if let Some((first, last)) = self.days {
            tracing::warn!(
                "{records} records in {files} files, archived from {first} to {last}, were let go \
                 by retention: what only they told is not known here"
            );
        }
    }
}

/// The stream that a chain's first commit belongs to. What cannot be read is no commit either, and
/// [`Chain::follow`] says so.
fn stream_of(bytes: &[u8]) -> Stream {
    let commit: Option<Commit> = serde_json::from_slice(bytes).ok();
    let (topic, partition) = commit.map_or_else(Default::default, |it| {
        (it.stream.topic, it.stream.partition)
    });
    Stream {
        topic: topic.into(),
        partition,
    }
}

fn records(bytes: Bytes) -> Result<BTreeMap<SourceName, Vec<Record>>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let projection = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    let reader = builder
        .with_projection(projection)
        .with_batch_size(ROWS)
        .build()?;
    let mut records: BTreeMap<SourceName, Vec<Record>> = BTreeMap::new();
    for batch in reader {
        take(&batch?, &mut records)?;
    }
    // Rows are sorted by identity; whoever reads a stream expects its order.
    for records in records.values_mut() {
        records.sort_unstable_by_key(|record| record.offset);
    }
    Ok(records)
}

fn take(
    batch: &RecordBatch,
    records: &mut BTreeMap<SourceName, Vec<Record>>,
) -> Result<(), ParquetError> {
    let column = |name: &str| {
        let column = batch.column_by_name(name);
        column.ok_or_else(|| ParquetError::General(format!("it has no column `{name}`")))
    };
    let other = |name: &str| ParquetError::General(format!("column `{name}` is of another type"));
    let offset = column("offset")?.as_primitive_opt::<Int64Type>();
    let offset = offset.ok_or_else(|| other("offset"))?;
    let index = column("event_index")?.as_primitive_opt::<Int32Type>();
    let index = index.ok_or_else(|| other("event_index"))?;
    let received = column("received_at")?.as_primitive_opt::<TimestampMicrosecondType>();
    let received = received.ok_or_else(|| other("received_at"))?;
    let source = column("source")?.as_string_opt::<i32>();
    let source = source.ok_or_else(|| other("source"))?;
    let raw = column("raw")?.as_binary_opt::<i32>();
    let raw = raw.ok_or_else(|| other("raw"))?;
    let reject = column("reject_reason")?;
    for row in 0..batch.num_rows() {
        if index.value(row) != 0 || reject.is_valid(row) {
            continue;
        }
        let record = Record {
            offset: offset.value(row),
            received_at: received
                .is_valid(row)
                .then(|| Timestamp::from_micros(received.value(row))),
            raw: raw.value(row).to_vec(),
            broken: None,
        };
        let of_source = records.entry(SourceName::new(source.value(row)));
        of_source.or_default().push(record);
    }
    Ok(())
}
