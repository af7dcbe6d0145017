//! The home of a ticket.

use serde::{Deserialize, Serialize};

use crate::model::fact::TicketEvent;
use crate::model::join::{Join, Newest};
use crate::model::limits::TICKET_EVENTS_MAX;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketState {
    events: Newest<TicketEvent, TICKET_EVENTS_MAX>,
}

impl TicketState {
    pub fn record(&mut self, event: TicketEvent) -> bool {
        self.events.insert(event)
    }

    /// Ascending in time.
    pub fn events(&self) -> &[TicketEvent] {
        self.events.as_slice()
    }
}

impl Join for TicketState {
    fn join(&mut self, other: Self) -> bool {
        self.events.join(other.events)
    }
}
