//! One file a rule: from an account's facts to the episodes of one condition.
//!
//! No rule asks what time it is.

mod account_dormant;
pub(super) mod account_shadow;
pub(super) mod admin_standing;
mod contract_expired;
mod credential_unrotated;
pub(super) mod credential_unused;
pub(super) mod deprovision_failed;
pub(super) mod grant_unapproved;
pub(super) mod grant_unused;
pub(super) mod idle;
mod leaver_account_live;
mod leaver_activity;
mod leaver_credential_live;
pub(super) mod leaver_device_held;
mod leaver_grant_live;
mod leaver_reinstated;
pub(super) mod mover_grant_retained;
pub(super) mod nhi_ownerless;
mod orphan_account;
mod overdue;
pub(super) mod revocation_unfulfilled;
mod source_silent;
pub(super) mod workflow_incomplete;

pub use leaver_device_held::episodes as leaver_device_held;
pub use leaver_device_held::holdings as device_holdings;
pub use mover_grant_retained::matches as comes_with;
pub use revocation_unfulfilled::episodes as revocation_unfulfilled;
pub use source_silent::episode as source_silent;
pub use workflow_incomplete::episodes as workflow_incomplete;

use super::context::AccountContext;
use super::episode::Episode;
use crate::model::Text;
use crate::model::fact::{Actor, GrantName, LifeChange};
use crate::model::finding::{RuleId, SubjectKind};
use crate::model::id::EventUid;
use crate::model::state::OwnedCredential;
use crate::model::time::{Span, Timestamp};

/// Every episode of `rule` at the account.
pub fn episodes(rule: RuleId, context: &AccountContext<'_>) -> Vec<Episode> {
    let delay = context.policy.rule(rule).delay;
    match rule {
        RuleId::LeaverAccountLive => leaver_account_live::episodes(context, delay),
        RuleId::LeaverActivity => leaver_activity::episodes(context),
        RuleId::LeaverCredentialLive => leaver_credential_live::episodes(context, delay),
        RuleId::OrphanAccount => orphan_account::episodes(context, delay),
        RuleId::AccountDormant => account_dormant::episodes(context, delay),
        RuleId::CredentialUnrotated => credential_unrotated::episodes(context, delay),
        RuleId::LeaverReinstated => leaver_reinstated::episodes(context),
        RuleId::LeaverGrantLive => leaver_grant_live::episodes(context, delay),
        RuleId::ContractExpired => contract_expired::episodes(context, delay),
        RuleId::NhiOwnerless => nhi_ownerless::episodes(context, delay),
        RuleId::CredentialUnused => credential_unused::episodes(context, delay),
        RuleId::GrantUnused => grant_unused::episodes(context, delay),
        RuleId::AdminStanding => admin_standing::episodes(context, delay),
        RuleId::AccountShadow => account_shadow::episodes(context),
        RuleId::DeprovisionFailed => deprovision_failed::episodes(context, delay),
        RuleId::MoverGrantRetained => mover_grant_retained::episodes(context, delay),
        RuleId::GrantUnapproved => grant_unapproved::episodes(context),
        // Assessed at homes of other kinds.
        RuleId::WorkflowIncomplete
        | RuleId::SourceSilent
        | RuleId::LeaverDeviceHeld
        | RuleId::RevocationUnfulfilled => Vec::new(),
    }
}

/// When an episode holds and what shows it.
struct Told {
    opened_at: Timestamp,
    resolved_at: Option<Timestamp>,
    evidence: Vec<EventUid>,
    summary: String,
}

impl Told {
    fn of_account(self, rule: RuleId, context: &AccountContext<'_>) -> Episode {
        self.episode(rule, SubjectKind::Account, context.id.to_string())
    }

    fn of_credential(self, rule: RuleId, context: &AccountContext<'_>, uid: &str) -> Episode {
        self.episode(
            rule,
            SubjectKind::Credential,
            format!("{}:{uid}", context.id.source),
        )
    }

    fn of_grant(self, rule: RuleId, context: &AccountContext<'_>, name: &GrantName) -> Episode {
        self.episode(
            rule,
            SubjectKind::Grant,
            format!("{}|{}:{}", context.id, name.kind, name.name),
        )
    }

    fn episode(self, rule: RuleId, subject_kind: SubjectKind, subject: String) -> Episode {
        let Told {
            opened_at,
            resolved_at,
            mut evidence,
            summary,
        } = self;
        let mut cited = Vec::with_capacity(evidence.len());
        evidence.retain(|uid| {
            let new = !cited.contains(uid);
            cited.push(*uid);
            new
        });
        let subject = Text::from(subject);
        Episode {
            rule,
            subject,
            subject_kind,
            opened_at,
            resolved_at,
            evidence,
            summary,
        }
    }
}

/// Who did what these records of one instant state: of several, somebody who is no declared
/// provisioner, since one record by them is enough. `None` where no record says who.
fn answerable<'a>(
    context: &AccountContext<'_>,
    records: impl Iterator<Item = &'a LifeChange>,
) -> Option<&'a Actor> {
    let mut actors = records.filter_map(|record| record.actor.as_ref());
    let first = actors.next()?;
    let is_provisioner = |actor| context.policy.is_provisioner(&context.id.source, actor);
    let mut all = std::iter::once(first).chain(actors);
    Some(all.find(|actor| !is_provisioner(actor)).unwrap_or(first))
}

/// The earlier of two times of which either may never come.
fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// The deadline of a leave, unless the rehire came by then: what happens exactly at a deadline
/// is in time.
fn deadline(leave: &crate::identity::Leave, grace: Span) -> Option<Timestamp> {
    let deadline = leave.terminated_at + grace;
    leave.covers(deadline).then_some(deadline)
}

/// How a summary calls a credential: `access key AKIA…`.
pub(super) fn credential_called(uid: &str, owned: &OwnedCredential) -> String {
    let kind = owned.kind.as_deref().unwrap_or("credential");
    format!("{} {uid}", kind.replace('_', " "))
}
