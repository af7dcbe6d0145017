//! The approvals of an account: what tickets allowed it.

use crate::identity::{Ownership, request_at};
use crate::model::Text;
use crate::model::fact::{GrantName, TicketEventKind, Whom};
use crate::model::id::{EventUid, SourceName, TicketId};
use crate::model::policy::Policy;
use crate::model::state::{APPROVALS, AccountState};
use crate::model::time::Timestamp;

/// One approved event of an access request or an onboarding that concerns the account.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval<'a> {
    pub at: Timestamp,
    pub event: EventUid,
    pub ticket: &'a TicketId,
    /// `source:kind:name`; empty where the ticket names none.
    pub grants: &'a [Text],
}

impl Approval<'_> {
    /// Whether it names the grant.
    pub fn names(&self, source: &SourceName, grant: &GrantName) -> bool {
        self.grants.iter().any(|text| grant.is_named(source, text))
    }

    /// Whether it allows the grant: it names it, or none.
    pub fn allows(&self, source: &SourceName, grant: &GrantName) -> bool {
        self.grants.is_empty() || self.names(source, grant)
    }
}

/// Ascending in time. A ticket that names the account counts, and one that names an address of its
/// owner, or of one of those who dispute it.
pub(super) fn approvals<'a>(
    state: &'a AccountState,
    owner: &Ownership<'_>,
    policy: &Policy,
) -> Vec<Approval<'a>> {
    let mut approvals = Vec::new();
    for (ticket, named) in &state.tickets {
        let events = named.state.events();
        for (place, event) in events.iter().enumerate() {
            let request = request_at(&events, place);
            let concerns = named.by.iter().any(|(whom, through)| {
                let is_owner = match (through, owner) {
                    (None, _) => true,
                    // A shared mailbox is nobody, whoever's records name it.
                    (Some(_), _) if is_shared(whom, policy) => false,
                    // Where whose it is is not known, nobody is accused for that.
                    (
                        Some(through),
                        Ownership::Person { people, .. } | Ownership::Disputed(people),
                    ) => people.contains(&through),
                    (Some(_), _) => false,
                };
                is_owner && request.subject.as_ref() == Some(whom)
            });
            let counts = request.kind.is_some_and(|kind| APPROVALS.contains(&kind));
            if event.kind == TicketEventKind::Approved && counts && concerns {
                approvals.push(Approval {
                    at: event.at,
                    event: event.event,
                    ticket,
                    grants: request.grants,
                });
            }
        }
    }
    approvals.sort_by_key(|approval| (approval.at, approval.event));
    approvals
}

/// Whether a record that names it means nobody.
pub(super) fn is_shared(whom: &Whom, policy: &Policy) -> bool {
    matches!(whom, Whom::Identifier(identifier) if policy.is_shared(identifier))
}
