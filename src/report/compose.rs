//! Puts the document together from what was gathered.

use std::collections::{BTreeMap, BTreeSet};

use super::charts;
use super::compose_control::{control, short_time};
use super::control::episodes;
use super::document::Align::{Left, Right};
use super::document::{Block, Document, Figure, Grid, plain};
use super::gather::Evidence;
use super::population::Population;
use super::statistics::{Remedies, told};
use super::table::{Cell, Table};
use crate::assess::rule_text;
use crate::model::finding::RuleId;

/// Sources told of one by one.
const SOURCES_SHOWN: usize = 200;

pub fn document(evidence: &Evidence, version: &str) -> Document {
    let request = &evidence.request;
    let mut blocks = summary(evidence);
    for one in &evidence.controls {
        blocks.extend(control(one, &request.period));
    }
    blocks.extend(not_covered(evidence));
    blocks.extend(reconciliation(evidence));
    blocks.extend(settings(evidence));
    blocks.extend(verification(evidence, version));
    Document {
        title: format!("Evidence report: {}", request.framework.name),
        subtitle: format!(
            "{} to {}, both days included, UTC",
            request.period.first_day(),
            request.period.last_day()
        ),
        blocks,
    }
}

fn summary(evidence: &Evidence) -> Vec<Block> {
    let framework = evidence.request.framework;
    let mut blocks = vec![
        Block::Part {
            id: "summary".to_owned(),
            text: "Summary".to_owned(),
        },
        Block::Paragraph(framework.about.clone()),
        Block::Paragraph(
            "Each control below is tested by rules that were applied to every record of the \
             archive. An exception is a finding of such a rule whose condition held at some time \
             within the period. What the archive cannot say is told as not known, and a control \
             that no rule gives evidence for is listed as not covered. Whether a control is met is \
             for the auditor to judge."
                .to_owned(),
        ),
    ];
    blocks.extend(warnings(evidence).into_iter().map(Block::Warning));
    blocks.push(figures(evidence));
    blocks.push(Block::Grid(overview(evidence)));
    blocks
}

/// What limits the report, first things first.
pub fn warnings(evidence: &Evidence) -> Vec<String> {
    let archive = &evidence.archive;
    let period = &evidence.request.period;
    let mut warnings = Vec::new();
    if archive.checkpoint.is_none() {
        warnings.push(
            "The archive has no signed checkpoint: nothing shows that it is whole and unchanged."
                .to_owned(),
        );
    }
    let reach = archive.last_commit.max(archive.latest_event);
    match reach {
        None => warnings.push("The archive holds no events.".to_owned()),
        Some(reach) if reach < period.end() => warnings.push(format!(
            "The archive reaches to {}: what came later within the period is not in this report.",
            short_time(reach)
        )),
        Some(_) => {}
    }
    if let Some(first) = archive.earliest_event
        && first > period.begin()
    {
        warnings.push(format!(
            "The earliest event of the archive is of {}: nothing is known of the period before.",
            short_time(first)
        ));
    }
    let gaps = sum(&evidence.reconciliation, "gap_offsets");
    if gaps > 0 {
        warnings.push(format!(
            "{gaps} offsets are named as gaps: records that were never received. See the \
             reconciliation."
        ));
    }
    if evidence.people.is_empty() && counts_leavers(evidence) {
        warnings.push(
            "No snapshot of people of the period is known: leavers whom HR only states in \
             listings are not among those counted."
                .to_owned(),
        );
    }
    let unproved = evidence.unproved.iter();
    warnings.extend(unproved.map(|why| format!("Some of the sample has no proof: {why}.")));
    warnings
}

fn counts_leavers(evidence: &Evidence) -> bool {
    let mut populations = evidence.controls.iter().flat_map(|it| &it.populations);
    populations.any(|it| it.population == Population::Leavers && it.members.is_ok())
}

fn figures(evidence: &Evidence) -> Block {
    let remedies = Remedies::of(&distinct_episodes(evidence), &evidence.request.period);
    let figure = |value: String, label: &str| Figure {
        value,
        label: label.to_owned(),
    };
    let exempt = distinct(evidence, |it| &it.found.exemptions);
    Block::Figures(vec![
        figure(
            evidence.controls.len().to_string(),
            "controls with evidence",
        ),
        figure(
            evidence.not_covered.len().to_string(),
            "controls not covered",
        ),
        figure(
            (remedies.resolved() + remedies.open).to_string(),
            "distinct exceptions",
        ),
        figure(remedies.open.to_string(), "open at the end"),
        figure(told(remedies.percentile(50)), "median time to remedy"),
        figure(exempt.len().to_string(), "exemptions"),
        figure(
            sum(&evidence.reconciliation, "archived").to_string(),
            "records archived",
        ),
    ])
}

/// A finding counts once, however many controls it bears on.
fn distinct_episodes(evidence: &Evidence) -> Vec<super::statistics::Episode> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for control in &evidence.controls {
        let exceptions = &control.found.exceptions;
        for (row, episode) in exceptions.rows().iter().zip(episodes(exceptions, None)) {
            let id = exceptions.text(row, "finding_id");
            if seen.insert(id.map(str::to_owned)) {
                all.push(episode);
            }
        }
    }
    all
}

fn distinct(
    evidence: &Evidence,
    of: impl Fn(&super::control::ControlEvidence) -> &Table,
) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for table in evidence.controls.iter().map(of) {
        let rows = table.rows().iter();
        ids.extend(rows.filter_map(|row| table.text(row, "finding_id").map(str::to_owned)));
    }
    ids
}

fn overview(evidence: &Evidence) -> Grid {
    let mut grid = Grid::new(&[
        ("Control", 9, Left),
        ("What it is about", 32, Left),
        ("Sampled population", 26, Left),
        ("Exceptions", 11, Right),
        ("Open at end", 11, Right),
        ("Exempt", 8, Right),
        ("Median remedy", 12, Right),
    ]);
    for one in &evidence.controls {
        let population = one.populations.first();
        let population = population.map_or_else(String::new, |it| match &it.members {
            Ok(members) => format!("{} {}", members.len(), it.population.title()),
            Err(_) => format!("not known: {}", it.population.title()),
        });
        grid.rows.push(vec![
            one.control.id.clone(),
            one.control.title.clone(),
            population,
            one.found.exceptions.len().to_string(),
            one.remedies.open.to_string(),
            one.found.exemptions.len().to_string(),
            told(one.remedies.percentile(50)),
        ]);
    }
    grid.note = "One finding may bear on several controls, and counts at each.".into();
    grid
}

fn not_covered(evidence: &Evidence) -> Vec<Block> {
    let mut grid = Grid::new(&[
        ("Control", 10, Left),
        ("What it asks", 45, Left),
        ("Why this report says nothing of it", 45, Left),
    ]);
    for control in &evidence.not_covered {
        grid.rows.push(vec![
            control.id.clone(),
            format!("{}: {}", control.title, control.asks),
            control.not_covered.clone().unwrap_or_default(),
        ]);
    }
    vec![
        Block::Part {
            id: "not-covered".to_owned(),
            text: "Not covered".to_owned(),
        },
        Block::Paragraph(
            "No rule gives evidence for these controls. They are named so that nobody takes their \
             absence for an answer. Controls of the framework that do not bear on identities and \
             their access are not listed."
                .to_owned(),
        ),
        Block::Grid(grid),
    ]
}

fn reconciliation(evidence: &Evidence) -> Vec<Block> {
    let table = &evidence.reconciliation;
    let mut blocks = vec![
        Block::Part {
            id: "reconciliation".to_owned(),
            text: "Reconciliation".to_owned(),
        },
        Block::Paragraph(
            "What was received from each source, and what became of it. Received is archived and \
             duplicates; rejected records could not be understood and are archived as they came; \
             gaps are offsets that never arrived. A day is that of the record's own time (of its \
             arrival, where it has none); duplicates and gaps are counted by commit and stand at the \
             day of its newest event. An hour without any record is silent, which may be as it \
             should."
                .to_owned(),
        ),
        Block::Charts(vec![charts::arrivals(table, &evidence.request.period)]),
        Block::Grid(by_source(table)),
    ];
    if !evidence.rejects.is_empty() {
        blocks.push(Block::Heading("Rejected, by reason".to_owned()));
        blocks.push(Block::Grid(by_reason(&evidence.rejects)));
    }
    blocks.push(Block::Muted(
        "By source and day: reconciliation.csv. Commit by commit, with offsets: \
         reconciliation_commits.csv."
            .to_owned(),
    ));
    blocks
}

/// What a source delivered, over all days.
#[derive(Default)]
struct Delivered {
    numbers: [i64; 5],
    silent_days: i64,
    silent_hours: i64,
    days: i64,
}

fn by_source(table: &Table) -> Grid {
    const NUMBERS: [&str; 5] = [
        "received",
        "archived",
        "rejected",
        "duplicates",
        "gap_offsets",
    ];
    let mut sources: BTreeMap<&str, Delivered> = BTreeMap::new();
    for row in table.rows() {
        let source = table.text(row, "source").unwrap_or("not known");
        let delivered = sources.entry(source).or_default();
        for (sum, name) in delivered.numbers.iter_mut().zip(NUMBERS) {
            *sum += table.integer(row, name);
        }
        let silent = table.integer(row, "silent_hours");
        delivered.silent_days += i64::from(silent >= 24);
        delivered.silent_hours += silent;
        delivered.days += 1;
    }
    let mut grid = Grid::new(&[
        ("Source", 24, Left),
        ("Received", 11, Right),
        ("Archived", 11, Right),
        ("Rejected", 11, Right),
        ("Duplicates", 11, Right),
        ("Gaps", 9, Right),
        ("Silent days", 12, Right),
        ("Silent hours", 12, Right),
    ]);
    let left_out = sources.len().saturating_sub(SOURCES_SHOWN);
    for (source, delivered) in sources.into_iter().take(SOURCES_SHOWN) {
        let mut row = vec![plain(source)];
        row.extend(delivered.numbers.map(|it| it.to_string()));
        row.push(format!("{} of {}", delivered.silent_days, delivered.days));
        row.push(delivered.silent_hours.to_string());
        grid.rows.push(row);
    }
    if left_out > 0 {
        grid.note = format!("{left_out} more sources are in reconciliation.csv.");
    }
    grid
}

fn by_reason(rejects: &Table) -> Grid {
    let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for row in rejects.rows() {
        let source = rejects.text(row, "source").unwrap_or_default();
        let reason = rejects.text(row, "reason").unwrap_or_default();
        *counts.entry((source, reason)).or_default() += rejects.integer(row, "records");
    }
    let mut grid = Grid::new(&[
        ("Source", 40, Left),
        ("Reason", 40, Left),
        ("Records", 20, Right),
    ]);
    for ((source, reason), records) in counts {
        grid.rows
            .push(vec![plain(source), plain(reason), records.to_string()]);
    }
    grid
}

fn settings(evidence: &Evidence) -> Vec<Block> {
    let mut rules = Grid::new(&[
        ("Rule", 26, Left),
        ("Version", 8, Right),
        ("What it finds", 66, Left),
    ]);
    let of_controls = evidence.controls.iter().flat_map(|it| &it.control.rules);
    let distinct: BTreeSet<RuleId> = of_controls.copied().collect();
    for rule in distinct {
        let text = rule_text(rule);
        rules.rows.push(vec![
            rule.as_str().to_owned(),
            text.version.to_string(),
            text.title.to_string(),
        ]);
    }
    let mut blocks = vec![
        Block::Part {
            id: "settings".to_owned(),
            text: "Rules and policy in force".to_owned(),
        },
        Block::Grid(rules),
    ];
    let table = &evidence.settings.table;
    if table.is_empty() {
        blocks.push(Block::Warning(
            "The archive holds no record of the rules' parameters and the policy that were in \
             force: it was written by a version that kept none. The versions above are those of \
             the program that made this report."
                .to_owned(),
        ));
        return blocks;
    }
    let mut grid = Grid::new(&[("In force from", 20, Left), ("File", 80, Left)]);
    for row in table.rows() {
        let from = table.time(row, "recorded_at").map(short_time);
        let path = table.text(row, "path").unwrap_or_default();
        grid.rows.push(vec![from.unwrap_or_default(), plain(path)]);
    }
    grid.note = "Each file holds the policy's text, and each rule with its version and parameters \
                 as they were. It is part of this pack and of the archive's commits."
        .into();
    blocks.push(Block::Grid(grid));
    blocks
}

fn verification(evidence: &Evidence, version: &str) -> Vec<Block> {
    let archive = &evidence.archive;
    let request = &evidence.request;
    let mut facts = vec![
        ("Made by".to_owned(), format!("tenure {version}")),
        ("Framework".to_owned(), request.framework.name.clone()),
        (
            "Sample".to_owned(),
            format!(
                "{} of each population at most, seed {}",
                request.sample, evidence.seed
            ),
        ),
    ];
    if let Some(checkpoint) = &archive.checkpoint {
        facts.push(("Archive".to_owned(), plain(&checkpoint.origin)));
        facts.push(("Commits in its log".to_owned(), checkpoint.size.to_string()));
        facts.push(("Root of its log".to_owned(), checkpoint.root.to_string()));
    }
    if let Some(last) = archive.last_commit {
        facts.push(("Last commit".to_owned(), short_time(last)));
    }
    facts.push((
        "Snapshots of access".to_owned(),
        format!("{} within the period", evidence.snapshots.len()),
    ));
    facts.push((
        "Snapshots of people".to_owned(),
        format!(
            "{} within the period, or the first after it",
            evidence.people.len()
        ),
    ));
    let drawn = "printf '%s' 'SEED|FRAMEWORK|CONTROL|ITEM' | sha256sum";
    vec![
        Block::Part {
            id: "verification".to_owned(),
            text: "How to check this report".to_owned(),
        },
        Block::Facts(facts),
        Block::Paragraph(
            "manifest.json has the SHA-256 of every file of this pack. queries.sql has the query of \
             every table: run it again over the archive, with `tenure query` or in DuckDB after the \
             archive's views.sql. `tenure verify ARCHIVE --key KEY --since checkpoint` shows that \
             the archive is intact and complete, and that it continues what this report was drawn \
             from; KEY is the public key that the auditor was given, never one that lies in the pack."
                .to_owned(),
        ),
        Block::Paragraph(format!(
            "The sample is the members of the population with the least rank, and a rank is the \
             SHA-256 of the seed, the framework ({}), the control and the item:",
            request.framework.id
        )),
        Block::Verbatim(drawn.to_owned()),
        Block::Paragraph(
            "Each sampled item that rests on a record has a directory under proofs/, with the \
             record as it came and all that proves it:"
                .to_owned(),
        ),
        Block::Verbatim("sh proofs/0001/verify.sh --key KEY.pem --proof proofs/0001".to_owned()),
    ]
}

fn sum(table: &Table, name: &str) -> i64 {
    let place = table.place(name);
    let cells = table.rows().iter();
    let cells = cells.filter_map(|row| row.get(place?));
    cells
        .map(|cell| match cell {
            Cell::Integer(number) => *number,
            _ => 0,
        })
        .sum()
}
