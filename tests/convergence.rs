//! Facts join: whatever the order, the copies, the cuts, the shards and the crashes, the same
//! facts lead to the same findings, byte for byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use tenure::alert::{Change, merge};
use tenure::engine::{Effect, Engine, Input, StoredHome, settle};
use tenure::model::fact::{
    AccountFact, AccountUse, ContractEnd, CredentialChange, CredentialFact, EmploymentEvent,
    EmploymentKind, Fact, GrantChange, GrantName, IdentifierFact, LifeChange, LifeKind, LinkReason,
    PersonFact, TicketEvent, TicketEventKind, Use, Worker,
};
use tenure::model::finding::Finding;
use tenure::model::id::{
    AccountId, CredentialId, EventUid, Identifier, PersonId, SourceName, TicketId,
};
use tenure::model::policy::{DeclaredOwner, Policy};
use tenure::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(500 * 86_400);

// --- a small world in which everything meets everything

fn time() -> impl Strategy<Value = Timestamp> {
    // Few enough for collisions at one instant, fine enough for both sides of a deadline.
    (0i64..400, 0i64..4)
        .prop_map(|(day, quarter)| Timestamp::from_seconds(day * 86_400 + quarter * 21_600))
}

fn event() -> impl Strategy<Value = EventUid> {
    any::<[u8; 2]>().prop_map(|[a, b]| EventUid([a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
}

fn account() -> impl Strategy<Value = AccountId> {
    select(vec![
        "okta:1",
        "okta:2",
        "github:octo",
        "aws:AIDA1",
        "aws:1/svc",
    ])
    .prop_map(|text| AccountId::parse(text).expect("account"))
}

fn person() -> impl Strategy<Value = PersonId> {
    select(vec!["E1", "E2"]).prop_map(PersonId::new)
}

fn identifier() -> impl Strategy<Value = Identifier> {
    select(vec!["jane@corp.example", "june@corp.example"])
        .prop_map(|text| Identifier::email(text).expect("address"))
}

fn life_change() -> impl Strategy<Value = LifeChange> {
    use LifeKind::{Activated, Created, Deactivated, Deleted, Reinstated, Suspended};
    let kinds = vec![
        Created,
        Activated,
        Reinstated,
        Suspended,
        Deactivated,
        Deleted,
    ];
    (time(), select(kinds), event()).prop_map(|(at, kind, event)| LifeChange {
        at,
        kind,
        event,
        actor: None,
    })
}

/// Credentials are unique at their source: `key` belongs to one account.
fn credential_change(key: String) -> impl Strategy<Value = CredentialChange> {
    (select(vec![None, Some("access_key")]), life_change()).prop_map(move |(kind, change)| {
        CredentialChange {
            credential: key.as_str().into(),
            kind: kind.map(Into::into),
            change,
        }
    })
}

fn account_fact(id: &AccountId) -> impl Strategy<Value = AccountFact> + use<> {
    // A name and the account that it stands for have their keys in common.
    let key = format!(
        "key-{}",
        if id.source.as_str() == "aws" {
            "aws"
        } else {
            &id.uid
        }
    );
    let used_key = key.clone();
    let used = (time(), event(), any::<bool>()).prop_map(move |(at, event, with_key)| {
        AccountFact::Used(AccountUse {
            this: Use { at, event },
            application: with_key.then(|| "mail".into()),
            credential: with_key.then(|| used_key.as_str().into()),
        })
    });
    let grant = (select(vec!["admin", "eng"]), life_change()).prop_map(|(name, change)| {
        let grant = GrantName {
            kind: "role".into(),
            name: name.into(),
        };
        AccountFact::Granted(GrantChange {
            grant,
            privileged: name == "admin",
            change,
        })
    });
    let reasons = vec![LinkReason::Email, LinkReason::Stated];
    let claim = (identifier(), select(reasons), time()).prop_map(|(identifier, reason, at)| {
        AccountFact::Claims {
            identifier,
            reason,
            at,
        }
    });
    let named = (time(), select(vec!["Jane", "svc"])).prop_map(|(at, name)| AccountFact::Named {
        at,
        name: Some(name.into()),
        email: None,
    });
    prop_oneof![
        6 => used,
        3 => life_change().prop_map(AccountFact::Life),
        1 => (time(), event()).prop_map(|(at, event)| AccountFact::Seen { at, event }),
        2 => credential_change(key).prop_map(AccountFact::Credential),
        1 => grant,
        3 => claim,
        1 => named,
    ]
}

fn employment() -> impl Strategy<Value = PersonFact> {
    use EmploymentKind::{Hire, Rehire, SnapshotTerminated, Terminate, Transfer};
    let kinds = vec![
        Hire,
        Rehire,
        Terminate,
        Terminate,
        Terminate,
        SnapshotTerminated,
        Transfer,
    ];
    (time(), time(), select(kinds), event()).prop_map(|(effective_at, recorded_at, kind, event)| {
        let worker = Worker {
            name: Some("Jane Roe".into()),
            contract_end: ContractEnd::Open,
            ..Worker::default()
        };
        PersonFact::Employment(EmploymentEvent {
            effective_at,
            recorded_at,
            kind,
            event,
            worker,
        })
    })
}

fn ticket() -> impl Strategy<Value = Fact> {
    (time(), event()).prop_map(|(at, event)| {
        let ticket = TicketEvent {
            at,
            kind: TicketEventKind::Approved,
            request: None,
            requester: None,
            approver: None,
            subject: None,
            grants: Vec::new(),
            resolution: None,
            event,
        };
        Fact::Ticket(TicketId::new("OPS-1"), ticket)
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    let alias = AccountId::parse("aws:1/svc").expect("account");
    let real = AccountId::parse("aws:AIDA1").expect("account");
    let key = CredentialId::new(&SourceName::new("okta"), "key-2");
    let other_key = key.clone();
    let owner = AccountId::parse("okta:2").expect("account");
    prop_oneof![
        12 => account().prop_flat_map(|id| {
            account_fact(&id).prop_map(move |fact| Fact::Account(id.clone(), fact))
        }),
        3 => (person(), employment()).prop_map(|(id, fact)| Fact::Person(id, fact)),
        2 => (identifier(), person())
            .prop_map(|(id, person)| Fact::Identifier(id, IdentifierFact::Person { person })),
        1 => Just(Fact::Account(alias, AccountFact::SameAs { account: real })),
        1 => credential_change("key-2".to_owned())
            .prop_map(move |change| Fact::Credential(key.clone(), CredentialFact::Change(change))),
        1 => Just(Fact::Credential(other_key, CredentialFact::Owner { account: owner })),
        1 => ticket(),
    ]
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    proptest::collection::vec(fact(), 0..60)
}

fn policy() -> Arc<Policy> {
    let link = DeclaredOwner {
        owner: Identifier::email("june@corp.example"),
        nhi: false,
    };
    let account = AccountId::parse("github:octo").expect("account");
    Arc::new(Policy {
        links: [(account, link)].into(),
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
    for input in inputs {
        engine.step(input, &mut effects);
    }
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
            (!facts.is_empty()).then(|| facts[index.index(facts.len())].clone())
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
            node.tick();
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
        let withdrawn = tenure::model::finding::Status::Withdrawn;
        let told: Vec<Finding> =
            told.into_values().filter(|finding| finding.status != withdrawn).collect();
        prop_assert_eq!(told, holds);
    }
}
