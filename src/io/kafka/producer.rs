//! Writes findings and dead letters; nothing counts as written before a broker says so.

#![expect(
    clippy::disallowed_methods,
    reason = "an outage is told of after a while, by the clock"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;

use super::client::{KafkaEdgeError, KafkaSettings};
use super::context::{lock, log};
use crate::io::intake::{Arrival, Outlet, STOP_CHECK, Stopped};
use crate::model::limits::{PUBLISH_IN_FLIGHT_MAX, RECORD_BYTES_MAX};
use crate::model::record::{Reject, Stream};

/// A report that is not there after this is worth a word.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);

/// One message to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    /// Messages of one key stay in order, and a compacted topic keeps the last of each.
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// All in-sync replicas have it.
    Confirmed,
    /// The broker will never take this message: too large, or a topic that cannot be.
    Refused { why: String },
}

/// Writes to the brokers, from a thread that can wait.
pub struct Publisher {
    settings: KafkaSettings,
    producer: BaseProducer<Reports>,
}

#[derive(Default)]
struct Reports(Mutex<Vec<(u64, Result<(), KafkaError>)>>);

impl Message {
    /// A record that could not be understood, as it came, with why and where from.
    pub fn dead_letter(
        topic: &str,
        stream: &Stream,
        offset: i64,
        reject: &Reject,
        raw: Vec<u8>,
    ) -> Self {
        let text = |text: String| text.into_bytes();
        Message {
            topic: topic.to_owned(),
            key: text(format!("{stream}/{offset}")),
            value: raw,
            headers: vec![
                ("reason", text(reject.reason.to_string())),
                ("detail", text(reject.detail.clone())),
                ("topic", text(stream.topic.to_string())),
                ("partition", text(stream.partition.to_string())),
                ("offset", text(offset.to_string())),
            ],
        }
    }
}

impl Publisher {
    /// Checks the settings by making a client of them; does not wait for a broker.
    pub fn new(settings: KafkaSettings) -> Result<Self, KafkaEdgeError> {
        let producer = connect(&settings)?;
        Ok(Publisher { settings, producer })
    }

    /// Writes the messages, those of one key in the order given, and waits for the word of the
    /// brokers on every one of them, through outages of any length. Told to stop, it returns what
    /// is known by then; what is missing may or may not be written, and is to be written again.
    pub fn publish(
        &mut self,
        messages: &[(u64, Message)],
        outlet: &Outlet,
    ) -> BTreeMap<u64, Published> {
        let mut settled = BTreeMap::new();
        let mut round = Round::new(outlet);
        let mut open: Vec<&(u64, Message)> = messages.iter().collect();
        while !open.is_empty() {
            if self.attempt(&open, &mut settled, &mut round).is_err() {
                return settled;
            }
            open.retain(|(id, _)| !settled.contains_key(id));
            if !open.is_empty() {
                // An idempotent producer whose promise broke ends for good: begin with another.
                if self.producer.client().fatal_error().is_some()
                    && let Ok(renewed) = connect(&self.settings)
                {
                    self.producer = renewed;
                }
                if outlet.pause(STOP_CHECK).is_err() {
                    return settled;
                }
            }
        }
        if round.told {
            let over = Arrival::Restored("Kafka takes messages again".to_owned());
            let _told_or_stopped: Result<(), Stopped> = outlet.send(over);
        }
        settled
    }

    /// Hands over everything once and waits until each has a report, good or bad.
    fn attempt(
        &mut self,
        open: &[&(u64, Message)],
        settled: &mut BTreeMap<u64, Published>,
        round: &mut Round<'_>,
    ) -> Result<(), Stopped> {
        let mut queue = open.iter().peekable();
        let mut in_flight = 0_usize;
        while in_flight > 0 || queue.peek().is_some() {
            while in_flight < PUBLISH_IN_FLIGHT_MAX
                && let Some((id, message)) = queue.next_if(|_| true)
            {
                match self.producer.send(message.record(*id)) {
                    Ok(()) => in_flight += 1,
                    Err((error, _)) => round.failed(*id, &error, settled)?,
                }
            }
            self.producer.poll(POLL);
            for (id, result) in std::mem::take(&mut *lock(&self.producer.context().0)) {
                in_flight = in_flight.saturating_sub(1);
                match result {
                    Ok(()) => {
                        round.progress = Instant::now();
                        settled.insert(id, Published::Confirmed);
                    }
                    Err(error) => round.failed(id, &error, settled)?,
                }
            }
            round.check()?;
        }
        Ok(())
    }
}

/// One call of `publish`: whether it goes on at all.
struct Round<'a> {
    outlet: &'a Outlet,
    progress: Instant,
    told: bool,
}

impl<'a> Round<'a> {
    fn new(outlet: &'a Outlet) -> Self {
        Round {
            outlet,
            progress: Instant::now(),
            told: false,
        }
    }

    fn failed(
        &mut self,
        id: u64,
        error: &KafkaError,
        settled: &mut BTreeMap<u64, Published>,
    ) -> Result<(), Stopped> {
        if is_about_the_message(error) {
            let why = error.to_string();
            settled.insert(id, Published::Refused { why });
            return Ok(());
        }
        self.tell(&format!("failed to write to Kafka, trying again: {error}"))
    }

    fn check(&mut self) -> Result<(), Stopped> {
        if self.progress.elapsed() >= PATIENCE {
            self.tell("Kafka does not confirm what is written; waiting")?;
        }
        if self.outlet.stopped() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    fn tell(&mut self, trouble: &str) -> Result<(), Stopped> {
        if !std::mem::replace(&mut self.told, true) {
            self.outlet.lost(trouble)?;
        }
        Ok(())
    }
}

impl Message {
    fn record(&self, id: u64) -> BaseRecord<'_, [u8], [u8], Box<u64>> {
        let mut headers = OwnedHeaders::new();
        for (key, value) in &self.headers {
            let value = Some(value);
            headers = headers.insert(Header { key, value });
        }
        BaseRecord::with_opaque_to(&self.topic, Box::new(id))
            .key(self.key.as_slice())
            .payload(self.value.as_slice())
            .headers(headers)
    }
}

fn is_about_the_message(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidTopic
                | RDKafkaErrorCode::InvalidRecord
        )
    )
}

fn connect(settings: &KafkaSettings) -> Result<BaseProducer<Reports>, KafkaEdgeError> {
    let bytes_max = (RECORD_BYTES_MAX + (64 << 10)).to_string();
    let config = settings.client(&[
        ("acks", "all"),
        ("enable.idempotence", "true"),
        // Never given up by the client: the outbox waits as long as it takes.
        ("message.timeout.ms", "0"),
        // Brokers have a limit of their own and tell; this one would hide theirs.
        ("message.max.bytes", &bytes_max),
    ])?;
    config
        .create_with_context(Reports::default())
        .map_err(|source| KafkaEdgeError::Client {
            role: "producer",
            source,
        })
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!("Kafka producer: {error}: {reason}");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, id: Box<u64>) {
        let result = result
            .as_ref()
            .map(drop)
            .map_err(|(error, _)| error.clone());
        lock(&self.0).push((*id, result));
    }
}
