//! `tenure sources`: what can be read, what a node has read, and what of it nobody understands yet.

mod samples;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use crate::model::Text;
use crate::model::id::SourceName;
use crate::normalize::Mappings;
use crate::telemetry::SourceReport;

use super::table::{self, Look, harmless};
use super::{mappings, node};

/// Actions or fields that are shown of one source.
const SHOWN_MAX: usize = 8;

/// List the sources that have a mapping, with what a running node has read of them
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sources {
    #[command(subcommand)]
    command: Option<Command>,
    /// The node to ask for counts; without one that answers, the mappings alone are listed
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A directory of mappings, or one file, beside and before those built in
    #[arg(long, value_name = "PATH")]
    mappings: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(samples::Test),
}

/// What a node answers.
#[derive(Deserialize)]
struct Answer {
    sources: Vec<SourceReport>,
}

impl Sources {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        if let Some(Command::Test(test)) = &self.command {
            return test.run();
        }
        let mappings = mappings::load(self.mappings.as_deref())?;
        let reports = self.reports()?;
        let mut out = io::stdout().lock();
        if self.json {
            write_json(&mut out, &mappings, &reports)?;
        } else {
            out.write_all(rendered(&mappings, &reports, Look::of_stdout()).as_bytes())?;
            out.write_all(not_understood(&reports).as_bytes())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// By source; empty where no node was named and none answers.
    fn reports(&self) -> anyhow::Result<BTreeMap<Text, SourceReport>> {
        let url = self.url.as_deref().unwrap_or(node::DEFAULT_URL);
        let answer = match node::ask::<Answer>(url, "/api/sources", &[]) {
            Ok(answer) => answer,
            Err(error) if self.url.is_some() => {
                return Err(error.context(format!("failed to ask {url} for its sources")));
            }
            Err(_) => {
                anstream::eprintln!("no node answers at {url}: only the mappings are listed");
                return Ok(BTreeMap::new());
            }
        };
        let by_name = |report: SourceReport| (report.source.clone(), report);
        Ok(answer.sources.into_iter().map(by_name).collect())
    }
}

/// The mapped sources, then those that delivered without a mapping; tenants of a source follow it.
fn names(mappings: &Mappings, reports: &BTreeMap<Text, SourceReport>) -> Vec<Text> {
    let mapped = mappings.sources().into_iter().map(Text::from);
    let mut names: Vec<Text> = mapped.chain(reports.keys().cloned()).collect();
    names.sort();
    names.dedup();
    names
}

fn rendered(mappings: &Mappings, reports: &BTreeMap<Text, SourceReport>, look: Look) -> String {
    let header = [
        "SOURCE", "VENDOR", "PRODUCT", "ACTIONS", "RECORDS", "EVENTS", "REJECTS", "UNMAPPED",
        "MISTYPED",
    ];
    let mut table = table::styled(&header, look);
    for name in names(mappings, reports) {
        let base = SourceName::new(&name);
        let (vendor, product) = mappings.product(base.base()).unwrap_or(("-", "-"));
        let mut row = vec![
            harmless(&name),
            vendor.to_owned(),
            product.to_owned(),
            mappings.actions(base.base()).to_string(),
        ];
        match reports.get(&name) {
            None => row.extend(["-"; 5].map(str::to_owned)),
            Some(report) => {
                let sum = |counts: &[(Text, u64)]| counts.iter().map(|(_, count)| count).sum();
                let counts: [u64; 5] = [
                    report.records,
                    report.events,
                    sum(&report.rejects),
                    sum(&report.unmapped),
                    sum(&report.mistyped),
                ];
                row.extend(counts.map(|count| count.to_string()));
            }
        }
        table.add_row(row);
    }
    table::lines(&table)
}

/// What is worth a line in a mapping: the actions and fields that come most often.
pub(super) fn not_understood<'r>(
    reports: impl IntoIterator<Item = (&'r Text, &'r SourceReport)>,
) -> String {
    let mut told = String::new();
    for (name, report) in reports {
        for (what, counts) in [
            ("rejected", &report.rejects),
            ("actions that the mapping does not name", &report.unmapped),
            ("fields of another type", &report.mistyped),
        ] {
            if counts.is_empty() {
                continue;
            }
            let shown = counts.iter().take(SHOWN_MAX);
            let shown: Vec<String> = shown
                .map(|(word, count)| format!("{} ({count})", harmless(word)))
                .collect();
            let more = counts.len().saturating_sub(SHOWN_MAX);
            let more = if more > 0 {
                format!(", and {more} more")
            } else {
                String::new()
            };
            told += &format!("{}: {what}: {}{more}\n", harmless(name), shown.join(", "));
        }
    }
    if told.is_empty() {
        told
    } else {
        format!("\n{told}")
    }
}

fn write_json(
    out: &mut impl Write,
    mappings: &Mappings,
    reports: &BTreeMap<Text, SourceReport>,
) -> io::Result<()> {
    for name in names(mappings, reports) {
        let base = SourceName::new(&name);
        let product = mappings.product(base.base());
        let line = json!({
            "source": &*name,
            "vendor": product.map(|(vendor, _)| vendor),
            "product": product.map(|(_, product)| product),
            "actions": mappings.actions(base.base()),
            "read": reports.get(&name),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
