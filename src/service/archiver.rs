//! The archive's side of the stream: records into segments, segments into the commit chain.
//!
//! It keeps offsets of its own and waits for nobody: what is archived and what is correlated are
//! two commit points.

use std::collections::BTreeMap;

use super::retention::Due;
use super::told;
use crate::evidence::datasets::{self, Dataset, EvidenceRead, ToldLink};
use crate::evidence::segment::{FinishedSegment, SegmentBuilder};
use crate::evidence::settings::Settings;
use crate::evidence::table::TableError;
use crate::io::archive::reads::{self, UnrecordedError};
use crate::io::archive::{
    AccessSnapshot, Archive, ArchiveError, CommitRef, DatasetFile, PeopleSnapshot, ToldLinks,
};
use crate::model::event::Normalized;
use crate::model::id::SourceName;
use crate::model::record::{Offset, Record, Stream};
use crate::model::time::{Span, Timestamp};
use crate::telemetry::Metrics;

pub struct Archiver {
    archive: Archive,
    open: BTreeMap<Stream, OpenSegment>,
    /// Where each stream's chain ends, and when it last grew or was first met.
    chains: BTreeMap<Stream, ChainEnd>,
    /// What the archive says of whose each account is, once it was asked.
    links: Option<ToldLinks>,
    /// When it was last asked for reads that others recorded.
    reads_looked: Option<Timestamp>,
    metrics: Metrics,
    limits: SegmentLimits,
}

/// When a segment is closed before the writer must.
#[derive(Clone, Copy, Debug)]
pub struct SegmentLimits {
    pub bytes: usize,
    pub age: Span,
}

/// Why a segment did not become part of the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiverError {
    #[error(transparent)]
    Store(#[from] ArchiveError),
    #[error(transparent)]
    Encode(#[from] crate::evidence::segment::EncodeError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("failed to archive who read evidence: {0}")]
    Reads(#[from] UnrecordedError),
}

#[derive(Clone, Copy)]
struct ChainEnd {
    end: Offset,
    since: Timestamp,
}

struct OpenSegment {
    builder: SegmentBuilder,
    source: SourceName,
    since: Timestamp,
    /// Closed, and waiting for the store to take it.
    finished: Option<FinishedSegment>,
}

/// How often the archive is asked for reads that others recorded.
const READS_LOOK: Span = Span::from_seconds(60);

impl Archiver {
    pub fn new(archive: Archive, limits: SegmentLimits, metrics: Metrics) -> Self {
        Archiver {
            archive,
            open: BTreeMap::new(),
            chains: BTreeMap::new(),
            links: None,
            reads_looked: None,
            metrics,
            limits,
        }
    }

    /// Where the chains of the streams that it has met end.
    pub fn ends(&self) -> impl Iterator<Item = (&Stream, Offset)> {
        self.chains
            .iter()
            .map(|(stream, chain)| (stream, chain.end))
    }

    /// The stream goes to another writer: its chain is asked for again if it comes back.
    pub fn release(&mut self, stream: &Stream) {
        self.chains.remove(stream);
        self.archive.forget(stream);
    }

    /// Finds where the stream's chain ends, before its first record.
    pub fn meet(&mut self, stream: &Stream, now: Timestamp) -> Result<(), ArchiverError> {
        if !self.chains.contains_key(stream) {
            let end = self.archive.end(stream)?;
            self.chains
                .insert(stream.clone(), ChainEnd { end, since: now });
        }
        Ok(())
    }

    /// Takes consecutive records of a stream that it has met, with what they became. Those that
    /// are archived already are left out. Asks nothing of the store, so that nothing can be lost
    /// here; whether the segment is now full.
    pub fn take(
        &mut self,
        stream: &Stream,
        source: &SourceName,
        (records, normalized): (Vec<Record>, &[Normalized]),
        now: Timestamp,
    ) -> bool {
        let archived = self.chains.get(stream).map_or(0, |chain| chain.end);
        for (record, normalized) in records.into_iter().zip(normalized) {
            if record.offset < archived && !self.open.contains_key(stream) {
                continue;
            }
            let segment = self
                .open
                .entry(stream.clone())
                .or_insert_with(|| OpenSegment {
                    builder: SegmentBuilder::new(stream.clone(), source.clone(), archived),
                    source: source.clone(),
                    since: now,
                    finished: None,
                });
            segment.builder.push(record, normalized);
        }
        self.open.get(stream).is_some_and(|segment| {
            segment.builder.is_full() || segment.builder.bytes() >= self.limits.bytes
        })
    }

    /// Closes the stream's segment and commits it.
    pub fn flush(&mut self, stream: &Stream, now: Timestamp) -> Result<(), ArchiverError> {
        let Some(mut segment) = self.open.remove(stream) else {
            return Ok(());
        };
        if segment.finished.is_none() {
            let next = segment.builder.next();
            let after = SegmentBuilder::new(stream.clone(), segment.source.clone(), next);
            let full = std::mem::replace(&mut segment.builder, after);
            segment.finished = Some(full.finish()?);
        }
        if let Some(finished) = &segment.finished {
            let committed = self.archive.append(finished, now);
            match committed {
                Ok(commit) => {
                    self.count(stream, finished, commit.file_bytes, commit.end);
                    self.chains.insert(
                        stream.clone(),
                        ChainEnd {
                            end: commit.end,
                            since: now,
                        },
                    );
                }
                Err(error) => {
                    self.open.insert(stream.clone(), segment);
                    return Err(error.into());
                }
            }
        }
        // What came while the store refused is the beginning of the next segment.
        if !segment.builder.is_empty() {
            segment.finished = None;
            self.open.insert(stream.clone(), segment);
        }
        Ok(())
    }

    /// Archives a snapshot of live access, unless one of its day is there.
    pub fn snapshot(
        &mut self,
        snapshot: &AccessSnapshot,
        now: Timestamp,
    ) -> Result<(), ArchiverError> {
        let commit = self.archive.snapshot(snapshot, now)?;
        self.tell_snapshot(("access", snapshot.as_of), commit.as_ref());
        Ok(())
    }

    /// Archives a snapshot of people, unless one of its day is there.
    pub fn people(
        &mut self,
        snapshot: &PeopleSnapshot,
        now: Timestamp,
    ) -> Result<(), ArchiverError> {
        let commit = self.archive.people(snapshot, now)?;
        self.tell_snapshot(("people", snapshot.as_of), commit.as_ref());
        Ok(())
    }

    fn tell_snapshot(&self, (what, as_of): (&str, Timestamp), commit: Option<&CommitRef>) {
        let Some(commit) = commit else {
            tracing::debug!("a snapshot of {what} of that day was archived before: {as_of}");
            return;
        };
        let plain = self.metrics.plain();
        plain.archive_commits.inc();
        plain.archive_bytes.inc_by(commit.file_bytes);
        tracing::info!("archived {what} as of {as_of}: {}", commit.path);
    }

    /// Records what is in force, unless that is what the archive last recorded.
    pub fn settings(&mut self, settings: &Settings, now: Timestamp) -> Result<(), ArchiverError> {
        Ok(self.archive.record_settings(settings, now)?)
    }

    /// Archives rows of a dataset, unless they are there.
    pub fn add(&mut self, file: &DatasetFile, now: Timestamp) -> Result<(), ArchiverError> {
        let dataset = file.dataset.as_str();
        let Some(commit) = self.archive.add(file, now)? else {
            tracing::debug!("{} of {dataset} was archived before", file.name);
            return Ok(());
        };
        let plain = self.metrics.plain();
        plain.archive_commits.inc();
        plain.archive_bytes.inc_by(commit.file_bytes);
        tracing::debug!("archived {} rows of {dataset}: {}", file.rows, commit.path);
        Ok(())
    }

    /// Archives what of the links the archive does not say yet.
    pub fn links(
        &mut self,
        links: &[ToldLink],
        (told_at, now): (Timestamp, Timestamp),
    ) -> Result<(), ArchiverError> {
        // Forgotten until it is written: after an error the archive is asked what it says.
        let known = match self.links.take() {
            Some(known) => known,
            None => self.archive.told_links()?,
        };
        let (changes, known) = told::link_changes(links, known, told_at);
        let number = self.archive.next_number(Dataset::Links)?;
        if let Some(file) = told::links_file(&changes, number)? {
            self.add(&file, now)?;
        }
        self.links = Some(known);
        Ok(())
    }

    /// Lets files go that retention has looked at. What fails here fails retention, which tries again
    /// the next day, and never archiving.
    pub fn let_go(&mut self, due: Due, now: Timestamp) {
        let outcome = match due.candidates() {
            None => self.archive.finish_letting_go(due.prepared()),
            Some(candidates) => self.archive.let_go(due.prepared(), candidates, now),
        };
        due.done(match outcome {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                tracing::error!("retention failed, archiving goes on: {error}");
                None
            }
        });
    }

    /// Closes what is older than allowed.
    pub fn flush_aged(&mut self, now: Timestamp) -> Result<(), ArchiverError> {
        let aged = |segment: &OpenSegment| {
            segment.finished.is_some() || now.since(segment.since) >= self.limits.age
        };
        let due = self.open.iter().filter(|(_, segment)| aged(segment));
        let due: Vec<Stream> = due.map(|(stream, _)| stream.clone()).collect();
        due.iter().try_for_each(|stream| self.flush(stream, now))
    }

    pub fn flush_all(&mut self, now: Timestamp) -> Result<(), ArchiverError> {
        while let Some(stream) = self.open.keys().next().cloned() {
            self.flush(&stream, now)?;
        }
        Ok(())
    }

    /// Says of streams to which nothing came for `every` that nothing came, so that a cut tail
    /// shows.
    pub fn heartbeat(&mut self, now: Timestamp, every: Span) -> Result<(), ArchiverError> {
        let idle = |stream: &Stream, since: Timestamp| {
            now.since(since) >= every && !self.open.contains_key(stream)
        };
        let due = self
            .chains
            .iter()
            .filter(|(stream, chain)| idle(stream, chain.since));
        let due: Vec<Stream> = due.map(|(stream, _)| stream.clone()).collect();
        for stream in due {
            let end = self.archive.heartbeat(&stream, now)?.end;
            self.metrics.plain().archive_commits.inc();
            self.chains.insert(stream, ChainEnd { end, since: now });
        }
        Ok(())
    }

    /// Brings reads of evidence that other programs recorded under the next checkpoint.
    pub fn take_up_reads(&mut self, now: Timestamp) -> Result<(), ArchiverError> {
        let is_due = |looked: Timestamp| now.since(looked) >= READS_LOOK;
        if self.reads_looked.is_none_or(is_due) {
            self.archive.take_up(Dataset::Reads)?;
            self.reads_looked = Some(now);
        }
        Ok(())
    }

    /// Archives reads through the API.
    pub fn reads(&mut self, rows: &[EvidenceRead], now: Timestamp) -> Result<(), ArchiverError> {
        let times = rows.iter().map(|read| read.at);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
            return Ok(());
        };
        let file = DatasetFile {
            dataset: Dataset::Reads,
            at: first,
            name: format!("api-{}-{}", first.as_micros(), std::process::id()),
            parquet: datasets::reads(rows)?,
            rows: rows.len() as u64,
            times: (first, last),
        };
        reads::add(&mut self.archive, &file, now)?;
        Ok(())
    }

    /// Signs what is committed and not under a checkpoint yet.
    pub fn publish(&mut self) -> Result<(), ArchiverError> {
        let published = self.archive.publish();
        let unsigned = i64::try_from(self.archive.unsigned()).unwrap_or(i64::MAX);
        self.metrics.plain().archive_unsigned.set(unsigned);
        Ok(published?)
    }

    fn count(&self, stream: &Stream, finished: &FinishedSegment, file_bytes: u64, end: Offset) {
        let plain = self.metrics.plain();
        plain.archive_segments.inc();
        plain.archive_commits.inc();
        plain.archive_bytes.inc_by(file_bytes);
        plain.archive_rows.inc_by(finished.rows);
        if stream.is_kafka() {
            self.metrics.stream(stream).archive_offset.set(end);
        }
    }
}
