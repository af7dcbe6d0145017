//! `grant-unused`: an application is assigned to a live account, its sign-ins are logged, and this
//! account did not sign in to it for `idle` since the latest of the last time and the assignment.

use super::Told;
use super::idle::{Idle, Marks};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::assess::logged_uses;
use crate::model::fact::GrantName;
use crate::model::finding::RuleId;
use crate::model::join::Join;
use crate::model::state::Uses;
use crate::model::time::Span;

/// Roles are granted as well, but no source that we read says which role an action needed.
pub(super) fn episodes(context: &AccountContext<'_>, idle: Span) -> Vec<Episode> {
    if !logged_uses::application(&context.id.source) {
        return Vec::new();
    }
    let mut episodes = Vec::new();
    let grants = context.state.grants.iter();
    for (name, grant) in grants.filter(|(name, _)| *name.kind == *"app") {
        let uses = Marks::of_uses(&uses_of(context, name), grant.life.first_seen());
        for idle in uses.idle(&context.in_force(grant), idle) {
            let told = told(context, name, &idle);
            episodes.push(told.of_grant(RuleId::GrantUnused, context, name));
        }
    }
    episodes
}

/// Sources word the name of an application alike, but not always its letters' case.
pub(in crate::assess) fn uses_of(context: &AccountContext<'_>, name: &GrantName) -> Uses {
    let mut uses = Uses::default();
    for (application, used) in &context.state.applications {
        if application.to_lowercase() == name.name.to_lowercase() {
            uses.join(used.clone());
        }
    }
    uses
}

fn told(context: &AccountContext<'_>, name: &GrantName, idle: &Idle<'_>) -> Told {
    let account = context.account_called();
    let application = &name.name;
    Told {
        opened_at: idle.opened_at,
        resolved_at: idle.resolved_at,
        evidence: idle.evidence().collect(),
        summary: match idle.last {
            Some(last) => format!(
                "account {account} may use {application}; the last sign-in was on {}",
                last.at
            ),
            None => format!(
                "account {account} may use {application} since {}, and no sign-in was seen",
                idle.live.from
            ),
        },
    }
}
