//! What librdkafka calls back with, kept for the consumer's own loop to take.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

use crate::model::record::{Offset, Stream};

/// A change of the group that the loop has to answer.
pub enum Rebalance {
    Assign(Vec<Stream>),
    Revoke(Vec<Stream>),
}

/// Where a partition begins and ends on the broker, as of the last statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    pub low: Offset,
    pub high: Offset,
}

#[derive(Default)]
pub struct Context {
    rebalances: Mutex<VecDeque<Rebalance>>,
    watermarks: Mutex<BTreeMap<Stream, Watermarks>>,
    /// Statistics in a row, one a second, that showed no broker we are connected to.
    silent: AtomicU32,
    /// The client is being closed: nobody takes rebalances from here any more.
    closing: AtomicBool,
}

impl Context {
    pub fn next_rebalance(&self) -> Option<Rebalance> {
        lock(&self.rebalances).pop_front()
    }

    pub fn take_watermarks(&self) -> BTreeMap<Stream, Watermarks> {
        std::mem::take(&mut *lock(&self.watermarks))
    }

    /// Seconds without a connection to any broker.
    pub fn silent_seconds(&self) -> u32 {
        self.silent.load(Ordering::Relaxed)
    }

    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    /// The same arrives as the result of a poll.
    fn error(&self, _error: KafkaError, _reason: &str) {}

    fn stats(&self, statistics: Statistics) {
        let mut brokers = statistics.brokers.values();
        if brokers.any(|broker| broker.state == "UP") {
            self.silent.store(0, Ordering::Relaxed);
        } else {
            self.silent.fetch_add(1, Ordering::Relaxed);
        }
        let partitions = statistics.topics.iter().flat_map(|(name, topic)| {
            let partitions = topic.partitions.iter();
            partitions.filter_map(move |(number, partition)| {
                let (low, high) = (partition.lo_offset, partition.hi_offset);
                let stream = Stream {
                    topic: name.as_str().into(),
                    partition: *number,
                };
                // Negative: not known yet.
                (low >= 0 && high >= 0).then_some((stream, Watermarks { low, high }))
            })
        });
        lock(&self.watermarks).extend(partitions);
    }
}

impl ConsumerContext for Context {
    /// Only takes note: the loop answers once it has delivered what it holds.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        if self.closing.load(Ordering::Relaxed) {
            let released = match consumer.rebalance_protocol() {
                RebalanceProtocol::Cooperative => consumer.incremental_unassign(partitions),
                RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.unassign(),
            };
            if let Err(error) = released {
                tracing::warn!("failed to give partitions back while leaving the group: {error}");
            }
            return;
        }
        let elements = partitions.elements();
        let streams = elements.iter().map(|element| Stream {
            topic: element.topic().into(),
            partition: element.partition(),
        });
        let streams = streams.collect();
        lock(&self.rebalances).push_back(match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assign(streams),
            _ => Rebalance::Revoke(streams),
        });
    }
}

pub fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", "{facility}: {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::info!(target: "librdkafka", "{facility}: {message}");
        }
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", "{facility}: {message}"),
    }
}

/// What is behind these locks is whole between any two statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
