//! The webhook's way out of the outbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::deliver::Deliver;
use super::outgoing::{Outgoing, Receiver};
use super::run::RunError;
use super::wall_clock;
use crate::alert::{Change, ocsf};
use crate::config;
use crate::io::webhook::{
    Delivery, FailedAttempt, Outcome, RetrySchedule, Secret, Webhook, WebhookSettings,
};
use crate::telemetry::{self, Metrics};

/// How often a delivery under way looks whether the service stops.
const STOP_CHECK: Duration = Duration::from_millis(100);

struct Way {
    webhook: Webhook,
    runtime: tokio::runtime::Runtime,
    metrics: Metrics,
    stop: Arc<AtomicBool>,
}

pub(super) fn way(
    config: &config::Webhook,
    metrics: Metrics,
    stop: Arc<AtomicBool>,
) -> Result<Box<dyn Deliver>, RunError> {
    let edge = |error: String| RunError::Edge(format!("failed to set up the webhook: {error}"));
    let secret = config
        .secret
        .read()
        .map_err(|error| edge(error.to_string()))?;
    let settings = WebhookSettings {
        url: Secret::new(&*config.url),
        secret: Secret::new(secret),
        timeout: config.timeout,
        retry: RetrySchedule::default(),
    };
    let webhook = Webhook::new(settings).map_err(|error| edge(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(Box::new(Way {
        webhook,
        runtime,
        metrics,
        stop,
    }))
}

impl Deliver for Way {
    fn is_for(&self, outgoing: &Outgoing) -> bool {
        matches!(
            outgoing,
            Outgoing::Finding {
                to: Receiver::Webhook,
                ..
            }
        )
    }

    /// In order: an entry that does not get through holds those behind it.
    fn deliver(&mut self, entries: Vec<(u64, Outgoing)>) -> Vec<u64> {
        let mut done = Vec::new();
        for (number, outgoing) in entries {
            let Outgoing::Finding { change, .. } = outgoing else {
                continue;
            };
            if !self.deliver_one(number, &change) {
                break;
            }
            done.push(number);
        }
        done
    }
}

impl Way {
    /// Whether the entry is done with: `false` only where the service stops.
    fn deliver_one(&self, number: u64, change: &Change) -> bool {
        let body = ocsf::wrap(change, wall_clock()).to_string().into();
        // The number is the entry's own for ever, so the id is the same after a restart.
        let id = format!("{}-{number}", change.finding.finding_id);
        let delivery = Delivery { id, body };
        let failed = |attempt: FailedAttempt| {
            self.metrics.webhook_delivery(telemetry::Delivery::Failed);
            let FailedAttempt { number, why, delay } = attempt;
            tracing::warn!("webhook attempt {number} failed, next in {delay:?}: {why}");
        };
        let outcome = self.runtime.block_on(async {
            tokio::select! {
                outcome = self.webhook.deliver(&delivery, failed) => Some(outcome),
                () = stopped(&self.stop) => None,
            }
        });
        match outcome {
            None => return false,
            Some(Outcome::Delivered) => {
                self.metrics
                    .webhook_delivery(telemetry::Delivery::Delivered);
            }
            Some(Outcome::Parked { why }) => {
                self.metrics.webhook_delivery(telemetry::Delivery::GivenUp);
                tracing::error!(
                    "the webhook refuses finding {} for good: {why}",
                    delivery.id
                );
            }
        }
        true
    }
}

async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(STOP_CHECK).await;
    }
}
