//! What the archive says about one control: a test for each rule, the populations, the exceptions
//! and what was accepted or taken back, and the sample.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::Control;
use super::period::Period;
use super::population::{Concerns, Population};
use super::statistics::{Episode, Remedies, Stretch, trend};
use super::table::{Cell, Column, Kind, Table};
use crate::assess::rule_text;
use crate::model::finding::RuleId;

/// A population with its members, or why it is not known.
#[derive(Clone, Debug)]
pub struct Counted {
    pub population: Population,
    pub members: Result<Arc<Table>, String>,
}

/// The findings of a control's rules.
#[derive(Clone, Debug)]
pub struct Found {
    pub exceptions: Table,
    pub exemptions: Table,
    pub withdrawn: Table,
}

/// One rule as a test of the control.
#[derive(Clone, Debug)]
pub struct Test {
    pub rule: RuleId,
    pub population: Population,
    /// So many could have been found; `None` where it is not known.
    pub members: Option<usize>,
    pub exceptions: usize,
    pub exempt: usize,
    pub withdrawn: usize,
    pub affected: Affected,
    pub remedies: Remedies,
}

/// How exceptions spread over the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affected {
    NotCompared,
    Compared {
        /// Distinct members with an exception.
        members: usize,
        /// Distinct others with one: of an earlier period, say.
        others: usize,
    },
}

#[derive(Clone, Debug)]
pub struct ControlEvidence {
    pub control: &'static Control,
    pub tests: Vec<Test>,
    /// The one that is sampled first.
    pub populations: Vec<Counted>,
    pub found: Found,
    pub sample: Table,
    pub remedies: Remedies,
    pub trend: Vec<Stretch>,
}

impl ControlEvidence {
    pub fn new(
        control: &'static Control,
        populations: Vec<Counted>,
        found: Found,
        period: &Period,
    ) -> Self {
        let test = |rule: &RuleId| Test::new(*rule, &populations, &found, period);
        let tests = control.rules.iter().map(test).collect();
        let episodes = episodes(&found.exceptions, None);
        ControlEvidence {
            control,
            tests,
            remedies: Remedies::of(&episodes, period),
            trend: trend(&episodes, period),
            populations,
            found,
            sample: Table::default(),
        }
    }

    /// The tests, one a row.
    pub fn tests_table(&self) -> Table {
        let texts = [
            "rule",
            "title",
            "rule_version",
            "population",
            "population_not_known",
        ];
        let numbers = [
            "population_size",
            "exceptions",
            "exceptions_resolved",
            "exceptions_open_at_end",
            "members_affected",
            "others_affected",
            "exemptions",
            "withdrawn",
            "median_remedy_seconds",
            "p90_remedy_seconds",
            "longest_remedy_seconds",
        ];
        let text_columns = texts.map(|name| (name, Kind::Text));
        let number_columns = numbers.map(|name| (name, Kind::Integer));
        let columns = text_columns.into_iter().chain(number_columns);
        let columns = columns.map(|(name, kind)| Column {
            name: name.to_owned(),
            kind,
        });
        let rows = self.tests.iter().map(|test| self.test_row(test));
        Table::new(columns.collect(), rows.collect())
    }

    fn test_row(&self, test: &Test) -> Vec<Cell> {
        let text = rule_text(test.rule);
        let of_population = |it: &&Counted| it.population == test.population;
        let counted = self.populations.iter().find(of_population);
        let why = counted.and_then(|it| it.members.as_ref().err());
        let count = |number: usize| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let (inside, outside) = match test.affected {
            Affected::NotCompared => (Cell::Null, Cell::Null),
            Affected::Compared { members, others } => (count(members), count(others)),
        };
        let seconds = |span: Option<crate::model::time::Span>| {
            span.map_or(Cell::Null, |span| Cell::Integer(span.as_seconds()))
        };
        vec![
            Cell::Text(test.rule.as_str().to_owned()),
            Cell::Text(text.title.to_string()),
            Cell::Text(text.version.to_string()),
            Cell::Text(test.population.key().to_owned()),
            why.map_or(Cell::Null, |why| Cell::Text(why.clone())),
            test.members.map_or(Cell::Null, count),
            count(test.exceptions),
            count(test.remedies.resolved()),
            count(test.remedies.open),
            inside,
            outside,
            count(test.exempt),
            count(test.withdrawn),
            seconds(test.remedies.percentile(50)),
            seconds(test.remedies.percentile(90)),
            seconds(test.remedies.longest()),
        ]
    }
}

impl Test {
    fn new(rule: RuleId, populations: &[Counted], found: &Found, period: &Period) -> Self {
        let population = Population::of(rule);
        let counted = populations.iter().find(|it| it.population == population);
        let members = counted.and_then(|it| it.members.as_ref().ok());
        let of_rule = |table: &Table| {
            let rows = table.rows().iter();
            rows.filter(|row| table.text(row, "rule") == Some(rule.as_str()))
                .count()
        };
        Test {
            rule,
            population,
            members: members.map(|table| table.len()),
            exceptions: of_rule(&found.exceptions),
            exempt: of_rule(&found.exemptions),
            withdrawn: of_rule(&found.withdrawn),
            affected: members.map_or(Affected::NotCompared, |members| {
                affected(rule, members, &found.exceptions)
            }),
            remedies: Remedies::of(&episodes(&found.exceptions, Some(rule)), period),
        }
    }
}

/// The column of a finding that names the member it is about.
pub(super) fn concerns_column(population: Population) -> Option<&'static str> {
    match population.concerns() {
        Concerns::Identity => Some("identity"),
        Concerns::Account => Some("account"),
        Concerns::Subject => Some("subject"),
        Concerns::NotCompared => None,
    }
}

fn affected(rule: RuleId, members: &Table, exceptions: &Table) -> Affected {
    let Some(column) = concerns_column(Population::of(rule)) else {
        return Affected::NotCompared;
    };
    let items: BTreeSet<&str> = members
        .rows()
        .iter()
        .filter_map(|row| members.text(row, "item"))
        .collect();
    let concerned: BTreeSet<&str> = exceptions
        .rows()
        .iter()
        .filter(|row| exceptions.text(row, "rule") == Some(rule.as_str()))
        .filter_map(|row| exceptions.text(row, column))
        .collect();
    let inside = concerned.intersection(&items).count();
    Affected::Compared {
        members: inside,
        others: concerned.len() - inside,
    }
}

/// The exceptions in time: all, or those of one rule. A row without a time is none of ours.
pub(super) fn episodes(exceptions: &Table, rule: Option<RuleId>) -> Vec<Episode> {
    let rows = exceptions.rows().iter();
    let asked = |row: &&Vec<Cell>| {
        rule.is_none_or(|rule| exceptions.text(row, "rule") == Some(rule.as_str()))
    };
    rows.filter(asked)
        .filter_map(|row| {
            Some(Episode {
                opened_at: exceptions.time(row, "opened_at")?,
                resolved_at: exceptions.time(row, "resolved_at"),
            })
        })
        .collect()
}

/// Ids of the findings about each member of a population, by member.
pub(super) fn findings_by_member(
    population: Population,
    findings: &Table,
) -> BTreeMap<String, Vec<String>> {
    let mut by_member: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(column) = concerns_column(population) else {
        return by_member;
    };
    for row in findings.rows() {
        let member = findings.text(row, column);
        if let (Some(member), Some(id)) = (member, findings.text(row, "finding_id")) {
            let ids = by_member.entry(member.to_owned()).or_default();
            ids.push(id.to_owned());
        }
    }
    by_member
}
