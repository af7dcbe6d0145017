//! `admin-standing`: a privileged grant is live and was neither made nor reviewed for `max_age`.

use super::idle::{Idle, Marks};
use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::GrantName;
use crate::model::finding::RuleId;
use crate::model::limits::REVIEWS_PER_GRANT_MAX;
use crate::model::state::LiveInterval;
use crate::model::time::Span;

/// Age does not stop while the account is suspended: it is told as soon as the account lives.
pub(super) fn episodes(context: &AccountContext<'_>, max_age: Span) -> Vec<Episode> {
    let mut episodes = Vec::new();
    for (name, grant) in &context.state.grants {
        if !context.is_privileged(name, grant) {
            continue;
        }
        let granted = context.granted(grant);
        for unreviewed in reviews(context, name).idle(&granted, max_age) {
            let told = context
                .live
                .iter()
                .filter_map(|live| told(context, name, &unreviewed, live));
            episodes.extend(told.map(|told| told.of_grant(RuleId::AdminStanding, context, name)));
        }
    }
    episodes
}

/// The reviews that kept the grant. Where the oldest may be forgotten, age is told from the
/// oldest that is held.
pub(in crate::assess) fn reviews(context: &AccountContext<'_>, name: &GrantName) -> Marks {
    let marks = context.kept(name);
    let forgotten = marks.len() >= REVIEWS_PER_GRANT_MAX;
    let first = marks.first().map(|first| first.at);
    Marks {
        known_since: first.filter(|_| forgotten),
        marks,
    }
}

fn told(
    context: &AccountContext<'_>,
    name: &GrantName,
    unreviewed: &Idle<'_>,
    live: &LiveInterval,
) -> Option<Told> {
    let opened_at = unreviewed.opened_at.max(live.from);
    let resolved_at = earlier(unreviewed.resolved_at, live.until);
    if resolved_at.is_some_and(|resolved| resolved <= opened_at) {
        return None;
    }
    let (grant, account) = (name, context.account_called());
    let (kind, name) = (&grant.kind, &grant.name);
    Some(Told {
        opened_at,
        resolved_at,
        evidence: unreviewed
            .began()
            .chain(
                unreviewed
                    .ending()
                    .filter(|_| resolved_at == unreviewed.resolved_at),
            )
            .collect(),
        summary: match unreviewed.last {
            Some(last) => format!(
                "account {account} holds the privileged {kind} {name}; the last review that kept \
                 it was on {}",
                last.at
            ),
            None => format!(
                "account {account} holds the privileged {kind} {name} since {}, and no review \
                 kept it",
                unreviewed.live.from
            ),
        },
    })
}
