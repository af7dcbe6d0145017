//! The real pipeline behind the edges: normalizers and shards, on threads.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crossbeam_channel::bounded;

use tenure::io::intake::Arrival;
use tenure::model::Text;
use tenure::model::fact::Fact;
use tenure::model::finding::Finding;
use tenure::model::id::SourceName;
use tenure::model::limits::FACTS_PER_ROUND;
use tenure::model::record::{Batch, Record, Stream};
use tenure::normalize::Mappings;
use tenure::service::normalizers::{self, Passed};
use tenure::service::shards::Shards;
use tenure::simulate::chance::Chance;
use tenure::telemetry::Metrics;

use crate::simulated::Simulated;

#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// One file a log, all of them read together as time goes by.
    AsItHappened,
    /// Shuffled, a tenth of it twice, each log in several files, cut anywhere.
    Mixed,
}

#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub order: Order,
    pub shards: usize,
}

fn batches(simulated: &Simulated, order: Order, chance: &mut Chance) -> Vec<Batch> {
    let mut records = simulated.records();
    let files = match order {
        Order::AsItHappened => 1,
        Order::Mixed => {
            let twice: Vec<_> = records
                .iter()
                .filter(|_| chance.percent(10))
                .cloned()
                .collect();
            records.extend(twice);
            shuffle(&mut records, chance);
            3
        }
    };
    let mut batches: Vec<Batch> = Vec::new();
    let mut offsets: BTreeMap<Stream, i64> = BTreeMap::new();
    for (log, raw) in records {
        let file = chance.below(files);
        let stream = Stream {
            topic: Text::from(format!("{log}/{file}.ndjson")),
            partition: 0,
        };
        let offset = offsets.entry(stream.clone()).or_default();
        let record = Record {
            offset: *offset,
            received_at: Some(simulated.now),
            raw: raw.into_bytes(),
            broken: None,
        };
        *offset += 1;
        let goes_on = batches.last_mut().filter(|batch| batch.stream == stream);
        match goes_on.filter(|batch| batch.records.len() < 64) {
            Some(batch) => batch.records.push(record),
            None => batches.push(Batch {
                stream,
                source: SourceName::new(log),
                records: vec![record],
            }),
        }
    }
    batches
}

fn shuffle<T>(records: &mut [T], chance: &mut Chance) {
    for last in (1..records.len()).rev() {
        let other = usize::try_from(chance.below(last as u64 + 1)).expect("a place");
        records.swap(last, other);
    }
}

/// What is told at the end.
pub fn tell(simulated: &Simulated, way: Way) -> Vec<Finding> {
    let mut chance = Chance::new(simulated.seed, "arrival", 0);
    let mut shards = Shards::start(way.shards, &simulated.policy).expect("threads");
    for facts in understood(batches(simulated, way.order, &mut chance)) {
        shards.join(facts);
    }
    shards.tick(simulated.now);
    shards.findings()
}

/// The facts of the batches, as many at a time as a replay joins.
pub fn understood(batches: Vec<Batch>) -> Vec<Vec<Fact>> {
    static MAPPINGS: LazyLock<Arc<Mappings>> = LazyLock::new(|| Arc::new(Mappings::builtin()));
    let mappings = MAPPINGS.clone();
    let metrics = Metrics::new(mappings.sources());
    let (sender, arrivals) = bounded(8);
    let passed = normalizers::start(arrivals, 2, &mappings, &metrics).expect("threads");
    let sending = std::thread::spawn(move || {
        for batch in batches {
            sender.send(Arrival::Batch(batch)).expect("it is taken");
        }
    });
    let mut rounds: Vec<Vec<Fact>> = vec![Vec::new()];
    for one in passed {
        let Passed::Understood(understood) = one else {
            continue;
        };
        for (record, normalized) in understood.records.iter().zip(&understood.normalized) {
            let raw = String::from_utf8_lossy(&record.raw);
            assert_eq!(normalized.reject, None, "{raw}");
        }
        let round = rounds.last_mut().expect("there is one");
        round.extend(understood.facts);
        if round.len() >= FACTS_PER_ROUND {
            rounds.push(Vec::new());
        }
    }
    sending.join().expect("all is sent");
    rounds
}
