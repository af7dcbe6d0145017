//! Where a partition begins once it is ours.

use std::time::Duration;

use rdkafka::Offset as KafkaOffset;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{TopicPartitionList, error::KafkaResult};

use super::context::Context;
use crate::config::Start;
use crate::io::intake::{Outlet, Stopped};
use crate::model::record::{Offset, Stream};

const ASK: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A place to begin at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The oldest record there is; no offset of ours can be missing.
    Oldest,
    At(Offset),
}

impl Begin {
    pub fn offset(self) -> Option<Offset> {
        match self {
            Begin::Oldest => None,
            Begin::At(offset) => Some(offset),
        }
    }
}

/// The beginning of a partition that we hold no offset of. `latest` and times are looked up at
/// once and not left to the client: until a first record were delivered there would be nothing to
/// remember, and a restart would begin at a later `latest`, skipping what came in between.
pub fn begin(
    client: &BaseConsumer<Context>,
    stream: &Stream,
    start: Start,
    outlet: &Outlet,
) -> Result<Begin, Stopped> {
    let mut told = false;
    loop {
        let asked = match start {
            Start::Earliest => return Ok(Begin::Oldest),
            Start::Latest => watermarks(client, stream).map(|(_, high)| high),
            Start::At(time) => at_time(client, stream, time.as_micros().div_euclid(1_000)),
        };
        match asked {
            Ok(offset) => return Ok(Begin::At(offset)),
            Err(error) if told => tracing::debug!("{stream} waits for its start: {error}"),
            Err(error) => {
                outlet.lost(format!(
                    "failed to look up where to start {stream}: {error}"
                ))?;
                told = true;
            }
        }
        outlet.pause(ASK_AGAIN)?;
    }
}

/// The offsets of the oldest record and of the next to come.
pub fn watermarks(
    client: &BaseConsumer<Context>,
    stream: &Stream,
) -> KafkaResult<(Offset, Offset)> {
    client.fetch_watermarks(&stream.topic, stream.partition, ASK)
}

fn at_time(client: &BaseConsumer<Context>, stream: &Stream, millis: i64) -> KafkaResult<Offset> {
    let mut times = TopicPartitionList::new();
    times.add_partition_offset(
        &stream.topic,
        stream.partition,
        KafkaOffset::Offset(millis.max(0)),
    )?;
    let found = client.offsets_for_times(times, ASK)?;
    let Some(element) = found.find_partition(&stream.topic, stream.partition) else {
        let code = rdkafka::types::RDKafkaErrorCode::UnknownPartition;
        return Err(KafkaError::OffsetFetch(code));
    };
    element.error()?;
    match element.offset() {
        KafkaOffset::Offset(offset) => Ok(offset),
        // No record is that new.
        _ => watermarks(client, stream).map(|(_, high)| high),
    }
}
