//! Running a case: its records through the normalizer and the engine, its clock, and what is told.
//!
//! Besides in the given order a case runs backwards, with every record twice, and shuffled, on
//! several shards: in the end the same must stand, whatever was withdrawn on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use similar::TextDiff;

use crate::alert::{self, ChangeKind};
use crate::engine::{Effect, Engine, Input, settle};
use crate::model::fact::{Delivered, Fact};
use crate::model::finding::{Finding, FindingId, RuleId, Severity, Status};
use crate::model::policy::Policy;
use crate::model::record::Record;
use crate::model::time::Timestamp;
use crate::normalize::{Mappings, Normalizer};

use super::case::{Case, Expected, Step, Told};

/// What a case came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What is not as expected, each with the line of its step.
    pub differences: Vec<Difference>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub line: usize,
    /// What it is about, as the beginning of a sentence.
    pub what: String,
    /// Line by line; a line that is missing begins with `-`, one too many with `+`.
    pub diff: String,
}

impl Outcome {
    pub fn is_good(&self) -> bool {
        self.differences.is_empty()
    }
}

/// What a record became, and when it arrived.
struct Arrived {
    facts: Vec<Fact>,
}

/// Runs `case` of `rule`; under `policy` unless it has its own.
pub fn run(rule: RuleId, case: &Case, policy: &Arc<Policy>, mappings: &Arc<Mappings>) -> Outcome {
    let policy = case.policy.as_ref().unwrap_or(policy);
    let mut outcome = Outcome::default();
    let mut normalizer = Normalizer::new(mappings.clone());
    let mut node = Node::new(policy, 1);
    let mut arrived = Vec::new();
    let rules = rules_of(rule, case);
    for step in &case.steps {
        if let Some(told) = &step.record {
            let normalized = read(&mut normalizer, step, told);
            outcome.differences.extend(normalized.1);
            node.take(normalized.0.facts.clone());
            arrived.push(normalized.0);
        }
        node.tick(step.now);
        if let Some(expected) = &step.expect {
            let found = node.told.values().filter(|it| rules.contains(&it.rule));
            let difference = compared(expected, found);
            outcome
                .differences
                .extend(difference.map(|diff| Difference {
                    line: step.line,
                    what: "what is told is not as expected".to_owned(),
                    diff,
                }));
        }
    }
    outcome
        .differences
        .extend(reordered(case, policy, &node, &arrived));
    outcome
}

/// The rule itself and those that the case's expectations name.
fn rules_of(rule: RuleId, case: &Case) -> BTreeSet<RuleId> {
    let expected = case.steps.iter().filter_map(|step| step.expect.as_ref());
    let named = expected.flatten().map(|expected| expected.rule);
    named.chain([rule]).collect()
}

/// The record's facts. One that says nothing, or nothing that its mapping knows, is a mistake of
/// whoever wrote the case.
fn read(normalizer: &mut Normalizer, step: &Step, told: &Told) -> (Arrived, Option<Difference>) {
    let record = Record {
        offset: 0,
        received_at: Some(step.now),
        raw: told.raw.clone(),
        broken: None,
    };
    let normalized = normalizer.normalize(&told.source, &record);
    let wrong = match (&normalized.reject, normalized.unmapped.first()) {
        (Some(reject), _) => Some(format!("{}: {}", reject.reason, reject.detail)),
        (None, Some(action)) => Some(format!("no mapping names `{action}`")),
        (None, None) => None,
    };
    let wrong = wrong.map(|why| Difference {
        line: step.line,
        what: format!("the record is none of {}", told.source),
        diff: format!("{why}\n{}\n", String::from_utf8_lossy(&told.raw)),
    });
    let newest = normalized.events.iter().map(|event| Delivered {
        at: event.time,
        event: event.uid,
    });
    let delivered = newest
        .max()
        .map(|newest| Fact::Source(told.source.clone(), newest));
    let mut facts = normalized.facts;
    facts.extend(delivered);
    (Arrived { facts }, wrong)
}

/// What stands in the end must not depend on the order in which records came.
fn reordered(
    case: &Case,
    policy: &Arc<Policy>,
    given: &Node,
    arrived: &[Arrived],
) -> Option<Difference> {
    let end = case.steps.last()?;
    let expected = given.standing();
    for (how, order, shards) in orders(arrived.len()) {
        let mut node = Node::new(policy, shards);
        for place in order {
            node.take(
                arrived
                    .get(place)
                    .map_or_else(Vec::new, |one| one.facts.clone()),
            );
            node.tick(end.now);
        }
        let found = node.standing();
        if found != expected {
            return Some(Difference {
                line: end.line,
                what: format!("other findings stand where the records came {how}"),
                diff: diff(&expected, &found),
            });
        }
    }
    None
}

/// Orders of so many records, each with how many shards take them.
fn orders(count: usize) -> Vec<(&'static str, Vec<usize>, usize)> {
    let twice = (0..count).flat_map(|place| [place, place]).collect();
    let backwards = (0..count).rev().collect();
    let mut shuffled: Vec<usize> = (0..count).chain(0..count).collect();
    // The same order in each run: a case that fails once fails again.
    let mut state = 0x9e37_79b9_u64;
    for place in (1..shuffled.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let other = usize::try_from(state >> 33).unwrap_or_default() % (place + 1);
        shuffled.swap(place, other);
    }
    vec![
        ("twice each", twice, 1),
        ("backwards", backwards, 4),
        ("shuffled, and some twice", shuffled, 3),
    ]
}

/// A node in memory, and what it has told so far.
struct Node {
    shards: Vec<Engine>,
    told: BTreeMap<FindingId, Finding>,
}

impl Node {
    fn new(policy: &Arc<Policy>, shards: usize) -> Self {
        Node {
            shards: (0..shards).map(|_| Engine::new(policy.clone())).collect(),
            told: BTreeMap::new(),
        }
    }

    fn take(&mut self, facts: Vec<Fact>) {
        let count = self.shards.len();
        settle(facts, count, &mut |inputs| {
            let step = |(engine, inputs): (&mut Engine, Vec<Input>)| {
                let mut effects = Vec::new();
                engine.round(inputs, &mut effects);
                effects
            };
            self.shards.iter_mut().zip(inputs).map(step).collect()
        });
    }

    fn tick(&mut self, now: Timestamp) {
        let mut effects = Vec::new();
        for engine in &mut self.shards {
            engine.step(Input::Tick(now), &mut effects);
        }
        let changes = effects.into_iter().filter_map(|effect| match effect {
            Effect::Finding(change) => Some(*change),
            _ => None,
        });
        for change in alert::merge(changes.collect()) {
            let mut finding = change.finding;
            if change.kind == ChangeKind::Withdrawn {
                finding.status = Status::Withdrawn;
            }
            self.told.insert(finding.finding_id, finding);
        }
    }

    /// What stands, withdrawn findings aside, one a line.
    fn standing(&self) -> String {
        let findings = self.shards.iter().flat_map(Engine::findings);
        lines(findings.map(|finding| line_of(finding, Some(finding.severity))))
    }
}

/// The difference, if there is one.
fn compared<'f>(expected: &[Expected], found: impl Iterator<Item = &'f Finding>) -> Option<String> {
    let found: Vec<&Finding> = found.collect();
    // A severity counts where the case speaks of it.
    let speaks = |finding: &Finding| {
        let mut same = expected.iter();
        let same = same.find(|one| {
            (one.rule, &*one.subject, one.opened_at)
                == (finding.rule, &*finding.subject, finding.opened_at)
        });
        same.and_then(|one| one.severity).is_some()
    };
    let found = found.into_iter().map(|finding| {
        let severity = speaks(finding).then_some(finding.severity);
        line_of(finding, severity)
    });
    let (found, expected) = (lines(found), lines(expected.iter().map(Expected::line)));
    (found != expected).then(|| diff(&expected, &found))
}

fn diff(expected: &str, found: &str) -> String {
    let lines = TextDiff::from_lines(expected, found);
    let mut shown = String::new();
    for change in lines.iter_all_changes() {
        shown += &format!("{} {}", change.tag(), change.value());
    }
    shown
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.concat()
}

fn line_of(finding: &Finding, severity: Option<Severity>) -> String {
    Expected {
        rule: finding.rule,
        subject: finding.subject.to_string(),
        status: finding.status,
        severity,
        opened_at: finding.opened_at,
        resolved_at: finding.resolved_at,
    }
    .line()
}

impl Expected {
    /// As a line of the difference, in the words of a rule file.
    fn line(&self) -> String {
        let mut line = format!(
            "{}: {}, {}, opened_at: {}",
            self.rule,
            self.subject,
            self.status.as_str(),
            self.opened_at
        );
        if let Some(resolved_at) = self.resolved_at {
            line += &format!(", resolved_at: {resolved_at}");
        }
        if let Some(severity) = self.severity {
            line += &format!(", severity: {}", severity.as_str());
        }
        line + "\n"
    }
}

#[cfg(test)]
mod agreement;
