//! The two lanes behind normalising: what goes to the archive, and what goes to the homes.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::normalizers::{Passed, Understood};
use super::outgoing::DeadLetter;
use super::retention::Due;
use crate::evidence::datasets::ToldLink;
use crate::io::archive::{AccessSnapshot, DatasetFile, PeopleSnapshot};
use crate::io::intake::Arrival;
use crate::model::event::Normalized;
use crate::model::fact::Fact;
use crate::model::id::SourceName;
use crate::model::record::{Offset, Record, Stream};
use crate::model::time::Timestamp;

/// For the archive.
pub enum ForArchive {
    Records {
        stream: Stream,
        source: SourceName,
        records: Vec<Record>,
        normalized: Vec<Normalized>,
    },
    /// The day's snapshot of live access.
    Access(AccessSnapshot),
    /// The day's snapshot of people.
    People(PeopleSnapshot),
    /// Rows of a dataset. Answered once they are durable.
    File(DatasetFile, Sender<()>),
    /// Whose each account is now: what the archive says otherwise is put down. At this time.
    Links(Vec<ToldLink>, Timestamp),
    /// Files that retention lets go.
    LetGo(Box<Due>),
    /// Streams that go to somebody else: what is open of them is closed.
    Release(Vec<Stream>, Arc<Released>),
}

/// For the homes.
pub enum ForHomes {
    Facts {
        stream: Stream,
        facts: Vec<Fact>,
        dead: Vec<DeadLetter>,
        next: Offset,
        /// Time of the newest event.
        newest: Option<Timestamp>,
    },
    /// Reading of the stream begins here.
    Begins {
        stream: Stream,
        next: Offset,
    },
    /// The stream is read to its end, for now.
    CaughtUp(Stream),
    /// The stream is ours, and may have records to catch up with.
    Assigned(Vec<Stream>),
    Release(Vec<Stream>, Arc<Released>),
}

/// Answers the edge when both lanes have let go.
pub struct Released(Sender<()>);

impl Drop for Released {
    fn drop(&mut self) {
        // An edge that does not wait any more needs no answer.
        if self.0.send(()).is_err() {
            tracing::debug!("released partitions that nobody waited for");
        }
    }
}

/// Divides what passes between the lanes until it ends or a lane is closed.
pub fn divide(passed: &Receiver<Passed>, archive: &Sender<ForArchive>, homes: &Sender<ForHomes>) {
    for one in passed {
        let open = match one {
            Passed::Understood(understood) => divide_records(*understood, archive, homes),
            Passed::Other(arrival) => divide_other(arrival, archive, homes),
        };
        if !open {
            return;
        }
    }
}

fn divide_records(
    understood: Understood,
    archive: &Sender<ForArchive>,
    homes: &Sender<ForHomes>,
) -> bool {
    let Understood {
        stream,
        source,
        records,
        normalized,
        facts,
    } = understood;
    let Some(next) = records.last().map(|last| last.offset + 1) else {
        return true;
    };
    let rejected = records
        .iter()
        .zip(&normalized)
        .filter_map(|(record, normalized)| {
            let reject = normalized.reject.as_ref()?;
            Some(DeadLetter::new(&stream, record, reject))
        });
    let dead = rejected.collect();
    let newest = normalized
        .iter()
        .flat_map(|one| &one.events)
        .map(|event| event.time)
        .max();
    let facts = ForHomes::Facts {
        stream: stream.clone(),
        facts,
        dead,
        next,
        newest,
    };
    let records = ForArchive::Records {
        stream,
        source,
        records,
        normalized,
    };
    homes.send(facts).is_ok() && archive.send(records).is_ok()
}

fn divide_other(arrival: Arrival, archive: &Sender<ForArchive>, homes: &Sender<ForHomes>) -> bool {
    match arrival {
        Arrival::Position { stream, .. } => homes.send(ForHomes::CaughtUp(stream)).is_ok(),
        Arrival::Begins { stream, next } => homes.send(ForHomes::Begins { stream, next }).is_ok(),
        Arrival::Assigned(streams) => homes.send(ForHomes::Assigned(streams)).is_ok(),
        Arrival::Revoked(streams, answer) => {
            let released = Arc::new(Released(answer));
            let for_archive = ForArchive::Release(streams.clone(), released.clone());
            homes.send(ForHomes::Release(streams, released)).is_ok()
                && archive.send(for_archive).is_ok()
        }
        Arrival::Lost(what) => {
            tracing::warn!("{what}");
            true
        }
        Arrival::Restored(what) => {
            tracing::info!("{what}");
            true
        }
        Arrival::Batch(_) | Arrival::End => true,
    }
}
