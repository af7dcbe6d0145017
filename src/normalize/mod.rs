//! Records in, events and facts out: hostile JSON, read by declarative mappings.

use std::sync::Arc;

use crate::model::Text;
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::limits::{EVENTS_PER_RECORD_MAX, ID_BYTES_MAX};
use crate::model::record::{Record, Reject, RejectReason};

mod json;
mod time;
mod value;
mod syntax;
mod form;
mod problem;
mod verb;
mod plan;
mod rule;
mod compile;
mod mapping;
mod envelope;
mod event;
mod fact;
pub mod ocsf;
mod explain;

pub use explain::explain;
pub use json::{Arena, Doc, Node};
pub use mapping::Mappings;
pub use problem::MappingProblem;

use event::Origin;
use fact::Facts;
use plan::Plan;

/// Makes events and facts of records. One per thread: its buffers are used again.
pub struct Normalizer {
    mappings: Arc<Mappings>,
    arena: Arena,
    duplicate_keys: u64,
}

impl Normalizer {
    pub fn new(mappings: Arc<Mappings>) -> Self {
        Normalizer {
            mappings,
            arena: Arena::default(),
            duplicate_keys: 0,
        }
    }

    /// What `record` of `source` became. Never fails: what cannot be understood is a reject.
    pub fn normalize(&mut self, source: &SourceName, record: &Record) -> Normalized {
        let uid = EventUid::new(source, &record.raw, 0);
        let mut normalized = Normalized {
            uid,
            events: Vec::new(),
            facts: Vec::new(),
            reject: record.broken.clone(),
            unmapped: Vec::new(),
        };
        if normalized.reject.is_some() {
            return normalized;
        }
        let Some(plan) = self.mappings.plan(source.base()) else {
            let detail = format!("no mapping for the source `{}`", source.base());
            normalized.reject = Some(Reject::new(RejectReason::UnknownSource, detail));
            return normalized;
        };
        let doc = match self.arena.parse(&record.raw) {
            Ok(doc) => doc,
            Err(reject) => {
                normalized.reject = Some(reject);
                return normalized;
            }
        };
        // Most records state one event; a vector that grows by itself begins with room for four.
        normalized.events.reserve_exact(1);
        let origin = Origin {
            source,
            received_at: record.received_at,
        };
        read_items(plan, doc, origin, &mut normalized);
        self.duplicate_keys += u64::from(self.arena.duplicate_keys());
        let stated = normalized.facts.len();
        normalized
            .facts
            .retain(|fact| fact.id_bytes() <= ID_BYTES_MAX);
        if normalized.facts.len() < stated {
            normalized
                .unmapped
                .push(Text::from("an identifier beyond the limit"));
        }
        normalized
    }

    /// Keys stated twice in one object, over all records so far: a sign of smuggled values.
    pub fn duplicate_keys(&self) -> u64 {
        self.duplicate_keys
    }
}

fn read_items(plan: &Plan, doc: Doc<'_>, origin: Origin<'_>, normalized: &mut Normalized) {
    let accounts = account_namespace(plan, origin.source);
    let mut rejected = None;
    let mut index = 0_u32;
    let mut beyond = 0_usize;
    envelope::each_item(plan, doc, &mut |scope| {
        if normalized.events.len() >= EVENTS_PER_RECORD_MAX {
            beyond += 1;
            return;
        }
        let uid = normalized.uid.at(index);
        index += 1;
        match event::read(plan, &scope, origin, uid) {
            Ok(reading) => {
                let mut event = reading.event;
                if reading.rule.is_none() {
                    normalized.unmapped.push(event.event_code.clone());
                }
                let unmapped = plan.unmapped_rule(&event.event_code);
                let mut facts = Facts {
                    plan,
                    rule: reading.rule.unwrap_or(&unmapped),
                    scope,
                    accounts: &accounts,
                    out: &mut normalized.facts,
                };
                facts.state(&mut event);
                normalized.events.push(event);
            }
            Err(reject) => {
                normalized.unmapped.push(Text::from(reject.reason.as_str()));
                rejected.get_or_insert(reject);
            }
        }
    });
    if beyond > 0 {
        let text = format!("{beyond} beyond the limit of {EVENTS_PER_RECORD_MAX}");
        normalized.unmapped.push(Text::from(text));
    }
    if normalized.events.is_empty() {
        normalized.unmapped.clear();
        normalized.reject = Some(rejected.unwrap_or_else(|| {
            Reject::new(RejectReason::NotAnObject, "the record holds no event")
        }));
    }
}

/// Several log sources may share their accounts; the tenants of one source never do.
fn account_namespace(plan: &Plan, source: &SourceName) -> SourceName {
    match (&plan.accounts, source.instance()) {
        (None, _) => source.clone(),
        (Some(shared), None) => SourceName::new(shared),
        (Some(shared), Some(instance)) => SourceName::new(format!("{shared}@{instance}")),
    }
}

#[cfg(test)]
mod tests;
