//! `tenure sources test`: samples beside a mapping, and what is expected of them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use similar::TextDiff;

use crate::cli::table::{self, Look};
use crate::cli::{mappings, normalize};
use crate::model::id::SourceName;
use crate::normalize::{Mappings, Normalizer, Unmapped, explain};

/// Run the samples beside each mapping: `acme.samples.ndjson` beside `acme.yaml`
///
/// What the samples become is compared with `acme.expected.txt`; `--accept` writes that file, to
/// be read before it is kept.
#[derive(Debug, Args)]
pub struct Test {
    /// A directory of mappings, or one of them
    #[arg(value_name = "PATH", default_value = "mappings")]
    path: PathBuf,
    /// Write what the samples become now as what is expected
    #[arg(long)]
    accept: bool,
}

/// What became of the samples of one mapping.
#[derive(Default)]
struct Outcome {
    source: String,
    samples: usize,
    events: usize,
    rejects: usize,
    unmapped: usize,
    mistyped: usize,
    verdict: Verdict,
}

#[derive(Default)]
enum Verdict {
    #[default]
    NoSamples,
    AsExpected,
    Accepted,
    NothingExpected,
    /// The difference, line by line.
    Differs(String),
}

impl Test {
    /// Exits with 1 where something differs, is missing, or cannot be used.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mappings = mappings::load(Some(&self.path))?;
        let files = mappings::list(&self.path)
            .with_context(|| format!("failed to list {}", self.path.display()))?;
        if files.is_empty() {
            bail!("{} holds no mapping (*.yaml)", self.path.display());
        }
        let mut outcomes = Vec::new();
        for file in files {
            let outcome = self.examine(&mappings, &file);
            outcomes.push(outcome.with_context(|| format!("failed to test {}", file.display()))?);
        }
        let mut out = io::stdout().lock();
        out.write_all(rendered(&outcomes, Look::of_stdout()).as_bytes())?;
        for outcome in &outcomes {
            if let Verdict::Differs(difference) = &outcome.verdict {
                writeln!(out, "\n{}:\n{difference}", outcome.source)?;
            }
        }
        out.flush()?;
        Ok(if outcomes.iter().all(Outcome::is_good) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn examine(&self, mappings: &Arc<Mappings>, file: &Path) -> anyhow::Result<Outcome> {
        let text = fs::read_to_string(file)?;
        let source = Mappings::source_of(&file.display().to_string(), &text)
            .map_err(|problem| anyhow::anyhow!("{problem}"))?;
        let mut outcome = Outcome {
            source: source.clone(),
            ..Outcome::default()
        };
        let samples = file.with_extension("samples.ndjson");
        if !samples.exists() {
            return Ok(outcome);
        }
        let samples = fs::File::open(&samples)?;
        let mut normalizer = Normalizer::new(mappings.clone()).with_unmapped(Unmapped::Kept);
        let source = SourceName::new(source);
        let mut became = String::new();
        normalize::each_record(io::BufReader::new(samples), |number, record| {
            let normalized = normalizer.normalize(&source, &record);
            outcome.samples += 1;
            outcome.events += normalized.events.len();
            outcome.rejects += usize::from(normalized.reject.is_some());
            outcome.unmapped += normalized.unmapped.len();
            outcome.mistyped += normalized.mistyped.len();
            became += &format!("#{number}\n{}", explain(&normalized));
            Ok(())
        })?;
        outcome.verdict = self.judge(&file.with_extension("expected.txt"), &became)?;
        Ok(outcome)
    }

    fn judge(&self, expected: &Path, became: &str) -> io::Result<Verdict> {
        if self.accept {
            fs::write(expected, became)?;
            return Ok(Verdict::Accepted);
        }
        if !expected.exists() {
            return Ok(Verdict::NothingExpected);
        }
        let text = fs::read_to_string(expected)?;
        if text == became {
            return Ok(Verdict::AsExpected);
        }
        let difference = TextDiff::from_lines(text.as_str(), became);
        let shown = difference.unified_diff().context_radius(2).to_string();
        Ok(Verdict::Differs(table::harmless_lines(&shown)))
    }
}

impl Outcome {
    fn is_good(&self) -> bool {
        matches!(self.verdict, Verdict::AsExpected | Verdict::Accepted)
    }
}

fn rendered(outcomes: &[Outcome], look: Look) -> String {
    let header = [
        "SOURCE", "SAMPLES", "EVENTS", "REJECTS", "UNMAPPED", "MISTYPED", "VERDICT",
    ];
    let mut table = table::styled(&header, look);
    for outcome in outcomes {
        let verdict = match outcome.verdict {
            Verdict::AsExpected => "as expected",
            Verdict::Accepted => "accepted: read it before you keep it",
            Verdict::NothingExpected => "nothing expected yet: look with --accept",
            Verdict::NoSamples => "no samples beside it",
            Verdict::Differs(_) => "differs",
        };
        let counts = [
            outcome.samples,
            outcome.events,
            outcome.rejects,
            outcome.unmapped,
            outcome.mistyped,
        ];
        let mut row = vec![outcome.source.clone()];
        row.extend(counts.map(|count| count.to_string()));
        row.push(verdict.to_owned());
        table.add_row(row);
    }
    table::lines(&table)
}
