//! What a verification found, for people and programs.

use serde::Serialize;

use super::retention::{Notice, Pruned};
use crate::evidence::leaf::Sha256Hash;
use crate::model::limits::VERIFY_PROBLEMS_MAX;
use crate::model::record::{Offset, Stream};
use crate::model::time::Timestamp;

/// The two verdicts, and what they rest on.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What is there is what was written.
    pub integrity: Verdict,
    /// Nothing that was written is missing.
    pub completeness: Verdict,
    pub checkpoint: Option<Signed>,
    /// The newest checkpoint that an authority has stamped.
    pub timestamp: Option<Timestamped>,
    pub counted: Counted,
    /// When the newest signed commit was written: the archive says nothing of later times.
    pub newest: Option<Timestamp>,
    /// The first of them; `problems_left_out` says how many more there are.
    pub problems: Vec<Problem>,
    pub problems_left_out: u64,
    /// The first of the files that retention let go; `counted` says how many there are.
    pub pruned: Vec<Pruned>,
    /// The first of what is worth knowing and no fault.
    pub notices: Vec<Notice>,
    pub notices_left_out: u64,
    /// Files that belong to no commit: what a crash left, or what somebody put there. Never read.
    pub foreign: Vec<String>,
    pub foreign_left_out: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Holds,
    /// Nothing speaks against it, and not everything could be looked at.
    Unknown,
    Broken,
}

/// The checkpoint that everything was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signed {
    pub origin: String,
    pub size: u64,
    pub root: Sha256Hash,
    /// Keys whose signatures hold and that are trusted.
    pub by: Vec<String>,
}

/// What a timestamp authority says of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timestamped {
    /// Commits that the checkpoint covers.
    pub size: u64,
    /// They were there then.
    pub at: Timestamp,
    pub path: String,
    /// The authority's signature was looked at, against certificates that the auditor gave.
    pub proved: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub chains: u64,
    pub commits: u64,
    pub heartbeats: u64,
    /// Commits that are in order and that no checkpoint covers yet.
    pub unsigned: u64,
    /// Commits that a kept checkpoint covers, which were not read again.
    pub verified_before: u64,
    pub files: u64,
    pub bytes: u64,
    pub records: u64,
    pub events: u64,
    pub rejects: u64,
    pub duplicates: u64,
    /// Offsets that are named as gaps.
    pub missing_offsets: u64,
    /// Of `files`, `bytes` and `records`: what is gone under a tombstone.
    pub pruned_files: u64,
    pub pruned_bytes: u64,
    pub pruned_records: u64,
}

/// Which verdict something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Integrity,
    Completeness,
}

/// Something wrong, or something that could not be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub about: About,
    /// `broken`, or `unknown` where nothing speaks against it.
    pub verdict: Verdict,
    /// The file, from the archive's root.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<u64>,
    /// As `[from, to)`: of the commit, or only of the records that are meant where these can be
    /// told; of changes of findings, their numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsets: Option<(Offset, Offset)>,
    pub what: String,
}

impl Problem {
    pub(super) fn integrity(path: &str, what: impl Into<String>) -> Self {
        Problem::new(About::Integrity, Verdict::Broken, path, what.into())
    }

    pub(super) fn completeness(path: &str, what: impl Into<String>) -> Self {
        Problem::new(About::Completeness, Verdict::Broken, path, what.into())
    }

    /// Could not be told.
    pub(super) fn unknown(about: About, path: &str, what: impl Into<String>) -> Self {
        Problem::new(about, Verdict::Unknown, path, what.into())
    }

    fn new(about: About, verdict: Verdict, path: &str, what: String) -> Self {
        Problem {
            about,
            verdict,
            path: path.to_owned(),
            stream: None,
            commit: None,
            offsets: None,
            what,
        }
    }

    pub(super) fn at(mut self, stream: &Stream, commit: u64) -> Self {
        self.stream = Some(stream.to_string());
        self.commit = Some(commit);
        self
    }

    pub(super) fn over(mut self, from: Offset, to: Offset) -> Self {
        self.offsets = Some((from, to));
        self
    }
}

impl Counted {
    pub(super) fn add(&mut self, other: &Counted) {
        for (sum, more) in [
            (&mut self.chains, other.chains),
            (&mut self.commits, other.commits),
            (&mut self.heartbeats, other.heartbeats),
            (&mut self.unsigned, other.unsigned),
            (&mut self.verified_before, other.verified_before),
            (&mut self.files, other.files),
            (&mut self.bytes, other.bytes),
            (&mut self.records, other.records),
            (&mut self.events, other.events),
            (&mut self.rejects, other.rejects),
            (&mut self.duplicates, other.duplicates),
            (&mut self.missing_offsets, other.missing_offsets),
            (&mut self.pruned_files, other.pruned_files),
            (&mut self.pruned_bytes, other.pruned_bytes),
            (&mut self.pruned_records, other.pruned_records),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl Report {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        let worst = |about| {
            let of_it = problems.iter().filter(|problem| problem.about == about);
            let worst = of_it.map(|problem| problem.verdict).max();
            worst.unwrap_or(Verdict::Holds)
        };
        let mut report = Report {
            integrity: worst(About::Integrity),
            completeness: worst(About::Completeness),
            checkpoint: None,
            timestamp: None,
            counted: Counted::default(),
            newest: None,
            problems_left_out: problems.len().saturating_sub(VERIFY_PROBLEMS_MAX) as u64,
            problems,
            pruned: Vec::new(),
            notices: Vec::new(),
            notices_left_out: 0,
            foreign: Vec::new(),
            foreign_left_out: 0,
        };
        report.problems.truncate(VERIFY_PROBLEMS_MAX);
        report
    }

    pub(super) fn take_pruned(&mut self, mut pruned: Vec<Pruned>, mut notices: Vec<Notice>) {
        pruned.truncate(VERIFY_PROBLEMS_MAX);
        self.notices_left_out = notices.len().saturating_sub(VERIFY_PROBLEMS_MAX) as u64;
        notices.truncate(VERIFY_PROBLEMS_MAX);
        (self.pruned, self.notices) = (pruned, notices);
    }

    /// The worse of the two verdicts.
    pub fn verdict(&self) -> Verdict {
        self.integrity.max(self.completeness)
    }
}
