//! `orphan-account`: a live account that is nobody's at first_seen + grace.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::{Ownership, terms, unanswered};
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Continuous: it opens at the later of the deadline, a return to life, and the leaving of whoever
/// sponsored the guest.
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
    let mut told = Vec::new();
    for alone in unanswered(&terms(context.state, context.policy)) {
        for live in &context.live {
            let left = alone.left.map(|(at, _)| at);
            let opened_at = live
                .from
                .max(first_seen + grace)
                .max(left.unwrap_or(live.from));
            let resolved_at = earlier(earlier(live.until, owned_since), alone.until);
            if resolved_at.is_some_and(|resolved| resolved <= opened_at) {
                continue;
            }
            let summary = match left {
                Some(left) => format!(
                    "account {} is live, has no owner, and its last sponsor left on {left}",
                    context.account_called(),
                ),
                None => format!(
                    "account {} is live and had no owner {} after it was first seen on {first_seen}",
                    context.account_called(),
                    opened_at.since(first_seen),
                ),
            };
            let evidence = [live.began_by]
                .into_iter()
                .chain(alone.left.map(|(_, event)| event))
                .chain(live.ended_by);
            told.push(Told {
                opened_at,
                resolved_at,
                evidence: evidence.collect(),
                summary,
            });
        }
    }
    let told = told.into_iter();
    told.map(|told| told.of_account(RuleId::OrphanAccount, context))
        .collect()
}
