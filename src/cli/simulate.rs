//! `tenure simulate --seed N --people N --days N --out DIR`: a company that does not exist, and its
//! logs in the formats of the vendors.

pub(super) mod truth;
mod writer;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::place;
use super::table::{self, Look};
use crate::model::limits::USE_DAYS_MAX;
use crate::model::time::{Span, Timestamp};
use crate::simulate::{Settings, Simulation, simulate};
use writer::{Compression, Order, Writer, Written};

/// Makes up a company and writes its logs in the vendors' formats, its policy, and what must be told of it
///
/// Its stories tell of each rule what it must find, and what comes close and must not be found.
#[derive(Debug, clap::Args)]
pub struct Simulate {
    /// The same seed makes the same company, to the byte
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// People, beside those of the stories: some 270, as often as each story is told
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    people: u32,
    /// How long the story goes on
    #[arg(long, value_name = "COUNT", default_value_t = 180, value_parser = days())]
    days: u32,
    /// An empty or new directory for `logs`, `policy.toml` and `truth.ndjson`
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The first day's beginning
    #[arg(long, value_name = "TIME", value_parser = place::time, default_value = "2026-01-05T00:00:00Z")]
    from: Timestamp,
    /// Sign-ins and other uses of accounts, a person and day
    #[arg(long, value_name = "COUNT", default_value_t = 1.0, value_parser = rate)]
    background_rate: f64,
    /// How often each story is told
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    stories: u32,
    /// How the logs are compressed; `tenure replay` reads all of them
    #[arg(long, value_enum, default_value_t = Compression::Zst)]
    compress: Compression,
    /// Write the records of a day in no order
    #[arg(long)]
    shuffle: bool,
    /// Write each record once more with this probability
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    duplicate: f64,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Beyond this many days the first and last use of a day are no longer kept, and what must be told
/// is no longer what can be.
fn days() -> clap::builder::RangedI64ValueParser<u32> {
    let most = i64::try_from(USE_DAYS_MAX).unwrap_or(i64::MAX);
    clap::value_parser!(u32).range(8..=most)
}

fn rate(text: &str) -> Result<f64, String> {
    number(text, 1_000.0)
}

fn share(text: &str) -> Result<f64, String> {
    number(text, 1.0)
}

fn number(text: &str, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|error| format!("`{text}`: {error}"))?;
    if (0.0..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("it must lie between 0 and {most}"))
    }
}

/// As a whole number of parts, of which `whole` are 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both were checked to be small and not negative"
)]
fn parts(number: f64, whole: f64) -> u64 {
    (number * whole).round() as u64
}

impl Simulate {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        empty(&self.out)?;
        let simulation = simulate(self.settings());
        std::fs::write(self.out.join("policy.toml"), &simulation.policy).with_context(|| {
            format!("failed to write {}", self.out.join("policy.toml").display())
        })?;
        let written = self.write(&simulation)?;
        let truth = self.out.join("truth.ndjson");
        let bar = place::progress_bar();
        bar.set_message("working out what must be told");
        let truths = truth::write(&truth, &simulation, written.records())?;
        bar.finish_and_clear();
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", self.told(&simulation, (&written, truths)))?;
        } else {
            write!(out, "{}", self.table(&simulation, (&written, truths)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            people: usize::try_from(self.people).unwrap_or(usize::MAX),
            from: self.from,
            until: self.from + Span::days(i64::from(self.days)),
            stories: usize::try_from(self.stories).unwrap_or(usize::MAX),
            background_per_mille: parts(self.background_rate, 1_000.0),
        }
    }

    fn write(&self, simulation: &Simulation) -> anyhow::Result<Written> {
        let bar = progress_bar(u64::from(self.days));
        let order = Order {
            shuffled: self.shuffle,
            twice_in_a_million: parts(self.duplicate, 1_000_000.0),
        };
        let mut writer = Writer::new(self.out.join("logs"), self.compress, order);
        for deeds in simulation.days() {
            writer.day(simulation, &deeds)?;
            bar.set_message(format!("{} records", HumanCount(writer.records())));
            bar.inc(1);
        }
        let written = writer.finish(simulation)?;
        bar.finish_and_clear();
        Ok(written)
    }

    fn table(
        &self,
        simulation: &Simulation,
        (written, truths): (&Written, Option<usize>),
    ) -> String {
        let mut table = table::styled(&["LOG", "RECORDS", "BYTES"], Look::of_stdout());
        for (log, counts) in &written.logs {
            table.add_row([
                (*log).to_owned(),
                HumanCount(counts.records).to_string(),
                HumanBytes(counts.bytes).to_string(),
            ]);
        }
        let cast = &simulation.cast;
        let out = self.out.display();
        let truths = match truths {
            Some(count) => format!("{count} findings must be told of it then: {out}/truth.ndjson"),
            None => "too much happens for truth.ndjson".to_owned(),
        };
        format!(
            "{}{} people, {} accounts, {} credentials, {} devices; {} records\n\
             wrote {out}/logs and {out}/policy.toml; the story ends at {until}\n\
             {truths}\n\n\
             next: tenure replay {out}/logs --policy {out}/policy.toml --now {until} --out OUT\n",
            table::lines(&table),
            HumanCount(cast.persons.len() as u64),
            HumanCount(cast.accounts.len() as u64),
            HumanCount(cast.credentials.len() as u64),
            HumanCount(cast.devices.len() as u64),
            HumanCount(written.records()),
            until = simulation.settings.until,
        )
    }

    fn told(
        &self,
        simulation: &Simulation,
        (written, truths): (&Written, Option<usize>),
    ) -> serde_json::Value {
        let logs = written.logs.iter().map(
            |(log, counts)| json!({"log": log, "records": counts.records, "bytes": counts.bytes}),
        );
        json!({
            "seed": self.seed,
            "from": simulation.settings.from,
            "until": simulation.settings.until,
            "people": simulation.cast.persons.len(),
            "accounts": simulation.cast.accounts.len(),
            "records": written.records(),
            "findings": truths,
            "logs": logs.collect::<Vec<_>>(),
        })
    }
}

/// Logs of two companies in one directory would be one company's.
fn empty(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
    let mut entries =
        std::fs::read_dir(dir).with_context(|| format!("failed to read {}", dir.display()))?;
    if entries.next().is_some() {
        bail!("{} is not empty: choose a new directory", dir.display());
    }
    Ok(())
}

fn progress_bar(days: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(days), ProgressDrawTarget::stderr());
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let form = "{elapsed_precise} {bar:30} day {pos} of {len}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar
}
