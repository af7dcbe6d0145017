//! `tenure rules list`: every rule, as the policy sets it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::assess::{RuleText, catalog};
use crate::cli::table::{self, Look};
use crate::config;
use crate::model::finding::RuleId;
use crate::model::policy::{Policy, RuleSettings};

use super::files;

/// List the rules with their severities and parameters, as the policy sets them
#[derive(Debug, Args)]
pub struct List {
    /// The policy; without one the defaults of the rules are shown
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let loaded = config::load(None, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("the policy cannot be used\n{problems}"))?;
        let mut out = io::stdout().lock();
        if self.json {
            write_json(&mut out, &loaded.policy)?;
        } else {
            out.write_all(rendered(&loaded.policy, Look::of_stdout()).as_bytes())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// How many tests the program's file of the rule carries.
fn tests(rule: RuleId) -> usize {
    let files = files::built_in().files;
    let of_rule = files.iter().filter(|file| file.rule == rule);
    of_rule.map(|file| file.cases.len()).sum()
}

/// `grace = 24h`; several are separated by commas, and `off` stands where the rule is off.
pub(super) fn parameters(text: &RuleText, settings: &RuleSettings) -> String {
    if !settings.enabled {
        return "off".to_owned();
    }
    let mut settings = settings.clone();
    let named = text.parameters.keys();
    let named: Vec<String> = named
        .filter_map(|name| {
            let span = settings.parameter(text.id, name)?;
            Some(format!("{name} = {span}"))
        })
        .collect();
    match &named[..] {
        [] => "-".to_owned(),
        named => named.join(", "),
    }
}

fn rendered(policy: &Policy, look: Look) -> String {
    let header = [
        "RULE",
        "SEVERITY",
        "PARAMETERS",
        "SUBJECT",
        "TESTS",
        "TITLE",
    ];
    let mut table = table::styled(&header, look);
    for (rule, text) in by_name() {
        let settings = policy.rule(rule);
        table.add_row([
            rule.as_str().to_owned(),
            settings.severity.as_str().to_owned(),
            parameters(text, &settings),
            text.subject.to_string(),
            tests(rule).to_string(),
            text.title.to_string(),
        ]);
    }
    table::lines(&table)
}

fn by_name() -> Vec<(RuleId, &'static RuleText)> {
    let mut all: Vec<_> = catalog().iter().map(|(rule, text)| (*rule, text)).collect();
    all.sort_by_key(|(rule, _)| rule.as_str());
    all
}

fn write_json(out: &mut impl Write, policy: &Policy) -> io::Result<()> {
    for (rule, text) in by_name() {
        let mut settings = policy.rule(rule);
        let (enabled, severity) = (settings.enabled, settings.severity);
        let parameters: serde_json::Map<_, _> = text
            .parameters
            .keys()
            .filter_map(|name| {
                let span = settings.parameter(rule, name)?;
                Some((name.to_string(), json!(span.to_string())))
            })
            .collect();
        let line = json!({
            "rule": rule,
            "version": text.version,
            "title": text.title,
            "subject": text.subject,
            "enabled": enabled,
            "severity": severity,
            "parameters": parameters,
            "controls": text.controls,
            "tests": tests(rule),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
