//! Assessing: findings are a pure function of facts, policy and the clock.
//!
//! A rule reads a home's facts as a whole and yields its **episodes**: every time at which its
//! condition was, is, or will be true by itself if nothing else happens. The clock only cuts:
//! an episode that has not begun is not told yet, one that has not ended is open, and the next
//! boundary ahead is when to look again. So absence by a deadline, the past, and the future
//! (a termination that HR recorded in advance) need no cases of their own.

mod about;
mod approval;
mod catalog;
pub mod census;
mod context;
mod episode;
mod explain;
pub mod logged_uses;
mod person;
mod rules;
mod ticket;

pub use about::{About, Plain};
pub use approval::Approval;
pub use catalog::{RULE_FILES, RuleText, catalog, rule_text};
pub use context::AccountContext;
pub use episode::Episode;
pub use explain::{
    Condition, Explanation, Holds, Verdict, explain_account, explain_devices, explain_source,
    explain_ticket, explain_workflow,
};
pub use person::PersonContext;
pub use rules::{comes_with, device_holdings};
pub use ticket::TicketContext;

use crate::identity::whole;
use crate::model::finding::{Finding, RuleId};
use crate::model::id::{AccountId, PersonId, RunId, SourceName, TicketId};
use crate::model::limits::REPORTED_FINDINGS_MAX;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, PersonState, SourceState, TicketState, WorkflowState};
use crate::model::time::Timestamp;

/// What a home amounts to at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Ascending by opening time, rule and subject; the newest
    /// [`REPORTED_FINDINGS_MAX`] of them.
    pub findings: Vec<Finding>,
    /// When this could change though no fact arrives.
    pub wake_at: Option<Timestamp>,
}

/// Everything the rules about accounts and credentials say of one account at `now`.
pub fn account(
    id: &AccountId,
    state: &AccountState,
    policy: &Policy,
    now: Timestamp,
) -> Assessment {
    // A name that stands for another account has no findings of its own.
    if !state.same_as.is_empty() {
        return Assessment::default();
    }
    let context = AccountContext::new(id, state, policy);
    let mut episodes = Vec::new();
    for rule in RuleId::ALL {
        // A session is an actor, not an account: it can be used, and nothing else.
        let applies = !state.session || rule == RuleId::LeaverActivity;
        if applies && is_enabled(policy, rule) {
            episodes.extend(rules::episodes(rule, &context));
        }
    }
    cut(episodes, &context, now)
}

/// What the rule about workflow runs says of one run at `now`.
pub fn workflow(id: &RunId, state: &WorkflowState, policy: &Policy, now: Timestamp) -> Assessment {
    if !is_enabled(policy, RuleId::WorkflowIncomplete) {
        return Assessment::default();
    }
    let limit = policy.rule(RuleId::WorkflowIncomplete).delay;
    let episodes = rules::workflow_incomplete(id, state, limit);
    cut(episodes, &Plain::new(policy), now)
}

/// What the rule about devices says of one person at `now`.
pub fn person(id: &PersonId, state: &PersonState, policy: &Policy, now: Timestamp) -> Assessment {
    let holds = |state: &PersonState| !state.devices.is_empty();
    let any = holds(state) || state.others.values().any(holds);
    if !any || !is_enabled(policy, RuleId::LeaverDeviceHeld) {
        return Assessment::default();
    }
    // Of several ids of one person the home of one speaks for all.
    let Some(state) = whole(id, state, policy) else {
        return Assessment::default();
    };
    let context = PersonContext::new(id, &state, policy);
    let grace = policy.rule(RuleId::LeaverDeviceHeld).delay;
    let about = Plain {
        identity: Some(context.identity()),
        ..Plain::new(policy)
    };
    cut(rules::leaver_device_held(&context, grace), &about, now)
}

/// What the rule about tickets says of one ticket at `now`.
pub fn ticket(id: &TicketId, state: &TicketState, policy: &Policy, now: Timestamp) -> Assessment {
    let rule = RuleId::RevocationUnfulfilled;
    if !state.revokes() || !is_enabled(policy, rule) {
        return Assessment::default();
    }
    let context = TicketContext::new(id, state, policy);
    let about = Plain {
        identity: context.identity(),
        account: context.account(),
        ..Plain::new(policy)
    };
    let episodes = rules::revocation_unfulfilled(&context, policy.rule(rule).delay);
    cut(episodes, &about, now)
}

/// Whether the source is silent at `now`.
pub fn source(
    name: &SourceName,
    state: &SourceState,
    policy: &Policy,
    now: Timestamp,
) -> Assessment {
    if !is_enabled(policy, RuleId::SourceSilent) {
        return Assessment::default();
    }
    let of_source = policy.silence(name);
    let silence = of_source.unwrap_or_else(|| policy.rule(RuleId::SourceSilent).delay);
    let episode = rules::source_silent(name, state, silence);
    cut(episode, &Plain::new(policy), now)
}

fn is_enabled(policy: &Policy, rule: RuleId) -> bool {
    policy
        .rules
        .get(&rule)
        .is_some_and(|settings| settings.enabled)
}

/// What the episodes amount to at `now`.
fn cut(
    episodes: impl IntoIterator<Item = Episode>,
    about: &impl About,
    now: Timestamp,
) -> Assessment {
    let mut assessment = Assessment::default();
    for episode in episodes {
        episode.cut(about, now, &mut assessment);
    }
    assessment
        .findings
        .sort_by(|a, b| (a.opened_at, a.rule, &a.subject).cmp(&(b.opened_at, b.rule, &b.subject)));
    let excess = assessment
        .findings
        .len()
        .saturating_sub(REPORTED_FINDINGS_MAX);
    assessment.findings.drain(..excess);
    assessment
}
