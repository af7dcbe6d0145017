//! What the demo prints.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::company::Company;
use super::conductor::Ended;
use super::suggest;
use super::summary::Summary;
use super::verdict::Verdict;
use crate::alert::{Change, ChangeKind};
use crate::cli::table::harmless;
use crate::model::finding::{Finding, Severity};
use crate::model::time::Timestamp;
use crate::service::{Filter, Status};
use crate::telemetry::Metrics;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Terminal,
    Plain,
    Json,
}

/// Where things are.
pub struct Places {
    /// As it was started.
    pub program: String,
    pub dir: PathBuf,
    pub listen: SocketAddr,
    /// The usual address, where somebody else has it.
    pub taken: Option<SocketAddr>,
    /// The service goes on after the story.
    pub stays: bool,
}

pub struct Show {
    form: Form,
    /// Of lines of text; as JSON everything is told.
    min_severity: Severity,
    bar: ProgressBar,
}

impl Show {
    pub fn new(form: Form, min_severity: Severity) -> Self {
        let shown = form == Form::Terminal && std::io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Show {
            form,
            min_severity,
            bar,
        }
    }

    pub fn begin(&self, company: &Company, places: &Places) -> std::io::Result<()> {
        if self.form == Form::Json {
            return Ok(());
        }
        let mut text = format!(
            "Half a year of a company that is made up (seed {}): {} people, {} accounts, {} \
             records in\nthe formats of {} sources. The service is the real one; only its clock \
             is simulated. What\nit must find is known beforehand, and compared at the end.\n",
            company.seed,
            HumanCount(company.people as u64),
            HumanCount(company.accounts as u64),
            HumanCount(company.records() as u64),
            company.files.len(),
        )
        .into_bytes();
        let listen = places.listen;
        if let Some(taken) = places.taken {
            writeln!(
                text,
                "{taken} is taken, so this answers on {listen} instead."
            )?;
        }
        writeln!(text, "Watch all of it at http://{listen} meanwhile.\n")?;
        if self.min_severity > Severity::Low {
            writeln!(
                text,
                "Here is what is {} or graver (--min-severity low for all of it):\n",
                self.min_severity.as_str()
            )?;
        }
        let header = [
            "SEEN",
            "NEWS",
            "SEVERITY",
            "RULE",
            "SUBJECT",
            "WHO AND SINCE",
        ];
        text.extend_from_slice(columns(header).as_bytes());
        self.print(&text)
    }

    pub fn progress(&self, now: Timestamp, records: usize) {
        let day = day(now);
        self.bar
            .set_message(format!("{day}  {records} records so far"));
        self.bar.tick();
    }

    /// The news of one step, in the order in which it happened.
    pub fn news(&self, now: Timestamp, mut news: Vec<Change>) -> std::io::Result<()> {
        let shown = |change: &Change| {
            self.form == Form::Json || change.finding.severity >= self.min_severity
        };
        news.retain(|change| change.kind != ChangeKind::Updated && shown(change));
        let key = |change: &Change| (happened(change, now), change.kind, change.finding.rule);
        news.sort_by(|a, b| {
            key(a)
                .cmp(&key(b))
                .then_with(|| a.finding.subject.cmp(&b.finding.subject))
        });
        for change in &news {
            let text = match self.form {
                Form::Json => json_line(now, change),
                Form::Terminal | Form::Plain => line(now, change),
            };
            self.print(text.as_bytes())?;
        }
        Ok(())
    }

    pub fn summary(
        &self,
        (company, status): (&Company, &Status),
        metrics: &Metrics,
        places: &Places,
    ) -> anyhow::Result<Ended> {
        self.bar.finish_and_clear();
        let found = status.find(&Filter::default(), usize::MAX).shown;
        let verdict = Verdict::between(&company.truth, found.iter().map(AsRef::as_ref));
        let exposed = metrics.render()?;
        let summary = Summary {
            records: values(&exposed, "tenure_records_total")
                .iter()
                .map(|(_, count)| count)
                .sum(),
            rejects: values(&exposed, "tenure_rejects_total"),
            commands: suggest::commands(&found, &company.truth, places),
            verdict: &verdict,
            places,
        };
        let text = match self.form {
            Form::Json => format!("{}\n", summary.json()).into_bytes(),
            Form::Terminal | Form::Plain => summary.text()?,
        };
        self.print(&text)?;
        Ok(if verdict.is_exact() {
            Ended::AtTheEnd
        } else {
            Ended::Wrong
        })
    }

    fn print(&self, text: &[u8]) -> std::io::Result<()> {
        self.bar.suspend(|| {
            let mut out = anstream::stdout().lock();
            out.write_all(text)?;
            out.flush()
        })
    }
}

/// When the news came about, by the story; a withdrawal when it is known.
fn happened(change: &Change, now: Timestamp) -> Timestamp {
    match change.kind {
        ChangeKind::Resolved => change.finding.resolved_at.unwrap_or(now),
        ChangeKind::Withdrawn => now,
        ChangeKind::Opened | ChangeKind::Exempted | ChangeKind::Updated => change.finding.opened_at,
    }
}

fn line(now: Timestamp, change: &Change) -> String {
    let finding = &change.finding;
    let since = format!("since {}", minute(finding.opened_at));
    let tail = match (change.kind, finding.resolved_at) {
        (ChangeKind::Resolved, Some(at)) => {
            format!("{since}, for {}", at.since(finding.opened_at))
        }
        (ChangeKind::Withdrawn, _) => format!("{since}: not so, a late record shows"),
        (ChangeKind::Exempted, _) => format!("{since}, accepted by the policy"),
        _ => since,
    };
    let style = style(finding.severity, change.kind);
    let text = columns([
        &day(now),
        change.kind.as_str(),
        finding.severity.as_str(),
        finding.rule.as_str(),
        &harmless(&finding.subject),
        &format!("{}, {tail}", harmless(who(finding))),
    ]);
    format!("{style}{}{style:#}\n", text.trim_end())
}

fn columns([seen, news, severity, rule, subject, rest]: [&str; 6]) -> String {
    format!("{seen:<10}  {news:<9}  {severity:<8}  {rule:<22}  {subject:<36}  {rest}\n")
}

fn json_line(now: Timestamp, change: &Change) -> String {
    let (kind, finding) = (change.kind.as_str(), &change.finding);
    format!(
        "{}\n",
        json!({"at": now, "change": kind, "finding": finding})
    )
}

fn who(finding: &Finding) -> &str {
    let identity = finding.identity.as_ref();
    let name = identity.and_then(|identity| identity.name.as_deref().or(Some(&*identity.uid)));
    let account = || finding.account.as_ref()?.name.as_deref();
    name.or_else(account).unwrap_or("nobody")
}

fn style(severity: Severity, kind: ChangeKind) -> Style {
    if kind != ChangeKind::Opened {
        return match kind {
            ChangeKind::Resolved => AnsiColor::Green.on_default(),
            _ => Style::new().dimmed(),
        };
    }
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => Style::new(),
    }
}

/// The samples of one family as `/metrics` exposes them that are not zero: labels and value.
fn values(exposed: &str, family: &str) -> Vec<(String, u64)> {
    let samples = exposed.lines().filter_map(|line| {
        let (labels, value) = line
            .strip_prefix(family)?
            .strip_prefix('{')?
            .split_once("} ")?;
        let value = value.parse::<u64>().ok().filter(|value| *value > 0)?;
        Some((labels.replace('"', ""), value))
    });
    samples.collect()
}

fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

fn minute(time: Timestamp) -> String {
    let text: String = time.to_string().chars().take(16).collect();
    text.replace('T', " ")
}
