//! How a run of a lifecycle workflow went.

use super::Facts;
use crate::model::Text;
use crate::model::event::{Event, Outcome};
use crate::model::fact::{
    AccountFact, Fact, FailedEnd, StepOutcome, WorkflowEvent, WorkflowEventKind, WorkflowFact,
    WorkflowStep,
};
use crate::model::id::RunId;
use crate::normalize::event::optional;
use crate::normalize::sections::WorkflowPlan;
use crate::normalize::value::Value;
use crate::normalize::verb::workflow_event_kind;

impl Facts<'_, '_> {
    /// Stated whatever the outcome: that a run failed is what there is to know of it.
    pub(super) fn workflow(&mut self, event: &Event) {
        let Some(plan) = &self.plan.workflow else {
            return;
        };
        let Some(kind) = event.lifecycle.verb.and_then(workflow_event_kind) else {
            return;
        };
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        let Some(run) = optional(&self.scope, Some(&plan.run)) else {
            return;
        };
        let step = (kind == WorkflowEventKind::Step).then(|| self.step(event, plan));
        let failed = step
            .as_ref()
            .filter(|step| step.outcome == StepOutcome::Failure)
            .cloned();
        let event_of_run = WorkflowEvent {
            at: event.time,
            kind,
            name: read(&plan.name),
            trigger: read(&plan.trigger),
            subject: read(&plan.subject).map(|subject| self.in_namespace(subject)),
            step,
            error: read(&plan.error),
            retry_of: read(&plan.retry_of).map(RunId),
            event: event.uid,
        };
        self.out.push(Fact::Workflow(
            RunId(run),
            WorkflowFact::Event(Box::new(event_of_run)),
        ));
        if let Some(step) = failed {
            self.failed_step(event, step);
        }
    }

    fn step(&self, event: &Event, plan: &WorkflowPlan) -> WorkflowStep {
        let read = |value: &Option<Value>| optional(&self.scope, value.as_ref());
        WorkflowStep {
            name: read(&plan.step),
            action: read(&plan.action),
            target: read(&plan.target).map(|target| self.in_namespace(target)),
            outcome: step_outcome(read(&plan.outcome), event.outcome),
        }
    }

    /// The step was to do something to an account. What it was to do stands in its own words, for
    /// the rule to judge.
    fn failed_step(&mut self, event: &Event, step: WorkflowStep) {
        let target = step.target.as_deref();
        if let Some(account) = target.and_then(|target| self.account_named(target)) {
            let failed = FailedEnd {
                at: event.time,
                event: event.uid,
                actor: None,
                action: step.action.or(step.name),
            };
            self.say(&account, AccountFact::EndFailed(failed));
        }
    }
}

/// By the step's own word, or else by how the record as a whole went.
fn step_outcome(word: Option<Text>, record: Outcome) -> StepOutcome {
    let word = word.map(|word| word.to_lowercase()).unwrap_or_default();
    let begins = |known: &[&str]| known.iter().any(|known| word.starts_with(known));
    if begins(&["fail", "err"]) {
        StepOutcome::Failure
    } else if begins(&["skip"]) {
        StepOutcome::Skipped
    } else if begins(&["succ", "ok", "done", "complet"]) {
        StepOutcome::Success
    } else {
        match record {
            Outcome::Failure => StepOutcome::Failure,
            Outcome::Success => StepOutcome::Success,
            Outcome::Unknown => StepOutcome::Unknown,
        }
    }
}
