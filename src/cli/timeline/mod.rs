//! `tenure timeline WHO`: one identity across all sources.

mod picture;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::node;
use super::place::{self, Place};
use super::table::{self, Look, harmless};
use crate::answer::{AccountLane, Entry, Link, Timeline as Answer};
use crate::model::time::Timestamp;
use crate::service::inquire::{self, Window};

/// As much of a uid as tells it apart from its neighbours.
const UID_DIGITS_SHOWN: usize = 8;

/// Show one identity across all sources, in order of event time
///
/// On a terminal with a picture: a lane for each account, bars where it was live, dots where it was
/// used, diamonds where findings opened.
#[derive(Debug, Args)]
pub struct Timeline {
    /// An e-mail address, an employee id, or an account as source:uid or source:name
    who: String,
    /// What happened from then on
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    from: Option<Timestamp>,
    /// What happened until then
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    to: Option<Timestamp>,
    /// The answer as JSON, as `/api/timeline` gives it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Timeline {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let answer = self.answer()?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        } else {
            let look = Look::of_stdout();
            writeln!(out, "{}", heading(&answer))?;
            if let Look::Terminal { colour } = look {
                let width = comfy_table::Table::new().width();
                let picture = picture::draw(&answer, usize::from(width.unwrap_or(100)), colour);
                writeln!(out, "\n{picture}")?;
            }
            out.write_all(list(&answer, look).as_bytes())?;
        }
        out.flush()?;
        if answer.left_out > 0 {
            let left_out = answer.left_out;
            anstream::eprintln!(
                "{left_out} earlier entries are left out; ask with --from and --to"
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self) -> anyhow::Result<Answer> {
        let window = Window {
            from: self.from,
            to: self.to,
        };
        if let Some(recalled) = self.place.recall()? {
            let inquired = inquire::inquire(&recalled.view(), &self.who)?;
            return Ok(inquired.timeline(None, window));
        }
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let (from, to, now) = (text(self.from), text(self.to), text(self.place.now));
        let asked = [
            ("who", Some(self.who.as_str())),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
            ("now", now.as_deref()),
        ];
        let url = &self.place.node;
        node::ask(url, "/api/timeline", &asked).with_context(|| format!("failed to ask {url}"))
    }
}

/// Who it is, and whose accounts are shown.
fn heading(answer: &Answer) -> String {
    let mut heading = match &answer.identity {
        Some(identity) => {
            let named = [&identity.name, &identity.email].into_iter().flatten();
            let named: Vec<String> = named.map(|text| harmless(text)).collect();
            format!("{}  {}", harmless(&identity.uid), named.join("  "))
        }
        None => "nobody that HR knows".to_owned(),
    };
    for lane in &answer.accounts {
        let name = lane.name.as_deref().unwrap_or_default();
        let account = harmless(&lane.account);
        heading.push_str(&format!(
            "\n  {account}  {}  {}",
            harmless(name),
            link(lane)
        ));
    }
    heading
}

/// In dispute: between whom.
fn link(lane: &AccountLane) -> String {
    let link = lane.link.as_str();
    if lane.link == Link::Disputed {
        return format!("{link}: {}", harmless(&lane.owners.join(", ")));
    }
    link.to_owned()
}

fn list(answer: &Answer, look: Look) -> String {
    let mut table = table::styled(&["TIME", "LANE", "SUBJECT", "BY", "EVIDENCE", "WHAT"], look);
    for entry in &answer.entries {
        table.add_row(vec![
            comfy_table::Cell::new(entry.at),
            comfy_table::Cell::new(harmless(&entry.lane)),
            comfy_table::Cell::new(harmless(&entry.subject)),
            comfy_table::Cell::new(entry.by.as_deref().map_or_else(|| "-".to_owned(), harmless)),
            comfy_table::Cell::new(shown_evidence(entry, look)),
            said(entry, look),
        ]);
    }
    table::lines(&table)
}

fn said(entry: &Entry, look: Look) -> comfy_table::Cell {
    let cell = comfy_table::Cell::new(harmless(&entry.text));
    match (entry.severity, look) {
        (Some(severity), Look::Terminal { colour: true }) => cell.fg(table::colour_of(severity)),
        _ => cell,
    }
}

/// The first uid, on a terminal its beginning, and how many more there are; `--json` has all.
fn shown_evidence(entry: &Entry, look: Look) -> String {
    let digits = match look {
        Look::Plain => usize::MAX,
        Look::Terminal { .. } => UID_DIGITS_SHOWN,
    };
    let beginning = |uid: &str| uid.chars().take(digits).collect::<String>();
    match entry.evidence.as_slice() {
        [] => "-".to_owned(),
        [one] => beginning(one),
        [first, rest @ ..] => format!("{} +{}", beginning(first), rest.len()),
    }
}
