//! `tenure replay DIR [--policy F] [--now T] --out OUT`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config;
use crate::io::files::{FilesSettings, ReceivedAt};
use crate::model::time::Timestamp;
use crate::normalize::Mappings;
use crate::service::replay::{ReplaySettings, ReplaySummary, replay};
use crate::telemetry::Metrics;

/// Reads a directory of logs to the end, assesses it at one time, and writes findings and archive.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Directory of logs: `<dir>/<source>/**/*.{ndjson,jsonl,json}[.gz|.zst]`
    dir: PathBuf,
    /// The policy; without one the defaults of the rules hold
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The time to assess at, such as 2026-03-02T17:00:00Z; by default the newest event's
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Where `findings.ndjson` and `archive` are written
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Threads that own homes; the result does not depend on it
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    shards: usize,
    /// Threads that normalise; the result does not depend on it
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    threads: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.dir.is_dir() {
        bail!("failed to read logs from {}: no such directory", arguments.dir.display());
    }
    let loaded = config::load(None, arguments.policy.as_deref())
        .map_err(|problems| anyhow::anyhow!("{problems}"))?;
    loaded.notes.iter().for_each(|note| eprintln!("{note}"));
    let mappings = Arc::new(Mappings::builtin());
    let known_sources = mappings.sources().into_iter().map(str::to_owned).collect();
    let settings = ReplaySettings {
        files: FilesSettings {
            root: arguments.dir.clone(),
            received_at: arguments.now.map_or(ReceivedAt::Unknown, ReceivedAt::At),
            known_sources,
        },
        policy: Arc::new(loaded.policy),
        now: arguments.now,
        out: arguments.out.clone(),
        shards: arguments.shards,
        threads: arguments.threads,
    };
    let metrics = Metrics::new(mappings.sources());
    let bar = progress_bar();
    let (summary, findings) = replay(&settings, &mappings, &metrics, &mut |summary| {
        bar.set_message(format!(
            "{} records, {}",
            HumanCount(summary.records),
            HumanBytes(summary.bytes)
        ));
        bar.tick();
    })
    .with_context(|| format!("failed to replay {}", arguments.dir.display()))?;
    bar.finish_and_clear();
    if arguments.json {
        println!("{}", serde_json::to_string(&summary)?);
        return Ok(());
    }
    print_summary(&summary, arguments);
    super::table::print(&findings);
    Ok(())
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if std::io::stderr().is_terminal() {
        bar.enable_steady_tick(Duration::from_millis(120));
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn print_summary(summary: &ReplaySummary, arguments: &Arguments) {
    for warning in &summary.warnings {
        eprintln!("warning: {warning}");
    }
    let now = summary.now.map_or_else(|| "no event".to_owned(), |now| now.to_string());
    println!(
        "{} records ({}), {} events, assessed at {now}",
        HumanCount(summary.records),
        HumanBytes(summary.bytes),
        HumanCount(summary.events)
    );
    if !summary.rejects.is_empty() {
        let rejects: Vec<String> =
            summary.rejects.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        println!("rejected (archived with their reasons): {}", rejects.join(", "));
    }
    if summary.unmapped > 0 {
        println!("{} events of kinds that no mapping names", HumanCount(summary.unmapped));
    }
    println!("wrote {0}/findings.ndjson and {0}/archive", arguments.out.display());
}
