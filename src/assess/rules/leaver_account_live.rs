//! `leaver-account-live`: the owner is gone and the account is live at terminated_at + grace.

use super::overdue::overdue;
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Judged once a leave, at the deadline; a later return to life is another rule's.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let told = overdue(context, &context.live, grace).map(|overdue| {
        overdue.told(format!(
            "{} left on {}, and account {} was still live {grace} later",
            context.owner_called(),
            overdue.leave.terminated_at,
            context.account_called(),
        ))
    });
    told.map(|told| told.of_account(RuleId::LeaverAccountLive, context))
        .collect()
}
