//! `tenure replay DIR [--policy F] [--now T] --out OUT`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anstream::AutoStream;
use anyhow::Context;
use indicatif::{HumanBytes, HumanCount};

use super::{mappings, place, table};
use crate::config::{self, RedactionKeyFrom, RedactionSettings, SecretFrom, SigningKey};
use crate::io::files::{FilesSettings, ReceivedAt};
use crate::model::finding::Status;
use crate::model::time::Timestamp;
use crate::service::normalizers::Secrets;
use crate::service::redaction;
use crate::service::replay::{ReplaySettings, ReplaySummary, replay};
use crate::telemetry::Metrics;

/// Reads a directory of logs to the end, assesses it at one time, and writes findings and archive.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// Directory of logs: `<dir>/<source>/**/*.{ndjson,jsonl,json}[.gz|.zst]`
    dir: PathBuf,
    /// The policy; without one the defaults of the rules hold
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The time to assess at, such as 2026-03-02T17:00:00Z; by default the newest event's
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    now: Option<Timestamp>,
    /// Where `findings.ndjson` and `archive` are written
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Another place for the archive: a directory, or a URL such as `s3://bucket/tenure`
    #[arg(long, value_name = "PLACE")]
    archive: Option<String>,
    /// The key that signs the archive, as `tenure keys generate` writes it; by default
    /// `signing.key` where the output is, made where there is none
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A file with the passphrase of that key
    #[arg(long, value_name = "FILE", requires = "key")]
    passphrase_file: Option<PathBuf>,
    /// The key that makes equal secrets comparable, which are replaced in all that is written; by
    /// default `redaction.key` where the output is, made where there is none
    #[arg(long, value_name = "FILE")]
    redaction_key: Option<PathBuf>,
    /// A file of patterns of secrets beside those built in
    #[arg(long, value_name = "FILE")]
    redaction: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Threads that own homes; the result does not depend on it
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    shards: usize,
    /// A directory of mappings, or one file, beside and before those built in
    #[arg(long, value_name = "PATH")]
    mappings: Option<PathBuf>,
    /// Threads that normalise; the result does not depend on it
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    threads: usize,
}

impl Replay {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        place::ensure_directory(&self.dir)?;
        let loaded = config::load(None, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("{problems}"))?;
        loaded
            .notes
            .iter()
            .for_each(|note| anstream::eprintln!("{note}"));
        let mappings = mappings::load(self.mappings.as_deref())?;
        let known_sources = mappings.sources().into_iter().map(str::to_owned).collect();
        let settings = ReplaySettings {
            files: FilesSettings {
                root: self.dir.clone(),
                received_at: self.now.map_or(ReceivedAt::Unknown, ReceivedAt::At),
                known_sources,
                poll: Duration::ZERO,
            },
            policy: Arc::new(loaded.policy),
            policy_text: loaded.policy_text,
            now: self.now,
            out: self.out.clone(),
            archive: self.archive.clone(),
            signing: self.signing(),
            secrets: self.secrets()?,
            shards: self.shards,
            threads: self.threads,
        };
        let metrics = Metrics::new(mappings.sources());
        let bar = place::progress_bar();
        let (summary, findings) = replay(&settings, &mappings, &metrics, &mut |summary| {
            bar.set_message(format!(
                "{} records, {}",
                HumanCount(summary.records),
                HumanBytes(summary.bytes)
            ));
            bar.tick();
        })
        .with_context(|| format!("failed to replay {}", self.dir.display()))?;
        bar.finish_and_clear();
        if self.json {
            writeln!(io::stdout().lock(), "{}", serde_json::to_string(&summary)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        for warning in &summary.warnings {
            anstream::eprintln!("warning: {warning}");
        }
        place::warn_of_names(&self.dir, &summary);
        let mut out = AutoStream::auto(io::stdout().lock());
        write_summary(&mut out, &summary, &self.out, &self.archive())?;
        let look = table::Look::of_stdout();
        write!(out, "{}", table::render(&findings, look))?;
        if !findings.is_empty() {
            // Last, where it is still seen when a thousand findings have gone by.
            write!(out, "\n{}", tally(&summary, look))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Replay {
    /// Where the archive is written.
    fn archive(&self) -> String {
        let below = || self.out.join("archive").display().to_string();
        self.archive.clone().unwrap_or_else(below)
    }

    fn secrets(&self) -> anyhow::Result<Secrets> {
        // The key lies there, and is the first thing to be written.
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("failed to write {}", self.out.display()))?;
        let mut settings = RedactionSettings::with_key(self.out.join("redaction.key"));
        if let Some(path) = &self.redaction_key {
            settings.key = RedactionKeyFrom::Given(SecretFrom::File(path.clone()));
        }
        settings.patterns.clone_from(&self.redaction);
        let patterns =
            redaction::patterns(&settings).map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let redactor = redaction::redactor(patterns, &settings.key)?;
        Ok(Secrets::Replaced(redactor))
    }

    fn signing(&self) -> SigningKey {
        let from = |path: &PathBuf| SecretFrom::File(path.clone());
        match &self.key {
            None => SigningKey::Own(self.out.join("signing.key")),
            Some(path) => SigningKey::Given {
                key: from(path),
                passphrase: self.passphrase_file.as_ref().map(from),
            },
        }
    }
}

/// How many findings of each rule are open, resolved and exempt.
fn tally(summary: &ReplaySummary, look: table::Look) -> String {
    let statuses = [Status::Open, Status::Resolved, Status::Exempt];
    let mut table = table::styled(&["RULE", "OPEN", "RESOLVED", "EXEMPT"], look);
    let mut all = [0; 3];
    for (rule, of_rule) in &summary.findings {
        let counts = statuses.map(|status| of_rule.get(status.as_str()).copied().unwrap_or(0));
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
        table.add_row(table::counts(rule.as_str(), counts));
    }
    table.add_row(table::counts("all", all));
    table::lines(&table)
}

/// An error where nobody reads on is for the caller to judge.
fn write_summary(
    to: &mut impl Write,
    summary: &ReplaySummary,
    out: &Path,
    archive: &str,
) -> io::Result<()> {
    let now = summary
        .now
        .map_or_else(|| "no event".to_owned(), |now| now.to_string());
    writeln!(
        to,
        "{} records ({}), {} events, assessed at {now}",
        HumanCount(summary.records),
        HumanBytes(summary.bytes),
        HumanCount(summary.events)
    )?;
    if !summary.rejects.is_empty() {
        let rejects: Vec<String> = summary
            .rejects
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        writeln!(
            to,
            "rejected (archived with their reasons): {}",
            rejects.join(", ")
        )?;
    }
    if summary.unmapped > 0 {
        writeln!(
            to,
            "{} events of kinds that no mapping names",
            HumanCount(summary.unmapped)
        )?;
    }
    writeln!(to, "wrote {}/findings.ndjson and {archive}", out.display())?;
    if let Some(key) = &summary.signed_by {
        writeln!(to, "verify with: tenure verify {archive} --key {key}")?;
    }
    Ok(())
}
