//! One file a rule, in the order of the page that defines them.

mod leaving;
mod leaver_account_live;
mod leaver_activity;
mod leaver_reinstated;
mod leaver_credential_live;
mod leaver_grant_live;
mod leaver_device_held;
mod contract_expired;
mod mover_grant_retained;
mod orphan_account;
mod nhi_ownerless;
mod account_dormant;
mod grant_unused;
mod credential_unrotated;
mod credential_unused;
mod grant_unapproved;
mod account_shadow;
mod revocation_unfulfilled;
mod deprovision_failed;
mod workflow_incomplete;
mod admin_standing;
mod source_silent;

use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::AccountNo;

use super::company::Company;
use super::moments::Stretch;

/// That a rule's condition held, at any time.
#[derive(Clone, Debug)]
pub(super) struct Opinion {
    pub subject: Text,
    /// Whose it is, where it is an account's.
    pub account: Option<AccountNo>,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
    /// Raises the severity one step.
    pub privileged: bool,
}

type Judge = fn(&Company<'_>, &mut Vec<Opinion>);

pub(super) const ALL: [(RuleId, Judge); 21] = [
    (RuleId::LeaverAccountLive, leaver_account_live::judge),
    (RuleId::LeaverActivity, leaver_activity::judge),
    (RuleId::LeaverReinstated, leaver_reinstated::judge),
    (RuleId::LeaverCredentialLive, leaver_credential_live::judge),
    (RuleId::LeaverGrantLive, leaver_grant_live::judge),
    (RuleId::LeaverDeviceHeld, leaver_device_held::judge),
    (RuleId::ContractExpired, contract_expired::judge),
    (RuleId::MoverGrantRetained, mover_grant_retained::judge),
    (RuleId::OrphanAccount, orphan_account::judge),
    (RuleId::NhiOwnerless, nhi_ownerless::judge),
    (RuleId::AccountDormant, account_dormant::judge),
    (RuleId::GrantUnused, grant_unused::judge),
    (RuleId::CredentialUnrotated, credential_unrotated::judge),
    (RuleId::CredentialUnused, credential_unused::judge),
    (RuleId::GrantUnapproved, grant_unapproved::judge),
    (RuleId::AccountShadow, account_shadow::judge),
    (RuleId::RevocationUnfulfilled, revocation_unfulfilled::judge),
    (RuleId::DeprovisionFailed, deprovision_failed::judge),
    (RuleId::WorkflowIncomplete, workflow_incomplete::judge),
    (RuleId::AdminStanding, admin_standing::judge),
    (RuleId::SourceSilent, source_silent::judge),
];

impl Opinion {
    /// Of something that is no account's: it has no privileges that could raise its severity.
    fn of(subject: String, stretch: Stretch) -> Self {
        Opinion {
            subject: Text::from(subject),
            account: None,
            from: stretch.from,
            to: stretch.to,
            privileged: false,
        }
    }
}
