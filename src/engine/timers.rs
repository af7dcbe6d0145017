//! Lazy timers: a home that re-arms leaves its old entry behind, to be ignored when it fires.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::time::Timestamp;

#[derive(Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Timestamp, usize)>>);

impl Timers {
    pub(super) fn arm(&mut self, at: Timestamp, place: usize) {
        self.0.push(Reverse((at, place)));
    }

    /// The places whose time has come, earliest first.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<usize> {
        let mut due = Vec::new();
        while let Some(Reverse((at, place))) = self.0.peek().copied() {
            if at > now {
                break;
            }
            self.0.pop();
            due.push(place);
        }
        due
    }
}
