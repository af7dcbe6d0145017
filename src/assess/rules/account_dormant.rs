//! `account-dormant`: live, and not used for `idle` since the latest of last use, creation and
//! reinstatement. Of an account that only a listing knows, idle time is told from that listing on:
//! the last use that it states says nothing of the time before it.

use super::Told;
use super::idle::{Idle, Marks};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::finding::RuleId;
use crate::model::time::Span;

pub(super) fn episodes(context: &AccountContext<'_>, idle: Span) -> Vec<Episode> {
    let state = context.state;
    let uses = Marks::of_uses(&state.uses, state.life.first_seen());
    let idle = uses.idle(&context.live, idle).into_iter();
    idle.map(|idle| told(context, &idle).of_account(RuleId::AccountDormant, context))
        .collect()
}

fn told(context: &AccountContext<'_>, idle: &Idle<'_>) -> Told {
    let account = context.account_called();
    Told {
        opened_at: idle.opened_at,
        resolved_at: idle.resolved_at,
        evidence: vec![idle.last.map_or(idle.live.began_by, |last| last.event)],
        summary: match idle.last {
            Some(last) => format!("account {account} is live; its last use was on {}", last.at),
            None => format!(
                "account {account} is live since {}, and no use was seen",
                idle.live.from
            ),
        },
    }
}
