//! The home of a workflow run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::fact::{RetryEvent, WorkflowEvent, WorkflowEventKind};
use crate::model::id::{EventUid, RunId};
use crate::model::join::{Join, Newest, join_item, join_least};
use crate::model::limits::{LINKS_MAX, RUN_EVENTS_MAX, RUN_STEPS_MAX};
use crate::model::time::Timestamp;

/// Steps are kept apart, so that a run of very many does not forget its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowState {
    events: Newest<WorkflowEvent, RUN_EVENTS_MAX>,
    steps: Newest<WorkflowEvent, RUN_STEPS_MAX>,
    /// The first of each kind, kept when the newest no longer hold it. Of a run whose start no
    /// record states, the first step tells that it had begun.
    firsts: BTreeMap<WorkflowEventKind, (Timestamp, EventUid)>,
    /// The runs that this one tries again: one, unless records contradict each other.
    pub retry_of: BTreeSet<RunId>,
    /// The first of each kind, of the runs that try this one again. By the hops that it took, so
    /// that what is passed on does not depend on what was passed on before.
    retries: BTreeMap<(WorkflowEventKind, u16), RetryEvent>,
}

impl WorkflowState {
    pub fn record(&mut self, event: WorkflowEvent) -> bool {
        let mut changed = self.first_of(event.kind, (event.at, event.event));
        if let Some(run) = event.retry_of.clone() {
            changed |= join_item(&mut self.retry_of, LINKS_MAX, run);
        }
        changed
            | match event.kind {
                WorkflowEventKind::Step => self.steps.insert(event),
                _ => self.events.insert(event),
            }
    }

    fn first_of(&mut self, kind: WorkflowEventKind, point: (Timestamp, EventUid)) -> bool {
        let mut first = self.firsts.remove(&kind);
        let changed = join_least(&mut first, Some(point));
        self.firsts.extend(first.map(|first| (kind, first)));
        changed
    }

    pub fn retried(&mut self, retry: RetryEvent) -> bool {
        let key = (retry.kind, retry.hops);
        let mut first = self.retries.remove(&key);
        let changed = join_least(&mut first, Some(retry));
        self.retries.extend(first.map(|first| (key, first)));
        changed
    }

    /// Starts and ends, ascending in time; of one instant, a failure comes last.
    pub fn events(&self) -> &[WorkflowEvent] {
        self.events.as_slice()
    }

    /// Ascending in time.
    pub fn steps(&self) -> &[WorkflowEvent] {
        self.steps.as_slice()
    }

    /// The first of its kind.
    pub fn first(&self, kind: WorkflowEventKind) -> Option<(Timestamp, EventUid)> {
        self.firsts.get(&kind).copied()
    }

    /// The first start, success and failure, by each way that it took.
    pub fn retries(&self) -> impl Iterator<Item = &RetryEvent> {
        self.retries.values()
    }
}

impl Join for WorkflowState {
    fn join(&mut self, other: Self) -> bool {
        let firsts = other.firsts.into_iter();
        let mut changed = firsts.fold(false, |changed, (kind, point)| {
            self.first_of(kind, point) | changed
        });
        for run in other.retry_of {
            changed |= join_item(&mut self.retry_of, LINKS_MAX, run);
        }
        for retry in other.retries.into_values() {
            changed |= self.retried(retry);
        }
        changed |= self.events.join(other.events);
        self.steps.join(other.steps) | changed
    }
}
