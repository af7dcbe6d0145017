//! `tenure rules test`: the cases that rule files carry, through the real normalizer and engine.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::Args;
use serde_json::json;

use crate::cli::table::{harmless, harmless_lines};
use crate::config;
use crate::model::policy::Policy;
use crate::normalize::Mappings;

use super::case::RuleFile;
use super::files::{self, Read};
use super::runner::{self, Outcome};
use crate::cli::mappings;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Run the tests that rule files carry: those of the program, or files of your own
///
/// Each case goes through the real normalizer and engine: in the given order, and also backwards,
/// twice, and shuffled. Exits with 1 where something differs or a file has a mistake.
#[derive(Debug, Args)]
pub struct Test {
    /// Rule files, or directories of them; without any, those of the program
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// The policy of cases that bring none; without it the defaults of the rules hold
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A directory of mappings, or one file, beside and before those built in
    #[arg(long, value_name = "PATH")]
    mappings: Option<PathBuf>,
    /// One JSON object a case
    #[arg(long)]
    json: bool,
}

/// What is counted over all files.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
}

impl Test {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let policy = config::load(None, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("the policy cannot be used\n{problems}"))?;
        let policy = Arc::new(policy.policy);
        let mappings = mappings::load(self.mappings.as_deref())?;
        let read = match &self.paths[..] {
            [] => files::built_in(),
            paths => files::of_paths(paths),
        };
        let mut out = AutoStream::auto(io::stdout().lock());
        let mut count = Count::default();
        for file in &read.files {
            self.test(&mut out, file, (&policy, &mappings), &mut count)?;
        }
        self.tell(&mut out, &read, &count)?;
        let good = count.failed == 0 && read.problems.is_empty();
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn test(
        &self,
        out: &mut impl Write,
        file: &RuleFile,
        (policy, mappings): (&Arc<Policy>, &Arc<Mappings>),
        count: &mut Count,
    ) -> io::Result<()> {
        for case in &file.cases {
            let outcome = runner::run(file.rule, case, policy, mappings);
            let good = outcome.is_good();
            count.passed += usize::from(good);
            count.failed += usize::from(!good);
            if self.json {
                write_json(out, file, (&case.name, case.line), &outcome)?;
                continue;
            }
            let (style, mark) = if good { (GOOD, "✓") } else { (BAD, "✗") };
            let (rule, name) = (file.rule, harmless(&case.name));
            writeln!(
                out,
                "{style}{mark}{style:#} {FAINT}{rule:<23}{FAINT:#} {name}"
            )?;
            for difference in &outcome.differences {
                let (path, line) = (&file.file, difference.line);
                writeln!(out, "    {path}:{line}: {}", harmless(&difference.what))?;
                write_diff(out, &difference.diff)?;
            }
        }
        if file.cases.is_empty() && !self.json {
            writeln!(out, "{FAINT}- {:<23} has no tests{FAINT:#}", file.rule)?;
        }
        Ok(())
    }

    fn tell(&self, out: &mut impl Write, read: &Read, count: &Count) -> io::Result<()> {
        for problem in &read.problems {
            if self.json {
                writeln!(out, "{}", json!({ "problem": problem }))?;
            } else {
                writeln!(
                    out,
                    "{BAD}✗{BAD:#} {}",
                    harmless_lines(&problem.to_string())
                )?;
            }
        }
        if !self.json {
            let Count { passed, failed } = count;
            let wrong = match read.problems.len() {
                0 => String::new(),
                1 => ", and 1 mistake in the files".to_owned(),
                many => format!(", and {many} mistakes in the files"),
            };
            writeln!(out, "{passed} passed, {failed} failed{wrong}")?;
        }
        out.flush()
    }
}

fn write_diff(out: &mut impl Write, diff: &str) -> io::Result<()> {
    for line in diff.lines().map(harmless) {
        let style = match line.chars().next() {
            Some('-') => BAD,
            Some('+') => GOOD,
            _ => Style::new(),
        };
        writeln!(out, "      {style}{line}{style:#}")?;
    }
    Ok(())
}

fn write_json(
    out: &mut impl Write,
    file: &RuleFile,
    (name, line): (&str, usize),
    outcome: &Outcome,
) -> io::Result<()> {
    let differences = outcome.differences.iter();
    let differences: Vec<_> = differences
        .map(|one| json!({"line": one.line, "what": one.what, "diff": one.diff}))
        .collect();
    let line = json!({
        "file": file.file,
        "rule": file.rule,
        "line": line,
        "name": name,
        "passed": outcome.is_good(),
        "differences": differences,
    });
    writeln!(out, "{line}")
}
