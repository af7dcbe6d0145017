//! The home of a workflow run: what a retry comes to is told to the run that it tries again.

use super::{Effect, Touch, loud};
use crate::model::fact::{Fact, RetryEvent, WorkflowEventKind, WorkflowFact};
use crate::model::id::RunId;
use crate::model::limits::RETRY_HOPS_MAX;
use crate::model::state::WorkflowState;

pub(super) fn join(
    id: &RunId,
    state: &mut WorkflowState,
    fact: WorkflowFact,
    effects: &mut Vec<Effect>,
) -> Touch {
    let known = state.retry_of.len();
    let (changed, news) = match fact {
        WorkflowFact::Event(event) => {
            let kind = event.kind;
            let before = state.first(kind);
            let changed = state.record(*event);
            let is_first = state.first(kind) != before;
            (changed, own(id, state, kind).filter(|_| is_first))
        }
        // What comes back to where it began goes round in a circle.
        WorkflowFact::Retry(retry) if retry.run == *id => return Touch::Nothing,
        WorkflowFact::Retry(retry) => {
            let changed = state.retried((*retry).clone());
            (changed, passed_on(&retry).filter(|_| changed))
        }
    };
    if state.retry_of.len() == known {
        tell(id, state, news, effects);
    } else {
        // Just now it turned out to be a retry: all that is known goes to the other run.
        tell(id, state, everything(id, state), effects);
    }
    loud(changed)
}

fn tell(
    id: &RunId,
    state: &WorkflowState,
    news: impl IntoIterator<Item = RetryEvent>,
    effects: &mut Vec<Effect>,
) {
    for retry in news {
        let roots = state.retry_of.iter().filter(|root| *root != id);
        effects.extend(roots.map(|root| {
            let fact = WorkflowFact::Retry(Box::new(retry.clone()));
            Effect::Send(Fact::Workflow(root.clone(), fact))
        }));
    }
}

fn everything(id: &RunId, state: &WorkflowState) -> Vec<RetryEvent> {
    let own = WorkflowEventKind::ALL
        .into_iter()
        .filter_map(|kind| own(id, state, kind));
    own.chain(state.retries().filter_map(passed_on)).collect()
}

/// The run's own first of a kind, as it is told.
fn own(id: &RunId, state: &WorkflowState, kind: WorkflowEventKind) -> Option<RetryEvent> {
    let (at, event) = state.first(kind)?;
    Some(RetryEvent {
        at,
        kind,
        run: id.clone(),
        event,
        hops: 1,
    })
}

fn passed_on(retry: &RetryEvent) -> Option<RetryEvent> {
    let hops = retry.hops + 1;
    (hops <= RETRY_HOPS_MAX).then(|| RetryEvent {
        hops,
        ..retry.clone()
    })
}
