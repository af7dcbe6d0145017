//! `leaver-credential-live`: the owner is gone and a credential is live at terminated_at + grace,
//! even where the account itself is ended.

use super::{Told, deadline, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::state::OwnedCredential;
use crate::model::time::Span;

pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    if context.leaves.is_empty() {
        return Vec::new();
    }
    let credentials = context.state.credentials.iter();
    credentials
        .flat_map(|(uid, owned)| of_credential(context, grace, uid, owned))
        .collect()
}

fn of_credential(
    context: &AccountContext<'_>,
    grace: Span,
    uid: &Text,
    owned: &OwnedCredential,
) -> Vec<Episode> {
    let intervals = context.intervals_within(&owned.life);
    let told = context.leaves.iter().filter_map(|leave| {
        let opened_at = deadline(leave, grace)?;
        let live = intervals.iter().find(|live| live.contains(opened_at))?;
        Some(Told {
            opened_at,
            resolved_at: earlier(live.until, leave.rehired_at),
            evidence: [leave.event, live.began_by]
                .into_iter()
                .chain(live.ended_by)
                .collect(),
            summary: format!(
                "{} left on {}, and {} {uid} of account {} still worked {grace} later",
                context.owner_called(),
                leave.terminated_at,
                owned
                    .kind
                    .as_deref()
                    .unwrap_or("credential")
                    .replace('_', " "),
                context.account_called(),
            ),
        })
    });
    told.map(|told| told.of_credential(RuleId::LeaverCredentialLive, context, uid))
        .collect()
}
