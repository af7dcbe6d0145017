//! Whom an episode is about: what a finding says besides the condition.

use crate::model::finding::{AccountRef, IdentityRef};
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::time::Timestamp;

/// Asked only where there is an episode: most assessments find nothing.
pub trait About {
    fn policy(&self) -> &Policy;

    /// The one person whom it concerns.
    fn identity(&self) -> Option<IdentityRef>;

    fn account(&self) -> Option<AccountRef>;

    /// Whether what it is about could do more than others then.
    fn privileged_at(&self, at: Timestamp) -> bool;

    /// Whether an exemption that says `named` means it.
    fn is_named(&self, named: &AccountId, subject: &str) -> bool;
}

/// What is no account's: a workflow run, a source, a ticket, a device.
pub struct Plain<'a> {
    pub policy: &'a Policy,
    pub identity: Option<IdentityRef>,
    pub account: Option<AccountRef>,
}

impl<'a> Plain<'a> {
    pub fn new(policy: &'a Policy) -> Self {
        Plain {
            policy,
            identity: None,
            account: None,
        }
    }
}

impl About for Plain<'_> {
    fn policy(&self) -> &Policy {
        self.policy
    }

    fn identity(&self) -> Option<IdentityRef> {
        self.identity.clone()
    }

    fn account(&self) -> Option<AccountRef> {
        self.account.clone()
    }

    fn privileged_at(&self, _at: Timestamp) -> bool {
        false
    }

    /// Without an account of its own, by the subject as the finding writes it.
    fn is_named(&self, named: &AccountId, subject: &str) -> bool {
        named.to_string() == subject.to_lowercase()
    }
}
