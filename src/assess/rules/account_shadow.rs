//! `account-shadow`: an account was created past the system that manages the accounts of its source.

use super::{Told, answerable};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::{Actor, LifeKind};
use crate::model::finding::RuleId;
use crate::model::state::LiveInterval;

pub(super) fn episodes(context: &AccountContext<'_>) -> Vec<Episode> {
    let Some(settings) = context.source_settings() else {
        return Vec::new();
    };
    let Some(managed_by) = &settings.managed_by else {
        return Vec::new();
    };
    let told = context.live.iter().filter_map(|live| {
        let actor = created_by(context, live)?;
        if context.policy.is_provisioner(&context.id.source, actor) {
            return None;
        }
        Some(Told {
            opened_at: live.from,
            resolved_at: live.until,
            evidence: [live.began_by].into_iter().chain(live.ended_by).collect(),
            summary: format!(
                "account {} was created by {actor}, and not by what provisions accounts from \
                 {managed_by}",
                context.account_called(),
            ),
        })
    });
    told.map(|told| told.of_account(RuleId::AccountShadow, context))
        .collect()
}

/// Who created the account, or made it a member, where a life of it began with that.
pub(in crate::assess) fn created_by<'a>(
    context: &AccountContext<'a>,
    live: &LiveInterval,
) -> Option<&'a Actor> {
    let life = &context.state.life;
    // The first creation is kept when the newest changes no longer hold it.
    let changes = life.created().into_iter().chain(life.changes());
    let created = changes.filter(|change| {
        let creates = matches!(change.kind, LifeKind::Created | LifeKind::Joined);
        creates && change.at == live.from
    });
    answerable(context, created)
}
