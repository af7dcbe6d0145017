//! The thread that owns the archive: segments and commits, and patience with the store.

#![expect(
    clippy::disallowed_methods,
    reason = "a store that refuses is left alone for a while"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::Clock;
use super::archiver::{Archiver, ArchiverError};
use super::lanes::ForArchive;
use super::progress::Progress;
use super::status::Status;
use crate::evidence::settings::Settings;
use crate::io::archive::ArchiveError;
use crate::io::archive::reads::UnrecordedError;
use crate::model::time::{Span, Timestamp};

/// How long the lane waits for more before it looks at ages.
const LOOK: Duration = Duration::from_millis(500);
/// Pauses between attempts at a store that refuses: doubled up to the cap.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_CAP: Duration = Duration::from_secs(30);
/// Attempts that a stopping service still makes.
const LAST_ATTEMPTS: u32 = 3;
/// How long a signer that did not sign is left alone: archiving goes on meanwhile.
const SIGN_AGAIN: Span = Span::from_seconds(10);

pub struct ArchiveLane {
    pub archiver: Archiver,
    /// What is in force from now on. Put down before anything that follows from it.
    pub settings: Option<Settings>,
    pub heartbeat: Span,
    pub clock: Clock,
    pub progress: Progress,
    pub status: Status,
    pub stop: Arc<AtomicBool>,
    pub unsigned: Unsigned,
}

/// What the lane knows of a checkpoint that is owed.
#[derive(Default)]
pub struct Unsigned {
    /// Not tried again before.
    until: Option<Timestamp>,
    /// What was told of it.
    why: String,
}

impl ArchiveLane {
    /// Until the lane is closed; then closes every segment.
    pub fn run(mut self, work: &Receiver<ForArchive>) -> Result<(), ArchiverError> {
        if let Some(settings) = self.settings.take() {
            self.attempt(|archiver, now| archiver.settings(&settings, now))?;
        }
        loop {
            match work.recv_timeout(LOOK) {
                Ok(ForArchive::Records {
                    stream,
                    source,
                    records,
                    normalized,
                }) => {
                    self.attempt(|archiver, now| archiver.meet(&stream, now))?;
                    let records = (records, normalized.as_slice());
                    if self
                        .archiver
                        .take(&stream, &source, records, (self.clock)())
                    {
                        self.attempt(|archiver, now| archiver.flush(&stream, now))?;
                    }
                }
                Ok(ForArchive::Access(snapshot)) => {
                    self.attempt(|archiver, now| archiver.snapshot(&snapshot, now))?;
                }
                Ok(ForArchive::People(snapshot)) => {
                    self.attempt(|archiver, now| archiver.people(&snapshot, now))?;
                }
                Ok(ForArchive::File(file, done)) => {
                    self.attempt(|archiver, now| archiver.add(&file, now))?;
                    if done.send(()).is_err() {
                        tracing::debug!("nobody waited for rows of {}", file.dataset.as_str());
                    }
                }
                Ok(ForArchive::Links(links, told_at)) => {
                    self.attempt(|archiver, now| archiver.links(&links, (told_at, now)))?;
                }
                Ok(ForArchive::LetGo(due)) => self.archiver.let_go(*due, (self.clock)()),
                Ok(ForArchive::Release(streams, released)) => {
                    for stream in streams {
                        self.attempt(|archiver, now| archiver.flush(&stream, now))?;
                        self.archiver.release(&stream);
                    }
                    drop(released);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.attempt(Archiver::flush_all)?;
                    let reads = self.status.reads().take();
                    self.attempt(|archiver, now| archiver.reads(&reads, now))?;
                    self.tell_progress();
                    self.publish_last()?;
                    return Ok(());
                }
            }
            let every = self.heartbeat;
            self.attempt(|archiver, now| {
                archiver.flush_aged(now)?;
                archiver.heartbeat(now, every)?;
                archiver.take_up_reads(now)
            })?;
            self.tell_progress();
            let reads = self.status.reads().take_due((self.clock)());
            self.attempt(|archiver, now| archiver.reads(&reads, now))?;
            self.publish()?;
        }
    }

    /// Tries until the store takes it. Only another writer of the same chain, or columns that do
    /// not encode, are final.
    fn attempt(
        &mut self,
        mut step: impl FnMut(&mut Archiver, Timestamp) -> Result<(), ArchiverError>,
    ) -> Result<(), ArchiverError> {
        let mut pause = RETRY_FIRST;
        let mut last_attempts = LAST_ATTEMPTS;
        while let Err(error) = step(&mut self.archiver, (self.clock)()) {
            let stopping = self.stop.load(Ordering::Relaxed);
            last_attempts -= u32::from(stopping);
            if is_final(&error) || last_attempts == 0 {
                return Err(error);
            }
            tracing::error!("archiving waits, nothing is lost: {error}");
            self.status.unready("archive", error.to_string());
            std::thread::sleep(pause);
            pause = (pause * 2).min(if stopping { RETRY_FIRST } else { RETRY_CAP });
        }
        self.status.ready("archive");
        Ok(())
    }

    /// Signs what is committed. What is archived is archived whether or not somebody signs it, so a
    /// signer that is down is told of and asked again later; the next checkpoint covers all of it.
    fn publish(&mut self) -> Result<(), ArchiverError> {
        let now = (self.clock)();
        if self.unsigned.until.is_some_and(|until| now < until) {
            return Ok(());
        }
        match self.archiver.publish() {
            Ok(()) => self.unsigned = Unsigned::default(),
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                let why = error.to_string();
                if why != self.unsigned.why {
                    tracing::error!("commits are archived, and not signed yet: {why}");
                }
                let until = Some(now + SIGN_AGAIN);
                self.unsigned = Unsigned { until, why };
            }
        }
        Ok(())
    }

    /// The last chance before the service stops. What it leaves unsigned the next start signs.
    fn publish_last(&mut self) -> Result<(), ArchiverError> {
        for attempt in 0..LAST_ATTEMPTS {
            if attempt > 0 {
                std::thread::sleep(RETRY_FIRST);
            }
            self.unsigned.until = None;
            self.publish()?;
            if self.unsigned.until.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn tell_progress(&mut self) {
        for (stream, end) in self.archiver.ends() {
            self.progress.archive(stream, end);
        }
    }
}

fn is_final(error: &ArchiverError) -> bool {
    match error {
        ArchiverError::Reads(UnrecordedError::Crowded) => false,
        ArchiverError::Store(error) | ArchiverError::Reads(UnrecordedError::Archive(error)) => {
            matches!(
                error,
                ArchiveError::Fenced { .. }
                    | ArchiveError::NotNext { .. }
                    | ArchiveError::AnotherKey { .. }
                    | ArchiveError::Damaged { .. }
            )
        }
        ArchiverError::Encode(_)
        | ArchiverError::Table(_)
        | ArchiverError::Reads(UnrecordedError::Table(_)) => true,
    }
}

#[cfg(test)]
mod tests;
