//! `tenure links`: whose each account is, and why.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};
use comfy_table::{Cell, Color};

use super::node;
use super::place::Place;
use super::table::{self, Look, harmless};
use crate::answer::{Link, LinkRow, Linked, Links as Answer, Reason};
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::service::registry::{self, LinksQuestion};

/// Show whose each account is, since when, and by which identifier
///
/// A disputed account is claimed by several people, and counts as nobody's until a [[link]] of the
/// policy settles it.
#[derive(Debug, Args)]
pub struct Links {
    /// Only links in this state
    #[arg(long)]
    state: Option<State>,
    /// Only accounts of this source
    #[arg(long)]
    source: Option<String>,
    /// Only what is linked to them: an e-mail address, an employee id, or an account as source:name
    #[arg(long)]
    who: Option<String>,
    /// The answer as JSON, as `/api/links` gives it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    Linked,
    Disputed,
    Unlinked,
    NonHuman,
}

impl State {
    fn link(self) -> Link {
        match self {
            State::Linked => Link::Linked,
            State::Disputed => Link::Disputed,
            State::Unlinked => Link::Unlinked,
            State::NonHuman => Link::NonHuman,
        }
    }
}

impl Links {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let answer = self.answer()?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        } else {
            out.write_all(render(&answer, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        if answer.total > answer.rows.len() {
            let (shown, total) = (answer.rows.len(), answer.total);
            anstream::eprintln!(
                "{shown} of {total} accounts; ask for fewer with --state, --source or --who"
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self) -> anyhow::Result<Answer> {
        let question = LinksQuestion {
            state: self.state.map(State::link),
            source: self.source.clone(),
            who: self.who.clone(),
        };
        if let Some(recalled) = self.place.recall()? {
            let view = recalled.view();
            return Ok(registry::links(&view, &question, ACCESS_ROWS_MAX)?);
        }
        let asked = [
            ("state", question.state.map(Link::as_str)),
            ("source", question.source.as_deref()),
            ("who", question.who.as_deref()),
        ];
        let url = &self.place.node;
        node::ask(url, "/api/links", &asked).with_context(|| format!("failed to ask {url}"))
    }
}

/// As a table, a line for each reason, with a line end.
fn render(answer: &Answer, look: Look) -> String {
    let header = ["ACCOUNT", "NAME", "LINK", "PERSON", "WHY", "BY", "SINCE"];
    let mut table = table::styled(&header, look);
    for row in &answer.rows {
        let mut add = |rest: [String; 4]| {
            let name = row.name.as_deref().map_or_else(dash, harmless);
            let head = [Cell::new(harmless(&row.account)), Cell::new(name)];
            let cells = head.into_iter().chain([state(row, look)]);
            table.add_row(cells.chain(rest.map(Cell::new)).collect::<Vec<Cell>>());
        };
        if row.people.is_empty() {
            // What it could have been linked by.
            let by = match row.identifiers.as_slice() {
                [] => dash(),
                identifiers => harmless(&identifiers.join(", ")),
            };
            add([dash(), dash(), by, dash()]);
        }
        for person in &row.people {
            for reason in &person.by {
                let by = reason.identifier.as_deref().map_or_else(dash, harmless);
                add([called(person), reason.why.to_string(), by, since(reason)]);
            }
        }
    }
    table::lines(&table)
}

fn dash() -> String {
    "-".to_owned()
}

fn state(row: &LinkRow, look: Look) -> Cell {
    let cell = Cell::new(row.link.as_str());
    match (look, row.link) {
        (Look::Terminal { colour: true }, Link::Disputed) => cell.fg(Color::Red),
        (Look::Terminal { colour: true }, Link::Unlinked) => cell.fg(Color::Yellow),
        _ => cell,
    }
}

fn called(person: &Linked) -> String {
    let ids = [&person.person].into_iter().chain(&person.also);
    let ids: Vec<&str> = ids.map(AsRef::as_ref).collect();
    let ids = ids.join(", ");
    harmless(&match &person.name {
        Some(name) => format!("{name} ({ids})"),
        None => ids,
    })
}

fn since(reason: &Reason) -> String {
    let since = reason
        .since
        .map_or_else(|| "always".to_owned(), |since| since.to_string());
    match reason.until {
        Some(until) => format!("{since} until {until}"),
        None => since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    fn row(link: Link, people: Vec<Linked>) -> LinkRow {
        LinkRow {
            account: "okta:00u2".into(),
            source: "okta".into(),
            name: None,
            link,
            people,
            identifiers: vec!["x\u{1b}[2J@corp.example".into()],
        }
    }

    fn june() -> Linked {
        let by = |why: &str, since| Reason {
            why: why.into(),
            identifier: Some("june@corp.example".into()),
            since,
            until: None,
        };
        Linked {
            person: "E2".into(),
            also: vec!["C-7".into()],
            email: None,
            name: Some("June Moe".into()),
            by: vec![
                by("policy", None),
                by("email", Some(Timestamp::from_seconds(0))),
            ],
        }
    }

    fn shown(rows: Vec<LinkRow>, look: Look) -> String {
        render(&Answer::new(rows, 9), look)
    }

    #[test]
    fn each_reason_is_a_line_and_what_is_nobodys_tells_what_it_claims() {
        let text = shown(vec![row(Link::Disputed, vec![june()])], Look::Plain);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        for word in ["June Moe (E2, C-7)", "policy", "always", "1970-01-01"] {
            assert!(text.contains(word), "{word}: {text}");
        }
        let text = shown(vec![row(Link::Unlinked, Vec::new())], Look::Plain);
        assert!(text.contains("unlinked"), "{text}");
        assert!(text.contains("@corp.example"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_dispute_stands_out_on_a_terminal() {
        let look = Look::Terminal { colour: true };
        let disputed = shown(vec![row(Link::Disputed, vec![june()])], look);
        assert!(disputed.contains("\u{1b}["), "{disputed}");
        let linked = shown(vec![row(Link::Linked, vec![june()])], look);
        assert!(!linked.contains("\u{1b}["), "{linked}");
    }
}
