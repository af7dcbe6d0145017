//! Every chain of commits, from its first commit to its last, compared with the log.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{dataset, layout};
use super::log::LogView;
use super::report::{About, Counted, Problem};
use super::{Reading, in_parallel};
use crate::evidence::commit::{Chain, ChainError, Commit, Fault};
use crate::evidence::datasets::Dataset;
use crate::evidence::leaf::Sha256Hash;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

/// A commit that is what was written, and whose files are still to be looked at.
pub(super) struct SoundCommit {
    pub(super) path: String,
    pub(super) commit: Commit,
    /// A kept checkpoint covers it: its files must be there, and are not read.
    pub(super) before: bool,
    /// The checkpoint covers it.
    pub(super) signed: bool,
}

#[derive(Default)]
pub(super) struct Chains {
    pub(super) commits: Vec<SoundCommit>,
    pub(super) problems: Vec<Problem>,
    pub(super) counted: Counted,
    /// Paths of all commits.
    pub(super) known: BTreeSet<String>,
    /// When the newest signed commit was written, reads aside.
    pub(super) newest: Option<Timestamp>,
    /// Commits that no checkpoint covers and that say who read the archive: whoever reads one may have
    /// no key, and what is signed does not rest on them.
    pub(super) unsigned_reads: u64,
}

/// What there should be of one chain, by number.
#[derive(Default)]
struct Expected {
    directory: String,
    /// Of the log: the hash, and the number of the entry.
    logged: Vec<(u64, Sha256Hash, u64)>,
    /// Commits that lie there, in the log or not.
    present: BTreeSet<u64>,
}

pub(super) fn check(reading: &Reading<'_>, log: &LogView, threads: usize) -> Chains {
    let mut problems = Vec::new();
    let expected = expected(reading, log, &mut problems);
    let one = |chain: &Expected| Follower::new(reading, log).follow(chain);
    let mut all = Chains {
        problems,
        ..Chains::default()
    };
    for one in in_parallel(&expected, threads, &one) {
        all.commits.extend(one.commits);
        all.problems.extend(one.problems);
        all.counted.add(&one.counted);
        all.known.extend(one.known);
        all.newest = all.newest.max(one.newest);
        all.unsigned_reads += one.unsigned_reads;
    }
    let unsigned = all.counted.unsigned - all.unsigned_reads;
    if unsigned > 0 {
        let what = format!(
            "{unsigned} commits are in order and not under the checkpoint: the writer was stopped while \
             it wrote, or is writing now, or they are not its own. Start it again and they are signed"
        );
        let path = super::super::log::CHECKPOINT;
        all.problems
            .push(Problem::unknown(About::Integrity, path, what));
    }
    all
}

fn expected(reading: &Reading<'_>, log: &LogView, problems: &mut Vec<Problem>) -> Vec<Expected> {
    let mut chains: BTreeMap<&str, Expected> = BTreeMap::new();
    for (number, entry) in (0..).zip(&log.entries) {
        let Some((chain, commit)) = layout::chain_of(&entry.path) else {
            let what = format!("entry {number} of the log names no commit");
            problems.push(Problem::integrity(&entry.path, what));
            continue;
        };
        let expected = chains.entry(chain).or_default();
        if commit != expected.logged.len() as u64 {
            let next = expected.logged.len();
            let what = format!(
                "entry {number} of the log names commit {commit} of a chain in place of {next}"
            );
            problems.push(Problem::completeness(&entry.path, what));
        }
        expected.logged.push((commit, entry.sha256, number));
    }
    for path in reading.present.keys() {
        if let Some((chain, number)) = layout::chain_of(path) {
            chains.entry(chain).or_default().present.insert(number);
        }
    }
    let named = chains.into_iter().map(|(directory, expected)| Expected {
        directory: directory.to_owned(),
        ..expected
    });
    named.collect()
}

/// Follows one chain and collects what it finds.
struct Follower<'a> {
    reading: &'a Reading<'a>,
    log: &'a LogView,
    found: Chains,
    /// Where the chain stands; nowhere before its first commit, and after one that is lost.
    chain: Option<Chain>,
}

impl<'a> Follower<'a> {
    fn new(reading: &'a Reading<'a>, log: &'a LogView) -> Self {
        Follower {
            reading,
            log,
            found: Chains::default(),
            chain: None,
        }
    }

    fn follow(mut self, expected: &Expected) -> Chains {
        self.found.counted.chains = 1;
        for (number, sha256, entry) in &expected.logged {
            let path = layout::commit_of(&expected.directory, *number);
            self.found.known.insert(path.clone());
            if expected.present.contains(number) {
                self.read(&path, *number, Some((*sha256, *entry)));
            } else {
                self.missing(&path, *number);
            }
        }
        let logged = expected.logged.len() as u64;
        let mut next = logged;
        for number in expected.present.range(logged..) {
            let path = layout::commit_of(&expected.directory, *number);
            self.found.known.insert(path.clone());
            if *number != next {
                self.missing(&layout::commit_of(&expected.directory, next), next);
            }
            next = number + 1;
            self.read(&path, *number, None);
        }
        self.found
    }

    fn missing(&mut self, path: &str, number: u64) {
        let after = self.chain.as_ref().map(Chain::end);
        let from = after.map_or_else(String::new, |end| {
            format!(", with what came from offset {end} on")
        });
        let what = format!("commit {number} is missing{from}");
        self.found.problems.push(Problem::completeness(path, what));
        self.chain = None;
    }

    /// Takes one commit. `logged` is its hash in the log, and the number of the entry.
    fn read(&mut self, path: &str, number: u64, logged: Option<(Sha256Hash, u64)>) {
        let bytes = match self.reading.store.read("commit", path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.found
                    .problems
                    .push(Problem::integrity(path, error.to_string()));
                self.chain = None;
                return;
            }
        };
        if logged.is_some_and(|(sha256, _)| sha256 != Sha256Hash::of(&bytes)) {
            let what = "it is not the commit that the log names: it was changed, or put elsewhere";
            self.found.problems.push(Problem::integrity(path, what));
            self.chain = None;
            return;
        }
        match self.next(path, number, &bytes) {
            Ok(commit) => self.sound(path, commit, logged.map(|(_, entry)| entry)),
            Err(problem) => {
                self.found.problems.push(problem);
                self.chain = None;
            }
        }
    }

    fn next(&mut self, path: &str, number: u64, bytes: &[u8]) -> Result<Commit, Problem> {
        let read: Result<Commit, _> = serde_json::from_slice(bytes);
        let read =
            read.map_err(|error| Problem::integrity(path, format!("it cannot be read: {error}")))?;
        let stream = Stream {
            topic: read.stream.topic.as_str().into(),
            partition: read.stream.partition,
        };
        if layout::commit(&stream, number) != path {
            let what = format!("it says that it is of {stream}, which has another place");
            return Err(Problem::integrity(path, what));
        }
        let followed = match &mut self.chain {
            Some(chain) => chain.follow(bytes),
            None if number == 0 => {
                let chain = self.chain.insert(Chain::new(stream.clone()));
                chain.follow(bytes)
            }
            // The one before it is lost, which was said; from here on the chain holds again.
            None => Chain::after(stream.clone(), bytes).map(|chain| {
                self.chain = Some(chain);
                read
            }),
        };
        followed.map_err(|error| broken(path, number, &stream, &error))
    }

    fn sound(&mut self, path: &str, commit: Commit, entry: Option<u64>) {
        let counted = &mut self.found.counted;
        counted.commits += 1;
        let signed = entry.is_some_and(|entry| entry < self.log.signed);
        // A read says nothing of how far the archive reaches: it may come long after the last record.
        let is_read = *commit.stream.topic == *dataset::stream(Dataset::Reads).topic;
        if signed && !is_read {
            self.found.newest = self.found.newest.max(Some(commit.written_at));
        } else if !signed {
            counted.unsigned += 1;
            self.found.unsigned_reads += u64::from(is_read);
        }
        counted.heartbeats += u64::from(commit.heartbeat);
        counted.duplicates += commit.counts.duplicates;
        let gaps = commit
            .counts
            .gaps
            .iter()
            .map(|(from, to)| to.abs_diff(*from));
        counted.missing_offsets += gaps.sum::<u64>();
        let before = entry.is_some_and(|entry| entry < self.log.kept);
        counted.verified_before += u64::from(before);
        self.found.commits.push(SoundCommit {
            path: path.to_owned(),
            commit,
            before,
            signed,
        });
    }
}

fn broken(path: &str, number: u64, stream: &Stream, error: &ChainError) -> Problem {
    let what = format!("it {}", error.fault);
    let problem = match &error.fault {
        Fault::Number(_) | Fault::Start { .. } | Fault::Counts(_) => {
            Problem::completeness(path, what)
        }
        Fault::Unreadable(_) | Fault::Format(_) | Fault::Stream(_) | Fault::Previous { .. } => {
            Problem::integrity(path, what)
        }
    };
    problem.at(stream, number)
}
