//! The real pipeline behind the edges: normalizers and shards, on threads.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crossbeam_channel::bounded;

use tenure::io::files::{FilesSettings, ReceivedAt};
use tenure::io::intake::Arrival;
use tenure::model::Text;
use tenure::model::fact::Fact;
use tenure::model::finding::Finding;
use tenure::model::id::SourceName;
use tenure::model::limits::FACTS_PER_ROUND;
use tenure::model::record::{Batch, Record, Stream};
use tenure::normalize::Mappings;
use tenure::service::normalizers::{self, Passed};
use tenure::service::redaction;
use tenure::service::replay::{ReplaySettings, replay};
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

/// Each log's records, and in which of its files each is, as they arrive.
fn arriving(simulated: &Simulated, order: Order) -> Vec<(&'static str, u64, String)> {
    let chance = Chance::new(simulated.seed, "arrival", 0);
    let mut records = simulated.records();
    if let Order::AsItHappened = order {
        let in_one = |(log, raw)| (log, 0, raw);
        return records.into_iter().map(in_one).collect();
    }
    let twice = records.iter().filter(|_| chance.percent(10));
    let twice: Vec<_> = twice.cloned().collect();
    records.extend(twice);
    shuffle(&mut records, &chance);
    let in_several = |(log, raw)| (log, chance.below(3), raw);
    records.into_iter().map(in_several).collect()
}

fn batches(simulated: &Simulated, order: Order) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut offsets: BTreeMap<Stream, i64> = BTreeMap::new();
    for (log, file, raw) in arriving(simulated, order) {
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

/// What a whole replay of files tells, by the findings that it writes.
pub fn replayed(simulated: &Simulated, way: Way) -> Vec<Finding> {
    let dir = tempfile::tempdir().expect("a directory");
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (log, file, raw) in arriving(simulated, way.order) {
        let lines = files.entry(format!("{log}/{file}.ndjson")).or_default();
        *lines += &raw;
        lines.push('\n');
    }
    let logs = dir.path().join("logs");
    for (name, lines) in files {
        let path = logs.join(name);
        std::fs::create_dir_all(path.parent().expect("a log's")).expect("made");
        std::fs::write(path, lines).expect("written");
    }
    let mappings = Arc::new(Mappings::builtin());
    let metrics = Metrics::new(mappings.sources());
    let settings = ReplaySettings {
        files: FilesSettings {
            root: logs,
            received_at: ReceivedAt::At(simulated.now),
            known_sources: mappings.sources().into_iter().map(str::to_owned).collect(),
            poll: Duration::ZERO,
        },
        policy: simulated.policy.clone(),
        policy_text: None,
        now: Some(simulated.now),
        out: dir.path().join("out"),
        archive: None,
        signing: tenure::config::SigningKey::Own(dir.path().join("signing.key")),
        secrets: redaction::some(),
        shards: way.shards,
        threads: 2,
    };
    replay(&settings, &mappings, &metrics, &mut |_| {}).expect("a replay");
    let told = std::fs::read_to_string(dir.path().join("out/findings.ndjson")).expect("findings");
    let findings = told.lines().map(serde_json::from_str);
    findings.collect::<Result<_, _>>().expect("each is one")
}

fn shuffle<T>(records: &mut [T], chance: &Chance) {
    for last in (1..records.len()).rev() {
        let other = usize::try_from(chance.below(last as u64 + 1)).expect("a place");
        records.swap(last, other);
    }
}

/// What is told at the end.
pub fn tell(simulated: &Simulated, way: Way) -> Vec<Finding> {
    let mut shards = Shards::start(way.shards, &simulated.policy).expect("threads");
    for facts in understood(batches(simulated, way.order)) {
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
    let passed =
        normalizers::start(arrivals, 2, &mappings, &redaction::some(), &metrics).expect("threads");
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
