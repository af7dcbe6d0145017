//! The thread that has checkpoints stamped. Nothing waits for it, and a failure of the authority or
//! of the store is told and tried again.

use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::normalizers::spawn;
use super::run::RunError;
use crate::config::Config;
use crate::io::archive::{ArchiveError, Place, Timestamps};
use crate::io::timestamp_authority::{AuthorityError, TimestampAuthority};
use crate::telemetry::Metrics;

/// Until the next attempt after a failure: doubled each time, up to the usual interval.
const RETRY_FIRST: Duration = Duration::from_secs(10);

/// The thread, and what stops it. It ends when this is dropped; a request under way is given up.
pub(super) struct Stamping {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Stamper {
    authority: TimestampAuthority,
    archive: Place,
    /// Opened when it is first needed, and again after a failure.
    timestamps: Option<Timestamps>,
    every: Duration,
    metrics: Metrics,
    /// For requests alone: a store has one of its own.
    runtime: Runtime,
}

#[derive(Debug, thiserror::Error)]
enum StampingError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl Stamping {
    /// `None` where the config names no authority.
    pub(super) fn start(config: &Config, metrics: &Metrics) -> Result<Option<Self>, RunError> {
        let Some(settings) = &config.timestamps else {
            return Ok(None);
        };
        let authority = TimestampAuthority::new(&settings.authority, settings.ca_file.as_deref());
        let stamper = Stamper {
            authority: authority.map_err(|error| RunError::Edge(error.to_string()))?,
            archive: Place::of(&config.archive),
            timestamps: None,
            every: settings.every,
            metrics: metrics.clone(),
            runtime: Builder::new_current_thread().enable_all().build()?,
        };
        let (stop, stopped) = oneshot::channel();
        let thread = spawn("timestamps", move || stamper.run(stopped))?;
        Ok(Some(Stamping {
            stop: Some(stop),
            thread: Some(thread),
        }))
    }
}

impl Drop for Stamping {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread of timestamps had panicked");
        }
    }
}

impl Stamper {
    fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut pause = RETRY_FIRST.min(self.every);
        // At once, for what was written before: then as often as was asked for.
        let mut next = Duration::ZERO;
        while self.passes(next, &mut stopped) {
            next = match self.stamp(&mut stopped) {
                Ok(None) => return,
                Ok(Some(())) => {
                    pause = RETRY_FIRST.min(self.every);
                    self.every
                }
                Err(error) => {
                    self.metrics.plain().timestamps.failures.inc();
                    tracing::warn!("a checkpoint is not stamped yet, archiving goes on: {error}");
                    self.timestamps = None;
                    let now = pause;
                    pause = (pause * 2).min(self.every);
                    now
                }
            };
        }
    }

    /// Whether so much time passed, and nobody stopped us.
    fn passes(&self, time: Duration, stopped: &mut oneshot::Receiver<()>) -> bool {
        let wait = async { tokio::time::timeout(time, stopped).await.is_err() };
        self.runtime.block_on(wait)
    }

    /// `None` where the service stops.
    fn stamp(&mut self, stopped: &mut oneshot::Receiver<()>) -> Result<Option<()>, StampingError> {
        let timestamps = match self.timestamps.take() {
            Some(timestamps) => timestamps,
            None => Timestamps::open(&self.archive)?,
        };
        let timestamps = self.timestamps.insert(timestamps);
        let Some(due) = timestamps.due()? else {
            return Ok(Some(()));
        };
        let asked = self.runtime.block_on(async {
            tokio::select! {
                stamped = self.authority.stamp(due.hash()) => Some(stamped),
                _ = stopped => None,
            }
        });
        let Some(stamped) = asked.transpose()? else {
            return Ok(None);
        };
        timestamps.keep(&due, stamped.response)?;
        let plain = self.metrics.plain();
        plain.timestamps.given.inc();
        plain
            .timestamps
            .commits
            .set(i64::try_from(due.size).unwrap_or(i64::MAX));
        tracing::info!(
            "{} commits are stamped as of {}",
            due.size,
            stamped.stamp.at
        );
        Ok(Some(()))
    }
}
