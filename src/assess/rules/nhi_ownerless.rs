//! `nhi-ownerless`: nobody who works here answers for a non-human identity's account, and has not
//! for `grace`.

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::{Ownership, purpose, unanswered};
use crate::model::finding::RuleId;
use crate::model::time::Span;

/// Continuous: it opens at the later of the deadline and a return to life.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let Ownership::NonHuman(owners) = &context.ownership else {
        return Vec::new();
    };
    let Some(first_seen) = context.state.life.first_seen() else {
        return Vec::new();
    };
    let purpose = purpose(context.id, context.state, context.policy);
    let is_for = purpose.map_or_else(String::new, |purpose| format!(" (purpose: {purpose})"));
    let mut episodes = Vec::new();
    for ownerless in unanswered(owners) {
        let since = ownerless.left.map_or(first_seen, |(at, _)| at);
        for live in &context.live {
            let opened_at = live.from.max(since + grace);
            let resolved_at = earlier(live.until, ownerless.until);
            if resolved_at.is_some_and(|resolved| resolved <= opened_at) {
                continue;
            }
            let why = match ownerless.left {
                Some((at, _)) => format!("its last owner left on {at}"),
                None => format!("no owner is known since it was first seen on {first_seen}"),
            };
            let told = Told {
                opened_at,
                resolved_at,
                evidence: [live.began_by]
                    .into_iter()
                    .chain(ownerless.left.map(|(_, event)| event))
                    .chain(live.ended_by)
                    .collect(),
                summary: format!(
                    "account {} is a non-human identity's{is_for} and live, and {why}",
                    context.account_called(),
                ),
            };
            episodes.push(told.of_account(RuleId::NhiOwnerless, context));
        }
    }
    episodes
}
