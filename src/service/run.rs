//! `tenure run`: the service, from its edges to its ends, until it is told to stop.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::archive_lane::{ArchiveLane, Unsigned};
use super::archiver::{Archiver, ArchiverError, SegmentLimits};
use super::clock::CatchUpClock;
use super::correlate::{CorrelateError, Correlator, Routes};
use super::deliveries::Deliveries;
use super::findings_lane;
use super::homes_lane::HomesLane;
use super::lanes::{ForArchive, ForHomes, divide};
use super::normalizers::{self, Secrets, spawn};
use super::progress::Progress;
use super::questions::Question;
use super::retention::{self, Retention};
use super::settings;
use super::status::Status;
use super::timestamps::Stamping;
use super::{Clock, OnRound};
use crate::config::{Config, ShardCount};
use crate::evidence::datasets::Dataset;
use crate::evidence::note::Signer as _;
use crate::evidence::settings::Settings;
use crate::io::archive::{Archive, ArchiveError, Place};
use crate::io::files::{FilesError, FilesSettings, ReceivedAt, tail};
use crate::io::intake::{Arrival, Outlet};
use crate::io::state::{StateError, StateStore};
use crate::model::Text;
use crate::model::limits::SEGMENT_BYTES_MAX;
use crate::model::policy::Policy;
use crate::model::record::{Offset, Stream};
use crate::model::time::{Span, Timestamp};
use crate::normalize::Mappings;
use crate::telemetry::Metrics;

/// Batches that may wait between two stages.
const LANE_DEPTH: usize = 16;

/// What the service runs with.
pub struct RunSettings {
    pub config: Config,
    pub policy: Arc<Policy>,
    /// The text of the policy's file, which the archive keeps.
    pub policy_text: Option<Text>,
    pub mappings: Arc<Mappings>,
    /// What becomes of secrets in records.
    pub secrets: Secrets,
    pub status: Status,
    pub metrics: Metrics,
    /// Set from outside to stop the service; set by the service when it must stop.
    pub stop: Arc<AtomicBool>,
    /// How far each stream is durable.
    pub progress: Progress,
    /// Questions about homes, from whoever may ask.
    pub questions: Receiver<Question>,
    pub clock: Clock,
    /// How often the clock is looked at while nothing arrives.
    pub tick: Duration,
    /// Told after each round of the homes, once it is durable: the time as of which it was
    /// assessed, and the news, if any.
    pub on_round: OnRound,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Correlate(#[from] CorrelateError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Archiver(#[from] ArchiverError),
    #[error(transparent)]
    Signing(#[from] super::signing::SigningError),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error("failed to start a thread: {0}")]
    Thread(#[from] std::io::Error),
    #[error("{0}")]
    Edge(String),
}

/// Runs until `stop`; then until everything that was taken in is durable.
pub fn run(settings: RunSettings) -> Result<(), RunError> {
    let RunSettings {
        config,
        policy,
        policy_text,
        mappings,
        secrets,
        status,
        metrics,
        stop,
        progress,
        questions,
        clock,
        tick,
        on_round,
    } = settings;
    let store = Arc::new(StateStore::open(&config.state)?);
    let shown = (status.clone(), metrics.clone(), routes(&config));
    let begun = begin(&config, &store, &policy, shown, &progress)?;
    status.ready("state");

    let (arrivals, arriving) = bounded(LANE_DEPTH);
    let threads = shard_count(&config);
    let passed = normalizers::start(arriving, threads, &mappings, &secrets, &metrics)?;
    let (to_archive, for_archive) = bounded::<ForArchive>(LANE_DEPTH);
    let (to_homes, for_homes) = bounded::<ForHomes>(LANE_DEPTH);
    let (done, delivered) = unbounded();

    let for_findings = (begun.archived, to_archive.clone());
    let deliveries = Deliveries::start(&config, &store, &metrics, done, for_findings)?;
    let homes = HomesLane {
        correlator: begun.correlator,
        catch_up: CatchUpClock::default(),
        clock: clock.clone(),
        tick,
        progress: progress.clone(),
        status: status.clone(),
        delivered,
        questions,
        wake: deliveries.wakers(),
        findings_path: findings_path(&config),
        on_round,
        for_archive: to_archive.clone(),
        snapshot_day: begun.snapshot_day,
        links_at: None,
        end_deliveries: Box::new(move || deliveries.stop()),
    };
    let in_force = settings::in_force(&policy, policy_text.as_deref(), &mappings);
    let archive_lane = archive_lane(
        &config,
        in_force,
        &metrics,
        (&clock, &progress, status, &stop),
    )?;
    let homes = watch("homes", &stop, move || homes.run(&for_homes))?;
    let archiving = watch("archive", &stop, move || archive_lane.run(&for_archive))?;
    let retention = start_retention(&config, (&clock, &stop, &metrics), &to_archive)?;
    let dividing = spawn("divide", move || divide(&passed, &to_archive, &to_homes))?;
    let _stamping = Stamping::start(&config, &metrics)?;
    let edges = start_edges(
        &config,
        &mappings,
        (begun.known, clock),
        (arrivals, &stop, &progress, &metrics),
    )?;

    all_ended((edges, retention), dividing, [homes, archiving])
}

fn archive_lane(
    config: &Config,
    in_force: Settings,
    metrics: &Metrics,
    (clock, progress, status, stop): (&Clock, &Progress, Status, &Arc<AtomicBool>),
) -> Result<ArchiveLane, RunError> {
    Ok(ArchiveLane {
        archiver: archiver(config, metrics)?,
        settings: Some(in_force),
        heartbeat: span(config.archive.heartbeat),
        clock: clock.clone(),
        progress: progress.clone(),
        status,
        stop: stop.clone(),
        unsigned: Unsigned::default(),
    })
}

/// Waits for the parts in the order in which they end. What went wrong first is told.
fn all_ended(
    (edges, retention): (Vec<Edge>, Option<Retention>),
    dividing: JoinHandle<()>,
    lanes: [Edge; 2],
) -> Result<(), RunError> {
    let edges = edges.into_iter().try_for_each(ended);
    retention.into_iter().for_each(Retention::stop);
    divided(dividing);
    let lanes = lanes.map(ended);
    lanes.into_iter().fold(edges, Result::and)
}

fn start_retention(
    config: &Config,
    watched: (&Clock, &Arc<AtomicBool>, &Metrics),
    archive: &Sender<ForArchive>,
) -> Result<Option<Retention>, std::io::Error> {
    retention::start(
        Place::of(&config.archive),
        &config.retention,
        watched,
        archive,
    )
}

/// Where the service goes on.
struct Begun {
    correlator: Correlator,
    known: HashMap<Stream, Offset>,
    /// The day of the last snapshot.
    snapshot_day: Option<i32>,
    /// The last entry of the outbox that the archive has.
    archived: Option<u64>,
}

fn begin(
    config: &Config,
    store: &Arc<StateStore>,
    policy: &Arc<Policy>,
    shown: (Status, Metrics, Routes),
    progress: &Progress,
) -> Result<Begun, RunError> {
    let mut correlator = Correlator::open(store.clone(), policy, shard_count(config), shown)?;
    let archive = Archive::open(Place::of(&config.archive))?;
    let access = archive.last_snapshot(Dataset::Access)?;
    let people = archive.last_snapshot(Dataset::People)?;
    // Of a day of which one is missing both are taken; the one that is there stands.
    let snapshot_day = access.min(people).map(Timestamp::day);
    let archived = findings_lane::archived(&archive, store.outbox_id())?;
    if archived.is_none() {
        correlator.restate()?;
    }
    let known = known_positions(&correlator, archive, progress)?;
    Ok(Begun {
        correlator,
        known,
        snapshot_day,
        archived,
    })
}

/// Where reading begins, by stream.
fn known_positions(
    correlator: &Correlator,
    mut archive: Archive,
    progress: &Progress,
) -> Result<HashMap<Stream, Offset>, RunError> {
    let mut offsets: Vec<(&Stream, &Offset)> = correlator.offsets().iter().collect();
    offsets.sort_unstable();
    for (stream, next) in offsets {
        progress.state(stream, *next);
        if let Some(began) = correlator.began(stream)? {
            progress.begin(stream, began);
        }
        let archived = archive.end(stream)?;
        if archived > 0 {
            progress.archive(stream, archived);
        }
    }
    Ok(progress.both().into_iter().collect())
}

type Edge = JoinHandle<Result<(), RunError>>;

fn start_edges(
    config: &Config,
    mappings: &Mappings,
    (known, clock): (HashMap<Stream, Offset>, Clock),
    (arrivals, stop, progress, metrics): (Sender<Arrival>, &Arc<AtomicBool>, &Progress, &Metrics),
) -> Result<Vec<Edge>, RunError> {
    let mut edges = Vec::new();
    if let Some(files) = &config.files {
        let settings = FilesSettings {
            root: files.path.clone(),
            received_at: ReceivedAt::Clock(clock),
            poll: files.poll,
            known_sources: mappings.sources().into_iter().map(str::to_owned).collect(),
        };
        let outlet = Outlet::new(arrivals.clone(), stop.clone());
        let bookmarks = config.state.join("files.bookmarks");
        edges.push(watch("files", stop, move || {
            tail(&settings, known, &bookmarks, &outlet)
        })?);
    }
    if let Some(kafka) = &config.kafka {
        let outlet = Outlet::new(arrivals.clone(), stop.clone());
        edges.push(super::kafka::start_consumer(
            kafka,
            outlet,
            (stop, progress, metrics),
        )?);
    }
    // The edges hold the intake open, nobody else.
    drop(arrivals);
    Ok(edges)
}

/// Runs a part of the service on a thread of its own; if it fails, the service stops.
pub(super) fn watch<E: Into<RunError>>(
    name: &str,
    stop: &Arc<AtomicBool>,
    part: impl FnOnce() -> Result<(), E> + Send + 'static,
) -> Result<Edge, std::io::Error> {
    let stop = StopOnPanic(stop.clone());
    let name_of_part = name.to_owned();
    spawn(name, move || {
        let ended = part().map_err(Into::into);
        if let Err(error) = &ended {
            tracing::error!("{name_of_part} failed, the service stops: {error}");
            stop.0.store(true, Ordering::Relaxed);
        }
        ended
    })
}

/// A broken invariant must not leave the rest of the service running.
struct StopOnPanic(Arc<AtomicBool>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

fn ended(part: Edge) -> Result<(), RunError> {
    match part.join() {
        Ok(ended) => ended,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn divided(dividing: JoinHandle<()>) {
    if dividing.join().is_err() {
        tracing::error!("the dividing thread had panicked");
    }
}

fn routes(config: &Config) -> Routes {
    let kafka = config.kafka.as_ref();
    Routes {
        archive: true,
        kafka: kafka.is_some_and(|kafka| kafka.findings_topic.is_some()),
        dead_letters: kafka.is_some_and(|kafka| kafka.dead_letter_topic.is_some()),
        webhook: config.webhook.as_ref().map(|webhook| webhook.min_severity),
    }
}

fn archiver(config: &Config, metrics: &Metrics) -> Result<Archiver, RunError> {
    let key = super::signing::key(&config.signing)?;
    tracing::info!("the archive's log is signed with {}", key.verifier());
    let archive = Archive::signed(Place::of(&config.archive), Box::new(key))?;
    // The lane signs after each turn, and lets a signer that is down be.
    let archive = archive.sign_each(u64::MAX);
    Ok(Archiver::new(
        archive,
        segment_limits(config),
        metrics.clone(),
    ))
}

fn findings_path(config: &Config) -> PathBuf {
    config.state.with_file_name("findings.ndjson")
}

fn segment_limits(config: &Config) -> SegmentLimits {
    let bytes = usize::try_from(config.archive.segment_bytes).unwrap_or(usize::MAX);
    SegmentLimits {
        bytes: bytes.min(SEGMENT_BYTES_MAX),
        age: span(config.archive.segment_age),
    }
}

fn shard_count(config: &Config) -> usize {
    match config.shards {
        ShardCount::OnePerCore => std::thread::available_parallelism().map_or(1, usize::from),
        ShardCount::Exactly(count) => usize::from(count),
    }
}

fn span(duration: Duration) -> Span {
    Span::from_seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}
