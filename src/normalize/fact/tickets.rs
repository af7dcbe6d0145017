//! What happened to a ticket.

use super::Facts;
use crate::model::Text;
use crate::model::event::Event;
use crate::model::fact::{Fact, TicketEvent, TicketFact};
use crate::model::id::TicketId;
use crate::normalize::event::optional;
use crate::normalize::value::Value;
use crate::normalize::verb::ticket_event_kind;

impl Facts<'_, '_> {
    pub(super) fn ticket(&mut self, event: &mut Event) {
        let Some(plan) = &self.plan.ticket else {
            return;
        };
        let Some(id) = optional(&self.scope, Some(&plan.id)) else {
            return;
        };
        event.lifecycle.ticket = Some(id.clone());
        let Some(kind) = event.lifecycle.verb.and_then(ticket_event_kind) else {
            return;
        };
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        let grants = plan.grants.as_ref().map(|value| self.scope.texts(value));
        let ticket = TicketEvent {
            at: event.time,
            kind,
            request: read(&plan.request),
            requester: read(&plan.requester),
            approver: read(&plan.approver),
            subject: read(&plan.subject).map(|subject| self.in_namespace(subject)),
            grants: grants
                .unwrap_or_default()
                .into_iter()
                .map(|grant| self.in_namespace(Text::from(grant)))
                .collect(),
            resolution: read(&plan.resolution),
            event: event.uid,
            restates: plan.versions,
        };
        self.out.push(Fact::Ticket(
            TicketId(id),
            TicketFact::Event(Box::new(ticket)),
        ));
    }
}
