//! `orphan-account`: a live account that is nobody's at first_seen + grace.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::Ownership;
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Continuous: it opens at the later of the deadline and a return to life.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    // A link found late counts from the time of the record that states it, so that the time
    // before was an orphan's.
    let owned_since = match &context.ownership {
        Ownership::Nobody => None,
        Ownership::Person { since, .. } => Some(*since),
        // Disputed is reported as disputed; what is no person's has rules of its own.
        Ownership::Disputed(_) | Ownership::NonHuman(_) => return Vec::new(),
    };
    let Some(first_seen) = context.state.life.first_seen() else {
        return Vec::new();
    };
    let told = context.live.iter().filter_map(|live| {
        let opened_at = live.from.max(first_seen + grace);
        let resolved_at = earlier(live.until, owned_since);
        let holds = resolved_at.is_none_or(|resolved| opened_at < resolved);
        holds.then(|| Told {
            opened_at,
            resolved_at,
            evidence: [live.began_by].into_iter().chain(live.ended_by).collect(),
            summary: format!(
                "account {} is live and had no owner {} after it was first seen on {first_seen}",
                context.account_called(),
                opened_at.since(first_seen),
            ),
        })
    });
    told.map(|told| told.of_account(RuleId::OrphanAccount, context))
        .collect()
}
