//! `nhi-ownerless`: nobody who works here answers for a non-human identity's account, and has not
//! for `grace`.

use std::borrow::Cow;

use super::{Told, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::identity::{Ownership, leaves};
use crate::model::finding::RuleId;
use crate::model::id::EventUid;
use crate::model::state::Owner;
use crate::model::time::{Span, Timestamp};

/// Continuous: it opens at the later of the deadline and a return to life.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let Ownership::NonHuman(owners) = &context.ownership else {
        return Vec::new();
    };
    let Some(first_seen) = context.state.life.first_seen() else {
        return Vec::new();
    };
    let mut episodes = Vec::new();
    for ownerless in ownerless(owners) {
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
                    "account {} is a non-human identity's and live, and {why}",
                    context.account_called(),
                ),
            };
            episodes.push(told.of_account(RuleId::NhiOwnerless, context));
        }
    }
    episodes
}

/// A time in which nobody who is employed owns it.
struct Ownerless {
    /// When the last owner left, and the record that says so; `None` where none had come yet.
    left: Option<(Timestamp, EventUid)>,
    until: Option<Timestamp>,
}

/// When an owner came, and the termination by which they left.
type Owned = (Timestamp, Option<(Timestamp, EventUid)>);

fn ownerless(owners: &[(Cow<'_, Owner>, Timestamp)]) -> Vec<Ownerless> {
    let mut owned: Vec<Owned> = owners
        .iter()
        .flat_map(|(owner, since)| owned(owner, *since))
        .collect();
    owned.sort_unstable();
    let mut ownerless = Vec::new();
    let mut left = None;
    for (came, leaves) in owned {
        if left.is_none_or(|(at, _)| at < came) {
            let until = Some(came);
            ownerless.push(Ownerless { left, until });
        }
        // Whoever stays answers for it from here on.
        let Some(leaves) = leaves else {
            return ownerless;
        };
        left = left.max(Some(leaves));
    }
    ownerless.push(Ownerless { left, until: None });
    ownerless
}

/// The times in which one owner was linked and employed.
fn owned(owner: &Owner, since: Timestamp) -> Vec<Owned> {
    let mut owned = Vec::new();
    let mut from = Some(since);
    for leave in leaves(&owner.employment) {
        if let Some(from) = from.filter(|from| *from < leave.terminated_at) {
            owned.push((from, Some((leave.terminated_at, leave.event))));
        }
        from = leave.rehired_at.map(|rehired| rehired.max(since));
    }
    owned.extend(from.map(|from| (from, None)));
    owned
}
