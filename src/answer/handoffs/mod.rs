//! Handoffs: for each joiner, mover and leaver, which steps were done by hand, by script or by a
//! governed workflow, how long each took after it counted, and what has not been done.

mod how;
mod steps;

pub use how::{Actors, How, RunSteps};
pub use steps::{Draft, of_account, of_person};

use serde::{Deserialize, Serialize};

use crate::identity::{leaves, positions};
use crate::model::Text;
use crate::model::fact::EmploymentKind;
use crate::model::finding::IdentityRef;
use crate::model::id::EventUid;
use crate::model::limits::HANDOFFS_PER_ANSWER_MAX;
use crate::model::state::Employment;
use crate::model::time::Timestamp;

/// What the CLI and the HTTP API give; the order of the fields is part of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handoffs {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The time as of which something is done or not.
    pub now: Timestamp,
    /// How many there are, given or not.
    pub total: usize,
    /// Ascending in time.
    pub handoffs: Vec<Handoff>,
    /// Over all, given or not: one for each kind of transition.
    pub summary: Vec<Summary>,
}

/// One person's joining, moving or leaving.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    pub identity: IdentityRef,
    pub kind: TransitionKind,
    /// When it counts, as HR has it.
    pub at: Timestamp,
    pub steps: Vec<Step>,
    pub evidence: Vec<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    Joiner,
    Mover,
    Leaver,
}

/// A transition of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    pub at: Timestamp,
    pub kind: TransitionKind,
    pub event: EventUid,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// `source:uid`, `source:uid|kind:name`, `source:credential-uid`, `source:device-uid`; of what
    /// was never made, as the policy names it.
    pub subject: Text,
    /// `null` where it is not done.
    pub done_at: Option<Timestamp>,
    /// From the transition; negative where it was done before.
    pub took_seconds: Option<i64>,
    /// `null` where it is not done.
    pub how: Option<How>,
    pub by: Option<Text>,
    /// `workflow:RUN` of the step that did it.
    pub run: Option<Text>,
    pub evidence: Vec<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    AccountMade,
    GrantMade,
    DeviceGiven,
    AccountEnded,
    GrantEnded,
    CredentialEnded,
    DeviceReturned,
}

/// All transitions of one kind, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub kind: TransitionKind,
    pub people: usize,
    pub steps: usize,
    pub by_hand: usize,
    pub by_script: usize,
    pub by_workflow: usize,
    pub not_known: usize,
    pub not_done: usize,
    /// Of what was done, by whatever means.
    pub median_seconds: Option<i64>,
    pub hand_median_seconds: Option<i64>,
    pub script_median_seconds: Option<i64>,
    pub workflow_median_seconds: Option<i64>,
}

impl TransitionKind {
    pub const ALL: [TransitionKind; 3] = [
        TransitionKind::Joiner,
        TransitionKind::Mover,
        TransitionKind::Leaver,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            TransitionKind::Joiner => "joiner",
            TransitionKind::Mover => "mover",
            TransitionKind::Leaver => "leaver",
        }
    }
}

impl StepKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            StepKind::AccountMade => "account made",
            StepKind::GrantMade => "grant made",
            StepKind::DeviceGiven => "device given",
            StepKind::AccountEnded => "account ended",
            StepKind::GrantEnded => "grant ended",
            StepKind::CredentialEnded => "credential ended",
            StepKind::DeviceReturned => "device returned",
        }
    }
}

/// Every hire and rehire, move and leave of the record, ascending.
pub fn transitions(employment: &Employment) -> Vec<Transition> {
    let mut all: Vec<Transition> = Vec::new();
    let hires = employment.events().iter();
    let hires =
        hires.filter(|event| matches!(event.kind, EmploymentKind::Hire | EmploymentKind::Rehire));
    all.extend(hires.map(|event| Transition {
        at: event.effective_at,
        kind: TransitionKind::Joiner,
        event: event.event,
    }));
    for pair in positions(employment).windows(2) {
        if let [before, after] = pair
            && after.moved_from(before)
        {
            all.push(Transition {
                at: after.since,
                kind: TransitionKind::Mover,
                event: after.event,
            });
        }
    }
    all.extend(leaves(employment).iter().map(|leave| Transition {
        at: leave.terminated_at,
        kind: TransitionKind::Leaver,
        event: leave.event,
    }));
    all.sort_unstable();
    // Two records of one hire are one; who is hired anew into another position has not moved.
    all.dedup_by_key(|transition| (transition.at, transition.kind));
    let hired: Vec<Timestamp> = all
        .iter()
        .filter(|transition| transition.kind == TransitionKind::Joiner)
        .map(|transition| transition.at)
        .collect();
    all.retain(|it| it.kind != TransitionKind::Mover || !hired.contains(&it.at));
    all
}

impl Handoffs {
    /// Those of `window`, in order; sums over all, and the first of them.
    pub fn new(window: (Timestamp, Timestamp), now: Timestamp, mut all: Vec<Handoff>) -> Self {
        all.sort_by(|a, b| {
            let key = |it: &Handoff| (it.at, it.kind, it.identity.uid.clone());
            key(a).cmp(&key(b))
        });
        for handoff in &mut all {
            handoff.steps.sort_by(|a, b| {
                let key = |it: &Step| (it.done_at.is_none(), it.done_at, it.kind);
                key(a).cmp(&key(b)).then_with(|| a.subject.cmp(&b.subject))
            });
        }
        let summary = TransitionKind::ALL
            .map(|kind| Summary::of(kind, &all))
            .into();
        let total = all.len();
        all.truncate(HANDOFFS_PER_ANSWER_MAX);
        Handoffs {
            from: window.0,
            to: window.1,
            now,
            total,
            handoffs: all,
            summary,
        }
    }
}

impl Summary {
    fn of(kind: TransitionKind, all: &[Handoff]) -> Self {
        let of_kind: Vec<&Handoff> = all.iter().filter(|it| it.kind == kind).collect();
        let steps: Vec<&Step> = of_kind.iter().flat_map(|it| &it.steps).collect();
        let count = |how| steps.iter().filter(|step| step.how == how).count();
        let took = |how: Option<How>| {
            let done = steps.iter().filter(|step| how.is_none() || step.how == how);
            median(done.filter_map(|step| step.took_seconds).collect())
        };
        Summary {
            kind,
            people: of_kind.len(),
            steps: steps.len(),
            by_hand: count(Some(How::Hand)),
            by_script: count(Some(How::Script)),
            by_workflow: count(Some(How::Workflow)),
            not_known: count(Some(How::NotKnown)),
            not_done: steps.iter().filter(|step| step.done_at.is_none()).count(),
            median_seconds: took(None),
            hand_median_seconds: took(Some(How::Hand)),
            script_median_seconds: took(Some(How::Script)),
            workflow_median_seconds: took(Some(How::Workflow)),
        }
    }
}

/// The one in the middle; of an even number the lower of the two.
fn median(mut all: Vec<i64>) -> Option<i64> {
    all.sort_unstable();
    let middle = all.len().checked_sub(1)? / 2;
    all.get(middle).copied()
}

#[cfg(test)]
mod tests;
