//! Plays the story: writes what arrives into the log files, and moves the service's clock.
//!
//! A step first writes its records and waits until their facts are home, and only then moves the
//! clock over them. So the clock never tells of an absence that a record on its way refutes, and
//! what opens, resolves and is withdrawn does not depend on how fast this machine is.

#![expect(
    clippy::disallowed_methods,
    reason = "the demo paces a simulated clock by the real one"
)]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::company::{self, Company};
use super::show::Show;
use crate::alert::Change;
use crate::model::record::Stream;
use crate::model::time::{Span, Timestamp};
use crate::service::progress::Progress;

/// The clock moves by this much at a time.
const STEP: Span = Span::hours(6);
/// How long a wait goes on before it looks at `stop` again.
const PATIENCE: Duration = Duration::from_millis(50);

/// A simulated clock. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Simulated(Arc<AtomicI64>);

impl Simulated {
    pub fn at(now: Timestamp) -> Self {
        Simulated(Arc::new(AtomicI64::new(now.as_micros())))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Acquire))
    }

    fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::Release);
    }
}

/// A round of the homes, as the service tells it.
pub struct Round {
    pub now: Timestamp,
    pub news: Vec<Change>,
}

pub struct Conductor {
    pub logs: PathBuf,
    pub company: Arc<Company>,
    pub clock: Simulated,
    pub rounds: Receiver<Round>,
    pub progress: Progress,
    pub stop: Arc<AtomicBool>,
    /// Real time that a step takes at least.
    pub step_takes: Duration,
}

/// How the story ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    AtTheEnd,
    /// At the end, but what was told is not what must be.
    Wrong,
    /// A signal came, or the service failed, which says so itself.
    Stopped,
}

impl Conductor {
    pub fn play(self, show: &mut Show) -> anyhow::Result<Ended> {
        let mut written: Vec<usize> = self.company.files.iter().map(|_| 0).collect();
        let mut until = company::BEGIN;
        let mut due = Instant::now();
        while until < company::END {
            until = until + STEP;
            due += self.step_takes;
            let mut news = Vec::new();
            for (file, written) in self.company.files.iter().zip(&mut written) {
                *written = self.write(file, *written, until)?;
            }
            show.progress(until, written.iter().sum());
            let are_home = || self.are_home(&written);
            if !are_home() && !self.wait(&mut news, |_| are_home()) {
                return Ok(Ended::Stopped);
            }
            self.clock.set(until);
            if !self.wait(&mut news, |round| round.now >= until) {
                return Ok(Ended::Stopped);
            }
            show.news(until, news)?;
            let is_due = || Instant::now() >= due;
            if !is_due() && !self.wait(&mut Vec::new(), |_| is_due()) {
                return Ok(Ended::Stopped);
            }
        }
        Ok(Ended::AtTheEnd)
    }

    /// Appends what arrives by `until`; returns how many lines are written now.
    fn write(
        &self,
        file: &company::LogFile,
        written: usize,
        until: Timestamp,
    ) -> anyhow::Result<usize> {
        let rest = file.lines.get(written..).unwrap_or_default();
        let arrived = rest.iter().take_while(|line| line.arrives <= until);
        let text: String = arrived
            .flat_map(|line| [line.text.as_str(), "\n"])
            .collect();
        if text.is_empty() {
            return Ok(written);
        }
        append(&self.logs.join(&file.path), text.as_bytes())?;
        Ok(written + text.lines().count())
    }

    /// Whether the facts of all that is written have come home, durably.
    fn are_home(&self, written: &[usize]) -> bool {
        self.company
            .files
            .iter()
            .zip(written)
            .all(|(file, written)| {
                let stream = Stream {
                    topic: file.path.as_str().into(),
                    partition: 0,
                };
                let next = self.progress.of(&stream).state.unwrap_or(0);
                usize::try_from(next).is_ok_and(|next| next >= *written)
            })
    }

    /// Takes rounds until one of them is enough; false where the service stops before.
    fn wait(&self, news: &mut Vec<Change>, enough: impl Fn(&Round) -> bool) -> bool {
        loop {
            match self.rounds.recv_timeout(PATIENCE) {
                Ok(round) => {
                    let enough = enough(&round);
                    news.extend(round.news);
                    if enough {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
        }
    }
}

fn append(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(bytes)
    };
    write().with_context(|| format!("failed to write {}", path.display()))
}
