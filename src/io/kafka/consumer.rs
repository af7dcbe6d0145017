//! Reads topics as a member of a consumer group, from offsets that we keep ourselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};

use super::client::{KafkaEdgeError, KafkaSettings};
use super::context::{Context, lock};
use super::session::{Halt, Session};
use crate::config::{Start, Topics};
use crate::io::intake::{Outlet, Stopped};
use crate::model::record::{Offset, Stream};

/// The pause before a consumer that failed for good is made anew.
const RENEW_FIRST: Duration = Duration::from_secs(1);
const RENEW_MAX: Duration = Duration::from_secs(30);

/// The next record of a partition as far as we keep it: asked whenever a partition becomes ours.
pub type StoredOffset = Box<dyn Fn(&Stream) -> Option<Offset> + Send>;

/// What is read, and as whom.
#[derive(Clone, Debug)]
pub struct ConsumerSettings {
    pub kafka: KafkaSettings,
    pub group: String,
    /// A name that stays over restarts: the group then waits for us to come back instead of
    /// handing our partitions around (`group.instance.id`).
    pub instance: Option<String>,
    pub topics: Topics,
    /// Where a partition begins that we hold no offset of.
    pub start: Start,
}

/// A consumer, to be run on a thread of its own.
pub struct Consumer {
    pub(super) settings: ConsumerSettings,
    pub(super) stored: StoredOffset,
    pub(super) handle: ConsumerHandle,
    first: Option<BaseConsumer<Context>>,
}

/// What others may ask of a consumer while it runs.
#[derive(Clone, Default)]
pub struct ConsumerHandle {
    commits: Arc<Mutex<BTreeMap<Stream, Offset>>>,
    lags: Arc<Mutex<BTreeMap<Stream, Lag>>>,
}

/// How far a partition is delivered, and how far it goes on the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    pub next: Offset,
    pub high: Offset,
}

impl Consumer {
    /// Checks the settings by making a client of them; does not wait for a broker.
    pub fn new(
        settings: ConsumerSettings,
        stored: StoredOffset,
    ) -> Result<(Self, ConsumerHandle), KafkaEdgeError> {
        let handle = ConsumerHandle::default();
        let first = connect(&settings)?;
        let consumer = Consumer {
            settings,
            stored,
            handle: handle.clone(),
            first: Some(first),
        };
        Ok((consumer, handle))
    }

    /// Delivers until told to stop. Brokers that are down are waited for.
    pub fn run(mut self, outlet: &Outlet) {
        let mut delay = RENEW_FIRST;
        loop {
            let why = match self
                .first
                .take()
                .map_or_else(|| connect(&self.settings), Ok)
            {
                Ok(client) => match Session::new(&self, client, outlet).run() {
                    Halt::Stopped => return,
                    Halt::Fatal { why, worked } => {
                        if worked {
                            delay = RENEW_FIRST;
                        }
                        why
                    }
                },
                Err(error) => error.to_string(),
            };
            let waited = self.renew(outlet, &why, delay);
            if waited.is_err() {
                return;
            }
            delay = (delay * 2).min(RENEW_MAX);
        }
    }

    fn renew(&self, outlet: &Outlet, why: &str, delay: Duration) -> Result<(), Stopped> {
        lock(&self.handle.lags).clear();
        let group = &self.settings.group;
        let seconds = delay.as_secs();
        outlet.lost(format!(
            "the Kafka consumer of group `{group}` failed and begins anew in {seconds} s: {why}"
        ))?;
        outlet.pause(delay)
    }
}

impl ConsumerHandle {
    /// Tells the group how far a partition is durable: the next record to read. It shows in the
    /// tools of Kafka and decides nothing, so it is sent in the background and may get lost.
    pub fn commit(&self, offsets: impl IntoIterator<Item = (Stream, Offset)>) {
        lock(&self.commits).extend(offsets);
    }

    /// Of each partition that is ours and whose end is known, as of about a second ago.
    pub fn lags(&self) -> BTreeMap<Stream, Lag> {
        lock(&self.lags).clone()
    }

    pub(super) fn take_commits(&self) -> BTreeMap<Stream, Offset> {
        std::mem::take(&mut *lock(&self.commits))
    }

    pub(super) fn set_lags(&self, lags: BTreeMap<Stream, Lag>) {
        *lock(&self.lags) = lags;
    }
}

impl Lag {
    pub fn records(self) -> u64 {
        u64::try_from(self.high.saturating_sub(self.next)).unwrap_or(0)
    }
}

fn connect(settings: &ConsumerSettings) -> Result<BaseConsumer<Context>, KafkaEdgeError> {
    let mut config = settings.kafka.client(&[
        ("group.id", &settings.group),
        // Offsets live with the state that they belong to.
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        // The default answers an offset that is gone by reading on elsewhere, without a word.
        ("auto.offset.reset", "error"),
        ("check.crcs", "true"),
        ("enable.partition.eof", "false"),
        ("statistics.interval.ms", "1000"),
        ("allow.auto.create.topics", "false"),
    ])?;
    for (name, value) in [
        // A partition whose queue is full is looked at again after this; the default of a second
        // costs two thirds of the speed.
        ("fetch.queue.backoff.ms", "10"),
        ("partition.assignment.strategy", "cooperative-sticky"),
        // A new topic that matches a pattern is seen this soon.
        ("topic.metadata.refresh.interval.ms", "10000"),
    ] {
        if !settings.kafka.properties.contains_key(name) {
            config.set(name, value);
        }
    }
    if let Some(instance) = &settings.instance {
        config.set("group.instance.id", instance);
    }
    let client: BaseConsumer<Context> =
        config
            .create_with_context(Context::default())
            .map_err(|source| KafkaEdgeError::Client {
                role: "consumer",
                source,
            })?;
    let topics = settings.topics.subscription();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    client
        .subscribe(&names)
        .map_err(|source| KafkaEdgeError::Subscribe {
            topics: topics.join(", "),
            source,
        })?;
    Ok(client)
}
