//! Asking again and again: at each instant at which an answer could change, whether it has.
//!
//! An instant is asked about with all that happened until then and at it: what happens exactly at
//! a deadline is in time.

use crate::model::time::{Span, Timestamp};

/// A time in which something was true without a break: `to` is the first instant at which it was
/// not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// The stretches in which `holds`, asked at each of `instants`: between two of them nothing
/// changes.
pub(super) fn stretches(
    instants: impl IntoIterator<Item = Timestamp>,
    holds: impl Fn(Timestamp) -> bool,
) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut since = None;
    for at in in_order(instants) {
        match (since, holds(at)) {
            (None, true) => since = Some(at),
            (Some(from), false) => {
                stretches.push(Stretch { from, to: Some(at) });
                since = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    stretches.extend(since.map(|from| Stretch { from, to: None }));
    stretches
}

/// The first of `instants` later than `from` at which `is`.
pub(super) fn first_after(
    instants: impl IntoIterator<Item = Timestamp>,
    from: Timestamp,
    is: impl Fn(Timestamp) -> bool,
) -> Option<Timestamp> {
    let later = in_order(instants).into_iter().filter(|at| *at > from);
    later.into_iter().find(|at| is(*at))
}

/// The latest of `sorted` that is not later than `at`.
pub(super) fn latest(sorted: &[Timestamp], at: Timestamp) -> Option<Timestamp> {
    let count = sorted.partition_point(|other| *other <= at);
    sorted.get(..count)?.last().copied()
}

/// The moment before: times are whole microseconds.
pub(super) fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_sub(1))
}

pub(super) fn earlier(at: Timestamp, by: Span) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_sub(by.as_micros()))
}

fn in_order(instants: impl IntoIterator<Item = Timestamp>) -> Vec<Timestamp> {
    let mut instants: Vec<Timestamp> = instants.into_iter().collect();
    instants.sort_unstable();
    instants.dedup();
    instants
}
