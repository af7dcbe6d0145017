//! The home of a ticket.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AccountState, Named};
use crate::model::fact::{TicketEvent, TicketEventKind, Whom};
use crate::model::id::{AccountId, PersonId};
use crate::model::join::{Join, Newest, join_entry, join_flag, join_item, join_least};
use crate::model::limits::{LINKS_MAX, TICKET_EVENTS_MAX};

/// Kinds of request whose approval counts for something.
pub const APPROVALS: [&str; 2] = ["access_request", "onboarding"];
/// Kinds of request that are to end access.
pub const REVOCATIONS: [&str; 2] = ["offboarding", "revocation"];

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketState {
    events: Newest<TicketEvent, TICKET_EVENTS_MAX>,
    /// The first version of each kind: later ones, of which there may be very many, do not push
    /// out the one that counts.
    first_versions: BTreeMap<TicketEventKind, TicketEvent>,
    /// Everybody whom it ever named: they are told what became of it.
    pub subjects: BTreeSet<Whom>,
    /// It asks for access, or for its end. What other tickets say is of no use to anybody.
    asks: bool,
    /// It asks for the end of access.
    revokes: bool,
    /// Accounts that it may mean.
    pub accounts: BTreeMap<AccountId, NamedAccount>,
}

/// As whom an account is named, through whose home that came to it, and what it answers.
type NamedAccount = Named<(Whom, Option<PersonId>), Box<AccountState>>;

impl TicketState {
    pub fn record(&mut self, event: TicketEvent) -> bool {
        let mut changed = event.restates && self.first_version(event.clone());
        if let Some(whom) = event.subject.as_deref().and_then(Whom::parse) {
            changed |= join_item(&mut self.subjects, LINKS_MAX, whom);
        }
        let request = event.request.as_deref().unwrap_or_default();
        let revokes = REVOCATIONS.contains(&request);
        changed |= join_flag(&mut self.revokes, revokes);
        changed |= join_flag(&mut self.asks, revokes || APPROVALS.contains(&request));
        self.events.insert(event) | changed
    }

    pub fn account(
        &mut self,
        account: AccountId,
        by: BTreeSet<(Whom, Option<PersonId>)>,
        state: Box<AccountState>,
    ) -> bool {
        let named = Named::new(by, state);
        join_entry(&mut self.accounts, LINKS_MAX, account, named)
    }

    /// Whether those whom it names are to know of it.
    pub fn asks(&self) -> bool {
        self.asks
    }

    pub fn revokes(&self) -> bool {
        self.revokes
    }

    /// What happened to it, without what accounts have told it.
    #[must_use]
    pub fn course(&self) -> TicketState {
        TicketState {
            events: self.events.clone(),
            first_versions: self.first_versions.clone(),
            asks: self.asks,
            revokes: self.revokes,
            ..TicketState::default()
        }
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
        let mut changed = changed | join_flag(&mut self.asks, other.asks);
        changed |= join_flag(&mut self.revokes, other.revokes);
        for whom in other.subjects {
            changed |= join_item(&mut self.subjects, LINKS_MAX, whom);
        }
        for (account, named) in other.accounts {
            changed |= join_entry(&mut self.accounts, LINKS_MAX, account, named);
        }
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
