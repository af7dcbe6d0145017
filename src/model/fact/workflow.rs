//! What a run of a lifecycle workflow did.

use serde::{Deserialize, Serialize};

use crate::model::Text;
use crate::model::id::{EventUid, RunId};
use crate::model::time::Timestamp;

/// What a run's home is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkflowFact {
    Event(Box<WorkflowEvent>),
    /// From the home of a run that tries this one again.
    Retry(Box<RetryEvent>),
}

/// The first start, step or end of a run that tries another again, or of one that tries *that* again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RetryEvent {
    pub at: Timestamp,
    pub kind: WorkflowEventKind,
    pub run: RunId,
    pub event: EventUid,
    /// How many runs it was passed on by: 1 for the retry itself.
    pub hops: u16,
}

/// One event of a run. Every record states again what the run is for; most hold only a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowEvent {
    pub at: Timestamp,
    pub kind: WorkflowEventKind,
    /// The workflow's name.
    pub name: Option<Text>,
    /// What set it off, in the source's words: `hris:hr-9`.
    pub trigger: Option<Text>,
    /// An e-mail address or `source:account`.
    pub subject: Option<Text>,
    pub step: Option<WorkflowStep>,
    pub error: Option<Text>,
    /// The run that this one tries again.
    pub retry_of: Option<RunId>,
    pub event: EventUid,
}

/// In the order in which events of one instant count: a failure comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WorkflowEventKind {
    Started,
    Step,
    Succeeded,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowStep {
    pub name: Option<Text>,
    pub action: Option<Text>,
    /// An e-mail address, `source:account`, or anything else that a step can work on.
    pub target: Option<Text>,
    pub outcome: StepOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepOutcome {
    Success,
    Skipped,
    Failure,
    /// The record does not say.
    Unknown,
}

impl WorkflowEventKind {
    pub const ALL: [WorkflowEventKind; 4] = [
        WorkflowEventKind::Started,
        WorkflowEventKind::Step,
        WorkflowEventKind::Succeeded,
        WorkflowEventKind::Failed,
    ];
}
