//! `tenure replay`: a directory of logs, to its end, assessed at one time.
//!
//! Deterministic: the same records, policy and time give the same bytes, however many threads
//! worked on them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::archiver::{Archiver, ArchiverError, SegmentLimits};
use super::inquire::InquiryError;
use super::normalizers::{self, Passed, Secrets, Understood};
use super::questions::View;
use super::settings::in_force as settings_in_force;
use super::shards::Shards;
use super::signing::{self, SigningError};
use super::snapshot::{self, SnapshotError};
use super::told;
use crate::config::SigningKey;
use crate::evidence::datasets::Dataset;
use crate::evidence::note::Signer as _;
use crate::evidence::settings::Settings;
use crate::evidence::table::TableError;
use crate::io::archive::{Archive, ArchiveError, ArchiveReader};
use crate::io::files::{FilesError, FilesSettings, read_all};
use crate::io::intake::{Arrival, Outlet};
use crate::model::Text;
use crate::model::fact::Fact;
use crate::model::finding::{Finding, RuleId};
use crate::model::limits::{FACTS_PER_ROUND, FINDINGS_PER_FILE_MAX, SEGMENT_BYTES_MAX};
use crate::model::policy::Policy;
use crate::model::record::Stream;
use crate::model::time::{Span, Timestamp};
use crate::normalize::Mappings;
use crate::telemetry::Metrics;

/// A replay that is broken off is begun again, so its checkpoints may wait.
const COMMITS_PER_CHECKPOINT: u64 = 1_024;

#[derive(Clone, Debug)]
pub struct ReplaySettings {
    pub files: FilesSettings,
    pub policy: Arc<Policy>,
    /// The text of the policy's file, which the archive keeps.
    pub policy_text: Option<Text>,
    /// The clock of the assessment; the newest event time where none is given.
    pub now: Option<Timestamp>,
    pub out: PathBuf,
    /// Path or URL of the archive; `archive` within `out` where none is given.
    pub archive: Option<String>,
    /// The key that signs the archive's log.
    pub signing: SigningKey,
    pub secrets: Secrets,
    pub shards: usize,
    pub threads: usize,
}

/// What a replay amounts to.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ReplaySummary {
    pub now: Option<Timestamp>,
    pub records: u64,
    pub bytes: u64,
    pub events: u64,
    /// By reason.
    pub rejects: BTreeMap<String, u64>,
    /// Records whose vendor action no mapping names.
    pub unmapped: u64,
    /// By rule and status.
    pub findings: BTreeMap<RuleId, BTreeMap<String, u64>>,
    pub warnings: Vec<String>,
    /// The key that signed the archive: what `tenure verify --key` takes.
    pub signed_by: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("failed to look at whose each account is: {0}")]
    Links(#[from] InquiryError),
    #[error(transparent)]
    Archiver(#[from] ArchiverError),
    #[error("failed to write {path}: {source}")]
    Output {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("failed to start a thread: {0}")]
    Thread(std::io::Error),
    #[error("reading stopped before the end of {0}")]
    Incomplete(PathBuf),
    #[error(
        "no event was read from {0}: there is nothing to answer from, and no time to answer for"
    )]
    NothingRead(PathBuf),
}

/// Runs to the end. `progress` is told of records and bytes as they pass.
pub fn replay(
    settings: &ReplaySettings,
    mappings: &Arc<Mappings>,
    metrics: &Metrics,
    progress: &mut dyn FnMut(&ReplaySummary),
) -> Result<(ReplaySummary, Vec<Finding>), ReplayError> {
    let written = |path: &Path, source| ReplayError::Output {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(&settings.out).map_err(|error| written(&settings.out, error))?;
    let archive = open_archive(settings)?;
    let was_there = ArchiveReader::open(&location(settings)).is_ok();
    let limits = SegmentLimits {
        bytes: SEGMENT_BYTES_MAX,
        age: Span::days(36_500),
    };
    let archiver = Archiver::new(archive, limits, metrics.clone());
    let mut shards =
        Shards::start(settings.shards, &settings.policy).map_err(ReplayError::Thread)?;

    let (reader, arrivals) = read(&settings.files)?;
    let passed = normalizers::start(
        arrivals,
        settings.threads,
        mappings,
        &settings.secrets,
        metrics,
    );
    let passed = passed.map_err(ReplayError::Thread)?;
    let (to_archive, archiving) = archive_behind(archiver, settings.now)?;
    // A dead archive thread has an error to tell, which is told when it is joined.
    let mut keep = |kept| to_archive.send(kept).is_ok();
    let read = take_all(&passed, &mut keep, &mut shards, progress);
    drop((to_archive, passed));
    join(reader)??;
    join(archiving)??;
    let Some(mut summary) = read else {
        return Err(ReplayError::Incomplete(settings.files.root.clone()));
    };

    let now = settings.now.or(summary.now);
    now.into_iter().for_each(|now| drop(shards.tick(now)));
    let findings = shards.findings();
    if let Some(now) = now {
        let shards = &shards;
        let in_force =
            settings_in_force(&settings.policy, settings.policy_text.as_deref(), mappings);
        archive_computed((settings, &in_force), &View { shards, now }, &findings)?;
    }
    if was_there {
        summary.warnings.push(format!(
            "{} held records before: of a log file that it knows only what follows its last record \
             was added, and nothing was compared. If these logs are others, name another --out",
            location(settings)
        ));
    }
    summary.now = now;
    summary.signed_by = Some(signing::key(&settings.signing)?.verifier().to_string());
    summary.findings = counted(&findings);
    let path = settings.out.join("findings.ndjson");
    write_findings(&path, &findings).map_err(|error| written(&path, error))?;
    Ok((summary, findings))
}

/// How many there are, by rule and status.
fn counted(findings: &[Finding]) -> BTreeMap<RuleId, BTreeMap<String, u64>> {
    let mut counts: BTreeMap<RuleId, BTreeMap<String, u64>> = BTreeMap::new();
    for finding in findings {
        let of_rule = counts.entry(finding.rule).or_default();
        *of_rule
            .entry(finding.status.as_str().to_owned())
            .or_default() += 1;
    }
    counts
}

/// What was made of the records: findings, whose accounts are, who has access, and who is here. A replay into an
/// archive that has all of it adds nothing.
fn archive_computed(
    (settings, in_force): (&ReplaySettings, &Settings),
    view: &View<'_>,
    findings: &[Finding],
) -> Result<(), ReplayError> {
    let now = view.now;
    let mut archive = open_archive(settings)?;
    archive.record_settings(in_force, now)?;
    let (known, rows) = archive.told_findings()?;
    let told = told::finding_changes(findings, known, (now, &settings.policy));
    let told: Vec<_> = (rows..).zip(told).collect();
    for rows in told.chunks(FINDINGS_PER_FILE_MAX) {
        if let Some(file) = told::findings_file(rows, "seg")? {
            archive.add(&file, now)?;
        }
    }
    let links = told::links(view, now)?;
    let (changes, _) = told::link_changes(&links, archive.told_links()?, now);
    let number = archive.next_number(Dataset::Links)?;
    if let Some(file) = told::links_file(&changes, number)? {
        archive.add(&file, now)?;
    }
    archive.snapshot(&snapshot::take(view, now)?, now)?;
    archive.people(&snapshot::people(view, now)?, now)?;
    Ok(archive.publish()?)
}

/// Where the archive is, or will be.
fn location(settings: &ReplaySettings) -> String {
    let below = || settings.out.join("archive").to_string_lossy().into_owned();
    settings.archive.clone().unwrap_or_else(below)
}

fn open_archive(settings: &ReplaySettings) -> Result<Archive, ReplayError> {
    let key = signing::key(&settings.signing)?;
    let archive = Archive::signed(&location(settings), Box::new(key))?;
    Ok(archive.sign_each(COMMITS_PER_CHECKPOINT))
}

/// One finding a line, written whole or not at all.
pub fn write_findings(path: &Path, findings: &[Finding]) -> std::io::Result<()> {
    let unfinished = path.with_extension("ndjson.unfinished");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&unfinished)?);
    for finding in findings {
        serde_json::to_writer(&mut file, finding)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    std::fs::rename(&unfinished, path)
}

pub(super) type Reading = JoinHandle<Result<(), FilesError>>;

pub(super) fn read(files: &FilesSettings) -> Result<(Reading, Receiver<Arrival>), ReplayError> {
    let (sender, arrivals) = bounded(8);
    let files = files.clone();
    let outlet = Outlet::new(sender, Arc::new(AtomicBool::new(false)));
    let run = move || read_all(&files, &outlet);
    let thread = std::thread::Builder::new()
        .name("files".to_owned())
        .spawn(run);
    Ok((thread.map_err(ReplayError::Thread)?, arrivals))
}

type Archiving = JoinHandle<Result<(), ArchiverError>>;

/// Archives on a thread of its own, at the time of the replay, or else of the newest event so far.
fn archive_behind(
    mut archiver: Archiver,
    now: Option<Timestamp>,
) -> Result<(Sender<ToKeep>, Archiving), ReplayError> {
    let (sender, work) = bounded::<ToKeep>(8);
    let run = move || {
        let mut clock = Timestamp::from_seconds(0);
        for kept in work {
            let one = match kept {
                ToKeep::Records(one) => one,
                ToKeep::Ended(stream) => {
                    archiver.flush(&stream, clock)?;
                    continue;
                }
            };
            let newest = one
                .normalized
                .iter()
                .flat_map(|one| &one.events)
                .map(|event| event.time);
            clock = now.unwrap_or_else(|| newest.fold(clock, Timestamp::max));
            let Understood {
                stream,
                source,
                records,
                normalized,
                ..
            } = *one;
            archiver.meet(&stream, clock)?;
            if archiver.take(&stream, &source, (records, &normalized), clock) {
                archiver.flush(&stream, clock)?;
            }
        }
        archiver.flush_all(clock)?;
        archiver.publish()
    };
    let thread = std::thread::Builder::new()
        .name("archive".to_owned())
        .spawn(run);
    Ok((sender, thread.map_err(ReplayError::Thread)?))
}

/// What is left to keep when the facts are taken out.
pub(super) enum ToKeep {
    /// Records with their meaning.
    Records(Box<Understood>),
    /// Nothing more comes of this stream. Of thousands of files, each would otherwise hold its
    /// segment open to the end.
    Ended(Stream),
}

/// Joins every fact and hands the rest to `keep`; `None` where the stream broke off before its end,
/// or `keep` takes no more.
pub(super) fn take_all(
    passed: &Receiver<Passed>,
    keep: &mut dyn FnMut(ToKeep) -> bool,
    shards: &mut Shards,
    progress: &mut dyn FnMut(&ReplaySummary),
) -> Option<ReplaySummary> {
    let mut summary = ReplaySummary::default();
    let mut facts: Vec<Fact> = Vec::with_capacity(2 * FACTS_PER_ROUND);
    for one in passed {
        match one {
            Passed::Understood(mut understood) => {
                count(&understood, &mut summary);
                facts.append(&mut understood.facts);
                if !keep(ToKeep::Records(understood)) {
                    return None;
                }
                if facts.len() >= FACTS_PER_ROUND {
                    let room = Vec::with_capacity(facts.capacity());
                    shards.join(std::mem::replace(&mut facts, room));
                }
                progress(&summary);
            }
            Passed::Other(Arrival::Lost(warning)) => summary.warnings.push(warning),
            Passed::Other(Arrival::End) => {
                shards.join(facts);
                return Some(summary);
            }
            Passed::Other(Arrival::Position { stream, .. }) => {
                if !keep(ToKeep::Ended(stream)) {
                    return None;
                }
            }
            Passed::Other(_) => {}
        }
    }
    None
}

fn count(understood: &Understood, summary: &mut ReplaySummary) {
    for (record, normalized) in understood.records.iter().zip(&understood.normalized) {
        summary.records += 1;
        summary.bytes += record.raw.len() as u64;
        summary.events += normalized.events.len() as u64;
        summary.unmapped += normalized.unmapped.len() as u64;
        if let Some(reject) = &normalized.reject {
            *summary
                .rejects
                .entry(reject.reason.to_string())
                .or_default() += 1;
        }
        let newest = normalized.events.iter().map(|event| event.time).max();
        summary.now = summary.now.max(newest);
    }
}

pub(super) fn join<T>(thread: JoinHandle<T>) -> Result<T, ReplayError> {
    match thread.join() {
        Ok(value) => Ok(value),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
