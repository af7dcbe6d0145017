//! The rules about what a leaver leaves behind.

use super::Moment;
use super::condition::{ACCOUNT_ENDS, Conditions, gone, grace, owned};
use crate::assess::context::AccountContext;
use crate::model::finding::RuleId;
use crate::model::state::LiveInterval;

pub(super) fn account_live(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    owned(context, list);
    let Some(leave) = gone(&context.leaves, at.now, list) else {
        return;
    };
    let delay = context.policy.rule(RuleId::LeaverAccountLive).delay;
    let deadline = at.judged(grace(list, leave.terminated_at, delay));
    list.account_live(
        context,
        deadline,
        "the account is live when the grace is over",
    );
}

pub(super) fn activity(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    owned(context, list);
    let Some(leave) = gone(&context.leaves, at.now, list) else {
        return;
    };
    let uses = context.state.uses.all();
    let known = uses.iter().filter(|used| used.at <= at.now);
    let text = "the account was used after that";
    let later = known.clone().find(|used| used.at > leave.terminated_at);
    match (at.opened, later) {
        (Some(opened), _) => list.yes(Some(opened), text, "the account stops being live"),
        (None, Some(later)) => list.yes(Some(later.at), text, ""),
        (None, None) => {
            let last = known.max_by_key(|used| used.at);
            let last = last.map_or_else(
                || "no use is known".to_owned(),
                |last| format!("the last use was on {}", last.at),
            );
            list.no(
                None,
                format!("{text}, and {last}"),
                "a log-in or an action of it",
            );
        }
    }
}

pub(super) fn reinstated(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    owned(context, list);
    let Some(leave) = gone(&context.leaves, at.now, list) else {
        return;
    };
    let after = |live: &&LiveInterval| live.from > leave.terminated_at && live.from <= at.now;
    let came = context.live.iter().rfind(after);
    let text = "the account came to life after that";
    match came {
        Some(live) => list.yes(Some(live.from), text, ACCOUNT_ENDS),
        None => list.no(None, text, "it is reinstated or created"),
    }
}

pub(super) fn grant_live(context: &AccountContext<'_>, at: Moment, list: &mut Conditions) {
    owned(context, list);
    let Some(leave) = gone(&context.leaves, at.now, list) else {
        return;
    };
    let delay = context.policy.rule(RuleId::LeaverGrantLive).delay;
    let deadline = grace(list, leave.terminated_at, delay);
    let judged = at.judged(deadline.max(at.now));
    let text = "the account has ended and was not deleted";
    list.live(&context.suspended(), judged, text, "its deletion");
    let grants = context.state.grants.iter();
    let held: Vec<(String, LiveInterval)> = grants
        .filter_map(|(name, grant)| {
            let granted = context.granted(grant);
            let held = granted.into_iter().find(|live| live.contains(judged))?;
            Some((format!("{} {}", name.kind, name.name), held))
        })
        .collect();
    match held.iter().map(|(_, live)| live.from).min() {
        None => list.no(None, "something is granted to it", "a grant"),
        Some(since) => {
            let shown: Vec<&str> = held.iter().map(|(name, _)| name.as_str()).take(8).collect();
            let more = held.len().saturating_sub(shown.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let text = format!("something is granted to it: {}{more}", shown.join(", "));
            list.yes(Some(since), text, "the last of them is taken away");
        }
    }
}
