//! Kafka's part of the service: the consumer's thread, the group's view of our progress, and the
//! way out to the topics of findings and dead letters.

#![expect(
    clippy::disallowed_methods,
    reason = "lag is looked at once in a while"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::unbounded;

use super::deliver::Deliver;
use super::normalizers::spawn;
use super::outgoing::{Outgoing, Receiver};
use super::progress::Progress;
use super::run::{RunError, watch};
use crate::config::{self, PropertyValue};
use crate::io::intake::{Arrival, Outlet};
use crate::io::kafka::{
    Consumer, ConsumerHandle, ConsumerSettings, KafkaSettings, Message, Published, Publisher,
};
use crate::telemetry::Metrics;

/// How often lag is measured and progress is shown to the group.
const SHOW_EVERY: Duration = Duration::from_secs(1);
const STOP_CHECK: Duration = Duration::from_millis(100);

pub(super) fn start_consumer(
    config: &config::Kafka,
    outlet: Outlet,
    (stop, progress, metrics): (&Arc<AtomicBool>, &Progress, &Metrics),
) -> Result<JoinHandle<Result<(), RunError>>, RunError> {
    let settings = ConsumerSettings {
        kafka: settings(config)?,
        group: config.group.to_string(),
        instance: None,
        topics: config.topics.clone(),
        start: config.start,
    };
    let known = progress.clone();
    let stored = Box::new(move |stream: &_| known.of(stream).both());
    let (consumer, handle) = Consumer::new(settings, stored).map_err(edge)?;
    let (progress, metrics, stopped) = (progress.clone(), metrics.clone(), stop.clone());
    spawn("kafka-progress", move || {
        show_progress(&handle, &progress, &metrics, &stopped);
    })?;
    let run = move || -> Result<(), RunError> {
        consumer.run(&outlet);
        Ok(())
    };
    Ok(watch("kafka", stop, run)?)
}

fn show_progress(
    handle: &ConsumerHandle,
    progress: &Progress,
    metrics: &Metrics,
    stop: &AtomicBool,
) {
    let mut until_next = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        if until_next.is_zero() {
            until_next = SHOW_EVERY;
            let both = progress.both();
            handle.commit(both.into_iter().filter(|(stream, _)| stream.is_kafka()));
            for (stream, lag) in handle.lags() {
                let records = i64::try_from(lag.records()).unwrap_or(i64::MAX);
                metrics.stream(&stream).lag.set(records);
            }
        }
        std::thread::sleep(STOP_CHECK);
        until_next = until_next.saturating_sub(STOP_CHECK);
    }
}

struct Way {
    publisher: Publisher,
    findings_topic: Option<String>,
    dead_letter_topic: Option<String>,
    outlet: Outlet,
}

pub(super) fn way(
    config: &config::Kafka,
    metrics: Metrics,
    stop: Arc<AtomicBool>,
) -> Result<Box<dyn Deliver>, RunError> {
    // The publisher tells of outages as the edges do; here they only need to be said.
    let (told, news) = unbounded();
    spawn("kafka-news", move || {
        for arrival in news {
            match arrival {
                Arrival::Lost(what) => {
                    metrics.plain().kafka_outages.inc();
                    tracing::warn!("{what}");
                }
                Arrival::Restored(what) => tracing::info!("{what}"),
                other => tracing::debug!("the publisher said {other:?}"),
            }
        }
    })?;
    Ok(Box::new(Way {
        publisher: Publisher::new(settings(config)?).map_err(edge)?,
        findings_topic: config.findings_topic.as_deref().map(str::to_owned),
        dead_letter_topic: config.dead_letter_topic.as_deref().map(str::to_owned),
        outlet: Outlet::new(told, stop),
    }))
}

impl Deliver for Way {
    fn is_for(&self, outgoing: &Outgoing) -> bool {
        matches!(
            outgoing,
            Outgoing::Finding {
                to: Receiver::Kafka,
                ..
            } | Outgoing::DeadLetter(_)
        )
    }

    fn deliver(&mut self, entries: Vec<(u64, Outgoing)>) -> Vec<u64> {
        let mut done = Vec::new();
        let mut messages = Vec::new();
        for (number, outgoing) in entries {
            match self.message(outgoing) {
                Some(message) => messages.push((number, message)),
                // A topic that was turned off since then.
                None => done.push(number),
            }
        }
        for (number, published) in self.publisher.publish(&messages, &self.outlet) {
            if let Published::Refused { why } = published {
                tracing::error!("entry {number} of the outbox was refused for good: {why}");
            }
            done.push(number);
        }
        done
    }
}

impl Way {
    /// Findings are keyed by their id: a compacted topic keeps each as it stands.
    fn message(&self, outgoing: Outgoing) -> Option<Message> {
        match outgoing {
            Outgoing::Finding { change, .. } => Some(Message {
                topic: self.findings_topic.clone()?,
                key: change.finding.finding_id.to_string().into_bytes(),
                value: match serde_json::to_vec(&change.finding) {
                    Ok(value) => value,
                    Err(error) => unreachable!("OUTBOX-BYTES: a finding is no JSON: {error}"),
                },
                headers: vec![("change", change.kind.as_str().as_bytes().to_vec())],
            }),
            Outgoing::DeadLetter(letter) => {
                let topic = self.dead_letter_topic.as_deref()?;
                let (stream, offset) = (&letter.stream, letter.offset);
                Some(Message::dead_letter(
                    topic,
                    stream,
                    offset,
                    &letter.reject,
                    letter.raw,
                ))
            }
            // It is another's.
            Outgoing::Evidence(_) => None,
        }
    }
}

fn settings(config: &config::Kafka) -> Result<KafkaSettings, RunError> {
    let mut settings = KafkaSettings {
        brokers: config.brokers.iter().map(ToString::to_string).collect(),
        ..KafkaSettings::default()
    };
    for (name, value) in &config.properties {
        let value = match value {
            PropertyValue::Plain(value) => value.to_string(),
            PropertyValue::Secret(secret) => secret.read().map_err(|error| {
                RunError::Edge(format!(
                    "failed to set the Kafka property `{name}`: {error}"
                ))
            })?,
        };
        settings.properties.insert(name.to_string(), value);
    }
    Ok(settings)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn edge(error: crate::io::kafka::KafkaEdgeError) -> RunError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    RunError::Edge(format!("{error}{}", cause.unwrap_or_default()))
}
