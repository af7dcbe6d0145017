//! The life of one consumer client: what it reads, owns and reports.

#![expect(
    clippy::disallowed_methods,
    reason = "batches are closed and the broker is looked after by the clock"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};

use super::collect::{Collector, Room};
use super::consumer::{Consumer, Lag};
use super::context::{Context, Rebalance};
use super::start::{Begin, begin, watermarks};
use crate::io::intake::{Arrival, Outlet, STOP_CHECK, Stopped, batches};
use crate::model::id::SourceName;
use crate::model::record::{Batch, Offset, Record, Stream};

/// A message waits no longer than this for others to fill its batch.
const BATCH_AGE: Duration = Duration::from_millis(20);
const HOUSEKEEPING: Duration = Duration::from_secs(1);
/// With nobody taking batches for so long, fetching is paused and the group told that we live.
const PAUSE_AFTER: Duration = Duration::from_secs(10);
/// The longest wait for what was delivered of a partition to become durable before it is let go.
/// Whoever gets it next may then read some records twice, which changes nothing.
const REVOKE_MAX: Duration = Duration::from_secs(30);
/// So long without a connection to any broker is an outage; less is a reconnect.
const OUTAGE_SECONDS: u32 = 3;

/// Why a session ended.
pub enum Halt {
    Stopped,
    /// The client is of no more use. `worked`: it had been.
    Fatal {
        why: String,
        worked: bool,
    },
}

impl From<Stopped> for Halt {
    fn from(_: Stopped) -> Self {
        Halt::Stopped
    }
}

pub struct Session<'a> {
    consumer: &'a Consumer,
    client: BaseConsumer<Context>,
    outlet: &'a Outlet,
    collector: Collector,
    collecting_since: Instant,
    owned: BTreeMap<Stream, Owned>,
    housekeeping_due: Instant,
    /// All brokers are unreachable.
    outage: bool,
    /// An owned partition lacks the offset that we want of it.
    out_of_range: bool,
    /// Troubles that have been told.
    told: BTreeSet<String>,
    worked: bool,
}

struct Owned {
    source: SourceName,
    /// `None` until the first message of a partition that is read from its oldest record.
    next: Option<Offset>,
    high: Option<Offset>,
    told: Option<Offset>,
}

impl<'a> Session<'a> {
    pub fn new(consumer: &'a Consumer, client: BaseConsumer<Context>, outlet: &'a Outlet) -> Self {
        let now = Instant::now();
        Session {
            consumer,
            client,
            outlet,
            collector: Collector::default(),
            collecting_since: now,
            owned: BTreeMap::new(),
            housekeeping_due: now + HOUSEKEEPING,
            outage: false,
            out_of_range: false,
            told: BTreeSet::new(),
            worked: false,
        }
    }

    pub fn run(mut self) -> Halt {
        let halt = loop {
            if let Err(halt) = self.step() {
                break halt;
            }
        };
        self.client.context().close();
        if matches!(halt, Halt::Fatal { .. }) {
            // The next client begins at what is stored: all that was delivered has to be in it.
            let owned: Vec<Stream> = self.owned.keys().cloned().collect();
            if self
                .flush()
                .and_then(|()| Ok(self.hand_back(&owned)?))
                .is_err()
            {
                return Halt::Stopped;
            }
        }
        halt
    }

    fn step(&mut self) -> Result<(), Halt> {
        if self.outlet.stopped() {
            return Err(Halt::Stopped);
        }
        let wait = if self.collector.is_empty() {
            STOP_CHECK
        } else {
            BATCH_AGE
        };
        let polled = match self.client.poll(wait) {
            Some(Ok(message)) => {
                if self.collector.is_empty() {
                    self.collecting_since = Instant::now();
                }
                Ok(self.collector.take(&message))
            }
            Some(Err(error)) => Err(Some(error)),
            None => Err(None),
        };
        match polled {
            Ok(Room::Left) => {}
            Ok(Room::Full) | Err(None) => self.flush()?,
            Err(Some(error)) => {
                self.flush()?;
                self.trouble(&error)?;
            }
        }
        if !self.collector.is_empty() && self.collecting_since.elapsed() >= BATCH_AGE {
            self.flush()?;
        }
        while let Some(rebalance) = self.client.context().next_rebalance() {
            self.flush()?;
            match rebalance {
                Rebalance::Assign(streams) => self.assign(&streams)?,
                Rebalance::Revoke(streams) => self.revoke(&streams)?,
            }
        }
        if Instant::now() >= self.housekeeping_due {
            self.housekeeping()?;
            self.housekeeping_due = Instant::now() + HOUSEKEEPING;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Halt> {
        for (stream, records) in self.collector.drain() {
            self.deliver(&stream, records)?;
        }
        Ok(())
    }

    fn deliver(&mut self, stream: &Stream, records: Vec<Record>) -> Result<(), Halt> {
        self.worked = true;
        if let Some((owned, last)) = self.owned.get_mut(stream).zip(records.last()) {
            owned.next = Some(last.offset.saturating_add(1));
        }
        for records in batches(records) {
            self.send(Arrival::Batch(Batch {
                stream: stream.clone(),
                source: self.source(stream),
                records,
            }))?;
        }
        Ok(())
    }

    /// Waits for room. A client that does not poll is thrown out of its group after minutes, so a
    /// long wait polls with fetching paused.
    fn send(&mut self, arrival: Arrival) -> Result<(), Stopped> {
        let began = Instant::now();
        let mut waiting = self.outlet.offer(arrival)?;
        let mut paused = None;
        while let Some(arrival) = waiting.take() {
            if paused.is_none() && began.elapsed() >= PAUSE_AFTER {
                let all = list(self.owned.keys().map(|stream| (stream, Begin::Oldest)));
                warn_of("pause fetching", on(&all, |all| self.client.pause(all)));
                paused = Some(all);
            }
            if paused.is_some()
                && let Some(Ok(message)) = self.client.poll(Duration::ZERO)
            {
                self.collector.take(&message);
            }
            waiting = self.outlet.offer(arrival)?;
        }
        if let Some(all) = paused {
            warn_of("resume fetching", on(&all, |all| self.client.resume(all)));
        }
        Ok(())
    }

    fn assign(&mut self, streams: &[Stream]) -> Result<(), Halt> {
        let mut begins = Vec::new();
        for stream in streams {
            let begin = match (self.consumer.stored)(stream) {
                Some(offset) => Begin::At(offset),
                None => begin(
                    &self.client,
                    stream,
                    self.consumer.settings.start,
                    self.outlet,
                )?,
            };
            begins.push(begin);
        }
        self.send(Arrival::Assigned(streams.to_vec()))?;
        for (stream, begin) in streams.iter().zip(&begins) {
            let owned = Owned {
                source: self.source(stream),
                next: begin.offset(),
                high: None,
                told: None,
            };
            self.owned.insert(stream.clone(), owned);
        }
        // What was looked up is remembered even if no record ever comes.
        for (stream, begin) in streams.iter().zip(&begins) {
            if let Some(next) = begin.offset() {
                let stream = stream.clone();
                self.send(Arrival::Begins { stream, next })?;
            }
        }
        let partitions = list(streams.iter().zip(begins)).map_err(|error| self.fatal(&error))?;
        let assigned = match self.client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.client.incremental_assign(&partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.client.assign(&partitions),
        };
        assigned.map_err(|error| self.fatal(&error))
    }

    /// Waits until what was delivered of the partitions is durable.
    fn hand_back(&mut self, streams: &[Stream]) -> Result<(), Stopped> {
        let (answer, answered) = crossbeam_channel::bounded(1);
        self.send(Arrival::Revoked(streams.to_vec(), answer))?;
        let began = Instant::now();
        while began.elapsed() < REVOKE_MAX {
            match answered.recv_timeout(STOP_CHECK) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if self.outlet.stopped() => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(())
    }

    fn revoke(&mut self, streams: &[Stream]) -> Result<(), Halt> {
        self.hand_back(streams)?;
        self.commit();
        for stream in streams {
            self.owned.remove(stream);
        }
        let begins = streams.iter().map(|stream| (stream, Begin::Oldest));
        let partitions = list(begins).map_err(|error| self.fatal(&error))?;
        let released = match self.client.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.client.incremental_unassign(&partitions),
            RebalanceProtocol::Eager | RebalanceProtocol::None => self.client.unassign(),
        };
        released.map_err(|error| self.fatal(&error))
    }

    fn trouble(&mut self, error: &KafkaError) -> Result<(), Halt> {
        match error {
            KafkaError::MessageConsumptionFatal(_) => Err(self.fatal(error)),
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset) => {
                self.out_of_range = true;
                self.back_in_range()
            }
            // One connection of several, or one that was idle: the client opens it again. Whether
            // any is left is seen in the statistics, which miss none.
            KafkaError::MessageConsumption(
                RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::AllBrokersDown,
            ) => {
                tracing::debug!("Kafka: {error}");
                Ok(())
            }
            _ => Ok(self.tell(format!("reading from Kafka: {error}"))?),
        }
    }

    /// Goes on at the oldest record where the one we want is gone.
    fn back_in_range(&mut self) -> Result<(), Halt> {
        let wanted: Vec<(Stream, Offset)> = self
            .owned
            .iter()
            .filter_map(|(stream, owned)| Some((stream.clone(), owned.next?)))
            .collect();
        for (stream, next) in wanted {
            let (low, high) = match watermarks(&self.client, &stream) {
                Ok(both) => both,
                // Asked again with the next housekeeping.
                Err(error) => {
                    tracing::warn!("failed to look up the range of {stream}: {error}");
                    return Ok(());
                }
            };
            let why = if next < low {
                format!(
                    "records {next} to {} were deleted before they were read",
                    low - 1
                )
            } else if next > high {
                format!("record {next} is wanted and it ends at {high}: it was cut or made anew")
            } else {
                continue;
            };
            self.send(Arrival::Lost(format!(
                "{stream}: {why}; reading on at {low}"
            )))?;
            // A partition that failed so is not fetched any more and cannot be sought in.
            let again = list([(&stream, Begin::At(low))]).and_then(|partition| {
                self.client.incremental_unassign(&partition)?;
                self.client.incremental_assign(&partition)
            });
            again.map_err(|error| self.fatal(&error))?;
            if let Some(owned) = self.owned.get_mut(&stream) {
                owned.next = Some(low);
            }
        }
        self.out_of_range = false;
        Ok(())
    }

    fn housekeeping(&mut self) -> Result<(), Halt> {
        if self.out_of_range {
            self.back_in_range()?;
        }
        self.watch_brokers()?;
        for (stream, watermarks) in self.client.context().take_watermarks() {
            if let Some(owned) = self.owned.get_mut(&stream) {
                owned.high = Some(watermarks.high);
                if owned.next.is_none() && watermarks.low == watermarks.high {
                    // Nothing was ever there, or nothing is left.
                    owned.next = Some(watermarks.high);
                }
            }
        }
        self.flush()?;
        self.tell_positions(|owned| owned.next.filter(|next| owned.high == Some(*next)))?;
        let lags = self.owned.iter().filter_map(|(stream, owned)| {
            let (next, high) = (owned.next?, owned.high?);
            Some((
                stream.clone(),
                Lag {
                    next,
                    high: high.max(next),
                },
            ))
        });
        self.consumer.handle.set_lags(lags.collect());
        self.commit();
        Ok(())
    }

    fn watch_brokers(&mut self) -> Result<(), Stopped> {
        let silent = self.client.context().silent_seconds();
        if !self.outage && silent >= OUTAGE_SECONDS {
            self.outage = true;
            let brokers = self.consumer.settings.kafka.brokers.join(", ");
            let why =
                format!("no Kafka broker can be reached (known at first: {brokers}); waiting");
            self.send(Arrival::Lost(why))?;
        } else if self.outage && silent == 0 {
            self.outage = false;
            self.told.clear();
            self.send(Arrival::Restored("Kafka can be reached again".to_owned()))?;
        }
        Ok(())
    }

    fn tell_positions(&mut self, which: impl Fn(&Owned) -> Option<Offset>) -> Result<(), Stopped> {
        let mut news = Vec::new();
        for (stream, owned) in &mut self.owned {
            if let Some(next) = which(owned)
                && owned.told.replace(next) != Some(next)
            {
                news.push(Arrival::Position {
                    stream: stream.clone(),
                    source: owned.source.clone(),
                    next,
                });
            }
        }
        news.into_iter()
            .try_for_each(|position| self.send(position))
    }

    fn commit(&self) {
        let durable = self.consumer.handle.take_commits();
        let ours = durable
            .iter()
            .filter(|(stream, _)| self.owned.contains_key(stream))
            .map(|(stream, offset)| (stream, Begin::At(*offset)));
        let committed = list(ours).and_then(|offsets| match offsets.count() {
            0 => Ok(()),
            _ => self.client.commit(&offsets, CommitMode::Async),
        });
        warn_of("commit the group's offsets", committed);
    }

    fn tell(&mut self, trouble: String) -> Result<(), Stopped> {
        if self.told.insert(trouble.clone()) {
            self.send(Arrival::Lost(trouble))?;
        }
        Ok(())
    }

    fn source(&self, stream: &Stream) -> SourceName {
        let source = self.consumer.settings.topics.source_of(&stream.topic);
        // The subscription and the sources are one table: nothing else can arrive.
        source.unwrap_or_else(|| SourceName::new(&stream.topic))
    }

    fn fatal(&self, error: &KafkaError) -> Halt {
        let reason = self.client.client().fatal_error();
        let reason = reason.map_or(String::new(), |(_, reason)| format!(" ({reason})"));
        Halt::Fatal {
            why: format!("{error}{reason}"),
            worked: self.worked,
        }
    }
}

fn list<'a>(
    streams: impl IntoIterator<Item = (&'a Stream, Begin)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (stream, begin) in streams {
        let offset = match begin {
            Begin::Oldest => KafkaOffset::Beginning,
            Begin::At(offset) => KafkaOffset::Offset(offset),
        };
        list.add_partition_offset(&stream.topic, stream.partition, offset)?;
    }
    Ok(list)
}

fn on(
    partitions: &Result<TopicPartitionList, KafkaError>,
    act: impl FnOnce(&TopicPartitionList) -> Result<(), KafkaError>,
) -> Result<(), KafkaError> {
    partitions.as_ref().map_err(Clone::clone).and_then(act)
}

/// For what changes nothing but comfort when it fails.
fn warn_of(doing: &str, result: Result<(), KafkaError>) {
    if let Err(error) = result {
        tracing::warn!("failed to {doing}: {error}");
    }
}
