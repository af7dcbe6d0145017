//! `tenure handoffs`: how joiners, movers and leavers were handled.
//!
//! A command of its own beside `access`: that asks what stood at one time, this what was done in a
//! period, by whom, and how fast.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::node;
use super::place::{self, Place};
use super::table::{self, Look, harmless};
use crate::answer::{Handoffs as Answer, Step, Summary};
use crate::model::time::{Span, Timestamp};
use crate::service::inventory::{self, HandoffsQuestion};

/// Show which steps of joining, moving and leaving were done by hand, by script or by a workflow
///
/// And how long each took from the time that HR gives, and what has not been done.
#[derive(Debug, Args)]
pub struct Handoffs {
    /// One person: an e-mail address, an employee id, or an account of theirs
    #[arg(long)]
    who: Option<String>,
    /// Transitions from then on; by default of the 90 days before `--to`
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    from: Option<Timestamp>,
    /// Transitions until then; by default until now
    #[arg(long, value_name = "TIME", value_parser = place::time)]
    to: Option<Timestamp>,
    /// The answer as JSON, as `/api/handoffs` gives it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Handoffs {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let answer = self.answer()?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        } else {
            let look = Look::of_stdout();
            writeln!(out, "{}", steps(&answer, look))?;
            out.write_all(summary(&answer.summary, look).as_bytes())?;
        }
        out.flush()?;
        if answer.total > answer.handoffs.len() {
            let (shown, total) = (answer.handoffs.len(), answer.total);
            anstream::eprintln!("{shown} of {total} handoffs; ask for a shorter period or --who");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self) -> anyhow::Result<Answer> {
        if let Some(recalled) = self.place.recall()? {
            let question = HandoffsQuestion {
                who: self.who.clone(),
                from: self.from,
                to: self.to,
                now: None,
            };
            return Ok(inventory::handoffs(&recalled.view(), &question)?);
        }
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let (from, to, now) = (text(self.from), text(self.to), text(self.place.now));
        let asked = [
            ("who", self.who.as_deref()),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
            ("now", now.as_deref()),
        ];
        let url = &self.place.node;
        node::ask(url, "/api/handoffs", &asked).with_context(|| format!("failed to ask {url}"))
    }
}

fn steps(answer: &Answer, look: Look) -> String {
    let header = [
        "IDENTITY", "KIND", "AT", "STEP", "SUBJECT", "DONE", "TOOK", "HOW", "BY",
    ];
    let mut table = table::styled(&header, look);
    for handoff in &answer.handoffs {
        let identity = &handoff.identity;
        let shown = identity.email.as_ref().unwrap_or(&identity.uid);
        let begin = [
            harmless(shown),
            handoff.kind.as_str().to_owned(),
            handoff.at.to_string(),
        ];
        if handoff.steps.is_empty() {
            let nothing = ["nothing known", "-", "-", "-", "-", "-"].map(str::to_owned);
            table.add_row(begin.iter().chain(&nothing));
        }
        for step in &handoff.steps {
            table.add_row(begin.iter().chain(&row(step)));
        }
    }
    table::lines(&table)
}

fn row(step: &Step) -> [String; 6] {
    let dash = || "-".to_owned();
    let by = step.run.as_ref().or(step.by.as_ref());
    [
        step.kind.as_str().to_owned(),
        harmless(&step.subject),
        step.done_at
            .map_or_else(|| "not done".to_owned(), |at| at.to_string()),
        step.took_seconds.map_or_else(dash, span),
        step.how.map_or_else(dash, |how| how.as_str().to_owned()),
        by.map_or_else(dash, |by| harmless(by)),
    ]
}

fn summary(all: &[Summary], look: Look) -> String {
    let header = [
        "KIND",
        "PEOPLE",
        "STEPS",
        "HAND",
        "SCRIPT",
        "WORKFLOW",
        "NOT KNOWN",
        "NOT DONE",
        "MEDIAN",
        "BY HAND",
        "BY SCRIPT",
        "BY WORKFLOW",
    ];
    let mut table = table::styled(&header, look);
    for one in all {
        let median = |seconds: Option<i64>| seconds.map_or_else(|| "-".to_owned(), span);
        table.add_row([
            one.kind.as_str().to_owned(),
            one.people.to_string(),
            one.steps.to_string(),
            one.by_hand.to_string(),
            one.by_script.to_string(),
            one.by_workflow.to_string(),
            one.not_known.to_string(),
            one.not_done.to_string(),
            median(one.median_seconds),
            median(one.hand_median_seconds),
            median(one.script_median_seconds),
            median(one.workflow_median_seconds),
        ]);
    }
    table::lines(&table)
}

fn span(seconds: i64) -> String {
    Span::from_seconds(seconds).to_string()
}
