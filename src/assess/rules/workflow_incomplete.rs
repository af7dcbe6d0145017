//! `workflow-incomplete`: a run, with all that try it again, has not come to a success in time.

use super::Told;
use crate::assess::episode::Episode;
use crate::model::Text;
use crate::model::fact::{RetryEvent, WorkflowEvent, WorkflowEventKind};
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::id::{EventUid, RunId};
use crate::model::state::WorkflowState;
use crate::model::time::{Span, Timestamp};

/// A point in the life of a chain of runs.
pub(in crate::assess) type Point = (Timestamp, EventUid);

/// At most one: from the first deadline that was missed until a success of the run or a retry.
pub fn episodes(id: &RunId, state: &WorkflowState, limit: Span) -> Vec<Episode> {
    // A retry counts for the run that it tries again, where its events are told.
    if state.retry_of.iter().any(|root| root != id) {
        return Vec::new();
    }
    of_root(id, state, limit).into_iter().collect()
}

/// How a run went, with all that try it again.
pub(in crate::assess) struct Course {
    started: Option<Point>,
    failed: Option<Point>,
    pub(in crate::assess) succeeded: Option<Point>,
}

pub(in crate::assess) fn course(state: &WorkflowState) -> Course {
    use WorkflowEventKind::{Failed, Started, Step, Succeeded};
    let own = |kind| state.first(kind);
    let of_retries = |kind| of_retries(state, kind);
    let (mut started, mut failed) = (own(Started).or(own(Step)), own(Failed));
    if started.is_none() && failed.is_none() {
        // Of a root that no record of its own tells of, its retries tell.
        (started, failed) = (of_retries(Started), of_retries(Failed));
    }
    let succeeded = own(Succeeded)
        .into_iter()
        .chain(of_retries(Succeeded))
        .min();
    Course {
        started,
        failed,
        succeeded,
    }
}

impl Course {
    /// The first deadline, and what it counts from: the word for it, and its time.
    pub(in crate::assess) fn deadline(
        &self,
        limit: Span,
    ) -> Option<(Timestamp, &'static str, Point)> {
        let overdue = self
            .started
            .map(|began| (began.0 + limit, "started", began));
        match (overdue, self.failed) {
            (Some(overdue), Some((at, _))) if at > overdue.0 => Some(overdue),
            (_, Some(failed)) => Some((failed.0 + limit, "failed", failed)),
            (overdue, None) => overdue,
        }
    }
}

fn of_root(id: &RunId, state: &WorkflowState, limit: Span) -> Option<Episode> {
    let course = course(state);
    let (opened_at, became, (since, by)) = course.deadline(limit)?;
    let succeeded = course.succeeded;
    if succeeded.is_some_and(|(at, _)| at <= opened_at) {
        return None;
    }
    let told = Told {
        opened_at,
        resolved_at: succeeded.map(|(at, _)| at),
        evidence: [by]
            .into_iter()
            .chain(succeeded.map(|(_, event)| event))
            .collect(),
        summary: format!(
            "{} {became} on {since} and had not succeeded {limit} later, nor had a retry of it",
            called(id, state),
        ),
    };
    let subject = format!("workflow:{}", id.0);
    Some(told.episode(RuleId::WorkflowIncomplete, SubjectKind::Workflow, subject))
}

fn of_retries(state: &WorkflowState, kind: WorkflowEventKind) -> Option<Point> {
    let of_kind = |retry: &&RetryEvent| retry.kind == kind;
    let points = state.retries().filter(of_kind);
    points.map(|retry| (retry.at, retry.event)).min()
}

/// The workflow's name and whom it was for, as far as records say.
fn called(id: &RunId, state: &WorkflowState) -> String {
    let stated = |read: fn(&WorkflowEvent) -> Option<&Text>| {
        state.events().iter().chain(state.steps()).find_map(read)
    };
    let name = stated(|event| event.name.as_ref());
    let subject = stated(|event| event.subject.as_ref());
    let name = name.map_or_else(String::new, |name| format!(" of {name}"));
    let subject = subject.map_or_else(String::new, |subject| format!(" for {subject}"));
    format!("run {}{name}{subject}", id.0)
}
