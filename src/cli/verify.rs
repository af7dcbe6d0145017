//! `tenure verify ARCHIVE --key K`: exit 0 intact and complete, 1 not, 2 could not tell.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use comfy_table::{Cell, Color};
use indicatif::{HumanBytes, HumanCount};

use super::place;
use super::table::{self, Look, harmless};
use crate::config::units;
use crate::io::archive::verify::{Progress, Report, Verdict, VerifySettings, verify};
use crate::io::keys::{PublicKey, public_key, read_text};
use crate::model::time::Span;
use crate::service::wall_clock;

/// Verify that an archive is what was written, and that nothing of it is missing
#[derive(Debug, Args)]
pub struct Verify {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// A key that you trust, from elsewhere than the archive: `name+id+base64`, or a file with that,
    /// with a public key in PEM, or with a signing key. May be given several times
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// A copy of `log/checkpoint` that you kept from an earlier verification: the archive must
    /// continue it, and what it covers is not read again
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// How old the newest commit may be, such as 2h: an idle service writes one each hour
    #[arg(long, value_name = "AGE", value_parser = age)]
    max_age: Option<Duration>,
    /// Certificates in PEM of timestamp authorities that you trust: openssl is asked whether one of
    /// them signed the archive's timestamps
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
    /// Threads that read
    #[arg(long, value_name = "COUNT", default_value_t = cores())]
    threads: usize,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

fn age(text: &str) -> Result<Duration, String> {
    units::duration(text).map_err(|error| format!("it {error}; write a duration such as \"2h\""))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Verify {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match self.report() {
            Ok(report) => {
                self.show(&report)?;
                Ok(ExitCode::from(match report.verdict() {
                    Verdict::Holds => 0,
                    Verdict::Broken => 1,
                    Verdict::Unknown => 2,
                }))
            }
            Err(error) => {
                anstream::eprintln!("error: could not verify {}: {error:#}", self.archive);
                Ok(ExitCode::from(2))
            }
        }
    }

    fn report(&self) -> anyhow::Result<Report> {
        let keys = self.key.iter().map(|key| trusted(key));
        let kept = self.since.as_ref().map(|path| {
            std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))
        });
        let not_before = self.max_age.map(|age| {
            let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
            wall_clock() + Span::from_seconds(-seconds)
        });
        let settings = VerifySettings {
            keys: keys.collect::<Result<_, _>>()?,
            kept: kept.transpose()?,
            not_before,
            authorities: self.tsa_ca.clone(),
            threads: self.threads,
        };
        let bar = place::progress_bar();
        let show = |Progress { done, of }: Progress| {
            bar.set_message(format!(
                "{} of {} commits",
                HumanCount(done as u64),
                HumanCount(of as u64)
            ));
            bar.tick();
        };
        let report = verify(place::archive_at(&self.archive), &settings, &show);
        bar.finish_and_clear();
        Ok(report?)
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, report)?;
            writeln!(out)?;
        } else {
            out.write_all(rendered(report, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        Ok(())
    }
}

/// The key that an argument is, or names.
pub(super) fn trusted(argument: &str) -> anyhow::Result<PublicKey> {
    let path = Path::new(argument);
    if !path.exists() {
        return public_key(argument)
            .with_context(|| format!("`{argument}` is no file, and as a key it is wrong"));
    }
    let text = read_text(path)?;
    public_key(&text).with_context(|| format!("{} holds no key to trust", path.display()))
}

fn rendered(report: &Report, look: Look) -> String {
    let mut table = table::styled(&["", "VERDICT", "WHAT"], look);
    let counted = &report.counted;
    let integrity = match &report.checkpoint {
        Some(checkpoint) if !checkpoint.by.is_empty() => format!(
            "{} commits and {} files ({}), under a checkpoint of {} signed by {}",
            HumanCount(counted.commits),
            HumanCount(counted.files),
            HumanBytes(counted.bytes),
            HumanCount(checkpoint.size),
            checkpoint.by.join(" and ")
        ),
        _ => format!(
            "{} commits, under no checkpoint that is trusted",
            HumanCount(counted.commits)
        ),
    };
    let completeness = format!(
        "{} records in {} chains, {} rejected, {} offsets named as gaps; the archive ends at {}",
        HumanCount(counted.records),
        HumanCount(counted.chains),
        HumanCount(counted.rejects),
        HumanCount(counted.missing_offsets),
        report
            .newest
            .map_or_else(|| "no time".to_owned(), |at| at.to_string())
    );
    for (name, verdict, what) in [
        ("integrity", report.integrity, integrity),
        ("completeness", report.completeness, completeness),
    ] {
        table.add_row(vec![
            Cell::new(name),
            shown(verdict, look),
            Cell::new(harmless(&what)),
        ]);
    }
    let mut text = table::lines(&table) + &stamped(report);
    if !report.problems.is_empty() {
        text.push('\n');
        text += &problems(report, look);
    }
    text + &told_besides(report)
}

/// Since when the archive is known to have been there.
fn stamped(report: &Report) -> String {
    if let Some(stamped) = &report.timestamp {
        let worth = if stamped.proved {
            "signed by an authority that you trust"
        } else {
            "as its authority says: --tsa-ca has its signature looked at too"
        };
        return format!(
            "the first {} commits were there at {}, {worth} ({})\n",
            HumanCount(stamped.size),
            stamped.at,
            harmless(&stamped.path)
        );
    }
    String::new()
}

/// What is worth knowing and no problem, and how much is not shown.
fn told_besides(report: &Report) -> String {
    let counted = &report.counted;
    let mut text = String::new();
    for notice in &report.notices {
        text += &format!("notice: {}: {}\n", harmless(&notice.path), notice.what);
    }
    if counted.pruned_files > 0 {
        text += &format!(
            "{} files ({}, {} records) were let go by retention, under signed tombstones (--json names \
             them)\n",
            HumanCount(counted.pruned_files),
            HumanBytes(counted.pruned_bytes),
            HumanCount(counted.pruned_records),
        );
    }
    for (what, count) in [
        ("more problems", report.problems_left_out),
        ("more notices", report.notices_left_out),
        (
            "files belong to no commit and are no part of the archive (--json names them)",
            report.foreign.len() as u64 + report.foreign_left_out,
        ),
    ] {
        if count > 0 {
            text += &format!("{} {what}\n", HumanCount(count));
        }
    }
    text
}

fn problems(report: &Report, look: Look) -> String {
    let mut table = table::styled(&["VERDICT", "FILE", "COMMIT", "OFFSETS", "WHAT"], look);
    for problem in &report.problems {
        let commit = problem.stream.as_ref().zip(problem.commit);
        let commit = commit.map_or_else(
            || "-".to_owned(),
            |(stream, number)| format!("{stream} {number}"),
        );
        let offsets = problem
            .offsets
            .map_or_else(|| "-".to_owned(), |(from, to)| format!("{from}..{to}"));
        table.add_row(vec![
            shown(problem.verdict, look),
            Cell::new(harmless(&problem.path)),
            Cell::new(harmless(&commit)),
            Cell::new(offsets),
            Cell::new(harmless(&problem.what)),
        ]);
    }
    table::lines(&table)
}

fn shown(verdict: Verdict, look: Look) -> Cell {
    let (word, colour) = match verdict {
        Verdict::Holds => ("holds", Color::Green),
        Verdict::Unknown => ("unknown", Color::Yellow),
        Verdict::Broken => ("BROKEN", Color::Red),
    };
    match look {
        Look::Terminal { colour: true } => Cell::new(word).fg(colour),
        _ => Cell::new(word),
    }
}
