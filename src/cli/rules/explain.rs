//! `tenure rules explain RULE`: what a rule means.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::AutoStream;
use anstyle::Style;
use anyhow::bail;
use clap::Args;

use crate::assess::{RuleText, rule_text};
use crate::config::{self, suggestion};
use crate::model::finding::RuleId;
use crate::model::policy::Policy;

use super::list;

const STRONG: Style = Style::new().bold();
/// Columns of running text.
const WIDTH: usize = 96;

/// Explain a rule: what it means, what it reads, and what resolves it
#[derive(Debug, Args)]
pub struct Explain {
    /// The id of a rule, such as leaver-account-live
    rule: String,
    /// The policy; without one the defaults of the rules hold
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Explain {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let rule = self.rule()?;
        let loaded = config::load(None, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("the policy cannot be used\n{problems}"))?;
        let mut out = AutoStream::auto(io::stdout().lock());
        write_text(&mut out, rule_text(rule), &loaded.policy)?;
        out.flush()?;
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
