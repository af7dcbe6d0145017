//! `tenure query SQL`: questions to an archive. Exit code 2 where the question is at fault.

mod answer;
mod cells;
mod described;

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use indicatif::HumanCount;

use super::evidence_read::{self, Recording};
use super::place::{archive_place, progress_bar};
use super::table::{Look, harmless_lines};
use crate::config::units;
use crate::model::limits::{
    QUERY_MEMORY_BYTES, QUERY_SECONDS, QUERY_TABLE_ROWS, QUERY_TEXT_BYTES_MAX,
};
use crate::query::{Check, Limits, QueryError, Rows, Session};

/// Ask an archive, in SQL
///
/// Only reads. The files are those that the archive's commits name, and each must be as large as its
/// commit says. `--tables` shows what there is; docs/query.md has examples.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("asked").required(true)))]
pub struct Query {
    /// The question; `-` reads it from standard input
    #[arg(group = "asked")]
    sql: Option<String>,
    /// Read the question from this file
    #[arg(long, value_name = "FILE", group = "asked")]
    file: Option<PathBuf>,
    /// List the tables and functions, and what their columns mean
    #[arg(long, group = "asked")]
    tables: bool,
    /// The archive, a directory or a URL; by default that of the configuration here, or else
    /// ./tenure-data/archive
    #[arg(long, value_name = "PLACE")]
    archive: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write the answer to this file, which must not be there
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Rows that a table shows; the others are counted
    #[arg(long, value_name = "COUNT", default_value_t = QUERY_TABLE_ROWS)]
    rows: usize,
    /// Run the question, and show the plan and what was passed over unread in place of the answer
    #[arg(long, conflicts_with_all = ["tables", "out"])]
    explain: bool,
    /// Compare the hash of each file that is read with that in its commit
    #[arg(long)]
    verify: bool,
    /// Memory of the query, such as 4GiB
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    memory: Option<usize>,
    /// Time of the query, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    #[command(flatten)]
    recording: Recording,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned, for people
    Table,
    /// As spreadsheets read it
    Csv,
    /// One array of objects
    Json,
    /// One object a line
    Ndjson,
    /// With its types, for other programs; needs --out
    Parquet,
}

fn memory(text: &str) -> Result<usize, String> {
    let size = units::size(text).map_err(|error| format!("it {error}; write \"4GiB\""))?;
    usize::try_from(size).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<Duration, String> {
    units::duration(text).map_err(|error| format!("it {error}; write \"10m\""))
}

impl Query {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match self.answer() {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => match error.downcast_ref::<QueryError>() {
                Some(asked) if asked.is_of_the_text() => {
                    anstream::eprintln!("error: {}", harmless_lines(&asked.to_string()));
                    Ok(ExitCode::from(2))
                }
                _ => Err(error),
            },
        }
    }

    fn answer(&self) -> anyhow::Result<()> {
        let format = if self.json { Format::Json } else { self.format };
        let needs_file = format == Format::Parquet && self.out.is_none();
        ensure!(
            !needs_file,
            "Parquet is for programs: name a file with --out"
        );
        let text = self.text()?;
        let bar = progress_bar();
        bar.set_message("reading the commits");
        let place = archive_place(self.archive.as_deref())?;
        let session = Session::with_limits(&place, self.limits())?;
        if self.tables {
            bar.finish_and_clear();
            return described::tables(&session.tables()?, format);
        }
        bar.set_message("looking for the answer");
        let rows = session.rows(&text)?;
        if self.explain {
            let scans = run_to_end(rows)?;
            bar.finish_and_clear();
            return described::explained(&scans, format);
        }
        let read = ("query", text.as_str(), None);
        evidence_read::record(&self.recording, &place, read)?;
        let look = match self.out {
            Some(_) => Look::Plain,
            None => Look::of_stdout(),
        };
        let sheet = answer::Sheet {
            format,
            look,
            rows_max: self.rows,
        };
        let count = match &self.out {
            None => answer::to_stdout(rows, &sheet, &bar)?,
            Some(path) => answer::to_file(rows, &sheet, path)?,
        };
        bar.finish_and_clear();
        if format == Format::Table && count > self.rows {
            let (shown, all) = (HumanCount(self.rows as u64), HumanCount(count as u64));
            anstream::eprintln!(
                "{shown} of {all} rows; ask for more with --rows, or for all with --format csv"
            );
        }
        Ok(())
    }

    fn text(&self) -> anyhow::Result<String> {
        // One byte more than is allowed is enough to be told so.
        let limit = QUERY_TEXT_BYTES_MAX as u64 + 1;
        let mut text = String::new();
        match (&self.sql, &self.file) {
            (Some(sql), _) if sql == "-" => {
                let read = io::stdin().lock().take(limit).read_to_string(&mut text);
                read.context("failed to read the question from standard input")?;
            }
            (Some(sql), _) => text.clone_from(sql),
            (None, Some(path)) => {
                let failed = || format!("failed to read the question from {}", path.display());
                let file = std::fs::File::open(path).with_context(failed)?;
                file.take(limit)
                    .read_to_string(&mut text)
                    .with_context(failed)?;
            }
            (None, None) => {}
        }
        Ok(text)
    }

    fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.memory.unwrap_or(QUERY_MEMORY_BYTES),
            time: self.timeout.unwrap_or(Duration::from_secs(QUERY_SECONDS)),
            check: if self.verify {
                Check::Hash
            } else {
                Check::Size
            },
        }
    }
}

/// The plan and what was read for an answer that nobody wants to see.
fn run_to_end(mut rows: Rows<'_>) -> Result<described::Explained, QueryError> {
    let mut count = 0;
    for batch in &mut rows {
        count += batch?.num_rows();
    }
    Ok(described::Explained {
        rows: count,
        scans: rows.scans(),
        plan: rows.plan(),
    })
}
