//! Facts join: whatever the order, the copies, the cuts, the shards and the crashes, the same
//! facts lead to the same findings, byte for byte.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;

use tenure::alert::{Change, merge};
use tenure::engine::{Effect, Engine, Input, StoredHome, settle};
use tenure::model::fact::Fact;
use tenure::model::finding::{Finding, RuleId, Status};
use tenure::model::id::{AccountId, Identifier, PersonId, SourceName};
use tenure::model::policy::{Baseline, DeclaredOwner, Policy, SourceSettings};
use tenure::model::time::Timestamp;

use world::facts;

mod world;

const NOW: Timestamp = Timestamp::from_seconds(500 * 86_400);

fn policy() -> Arc<Policy> {
    let link = DeclaredOwner {
        owner: Identifier::email("june@corp.example"),
        nhi: false,
    };
    let account = AccountId::parse("github:octo").expect("account");
    let bot = DeclaredOwner {
        owner: Identifier::email("jane@corp.example"),
        nhi: true,
    };
    let managed = SourceSettings {
        managed_by: Some("okta".into()),
        provisioners: ["scim-bot".into()].into(),
        ..SourceSettings::default()
    };
    let baseline = Baseline {
        department: Some("Engineering".into()),
        grants: ["okta:role:eng".into()].into(),
        ..Baseline::default()
    };
    let declared = AccountId::parse("aws:svc").expect("account");
    Arc::new(Policy {
        links: [(account, link), (declared, bot)].into(),
        sources: [(SourceName::new("okta"), managed)].into(),
        baselines: vec![baseline],
        identities: vec![["E2", "E3"].map(PersonId::new).into()],
        ..Policy::default()
    })
}

// --- a node: shards, and what outlives a crash

struct Node {
    shards: Vec<Engine>,
    /// Saved homes, as the state store would hold them.
    saved: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Node {
    fn new(shards: usize) -> Self {
        Node {
            shards: Self::engines(shards),
            saved: BTreeMap::new(),
        }
    }

    fn engines(shards: usize) -> Vec<Engine> {
        (0..shards).map(|_| Engine::new(policy())).collect()
    }

    fn take(&mut self, facts: Vec<Fact>) {
        let count = self.shards.len();
        settle(facts, count, &mut |inputs| {
            self.shards
                .iter_mut()
                .zip(inputs)
                .map(|(engine, inputs)| step(engine, inputs))
                .collect()
        });
    }

    fn tick(&mut self) -> Vec<Change> {
        let shards = self.shards.iter_mut();
        let effects = shards.flat_map(|engine| step(engine, vec![Input::Tick(NOW)]));
        let news = effects.filter_map(|effect| match effect {
            Effect::Finding(change) => Some(*change),
            _ => None,
        });
        merge(news.collect())
    }

    fn save(&mut self) {
        for engine in &mut self.shards {
            for effect in step(engine, vec![Input::Save]) {
                if let Effect::Saved { key, value, .. } = effect {
                    self.saved.insert(key, value);
                }
            }
        }
    }

    /// The process dies; another, perhaps with other shards, starts from what was saved.
    fn crash(&mut self, shards: usize) {
        self.shards = Self::engines(shards);
        for value in self.saved.values() {
            let home = StoredHome::decode(value).expect("a saved home decodes");
            let shard = usize::from(home.partition().0) % shards;
            step(
                &mut self.shards[shard],
                vec![Input::Restore(Box::new(home))],
            );
        }
    }

    fn findings(&self) -> String {
        let mut findings: Vec<&Finding> = self.shards.iter().flat_map(Engine::findings).collect();
        findings.sort_by_key(|finding| finding.finding_id);
        serde_json::to_string_pretty(&findings).expect("json")
    }
}

fn step(engine: &mut Engine, inputs: Vec<Input>) -> Vec<Effect> {
    let mut effects = Vec::new();
    engine.round(inputs, &mut effects);
    effects
}

/// The facts at once, in order, on one shard.
fn plainly(facts: &[Fact]) -> String {
    let mut node = Node::new(1);
    node.take(facts.to_vec());
    node.tick();
    node.findings()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn order_copies_cuts_and_shards_change_nothing(
        facts in facts(),
        order in proptest::collection::vec(any::<Index>(), 120),
        cuts in proptest::collection::vec(1usize..9, 1..40),
        shards in 1usize..9,
    ) {
        let expected = plainly(&facts);
        let mut arriving = facts.clone();
        // Some arrive twice, then all are shuffled.
        let copies: Vec<Fact> = order.iter().take(facts.len() / 3).filter_map(|index| {
            facts.get(index.index(facts.len())).cloned()
        }).collect();
        arriving.extend(copies);
        for (place, index) in (0..arriving.len()).zip(order.iter().cycle()) {
            let other = index.index(arriving.len());
            arriving.swap(place, other);
        }
        let mut node = Node::new(shards);
        for cut in cuts.iter().cycle() {
            if arriving.is_empty() {
                break;
            }
            let rest = arriving.split_off((*cut).min(arriving.len()));
            node.take(std::mem::replace(&mut arriving, rest));
            node.tick();
        }
        node.tick();
        prop_assert_eq!(node.findings(), expected);
    }

    #[test]
    fn a_crash_between_any_two_effects_changes_nothing(
        facts in facts(),
        saves in proptest::collection::vec(any::<bool>(), 60),
        // While catching up, much is saved before any clock has looked at it.
        ticks in proptest::collection::vec(any::<bool>(), 60),
        crashes in proptest::collection::vec((any::<Index>(), 1usize..5), 1..6),
    ) {
        let expected = plainly(&facts);
        let crash_at: BTreeMap<usize, usize> = crashes
            .iter()
            .map(|(index, shards)| (index.index(facts.len().max(1)), *shards))
            .collect();
        let mut node = Node::new(2);
        // The position up to which facts are durable moves with a save, in one batch.
        let mut durable = 0;
        for (place, fact) in facts.iter().enumerate() {
            node.take(vec![fact.clone()]);
            if ticks[place] {
                node.tick();
            }
            if saves[place] {
                node.save();
                durable = place + 1;
            }
            if let Some(shards) = crash_at.get(&place) {
                node.crash(*shards);
                for again in &facts[durable..=place] {
                    node.take(vec![again.clone()]);
                }
            }
        }
        node.tick();
        prop_assert_eq!(node.findings(), expected);
    }

    #[test]
    fn what_is_told_along_the_way_amounts_to_what_holds(facts in facts()) {
        let mut node = Node::new(3);
        let mut told: BTreeMap<_, Finding> = BTreeMap::new();
        for fact in &facts {
            node.take(vec![fact.clone()]);
            for change in node.tick() {
                told.insert(change.finding.finding_id, change.finding);
            }
        }
        let holds: Vec<Finding> = serde_json::from_str(&node.findings()).expect("findings");
        let stands = |finding: &Finding| match finding.status {
            Status::Withdrawn => false,
            // A silence that ended is told and let go.
            Status::Resolved => finding.rule != RuleId::SourceSilent,
            _ => true,
        };
        let told: Vec<Finding> = told.into_values().filter(stands).collect();
        prop_assert_eq!(told, holds);
    }
}
