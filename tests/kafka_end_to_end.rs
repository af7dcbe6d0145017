//! The whole service over a real Kafka: killed again and again, with the broker lost in the
//! middle, it ends where a plain run ends. None lost, none twice.

#![cfg(feature = "kafka")]
#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use serde_json::Value;

use broker::Broker;

mod broker;
mod story;

const KILLS: u64 = 20;
const PARTITIONS: i32 = 3;

/// A node of the service with a directory of its own.
struct Node {
    dir: tempfile::TempDir,
}

impl Node {
    fn new(broker: &Broker, name: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = format!(
            "[kafka]\nbrokers = \"{}\"\ngroup = \"{name}\"\nfindings_topic = \"{name}.findings\"\n\
             dead_letter_topic = \"{name}.dead-letter\"\n\n[kafka.properties]\n\
             \"session.timeout.ms\" = \"6000\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\n\
             [archive]\nsegment_age = \"1s\"\n",
            broker.address()
        );
        fs::write(dir.path().join("tenure.toml"), config).expect("config");
        Node { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(["run", "--log", "error"])
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the service starts")
    }

    /// What holds, by id, without the time at which it was noticed.
    fn findings(&self) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.path().join("tenure-data/findings.ndjson"));
        let text = text.unwrap_or_default();
        let findings = text.lines().map(|line| timeless(line.as_bytes()));
        let mut by_id = BTreeMap::new();
        for finding in findings {
            let id = finding["finding_id"].as_str().expect("an id").to_owned();
            assert!(
                by_id.insert(id, finding).is_none(),
                "a finding is there twice"
            );
        }
        by_id
    }

    /// Records archived by the commits, which must follow each other without a hole.
    fn archived(&self) -> i64 {
        let mut records = 0;
        let commits = self.path().join("tenure-data/archive/commits");
        for topic in paths(&commits) {
            for partition in paths(&topic) {
                let mut end = 0;
                for path in paths(&partition).into_iter().filter(|path| is_json(path)) {
                    let text = fs::read_to_string(&path).expect("a commit");
                    let commit: Value = serde_json::from_str(&text).expect("json");
                    assert_eq!(commit["start"], end, "{}", path.display());
                    assert_eq!(
                        commit["counts"]["gaps"],
                        serde_json::json!([]),
                        "{}",
                        path.display()
                    );
                    end = commit["end"].as_i64().expect("an end");
                    records += commit["counts"]["records"].as_i64().expect("a count");
                }
            }
        }
        records
    }

    /// Gives up only when nothing more has come for a minute: a slow machine is no failure.
    fn wait_for_all(&self, all: i64) {
        let (mut archived, mut idle) = (0, 0);
        while archived < all {
            std::thread::park_timeout(Duration::from_millis(100));
            let now = self.archived();
            idle = if now == archived { idle + 1 } else { 0 };
            archived = now;
            assert!(
                idle < 600,
                "{archived} of {all} are archived, and no more come"
            );
        }
        assert_eq!(archived, all, "nothing is archived twice");
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

fn paths(dir: &Path) -> Vec<std::path::PathBuf> {
    let Ok(listing) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = listing
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn timeless(json: &[u8]) -> Value {
    let mut finding: Value = serde_json::from_slice(json).expect("a finding");
    finding["detected_at"] = Value::Null;
    finding
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..900 {
        if done() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("still not so after a minute and a half: {what}");
}

fn stop(mut service: Child) {
    let pid = service.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill")
            .success()
    );
    assert!(service.wait().expect("it ends").success());
}

/// The records of the story to their topics; returns how many.
fn produce(broker: &Broker, share: &[(&'static str, String)]) {
    for source in ["hris", "okta"] {
        let of_source = share.iter().filter(|(of, _)| *of == source);
        let values = of_source.map(|(_, line)| Some(line.clone()));
        broker.produce(&format!("identity.{source}"), values);
    }
}

/// Everything in a topic: the last value of each key, and how many messages there were.
fn read_topic(broker: &Broker, topic: &str) -> (BTreeMap<String, Vec<u8>>, usize) {
    let mut config = broker.client();
    config
        .set("group.id", "reader")
        .set("auto.offset.reset", "earliest");
    config
        .set("enable.partition.eof", "true")
        .set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().expect("a reader");
    let metadata = consumer
        .fetch_metadata(Some(topic), broker::PATIENCE)
        .expect("metadata");
    let partitions = metadata.topics()[0].partitions().len();
    let mut list = rdkafka::TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        let beginning = rdkafka::Offset::Beginning;
        list.add_partition_offset(topic, partition.id(), beginning)
            .expect("a list");
    }
    consumer.assign(&list).expect("assigned");
    let (mut last, mut count, mut ended) = (BTreeMap::new(), 0, 0);
    while ended < partitions {
        match consumer.poll(broker::PATIENCE) {
            Some(Ok(message)) => {
                let key = String::from_utf8(message.key().expect("a key").to_vec()).expect("text");
                assert!(message.headers().is_some_and(|headers| headers.count() > 0));
                last.insert(key, message.payload().unwrap_or_default().to_vec());
                count += 1;
            }
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => panic!("failed to read {topic}: {error}"),
            None => panic!("{topic} has no end"),
        }
    }
    (last, count)
}

#[test]
fn kills_and_a_lost_broker_change_nothing() {
    let broker = Broker::start();
    for topic in ["identity.hris", "identity.okta"] {
        broker.create(topic, PARTITIONS);
    }
    let records = story::records();
    let all = i64::try_from(records.len()).expect("a count");

    let killed = Node::new(&broker, "killed");
    for (round, share) in (0..KILLS).zip(records.chunks(records.len().div_ceil(20))) {
        let mut service = killed.start();
        produce(&broker, share);
        // From before the group is joined to the middle of later commits.
        std::thread::park_timeout(Duration::from_millis(150 * round));
        if round == KILLS / 2 {
            broker.run(&["stop", "--hard"]);
            std::thread::park_timeout(Duration::from_secs(1));
            broker.run(&["start"]);
        }
        service.kill().expect("SIGKILL");
        service.wait().expect("it is dead");
    }
    let service = killed.start();
    killed.wait_for_all(all);

    let plain = Node::new(&broker, "plain");
    let other = plain.start();
    plain.wait_for_all(all);
    wait_until("both tell the same", || {
        !plain.findings().is_empty() && killed.findings() == plain.findings()
    });
    stop(other);
    stop(service);

    let expected = plain.findings();
    assert!(
        expected.len() > story::PEOPLE,
        "findings to lose: {}",
        expected.len()
    );
    assert_eq!(killed.findings(), expected);
    let broken = records.iter().filter(|(_, line)| line == "{broken").count();
    for name in ["plain", "killed"] {
        let (told, _) = read_topic(&broker, &format!("{name}.findings"));
        let holds = told.into_iter().map(|(id, value)| (id, timeless(&value)));
        let holds = holds.filter(|(_, finding)| finding["status"] != "withdrawn");
        // A silence that ended while the service caught up was news, and is kept nowhere else.
        let silence = |finding: &serde_json::Value| {
            finding["rule"] == "source-silent" && finding["status"] == "resolved"
        };
        let holds = holds.filter(|(_, finding)| !silence(finding));
        assert_eq!(
            holds.collect::<BTreeMap<_, _>>(),
            expected,
            "the topic of {name}"
        );
        let (letters, _) = read_topic(&broker, &format!("{name}.dead-letter"));
        assert_eq!(letters.len(), broken, "dead letters of {name}");
        assert!(letters.values().all(|raw| raw == b"{broken"));
    }
    let (_, messages) = read_topic(&broker, "plain.dead-letter");
    assert_eq!(messages, broken, "without a kill nothing is sent twice");
}

#[test]
fn a_broker_that_is_down_at_the_start_is_waited_for() {
    let broker = Broker::start();
    broker.create("identity.okta", 1);
    let records = story::records();
    let okta: Vec<_> = records
        .iter()
        .filter(|(source, _)| *source == "okta")
        .take(50)
        .cloned()
        .collect();
    produce(&broker, &okta);
    broker.run(&["stop", "--hard"]);
    let node = Node::new(&broker, "patient");
    let mut service = node.start();
    std::thread::park_timeout(Duration::from_secs(2));
    assert!(service.try_wait().expect("its state").is_none(), "it waits");
    broker.run(&["start"]);
    node.wait_for_all(50);
    stop(service);
}
