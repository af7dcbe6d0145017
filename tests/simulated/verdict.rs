//! Whether what was told is what must be told, and how much of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tenure::model::finding::{Finding, RuleId, Status};
use tenure::simulate::oracle::Expected;

use crate::simulated::Simulated;

/// A finding as one line: rule, subject, status, opened, resolved and severity.
pub type Line = (RuleId, String);

pub fn expected_line(expected: &Expected) -> Line {
    let Expected {
        rule,
        subject,
        status,
        opened_at,
        resolved_at,
        severity,
        ..
    } = expected;
    let resolved = resolved_at.map_or("-".to_owned(), |at| at.to_string());
    let (status, severity) = (status.as_str(), severity.as_str());
    let line = format!("{subject} {status} {opened_at} {resolved} {severity}");
    (*rule, line)
}

pub fn found_line(found: &Finding) -> Line {
    expected_line(&Expected {
        rule: found.rule,
        subject: found.subject.clone(),
        status: found.status,
        opened_at: found.opened_at,
        resolved_at: found.resolved_at,
        severity: found.severity,
        story: None,
    })
}

/// What was told and must not be, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub missing: BTreeSet<Line>,
    pub too_much: BTreeSet<Line>,
}

impl Difference {
    pub fn between(expected: &[Expected], found: &[Finding]) -> Self {
        let expected: BTreeSet<Line> = expected.iter().map(expected_line).collect();
        let found: BTreeSet<Line> = found.iter().map(found_line).collect();
        Difference {
            missing: expected.difference(&found).cloned().collect(),
            too_much: found.difference(&expected).cloned().collect(),
        }
    }

    /// Whether something is wrong in both.
    pub fn shares(&self, other: &Difference) -> bool {
        let missing = self.missing.intersection(&other.missing).next();
        missing.is_some() || self.too_much.intersection(&other.too_much).next().is_some()
    }

    pub fn rules(&self) -> BTreeSet<RuleId> {
        let lines = self.missing.iter().chain(&self.too_much);
        lines.map(|(rule, _)| *rule).collect()
    }

    #[must_use]
    pub fn only(mut self, rule: RuleId) -> Self {
        self.missing.retain(|(of, _)| *of == rule);
        self.too_much.retain(|(of, _)| *of == rule);
        self
    }

    pub fn told(&self, simulated: &Simulated) -> String {
        let show = |what: &str, (rule, line): &Line| {
            let subject = line.split(' ').next().unwrap_or_default();
            let story = simulated.story(subject);
            format!("  {what} {rule} {line} {story}\n")
        };
        let missing = self.missing.iter().map(|line| show("missing ", line));
        let too_much = self.too_much.iter().map(|line| show("too much", line));
        missing.chain(too_much).collect()
    }
}

/// The company with as few deeds as show that `differs` still.
pub fn smallest(simulated: &Simulated, differs: impl Fn(&Simulated) -> bool) -> Simulated {
    let mut small = simulated.clone();
    let mut step = small.deeds.len().div_ceil(2);
    loop {
        let mut from = 0;
        while from < small.deeds.len() {
            let mut fewer = small.clone();
            let until = (from + step).min(fewer.deeds.len());
            fewer.deeds.drain(from..until);
            if differs(&fewer) {
                small = fewer;
            } else {
                from += step;
            }
        }
        if step <= 1 {
            return small;
        }
        step = step.div_ceil(2);
    }
}

/// How often each rule was told, by status, and how often nearly.
#[derive(Default)]
pub struct Tally {
    told: BTreeMap<(RuleId, &'static str), usize>,
    nearly: BTreeMap<RuleId, usize>,
}

impl Tally {
    pub fn of(simulated: &Simulated, expected: &[Expected]) -> Self {
        let mut tally = Tally::default();
        for one in expected {
            let count = tally.told.entry((one.rule, one.status.as_str()));
            *count.or_default() += 1;
        }
        for (rule, subject) in simulated.stories() {
            let is_told = |one: &Expected| one.rule == rule && one.subject.starts_with(&*subject);
            if !expected.iter().any(is_told) {
                *tally.nearly.entry(rule).or_default() += 1;
            }
        }
        tally
    }

    pub fn add(&mut self, other: &Tally) {
        for (key, count) in &other.told {
            *self.told.entry(*key).or_default() += count;
        }
        for (rule, count) in &other.nearly {
            *self.nearly.entry(*rule).or_default() += count;
        }
    }

    /// Subjects of the rule's own stories of which it is silent.
    pub fn near_misses(&self, rule: RuleId) -> usize {
        self.nearly.get(&rule).copied().unwrap_or_default()
    }

    pub fn count(&self, rule: RuleId, status: Status) -> usize {
        let count = self.told.get(&(rule, status.as_str()));
        count.copied().unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in RuleId::ALL {
            let count = |status| self.count(rule, status);
            writeln!(
                f,
                "{:24}{:7} open{:7} resolved{:7} exempt{:7} near misses",
                rule.as_str(),
                count(Status::Open),
                count(Status::Resolved),
                count(Status::Exempt),
                self.near_misses(rule)
            )?;
        }
        Ok(())
    }
}
