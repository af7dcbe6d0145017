//! Homes from what was kept: the records of a directory of logs, or of an archive, put through the
//! same normalizers and homes as when they came, in memory and for as long as questions last.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use super::normalizers::{self, Secrets};
use super::questions::View;
use super::replay::{ReplayError, ReplaySummary, join, read, take_all};
use super::shards::Shards;
use crate::io::archive::{ArchiveError, ArchiveReader, Place};
use crate::io::files::FilesSettings;
use crate::io::intake::{Arrival, Outlet};
use crate::model::policy::Policy;
use crate::model::time::Timestamp;
use crate::normalize::Mappings;
use crate::telemetry::Metrics;

#[derive(Clone, Debug)]
pub struct RecallSettings {
    pub from: Kept,
    pub policy: Arc<Policy>,
    /// The clock; the newest event time where none is given.
    pub now: Option<Timestamp>,
    /// Threads that own homes, and threads that normalise.
    pub threads: usize,
}

/// Where records were kept.
#[derive(Clone, Debug)]
pub enum Kept {
    Logs(FilesSettings),
    Archive(Place),
}

/// Homes, and what they were made of.
pub struct Recalled {
    shards: Shards,
    pub now: Timestamp,
    pub summary: ReplaySummary,
}

/// Reads to the end. `progress` is told of records and bytes as they pass.
pub fn recall(
    settings: &RecallSettings,
    mappings: &Arc<Mappings>,
    metrics: &Metrics,
    progress: &mut dyn FnMut(&ReplaySummary),
) -> Result<Recalled, ReplayError> {
    let threads = settings.threads.max(1);
    let mut shards = Shards::start(threads, &settings.policy).map_err(ReplayError::Thread)?;
    let (reading, arrivals) = match &settings.from {
        Kept::Logs(files) => {
            let (reader, arrivals) = read(files)?;
            (Reading::Files(reader), arrivals)
        }
        Kept::Archive(place) => {
            let (reader, arrivals) = read_archive(place)?;
            (Reading::Archive(reader), arrivals)
        }
    };
    let passed = normalizers::start(arrivals, threads, mappings, &Secrets::AsTheyAre, metrics);
    let passed = passed.map_err(ReplayError::Thread)?;
    let summary = take_all(&passed, &mut |_understood| true, &mut shards, progress);
    drop(passed);
    match reading {
        Reading::Files(reader) => join(reader)??,
        Reading::Archive(reader) => join(reader)??,
    }
    let place = || match &settings.from {
        Kept::Logs(files) => files.root.clone(),
        Kept::Archive(place) => PathBuf::from(place.location()),
    };
    let summary = summary.ok_or_else(|| ReplayError::Incomplete(place()))?;
    let now = settings.now.or(summary.now);
    Ok(Recalled {
        shards,
        now: now.ok_or_else(|| ReplayError::NothingRead(place()))?,
        summary,
    })
}

impl Recalled {
    /// What questions look at.
    pub fn view(&self) -> View<'_> {
        View {
            shards: &self.shards,
            now: self.now,
        }
    }
}

enum Reading {
    Files(super::replay::Reading),
    Archive(JoinHandle<Result<(), ArchiveError>>),
}

type ArchiveReading = JoinHandle<Result<(), ArchiveError>>;

fn read_archive(place: &Place) -> Result<(ArchiveReading, Receiver<Arrival>), ReplayError> {
    let reader = ArchiveReader::open(place)?;
    let (sender, arrivals) = bounded(8);
    let outlet = Outlet::new(sender, Arc::new(AtomicBool::new(false)));
    let thread = std::thread::Builder::new()
        .name("archive".to_owned())
        .spawn(move || reader.read_all(&outlet));
    Ok((thread.map_err(ReplayError::Thread)?, arrivals))
}
