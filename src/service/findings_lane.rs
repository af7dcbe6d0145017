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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::datasets;
    use crate::io::archive::DatasetFile;
    use crate::io::state::StateBatch;
    use crate::model::finding::{Finding, FindingId, RuleId, Severity, Status, SubjectKind};
    use crate::model::policy::Policy;
    use crate::model::record::{Reject, RejectReason, Stream};
    use crate::model::time::{Span, Timestamp};
    use crate::service::outgoing::DeadLetter;

    const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

    fn entry(told_at: Timestamp) -> Vec<u8> {
        let finding = Finding {
            finding_id: FindingId::new(RuleId::OrphanAccount, "okta:1", told_at),
            rule: RuleId::OrphanAccount,
            subject: "okta:1".into(),
            subject_kind: SubjectKind::Account,
            status: Status::Open,
            severity: Severity::High,
            identity: None,
            account: None,
            opened_at: told_at,
            resolved_at: None,
            detected_at: told_at,
            summary: "nobody's".into(),
            remedy: "find the owner".into(),
            controls: Vec::new(),
            evidence: Vec::new(),
        };
        let told = told::finding(finding, told_at, &Policy::default());
        Outgoing::Evidence(Box::new(told)).encode()
    }

    /// As after a crash between a commit and the outbox: what the archive has leaves the outbox, and
    /// the rest goes to it, a file a day. What is another's stays.
    #[test]
    fn what_the_archive_has_is_not_written_again_and_a_file_has_rows_of_one_day() {
        let directory = tempfile::tempdir().expect("directory");
        let store = Arc::new(StateStore::open(directory.path()).expect("store"));
        let next_day = NOW + Span::DAY;
        let letter = Outgoing::DeadLetter(DeadLetter {
            stream: Stream {
                topic: "okta".into(),
                partition: 0,
            },
            offset: 7,
            reject: Reject::new(RejectReason::InvalidJson, "at 1"),
            raw: Vec::new(),
        });
        let times = [NOW, NOW, NOW, next_day];
        let mut outbox_add: Vec<Vec<u8>> = times.into_iter().map(entry).collect();
        outbox_add.insert(2, letter.encode());
        let batch = StateBatch {
            outbox_add,
            ..StateBatch::default()
        };
        store.commit(batch).expect("commit");
        let (archive, for_archive) = crossbeam_channel::unbounded();
        let (delivered, done) = crossbeam_channel::unbounded();
        let lane = FindingsLane {
            store: store.clone(),
            archived: Some(0),
            age: Duration::from_hours(1),
            archive,
            delivered,
            stop: Arc::new(AtomicBool::new(true)),
        };
        let (_wake, woken) = bounded(1);
        let running = std::thread::spawn(move || lane.run(&woken));
        let mut files = Vec::new();
        for one in for_archive {
            let ForArchive::File(file, answer) = one else {
                continue;
            };
            files.push((file.name.clone(), file.rows, file.at));
            answer.send(()).expect("it waits");
        }
        running.join().expect("it ended");
        let id = store.outbox_id();
        let expected = [
            (format!("seg-{id}-1-3"), 2, NOW),
            (format!("seg-{id}-4-4"), 1, next_day),
        ];
        assert_eq!(files, expected);
        let done: Vec<Vec<u64>> = done.try_iter().collect();
        assert_eq!(done, [vec![0], vec![1, 3], vec![4]]);
    }

    /// A state that was begun anew counts from 0: what another one had archived says nothing of it.
    #[test]
    fn what_the_archive_has_of_an_outbox_is_told_by_the_names_of_its_files() {
        let directory = tempfile::tempdir().expect("directory");
        let location = directory.path().to_str().expect("path");
        let mut archive = Archive::open(location).expect("archive");
        assert_eq!(super::archived(&archive, "00aa").expect("read"), None);
        for name in ["seg-00aa-0-41", "seg-00aa-42-99", "seg-00bb-0-7"] {
            let file = DatasetFile {
                dataset: Dataset::Findings,
                at: NOW,
                name: name.to_owned(),
                parquet: datasets::findings(&[]).expect("rows"),
                rows: 1,
                times: (NOW, NOW),
            };
            archive.add(&file, NOW).expect("added");
        }
        let check = |outbox: &str, expected: Option<u64>| {
            let archived = super::archived(&archive, outbox).expect("read");
            assert_eq!(archived, expected, "{outbox}");
        };
        check("00aa", Some(99));
        check("00bb", Some(7));
        check("00cc", None);
        check("00a", None);
    }
}
