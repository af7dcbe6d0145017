//! `tenure verify`: whether an archive is what was written, and whether all of it is there.
//!
//! Trust begins with a pinned key. It signed the checkpoint, that fixes the log's entries, these fix
//! every commit, and commits fix every file and the records in it. What is not held by this chain is
//! not part of the archive. Nothing is written, and nothing stops at the first problem.

mod chains;
mod files;
mod contents;
mod remains;
mod keys;
pub(super) mod log;
mod orphans;
mod report;
mod retention;
mod timestamps;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::ArchiveError;
use super::layout;
use super::place::Place;
use super::store::Store;
use crate::io::keys::PublicKey;
use crate::model::limits::VERIFY_PROBLEMS_MAX;
use crate::model::time::Timestamp;

pub(super) use keys::{is_rotation, rotation_path};
pub use orphans::{Cleaning, Orphan, Orphans, clean};
pub use report::{About, Counted, Problem, Report, Signed, Timestamped, Verdict};
pub use retention::{Notice, Pruned};

/// What to verify an archive against.
#[derive(Clone, Debug, Default)]
pub struct VerifySettings {
    /// Keys that are trusted. Without one nobody is, and the verdict is `unknown` at best.
    pub keys: Vec<PublicKey>,
    /// A checkpoint that was kept from an earlier verification: the archive must continue it, and
    /// what it covers is not read again.
    pub kept: Option<Vec<u8>>,
    /// The newest signed commit must not be older than this.
    pub not_before: Option<Timestamp>,
    /// Certificates (PEM) of timestamp authorities that are trusted.
    pub authorities: Option<PathBuf>,
    /// Threads that read.
    pub threads: usize,
}

/// How far a verification is: commits looked at, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub of: usize,
}

/// What all parts of a verification share.
pub(super) struct Reading<'a> {
    pub(super) store: &'a Store,
    /// Everything that lies in the archive, with sizes.
    pub(super) present: BTreeMap<String, u64>,
}

/// Looks at everything. An error where nothing could be looked at.
pub fn verify(
    place: impl Into<Place>,
    settings: &VerifySettings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Report, ArchiveError> {
    let place = place.into();
    let store = Store::existing(&place)?;
    let report = verify_in(&store, settings, progress)?;
    report.ok_or_else(|| ArchiveError::Open {
        location: place.location,
        reason: "it has no commits, log or records, so it is no archive".to_owned(),
    })
}

/// `None` where there is nothing.
fn verify_in(
    store: &Store,
    settings: &VerifySettings,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Option<Report>, ArchiveError> {
    let reading = Reading {
        present: store.everything()?,
        store,
    };
    let of_archive = |path: &String| {
        layout::chain_of(path).is_some() || log::is_of_log(path) || layout::is_of_dataset(path)
    };
    if !reading.present.keys().any(of_archive) {
        return Ok(None);
    }
    let mut log = log::read(&reading);
    let (trust, mut problems) = keys::judge(&reading, &log, settings);
    if let Some(kept) = &settings.kept {
        log.compare_kept(kept, &trust.keys);
    }
    problems.extend(log.problems.iter().cloned());
    let chains = chains::check(&reading, &log, settings.threads);
    problems.extend(chains.problems);
    let (papers, wrong) = retention::read(&reading, &chains.commits);
    problems.extend(wrong);
    let commits = (&*chains.commits, &papers);
    let files = files::check(&reading, commits, settings.threads, progress);
    problems.extend(files.problems);
    let newest = chains.newest;
    if let Some(late) = stale(newest, settings.not_before) {
        problems.push(late);
    }
    let authorities = settings.authorities.as_deref();
    let (timestamp, wrong) = timestamps::check(&reading, &log, &trust.keys, authorities);
    problems.extend(wrong);
    let mut report = Report::new(problems);
    report.timestamp = timestamp;
    report.checkpoint = log.signed(trust);
    report.counted = chains.counted;
    report.counted.add(&files.counted);
    report.newest = newest;
    let mut notices = files.notices;
    if chains.unsigned_reads > 0 {
        let what = format!(
            "{} commits say who read this archive and are not under it yet: a running service signs \
             them within a minute",
            chains.unsigned_reads
        );
        let path = super::log::CHECKPOINT.to_owned();
        notices.push(Notice { path, what });
    }
    report.take_pruned(files.pruned, notices);
    let mut known = chains.known;
    known.extend(files.known);
    (report.foreign, report.foreign_left_out) = foreign(&reading, &known);
    Ok(Some(report))
}

/// A tail that was cut off with its checkpoint shows only by its age, or by a kept checkpoint.
fn stale(newest: Option<Timestamp>, not_before: Option<Timestamp>) -> Option<Problem> {
    let not_before = not_before?;
    if newest.is_some_and(|newest| newest >= not_before) {
        return None;
    }
    let ends = newest.map_or_else(|| "holds nothing".to_owned(), |at| format!("ends at {at}"));
    let what = format!("the archive {ends}, and should reach {not_before}: was its tail cut off?");
    Some(Problem::completeness("log/checkpoint", what))
}

fn foreign(reading: &Reading<'_>, known: &BTreeSet<String>) -> (Vec<String>, u64) {
    let is_known = |path: &str| {
        known.contains(path)
            || log::is_of_log(path)
            || keys::is_rotation(path)
            || timestamps::is_of_timestamps(path)
    };
    let mut foreign: Vec<String> = reading
        .present
        .keys()
        .filter(|path| !is_known(path))
        .cloned()
        .collect();
    let left_out = foreign.len().saturating_sub(VERIFY_PROBLEMS_MAX);
    foreign.truncate(VERIFY_PROBLEMS_MAX);
    (foreign, left_out as u64)
}

/// Does each piece of work on one of several threads; the results are in the order of the work.
fn in_parallel<W: Sync, R: Send>(
    work: &[W],
    threads: usize,
    one: &(dyn Fn(&W) -> R + Sync),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(work.len()));
    let run = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = work.get(place) else { return };
            let result = one(piece);
            // A thread that panics takes the verification with it, so what is here is whole.
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((place, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(work.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests;
