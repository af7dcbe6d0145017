//! Where answers come from: a running node, an archive, or a directory of logs.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::check::CONFIG_FILE;
use super::evidence_read::{self, Recording};
use super::{mappings, node};
use crate::config;
use crate::io::archive::Place as ArchivePlace;
use crate::io::files::{FilesSettings, ReceivedAt};
use crate::model::record::RejectReason;
use crate::model::time::Timestamp;
use crate::service::recall::{Kept, RecallSettings, Recalled, recall};
use crate::service::replay::ReplaySummary;
use crate::telemetry::Metrics;

/// Options of every command that asks about homes.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The node to ask
    #[arg(long, value_name = "URL", default_value = node::DEFAULT_URL)]
    pub node: String,
    /// Answer from this archive instead, a directory or a URL: its records are read again
    #[arg(long, value_name = "PLACE", conflicts_with_all = ["node", "logs"])]
    pub archive: Option<String>,
    /// Answer from this directory of logs instead, laid out as for `replay`
    #[arg(long, value_name = "DIR", conflicts_with = "node")]
    pub logs: Option<PathBuf>,
    /// The policy, for an archive or logs; a node has its own
    #[arg(long, value_name = "FILE", conflicts_with = "node")]
    pub policy: Option<PathBuf>,
    /// A directory of mappings, or one file, for an archive or logs
    #[arg(long, value_name = "PATH", conflicts_with = "node")]
    pub mappings: Option<PathBuf>,
    /// The clock, such as 2026-03-02T17:00:00Z; by default a node's own, or the newest event's time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Timestamp>,
    #[command(flatten)]
    pub recording: Recording,
}

impl Place {
    /// The homes of an archive or of logs; `None` where a node is to be asked.
    pub fn recall(&self) -> anyhow::Result<Option<Recalled>> {
        let from = match (&self.archive, &self.logs) {
            (Some(location), _) => location.clone(),
            (None, Some(directory)) => directory.display().to_string(),
            (None, None) => {
                let alone = self.policy.is_none() && self.mappings.is_none();
                ensure!(
                    alone,
                    "a node has a policy and mappings of its own; `--policy` and `--mappings` go \
                     with `--archive` or `--logs`"
                );
                return Ok(None);
            }
        };
        let loaded = config::load(None, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let notes = loaded.notes.iter();
        notes.for_each(|note| anstream::eprintln!("{note}"));
        let mappings = mappings::load(self.mappings.as_deref())?;
        let settings = RecallSettings {
            from: self.kept(|| mappings.sources().into_iter().map(str::to_owned).collect())?,
            policy: Arc::new(loaded.policy),
            now: self.now,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        };
        let metrics = Metrics::new(mappings.sources());
        let bar = progress_bar();
        let mut show = |summary: &ReplaySummary| {
            bar.set_message(format!(
                "{} records, {}",
                HumanCount(summary.records),
                HumanBytes(summary.bytes)
            ));
            bar.tick();
        };
        let recalled = recall(&settings, &mappings, &metrics, &mut show);
        bar.finish_and_clear();
        let recalled = recalled.with_context(|| format!("failed to read {from} again"))?;
        let warnings = recalled.summary.warnings.iter();
        warnings.for_each(|warning| anstream::eprintln!("warning: {warning}"));
        if let Some(directory) = &self.logs {
            warn_of_names(directory, &recalled.summary);
        }
        if let Some(location) = &self.archive {
            let what = evidence_read::command_line();
            let read = ("query", &*what, Some(recalled.summary.events));
            evidence_read::record(&self.recording, &archive_at(location), read)?;
        }
        Ok(Some(recalled))
    }

    fn kept(
        &self,
        known_sources: impl FnOnce() -> std::collections::HashSet<String>,
    ) -> anyhow::Result<Kept> {
        let Some(directory) = &self.logs else {
            let location = self.archive.as_deref().unwrap_or_default();
            return Ok(Kept::Archive(archive_at(location)));
        };
        ensure_directory(directory)?;
        Ok(Kept::Logs(FilesSettings {
            root: directory.clone(),
            // `--now` may be long past, and is no time of receipt.
            received_at: ReceivedAt::Unknown,
            known_sources: known_sources(),
            poll: Duration::ZERO,
        }))
    }
}

/// A time as people write it: a date alone is its beginning, UTC.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let whole: Result<Timestamp, _> = text.parse();
    whole.or_else(|error| {
        let begins: Result<Timestamp, _> = format!("{text}T00:00:00Z").parse();
        begins.map_err(|_no_date| format!("{error}, or a date such as 2026-03-02"))
    })
}

/// Says why logs cannot be read from there at all.
pub(super) fn ensure_directory(directory: &Path) -> anyhow::Result<()> {
    let why = if directory.exists() {
        "it is not a directory"
    } else {
        "no such directory"
    };
    let shown = directory.display();
    ensure!(
        directory.is_dir(),
        "failed to read logs from {shown}: {why}"
    );
    Ok(())
}

/// Says what to do where no record could be read because no directory bears the name of a source.
pub(super) fn warn_of_names(directory: &Path, summary: &ReplaySummary) {
    let unknown = RejectReason::UnknownSource.as_str();
    let rejected = summary.rejects.get(unknown).copied().unwrap_or_default();
    if rejected == 0 || rejected < summary.records {
        return;
    }
    let shown = directory.display();
    let below = directory.join("logs");
    let rather = if below.is_dir() {
        format!("; did you mean {}?", below.display())
    } else {
        String::new()
    };
    anstream::eprintln!(
        "warning: no record was read: each directory in {shown} must bear the name of its source, \
         as `tenure sources` lists them{rather}"
    );
}

/// The archive at a directory or URL. Where it is the bucket that the configuration here names, it
/// is reached with the settings there; any other with those of the environment.
pub(super) fn archive_at(location: &str) -> ArchivePlace {
    let here = Path::new(CONFIG_FILE);
    if !location.contains("://") || !here.exists() {
        return ArchivePlace::from(location);
    }
    match config::load(Some(here), None) {
        Ok(loaded) => ArchivePlace::named(location, Some(&loaded.config.archive)),
        Err(problems) => {
            anstream::eprintln!(
                "warning: {CONFIG_FILE} here says nothing of {location}: {problems}"
            );
            ArchivePlace::from(location)
        }
    }
}

/// The archive at a directory or URL; without one that of the configuration here, or the default.
#[cfg(feature = "query")]
pub(super) fn archive_place(location: Option<&str>) -> anyhow::Result<ArchivePlace> {
    if let Some(location) = location {
        return Ok(archive_at(location));
    }
    let here = Path::new(CONFIG_FILE);
    let loaded = config::load(here.exists().then_some(here), None)
        .map_err(|problems| anyhow::anyhow!("{problems}"))?;
    Ok(ArchivePlace::of(&loaded.config.archive))
}

/// A spinner with what was read so far; silent where standard error is no terminal.
pub(super) fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if io::stderr().is_terminal() {
        bar.enable_steady_tick(Duration::from_millis(120));
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_date_is_the_time_at_which_it_begins() {
        let begin = time("2026-03-02").expect("a date");
        assert_eq!(begin.to_string(), "2026-03-02T00:00:00Z");
        let time_of_day = time("2026-03-02T17:00:00+01:00").expect("a time");
        assert_eq!(time_of_day.to_string(), "2026-03-02T16:00:00Z");
        for wrong in ["", "2026-13-02", "2026-03-02T", "yesterday"] {
            let error = time(wrong).expect_err(wrong);
            assert!(error.ends_with("or a date such as 2026-03-02"), "{error}");
        }
    }
}
