//! `tenure normalize --source NAME [FILE|-]`: what each record becomes, one line per record.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::model::event::Normalized;
use crate::model::id::SourceName;
use crate::model::limits::{RECORD_BYTES_KEPT_OF_TOO_LARGE, RECORD_BYTES_MAX};
use crate::model::record::{Record, Reject, RejectReason};
use crate::normalize::{Normalizer, Unmapped, explain, ocsf};

use super::mappings;

/// Normalises records of one source to OCSF, one line for each.
#[derive(Debug, clap::Args)]
pub struct Normalize {
    /// The source, such as `okta` or `okta@eu`
    #[arg(long, value_name = "NAME")]
    source: String,
    /// A directory of mappings, or one file, beside and before those built in
    #[arg(long, value_name = "PATH")]
    mappings: Option<PathBuf>,
    /// Show each event and the facts that follow, to be read by people
    #[arg(long)]
    explain: bool,
    /// One record a line; `-` is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
}

impl Normalize {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mappings = mappings::load(self.mappings.as_deref())?;
        let source = SourceName::new(&self.source);
        if !mappings.sources().contains(&source.base()) {
            bail!(
                "no mapping for the source `{}`; `tenure sources` lists the {} that have one",
                source.base(),
                mappings.sources().len()
            );
        }
        let input: Box<dyn Read> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            let file = File::open(&self.file);
            Box::new(file.with_context(|| format!("failed to read {}", self.file.display()))?)
        };
        let mut normalizer = Normalizer::new(mappings.clone()).with_unmapped(Unmapped::Kept);
        let mut output = BufWriter::new(io::stdout().lock());
        let written = each_record(BufReader::new(input), |number, record| {
            let normalized = normalizer.normalize(&source, &record);
            if self.explain {
                write!(output, "#{number}\n{}", explain(&normalized))
            } else {
                writeln!(
                    output,
                    "{}",
                    line(number, &normalized, mappings.product(source.base()))
                )
            }
        });
        match written.and_then(|()| output.flush()) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            done => done
                .with_context(|| format!("failed to normalise {}", self.file.display()))
                .map(|()| ExitCode::SUCCESS),
        }
    }
}

/// `{"record":1,"events":[…],"reject":null}`; records count from 1.
pub fn line(number: u64, normalized: &Normalized, product: Option<(&str, &str)>) -> Value {
    let events = normalized.events.iter();
    let events: Vec<Value> = events.map(|event| ocsf::render(event, product)).collect();
    let reject = normalized
        .reject
        .as_ref()
        .map(|reject| json!({ "reason": reject.reason.as_str(), "detail": &reject.detail }));
    json!({ "record": number, "events": events, "reject": reject })
}

/// Calls `take` with each line that is not blank. A line above the limit is cut and broken.
pub(super) fn each_record(
    mut input: impl BufRead,
    mut take: impl FnMut(u64, Record) -> io::Result<()>,
) -> io::Result<()> {
    let mut number = 0;
    loop {
        let mut raw = Vec::new();
        let limit = RECORD_BYTES_MAX as u64 + 1;
        if input.by_ref().take(limit).read_until(b'\n', &mut raw)? == 0 {
            return Ok(());
        }
        let ended = raw.last() == Some(&b'\n');
        let mut broken = None;
        if !ended && raw.len() > RECORD_BYTES_MAX {
            let rest = skip_line(&mut input)?;
            let size = raw.len() as u64 + rest;
            let detail = format!("{size} bytes, at most {RECORD_BYTES_MAX} are read");
            broken = Some(Reject::new(RejectReason::TooLarge, detail));
            raw.truncate(RECORD_BYTES_KEPT_OF_TOO_LARGE);
        }
        let blank = raw.trim_ascii().is_empty();
        raw.truncate(raw.trim_ascii_end().len());
        if !blank {
            number += 1;
            let offset = i64::try_from(number).unwrap_or(i64::MAX) - 1;
            take(
                number,
                Record {
                    offset,
                    received_at: None,
                    raw,
                    broken,
                },
            )?;
        }
    }
}

/// Reads on to the end of the line; how many bytes that were.
fn skip_line(input: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let line_end = buffer.iter().position(|byte| *byte == b'\n');
        let used = line_end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        skipped += used as u64;
        if line_end.is_some() {
            return Ok(skipped);
        }
    }
}
