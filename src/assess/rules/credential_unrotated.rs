//! `credential-unrotated`: a credential is live at created + max_age.

use super::Told;
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Judged once, at the deadline. A listing may state the creation; where no record does, the age is not known, and
/// what is not known is not reported.
pub(super) fn episodes(context: &AccountContext<'_>, max_age: Span) -> Vec<Episode> {
    let credentials = context.state.credentials.iter();
    let told = credentials.filter_map(|(uid, owned)| {
        let (created, by) = owned.life.creation()?;
        let opened_at = created + max_age;
        let live = context.working(owned);
        let live = live.iter().find(|live| live.contains(opened_at))?;
        let told = Told {
            opened_at,
            resolved_at: live.until,
            evidence: [by].into_iter().chain(live.ended_by).collect(),
            summary: format!(
                "{} of account {} was made on {created} and still works {max_age} later",
                super::credential_called(uid, owned),
                context.account_called(),
            ),
        };
        Some(told.of_credential(RuleId::CredentialUnrotated, context, uid))
    });
    told.collect()
}
