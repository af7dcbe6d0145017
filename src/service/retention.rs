//! Once a day: what retention would let go. A thread looks; the archive's lane, the one writer, lets
//! go what is due, some files at a time, so that archiving never waits long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Clock;
use super::lanes::ForArchive;
use super::normalizers::spawn;
use crate::config::{Apply, RetentionSettings};
use crate::io::archive::retain::{Candidate, Prepared, RetainSettings, prepare};
use crate::io::archive::{ArchiveError, LetGo, Outcome, Place};
use crate::model::limits::RETENTION_FILES_PER_TURN;
use crate::model::retention::Day;
use crate::telemetry::Metrics;

/// How often it is asked whether a new day has begun.
const LOOK: Duration = Duration::from_mins(5);
/// Looks of one day, where holds change meanwhile.
const TURNS_MAX: u32 = 10;
/// Who says so, in tombstones.
const BY: &str = "the service, by its configuration";

/// Files for the archive's lane to let go.
pub struct Due {
    prepared: Arc<Prepared>,
    /// `None` finishes what earlier tombstones let go.
    candidates: Option<std::ops::Range<usize>>,
    /// Told what became of them; of nothing where it failed.
    done: Sender<Option<Outcome>>,
}

impl Due {
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    pub fn candidates(&self) -> Option<&[Candidate]> {
        let range = self.candidates.clone()?;
        self.prepared.candidates.get(range)
    }

    pub fn done(self, outcome: Option<Outcome>) {
        if self.done.send(outcome).is_err() {
            tracing::debug!("nobody waits for what was let go");
        }
    }
}

/// The thread that looks.
pub struct Retention {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Looker {
    place: Place,
    settings: RetentionSettings,
    clock: Clock,
    stopping: Arc<AtomicBool>,
    archive: Sender<ForArchive>,
    metrics: Metrics,
}

/// Starts looking, where there is anything to look for.
pub fn start(
    place: Place,
    settings: &RetentionSettings,
    (clock, stopping, metrics): (&Clock, &Arc<AtomicBool>, &Metrics),
    archive: &Sender<ForArchive>,
) -> std::io::Result<Option<Retention>> {
    if settings.keep.is_empty() {
        return Ok(None);
    }
    let looker = Looker {
        place,
        settings: settings.clone(),
        clock: clock.clone(),
        stopping: stopping.clone(),
        archive: archive.clone(),
        metrics: metrics.clone(),
    };
    let (stop, stopped) = bounded(1);
    let thread = spawn("retention", move || looker.run(&stopped))?;
    Ok(Some(Retention { stop, thread }))
}

impl Retention {
    /// Ends it, so that it holds the archive's lane open no longer.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the retention thread had panicked");
        }
    }
}

impl Looker {
    fn run(&self, stopped: &Receiver<()>) {
        let mut looked: Option<Day> = None;
        loop {
            let today = Day::of((self.clock)());
            if looked != Some(today) {
                match self.day() {
                    Ok(()) => looked = Some(today),
                    Err(error) => tracing::error!("retention waits, nothing is let go: {error}"),
                }
            }
            match stopped.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn day(&self) -> Result<(), ArchiveError> {
        for _ in 0..TURNS_MAX {
            let settings = RetainSettings {
                retention: self.settings.keep.clone(),
                now: (self.clock)(),
                by: BY.to_owned(),
            };
            let go_on = |_: &str| !self.stopping.load(Ordering::Relaxed);
            let Some(prepared) = prepare(&self.place, &settings, &go_on)? else {
                return Ok(());
            };
            let prepared = Arc::new(prepared);
            if self.settings.apply == Apply::Never {
                self.show(&prepared, &LetGo::default());
                return Ok(());
            }
            let (went, again) = self.let_go(&prepared);
            self.show(&prepared, &went);
            if !again {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What became of all that is due, and whether it must be looked at again. What failed was told,
    /// and is tried again the next day.
    fn let_go(&self, prepared: &Arc<Prepared>) -> (LetGo, bool) {
        let count = prepared.candidates.len();
        let turns = (0..count).step_by(RETENTION_FILES_PER_TURN);
        let turns = turns.map(|first| Some(first..count.min(first + RETENTION_FILES_PER_TURN)));
        let first = (!prepared.unfinished.is_empty()).then_some(None);
        let mut all = LetGo::default();
        for candidates in first.into_iter().chain(turns) {
            if self.stopping.load(Ordering::Relaxed) {
                break;
            }
            match self.turn(prepared, candidates) {
                None => break,
                Some(Outcome::Done(went)) => all.add(went),
                Some(Outcome::HoldsChanged(went)) => {
                    all.add(went);
                    return (all, true);
                }
            }
        }
        (all, false)
    }

    fn turn(
        &self,
        prepared: &Arc<Prepared>,
        candidates: Option<std::ops::Range<usize>>,
    ) -> Option<Outcome> {
        let (done, became) = bounded(1);
        let due = Due {
            prepared: prepared.clone(),
            candidates,
            done,
        };
        // A lane that is closed has an error of its own to tell.
        self.archive.send(ForArchive::LetGo(Box::new(due))).ok()?;
        became.recv().ok()?
    }

    fn show(&self, prepared: &Prepared, went: &LetGo) {
        let files = prepared.candidates.iter().map(|one| &one.file.file);
        let (count, bytes) = files.fold((0_u64, 0_u64), |(count, bytes), file| {
            (count + 1, bytes + file.bytes)
        });
        let gone = went.deleted.iter().map(|file| file.bytes);
        let (gone_count, gone_bytes) = (went.deleted.len() as u64, gone.sum::<u64>());
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let plain = self.metrics.plain();
        plain
            .retention
            .due_files
            .set(gauge(count.saturating_sub(gone_count)));
        plain
            .retention
            .due_bytes
            .set(gauge(bytes.saturating_sub(gone_bytes)));
        plain.retention.deleted.inc_by(gone_count);
        if !went.deleted.is_empty() {
            tracing::info!(
                "{gone_count} files were let go by retention under {}",
                went.tombstones.join(", ")
            );
        }
        for (file, why) in went.unsound.iter().chain(&went.undeleted) {
            tracing::warn!("{} is not let go: {why}", file.path);
        }
    }
}
