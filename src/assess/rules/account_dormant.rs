//! `account-dormant`: live, and not used for `idle` since the latest of last use, creation and
//! reinstatement. Of an account that only a listing knows, idle time is told from that listing on:
//! the last use that it states says nothing of the time before it.

use super::Told;
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::Use;
use crate::model::finding::RuleId;
use crate::model::state::LiveInterval;
use crate::model::time::{Span, Timestamp};

pub(super) fn episodes(context: &AccountContext<'_>, idle: Span) -> Vec<Episode> {
    let uses = context.state.uses.all();
    // Where days have been forgotten, idle time can be told only from the oldest day still held.
    let known_since = context.state.uses.complete_since();
    let first_held = uses.first().map(|first| first.at);
    let forgotten = (known_since != first_held).then_some(known_since).flatten();
    let mut episodes = Vec::new();
    for live in &context.live {
        let within = uses.iter().filter(|used| live.contains(used.at));
        let within = within.filter(|used| forgotten.is_none_or(|since| used.at >= since));
        let mut since = Idle {
            from: forgotten.map_or(live.from, |known| known.max(live.from)),
            last: None,
        };
        for used in within {
            episodes.extend(told(context, live, &since, Some(used), idle));
            since = Idle {
                from: used.at,
                last: Some(*used),
            };
        }
        episodes.extend(told(context, live, &since, None, idle));
    }
    episodes
}

/// The beginning of a time without a use.
struct Idle {
    from: Timestamp,
    last: Option<Use>,
}

/// The idle time from `since` to the next use, or to the end of life, if it is long enough. A use
/// exactly at the deadline is in time.
fn told(
    context: &AccountContext<'_>,
    live: &LiveInterval,
    since: &Idle,
    next: Option<&Use>,
    idle: Span,
) -> Option<Episode> {
    let covered = context.state.life.first_seen();
    let opened_at = covered.map_or(since.from, |covered| covered.max(since.from)) + idle;
    let resolved_at = next.map(|next| next.at).or(live.until);
    if resolved_at.is_some_and(|resolved| resolved <= opened_at) {
        return None;
    }
    let account = context.account_called();
    let told = Told {
        opened_at,
        resolved_at,
        evidence: vec![since.last.map_or(live.began_by, |last| last.event)],
        summary: match since.last {
            Some(last) => format!("account {account} is live; its last use was on {}", last.at),
            None => format!(
                "account {account} is live since {}, and no use was seen",
                live.from
            ),
        },
    };
    Some(told.of_account(RuleId::AccountDormant, context))
}
