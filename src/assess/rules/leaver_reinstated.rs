//! `leaver-reinstated`: a leaver's account came (back) to life after terminated_at.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::Leave;
use crate::model::finding::RuleId;
use crate::model::state::LiveInterval;

/// Every life that begins within a leave: a return, a creation, a first sighting.
pub(super) fn episodes(context: &AccountContext<'_>) -> Vec<Episode> {
    let begun = context.leaves.iter().flat_map(|leave| {
        let within =
            |live: &&LiveInterval| live.from > leave.terminated_at && leave.covers(live.from);
        context
            .live
            .iter()
            .filter(within)
            .map(move |live| (leave, live))
    });
    begun
        .map(|(leave, live)| {
            told(context, leave, live).of_account(RuleId::LeaverReinstated, context)
        })
        .collect()
}

fn told(context: &AccountContext<'_>, leave: &Leave, live: &LiveInterval) -> Told {
    let known = context.state.life.seen();
    let came = if known.is_some_and(|(seen, _)| seen < live.from) {
        "came back to life"
    } else {
        "was first known to live"
    };
    Told {
        opened_at: live.from,
        resolved_at: earlier(live.until, leave.rehired_at),
        evidence: [leave.event, live.began_by]
            .into_iter()
            .chain(live.ended_by)
            .collect(),
        summary: format!(
            "account {} {came} on {}, after its owner {} had left on {}",
            context.account_called(),
            live.from,
            context.owner_called(),
            leave.terminated_at,
        ),
    }
}
