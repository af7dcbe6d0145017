//! The conditions of a rule for people: what holds, since when, and what would change it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::assess::{Condition, Explanation, Holds, Verdict, rule_text};
use crate::cli::table::harmless;
use crate::model::finding::RuleId;
use crate::service::explain::Explained;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const WAITS: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Each subject with its conditions in the order of the argument, and what follows.
pub(super) fn write(out: &mut impl Write, explained: &Explained) -> io::Result<()> {
    let text = rule_text(explained.rule);
    writeln!(out, "{STRONG}{}{STRONG:#}  {}", text.id, text.title)?;
    writeln!(out, "{FAINT}as of {}{FAINT:#}", explained.now)?;
    for one in &explained.explanations {
        writeln!(out, "\n{STRONG}{}{STRONG:#}", harmless(&one.subject))?;
        one.conditions
            .iter()
            .try_for_each(|condition| write_condition(out, condition))?;
        let (style, verdict) = verdict(one);
        writeln!(out, "  {style}→ {}{style:#}", harmless(&verdict))?;
    }
    let more = explained.total.saturating_sub(explained.explanations.len());
    if more > 0 {
        writeln!(out, "\nand {more} more; ask for one --account")?;
    }
    Ok(())
}

/// What is said where there is nothing to explain.
pub(super) fn nothing(rule: RuleId, who: &str) -> String {
    let about = match rule {
        RuleId::SourceSilent => "; it is about sources: ask for --who source:okta",
        RuleId::WorkflowIncomplete => "; it is about runs: ask for --who workflow:ID",
        RuleId::RevocationUnfulfilled => ", no ticket that asks for an end; or ask for ticket:ID",
        RuleId::LeaverDeviceHeld => "; it is about people: ask for an address or an employee id",
        _ => "; `tenure findings` shows whom findings name",
    };
    format!(
        "nobody is known as `{}` of whom {rule} could speak{about}",
        harmless(who)
    )
}

fn write_condition(out: &mut impl Write, condition: &Condition) -> io::Result<()> {
    let (style, mark) = match condition.holds {
        Holds::Yes => (GOOD, "✓"),
        Holds::No => (BAD, "✗"),
        Holds::Later => (WAITS, "…"),
    };
    let word = match condition.holds {
        Holds::Later => "from",
        _ => "since",
    };
    let since = condition.since.map(|since| format!("  {word} {since}"));
    let text = harmless(&condition.text);
    let since = since.unwrap_or_default();
    writeln!(
        out,
        "  {style}{mark}{style:#} {text}{FAINT}{since}{FAINT:#}"
    )?;
    match &condition.would_change {
        Some(change) => writeln!(
            out,
            "      {FAINT}would change: {}{FAINT:#}",
            harmless(change)
        ),
        None => Ok(()),
    }
}

fn verdict(one: &Explanation) -> (Style, String) {
    match one.verdict {
        Verdict::Open(since) => (BAD, format!("open since {since}")),
        Verdict::Opens(at) => {
            let standing = one.conditions.iter().filter(|it| it.holds != Holds::No);
            let changes: Vec<&str> = standing
                .filter_map(|condition| condition.would_change.as_deref())
                .collect();
            let unless = match &changes[..] {
                [] => String::new(),
                changes => format!(" unless this comes first: {}", changes.join("; or ")),
            };
            (WAITS, format!("opens at {at}{unless}"))
        }
        Verdict::Ended(at) => (GOOD, format!("was open, and ended on {at}")),
        Verdict::Never => (GOOD, "does not hold".to_owned()),
    }
}
