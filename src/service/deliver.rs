//! Delivering from the outbox: one thread a receiver, in order, until each entry is confirmed.
//!
//! The outbox itself is the queue. A deliverer keeps only its place in it, so a receiver that is
//! down for a week costs disk and nothing else, and a restart goes on where the state says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver as Wake, Sender};

use super::outgoing::Outgoing;
use crate::io::state::StateStore;
use crate::model::limits::DELIVERIES_PER_ROUND;

/// How long a deliverer waits before it looks again by itself.
const LOOK: Duration = Duration::from_secs(1);

/// One way out.
pub trait Deliver: Send {
    /// Whether the entry is for this way.
    fn is_for(&self, outgoing: &Outgoing) -> bool;
    /// Delivers in order; the numbers of those that are done with, confirmed or refused for good.
    /// What is left out is offered again.
    fn deliver(&mut self, entries: Vec<(u64, Outgoing)>) -> Vec<u64>;
}

/// Delivers until told to stop.
pub fn run(
    mut way: Box<dyn Deliver>,
    store: &Arc<StateStore>,
    wake: &Wake<()>,
    delivered: &Sender<Vec<u64>>,
    stop: &AtomicBool,
) {
    let mut place = Place::default();
    while !stop.load(Ordering::Relaxed) {
        let entries = place.next(way.as_ref(), store);
        let offered = entries.len();
        let done = if entries.is_empty() {
            Vec::new()
        } else {
            way.deliver(entries)
        };
        let all = done.len() == offered;
        place.done.extend(&done);
        if !done.is_empty() && delivered.send(done).is_err() {
            return;
        }
        if offered == 0 || !all {
            // Woken, or after a while; a closed channel is a service that stops.
            if wake
                .recv_timeout(LOOK)
                .is_err_and(|error| error.is_disconnected())
            {
                return;
            }
        }
    }
}

/// A deliverer's place in the outbox. What is done leaves the store only with the next commit.
#[derive(Default)]
struct Place {
    /// Everything before it is done or for others.
    from: u64,
    done: BTreeSet<u64>,
}

impl Place {
    /// The next entries for `way`.
    fn next(&mut self, way: &dyn Deliver, store: &StateStore) -> Vec<(u64, Outgoing)> {
        let mut entries = Vec::new();
        for entry in store.outbox_from(self.from) {
            let (number, bytes) = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    tracing::error!("delivery waits: {error}");
                    break;
                }
            };
            match Outgoing::decode(&bytes) {
                Ok(outgoing) if way.is_for(&outgoing) && !self.done.contains(&number) => {
                    entries.push((number, outgoing));
                }
                Ok(_) if entries.is_empty() => {
                    self.from = number + 1;
                    self.done.remove(&number);
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!("entry {number} of the outbox cannot be read: {error}");
                }
            }
            if entries.len() >= DELIVERIES_PER_ROUND {
                break;
            }
        }
        entries
    }
}
