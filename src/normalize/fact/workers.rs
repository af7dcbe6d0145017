//! What HR recorded about a worker.

use super::{Facts, email_identifier};
use crate::model::Text;
use crate::model::event::Event;
use crate::model::fact::{
    EmploymentEvent, EmploymentKind, Fact, IdentifierFact, LinkReason, PersonFact, Worker,
};
use crate::model::id::{Identifier, PersonId};
use crate::normalize::event::{optional, value_time};
use crate::normalize::plan::WorkerPlan;
use crate::normalize::time;
use crate::normalize::value::Value;
use crate::normalize::verb::employment_kind;

impl Facts<'_, '_> {
    pub(super) fn worker(&mut self, event: &mut Event) {
        let Some(plan) = &self.plan.worker else {
            return;
        };
        let Some(kind) = event.lifecycle.verb.and_then(employment_kind) else {
            return;
        };
        let effective = plan
            .effective_at
            .as_ref()
            .and_then(|at| value_time(&self.scope, at));
        event.lifecycle.effective_time = effective.filter(|at| *at != event.time);
        let Some(id) = optional(&self.scope, Some(&plan.employee_id)) else {
            return;
        };
        let worker = self.worker_as_stated(plan);
        let person = PersonId(id.clone());
        self.earlier_ids(event, plan, &person);
        let emails = worker.email.iter().chain(&worker.previous_emails);
        let identifiers = emails.filter_map(email_identifier);
        for identifier in identifiers.chain([Identifier::EmployeeId(id)]) {
            let person = person.clone();
            self.out.push(Fact::Identifier(
                identifier,
                IdentifierFact::Person { person },
            ));
        }
        let ended = self.scope.any_holds(&plan.terminated);
        let employment = EmploymentEvent {
            effective_at: effective.unwrap_or(event.time),
            recorded_at: event.time,
            kind: match kind {
                EmploymentKind::SnapshotEmployed if ended => EmploymentKind::SnapshotTerminated,
                kind => kind,
            },
            event: event.uid,
            worker,
        };
        self.out.push(Fact::Person(
            person,
            PersonFact::Employment(Box::new(employment)),
        ));
    }

    /// Ids that the worker had before are theirs.
    fn earlier_ids(&mut self, event: &Event, plan: &WorkerPlan, person: &PersonId) {
        let ids = plan.previous_employee_ids.as_ref();
        let ids = ids.map(|value| self.scope.texts(value)).unwrap_or_default();
        let ids = ids.into_iter().filter(|id| **id != *person.0);
        for earlier in ids.map(PersonId::new).collect::<Vec<_>>() {
            self.out.push(Fact::Identifier(
                Identifier::EmployeeId(earlier.0.clone()),
                IdentifierFact::Person {
                    person: person.clone(),
                },
            ));
            let same = PersonFact::SameAs {
                person: earlier,
                reason: LinkReason::Stated,
                at: event.time,
            };
            self.out.push(Fact::Person(person.clone(), same));
        }
    }

    fn worker_as_stated(&self, plan: &WorkerPlan) -> Worker {
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        let previous = plan
            .previous_emails
            .as_ref()
            .map(|value| self.scope.texts(value));
        let contract_end = plan
            .contract_end
            .as_ref()
            .map(|value| time::read_contract_end(self.scope.doc, self.scope.node(value)));
        Worker {
            name: read(&plan.name),
            email: read(&plan.email),
            previous_emails: previous
                .unwrap_or_default()
                .into_iter()
                .map(Text::from)
                .collect(),
            department: read(&plan.department),
            title: read(&plan.title),
            manager_id: read(&plan.manager_id),
            employment_type: read(&plan.employment_type),
            contract_end: contract_end.unwrap_or_default(),
        }
    }
}
