//! Findings for people: a table on a terminal, aligned plain text in a pipe, or NDJSON.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle,
};

use indicatif::HumanCount;

use crate::model::finding::{Finding, Severity};

/// A rule below the header, and nothing else that takes room.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// How a table looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As wide as the terminal, wrapped, perhaps in colour.
    Terminal { colour: bool },
    /// One line a finding, for `grep` and `awk`.
    Plain,
}

impl Look {
    /// What standard output calls for; `NO_COLOR` and the like are honoured.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        if stdout.is_terminal() {
            let colour = AutoStream::choice(&stdout) != ColorChoice::Never;
            Look::Terminal { colour }
        } else {
            Look::Plain
        }
    }
}

/// The findings in the form that files, Kafka and webhooks carry, one a line.
pub fn write_json<'f>(
    out: &mut impl Write,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> io::Result<()> {
    for finding in findings {
        serde_json::to_writer(&mut *out, finding)?;
        writeln!(out)?;
    }
    out.flush()
}

/// The findings as a table, with a line end.
pub fn render<'f>(findings: impl IntoIterator<Item = &'f Finding>, look: Look) -> String {
    let header = [
        "SEVERITY", "STATUS", "RULE", "SUBJECT", "IDENTITY", "SINCE", "SUMMARY",
    ];
    let mut table = styled(&header, look);
    for finding in findings {
        table.add_row(row(finding, look));
    }
    lines(&table)
}

/// An empty table in the look that is asked for.
pub(super) fn styled(header: &[&str], look: Look) -> Table {
    let mut table = Table::new();
    table.set_header(header);
    match look {
        Look::Plain => {
            table.load_style(NOTHING);
            table.set_content_arrangement(ContentArrangement::Disabled);
            table.force_no_tty();
        }
        Look::Terminal { colour } => {
            table.load_style(RULED);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            if colour {
                table.enforce_styling();
            }
        }
    }
    table
}

/// A row of a name and numbers, which are set to the right.
pub(super) fn counts(name: &str, counts: impl IntoIterator<Item = u64>) -> Vec<Cell> {
    let cell = |count: u64| Cell::new(HumanCount(count)).set_alignment(CellAlignment::Right);
    let counts = counts.into_iter().map(cell);
    std::iter::once(Cell::new(name)).chain(counts).collect()
}

/// The table's text, without blanks at the ends of lines.
pub(super) fn lines(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
}

fn row(finding: &Finding, look: Look) -> Vec<Cell> {
    let mut severity = Cell::new(finding.severity.as_str());
    if matches!(look, Look::Terminal { colour: true }) {
        severity = severity.fg(colour_of(finding.severity));
        if finding.severity == Severity::Critical {
            severity = severity.add_attribute(Attribute::Bold);
        }
    }
    let identity = finding.identity.as_ref().map(|identity| {
        let shown = identity.email.as_ref().or(identity.name.as_ref());
        shown.unwrap_or(&identity.uid)
    });
    vec![
        severity,
        Cell::new(finding.status.as_str()),
        Cell::new(finding.rule.as_str()),
        Cell::new(harmless(&finding.subject)),
        Cell::new(identity.map_or_else(|| "-".to_owned(), |identity| harmless(identity))),
        Cell::new(finding.opened_at),
        Cell::new(harmless(&finding.summary)),
    ]
}

pub(super) const fn colour_of(severity: Severity) -> Color {
    match severity {
        Severity::Critical => Color::Red,
        Severity::High => Color::DarkYellow,
        Severity::Medium => Color::Yellow,
        Severity::Low => Color::Grey,
    }
}

/// Names come from logs, so from strangers: escape sequences must not reach the terminal, nor
/// marks that turn the direction of the text around.
pub(super) fn harmless(text: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|letter| {
            if letter.is_control() || turns(letter) {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

/// Like [`harmless`], line by line.
pub(super) fn harmless_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(harmless).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::service::status::tests::finding;

    #[test]
    fn a_pipe_gets_one_aligned_line_a_finding() {
        let short = finding("a", 1, Status::Open);
        let long = finding("a-rather-long-name", 2, Status::Resolved);
        let text = render([&short, &long], Look::Plain);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        let at = |line: usize, word: &str| lines.get(line).and_then(|line| line.find(word));
        assert_eq!(at(0, "SUMMARY"), at(1, "nobody owns it"), "{text}");
        assert_eq!(at(0, "SUMMARY"), at(2, "nobody owns it"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_terminal_gets_colour_and_no_strangers_escape_sequences() {
        let hostile = finding("x\u{1b}[2Jy\u{202e}z", 1, Status::Open);
        let coloured = render([&hostile], Look::Terminal { colour: true });
        assert!(coloured.contains("\u{1b}["));
        assert!(!coloured.contains("\u{1b}[2J"));
        let plain = render([&hostile], Look::Terminal { colour: false });
        assert!(!plain.contains('\u{1b}'));
        assert!(!plain.contains('\u{202e}'));
    }

    #[test]
    fn json_is_the_contract_form() {
        let one = finding("a", 1, Status::Open);
        let mut out = Vec::new();
        write_json(&mut out, [&one]).expect("write");
        let text = String::from_utf8(out).expect("text");
        assert!(text.starts_with("{\"finding_id\":\""));
        assert!(text.ends_with("}\n"));
        let read: Finding = serde_json::from_str(&text).expect("finding");
        assert_eq!(read, one);
    }
}
