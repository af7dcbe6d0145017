//! What the leaver rules with a deadline share: something of a leaver's is still live when the
//! grace is over. Judged once a leave, at the deadline.

use super::{Told, deadline, earlier};
use crate::assess::context::AccountContext;
use crate::identity::Leave;
use crate::model::state::LiveInterval;
use crate::model::time::{Span, Timestamp};

/// A leave at whose deadline something was live.
pub(super) struct Overdue<'a> {
    pub leave: &'a Leave,
    pub live: &'a LiveInterval,
    pub deadline: Timestamp,
}

/// The leaves at whose deadline one of the intervals, which are those of one thing, held.
pub(super) fn overdue<'a>(
    context: &'a AccountContext<'_>,
    intervals: &'a [LiveInterval],
    grace: Span,
) -> impl Iterator<Item = Overdue<'a>> {
    context.leaves.iter().filter_map(move |leave| {
        let deadline = deadline(leave, grace)?;
        let live = intervals.iter().find(|live| live.contains(deadline))?;
        Some(Overdue {
            leave,
            live,
            deadline,
        })
    })
}

impl Overdue<'_> {
    /// Until the thing ends, or the leaver is hired again.
    pub(super) fn told(&self, summary: String) -> Told {
        Told {
            opened_at: self.deadline,
            resolved_at: earlier(self.live.until, self.leave.rehired_at),
            evidence: [self.leave.event, self.live.began_by]
                .into_iter()
                .chain(self.live.ended_by)
                .collect(),
            summary,
        }
    }
}
