//! What a run of a lifecycle workflow did.

use serde::{Deserialize, Serialize};

use crate::model::Text;
use crate::model::id::{EventUid, RunId};
use crate::model::time::Timestamp;

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
