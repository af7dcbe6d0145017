//! `leaver-credential-live`: the owner is gone and a credential is live at terminated_at + grace,
//! even where the account itself is ended.

use super::overdue::overdue;
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
    let intervals = context.working(owned);
    let told = overdue(context, &intervals, grace).map(|overdue| {
        overdue.told(format!(
            "{} left on {}, and {} of account {} still worked {grace} later",
            context.owner_called(),
            overdue.leave.terminated_at,
            super::credential_called(uid, owned),
            context.account_called(),
        ))
    });
    told.map(|told| told.of_credential(RuleId::LeaverCredentialLive, context, uid))
        .collect()
}
