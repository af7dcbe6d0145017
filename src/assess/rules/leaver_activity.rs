//! `leaver-activity`: the account was used later than terminated_at.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::Leave;
use crate::model::fact::Use;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;

pub(super) fn episodes(context: &AccountContext<'_>) -> Vec<Episode> {
    if context.leaves.is_empty() {
        return Vec::new();
    }
    let uses = context.state.uses.all();
    context
        .leaves
        .iter()
        .flat_map(|leave| of_leave(context, leave, &uses))
        .collect()
}

/// The first use after the termination opens; the first use after a resolution opens again.
fn of_leave(context: &AccountContext<'_>, leave: &Leave, uses: &[Use]) -> Vec<Episode> {
    let mut episodes = Vec::new();
    let mut open_until = Some(leave.terminated_at);
    for used in uses {
        let counts = used.at > leave.terminated_at && leave.covers(used.at);
        // At the very instant of a resolution the earlier episode still takes the use.
        if !counts || open_until.is_none_or(|until| used.at <= until) {
            continue;
        }
        let resolved_at = earlier(stops_living_after(context, used.at), leave.rehired_at);
        open_until = resolved_at;
        let told = Told {
            opened_at: used.at,
            resolved_at,
            evidence: vec![leave.event, used.event],
            summary: format!(
                "account {} was used on {}, after its owner {} had left on {}",
                context.account_called(),
                used.at,
                context.owner_called(),
                leave.terminated_at,
            ),
        };
        episodes.push(told.of_account(RuleId::LeaverActivity, context));
    }
    episodes
}

/// The next time from `at` on at which the account goes from live to ended: the use itself may be
/// what ended it. One that is not live must come to life first.
fn stops_living_after(context: &AccountContext<'_>, at: Timestamp) -> Option<Timestamp> {
    context
        .live
        .iter()
        .filter_map(|live| live.until)
        .find(|until| *until >= at)
}
