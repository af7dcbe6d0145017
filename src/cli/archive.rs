//! `tenure archive`: the upkeep of an archive.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, HumanCount};

use super::place::archive_at;
use super::table::{self, Look, harmless};
use crate::config::units;
use crate::io::archive::PAGES;
use crate::io::archive::verify::{Cleaning, Orphans, clean};
use crate::model::time::Span;
use crate::service::wall_clock;

/// Keep an archive in order
#[derive(Debug, Args)]
pub struct Archive {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clean(Clean),
    Pages(Pages),
}

/// Show the files that no commit names, and with --delete delete them
///
/// A crash between a file and its commit leaves such files; nothing reads them. Only files of
/// datasets (events, access, people, findings, links, reads) are looked at. An archive of which a
/// commit is missing or changed is left alone: verify it first.
#[derive(Debug, Args)]
struct Clean {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// How long ago a file must have been written, so that no commit is about to name it
    #[arg(long, value_name = "AGE", default_value = "1d", value_parser = age)]
    older_than: Duration,
    /// Delete them, in place of showing what would be deleted
    #[arg(long, conflicts_with = "dry_run")]
    delete: bool,
    /// Only show what would be deleted: what is done anyway without --delete
    #[arg(long)]
    dry_run: bool,
    /// Print what was found as one JSON object
    #[arg(long)]
    json: bool,
}

/// Write the pages that an archive of this version has: views.sql, athena.sql, trino.sql, VERIFY.md
/// and verify.sh
///
/// An archive keeps those that it was begun with, perhaps by an earlier version. And a script that is
/// to find out whether an archive was tampered with had better not come from there.
#[derive(Debug, Args)]
struct Pages {
    /// The directory to write them to, made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn age(text: &str) -> Result<Duration, String> {
    units::duration(text).map_err(|error| format!("it {error}; write a duration such as \"1d\""))
}

impl Archive {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Clean(clean) => clean.run(),
            Command::Pages(pages) => pages.run(),
        }
    }
}

impl Clean {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let age = i64::try_from(self.older_than.as_secs()).unwrap_or(i64::MAX);
        let limit = wall_clock().saturating_add(Span::from_seconds(age.saturating_neg()));
        let cleaning = if self.delete && !self.dry_run {
            Cleaning::Delete
        } else {
            Cleaning::Look
        };
        let orphans = clean(archive_at(&self.archive), limit, cleaning)?;
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &orphans)?;
            writeln!(out)?;
        } else {
            out.write_all(rendered(&orphans, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Pages {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let shown = self.out.display();
        fs::create_dir_all(&self.out).with_context(|| format!("failed to make {shown}"))?;
        let mut out = io::stdout().lock();
        for (name, text) in PAGES {
            let path = self.out.join(name);
            let mut file = File::create_new(&path)
                .with_context(|| format!("failed to write {}", path.display()))?;
            file.write_all(text.as_bytes())
                .with_context(|| format!("failed to write {}", path.display()))?;
            writeln!(out, "{}", path.display())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn rendered(orphans: &Orphans, look: Look) -> String {
    let mut text = String::new();
    if !orphans.old.is_empty() {
        let mut table = table::styled(&["FILE", "BYTES", "WRITTEN"], look);
        for orphan in &orphans.old {
            table.add_row([
                harmless(&orphan.path),
                orphan.bytes.to_string(),
                orphan.modified_at.to_string(),
            ]);
        }
        text = table::lines(&table);
        text.push('\n');
    }
    let bytes = orphans.old.iter().map(|orphan| orphan.bytes).sum();
    let (count, bytes) = (HumanCount(orphans.old.len() as u64), HumanBytes(bytes));
    let did = match (orphans.old.is_empty(), orphans.deleted) {
        (true, _) => {
            "no file to delete: every file that is old enough belongs to a commit".to_owned()
        }
        (false, true) => format!("deleted {count} files, {bytes}"),
        (false, false) => {
            format!("{count} files, {bytes}, belong to no commit; --delete deletes them")
        }
    };
    let young = match orphans.young.len() {
        0 => String::new(),
        young => format!("; {young} more are too young to tell"),
    };
    format!("{text}{did}{young}\n")
}
