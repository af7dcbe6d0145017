//! `account-shadow`: an account was created past the system that manages the accounts of its source.

use super::Told;
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::{LifeChange, LifeKind};
use crate::model::finding::RuleId;

pub(super) fn episodes(context: &AccountContext<'_>) -> Vec<Episode> {
    let Some(settings) = context.source_settings() else {
        return Vec::new();
    };
    let Some(managed_by) = &settings.managed_by else {
        return Vec::new();
    };
    let life = &context.state.life;
    // The first creation is kept when the newest changes no longer hold it.
    let created = life.created().into_iter().chain(life.changes());
    let created: Vec<&LifeChange> = created
        .filter(|change| matches!(change.kind, LifeKind::Created | LifeKind::Joined))
        .collect();
    let told = context.live.iter().filter_map(|live| {
        let began = |change: &&&LifeChange| change.at == live.from && change.event == live.began_by;
        let actor = created.iter().find(began)?.actor.as_ref()?;
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
