//! `leaver-account-live`: the owner is gone and the account is live at terminated_at + grace.

use super::{Told, deadline, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Judged once a leave, at the deadline; a later return to life is another rule's.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let told = context.leaves.iter().filter_map(|leave| {
        let opened_at = deadline(leave, grace)?;
        let live = context.live_at(opened_at)?;
        Some(Told {
            opened_at,
            resolved_at: earlier(live.until, leave.rehired_at),
            evidence: [leave.event, live.began_by]
                .into_iter()
                .chain(live.ended_by)
                .collect(),
            summary: format!(
                "{} left on {}, and account {} was still live {grace} later",
                context.owner_called(),
                leave.terminated_at,
                context.account_called(),
            ),
        })
    });
    told.map(|told| told.of_account(RuleId::LeaverAccountLive, context))
        .collect()
}
