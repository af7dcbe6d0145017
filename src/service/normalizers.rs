//! Normalising on several threads, in order.
//!
//! Arrivals are numbered as they come, understood by whichever thread is free, and passed on by
//! number. A fixed number of them is under way at once, so that one slow batch cannot pile up the
//! others behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::io::intake::Arrival;
use crate::model::event::Normalized;
use crate::model::fact::{Delivered, Fact};
use crate::model::id::SourceName;
use crate::model::record::{Batch, Record, Stream};
use crate::normalize::redact::Redactor;
use crate::normalize::{Mappings, Normalizer};
use crate::telemetry::{HomeKind, Metrics};

/// Batches under way for each thread.
const UNDER_WAY_PER_THREAD: usize = 4;

/// An arrival, understood.
pub enum Passed {
    Understood(Box<Understood>),
    /// Everything that is not records, in its place between them.
    Other(Arrival),
}

/// Consecutive records of one stream with what they mean. The facts are apart, since they go
/// another way.
pub struct Understood {
    pub stream: Stream,
    pub source: SourceName,
    pub records: Vec<Record>,
    /// One for each record, without its facts.
    pub normalized: Vec<Normalized>,
    pub facts: Vec<Fact>,
}

/// What becomes of the secrets in records.
#[derive(Clone, Debug)]
pub enum Secrets {
    /// They are replaced before anything else is done.
    Replaced(Redactor),
    /// What is read was redacted when it was archived, or nothing of it is written down.
    AsTheyAre,
}

/// Starts `threads` normalising threads behind `arrivals`. The result ends when `arrivals` does.
pub fn start(
    arrivals: Receiver<Arrival>,
    threads: usize,
    mappings: &Arc<Mappings>,
    secrets: &Secrets,
    metrics: &Metrics,
) -> std::io::Result<Receiver<Passed>> {
    let under_way = threads.max(1) * UNDER_WAY_PER_THREAD;
    let (permits, permit) = bounded::<()>(under_way);
    let (numbered, work) = bounded::<(u64, Arrival)>(under_way);
    let (done, understood) = bounded::<(u64, Passed)>(under_way);
    let (passed, result) = bounded(under_way);
    spawn("intake", move || {
        for (number, arrival) in (0..).zip(arrivals) {
            if permits.send(()).is_err() || numbered.send((number, arrival)).is_err() {
                return;
            }
        }
    })?;
    for number in 0..threads.max(1) {
        let (work, done, metrics) = (work.clone(), done.clone(), metrics.clone());
        let mut normalizer = Normalizer::new(mappings.clone());
        let secrets = secrets.clone();
        spawn(&format!("normalize-{number}"), move || {
            for (number, arrival) in work {
                let passed = understand((&mut normalizer, &secrets), arrival, &metrics);
                if done.send((number, passed)).is_err() {
                    return;
                }
            }
        })?;
    }
    spawn("sequence", move || in_order(understood, &permit, &passed))?;
    Ok(result)
}

fn understand(
    (normalizer, secrets): (&mut Normalizer, &Secrets),
    arrival: Arrival,
    metrics: &Metrics,
) -> Passed {
    let Arrival::Batch(Batch {
        stream,
        source,
        mut records,
    }) = arrival
    else {
        return Passed::Other(arrival);
    };
    let mut facts = Vec::with_capacity(records.len() * 4);
    let normalized = records.iter_mut().map(|record| {
        // First of all: nothing that follows, an event's id included, is made of a secret.
        let redacted = match secrets {
            Secrets::Replaced(redactor) => redactor.redact(source.base(), &mut record.raw),
            Secrets::AsTheyAre => Vec::new(),
        };
        let mut normalized = normalizer.normalize(&source, record);
        normalized.redacted = redacted;
        facts.append(&mut normalized.facts);
        normalized
    });
    let normalized: Vec<Normalized> = normalized.collect();
    facts.extend(delivered(&source, &normalized));
    count(metrics, &source, &normalized, &facts);
    Passed::Understood(Box::new(Understood {
        stream,
        source,
        records,
        normalized,
        facts,
    }))
}

/// That the source delivered. Once a batch: said of each record it would double the traffic.
fn delivered(source: &SourceName, normalized: &[Normalized]) -> Option<Fact> {
    let events = normalized.iter().flat_map(|one| &one.events);
    let newest = events.map(|event| Delivered {
        at: event.time,
        event: event.uid,
    });
    Some(Fact::Source(source.clone(), newest.max()?))
}

fn count(metrics: &Metrics, source: &SourceName, normalized: &[Normalized], facts: &[Fact]) {
    let of_source = metrics.source(source);
    of_source.records.inc_by(normalized.len() as u64);
    for one in normalized {
        of_source.events.inc_by(one.events.len() as u64);
        one.unmapped
            .iter()
            .for_each(|action| of_source.unmapped(action));
        one.mistyped
            .iter()
            .for_each(|field| of_source.mistyped(field));
        one.reject
            .iter()
            .for_each(|reject| of_source.reject(reject.reason));
        one.redacted.iter().for_each(|id| metrics.redacted(id));
    }
    let newest = normalized
        .iter()
        .flat_map(|one| &one.events)
        .map(|event| event.time)
        .max();
    newest.into_iter().for_each(|time| of_source.event_at(time));
    let mut kinds = HomeKind::ALL.map(|kind| (kind, 0));
    for fact in facts {
        let of = kind_of(fact);
        kinds
            .iter_mut()
            .filter(|(kind, _)| *kind == of)
            .for_each(|(_, count)| *count += 1);
    }
    kinds
        .into_iter()
        .for_each(|(kind, count)| metrics.facts(kind).inc_by(count));
}

fn kind_of(fact: &Fact) -> HomeKind {
    match fact {
        Fact::Account(..) => HomeKind::Account,
        Fact::Person(..) => HomeKind::Person,
        Fact::Identifier(..) => HomeKind::Identifier,
        Fact::Credential(..) => HomeKind::Credential,
        Fact::Ticket(..) => HomeKind::Ticket,
        Fact::Device(..) => HomeKind::Device,
        Fact::Workflow(..) => HomeKind::Workflow,
        Fact::Source(..) => HomeKind::Source,
    }
}

fn in_order(understood: Receiver<(u64, Passed)>, permit: &Receiver<()>, passed: &Sender<Passed>) {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, one) in understood {
        waiting.insert(number, one);
        while let Some(one) = waiting.remove(&next) {
            next += 1;
            if permit.recv().is_err() || passed.send(one).is_err() {
                return;
            }
        }
    }
}

pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<std::thread::JoinHandle<T>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}
