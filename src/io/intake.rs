//! What an edge delivers: a closed set, over one bounded channel.

#![expect(
    clippy::disallowed_methods,
    reason = "an edge that polls has nothing to wait for but the next time to look"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use crate::model::id::SourceName;
use crate::model::limits::{BATCH_BYTES, BATCH_RECORDS_MAX};
use crate::model::record::{Batch, Offset, Record, Stream};

/// How long a full channel or an idle edge waits before it looks at `stop` again.
pub const STOP_CHECK: Duration = Duration::from_millis(50);

/// One thing that happened at the edge, in the order in which it happened.
#[derive(Debug)]
pub enum Arrival {
    /// Consecutive records of one stream.
    Batch(Batch),
    /// Everything before `next` is delivered, and there is no more for now.
    Position {
        stream: Stream,
        source: SourceName,
        next: Offset,
    },
    /// Reading of the stream begins here. Durable before the first record comes, so that a start
    /// that was looked up (the newest record, a time) stays the same over restarts.
    Begins { stream: Stream, next: Offset },
    /// A replay's directory is read to the end. Nothing follows.
    End,
    /// These partitions are ours from now on.
    Assigned(Vec<Stream>),
    /// These partitions go to someone else once what was delivered of them is durable: then
    /// answer. The edge waits for the answer, though not for ever.
    Revoked(Vec<Stream>, Sender<()>),
    /// Trouble worth a log line and a metric: said once when it begins.
    Lost(String),
    /// Trouble that [`Arrival::Lost`] told of is over.
    Restored(String),
}

/// Told to stop, or nobody listens any more: the edge gives up its work where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("told to stop")]
pub struct Stopped;

/// The sending end that an edge holds.
#[derive(Clone, Debug)]
pub struct Outlet {
    arrivals: Sender<Arrival>,
    stop: Arc<AtomicBool>,
}

impl Outlet {
    pub fn new(arrivals: Sender<Arrival>, stop: Arc<AtomicBool>) -> Self {
        Outlet { arrivals, stop }
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits for room, as long as nobody says stop.
    pub fn send(&self, arrival: Arrival) -> Result<(), Stopped> {
        let mut waiting = Some(arrival);
        while let Some(arrival) = waiting.take() {
            waiting = self.offer(arrival)?;
        }
        Ok(())
    }

    /// Waits a moment for room; gives the arrival back where there was none.
    pub fn offer(&self, arrival: Arrival) -> Result<Option<Arrival>, Stopped> {
        if self.stopped() {
            return Err(Stopped);
        }
        match self.arrivals.send_timeout(arrival, STOP_CHECK) {
            Ok(()) => Ok(None),
            Err(SendTimeoutError::Timeout(arrival)) => Ok(Some(arrival)),
            Err(SendTimeoutError::Disconnected(_)) => Err(Stopped),
        }
    }

    /// Sends records as batches within the limits.
    pub fn send_records(
        &self,
        stream: &Stream,
        source: &SourceName,
        records: Vec<Record>,
    ) -> Result<(), Stopped> {
        for records in batches(records) {
            self.send(Arrival::Batch(Batch {
                stream: stream.clone(),
                source: source.clone(),
                records,
            }))?;
        }
        Ok(())
    }

    pub fn lost(&self, what: impl Into<String>) -> Result<(), Stopped> {
        self.send(Arrival::Lost(what.into()))
    }

    /// Sleeps in short steps.
    pub fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        let mut left = duration;
        while !left.is_zero() {
            if self.stopped() {
                return Err(Stopped);
            }
            let step = left.min(STOP_CHECK);
            std::thread::sleep(step);
            left -= step;
        }
        Ok(())
    }
}

/// Cuts records into batches of at most [`BATCH_RECORDS_MAX`], each closed at [`BATCH_BYTES`].
pub(super) fn batches(records: Vec<Record>) -> Vec<Vec<Record>> {
    let bytes: usize = records.iter().map(|record| record.raw.len()).sum();
    if records.is_empty() {
        return Vec::new();
    }
    if records.len() <= BATCH_RECORDS_MAX && bytes <= BATCH_BYTES {
        return vec![records];
    }
    let mut all = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for record in records {
        bytes += record.raw.len();
        batch.push(record);
        if batch.len() == BATCH_RECORDS_MAX || bytes >= BATCH_BYTES {
            all.push(std::mem::take(&mut batch));
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        all.push(batch);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(count: i64, bytes: usize) -> Vec<Record> {
        (0..count)
            .map(|offset| Record {
                offset,
                received_at: None,
                raw: vec![b'x'; bytes],
                broken: None,
            })
            .collect()
    }

    #[test]
    fn batches_stay_within_their_limits_and_lose_nothing() {
        for (count, bytes, expected) in [
            (0, 1, vec![]),
            (1_024, 1, vec![1_024]),
            (2_050, 1, vec![1_024, 1_024, 2]),
            (3, BATCH_BYTES, vec![1, 1, 1]),
            (5, BATCH_BYTES / 2, vec![2, 2, 1]),
        ] {
            let cut = batches(records(count, bytes));
            let sizes: Vec<usize> = cut.iter().map(Vec::len).collect();
            assert_eq!(sizes, expected, "{count} of {bytes} bytes");
            let offsets: Vec<i64> = cut.iter().flatten().map(|record| record.offset).collect();
            assert_eq!(offsets, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_full_channel_does_not_hold_up_a_stop() {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let outlet = Outlet::new(sender, stop.clone());
        assert_eq!(outlet.lost("first"), Ok(()));
        assert!(matches!(outlet.offer(Arrival::End), Ok(Some(Arrival::End))));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(outlet.lost("second"), Err(Stopped));
        assert_eq!(outlet.pause(Duration::from_mins(1)), Err(Stopped));
        drop(receiver);
    }

    #[test]
    fn an_edge_stops_when_nobody_listens() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        drop(receiver);
        let outlet = Outlet::new(sender, Arc::default());
        assert_eq!(outlet.lost("nobody"), Err(Stopped));
    }
}
