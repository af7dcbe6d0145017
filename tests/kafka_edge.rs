//! The Kafka edge against a real broker, which `scripts/kafka` starts and kills.

#![cfg(feature = "kafka")]
#![expect(
    clippy::disallowed_methods,
    reason = "how long a stop takes is measured"
)]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rdkafka::admin::{AdminOptions, NewPartitions};
use tenure::config::{Start, TopicPattern, Topics};
use tenure::io::intake::{Arrival, Outlet};
use tenure::io::kafka::{
    Consumer, ConsumerHandle, ConsumerSettings, KafkaSettings, Message, Published, Publisher,
};
use tenure::model::record::{Offset, Record, Reject, RejectReason, Stream};

use broker::{Broker, PATIENCE, free_ports};

mod broker;

fn numbers(range: std::ops::Range<usize>) -> impl Iterator<Item = Option<String>> {
    range.map(|n| Some(format!("{{\"n\":{n}}}")))
}

type Stored = Arc<Mutex<HashMap<Stream, Offset>>>;

/// A consumer on its thread, and everything it delivered.
struct Reading {
    arrivals: Receiver<Arrival>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    handle: ConsumerHandle,
    stored: Stored,
    records: BTreeMap<Stream, Vec<Record>>,
    assigned: Vec<Stream>,
    lost: Vec<String>,
    restored: usize,
}

impl Reading {
    fn start(settings: KafkaSettings, start: Start, stored: Stored) -> Self {
        let topics = Topics {
            patterns: vec![TopicPattern {
                before: "identity.".into(),
                after: "".into(),
            }],
            ..Topics::default()
        };
        let settings = ConsumerSettings {
            kafka: settings,
            group: "tenure-test".to_owned(),
            instance: None,
            topics,
            start,
        };
        let known = stored.clone();
        let lookup = move |stream: &Stream| known.lock().expect("lock").get(stream).copied();
        let (consumer, handle) = Consumer::new(settings, Box::new(lookup)).expect("consumer");
        let (sender, arrivals) = crossbeam_channel::bounded(4);
        let stop = Arc::new(AtomicBool::new(false));
        let outlet = Outlet::new(sender, stop.clone());
        Reading {
            arrivals,
            stop,
            thread: Some(std::thread::spawn(move || consumer.run(&outlet))),
            handle,
            stored,
            records: BTreeMap::new(),
            assigned: Vec::new(),
            lost: Vec::new(),
            restored: 0,
        }
    }

    /// Takes an arrival in as the service does: what is taken counts as durable at once.
    fn take(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Batch(batch) => {
                assert_eq!(batch.source.as_str(), "okta");
                let next = batch.records.last().expect("a record").offset + 1;
                let stream = batch.stream.clone();
                self.stored.lock().expect("lock").insert(stream, next);
                self.handle.commit([(batch.stream.clone(), next)]);
                self.records
                    .entry(batch.stream)
                    .or_default()
                    .extend(batch.records);
            }
            Arrival::Begins { stream, next } | Arrival::Position { stream, next, .. } => {
                self.stored.lock().expect("lock").insert(stream, next);
            }
            Arrival::Assigned(streams) => self.assigned.extend(streams),
            Arrival::Revoked(streams, answer) => {
                self.assigned.retain(|stream| !streams.contains(stream));
                answer.send(()).expect("answer");
            }
            Arrival::Lost(why) => self.lost.push(why),
            Arrival::Restored(_) => self.restored += 1,
            Arrival::End => panic!("a topic has no end"),
        }
    }

    fn until(&mut self, what: &str, done: impl Fn(&Reading) -> bool) {
        while !done(self) {
            let arrival = self.arrivals.recv_timeout(PATIENCE);
            let arrival = arrival.unwrap_or_else(|error| {
                panic!(
                    "no {what}: {error}; {} records, {:?}",
                    self.count(),
                    self.lost
                )
            });
            self.take(arrival);
        }
    }

    fn count(&self) -> usize {
        self.records.values().map(Vec::len).sum()
    }

    /// Stops the consumer; what it still delivers meanwhile is not taken.
    fn stop(mut self) -> (Stored, BTreeMap<Stream, Vec<Record>>) {
        self.end();
        (self.stored.clone(), std::mem::take(&mut self.records))
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the consumer stops cleanly");
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.end();
    }
}

/// Every offset from 0 on, once, in order.
fn assert_gapless(records: &BTreeMap<Stream, Vec<Record>>) {
    for (stream, records) in records {
        let offsets: Vec<Offset> = records.iter().map(|record| record.offset).collect();
        let expected: Vec<Offset> = (0..).take(offsets.len()).collect();
        assert_eq!(offsets, expected, "{stream}");
    }
}

fn stream(topic: &str, partition: i32) -> Stream {
    Stream {
        topic: topic.into(),
        partition,
    }
}

#[test]
fn nothing_is_lost_or_repeated_when_broker_and_consumer_die() {
    let broker = Broker::start();
    broker.create("identity.okta", 3);
    broker.produce("identity.okta", numbers(0..20_000));
    // Little is fetched ahead, so that the broker dies with most of it.
    let mut settings = broker.settings();
    for (name, value) in [
        ("queued.min.messages", "100"),
        ("queued.max.messages.kbytes", "16"),
        ("fetch.message.max.bytes", "8192"),
    ] {
        settings
            .properties
            .insert(name.to_owned(), value.to_owned());
    }
    let mut reading = Reading::start(settings, Start::Earliest, Stored::default());
    reading.until("first records", |it| it.count() > 3_000);
    broker.run(&["stop", "--hard"]);
    reading.until("word of the outage", |it| !it.lost.is_empty());
    assert!(reading.count() < 20_000, "all was read before the kill");
    broker.run(&["start"]);
    broker.produce("identity.okta", numbers(20_000..25_000));
    reading.until("records after the outage", |it| it.count() > 21_000);
    reading.until("word of its end", |it| it.restored > 0);
    assert_eq!(reading.restored, 1);
    let (stored, mut all) = reading.stop();
    broker.produce("identity.okta", numbers(25_000..30_000));
    let mut reading = Reading::start(broker.settings(), Start::Earliest, stored);
    let before: usize = all.values().map(Vec::len).sum();
    reading.until("the rest", |it| before + it.count() >= 30_000);
    let lags = reading.handle.clone();
    reading.until("positions", |_| {
        let lags = lags.lags();
        lags.len() == 3 && lags.values().all(|lag| lag.records() == 0)
    });
    let (_, rest) = reading.stop();
    for (stream, records) in rest {
        all.entry(stream).or_default().extend(records);
    }
    assert_gapless(&all);
    assert_eq!(all.values().map(Vec::len).sum::<usize>(), 30_000);
}

#[test]
fn a_broker_that_is_not_there_yet_is_waited_for() {
    let broker = Broker::start();
    broker.run(&["stop"]);
    let mut reading = Reading::start(broker.settings(), Start::Earliest, Stored::default());
    let outlet_stop = Arc::new(AtomicBool::new(false));
    let (sender, _receiver) = crossbeam_channel::unbounded();
    let outlet = Outlet::new(sender, outlet_stop);
    let mut publisher = Publisher::new(broker.settings()).expect("publisher");
    let publishing = std::thread::spawn(move || {
        let reject = Reject::new(RejectReason::InvalidJson, "at 1");
        let letter = Message::dead_letter(
            "identity.okta",
            &stream("identity.x", 2),
            7,
            &reject,
            b"{".to_vec(),
        );
        publisher.publish(&[(1, letter)], &outlet)
    });
    reading.until("word of the outage", |it| !it.lost.is_empty());
    broker.run(&["start"]);
    reading.until("the record", |it| it.count() == 1);
    let published = publishing.join().expect("publisher");
    assert_eq!(published, [(1, Published::Confirmed)].into());
    // The topic is made by the first message to it; that it was unknown until then may be told too.
    let outages = reading.lost.iter();
    let outages = outages.filter(|it| it.contains("no Kafka broker"));
    assert_eq!(outages.count(), 1, "{:?}", reading.lost);
}

#[test]
fn a_stop_is_quick_even_if_no_broker_was_ever_there() {
    let settings = KafkaSettings {
        brokers: vec![format!("127.0.0.1:{}", free_ports())],
        properties: BTreeMap::new(),
    };
    let mut publisher = Publisher::new(settings.clone()).expect("publisher");
    let mut reading = Reading::start(settings, Start::Earliest, Stored::default());
    reading.until("word of the outage", |it| !it.lost.is_empty());
    let began = Instant::now();
    drop(reading);
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, receiver) = crossbeam_channel::unbounded();
    let outlet = Outlet::new(sender, stop.clone());
    let publishing = std::thread::spawn(move || {
        let reject = Reject::new(RejectReason::Empty, "");
        let letter = Message::dead_letter("x", &stream("y", 0), 0, &reject, Vec::new());
        publisher.publish(&[(1, letter)], &outlet)
    });
    stop.store(true, Ordering::Relaxed);
    assert!(publishing.join().expect("publisher").is_empty());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    drop(receiver);
}

#[test]
fn offsets_that_are_gone_and_messages_without_values_are_told() {
    let broker = Broker::start();
    broker.create("identity.okta", 1);
    let values = numbers(0..9).chain([None]);
    broker.produce("identity.okta", values);
    let okta = stream("identity.okta", 0);
    let stored: Stored = Arc::new(Mutex::new([(okta.clone(), 2)].into()));
    broker.delete_before("identity.okta", 5);
    let mut reading = Reading::start(broker.settings(), Start::Latest, stored);
    reading.until("records", |it| it.count() == 5);
    assert!(
        reading.lost.iter().any(|it| it.contains("records 2 to 4")),
        "{:?}",
        reading.lost
    );
    let records = &reading.records[&okta];
    assert_eq!(records[0].offset, 5);
    assert!(records[0].received_at.is_some());
    let broken = records[4].broken.as_ref().map(|reject| reject.reason);
    assert_eq!(broken, Some(RejectReason::Empty));
    // A partition that comes later is read too.
    broker.admin(async |admin| {
        let more = NewPartitions::new("identity.okta", 2);
        let grown = admin.create_partitions([&more], &AdminOptions::new()).await;
        grown.expect("grow");
    });
    reading.until("second partition", |it| it.assigned.len() == 2);
}

#[test]
fn latest_is_remembered_before_the_first_record_comes() {
    let broker = Broker::start();
    broker.create("identity.okta", 1);
    broker.produce("identity.okta", numbers(0..10));
    let okta = stream("identity.okta", 0);
    let mut reading = Reading::start(broker.settings(), Start::Latest, Stored::default());
    let key = okta.clone();
    reading.until("a position", |it| {
        it.stored.lock().expect("lock").contains_key(&key)
    });
    let (stored, records) = reading.stop();
    assert!(records.is_empty());
    broker.produce("identity.okta", numbers(10..12));
    let mut reading = Reading::start(broker.settings(), Start::Latest, stored);
    reading.until("records", |it| it.count() == 2);
    assert_eq!(reading.records[&okta][0].offset, 10);
}

#[test]
fn two_members_share_the_partitions_and_lose_nothing() {
    let broker = Broker::start();
    broker.create("identity.okta", 4);
    broker.produce("identity.okta", numbers(0..4_000));
    let stored = Stored::default();
    let mut one = Reading::start(broker.settings(), Start::Earliest, stored.clone());
    one.until("all", |it| it.count() == 4_000);
    let mut two = Reading::start(broker.settings(), Start::Earliest, stored);
    while one.assigned.len() != 2 || two.assigned.len() != 2 {
        crossbeam_channel::select! {
            recv(one.arrivals) -> arrival => one.take(arrival.expect("one runs")),
            recv(two.arrivals) -> arrival => two.take(arrival.expect("two runs")),
            default(PATIENCE) => panic!("no sharing: {:?} {:?}", one.assigned, two.assigned),
        }
    }
    broker.produce("identity.okta", numbers(4_000..8_000));
    while one.count() + two.count() < 8_000 {
        crossbeam_channel::select! {
            recv(one.arrivals) -> arrival => one.take(arrival.expect("one runs")),
            recv(two.arrivals) -> arrival => two.take(arrival.expect("two runs")),
            default(PATIENCE) => panic!("no records"),
        }
    }
    let (_, mut all) = one.stop();
    for (stream, records) in two.stop().1 {
        all.entry(stream).or_default().extend(records);
    }
    assert_gapless(&all);
    assert_eq!(all.values().map(Vec::len).sum::<usize>(), 8_000);
}
