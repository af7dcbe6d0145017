//! The demo's company: its log files, when each record of them arrives, and what must be told.

use std::collections::BTreeMap;

use crate::cli::simulate::truth;
use crate::model::time::Timestamp;
use crate::simulate::oracle::Expected;
use crate::simulate::{Settings, Simulation, simulate};

/// 2026-01-05T00:00:00Z, a Monday: a demo of one seed is the same on every day.
pub const BEGIN: Timestamp = Timestamp::from_seconds(1_767_571_200);
/// 2026-07-04T00:00:00Z: all that lasts longer begins before the half of it, by the policy.
pub const END: Timestamp = Timestamp::from_seconds(BEGIN.as_micros() / 1_000_000 + 180 * 86_400);
/// Uses of accounts a person and day, in thousandths. With fewer, sources seem silent and people
/// away.
const BACKGROUND_PER_MILLE: u64 = 1_000;

pub struct Company {
    pub seed: u64,
    pub people: usize,
    pub accounts: usize,
    /// The text of its `policy.toml`.
    pub policy: String,
    pub files: Vec<LogFile>,
    /// What must be told of it at [`END`], by the oracle.
    pub truth: Vec<Expected>,
}

/// A log file that grows as the story goes on.
pub struct LogFile {
    /// Below the directory of logs.
    pub path: String,
    /// In the order of arrival.
    pub lines: Vec<Line>,
}

pub struct Line {
    pub arrives: Timestamp,
    pub text: String,
}

impl Company {
    /// Makes it up: `people` of them beside those of the stories.
    pub fn new(seed: u64, people: usize) -> anyhow::Result<Self> {
        let simulation = simulate(Settings {
            seed,
            people,
            from: BEGIN,
            until: END,
            stories: 1,
            background_per_mille: BACKGROUND_PER_MILLE,
        });
        let truth = truth::expected(&simulation)?;
        Ok(Company {
            seed,
            people: simulation.cast.persons.len(),
            accounts: simulation.cast.accounts.len(),
            files: files(&simulation),
            policy: simulation.policy,
            truth,
        })
    }

    pub fn records(&self) -> usize {
        self.files.iter().map(|file| file.lines.len()).sum()
    }
}

/// One file a log. What would arrive after the end comes with the last records: nothing is kept
/// back of what the truth is of.
fn files(simulation: &Simulation) -> Vec<LogFile> {
    let mut logs: BTreeMap<&'static str, Vec<Line>> = BTreeMap::new();
    for of in simulation.days().flatten() {
        logs.entry(of.deed.log).or_default().push(Line {
            arrives: simulation.arrives(&of).min(END),
            text: simulation.record(&of),
        });
    }
    let files = logs.into_iter().map(|(log, mut lines)| {
        lines.sort_by_key(|line| line.arrives);
        LogFile {
            path: format!("{log}/log.ndjson"),
            lines,
        }
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::finding::RuleId;

    #[test]
    fn every_record_arrives_within_the_story_and_in_the_order_of_its_file() {
        let company = Company::new(1, 5).expect("a company");
        assert_eq!(company.files.len(), 16);
        for file in &company.files {
            assert!(file.lines.is_sorted_by_key(|line| line.arrives));
            let within = |line: &Line| (BEGIN..=END).contains(&line.arrives);
            assert!(file.lines.iter().all(within), "{}", file.path);
        }
        assert_eq!(BEGIN.to_string(), "2026-01-05T00:00:00Z");
        assert_eq!(END.to_string(), "2026-07-04T00:00:00Z");
    }

    #[test]
    fn the_usual_company_has_a_case_for_every_rule() {
        let company = Company::new(crate::cli::demo::SEED, 0).expect("a company");
        let told: BTreeSet<RuleId> = company.truth.iter().map(|one| one.rule).collect();
        let untold: Vec<RuleId> = RuleId::ALL
            .into_iter()
            .filter(|rule| !told.contains(rule))
            .collect();
        assert_eq!(untold, []);
    }
}
