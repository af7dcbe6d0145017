//! `tenure hold`: legal holds, which keep what retention would let go.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde_json::json;

use super::place;
use super::signing::{Operator, Signing};
use super::table::{self, Look, harmless};
use crate::evidence::hold::{HoldAction, HoldScope};
use crate::io::archive::hold::{HoldList, HoldPlaced, HoldRequest, holds};
use crate::io::archive::{Archive, Place};
use crate::model::retention::Day;
use crate::service::wall_clock;

/// Hold what retention would let go, release it again, and list what is held
#[derive(Debug, Args)]
pub struct Hold {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    Release(Release),
    List(List),
}

/// Hold something until it is released. Without the key it is in force as well, and signed when the
/// service next starts
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("scope").required(true)))]
struct Add {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// The case, such as CASE-17
    #[arg(long)]
    id: String,
    /// Why, in your own words: whoever has the archive reads it
    #[arg(long)]
    reason: String,
    /// Whoever's rows are to be kept, with all their accounts: an e-mail address, a person's uid, or
    /// an account (source:uid). May be given several times
    #[arg(long, value_name = "WHO", num_args = 1.., group = "scope")]
    identity: Vec<String>,
    /// A source, as `tenure sources` lists them. May be given several times
    #[arg(long, value_name = "NAME", num_args = 1.., group = "scope")]
    source: Vec<String>,
    /// The first day of what is to be kept: archived, or happened
    #[arg(long, value_name = "DAY", group = "scope", requires = "to")]
    from: Option<Day>,
    /// The last day
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<Day>,
    /// Everything
    #[arg(long, group = "scope")]
    all: bool,
    #[command(flatten)]
    with: With,
}

/// End a hold. This must be signed
#[derive(Debug, Args)]
struct Release {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// The case
    #[arg(long)]
    id: String,
    /// Why, in your own words
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    with: With,
}

/// List the holds in force, and what was held before
#[derive(Debug, Args)]
struct List {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct With {
    #[command(flatten)]
    operator: Operator,
    #[command(flatten)]
    signing: Signing,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

impl Hold {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Add(add) => add.run(),
            Command::Release(release) => release.run(),
            Command::List(list) => list.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(&self) -> anyhow::Result<()> {
        let scope = self.scope()?;
        let told = scope.to_string();
        let request = HoldRequest {
            id: self.id.clone(),
            scope: Some(scope),
            reason: self.reason.clone(),
            by: self.with.operator.by(),
        };
        let placed = self.with.place(&self.archive, &request)?;
        if let Some(why) = &placed.unread {
            anstream::eprintln!(
                "warning: not all names of these identities may be known: {why}. Until that is \
                 mended the hold keeps everything"
            );
        }
        if !placed.strangers.is_empty() {
            let names = harmless(&placed.strangers.join(", "));
            let why = if self.source.is_empty() {
                format!("the archive knows {names} by no other name, or not at all")
            } else {
                format!("the archive has no records of {names}")
            };
            anstream::eprintln!("warning: {why}: is it spelt as there? It is held as written");
        }
        if !placed.signed {
            anstream::eprintln!(
                "it is in force, and not under a checkpoint until the service next starts: name the \
                 key with --key to sign it now"
            );
        }
        self.with.tell(&request, &placed, &format!("holds {told}"))
    }

    fn scope(&self) -> anyhow::Result<HoldScope> {
        if !self.identity.is_empty() {
            return Ok(HoldScope::Identities(self.identity.clone()));
        }
        if !self.source.is_empty() {
            return Ok(HoldScope::Sources(self.source.clone()));
        }
        if self.all {
            return Ok(HoldScope::All);
        }
        let (from, to) = self.from.zip(self.to).context("name both days")?;
        ensure!(from <= to, "the days from {from} to {to} are none");
        Ok(HoldScope::Days { from, to })
    }
}

impl Release {
    fn run(&self) -> anyhow::Result<()> {
        let request = HoldRequest {
            id: self.id.clone(),
            scope: None,
            reason: self.reason.clone(),
            by: self.with.operator.by(),
        };
        let placed = self.with.place(&self.archive, &request)?;
        self.with.tell(&request, &placed, "is released")
    }
}

impl With {
    fn place(&self, location: &str, request: &HoldRequest) -> anyhow::Result<HoldPlaced> {
        let config = self.signing.config()?;
        let place = Place::named(location, config.as_ref().map(|config| &config.archive));
        // Asked first: opening an archive to write makes one where there is none.
        holds(&place)?;
        let mut archive = match self.signing.key(config.as_ref())? {
            Some(key) => Archive::signed(&place, Box::new(key))?,
            None => Archive::open(&place)?,
        };
        let bar = place::progress_bar();
        let look = |path: &str| {
            bar.set_message(format!("names in {path}"));
            true
        };
        let placed = archive.hold(request, wall_clock(), &look);
        bar.finish_and_clear();
        Ok(placed?)
    }

    fn tell(&self, request: &HoldRequest, placed: &HoldPlaced, what: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let line = json!({
                "id": request.id,
                "document": placed.document,
                "known": placed.known,
                "strangers": placed.strangers,
                "unread": placed.unread,
                "signed": placed.signed,
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(
                out,
                "{} {} ({})",
                request.id,
                harmless(what),
                placed.document
            )?;
            if !placed.known.is_empty() {
                let known = harmless(&placed.known.join(", "));
                writeln!(out, "known names of these identities: {known}")?;
            }
        }
        Ok(())
    }
}

impl List {
    fn run(&self) -> anyhow::Result<()> {
        let list = holds(place::archive_at(&self.archive))?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", as_json(&list))?;
        } else {
            out.write_all(rendered(&list, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        Ok(())
    }
}

fn as_json(list: &HoldList) -> serde_json::Value {
    let in_force = list.in_force.iter().map(|hold| {
        json!({
            "id": hold.id,
            "scope": hold.scope,
            "known": hold.known,
            "reason": hold.reason,
            "by": hold.by,
            "at": hold.at,
            "document": hold.document,
            "sha256": hold.sha256,
        })
    });
    let history = list.history.iter().map(|(document, paper)| {
        json!({
            "id": paper.id,
            "action": paper.action,
            "reason": paper.reason,
            "by": paper.by,
            "at": paper.at,
            "document": document,
        })
    });
    json!({
        "in_force": in_force.collect::<Vec<_>>(),
        "history": history.collect::<Vec<_>>(),
    })
}

fn rendered(list: &HoldList, look: Look) -> String {
    let mut table = table::styled(&["HOLD", "STATE", "AT", "BY", "WHAT", "REASON"], look);
    for (document, paper) in &list.history {
        let in_force = list.in_force.iter().any(|hold| hold.document == *document);
        let (state, what) = match &paper.action {
            HoldAction::Add { scope, .. } if in_force => ("in force", scope.to_string()),
            HoldAction::Add { scope, .. } => ("over", scope.to_string()),
            HoldAction::Release => ("release", "-".to_owned()),
        };
        table.add_row(vec![
            paper.id.clone(),
            state.to_owned(),
            paper.at.to_string(),
            harmless(&paper.by),
            harmless(&what),
            harmless(&paper.reason),
        ]);
    }
    if list.history.is_empty() {
        return "nothing is held, and nothing ever was\n".to_owned();
    }
    table::lines(&table)
}
