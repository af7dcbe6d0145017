//! The census of an engine's homes, a slice at a time: a pass over a million homes takes seconds,
//! and nothing else may wait that long.

use super::home::{Home, State};
use crate::assess::census;
use crate::model::census::{Counted, Tally};
use crate::model::finding::{RuleId, Status};
use crate::model::policy::Policy;
use crate::model::time::Timestamp;

/// How far a pass has come.
#[derive(Default)]
pub(super) struct Pass {
    next: usize,
    /// How many homes there were when it began: those that come meanwhile wait for the next pass.
    end: usize,
    tally: Tally,
}

impl Pass {
    /// Looks at up to `limit` homes as of `now`; the tally, where that completes the pass.
    pub(super) fn advance(
        &mut self,
        homes: &[Home],
        (policy, now): (&Policy, Timestamp),
        limit: usize,
    ) -> Option<Tally> {
        if self.next == 0 {
            self.end = homes.len();
        }
        let until = self.next.saturating_add(limit).min(self.end);
        for home in homes.iter().take(until).skip(self.next) {
            count(home, policy, now, &mut self.tally);
        }
        self.next = until;
        (until == self.end).then(|| std::mem::take(self).tally)
    }
}

fn count(home: &Home, policy: &Policy, now: Timestamp, tally: &mut Tally) {
    match &home.state {
        State::Person(_, state) => census::person(state, now, tally),
        State::Account(id, state) => {
            census::account(id, state, policy, now, tally);
            let told = home.reported.findings().filter(|finding| {
                finding.rule == RuleId::GrantUnapproved
                    && matches!(finding.status, Status::Open | Status::Exempt)
            });
            told.for_each(|_| tally.count(Counted::Unapproved(id.source.clone())));
        }
        _ => {}
    }
}
