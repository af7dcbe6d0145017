//! A node of some shards under one rule, and the check that every story goes through.

use std::sync::Arc;

use tenure::engine::{Effect, Engine, Input, settle};
use tenure::model::fact::Fact;
use tenure::model::finding::{Finding, RuleId, Status};
use tenure::model::id::EventUid;
use tenure::model::policy::Policy;
use tenure::model::time::Timestamp;

pub fn hour(hour: i64) -> Timestamp {
    Timestamp::from_seconds(hour * 3_600)
}

/// A minute past the hour: just on the other side of a deadline.
pub fn minute_past(at: i64) -> Timestamp {
    Timestamp::from_seconds(at * 3_600 + 60)
}

pub fn uid(at: Timestamp) -> EventUid {
    let mut uid = [0; 16];
    uid[8..].copy_from_slice(&at.as_micros().to_be_bytes());
    EventUid(uid)
}

/// `policy` with this rule and no other.
pub fn only(rule: RuleId, mut policy: Policy) -> Policy {
    for (id, settings) in &mut policy.rules {
        settings.enabled = *id == rule;
    }
    policy
}

pub struct Node(Vec<Engine>);

impl Node {
    pub fn new(policy: &Policy, shards: usize) -> Self {
        let policy = Arc::new(policy.clone());
        Node((0..shards).map(|_| Engine::new(policy.clone())).collect())
    }

    pub fn take(&mut self, facts: Vec<Fact>) {
        let count = self.0.len();
        settle(facts, count, &mut |inputs| {
            let step = |(engine, inputs): (&mut Engine, Vec<Input>)| {
                let mut effects = Vec::new();
                engine.round(inputs, &mut effects);
                effects
            };
            self.0.iter_mut().zip(inputs).map(step).collect()
        });
    }

    /// What is news at `now`.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Finding> {
        let mut effects = Vec::new();
        for engine in &mut self.0 {
            engine.step(Input::Tick(now), &mut effects);
        }
        let news = effects.into_iter().filter_map(|effect| match effect {
            Effect::Finding(change) => Some(change.finding),
            Effect::Send(fact) => panic!("a tick sends {fact:?}"),
            _ => None,
        });
        news.collect()
    }

    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.0.iter().flat_map(Engine::findings).cloned().collect();
        findings.sort_by(|a, b| (a.opened_at, &a.subject).cmp(&(b.opened_at, &b.subject)));
        findings
    }
}

/// Subject, opened, resolved: in hours.
pub type Expected<'a> = (&'a str, i64, Option<i64>);

pub fn check(policy: &Policy, facts: &[Fact], now: i64, expected: &[Expected<'_>]) -> Vec<Finding> {
    check_at(policy, facts, hour(now), expected)
}

pub fn check_at(
    policy: &Policy,
    facts: &[Fact],
    now: Timestamp,
    expected: &[Expected<'_>],
) -> Vec<Finding> {
    let mut first: Option<Vec<Finding>> = None;
    for shards in [1, 8] {
        let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
        for facts in [facts, &backwards] {
            let mut at_once = Node::new(policy, shards);
            at_once.take(facts.to_vec());
            at_once.tick(now);
            let mut one_by_one = Node::new(policy, shards);
            for fact in facts {
                one_by_one.take(vec![fact.clone()]);
                one_by_one.tick(now);
            }
            for node in [at_once, one_by_one] {
                let found = node.findings();
                assert_eq!(shown(&found), expected, "at {now} on {shards}: {facts:#?}");
                let first = first.get_or_insert_with(|| found.clone());
                assert_eq!(*first, found, "whatever the order");
            }
        }
    }
    first.unwrap_or_default()
}

fn shown(findings: &[Finding]) -> Vec<Expected<'_>> {
    let hours = |time: Timestamp| time.as_micros() / 3_600_000_000;
    let shown = findings.iter().map(|finding| {
        let resolved = finding.resolved_at.map(hours);
        assert_eq!(finding.status == Status::Resolved, resolved.is_some());
        assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty());
        (&*finding.subject, hours(finding.opened_at), resolved)
    });
    shown.collect()
}
