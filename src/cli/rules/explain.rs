//! `tenure rules explain RULE`: what a rule means, and of somebody, why it holds or does not.

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::AutoStream;
use anstyle::Style;
use anyhow::{Context, bail, ensure};
use clap::Args;

use crate::assess::{RuleText, rule_text};
use crate::cli::node;
use crate::cli::place::Place;
use crate::config::{self, suggestion};
use crate::model::finding::RuleId;
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::service::explain::{About, explain};

use super::{conditions, list};

const STRONG: Style = Style::new().bold();
/// Columns of running text.
const WIDTH: usize = 96;

/// Explain a rule: what it means, or for one person or account which conditions hold
#[derive(Debug, Args)]
pub struct Explain {
    /// The id of a rule, such as leaver-account-live
    rule: String,
    /// An address, an employee id, an account, or a subject such as ticket:OPS-12: which conditions
    /// hold, since when, and what would change them
    #[arg(long, value_name = "WHO")]
    who: Option<String>,
    /// The same for one account
    #[arg(long, value_name = "SOURCE:UID", conflicts_with = "who")]
    account: Option<String>,
    /// With `--who`: one JSON object for each subject
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Explain {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let rule = self.rule()?;
        if let Some(who) = self.who()? {
            return self.explain(rule, who);
        }
        let loaded = config::load(None, self.place.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("the policy cannot be used\n{problems}"))?;
        let mut out = AutoStream::auto(io::stdout().lock());
        write_text(&mut out, rule_text(rule), &loaded.policy)?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn who(&self) -> anyhow::Result<Option<&str>> {
        if let Some(account) = &self.account {
            ensure!(
                AccountId::parse(account).is_some(),
                "`{account}` is no account; write it as source:uid, such as okta:00u1"
            );
        }
        Ok(self.account.as_deref().or(self.who.as_deref()))
    }

    fn explain(&self, rule: RuleId, who: &str) -> anyhow::Result<ExitCode> {
        let about: About = who.parse()?;
        let explained = if let Some(recalled) = self.place.recall()? {
            explain(&recalled.view(), rule, &about)
        } else {
            let asked = [("rule", Some(rule.as_str())), ("who", Some(who))];
            let answer = node::ask(&self.place.node, "/api/explain", &asked);
            answer.with_context(|| format!("failed to ask {}", self.place.node))?
        };
        let mut out = AutoStream::auto(io::stdout().lock());
        let nothing = explained.total == 0;
        if self.json {
            for one in &explained.explanations {
                serde_json::to_writer(&mut out, one)?;
                writeln!(out)?;
            }
        } else {
            conditions::write(&mut out, &explained)?;
        }
        out.flush()?;
        if nothing {
            anstream::eprintln!("{}", conditions::nothing(rule, who));
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn rule(&self) -> anyhow::Result<RuleId> {
        let Some(rule) = RuleId::parse(&self.rule) else {
            let known = RuleId::ALL.map(RuleId::as_str);
            bail!(
                "`{}` is no rule; {}",
                self.rule,
                suggestion(&self.rule, &known)
            );
        };
        Ok(rule)
    }
}

fn write_text(out: &mut impl Write, text: &RuleText, policy: &Policy) -> io::Result<()> {
    let settings = policy.rule(text.id);
    writeln!(out, "{STRONG}{}{STRONG:#}  {}\n", text.id, text.title)?;
    paragraph(out, "", &text.description)?;
    let default: Vec<String> = text
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let parameters = match &default[..] {
        [] => "none".to_owned(),
        default => format!(
            "{}  (default {})",
            list::parameters(text, &settings),
            default.join(", ")
        ),
    };
    let severity = format!(
        "{}, one step up where the account or the grant is privileged",
        settings.severity.as_str()
    );
    for (name, value) in [
        ("subject", text.subject.to_string()),
        ("severity", severity),
        ("parameters", parameters),
        ("controls", text.controls.join(", ")),
    ] {
        writeln!(out)?;
        titled(out, name, &value)?;
    }
    writeln!(out, "\n{STRONG}remedy{STRONG:#}")?;
    paragraph(out, "  ", &text.remedy)?;
    writeln!(out, "\n{STRONG}how it is read{STRONG:#}")?;
    for reading in &text.readings {
        paragraph(out, "  - ", reading)?;
    }
    Ok(())
}

/// A word in a column of its own, and its text beside it.
fn titled(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    let mut column = format!("{STRONG}{name:<12}{STRONG:#}");
    for line in wrapped(value, WIDTH - 12) {
        writeln!(out, "{column}{line}")?;
        column = " ".repeat(12);
    }
    Ok(())
}

/// Wrapped text; lines after the first are indented by as much as the first.
fn paragraph(out: &mut impl Write, indent: &str, text: &str) -> io::Result<()> {
    let mut indent = indent.to_owned();
    for line in wrapped(text, WIDTH - indent.len()) {
        writeln!(out, "{indent}{line}")?;
        indent = " ".repeat(indent.len());
    }
    Ok(())
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
