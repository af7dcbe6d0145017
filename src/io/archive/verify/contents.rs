//! What the rows of a commit's files amount to, against what the commit says of them.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::super::leaves::Kind;
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

/// What the rows of a commit's files amount to.
#[derive(Default)]
pub(super) struct Contents {
    /// Of records, by offset, so in the order of the tree.
    leaves: BTreeMap<Offset, Sha256Hash>,
    /// Of changes of findings, by number: a commit has one kind of leaves or the other.
    changes: BTreeMap<Offset, Sha256Hash>,
    pub(super) rows: u64,
    pub(super) records: u64,
    events: u64,
    rejects: BTreeMap<String, u64>,
}

impl Contents {
    pub(super) fn take(&mut self, bytes: Bytes, stream: &Stream) -> Result<(), String> {
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

    pub(super) fn take_changes(
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
    pub(super) fn compare(&self, commit: &Commit) -> Vec<String> {
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
