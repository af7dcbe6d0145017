//! From the outbox to the archive: every change of a finding, exactly once.
//!
//! The outbox is the queue, as for every receiver: an entry leaves it when a commit names the file
//! that it is a row of. The file's name says which entries those are (`seg-<outbox>-<first>-<last>`),
//! so that after a crash between the commit and the outbox the chain itself tells what is done.

#![expect(
    clippy::disallowed_methods,
    reason = "how long changes have waited is measured here"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::lanes::ForArchive;
use super::outgoing::Outgoing;
use super::told;
use crate::evidence::commit::Commit;
use crate::evidence::datasets::{Dataset, ToldFinding};
use crate::io::archive::{Archive, ArchiveError};
use crate::io::state::StateStore;
use crate::model::limits::FINDINGS_PER_FILE_MAX;

/// How long the lane waits before it looks again by itself.
const LOOK: Duration = Duration::from_secs(1);

pub struct FindingsLane {
    pub store: Arc<StateStore>,
    /// The last entry of this outbox that the archive has.
    pub archived: Option<u64>,
    /// How long a change may wait for others to share a file with.
    pub age: Duration,
    pub archive: Sender<ForArchive>,
    /// Where numbers of entries go that are done with.
    pub delivered: Sender<Vec<u64>>,
    pub stop: Arc<AtomicBool>,
}

/// What waits for its file.
#[derive(Default)]
struct Waiting {
    rows: Vec<(u64, ToldFinding)>,
    since: Option<Instant>,
    /// The next entry to look at.
    next: u64,
}

/// The lane's other end is closed: the service stops.
struct Closed;

/// The last entry of the outbox that the archive has. `None` where it has none of it.
pub fn archived(archive: &Archive, outbox: &str) -> Result<Option<u64>, ArchiveError> {
    let commit = archive.newest(Dataset::Findings, |commit| {
        last_of(commit, outbox).is_some()
    })?;
    Ok(commit.and_then(|commit| last_of(&commit, outbox)))
}

fn last_of(commit: &Commit, outbox: &str) -> Option<u64> {
    let files = commit.files.iter();
    let last = files.filter_map(|file| {
        let (_, name) = file.path.rsplit_once('/')?;
        let rest = name.strip_prefix("seg-")?.strip_prefix(outbox)?;
        let numbers = rest.strip_prefix('-')?.trim_end_matches(".parquet");
        numbers.split('-').nth(1)?.parse().ok()
    });
    last.max()
}

/// The row that an entry is, if it is for the archive.
fn evidence(number: u64, entry: &[u8]) -> Option<ToldFinding> {
    match Outgoing::decode(entry) {
        Ok(Outgoing::Evidence(row)) => Some(*row),
        Ok(Outgoing::Finding { .. } | Outgoing::DeadLetter(_)) => None,
        Err(error) => {
            tracing::error!("entry {number} of the outbox cannot be read: {error}");
            None
        }
    }
}

impl Waiting {
    /// A file has so many rows, and all of one day.
    fn has_room_for(&self, row: &ToldFinding) -> bool {
        let day = |row: &ToldFinding| row.told_at.day();
        let first = self.rows.first();
        let same_day = first.is_none_or(|(_, first)| day(first) == day(row));
        same_day && self.rows.len() < FINDINGS_PER_FILE_MAX
    }
}

impl FindingsLane {
    /// Until it is told to stop, or nobody can wake it any more; then what waits is archived first.
    pub fn run(self, wake: &Receiver<()>) {
        let mut waiting = Waiting::default();
        let mut open = true;
        loop {
            // Asked before the outbox: what was put there before the stop is seen.
            let stopping = self.stop.load(Ordering::Relaxed) || !open;
            let more = self.gather(&mut waiting);
            if self.is_due(&waiting, more || stopping) && self.write(&mut waiting).is_err() {
                return;
            }
            if more {
                continue;
            }
            if stopping {
                return;
            }
            open = !wake
                .recv_timeout(LOOK)
                .is_err_and(|error| error.is_disconnected());
        }
    }

    fn is_due(&self, waiting: &Waiting, at_once: bool) -> bool {
        let aged = waiting
            .since
            .is_some_and(|since| since.elapsed() >= self.age);
        !waiting.rows.is_empty() && (at_once || aged)
    }

    /// Takes what came to the outbox. Whether there is more than fits into a file, which has rows of
    /// one day.
    fn gather(&self, waiting: &mut Waiting) -> bool {
        let mut done = Vec::new();
        let mut more = false;
        for entry in self.store.outbox_from(waiting.next) {
            let (number, bytes) = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    tracing::error!("findings wait for the archive: {error}");
                    break;
                }
            };
            if let Some(row) = evidence(number, &bytes) {
                if self.archived.is_some_and(|archived| number <= archived) {
                    done.push(number);
                } else if waiting.has_room_for(&row) {
                    waiting.since.get_or_insert_with(Instant::now);
                    waiting.rows.push((number, row));
                } else {
                    more = true;
                    break;
                }
            }
            waiting.next = number + 1;
        }
        self.tell(done);
        more
    }

    /// Archives what waits, and says so when it is durable.
    fn write(&self, waiting: &mut Waiting) -> Result<(), Closed> {
        waiting.since = None;
        let rows = std::mem::take(&mut waiting.rows);
        let prefix = format!("seg-{}", self.store.outbox_id());
        let file = match told::findings_file(&rows, &prefix) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::error!("findings stay in the outbox: {error}");
                return Err(Closed);
            }
        };
        let (done, is_done) = bounded(1);
        let sent = self.archive.send(ForArchive::File(file, done));
        if sent.is_err() || is_done.recv().is_err() {
            return Err(Closed);
        }
        self.tell(rows.iter().map(|(number, _)| *number).collect());
        Ok(())
    }

    fn tell(&self, done: Vec<u64>) {
        if !done.is_empty() && self.delivered.send(done).is_err() {
            tracing::debug!("the state is closed: the next start finds what the archive has");
        }
    }
}
