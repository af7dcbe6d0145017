//! A node that takes records, changes its policy, and may die; and the check of every story.

use std::collections::BTreeMap;
use std::sync::Arc;

use tenure::alert::{Change, ChangeKind, merge};
use tenure::config::policy_file;
use tenure::engine::{Effect, Engine, Input, StoredHome, settle};
use tenure::model::fact::Fact;
use tenure::model::finding::{Finding, Status};
use tenure::model::id::SourceName;
use tenure::model::policy::Policy;
use tenure::model::record::Record;
use tenure::model::time::Timestamp;
use tenure::normalize::{Mappings, Normalizer};

pub type Records = Vec<(&'static str, String)>;

/// A policy of which silence, which every short story keeps, is no part.
pub fn policy(text: &str) -> Arc<Policy> {
    let text = format!("{text}\n[rules.source-silent]\nenabled = false\n");
    let checked = policy_file::parse("policy.toml", &text);
    Arc::new(
        checked
            .unwrap_or_else(|problems| panic!("{problems}"))
            .value,
    )
}

/// `03-09` or `03-09T17:00`, of 2026.
pub fn day(text: &str) -> Timestamp {
    let clock = if text.contains('T') {
        ":00Z"
    } else {
        "T00:00:00Z"
    };
    serde_json::from_value(format!("2026-{text}{clock}").into()).expect("a time")
}

pub fn facts(records: &[(&'static str, String)]) -> Vec<Vec<Fact>> {
    let mut normalizer = Normalizer::new(Arc::new(Mappings::builtin()));
    let facts = records.iter().map(|(source, raw)| {
        let record = Record {
            offset: 0,
            received_at: None,
            raw: raw.as_bytes().to_vec(),
            broken: None,
        };
        let normalized = normalizer.normalize(&SourceName::new(source), &record);
        assert_eq!(normalized.reject, None, "{raw}");
        assert!(normalized.unmapped.is_empty(), "{raw}");
        normalized.facts
    });
    facts.collect()
}

pub struct Node {
    shards: Vec<Engine>,
    /// Saved homes, as the state store would hold them.
    saved: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Node {
    pub fn new(policy: &Arc<Policy>, shards: usize) -> Self {
        let engine = |_| Engine::new(policy.clone());
        Node {
            shards: (0..shards).map(engine).collect(),
            saved: BTreeMap::new(),
        }
    }

    pub fn take(&mut self, facts: Vec<Fact>) {
        let count = self.shards.len();
        settle(facts, count, &mut |inputs| {
            let shards = self.shards.iter_mut().zip(inputs);
            shards
                .map(|(engine, inputs)| step(engine, inputs))
                .collect()
        });
    }

    pub fn tick(&mut self, now: Timestamp) -> Vec<Change> {
        let mut news = Vec::new();
        for effect in self.step_all(|| Input::Tick(now)) {
            match effect {
                Effect::Finding(change) => news.push(*change),
                Effect::Send(fact) => panic!("a tick sends {fact:?}"),
                _ => {}
            }
        }
        merge(news)
    }

    /// The process ends; another begins under a policy, which may be another than before.
    pub fn restart(&mut self, policy: &Arc<Policy>, shards: usize) {
        for effect in self.step_all(|| Input::Save) {
            if let Effect::Saved { key, value, .. } = effect {
                self.saved.insert(key, value);
            }
        }
        self.shards = Node::new(policy, shards).shards;
        for value in self.saved.values() {
            let home = StoredHome::decode(value).expect("a saved home decodes");
            let shard = usize::from(home.partition().0) % shards;
            step(
                &mut self.shards[shard],
                vec![Input::Restore(Box::new(home))],
            );
        }
        let effects = self.step_all(|| Input::PolicyChanged);
        let sent = effects.into_iter().filter_map(|effect| match effect {
            Effect::Send(fact) => Some(fact),
            _ => None,
        });
        self.take(sent.collect());
    }

    /// The days that it took to end the accounts of those who left.
    pub fn deprovisioned(&mut self, now: Timestamp) -> Vec<i64> {
        let effects = self.step_all(|| Input::Tick(now)).into_iter();
        let days = effects.filter_map(|effect| match effect {
            Effect::Deprovisioned(took) => Some(took.as_seconds() / 86_400),
            _ => None,
        });
        days.collect()
    }

    fn step_all(&mut self, input: impl Fn() -> Input) -> Vec<Effect> {
        let shards = self.shards.iter_mut();
        shards
            .flat_map(|engine| step(engine, vec![input()]))
            .collect()
    }

    pub fn findings(&self) -> Vec<Finding> {
        let all = self.shards.iter().flat_map(Engine::findings);
        let mut findings: Vec<Finding> = all.cloned().collect();
        findings.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.opened_at, finding.rule);
            key(a).cmp(&key(b)).then_with(|| a.subject.cmp(&b.subject))
        });
        findings
    }
}

fn step(engine: &mut Engine, inputs: Vec<Input>) -> Vec<Effect> {
    let mut effects = Vec::new();
    engine.round(inputs, &mut effects);
    effects
}

/// `rule subject whose opened..resolved`, the times as month and day.
pub fn shown(finding: &Finding) -> String {
    let day = |at: Timestamp| at.to_string().get(5..10).expect("a day").to_owned();
    let whose = finding.identity.as_ref().map_or("-", |it| &*it.uid);
    let resolved = finding.resolved_at.map(day);
    assert_eq!(finding.status == Status::Resolved, resolved.is_some());
    assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty());
    let opened = day(finding.opened_at);
    let resolved = resolved.unwrap_or_default();
    format!(
        "{} {} {whose} {opened}..{resolved}",
        finding.rule, finding.subject
    )
}

/// News as `opened` or `withdrawn` and the finding.
pub fn told(news: &[Change]) -> Vec<String> {
    let told = news.iter().map(|change| match change.kind {
        ChangeKind::Withdrawn => format!(
            "withdrawn {} {}",
            change.finding.rule, change.finding.subject
        ),
        kind => format!("{} {}", kind.as_str(), shown(&change.finding)),
    });
    told.collect()
}

pub fn check(rules: &str, records: &[(&'static str, String)], now: &str, expected: &[&str]) {
    let policy = policy(rules);
    let now = day(now);
    let mut first: Option<Vec<Finding>> = None;
    for shards in [1, 8] {
        let mut facts = facts(records);
        for _ in 0..2 {
            let mut at_once = Node::new(&policy, shards);
            at_once.take(facts.concat());
            at_once.tick(now);
            let mut one_by_one = Node::new(&policy, shards);
            for (place, facts) in facts.iter().enumerate() {
                one_by_one.take(facts.clone());
                one_by_one.tick(now);
                if place == records.len() / 2 {
                    one_by_one.restart(&policy, 9 - shards);
                }
            }
            one_by_one.tick(now);
            for node in [at_once, one_by_one] {
                let found = node.findings();
                let lines: Vec<String> = found.iter().map(shown).collect();
                assert_eq!(lines, expected, "on {shards}: {records:#?}");
                let first = first.get_or_insert_with(|| found.clone());
                assert_eq!(*first, found, "whatever the order");
            }
            facts.reverse();
        }
    }
}
