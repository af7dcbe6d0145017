//! `tenure retain ARCHIVE`: what retention would let go, and with `--apply` that it goes.

mod show;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::Args;
use indicatif::HumanCount;

use self::show::Shown;
use super::place;
use super::signing::{Operator, Signing};
use super::table::Look;
use crate::config::Config;
use crate::io::archive::retain::{Fate, Prepared, RetainSettings, fates, prepare};
use crate::io::archive::{LetGo, Outcome, Place};
use crate::model::limits::TOMBSTONE_FILES_MAX;
use crate::model::time::Timestamp;
use crate::service::wall_clock;

/// Times that it begins again because somebody held or released something meanwhile.
const TURNS_MAX: u32 = 10;

/// Show what retention would let go, what is held and why; with --apply, let it go
#[derive(Debug, Args)]
pub struct Retain {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// The time as of which days are over; by default now
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    now: Option<Timestamp>,
    /// Delete it, under a signed tombstone. Without this nothing is changed
    #[arg(long)]
    apply: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    operator: Operator,
    #[command(flatten)]
    signing: Signing,
}

impl Retain {
    /// Exits with 1 where a file is not what was committed, or could not be deleted.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let config = self.signing.config()?;
        let settings = self.settings(config.as_ref())?;
        let place = Place::named(&self.archive, config.as_ref().map(|config| &config.archive));
        let shown = if self.apply {
            self.apply(&settings, (&place, config.as_ref()))?
        } else {
            self.look(&settings, &place)?
        };
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, &shown)?;
            writeln!(out)?;
        } else {
            out.write_all(shown.rendered(Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        let sound = shown.unsound.is_empty() && shown.undeleted.is_empty();
        Ok(ExitCode::from(u8::from(!sound)))
    }

    fn settings(&self, config: Option<&Config>) -> anyhow::Result<RetainSettings> {
        let retention = config.map(|config| config.retention.keep.clone());
        let retention = retention.unwrap_or_default();
        if retention.is_empty() {
            anstream::eprintln!(
                "no retention is stated, so everything is kept: write [retention] events = \"400d\" in \
                 tenure.toml, and name it with -c"
            );
        }
        let clock = wall_clock();
        let now = self.now.unwrap_or(clock);
        ensure!(
            !self.apply || now <= clock,
            "{now} has not come yet: what is let go as of a later time would go too early"
        );
        Ok(RetainSettings {
            retention,
            now,
            by: self.operator.by(),
        })
    }

    fn prepared(&self, settings: &RetainSettings, place: &Place) -> anyhow::Result<Prepared> {
        let bar = place::progress_bar();
        let look = |path: &str| {
            bar.set_message(format!("looking at {path}"));
            true
        };
        let prepared = prepare(place, settings, &look);
        bar.finish_and_clear();
        match prepared? {
            Some(prepared) => Ok(prepared),
            None => bail!("looking through {} was stopped", self.archive),
        }
    }

    fn look(&self, settings: &RetainSettings, place: &Place) -> anyhow::Result<Shown> {
        let prepared = self.prepared(settings, place)?;
        let bar = place::progress_bar();
        let look = |path: &str| {
            bar.set_message(format!("reading {path}"));
            true
        };
        let fates = fates(place, &prepared, &look);
        bar.finish_and_clear();
        let mut shown = Shown::new(settings);
        for (candidate, fate) in prepared.candidates.iter().zip(fates?) {
            let file = &candidate.file.file;
            match fate {
                Fate::Due => shown.add_due(file, candidate.keep_days),
                Fate::Held(by) => shown.add_held(file, by),
                Fate::Unsound(why) => shown.add_unsound(file, &why),
            }
        }
        for unfinished in &prepared.unfinished {
            shown.add_unfinished(&unfinished.file.file, &unfinished.tombstone);
        }
        Ok(shown)
    }

    fn apply(
        &self,
        settings: &RetainSettings,
        at: (&Place, Option<&Config>),
    ) -> anyhow::Result<Shown> {
        let mut all = LetGo::default();
        for _ in 0..TURNS_MAX {
            let prepared = self.prepared(settings, at.0)?;
            // What is kept, and why, is told as of the last look.
            (all.held, all.unsound) = (Vec::new(), Vec::new());
            if self.turn(&prepared, at, &mut all)? {
                let mut shown = Shown::new(settings);
                shown.take(&all, settings);
                return Ok(shown);
            }
        }
        bail!(
            "holds were added or released all the time; {} files were let go, run it again",
            HumanCount(all.deleted.len() as u64)
        )
    }

    /// Whether all that was prepared was done.
    fn turn(
        &self,
        prepared: &Prepared,
        (place, config): (&Place, Option<&Config>),
        all: &mut LetGo,
    ) -> anyhow::Result<bool> {
        if prepared.candidates.is_empty() && prepared.unfinished.is_empty() {
            return Ok(true);
        }
        let mut archive = self.signing.archive(place, config)?;
        let bar = place::progress_bar();
        let mut done = |outcome| match outcome {
            Outcome::Done(went) => {
                all.add(went);
                bar.set_message(format!(
                    "{} files let go",
                    HumanCount(all.deleted.len() as u64)
                ));
                true
            }
            Outcome::HoldsChanged(went) => {
                all.add(went);
                false
            }
        };
        if !done(archive.finish_letting_go(prepared)?) {
            return Ok(false);
        }
        for some in prepared.candidates.chunks(TOMBSTONE_FILES_MAX) {
            if !done(archive.let_go(prepared, some, wall_clock())?) {
                return Ok(false);
            }
        }
        bar.finish_and_clear();
        Ok(true)
    }
}
