//! `grant-unapproved`: somebody who is no declared provisioner granted it, and no ticket allows it.

use super::{Told, answerable, earlier};
use crate::assess::context::AccountContext;
use crate::assess::episode::Episode;
use crate::model::fact::{Actor, GrantName, LifeChange};
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::policy::RuleSettings;
use crate::model::state::{Grant, LiveInterval};
use crate::model::time::{Span, Timestamp};

/// Judged once for each grant, at grant + after.
pub(super) fn episodes(context: &AccountContext<'_>) -> Vec<Episode> {
    let settings = context.policy.rule(RuleId::GrantUnapproved);
    let grants = context.state.grants.iter();
    let governed = grants.filter(|(name, grant)| needs_approval(context, name, grant));
    governed
        .flat_map(|(name, grant)| of_grant(context, &settings, name, grant))
        .collect()
}

fn of_grant(
    context: &AccountContext<'_>,
    settings: &RuleSettings,
    name: &GrantName,
    grant: &Grant,
) -> Vec<Episode> {
    let intervals = context.granted(grant).into_iter();
    let told = intervals.filter_map(|held| {
        let actor = granted_by(context, grant, &held)?;
        let provisioner = context.policy.is_provisioner(&context.id.source, actor);
        let opened_at = held.from + settings.delay;
        let live = context.live_at(opened_at)?;
        let approved = is_approved(context, name, (held.from, opened_at), settings.before);
        if provisioner || approved || !held.contains(opened_at) {
            return None;
        }
        Some(Told {
            opened_at,
            resolved_at: earlier(held.until, live.until),
            evidence: [held.began_by].into_iter().chain(held.ended_by).collect(),
            summary: format!(
                "{actor} gave {} {} to account {} on {}, and no approval from {} before to {} \
                 after allows it",
                name.kind,
                name.name,
                context.account_called(),
                held.from,
                settings.before,
                settings.delay,
            ),
        })
    });
    let subject = format!("{}|{}:{}", context.id, name.kind, name.name);
    told.map(|told| told.episode(RuleId::GrantUnapproved, SubjectKind::Grant, subject.clone()))
        .collect()
}

/// Roles and applications do, groups and policies where they are privileged, consents never.
pub(in crate::assess) fn needs_approval(
    context: &AccountContext<'_>,
    name: &GrantName,
    grant: &Grant,
) -> bool {
    let declared = format!("{}:{}:{}", context.id.source, name.kind, name.name);
    let privileged = || grant.privileged || context.policy.privileged.contains(declared.as_str());
    match &*name.kind {
        "role" | "app" => true,
        "group" | "team" | "policy" => privileged(),
        _ => false,
    }
}

/// Who made the grant; `None` where no log says so: an inventory, or the source itself.
pub(in crate::assess) fn granted_by<'a>(
    context: &AccountContext<'_>,
    grant: &'a Grant,
    held: &LiveInterval,
) -> Option<&'a Actor> {
    // The first creation is kept when the newest changes no longer hold it.
    let changes = || grant.life.created().into_iter().chain(grant.life.changes());
    let began = changes().find(|change| change.at == held.from && change.event == held.began_by)?;
    let alike = |change: &&LifeChange| change.at == held.from && change.kind == began.kind;
    answerable(context, changes().filter(alike))
}

/// Both ends of the window belong to it.
pub(in crate::assess) fn is_approved(
    context: &AccountContext<'_>,
    name: &GrantName,
    (granted_at, until): (Timestamp, Timestamp),
    before: Span,
) -> bool {
    context.approvals.iter().any(|approval| {
        let in_time = granted_at <= approval.at + before && approval.at <= until;
        in_time && approval.allows(&context.id.source, name)
    })
}
