//! What the rules about accounts read: one account's facts, resolved once.

use super::About;
use super::approval::{Approval, approvals};
use crate::identity::{Leave, Ownership, leaves, newest_worker, ownership};
use crate::model::finding::{AccountRef, IdentityKind, IdentityRef};
use crate::model::id::AccountId;
use crate::model::policy::Policy;
use crate::model::state::{AccountState, LifeHistory, LiveInterval};
use crate::model::time::Timestamp;

pub struct AccountContext<'a> {
    pub id: &'a AccountId,
    pub state: &'a AccountState,
    pub policy: &'a Policy,
    pub ownership: Ownership<'a>,
    /// When the account was live, ascending.
    pub live: Vec<LiveInterval>,
    /// When its one owner was gone; empty without an undisputed owner who is a person.
    pub leaves: Vec<Leave>,
    /// What tickets allowed it, ascending in time.
    pub approvals: Vec<Approval<'a>>,
}

impl<'a> AccountContext<'a> {
    pub fn new(id: &'a AccountId, state: &'a AccountState, policy: &'a Policy) -> Self {
        let ownership = ownership(id, state, policy);
        let leaves = match &ownership {
            Ownership::Person { owner, .. } => leaves(&owner.employment),
            _ => Vec::new(),
        };
        AccountContext {
            id,
            state,
            policy,
            live: state.life.intervals(),
            approvals: approvals(state, &ownership),
            ownership,
            leaves,
        }
    }

    /// The interval in which the account is live at `at`, if it is.
    pub fn live_at(&self, at: Timestamp) -> Option<&LiveInterval> {
        self.live.iter().find(|interval| interval.contains(at))
    }

    /// The live intervals of something that the account's deletion ends with it.
    pub fn intervals_within(&self, life: &LifeHistory) -> Vec<LiveInterval> {
        let mut intervals = life.intervals();
        for interval in &mut intervals {
            let ends = |at| at >= interval.from && interval.until.is_none_or(|until| at < until);
            let deletion = self
                .state
                .life
                .deletions()
                .find(|deletion| ends(deletion.at));
            if let Some(deletion) = deletion {
                interval.until = Some(deletion.at);
                interval.ended_by = Some(deletion.event);
            }
        }
        intervals.retain(|interval| interval.until.is_none_or(|until| interval.from < until));
        intervals
    }

    /// Whether the account holds a privileged grant that is live at `at`.
    pub fn privileged_at(&self, at: Timestamp) -> bool {
        let declared = |kind: &str, name: &str| {
            let grant = format!("{}:{kind}:{name}", self.id.source);
            self.policy.privileged.contains(grant.as_str())
        };
        self.state.grants.iter().any(|(name, grant)| {
            (grant.privileged || declared(&name.kind, &name.name))
                && self
                    .intervals_within(&grant.life)
                    .iter()
                    .any(|live| live.contains(at))
        })
    }

    /// The owner, where there is exactly one.
    pub fn identity(&self) -> Option<IdentityRef> {
        let Ownership::Person { person, owner, .. } = &self.ownership else {
            return None;
        };
        let worker = newest_worker(&owner.employment);
        Some(IdentityRef {
            uid: person.0.clone(),
            email: worker.email,
            name: worker.name,
            kind: IdentityKind::Human,
        })
    }

    pub fn account(&self) -> AccountRef {
        AccountRef {
            source: self.id.source.as_str().into(),
            uid: self.id.uid.clone(),
            name: self.state.name().or(self.state.email()).cloned(),
        }
    }

    /// How a summary calls the owner: their name, or address, or employee id.
    pub fn owner_called(&self) -> String {
        match self.identity() {
            Some(IdentityRef {
                name: Some(name),
                uid,
                ..
            }) => format!("{name} ({uid})"),
            Some(IdentityRef { uid, .. }) => uid.to_string(),
            None => "nobody".to_owned(),
        }
    }

    /// How a summary calls the account: its name where it has one beside the uid.
    pub fn account_called(&self) -> String {
        match self.state.name().or(self.state.email()) {
            Some(name) if **name != *self.id.uid => format!("{} ({name})", self.id),
            _ => self.id.to_string(),
        }
    }
}

impl About for AccountContext<'_> {
    fn policy(&self) -> &Policy {
        self.policy
    }

    fn identity(&self) -> Option<IdentityRef> {
        self.identity()
    }

    fn account(&self) -> Option<AccountRef> {
        Some(self.account())
    }

    fn privileged_at(&self, at: Timestamp) -> bool {
        self.privileged_at(at)
    }

    fn is_named(&self, named: &AccountId, _subject: &str) -> bool {
        named.source == self.id.source
            && (*named.uid == *self.id.uid.to_lowercase() || self.state.names.contains(&named.uid))
    }
}
