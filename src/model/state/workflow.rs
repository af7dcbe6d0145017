//! The home of a workflow run.

use serde::{Deserialize, Serialize};

use crate::model::fact::{WorkflowEvent, WorkflowEventKind};
use crate::model::join::{Join, Newest};
use crate::model::limits::{RUN_EVENTS_MAX, RUN_STEPS_MAX};

/// Steps are kept apart, so that a run of very many does not forget its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowState {
    events: Newest<WorkflowEvent, RUN_EVENTS_MAX>,
    steps: Newest<WorkflowEvent, RUN_STEPS_MAX>,
}

impl WorkflowState {
    pub fn record(&mut self, event: WorkflowEvent) -> bool {
        match event.kind {
            WorkflowEventKind::Step => self.steps.insert(event),
            _ => self.events.insert(event),
        }
    }

    /// Starts and ends, ascending in time; of one instant, a failure comes last.
    pub fn events(&self) -> &[WorkflowEvent] {
        self.events.as_slice()
    }

    /// Ascending in time.
    pub fn steps(&self) -> &[WorkflowEvent] {
        self.steps.as_slice()
    }
}

impl Join for WorkflowState {
    fn join(&mut self, other: Self) -> bool {
        self.events.join(other.events) | self.steps.join(other.steps)
    }
}
