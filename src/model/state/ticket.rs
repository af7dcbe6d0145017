//! The home of a ticket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::fact::{TicketEvent, TicketEventKind};
use crate::model::join::{Join, Newest, join_least};
use crate::model::limits::TICKET_EVENTS_MAX;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketState {
    events: Newest<TicketEvent, TICKET_EVENTS_MAX>,
    /// The first version of each kind: later ones, of which there may be very many, do not push
    /// out the one that counts.
    first_versions: BTreeMap<TicketEventKind, TicketEvent>,
}

impl TicketState {
    pub fn record(&mut self, event: TicketEvent) -> bool {
        let first = event.restates && self.first_version(event.clone());
        self.events.insert(event) | first
    }

    /// What happened, ascending in time. Of versions that state the same in a row only the first
    /// counts. That is a matter of reading: a version that comes late may stand between two others.
    pub fn events(&self) -> Vec<&TicketEvent> {
        let mut all: Vec<&TicketEvent> = self
            .events
            .as_slice()
            .iter()
            .chain(self.first_versions.values())
            .collect();
        all.sort_unstable();
        let mut last = None;
        // The same event twice, once as the first of its kind, is a repeat as well.
        all.retain(|event| {
            let repeats = event.restates && last == Some(event.kind);
            last = Some(event.kind);
            !repeats
        });
        all
    }

    fn first_version(&mut self, event: TicketEvent) -> bool {
        let mut first = self.first_versions.remove(&event.kind);
        let kind = event.kind;
        let changed = join_least(&mut first, Some(event));
        self.first_versions.extend(first.map(|first| (kind, first)));
        changed
    }
}

impl Join for TicketState {
    fn join(&mut self, other: Self) -> bool {
        let firsts = other.first_versions.into_values();
        let changed = firsts.fold(false, |changed, event| self.first_version(event) | changed);
        self.events.join(other.events) | changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::EventUid;
    use crate::model::time::Timestamp;

    fn version(at: i64, kind: TicketEventKind) -> TicketEvent {
        TicketEvent {
            at: Timestamp::from_seconds(at),
            kind,
            request: None,
            requester: None,
            approver: None,
            subject: None,
            grants: Vec::new(),
            resolution: None,
            event: EventUid([0; 16]),
            restates: true,
        }
    }

    fn check(events: &[TicketEvent], expected: &[i64]) {
        let mut state = TicketState::default();
        for event in events.iter().rev() {
            state.record(event.clone());
        }
        let times: Vec<i64> = state
            .events()
            .iter()
            .map(|event| event.at.as_micros() / 1_000_000)
            .collect();
        assert_eq!(times, expected);
    }

    #[test]
    fn of_versions_that_state_the_same_in_a_row_the_first_counts() {
        use TicketEventKind::{Approved, Created, Reopened, Resolved};
        check(
            &[
                version(1, Created),
                version(2, Created),
                version(3, Approved),
            ],
            &[1, 3],
        );
        check(
            &[
                version(1, Resolved),
                version(2, Resolved),
                version(3, Reopened),
                version(4, Resolved),
                version(5, Resolved),
            ],
            &[1, 3, 4],
        );
        let event = |at| TicketEvent {
            restates: false,
            ..version(at, Approved)
        };
        check(&[event(1), event(2)], &[1, 2]);
    }

    #[test]
    fn many_versions_do_not_push_out_the_first() {
        use TicketEventKind::{Approved, Created};
        let mut versions = vec![version(1, Created)];
        versions.extend((2..500).map(|at| version(at, Approved)));
        check(&versions, &[1, 2]);
    }
}
