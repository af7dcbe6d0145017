//! `leaver-grant-live`: the owner is gone and so is the account, and still something is granted to
//! it at terminated_at + grace: whoever brings it back to life gets all of that with it.

use super::{Told, deadline, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::Leave;
use crate::model::fact::GrantName;
use crate::model::finding::RuleId;
use crate::model::limits::GRANTS_TOLD_MAX;
use crate::model::state::LiveInterval;
use crate::model::time::{Span, Timestamp};

/// Judged at the later of the deadline and the account's end.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    if context.leaves.is_empty() || context.state.grants.is_empty() {
        return Vec::new();
    }
    let suspended = context.suspended();
    let held = held(context);
    let leaves = context.leaves.iter();
    leaves
        .flat_map(|leave| of_leave(context, leave, &suspended, &held, grace))
        .map(|told| told.of_account(RuleId::LeaverGrantLive, context))
        .collect()
}

/// A grant, and a time at which it was live.
type Held<'a> = (&'a GrantName, LiveInterval);

fn held<'a>(context: &AccountContext<'a>) -> Vec<Held<'a>> {
    let grants = context.state.grants.iter();
    grants
        .flat_map(|(name, grant)| {
            let live = context.granted(grant).into_iter();
            live.map(move |live| (name, live))
        })
        .collect()
}

fn of_leave(
    context: &AccountContext<'_>,
    leave: &Leave,
    suspended: &[LiveInterval],
    held: &[Held<'_>],
    grace: Span,
) -> Vec<Told> {
    let Some(deadline) = deadline(leave, grace) else {
        return Vec::new();
    };
    let mut episodes = Vec::new();
    let mut open_until = Some(Timestamp::MIN);
    for gone in suspended {
        let opened_at = deadline.max(gone.from);
        // While it is open, an account that comes and goes is no news.
        let counts = gone.contains(opened_at) && leave.covers(opened_at);
        if !counts || open_until.is_none_or(|until| opened_at < until) {
            continue;
        }
        let live: Vec<&Held<'_>> = held
            .iter()
            .filter(|(_, live)| live.contains(opened_at))
            .collect();
        if live.is_empty() {
            continue;
        }
        let deleted = context.state.life.deletions().map(|change| change.at);
        let deleted = deleted.filter(|at| *at > opened_at).min();
        let resolved_at = earlier(last_end(held, opened_at), deleted);
        let resolved_at = earlier(resolved_at, leave.rehired_at);
        open_until = resolved_at;
        let begun = live.iter().take(GRANTS_TOLD_MAX);
        episodes.push(Told {
            opened_at,
            resolved_at,
            evidence: [leave.event, gone.began_by]
                .into_iter()
                .chain(begun.map(|(_, live)| live.began_by))
                .collect(),
            summary: format!(
                "{} left on {} and account {} is ended, but not what is granted to it: {}",
                context.owner_called(),
                leave.terminated_at,
                context.account_called(),
                listed(&live),
            ),
        });
    }
    episodes
}

/// When nothing is granted any more, from `at` on.
fn last_end(held: &[Held<'_>], at: Timestamp) -> Option<Timestamp> {
    let mut end = at;
    loop {
        let mut live = held.iter().filter(|(_, live)| live.contains(end));
        let until = live.try_fold(None, |latest, (_, live)| {
            live.until.map(|until| latest.max(Some(until)))
        });
        match until {
            // One of them has no end.
            None => return None,
            Some(None) => return Some(end),
            Some(Some(until)) => end = until,
        }
    }
}

fn listed(live: &[&Held<'_>]) -> String {
    let names = live.iter().take(GRANTS_TOLD_MAX);
    let names: Vec<String> = names
        .map(|(name, _)| format!("{} {}", name.kind, name.name))
        .collect();
    match live.len().saturating_sub(GRANTS_TOLD_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
