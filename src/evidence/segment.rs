//! A segment: consecutive records of one stream and source as one Parquet file.
//!
//! One row an event; a record of which no event could be made has exactly one row, whose event
//! columns are null. `raw` stands on the row of `event_index` 0 only, so these rows count the
//! records. Leaf hashes are no column: origin and `raw` give them again, and 32 bytes that do
//! not compress would make files an eighth larger.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::blocks::RowBlocks;
use super::columns::{self, Builders};
use super::leaf::{LeafHasher, Sha256Hash};
use super::rows::Rows;
use crate::model::event::Normalized;
use crate::model::id::SourceName;
use crate::model::limits::{SEGMENT_BYTES_MAX, SEGMENT_ROWS_MAX};
use crate::model::record::{Offset, Record, RejectReason, Stream};
use crate::model::time::Timestamp;

/// Rows and bytes of `raw` that go to the writer at a time. Pages are cut at slices, so these
/// are part of the form: the same records give the same bytes however they arrived. The bytes
/// bound memory and keep a slice's `raw` below the 2 GiB of an Arrow array.
const SLICE_ROWS: usize = 256;
const SLICE_BYTES: usize = 16 << 20;

/// Collects the records that follow `start` in a stream.
pub struct SegmentBuilder {
    stream: Stream,
    source: SourceName,
    leaves: LeafHasher,
    tree: RowBlocks,
    start: Offset,
    next: Offset,
    records: Vec<Record>,
    /// By the record's place, where something was replaced: few are.
    redacted: BTreeMap<u32, String>,
    raw_bytes: usize,
    rows: Rows,
    counts: Counts,
    times: Option<(Timestamp, Timestamp)>,
}

/// What became of the offsets of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub records: u64,
    pub events: u64,
    pub rejects: BTreeMap<RejectReason, u64>,
    /// Records that came again and were left out.
    pub duplicates: u64,
    /// Offsets that never came, as `[from, to)`: transactions, compaction, retention.
    pub gaps: Vec<(Offset, Offset)>,
}

/// What became of a pushed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Added,
    /// The stream is past its offset: it is archived already, and was only counted.
    Duplicate,
}

/// A file in memory and what a commit says of it.
#[derive(Clone, Debug)]
pub struct FinishedSegment {
    pub stream: Stream,
    pub source: SourceName,
    /// Every offset of `[start, end)` is a record of the file or in a gap.
    pub start: Offset,
    pub end: Offset,
    /// Without records there is no file: these bytes are empty.
    pub parquet: Bytes,
    pub sha256: Sha256Hash,
    pub rows: u64,
    pub row_root: Sha256Hash,
    /// As [`Commit::row_blocks`](super::commit::Commit::row_blocks).
    pub row_blocks: Vec<Sha256Hash>,
    pub counts: Counts,
    /// Time of the earliest and the latest event.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// The columns could not be encoded: a bug, or memory has run out.
#[derive(Debug, thiserror::Error)]
#[error("failed to encode segment of {stream} from offset {start}: {source}")]
pub struct EncodeError {
    stream: Stream,
    start: Offset,
    source: ParquetError,
}

/// The columns of a segment, for readers of files that may be older and lack some.
pub fn schema() -> SchemaRef {
    columns::schema()
}

impl SegmentBuilder {
    /// `start` is where the stream's archive ends so far.
    pub fn new(stream: Stream, source: SourceName, start: Offset) -> Self {
        SegmentBuilder {
            leaves: LeafHasher::new(&stream),
            stream,
            source,
            tree: RowBlocks::default(),
            start,
            next: start,
            records: Vec::new(),
            redacted: BTreeMap::new(),
            raw_bytes: 0,
            rows: Rows::default(),
            counts: Counts::default(),
            times: None,
        }
    }

    /// Takes a record with what it became. The facts are none of our business: they may have
    /// been taken out.
    pub fn push(&mut self, record: Record, normalized: &Normalized) -> Pushed {
        if record.offset < self.next {
            self.counts.duplicates += 1;
            return Pushed::Duplicate;
        }
        if record.offset > self.next {
            self.counts.gaps.push((self.next, record.offset));
        }
        self.next = record.offset + 1;
        self.tree.push(self.leaves.leaf(record.offset, &record.raw));
        self.counts.records += 1;
        if let Some(reject) = &normalized.reject {
            *self.counts.rejects.entry(reject.reason).or_default() += 1;
        }
        self.push_rows(normalized);
        self.raw_bytes += record.raw.len();
        self.records.push(record);
        Pushed::Added
    }

    fn push_rows(&mut self, normalized: &Normalized) {
        // A segment is closed long before 2^32 records.
        let record = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        if !normalized.redacted.is_empty() {
            let ids: BTreeSet<&str> = normalized.redacted.iter().map(|id| &**id).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            self.redacted.insert(record, ids.join(","));
        }
        if normalized.events.is_empty() {
            self.rows
                .push_without_event(record, &self.source, normalized.reject.as_ref());
        }
        for (index, event) in (0..).zip(&normalized.events) {
            self.rows.push_event(record, index, event);
            self.counts.events += 1;
            let (earliest, latest) = self.times.unwrap_or((event.time, event.time));
            self.times = Some((earliest.min(event.time), latest.max(event.time)));
        }
    }

    /// The offset after the last one that it covers.
    pub fn next(&self) -> Offset {
        self.next
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes held in memory.
    pub fn bytes(&self) -> usize {
        self.raw_bytes + self.records.len() * size_of::<Record>() + self.rows.bytes()
    }

    /// Whether it must be finished before it takes more.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= SEGMENT_ROWS_MAX || self.bytes() >= SEGMENT_BYTES_MAX
    }

    /// Sorts, encodes and hashes. The same records give the same bytes.
    pub fn finish(self) -> Result<FinishedSegment, EncodeError> {
        let parquet = self.encode().map_err(|source| EncodeError {
            stream: self.stream.clone(),
            start: self.start,
            source,
        })?;
        Ok(FinishedSegment {
            stream: self.stream,
            source: self.source,
            start: self.start,
            end: self.next,
            sha256: Sha256Hash::of(&parquet),
            parquet: Bytes::from(parquet),
            rows: self.rows.len() as u64,
            row_root: self.tree.root(),
            row_blocks: self.tree.stated(),
            counts: self.counts,
            times: self.times,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, ParquetError> {
        if self.records.is_empty() {
            return Ok(Vec::new());
        }
        let schema = columns::schema();
        let properties = columns::properties(&schema, self.rows.len())?;
        let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?;
        let mut builders = Builders::new(schema);
        let (mut slice_rows, mut slice_bytes) = (0, 0);
        for place in self.rows.order() {
            slice_bytes += self.append(place, &mut builders)?;
            slice_rows += 1;
            if slice_rows == SLICE_ROWS || slice_bytes >= SLICE_BYTES {
                writer.write(&builders.finish()?)?;
                (slice_rows, slice_bytes) = (0, 0);
            }
        }
        writer.write(&builders.finish()?)?;
        writer.into_inner()
    }

    /// Appends one row and tells how many bytes of `raw` that was.
    fn append(&self, place: u32, builders: &mut Builders) -> Result<usize, ParquetError> {
        let found = self.rows.get(place).and_then(|(row, texts)| {
            let record = self.records.get(row.record as usize)?;
            Some((record, row, texts))
        });
        // The order has each row once, and a row its record: were one missing, an archive
        // without it must not be written.
        let (record, row, texts) =
            found.ok_or_else(|| ParquetError::General(format!("row {place} has no record")))?;
        let redacted = self.redacted.get(&row.record).map(String::as_str);
        builders.append(&self.stream, (record, redacted), row, texts);
        Ok(if row.event_index == 0 {
            record.raw.len()
        } else {
            0
        })
    }
}

#[cfg(test)]
mod tests;
