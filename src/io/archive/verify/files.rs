//! The files that commits name: their hashes, and the records in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::super::leaves::Kind;
use super::super::papers::Papers;
use super::chains::SoundCommit;
use super::report::{Counted, Problem};
use super::retention::{Notice, Pruned};
use super::{Progress, Reading, in_parallel};
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::leaf::{LeafHasher, RowTree, Sha256Hash};
use crate::model::record::{Offset, Stream};

/// What rows are counted by, and what their leaves are made of.
const COLUMNS: [&str; 7] = [
    "topic",
    "partition",
    "offset",
    "event_index",
    "event_uid",
    "reject_reason",
    "raw",
];
/// Rows decoded at a time.
const ROWS: usize = 1_024;

#[derive(Default)]
pub(super) struct Files {
    pub(super) problems: Vec<Problem>,
    pub(super) counted: Counted,
    /// Paths of all files.
    pub(super) known: BTreeSet<String>,
    pub(super) pruned: Vec<Pruned>,
    pub(super) notices: Vec<Notice>,
}

/// What the rows of a commit's files amount to.
#[derive(Default)]
struct Contents {
    /// Of records, by offset, so in the order of the tree.
    leaves: BTreeMap<Offset, Sha256Hash>,
    /// Of changes of findings, by number: a commit has one kind of leaves or the other.
    changes: BTreeMap<Offset, Sha256Hash>,
    rows: u64,
    records: u64,
    events: u64,
    rejects: BTreeMap<String, u64>,
}

pub(super) fn check(
    reading: &Reading<'_>,
    (commits, papers): (&[SoundCommit], &Papers),
    threads: usize,
    progress: &(dyn Fn(Progress) + Sync),
) -> Files {
    let done = AtomicUsize::new(0);
    let one = |commit: &SoundCommit| {
        let files = check_commit(reading, papers, commit);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(Progress {
            done,
            of: commits.len(),
        });
        files
    };
    let mut all = Files::default();
    for one in in_parallel(commits, threads, &one) {
        all.problems.extend(one.problems);
        all.counted.add(&one.counted);
        all.pruned.extend(one.pruned);
        all.notices.extend(one.notices);
        for path in one.known {
            if let Some(twice) = all.known.replace(path) {
                let what = "two commits name this file, and each file belongs to one";
                all.problems.push(Problem::integrity(&twice, what));
            }
        }
    }
    all
}

fn check_commit(reading: &Reading<'_>, papers: &Papers, sound: &SoundCommit) -> Files {
    let commit = &sound.commit;
    let stream = Stream {
        topic: commit.stream.topic.as_str().into(),
        partition: commit.stream.partition,
    };
    let mut found = Files::default();
    let mut contents = Contents::default();
    let mut whole = !sound.before;
    for file in &commit.files {
        found.known.insert(file.path.clone());
        found.counted.files += 1;
        found.counted.bytes += file.bytes;
        let tombstone = papers.tombstone_of(file);
        if !reading.present.contains_key(&file.path) {
            found.gone(file, tombstone);
            whole = false;
            continue;
        }
        if let Some(tombstone) = tombstone {
            let what = format!("{tombstone} lets it go, and it is still there");
            let path = file.path.clone();
            found.notices.push(Notice { path, what });
        }
        if !sound.before
            && let Err(what) = check_file(reading, file, &stream, &mut contents)
        {
            found.problems.push(Problem::integrity(&file.path, what));
            whole = false;
        }
    }
    if whole {
        let problems = contents.compare(commit);
        let problem = |what| Problem::integrity(&sound.path, what);
        found.problems.extend(problems.into_iter().map(problem));
    }
    let counts = &commit.counts;
    found.counted.records += counts.records;
    found.counted.events += counts.events;
    found.counted.rejects += counts.rejects.values().sum::<u64>();
    let place = |problem: Problem| {
        let problem = problem.at(&stream, commit.number);
        if commit.start < commit.end {
            problem.over(commit.start, commit.end)
        } else {
            problem
        }
    };
    found.problems = found.problems.into_iter().map(place).collect();
    found
}

impl Files {
    /// A file that is not there: let go, or missing.
    fn gone(&mut self, file: &FileRef, tombstone: Option<&str>) {
        let Some(tombstone) = tombstone else {
            let what = "the file is missing, with all its records";
            self.problems.push(Problem::completeness(&file.path, what));
            return;
        };
        self.counted.pruned_files += 1;
        self.counted.pruned_bytes += file.bytes;
        self.counted.pruned_records += file.records;
        self.pruned.push(Pruned {
            path: file.path.clone(),
            tombstone: tombstone.to_owned(),
            bytes: file.bytes,
            records: file.records,
        });
    }
}

/// Compares one file with what its commit says, and takes what is in it; else what is wrong.
fn check_file(
    reading: &Reading<'_>,
    file: &FileRef,
    stream: &Stream,
    contents: &mut Contents,
) -> Result<(), String> {
    // Asked before it is read: somebody may have put a very large one there.
    if let Some(length) = reading
        .present
        .get(&file.path)
        .filter(|it| **it != file.bytes)
    {
        return Err(format!("it has {length} bytes in place of {}", file.bytes));
    }
    let bytes = reading
        .store
        .read("file", &file.path)
        .map_err(|error| error.to_string())?;
    let sha256 = Sha256Hash::of(&bytes);
    if sha256 != file.sha256 {
        return Err(format!(
            "its SHA-256 is {sha256} in place of {}",
            file.sha256
        ));
    }
    match Kind::of(file) {
        None => return Ok(()),
        Some(Kind::Findings) => return contents.take_changes(bytes, (file, stream)),
        Some(Kind::Events) => {}
    }
    let before = (contents.rows, contents.records);
    contents.take(bytes, stream)?;
    let (rows, records) = (contents.rows - before.0, contents.records - before.1);
    if (rows, records) != (file.rows, file.records) {
        return Err(format!(
            "it has {rows} rows and {records} records in place of {} and {}",
            file.rows, file.records
        ));
    }
    Ok(())
}

impl Contents {
    fn take(&mut self, bytes: Bytes, stream: &Stream) -> Result<(), String> {
        let failed = |error: ParquetError| format!("its rows cannot be read: {error}");
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
        let projection = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
        let reader = builder
            .with_projection(projection)
            .with_batch_size(ROWS)
            .build()
            .map_err(failed)?;
        let hasher = LeafHasher::new(stream);
        for batch in reader {
            let batch = batch.map_err(|error| failed(error.into()))?;
            self.take_batch(&batch, stream, &hasher)
                .ok_or("it has not the columns of records")??;
        }
        Ok(())
    }

    fn take_changes(
        &mut self,
        bytes: Bytes,
        (file, stream): (&FileRef, &Stream),
    ) -> Result<(), String> {
        let hasher = LeafHasher::new(stream);
        let (mut rows, mut twice) = (0, None);
        Kind::Findings.rows(bytes, &mut |row| {
            rows += 1;
            let leaf = hasher.leaf(row.offset, row.raw);
            if self.changes.insert(row.offset, leaf).is_some() {
                twice = Some(row.offset);
            }
        })?;
        match twice {
            Some(change) => Err(format!("change {change} is in it twice")),
            None if rows == file.rows => Ok(()),
            None => Err(format!("it has {rows} rows in place of {}", file.rows)),
        }
    }

    /// `None` where a column is missing or of another type.
    fn take_batch(
        &mut self,
        batch: &RecordBatch,
        stream: &Stream,
        hasher: &LeafHasher,
    ) -> Option<Result<(), String>> {
        let topic = batch.column_by_name("topic")?.as_string_opt::<i32>()?;
        let partition = batch
            .column_by_name("partition")?
            .as_primitive_opt::<Int32Type>()?;
        let offset = batch
            .column_by_name("offset")?
            .as_primitive_opt::<Int64Type>()?;
        let index = batch
            .column_by_name("event_index")?
            .as_primitive_opt::<Int32Type>()?;
        let uid = batch.column_by_name("event_uid")?;
        let reject = batch
            .column_by_name("reject_reason")?
            .as_string_opt::<i32>()?;
        let raw = batch.column_by_name("raw")?.as_binary_opt::<i32>()?;
        for row in 0..batch.num_rows() {
            let at = offset.value(row);
            if topic.value(row) != &*stream.topic || partition.value(row) != stream.partition {
                return Some(Err(format!("a row of offset {at} is of another stream")));
            }
            self.rows += 1;
            self.events += u64::from(uid.is_valid(row));
            if index.value(row) != 0 {
                continue;
            }
            self.records += 1;
            if reject.is_valid(row) {
                *self
                    .rejects
                    .entry(reject.value(row).to_owned())
                    .or_default() += 1;
            }
            let leaf = hasher.leaf(at, raw.value(row));
            if self.leaves.insert(at, leaf).is_some() {
                return Some(Err(format!("offset {at} is in it twice")));
            }
        }
        Some(Ok(()))
    }

    /// What a commit says that its files do not bear out.
    fn compare(&self, commit: &Commit) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut tree = RowTree::default();
        let leaves = self.leaves.values().chain(self.changes.values());
        leaves.for_each(|leaf| tree.push(*leaf));
        if tree.root() != commit.row_root {
            let (found, stated) = (tree.root(), commit.row_root);
            wrong.push(format!(
                "the records give row root {found} in place of {stated}"
            ));
        }
        let counts = &commit.counts;
        if (self.records, self.events) != (counts.records, counts.events) {
            wrong.push(format!(
                "{} records and {} events in place of {} and {}",
                self.records, self.events, counts.records, counts.events
            ));
        }
        if self.rejects != counts.rejects {
            wrong.push("the rejected records are not those that it counts".to_owned());
        }
        let gaps = self.gaps(commit);
        if gaps != counts.gaps {
            wrong.push(format!(
                "offsets {gaps:?} are not there, and {:?} are named as gaps",
                counts.gaps
            ));
        }
        wrong
    }

    /// The offsets of the commit that no record has, as `[from, to)`.
    fn gaps(&self, commit: &Commit) -> Vec<(Offset, Offset)> {
        let mut gaps = Vec::new();
        let mut next = commit.start;
        for offset in self.leaves.keys() {
            if *offset > next {
                gaps.push((next, *offset));
            }
            next = offset.saturating_add(1);
        }
        if next < commit.end {
            gaps.push((next, commit.end));
        }
        gaps
    }
}
