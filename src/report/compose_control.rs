//! The part of the document about one control.

use super::charts;
use super::control::{Affected, ControlEvidence, Test};
use super::document::Align::{Left, Right};
use super::document::{Block, Grid, plain};
use super::gather::file_of;
use super::period::Period;
use super::statistics::told;
use super::table::{Cell, Table};
use crate::assess::rule_text;
use crate::model::time::Timestamp;

/// Findings shown one by one; all of them are in the tables beside.
const SHOWN: usize = 40;

pub(super) fn control(evidence: &ControlEvidence, period: &Period) -> Vec<Block> {
    let control = evidence.control;
    let mut blocks = vec![
        Block::Part {
            id: format!("control-{}", control.id),
            text: format!("{} · {}", control.id, control.title),
        },
        Block::Paragraph(control.asks.clone()),
        Block::Heading("Tests".to_owned()),
        Block::Grid(tests(evidence)),
        Block::Heading("Populations".to_owned()),
        Block::Facts(populations(evidence)),
    ];
    if !evidence.found.exceptions.is_empty() {
        blocks.push(Block::Charts(vec![
            charts::trend(&evidence.trend),
            charts::remedies(&evidence.remedies),
        ]));
    }
    blocks.extend(exceptions(evidence, period));
    blocks.extend(exemptions(evidence));
    blocks.extend(withdrawn(evidence));
    blocks.extend(sample(evidence));
    blocks
}

/// To the minute, UTC.
pub(super) fn short_time(at: Timestamp) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take(16).collect();
    minute.replace('T', " ")
}

fn tests(evidence: &ControlEvidence) -> Grid {
    let mut grid = Grid::new(&[
        ("Rule", 24, Left),
        ("Population", 19, Left),
        ("Exceptions", 11, Right),
        ("Affected", 13, Right),
        ("Open at end", 9, Right),
        ("Median", 9, Right),
        ("90th pct.", 9, Right),
        ("Longest", 9, Right),
    ]);
    grid.rows = evidence.tests.iter().map(test_row).collect();
    grid.note = "Affected: distinct members of the population with an exception; others are of \
                 an earlier time and not in it. Times are from the opening of an exception to its \
                 end, of those that ended within the period or before."
        .into();
    grid
}

fn test_row(test: &Test) -> Vec<String> {
    let population = test.population.key().replace('_', " ");
    let members = test
        .members
        .map_or_else(|| "not known".to_owned(), |it| it.to_string());
    let affected = match test.affected {
        Affected::NotCompared => "–".to_owned(),
        Affected::Compared { members, others: 0 } => members.to_string(),
        Affected::Compared { members, others } => format!("{members} + {others} others"),
    };
    let remedies = &test.remedies;
    vec![
        format!("{}: {}", test.rule.as_str(), rule_text(test.rule).title),
        format!("{population}: {members}"),
        test.exceptions.to_string(),
        affected,
        remedies.open.to_string(),
        told(remedies.percentile(50)),
        told(remedies.percentile(90)),
        told(remedies.longest()),
    ]
}

fn populations(evidence: &ControlEvidence) -> Vec<(String, String)> {
    let of = |(place, counted): (usize, &super::control::Counted)| {
        let population = counted.population;
        let told = match &counted.members {
            Ok(members) => format!(
                "{} {}. {} File: controls/{}/{}.csv",
                members.len(),
                population.title(),
                population.how(),
                evidence.control.id,
                file_of(place, population)
            ),
            Err(why) => format!("Not known ({}): {why}.", population.title()),
        };
        (population.key().replace('_', " "), told)
    };
    evidence.populations.iter().enumerate().map(of).collect()
}

fn exceptions(evidence: &ControlEvidence, period: &Period) -> Vec<Block> {
    let table = &evidence.found.exceptions;
    let heading = Block::Heading(format!("Exceptions ({})", table.len()));
    if table.is_empty() {
        let none = "No finding of these rules was open at any time within the period.";
        return vec![heading, Block::Paragraph(none.to_owned())];
    }
    let mut grid = Grid::new(&[
        ("Severity", 8, Left),
        ("Rule", 19, Left),
        ("What was found", 42, Left),
        ("Opened", 12, Left),
        ("Resolved", 12, Left),
        ("Stood", 8, Right),
    ]);
    for row in table.rows().iter().take(SHOWN) {
        let opened = table.time(row, "opened_at");
        let resolved = table.time(row, "resolved_at");
        let until = resolved.unwrap_or(period.end()).min(period.end());
        let stood = opened.map(|opened| until.since(opened));
        grid.rows.push(vec![
            shown(table, row, "severity"),
            shown(table, row, "rule"),
            shown(table, row, "summary"),
            opened.map(short_time).unwrap_or_default(),
            resolved.map_or_else(|| "open".to_owned(), short_time),
            told(stood),
        ]);
    }
    grid.note = left_out(table, evidence, "exceptions");
    vec![heading, Block::Grid(grid)]
}

fn exemptions(evidence: &ControlEvidence) -> Vec<Block> {
    let table = &evidence.found.exemptions;
    if table.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new(&[
        ("Rule", 20, Left),
        ("What is accepted", 42, Left),
        ("Reason", 26, Left),
        ("Until", 12, Left),
    ]);
    for row in table.rows().iter().take(SHOWN) {
        let until = table.time(row, "exempt_until").map(short_time);
        grid.rows.push(vec![
            shown(table, row, "rule"),
            shown(table, row, "summary"),
            shown(table, row, "exempt_reason"),
            until.unwrap_or_default(),
        ]);
    }
    grid.note = left_out(table, evidence, "exemptions");
    let heading = format!("Exemptions ({})", table.len());
    vec![Block::Heading(heading), Block::Grid(grid)]
}

fn withdrawn(evidence: &ControlEvidence) -> Vec<Block> {
    let table = &evidence.found.withdrawn;
    if table.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new(&[
        ("Rule", 20, Left),
        ("What had been found", 50, Left),
        ("Opened", 15, Left),
        ("Withdrawn", 15, Left),
    ]);
    for row in table.rows().iter().take(SHOWN) {
        let time = |name| table.time(row, name).map(short_time).unwrap_or_default();
        grid.rows.push(vec![
            shown(table, row, "rule"),
            shown(table, row, "summary"),
            time("opened_at"),
            time("withdrawn_at"),
        ]);
    }
    grid.note = left_out(table, evidence, "withdrawn");
    vec![
        Block::Heading(format!("Withdrawn ({})", table.len())),
        Block::Muted(
            "Records that came later showed that the condition never held. These are no exceptions."
                .to_owned(),
        ),
        Block::Grid(grid),
    ]
}

fn sample(evidence: &ControlEvidence) -> Vec<Block> {
    let Some(counted) = evidence.populations.first() else {
        return Vec::new();
    };
    let title = counted.population.title();
    let table = &evidence.sample;
    if table.is_empty() {
        let none = format!("There is no sample: the population ({title}) is empty or not known.");
        return vec![Block::Heading("Sample".to_owned()), Block::Muted(none)];
    }
    let mut grid = Grid::new(&[
        ("#", 4, Right),
        ("Item", 34, Left),
        ("Findings", 12, Left),
        ("Record", 36, Left),
        ("Proof", 14, Left),
    ]);
    for row in table.rows() {
        let count = |name| {
            table
                .text(row, name)
                .unwrap_or_default()
                .split_whitespace()
                .count()
        };
        let findings = match (count("exceptions"), count("exemptions")) {
            (0, 0) => "none".to_owned(),
            (exceptions, 0) => format!("exceptions: {exceptions}"),
            (exceptions, exempt) => format!("exceptions: {exceptions}, exempt: {exempt}"),
        };
        let not_compared = super::control::concerns_column(counted.population).is_none();
        grid.rows.push(vec![
            shown(table, row, "number"),
            shown(table, row, "item"),
            if not_compared {
                "–".to_owned()
            } else {
                findings
            },
            shown(table, row, "record"),
            shown(table, row, "proof"),
        ]);
    }
    let heading = format!("Sample: {} of {title}", table.len());
    vec![Block::Heading(heading), Block::Grid(grid)]
}

fn shown(table: &Table, row: &[Cell], name: &str) -> String {
    plain(&table.cell(row, name).to_text().unwrap_or_default())
}

fn left_out(table: &Table, evidence: &ControlEvidence, file: &str) -> String {
    let id = &evidence.control.id;
    match table.len().saturating_sub(SHOWN) {
        0 => format!("With ids and evidence: controls/{id}/{file}.csv"),
        more => format!("{more} more, and ids and evidence of all: controls/{id}/{file}.csv"),
    }
}
