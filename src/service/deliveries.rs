//! The receivers of the outbox: a thread for each, from the start of the service to its end.

#![expect(
    clippy::disallowed_methods,
    reason = "the last deliveries get a while, looked at in steps"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::deliver::{self, Deliver};
use super::findings_lane::FindingsLane;
use super::lanes::ForArchive;
use super::normalizers::spawn;
use super::run::RunError;
use crate::config::Config;
use crate::io::state::StateStore;
use crate::telemetry::Metrics;

/// How long receivers get to confirm what is on its way once the service stops.
const LAST_DELIVERIES: Duration = Duration::from_secs(5);

/// The deliverers, and how they are told.
pub(super) struct Deliveries {
    wake: Vec<Sender<()>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Deliveries {
    /// `done` gets the numbers of entries that left the outbox; `archived` is the last one of them
    /// that the archive has.
    pub(super) fn start(
        config: &Config,
        store: &Arc<StateStore>,
        metrics: &Metrics,
        done: Sender<Vec<u64>>,
        (archived, to_archive): (Option<u64>, Sender<ForArchive>),
    ) -> Result<Self, RunError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut deliveries = Deliveries {
            wake: Vec::new(),
            stop,
            threads: Vec::new(),
        };
        for way in ways(config, metrics, &deliveries.stop)? {
            let (store, done, stop) = (store.clone(), done.clone(), deliveries.stop.clone());
            deliveries.add("deliver", move |woken| {
                deliver::run(way, &store, woken, &done, &stop);
            })?;
        }
        // The archive is one more receiver, which takes many changes at a time.
        let lane = FindingsLane {
            store: store.clone(),
            archived,
            age: config.archive.segment_age,
            archive: to_archive,
            delivered: done,
            stop: deliveries.stop.clone(),
        };
        deliveries.add("findings", move |woken| lane.run(woken))?;
        Ok(deliveries)
    }

    fn add(
        &mut self,
        name: &str,
        run: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> std::io::Result<()> {
        // Who is woken twice looks once: the outbox tells what there is.
        let (wake, woken) = bounded(1);
        self.threads.push(spawn(name, move || run(&woken))?);
        self.wake.push(wake);
        Ok(())
    }

    /// Each is told that the outbox has something new.
    pub(super) fn wakers(&self) -> Vec<Sender<()>> {
        self.wake.clone()
    }

    /// What is not confirmed by now stays in the outbox for the next start.
    pub(super) fn stop(self) {
        let Deliveries {
            wake,
            stop,
            threads,
        } = self;
        stop.store(true, Ordering::Relaxed);
        for wake in wake {
            if wake.try_send(()).is_err() {
                tracing::trace!("a deliverer is at work, and looks at `stop` next");
            }
        }
        let mut left = LAST_DELIVERIES;
        let step = Duration::from_millis(20);
        while threads.iter().any(|thread| !thread.is_finished()) && !left.is_zero() {
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
    }
}

fn ways(
    config: &Config,
    metrics: &Metrics,
    stop: &Arc<AtomicBool>,
) -> Result<Vec<Box<dyn Deliver>>, RunError> {
    let mut ways: Vec<Box<dyn Deliver>> = Vec::new();
    if let Some(webhook) = &config.webhook {
        ways.push(super::webhook::way(webhook, metrics.clone(), stop.clone())?);
    }
    if let Some(kafka) = &config.kafka {
        ways.push(super::kafka::way(kafka, metrics.clone(), stop.clone())?);
    }
    Ok(ways)
}
