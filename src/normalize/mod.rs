//! Records in, events and facts out: hostile JSON, read by declarative mappings.

use std::sync::Arc;

use crate::model::Text;
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::limits::{EVENTS_PER_RECORD_MAX, ID_BYTES_MAX};
use crate::model::record::{Record, Reject, RejectReason};

mod json;
mod time;
mod sql;
mod function;
mod unmapped;
mod value;
mod scope;
mod syntax;
mod form;
mod problem;
mod verb;
mod sections;
mod plan;
mod rule;
mod compile;
mod mapping;
mod envelope;
mod event;
mod fact;
pub mod ocsf;
mod explain;
pub mod redact;

pub use explain::explain;
pub use json::{Arena, Doc, Node};
pub use mapping::Mappings;
pub use problem::MappingProblem;

use event::{Head, Origin};
use fact::Facts;
use plan::{Plan, Rule};
use scope::Scope;

/// Makes events and facts of records. One per thread: its buffers are used again.
pub struct Normalizer {
    mappings: Arc<Mappings>,
    arena: Arena,
    duplicate_keys: u64,
    unmapped: Unmapped,
}

/// What becomes of the fields that a mapping does not read. They are in the raw record in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// Not looked for: the stream, whose archive holds the raw record.
    Dropped,
    /// Shown in each event as OCSF `unmapped`.
    Kept,
}

impl Normalizer {
    pub fn new(mappings: Arc<Mappings>) -> Self {
        Normalizer {
            mappings,
            arena: Arena::default(),
            duplicate_keys: 0,
            unmapped: Unmapped::Dropped,
        }
    }

    #[must_use]
    pub fn with_unmapped(self, unmapped: Unmapped) -> Self {
        Normalizer { unmapped, ..self }
    }

    /// What `record` of `source` became. Never fails: what cannot be understood is a reject.
    pub fn normalize(&mut self, source: &SourceName, record: &Record) -> Normalized {
        let uid = EventUid::new(source, &record.raw, 0);
        let mut normalized = Normalized {
            reject: record.broken.clone(),
            ..Normalized::new(uid)
        };
        if normalized.reject.is_some() {
            return normalized;
        }
        let Some(plan) = self.mappings.plan(source.base()) else {
            let detail = format!("no mapping for the source `{}`", source.base());
            normalized.reject = Some(Reject::new(RejectReason::UnknownSource, detail));
            return normalized;
        };
        let line;
        let mut parsed = self.arena.parse(&record.raw);
        if let (Err(reject), Some(field)) = (&parsed, &plan.line)
            && let Some(object) = line_as_object(field, &record.raw, reject)
        {
            line = object;
            parsed = self.arena.parse(line.as_bytes());
        }
        let doc = match parsed {
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
        let mappings = &self.mappings;
        let of = (origin, self.unmapped);
        read_items(mappings, plan, doc, of, &mut normalized);
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

/// A record that is text and not meant as JSON, as an object of one field.
fn line_as_object(field: &str, raw: &[u8], reject: &Reject) -> Option<String> {
    let text = core::str::from_utf8(raw).ok()?.trim();
    // A log's line may begin with a bracket; broken JSON stays broken JSON.
    let inside = text.strip_prefix('[').unwrap_or(text).trim_start();
    let is_line =
        reject.reason == RejectReason::InvalidJson && !inside.starts_with(['{', '[', '"']);
    is_line.then(|| serde_json::json!({ field: text }).to_string())
}

fn read_items(
    mappings: &Mappings,
    plan: &Plan,
    doc: Doc<'_>,
    (origin, unmapped): (Origin<'_>, Unmapped),
    normalized: &mut Normalized,
) {
    let accounts = account_namespace(plan, origin.source);
    let mut items = Items {
        mappings,
        plan,
        origin,
        unmapped,
        accounts: &accounts,
        normalized,
        beyond: 0,
        rejected: None,
    };
    envelope::each_item(plan, doc, &mut |scope| items.read(scope));
    let Items {
        beyond, rejected, ..
    } = items;
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

/// Takes the items of one record, one after the other.
struct Items<'r> {
    mappings: &'r Mappings,
    plan: &'r Plan,
    origin: Origin<'r>,
    unmapped: Unmapped,
    accounts: &'r SourceName,
    normalized: &'r mut Normalized,
    /// Items that were left out for their number.
    beyond: usize,
    /// Why the first item that could not be read could not.
    rejected: Option<Reject>,
}

impl Items<'_> {
    fn read(&mut self, scope: Scope<'_>) {
        let plan = self.plan;
        match event::head(plan, &scope, self.origin) {
            Ok(head) => event::each_rule(plan, scope, &head.action, &mut |rule, scope| {
                self.add(rule, scope, &head);
            }),
            Err(reject) => {
                let reason = Text::from(reject.reason.as_str());
                self.normalized.unmapped.push(reason);
                self.rejected.get_or_insert(reject);
            }
        }
    }

    /// One event, and the facts that follow. Without a rule it is normalised as far as it goes.
    fn add(&mut self, rule: Option<&Rule>, scope: Scope<'_>, head: &Head<'_>) {
        let index = self.normalized.events.len();
        if index >= EVENTS_PER_RECORD_MAX {
            self.beyond += 1;
            return;
        }
        let unmapped;
        let used = if let Some(rule) = rule {
            rule
        } else {
            unmapped = self.plan.unmapped_rule(&head.action);
            &unmapped
        };
        let uid = self
            .normalized
            .uid
            .at(u32::try_from(index).unwrap_or(u32::MAX));
        let mut event = event::read(self.plan, used, &scope, head, (self.origin, uid));
        if rule.is_none() {
            self.normalized.unmapped.push(event.event_code.clone());
        }
        let mut facts = Facts {
            mappings: self.mappings,
            plan: self.plan,
            rule: used,
            scope,
            accounts: self.accounts,
            out: &mut self.normalized.facts,
        };
        facts.state(&mut event);
        if self.unmapped == Unmapped::Kept {
            let left = self.plan.known.left(&scope);
            event.unmapped = (!left.is_empty()).then(|| Box::new(left));
        }
        if scope.doc.take_surprise() {
            let mistyped = self.plan.known.mistyped(&scope);
            self.normalized.mistyped.extend(mistyped);
        }
        self.normalized.events.push(event);
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
