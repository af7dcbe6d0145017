//! What the HR source recorded about one person.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::fact::{EmploymentEvent, Worker};
use crate::model::join::{Join, Newest};
use crate::model::limits::EMPLOYMENT_EVENTS_MAX;

/// A person's employment record: tiny, a few changes a year, and pushed to each of their
/// accounts. The events are shared between those copies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    events: Newest<Arc<EmploymentEvent>, EMPLOYMENT_EVENTS_MAX>,
}

impl Employment {
    pub fn record(&mut self, event: EmploymentEvent) -> bool {
        self.events.insert(Arc::new(event))
    }

    /// Takes over an event of another record.
    pub fn share(&mut self, event: &Arc<EmploymentEvent>) -> bool {
        self.events.insert(Arc::clone(event))
    }

    /// Ascending by effective time.
    pub fn events(&self) -> &[Arc<EmploymentEvent>] {
        self.events.as_slice()
    }

    /// The workers as stated, the one recorded last first.
    pub fn workers_newest_first(&self) -> impl Iterator<Item = &Worker> {
        let mut events: Vec<&EmploymentEvent> = self.events().iter().map(Arc::as_ref).collect();
        events.sort_by(|a, b| (b.recorded_at, b).cmp(&(a.recorded_at, a)));
        events.into_iter().map(|event| &event.worker)
    }
}

impl Join for Employment {
    fn join(&mut self, other: Self) -> bool {
        self.events.join(other.events)
    }
}
