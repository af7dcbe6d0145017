//! How something was done: by hand, by script, or by a governed workflow.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Step;
use super::steps::Draft;
use crate::answer::evidence;
use crate::model::Text;
use crate::model::fact::{Actor, StepOutcome};
use crate::model::id::{RunId, SourceName};
use crate::model::policy::Policy;
use crate::model::state::WorkflowState;
use crate::model::time::{Span, Timestamp};

/// How far a workflow's step and the change that it made may lie apart: clocks differ, and some
/// sources log minutes later.
const STEP_SLACK: Span = Span::from_seconds(15 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By a person who is no declared provisioner.
    Hand,
    /// By an account that is a machine's: a service principal, a bot, an API client.
    Script,
    /// By a step of a workflow run, or by an actor that the policy declares a provisioner.
    Workflow,
    /// The record names nobody, or somebody of whom nothing is known.
    NotKnown,
}

impl How {
    pub const fn as_str(self) -> &'static str {
        match self {
            How::Hand => "hand",
            How::Script => "script",
            How::Workflow => "workflow",
            How::NotKnown => "not_known",
        }
    }
}

/// Steps of workflow runs that succeeded, by the account that they worked on, lower-cased.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunSteps(BTreeMap<Text, BTreeSet<(Timestamp, RunId)>>);

/// Who is a person, and who a machine, by the names that actors go by at each source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actors {
    pub people: BTreeSet<(SourceName, Text)>,
    pub machines: BTreeSet<(SourceName, Text)>,
}

impl RunSteps {
    pub fn add(&mut self, id: &RunId, state: &WorkflowState) {
        for event in state.steps() {
            let Some(step) = &event.step else { continue };
            let Some(target) = step.target.as_ref().or(event.subject.as_ref()) else {
                continue;
            };
            if step.outcome == StepOutcome::Success {
                let of_target = self.0.entry(target.to_lowercase().into());
                of_target.or_default().insert((event.at, id.clone()));
            }
        }
    }

    pub fn join(&mut self, other: RunSteps) {
        for (target, steps) in other.0 {
            self.0.entry(target).or_default().extend(steps);
        }
    }

    /// The run of the step nearest to `at` that worked on any of `names`.
    fn near(&self, names: &[Text], at: Timestamp) -> Option<&RunId> {
        let steps = names.iter().filter_map(|name| self.0.get(name)).flatten();
        let apart = |when: Timestamp| when.max(at).since(when.min(at));
        let near = steps.filter(|(when, _)| apart(*when) <= STEP_SLACK);
        near.min_by_key(|(when, run)| (apart(*when), run))
            .map(|(_, run)| run)
    }
}

impl Draft {
    /// The step with how it was done. Without a run, whoever did it tells.
    pub fn judged(&self, policy: &Policy, runs: &RunSteps, actors: &Actors) -> Step {
        let run = self.done_at.and_then(|at| runs.near(&self.worked_on, at));
        let how = self.done_at.map(|_| match run {
            Some(_) => How::Workflow,
            None => self.by_actor(policy, actors),
        });
        Step {
            kind: self.kind,
            subject: self.subject.clone(),
            done_at: self.done_at,
            took_seconds: self
                .done_at
                .map(|at| at.since(self.transition.at).as_seconds()),
            how,
            by: self.by.clone(),
            run: run.map(|run| format!("workflow:{}", run.0).into()),
            evidence: evidence(self.events.iter().copied()),
        }
    }

    fn by_actor(&self, policy: &Policy, actors: &Actors) -> How {
        let names = |known: &BTreeSet<(SourceName, Text)>| {
            let mut forms = self.actor.iter();
            forms.any(|form| known.contains(&(self.source.clone(), form.clone())))
        };
        let mut forms = self.actor.iter();
        if forms.any(|form| policy.is_provisioner(&self.source, &Actor::from(&**form))) {
            How::Workflow
        } else if names(&actors.machines) {
            How::Script
        } else if names(&actors.people) {
            How::Hand
        } else {
            How::NotKnown
        }
    }
}
