//! Until when a person's contract runs, as HR has it at each time.

use super::employment::by_effect;
use crate::model::fact::{ContractEnd, EmploymentKind};
use crate::model::id::EventUid;
use crate::model::state::Employment;
use crate::model::time::Timestamp;

/// A contract's end, and when it was what HR said: `[since, until)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub ends_at: Timestamp,
    /// `None` for the first that HR ever said of this employment: nothing else held before.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The HR record that says so.
    pub event: EventUid,
    /// The one that says otherwise.
    pub ended_by: Option<EventUid>,
}

impl Contract {
    /// Whether it is what HR says of `at`.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// When its end had come: at the end, or when HR said it if that was later. `None` where HR
    /// said otherwise before.
    pub fn came_to_end(&self) -> Option<Timestamp> {
        let came = self
            .since
            .map_or(self.ends_at, |since| since.max(self.ends_at));
        self.holds_at(came).then_some(came)
    }
}

/// Every contract's end that ever held, ascending by when it began to hold. Only the effective
/// time of a record counts; of one instant, the one recorded last. A (re)hire that says nothing of
/// an end begins an employment without one.
pub fn contracts(employment: &Employment) -> Vec<Contract> {
    let mut contracts: Vec<Contract> = Vec::new();
    // What held last; a first statement holds from the beginning of the employment.
    let mut before: Option<Option<Timestamp>> = None;
    for (at, end, event) in statements(employment) {
        if before == Some(end) {
            continue;
        }
        if let Some(last) = contracts.last_mut().filter(|last| last.until.is_none()) {
            last.until = Some(at);
            last.ended_by = Some(event);
        }
        contracts.extend(end.map(|ends_at| Contract {
            ends_at,
            since: before.is_some().then_some(at),
            until: None,
            event,
            ended_by: None,
        }));
        before = Some(end);
    }
    contracts
}

/// What was said of a contract's end, one statement an instant, ascending.
fn statements(employment: &Employment) -> Vec<(Timestamp, Option<Timestamp>, EventUid)> {
    let mut said: Vec<(Timestamp, Option<Timestamp>, EventUid)> = Vec::new();
    for event in by_effect(employment) {
        let hired = matches!(event.kind, EmploymentKind::Hire | EmploymentKind::Rehire);
        let end = match event.worker.contract_end {
            ContractEnd::At(end) => Some(end),
            ContractEnd::Open => None,
            ContractEnd::Unstated if hired => None,
            ContractEnd::Unstated => continue,
        };
        let statement = (event.effective_at, end, event.event);
        match said.last_mut().filter(|(at, ..)| *at == event.effective_at) {
            Some(last) => *last = statement,
            None => said.push(statement),
        }
    }
    said
}
