//! Reading a person's employment record.

use std::sync::Arc;

use crate::model::fact::{EmploymentEvent, EmploymentKind, Worker};
use crate::model::finding::{IdentityKind, IdentityRef};
use crate::model::id::{EventUid, PersonId};
use crate::model::state::Employment;
use crate::model::time::Timestamp;

/// A time during which somebody was gone: from their termination to their rehire, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    pub terminated_at: Timestamp,
    /// The HR record that says so.
    pub event: EventUid,
    pub rehired_at: Option<Timestamp>,
}

impl Leave {
    /// Whether the person is (still) gone at `at`; a rehire counts from its own instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.terminated_at <= at && self.rehired_at.is_none_or(|rehired| at < rehired)
    }
}

/// Every leave of the record, ascending.
///
/// Between two (re)hires there is at most one: of several termination records the one recorded
/// last holds, and a snapshot counts only where no termination precedes it.
pub fn leaves(employment: &Employment) -> Vec<Leave> {
    let mut events: Vec<&EmploymentEvent> = employment.events().iter().map(Arc::as_ref).collect();
    // Of one instant the termination comes last, whatever was recorded first.
    events.sort_by_key(|event| {
        (
            event.effective_at,
            event.kind,
            event.recorded_at,
            event.event,
        )
    });
    let mut leaves = Vec::new();
    let mut records = Vec::new();
    for event in events {
        match event.kind {
            EmploymentKind::Hire | EmploymentKind::Rehire => {
                leaves.extend(leave_of(&records, Some(event.effective_at)));
                records.clear();
            }
            EmploymentKind::Terminate | EmploymentKind::SnapshotTerminated => records.push(event),
            _ => {}
        }
    }
    leaves.extend(leave_of(&records, None));
    leaves
}

/// What HR recorded, in the order in which it took effect; of one instant, what was recorded last
/// comes last.
pub(super) fn by_effect(employment: &Employment) -> Vec<&EmploymentEvent> {
    let mut events: Vec<&EmploymentEvent> = employment.events().iter().map(Arc::as_ref).collect();
    events.sort_by_key(|event| {
        (
            event.effective_at,
            event.recorded_at,
            event.kind,
            event.event,
        )
    });
    events
}

/// A person, by what findings and answers call them.
pub fn person_ref(person: &PersonId, employment: &Employment) -> IdentityRef {
    let worker = newest_worker(employment);
    IdentityRef {
        uid: person.0.clone(),
        email: worker.email,
        name: worker.name,
        kind: IdentityKind::Human,
    }
}

/// The worker as HR recorded them last; what that record leaves out, as recorded before.
pub fn newest_worker(employment: &Employment) -> Worker {
    let mut newest = Worker::default();
    for worker in employment.workers_newest_first() {
        newest.name = newest.name.or_else(|| worker.name.clone());
        newest.email = newest.email.or_else(|| worker.email.clone());
        newest.department = newest.department.or_else(|| worker.department.clone());
        newest.title = newest.title.or_else(|| worker.title.clone());
    }
    newest
}

/// The leave that termination records without a rehire between them amount to; `records` ascend
/// by effective time.
fn leave_of(records: &[&EmploymentEvent], rehired_at: Option<Timestamp>) -> Option<Leave> {
    let is_snapshot = |event: &EmploymentEvent| event.kind == EmploymentKind::SnapshotTerminated;
    let snapshot = records.first().filter(|first| is_snapshot(first));
    let terminations = records.iter().filter(|event| !is_snapshot(event));
    let holds = terminations
        .chain(snapshot)
        .max_by_key(|event| (event.recorded_at, event.effective_at, event.event))?;
    Some(Leave {
        terminated_at: holds.effective_at,
        event: holds.event,
        rehired_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use EmploymentKind::{
        Hire, LeaveStart, Rehire, SnapshotEmployed, SnapshotTerminated, Terminate,
    };

    /// Events as (effective, recorded, kind); leaves as (terminated, rehired).
    fn check(events: &[(i64, i64, EmploymentKind)], expected: &[(i64, Option<i64>)]) {
        for reversed in [false, true] {
            let mut employment = Employment::default();
            let mut events: Vec<_> = events.to_vec();
            if reversed {
                events.reverse();
            }
            for (effective, recorded, kind) in events {
                employment.record(EmploymentEvent {
                    effective_at: Timestamp::from_seconds(effective),
                    recorded_at: Timestamp::from_seconds(recorded),
                    kind,
                    event: EventUid([0; 16]),
                    worker: Worker::default(),
                });
            }
            let seconds = |time: Timestamp| time.as_micros() / 1_000_000;
            let found: Vec<_> = leaves(&employment)
                .into_iter()
                .map(|leave| (seconds(leave.terminated_at), leave.rehired_at.map(seconds)))
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_rehire_ends_a_leave_and_a_hire_after_a_termination_is_one() {
        check(&[(1, 1, Hire)], &[]);
        check(&[(1, 1, Hire), (5, 5, Terminate)], &[(5, None)]);
        check(
            &[(1, 1, Hire), (5, 5, Terminate), (9, 9, Rehire)],
            &[(5, Some(9))],
        );
        check(
            &[(5, 5, Terminate), (9, 9, Hire), (12, 12, Terminate)],
            &[(5, Some(9)), (12, None)],
        );
    }

    #[test]
    fn only_the_effective_time_counts_and_the_last_record_holds() {
        check(&[(5, 100, Terminate), (9, 8, Rehire)], &[(5, Some(9))]);
        check(&[(5, 1, Terminate), (3, 2, Terminate)], &[(3, None)]);
        check(&[(5, 2, Terminate), (3, 1, Terminate)], &[(5, None)]);
    }

    #[test]
    fn a_snapshot_counts_only_where_no_termination_precedes_it() {
        check(&[(5, 5, SnapshotTerminated)], &[(5, None)]);
        check(
            &[(5, 5, SnapshotTerminated), (6, 6, SnapshotTerminated)],
            &[(5, None)],
        );
        check(
            &[(3, 3, Terminate), (5, 5, SnapshotTerminated)],
            &[(3, None)],
        );
        check(&[(3, 3, Terminate), (5, 5, SnapshotEmployed)], &[(3, None)]);
    }

    #[test]
    fn a_leave_of_absence_changes_nothing_and_of_one_instant_the_termination_holds() {
        check(&[(1, 1, Hire), (2, 2, LeaveStart)], &[]);
        check(&[(5, 5, Terminate), (5, 6, Rehire)], &[(5, None)]);
    }
}
