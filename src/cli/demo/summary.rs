//! What the demo says at its end: what was found, against what must be.

use std::collections::BTreeMap;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::show::Places;
use super::verdict::{Counts, OfRule, Verdict};
use crate::cli::table::harmless;
use crate::model::finding::RuleId;

/// Differences that are shown, of each kind.
const DIFFERENCES_SHOWN: usize = 20;

pub struct Summary<'a> {
    pub records: u64,
    /// Labels, and how many records were rejected for that.
    pub rejects: Vec<(String, u64)>,
    pub verdict: &'a Verdict,
    /// What to ask next, as a shell takes it.
    pub commands: Vec<String>,
    pub places: &'a Places,
}

impl Summary<'_> {
    pub fn json(&self) -> Value {
        let rejects: Vec<Value> = self
            .rejects
            .iter()
            .map(|(labels, count)| json!({"labels": labels, "count": count}))
            .collect();
        let rules: BTreeMap<&str, Value> = self
            .verdict
            .rules
            .iter()
            .map(|(rule, of_rule)| (rule.as_str(), of_rule_json(of_rule)))
            .collect();
        json!({"summary": {
            "records": self.records,
            "rules": rules,
            "total": of_rule_json(&self.verdict.total()),
            "missing": self.verdict.missing,
            "too_much": self.verdict.too_much,
            "as_expected": self.verdict.is_exact(),
            "rejects": rejects,
            "commands": self.commands,
            "dir": self.places.dir,
            "http": self.places.listen.to_string(),
        }})
    }

    pub fn text(&self) -> std::io::Result<Vec<u8>> {
        let mut text = format!("\n{} records read. Findings:\n\n", self.records).into_bytes();
        write_table(&mut text, self.verdict)?;
        self.write_verdict(&mut text)?;
        for (labels, count) in &self.rejects {
            write!(
                text,
                "\nRejected records: {count} ({labels}). Counted, and archived with the reason, as they came.\n"
            )?;
        }
        let dir = self.places.dir.display();
        writeln!(text, "\nlogs      {dir}/logs")?;
        writeln!(text, "policy    {dir}/policy.toml")?;
        writeln!(text, "findings  {dir}/findings.ndjson")?;
        writeln!(text, "archive   {dir}/archive")?;
        writeln!(
            text,
            "verify    tenure verify {dir}/archive --key {dir}/signing.key"
        )?;
        if !self.commands.is_empty() {
            let place = if self.places.stays {
                ", in another terminal"
            } else {
                ""
            };
            writeln!(text, "\nAsk about somebody who has left{place}:\n")?;
            for command in &self.commands {
                writeln!(text, "  {}", harmless(command))?;
            }
        }
        if self.places.stays {
            let listen = self.places.listen;
            writeln!(
                text,
                "\nhttp://{listen} goes on answering until Ctrl-C, which also closes the archive."
            )?;
        }
        Ok(text)
    }

    fn write_verdict(&self, out: &mut impl Write) -> std::io::Result<()> {
        let verdict = self.verdict;
        let total = verdict.total();
        if verdict.is_exact() {
            let good = AnsiColor::Green.on_default().bold();
            return writeln!(
                out,
                "\n{good}All {} findings are as they must be, to the second{good:#}, and none is \
                 too many.",
                total.exact
            );
        }
        let bad = AnsiColor::Red.on_default().bold();
        writeln!(
            out,
            "\n{bad}{} findings are missing, and {} are too many{bad:#}: this is a bug; please \
             report it with the seed.",
            verdict.missing.len(),
            verdict.too_much.len()
        )?;
        for (what, lines) in [
            ("missing ", &verdict.missing),
            ("too many", &verdict.too_much),
        ] {
            for line in lines.iter().take(DIFFERENCES_SHOWN) {
                writeln!(out, "  {what}  {}", harmless(line))?;
            }
            if let Some(more @ 1..) = lines.len().checked_sub(DIFFERENCES_SHOWN) {
                writeln!(out, "  {what}  … and {more} more")?;
            }
        }
        Ok(())
    }
}

fn of_rule_json(of_rule: &OfRule) -> Value {
    let counts =
        |of: &Counts| json!({"open": of.open, "resolved": of.resolved, "exempt": of.exempt});
    json!({
        "expected": counts(&of_rule.expected),
        "found": counts(&of_rule.found),
        "withdrawn": of_rule.withdrawn,
        "exact": of_rule.exact,
        "precision": of_rule.precision(),
        "recall": of_rule.recall(),
    })
}

fn write_table(out: &mut impl Write, verdict: &Verdict) -> std::io::Result<()> {
    let head = Style::new().bold();
    writeln!(
        out,
        "{head}{:<22}  {:^23}  {:^34}{head:#}",
        "", "MUST BE FOUND", "FOUND"
    )?;
    writeln!(
        out,
        "{head}{:<22}  {:>5} {:>9} {:>7}  {:>5} {:>9} {:>7} {:>10}  {:>6} {:>10} {:>7}{head:#}",
        "RULE",
        "OPEN",
        "RESOLVED",
        "EXEMPT",
        "OPEN",
        "RESOLVED",
        "EXEMPT",
        "WITHDRAWN",
        "EXACT",
        "PRECISION",
        "RECALL"
    )?;
    for (rule, of_rule) in &verdict.rules {
        write_row(out, RuleId::as_str(*rule), of_rule)?;
    }
    write_row(out, "all", &verdict.total())
}

fn write_row(out: &mut impl Write, name: &str, of_rule: &OfRule) -> std::io::Result<()> {
    let OfRule {
        expected, found, ..
    } = of_rule;
    let is_right = found.all() == of_rule.exact && expected.all() == of_rule.exact;
    let style = match (is_right, expected.all()) {
        (true, 0) => Style::new().dimmed(),
        (true, _) => AnsiColor::Green.on_default(),
        (false, _) => AnsiColor::Red.on_default().bold(),
    };
    write!(out, "{name:<22}")?;
    write!(
        out,
        "  {:>5} {:>9} {:>7}",
        expected.open, expected.resolved, expected.exempt
    )?;
    write!(
        out,
        "  {:>5} {:>9} {:>7} {:>10}",
        found.open, found.resolved, found.exempt, of_rule.withdrawn
    )?;
    writeln!(
        out,
        "  {style}{:>6} {:>10} {:>7}{style:#}",
        of_rule.exact,
        share(of_rule.precision()),
        share(of_rule.recall())
    )
}

/// Cut, not rounded: 1.000 is all of it.
fn share(of: Option<f64>) -> String {
    of.map_or_else(
        || "-".to_owned(),
        |share| format!("{:.3}", (share * 1_000.0).floor() / 1_000.0),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::model::finding::Status;
    use crate::service::status::tests::finding;

    #[test]
    fn a_demo_that_is_wrong_says_what_is() {
        let verdict = Verdict::between(&[], [&finding("x\u{1b}[2Jy", 1, Status::Open)]);
        let places = Places {
            program: "tenure".to_owned(),
            dir: PathBuf::from("/tmp/demo"),
            listen: ([127, 0, 0, 1], 8480).into(),
            taken: None,
            stays: false,
        };
        let summary = Summary {
            records: 7,
            rejects: Vec::new(),
            verdict: &verdict,
            commands: Vec::new(),
            places: &places,
        };
        let text = summary.text().expect("text");
        let text = String::from_utf8(text).expect("text");
        assert!(
            text.contains("0 findings are missing, and 1 are too many"),
            "{text}"
        );
        assert!(text.contains("too many  orphan-account okta:x"), "{text}");
        assert!(!text.contains("\u{1b}[2J"), "{text}");
        let json = summary.json();
        assert_eq!(json["summary"]["as_expected"], false);
        assert_eq!(json["summary"]["rules"]["orphan-account"]["precision"], 0.0);
    }

    #[test]
    fn nearly_all_is_not_shown_as_all() {
        assert_eq!(share(Some(1.0)), "1.000");
        assert_eq!(share(Some(0.9999)), "0.999");
        assert_eq!(share(None), "-");
    }
}
