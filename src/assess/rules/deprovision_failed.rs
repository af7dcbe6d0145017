//! `deprovision-failed`: an attempt to end the account failed, and by failure + grace none had
//! succeeded.

use super::Told;
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::FailedEnd;
use crate::model::finding::RuleId;
use crate::model::id::EventUid;
use crate::model::limits::LIFE_CHANGES_MAX;
use crate::model::time::{Span, Timestamp};

/// Judged once a failure, at the deadline. A failure of which the finding is open adds nothing.
pub(super) fn episodes(context: &AccountContext<'_>, grace: Span) -> Vec<Episode> {
    let mut episodes = Vec::new();
    let mut open_until = Some(Timestamp::MIN);
    for failed in context.state.failed_ends.as_slice() {
        let opened_at = failed.at + grace;
        let open = open_until.is_none_or(|until| opened_at < until);
        if open || !counts(context, failed) {
            continue;
        }
        let success = first_success(context, failed.at);
        if success.is_some_and(|(at, _)| at <= opened_at) {
            continue;
        }
        open_until = success.map(|(at, _)| at);
        let told = Told {
            opened_at,
            resolved_at: open_until,
            evidence: [failed.event]
                .into_iter()
                .chain(success.map(|(_, event)| event))
                .collect(),
            summary: format!(
                "an attempt{}{} to end account {} failed on {}, and none had succeeded {grace} later",
                failed
                    .actor
                    .as_ref()
                    .map(|actor| format!(" by {actor}"))
                    .unwrap_or_default(),
                failed
                    .action
                    .as_ref()
                    .map(|action| format!(" ({action})"))
                    .unwrap_or_default(),
                context.account_called(),
                failed.at,
            ),
        };
        episodes.push(told.of_account(RuleId::DeprovisionFailed, context));
    }
    episodes
}

/// Whether it was an attempt to end an account that was not known to have ended, at a time of
/// which we still know whether a later one succeeded.
pub(in crate::assess) fn counts(context: &AccountContext<'_>, failed: &FailedEnd) -> bool {
    let life = &context.state.life;
    let known = life.seen().is_some_and(|(seen, _)| seen <= failed.at);
    let ended = known && context.live_at(failed.at).is_none();
    let changes = life.changes();
    let forgotten = changes.len() >= LIFE_CHANGES_MAX
        && changes.first().is_some_and(|first| failed.at < first.at);
    let meant = failed.action.as_deref().is_none_or(ends_an_account);
    meant && !ended && !forgotten
}

/// The first time, from the failure on, at which the account ended.
pub(in crate::assess) fn first_success(
    context: &AccountContext<'_>,
    after: Timestamp,
) -> Option<(Timestamp, EventUid)> {
    let changes = context.state.life.changes().iter();
    let logged = changes.filter(|change| change.kind.ends());
    let logged = logged.map(|change| (change.at, change.event));
    let ended = context.live.iter();
    let ended = ended.filter_map(|live| live.until.zip(live.ended_by));
    logged.chain(ended).filter(|(at, _)| *at >= after).min()
}

/// Words in which workflows speak of ending an account, whatever else they name.
const ENDING: [&str; 4] = ["suspend", "deprovision", "offboard", "terminat"];
/// Words that may speak of an account, or of less than one.
const TAKING: [&str; 7] = [
    "deactivat",
    "disabl",
    "delet",
    "revok",
    "remov",
    "block",
    "close",
];
/// What is less than an account.
const LESS: [&str; 12] = [
    "group",
    "role",
    "team",
    "app",
    "licen",
    "key",
    "token",
    "grant",
    "permission",
    "device",
    "session",
    "password",
];
/// Words of the opposite that hold one of those above.
const GIVING: [&str; 3] = ["unsuspend", "undelet", "unblock"];

/// By the words in which a workflow names its step.
fn ends_an_account(action: &str) -> bool {
    let action = action.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| action.contains(word));
    !says(&GIVING) && (says(&ENDING) || (says(&TAKING) && !says(&LESS)))
}
