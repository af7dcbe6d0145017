//! `tenure access`: who had what at a time.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::place::{self, Place};
use super::table::{self, Look, harmless};
use super::{csv, node};
use crate::answer::{Access as Answer, AccessRow, LastUsed, Link};
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::time::Timestamp;
use crate::service::inquire::{self, AccessQuestion};

/// Show who had what at a time: accounts, grants and credentials that were live, and why
///
/// The answer for a time in the past is the truth about it as known today: records that came late
/// are in it.
#[derive(Debug, Args)]
pub struct Access {
    /// The time, such as 2026-03-02T17:00:00Z; by default the clock's
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    as_of: Option<Timestamp>,
    /// An e-mail address, an employee id, or an account as source:name
    #[arg(long)]
    who: Option<String>,
    /// A source, a source:kind:name, or a part of a name
    #[arg(long)]
    resource: Option<String>,
    /// The answer as JSON, as `/api/access` gives it
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// One line a row, with a header
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    place: Place,
}

impl Access {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let answer = self.answer()?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        } else if self.csv {
            write_csv(&mut out, &answer.rows)?;
        } else {
            out.write_all(render(&answer, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        if answer.total > answer.rows.len() {
            let (shown, total) = (answer.rows.len(), answer.total);
            anstream::eprintln!("{shown} of {total} rows; ask for fewer with --who or --resource");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self) -> anyhow::Result<Answer> {
        let question = AccessQuestion {
            // A node has a clock of its own; what `--now` sets aside is only that.
            as_of: self.as_of.or(self.place.now),
            who: self.who.clone(),
            resource: self.resource.clone(),
        };
        if let Some(mut recalled) = self.place.recall()? {
            // What was kept has no clock of its own: whoever asks about a time says it has come.
            if self.place.now.is_none() {
                recalled.now = recalled.now.max(question.as_of.unwrap_or(recalled.now));
            }
            return Ok(inquire::access(
                &recalled.view(),
                &question,
                ACCESS_ROWS_MAX,
            )?);
        }
        let as_of = question.as_of.map(|as_of| as_of.to_string());
        let asked = [
            ("as_of", as_of.as_deref()),
            ("who", question.who.as_deref()),
            ("resource", question.resource.as_deref()),
        ];
        let url = &self.place.node;
        node::ask(url, "/api/access", &asked).with_context(|| format!("failed to ask {url}"))
    }
}

/// As a table, with a line end.
fn render(answer: &Answer, look: Look) -> String {
    let header = [
        "IDENTITY",
        "OWNER",
        "ACCOUNT",
        "WHAT",
        "PRIV",
        "SINCE",
        "GRANTED BY",
        "APPROVED BY",
        "LAST USED",
    ];
    let mut table = table::styled(&header, look);
    for row in &answer.rows {
        let dash = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |it| harmless(&it));
        let text = |text: &Option<crate::model::Text>| dash(text.as_deref().map(str::to_owned));
        table.add_row(vec![
            text(&row.email.clone().or_else(|| row.identity.clone())),
            owner(row),
            harmless(&row.account),
            harmless(&what(row)),
            if row.privileged { "yes" } else { "-" }.to_owned(),
            row.since.to_string(),
            text(&row.granted_by),
            dash(approval(row)),
            last_used(row),
        ]);
    }
    table::lines(&table)
}

fn owner(row: &AccessRow) -> String {
    match row.identity {
        Some(_) => row.owner_state.as_str().to_owned(),
        None if row.link == Link::Disputed => {
            harmless(&format!("disputed: {}", row.owners.join(", ")))
        }
        None => row.link.as_str().to_owned(),
    }
}

fn what(row: &AccessRow) -> String {
    let kind = row.kind.as_deref().unwrap_or_default();
    match &row.what {
        Some(what) => format!("{kind} {what}").trim_start().to_owned(),
        None => row.subject.as_str().to_owned(),
    }
}

fn approval(row: &AccessRow) -> Option<String> {
    let what = row.approval.as_ref()?;
    Some(match &row.approved_by {
        Some(by) => format!("{by} ({what})"),
        None => what.to_string(),
    })
}

fn last_used(row: &AccessRow) -> String {
    match (row.last_used, row.last_used_at) {
        (LastUsed::Used, Some(at)) => at.to_string(),
        (LastUsed::NotUsed, _) => "never seen".to_owned(),
        _ => "not known".to_owned(),
    }
}

fn write_csv(out: &mut impl Write, rows: &[AccessRow]) -> io::Result<()> {
    csv::line(
        out,
        &[
            "identity",
            "email",
            "name",
            "link",
            "owners",
            "owner_state",
            "source",
            "account",
            "account_name",
            "subject",
            "kind",
            "what",
            "privileged",
            "since",
            "granted_by",
            "approval",
            "approved_by",
            "approved_at",
            "last_used",
            "last_used_at",
            "evidence",
        ],
    )?;
    for row in rows {
        let text = |text: &Option<crate::model::Text>| text.as_deref().unwrap_or("").to_owned();
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
        let fields = [
            text(&row.identity),
            text(&row.email),
            text(&row.name),
            row.link.as_str().to_owned(),
            row.owners.join(" "),
            row.owner_state.as_str().to_owned(),
            row.source.to_string(),
            row.account.to_string(),
            text(&row.account_name),
            row.subject.as_str().to_owned(),
            text(&row.kind),
            text(&row.what),
            row.privileged.to_string(),
            row.since.to_string(),
            text(&row.granted_by),
            text(&row.approval),
            text(&row.approved_by),
            time(row.approved_at),
            row.last_used.as_str().to_owned(),
            time(row.last_used_at),
            row.evidence.join(" "),
        ];
        csv::line(out, &fields)?;
    }
    Ok(())
}
