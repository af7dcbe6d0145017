//! `tenure nhi`: the inventory of non-human identities.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use comfy_table::{Cell, Color};

use super::node;
use super::place::Place;
use super::table::{self, Look, harmless};
use crate::answer::{LastUsed, NhiCredential, NhiOwner, NhiRow, Nhis as Answer};
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::time::Timestamp;
use crate::service::registry::{self, NhiQuestion};

/// Owners and credentials that a table names for one account; the others are counted.
const SHOWN_MAX: usize = 3;

/// Show services, bots and programs: who answers for each, its credentials, and its last use
///
/// Declared by the policy's [[nhi]], or marked by their source. What nobody who is employed answers
/// for is nhi-ownerless after its grace.
#[derive(Debug, Args)]
pub struct Nhi {
    /// Only accounts of this source
    #[arg(long)]
    source: Option<String>,
    /// Only those for which nobody who is employed answers
    #[arg(long)]
    ownerless: bool,
    /// The answer as JSON, as `/api/nhi` gives it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Nhi {
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
            anstream::eprintln!("{shown} of {total}; ask for fewer with --source or --ownerless");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self) -> anyhow::Result<Answer> {
        let question = NhiQuestion {
            source: self.source.clone(),
            ownerless: self.ownerless,
            now: self.place.now,
        };
        if let Some(recalled) = self.place.recall()? {
            let view = recalled.view();
            return Ok(registry::nhi(&view, &question, ACCESS_ROWS_MAX)?);
        }
        let now = question.now.map(|now| now.to_string());
        let asked = [
            ("source", question.source.as_deref()),
            ("ownerless", self.ownerless.then_some("true")),
            ("now", now.as_deref()),
        ];
        let url = &self.place.node;
        node::ask(url, "/api/nhi", &asked).with_context(|| format!("failed to ask {url}"))
    }
}

/// As a table, with a line end.
fn render(answer: &Answer, look: Look) -> String {
    let header = [
        "ACCOUNT",
        "NAME",
        "KNOWN BY",
        "OWNER",
        "OWNER IS",
        "PURPOSE",
        "CREDENTIALS",
        "PRIV",
        "FIRST SEEN",
        "LAST USED",
        "FINDINGS",
    ];
    let mut table = table::styled(&header, look);
    for row in &answer.rows {
        let text = |text: &Option<crate::model::Text>| {
            let text = text.as_deref().map(harmless);
            Cell::new(text.unwrap_or_else(|| "-".to_owned()))
        };
        let account = if row.live {
            harmless(&row.account)
        } else {
            format!("{} (ended)", harmless(&row.account))
        };
        table.add_row(vec![
            Cell::new(account),
            text(&row.name),
            Cell::new(joined(&row.recognised_by, ToString::to_string)),
            Cell::new(joined(&row.owners, owner)),
            state(row, look),
            text(&row.purpose),
            Cell::new(joined(&row.credentials, credential)),
            Cell::new(if row.privileged { "yes" } else { "-" }),
            Cell::new(row.first_seen),
            Cell::new(used(row.last_used, row.last_used_at)),
            Cell::new(joined(&row.findings, ToString::to_string)),
        ]);
    }
    table::lines(&table)
}

/// The first few, and how many more there are.
fn joined<T>(all: &[T], shown: impl Fn(&T) -> String) -> String {
    let first: Vec<String> = all.iter().take(SHOWN_MAX).map(shown).collect();
    match (first.is_empty(), all.len().saturating_sub(SHOWN_MAX)) {
        (true, _) => "-".to_owned(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} +{more}", first.join(", ")),
    }
}

fn state(row: &NhiRow, look: Look) -> Cell {
    let cell = Cell::new(row.owner_state.as_str());
    match look {
        Look::Terminal { colour: true } if row.is_ownerless() => cell.fg(Color::Red),
        _ => cell,
    }
}

fn owner(owner: &NhiOwner) -> String {
    let called = [&owner.email, &owner.name, &owner.person];
    let called = called.into_iter().flatten().next();
    called.map_or_else(|| "-".to_owned(), |called| harmless(called))
}

fn credential(credential: &NhiCredential) -> String {
    let kind = credential.kind.as_deref().unwrap_or("credential");
    let about = if credential.created_at.is_some() {
        ""
    } else {
        "at least "
    };
    let days = credential.age_days;
    harmless(&format!(
        "{kind} {} ({about}{days}d)",
        credential.credential
    ))
}

fn used(last_used: LastUsed, at: Option<Timestamp>) -> String {
    match (last_used, at) {
        (LastUsed::Used, Some(at)) => at.to_string(),
        (LastUsed::NotUsed, _) => "never seen".to_owned(),
        _ => "not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::OwnerEmployment;

    fn row() -> NhiRow {
        let credential = |number: i64| NhiCredential {
            credential: format!("AKIA{number}").into(),
            kind: Some("access_key".into()),
            created_at: (number > 1).then_some(Timestamp::from_seconds(0)),
            age_days: 10 * number,
            last_used: LastUsed::NotKnown,
            last_used_at: None,
        };
        NhiRow {
            account: "aws_cloudtrail:AIDA\u{1b}[2J".into(),
            source: "aws_cloudtrail".into(),
            name: Some("svc-backup".into()),
            live: false,
            recognised_by: vec!["policy".into(), "source".into()],
            purpose: Some("backups".into()),
            owner_state: OwnerEmployment::Left,
            owners: vec![NhiOwner {
                person: Some("E1".into()),
                email: None,
                name: Some("Jane Roe".into()),
                state: OwnerEmployment::Left,
                since: None,
            }],
            privileged: true,
            credentials: (1..=4).map(credential).collect(),
            first_seen: Timestamp::from_seconds(0),
            last_used: LastUsed::NotUsed,
            last_used_at: None,
            findings: vec!["nhi-ownerless".into()],
        }
    }

    #[test]
    fn a_row_is_one_line_with_all_that_is_known_and_counts_the_rest() {
        let text = render(&Answer::new(Timestamp::MIN, vec![row()], 9), Look::Plain);
        assert_eq!(text.lines().count(), 2, "{text}");
        for word in [
            "(ended)",
            "policy, source",
            "Jane Roe",
            "left",
            "backups",
            "access_key AKIA1 (at least 10d), access_key AKIA2 (20d), access_key AKIA3 (30d) +1",
            "yes",
            "never seen",
            "nhi-ownerless",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
