//! Gathers messages into batches, each of one partition.

use std::collections::BTreeMap;

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Timestamp as KafkaTimestamp};

use crate::model::limits::{
    BATCH_BYTES, BATCH_RECORDS_MAX, RECORD_BYTES_KEPT_OF_TOO_LARGE, RECORD_BYTES_MAX,
};
use crate::model::record::{Record, Reject, RejectReason, Stream};
use crate::model::time::Timestamp;

/// Messages that are read and not delivered yet.
#[derive(Default)]
pub struct Collector {
    open: BTreeMap<Stream, Collected>,
    /// The partition of the last message: they come in runs.
    last: Option<(Stream, Collected)>,
}

/// Whether a partition's batch may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Left,
    Full,
}

#[derive(Default)]
struct Collected {
    records: Vec<Record>,
    bytes: usize,
}

impl Collector {
    pub fn take(&mut self, message: &BorrowedMessage<'_>) -> Room {
        let record = record(message);
        let (_, collected) = self.of(message);
        collected.bytes += record.raw.len();
        collected.records.push(record);
        if collected.records.len() >= BATCH_RECORDS_MAX || collected.bytes >= BATCH_BYTES {
            Room::Full
        } else {
            Room::Left
        }
    }

    /// Everything that is held, batch by batch.
    pub fn drain(&mut self) -> Vec<(Stream, Vec<Record>)> {
        self.open.extend(self.last.take());
        let all = std::mem::take(&mut self.open).into_iter();
        all.map(|(stream, collected)| (stream, collected.records))
            .collect()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.last.is_none()
    }

    fn of(&mut self, message: &BorrowedMessage<'_>) -> &mut (Stream, Collected) {
        let same = self.last.take_if(|(stream, _)| {
            stream.partition == message.partition() && *stream.topic == *message.topic()
        });
        let current = same.unwrap_or_else(|| {
            let stream = Stream {
                topic: message.topic().into(),
                partition: message.partition(),
            };
            let collected = self.open.remove(&stream).unwrap_or_default();
            (stream, collected)
        });
        self.open.extend(self.last.take());
        self.last.insert(current)
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let millis = match message.timestamp() {
        KafkaTimestamp::CreateTime(millis) | KafkaTimestamp::LogAppendTime(millis) => Some(millis),
        KafkaTimestamp::NotAvailable => None,
    };
    let (raw, broken) = bounded(message.payload());
    Record {
        offset: message.offset(),
        received_at: millis.map(|millis| Timestamp::from_micros(millis.saturating_mul(1_000))),
        raw,
        broken,
    }
}

fn bounded(payload: Option<&[u8]>) -> (Vec<u8>, Option<Reject>) {
    let Some(payload) = payload else {
        let reject = Reject::new(RejectReason::Empty, "the message has no value");
        return (Vec::new(), Some(reject));
    };
    if payload.len() <= RECORD_BYTES_MAX {
        return (payload.to_vec(), None);
    }
    let kept = payload
        .get(..RECORD_BYTES_KEPT_OF_TOO_LARGE)
        .unwrap_or(payload);
    let detail = format!("{} bytes, of which {} are kept", payload.len(), kept.len());
    let reject = Reject::new(RejectReason::TooLarge, detail);
    (kept.to_vec(), Some(reject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_a_value_and_one_too_large_are_records_all_the_same() {
        let reason = |payload: Option<&[u8]>| bounded(payload).1.map(|reject| reject.reason);
        assert_eq!(reason(None), Some(RejectReason::Empty));
        assert_eq!(reason(Some(b"{}")), None);
        assert_eq!(reason(Some(&vec![b'x'; RECORD_BYTES_MAX])), None);
        let large = vec![b'x'; RECORD_BYTES_MAX + 1];
        assert_eq!(reason(Some(&large)), Some(RejectReason::TooLarge));
        assert_eq!(
            bounded(Some(&large)).0.len(),
            RECORD_BYTES_KEPT_OF_TOO_LARGE
        );
    }
}
