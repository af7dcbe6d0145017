//! What the rules about accounts read: one account's facts, resolved once.

use std::collections::BTreeSet;

use super::About;
use super::approval::{Approval, approvals};
use crate::identity::{Leave, Ownership, leaves, ownership, person_ref};
use crate::model::Text;
use crate::model::fact::{Decision, GrantName, Review, Use};
use crate::model::finding::{AccountRef, IdentityKind, IdentityRef};
use crate::model::id::{AccountId, EventUid, SourceName};
use crate::model::limits::LIFE_CHANGES_MAX;
use crate::model::policy::{Policy, SourceSettings};
use crate::model::state::{AccountState, Grant, LiveInterval, OwnedCredential};
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
            approvals: approvals(state, &ownership, policy),
            ownership,
            leaves,
        }
    }

    /// The interval in which the account is live at `at`, if it is.
    pub fn live_at(&self, at: Timestamp) -> Option<&LiveInterval> {
        self.live.iter().find(|interval| interval.contains(at))
    }

    /// The times at which the account was known, ended, and not deleted: `[from, until)`, ascending.
    /// Each begins with what ended it, where that was seen.
    pub fn suspended(&self) -> Vec<LiveInterval> {
        let Some((from, event)) = self.state.life.seen() else {
            return Vec::new();
        };
        // Where changes have been forgotten, nobody knows how it was before those still held.
        let forgotten = self.state.life.changes().len() >= LIFE_CHANGES_MAX;
        let mut suspended = Vec::new();
        let mut open = Some((from, event)).filter(|_| !forgotten);
        for live in &self.live {
            let until = Some(live.from);
            suspended.extend(open.and_then(|began| self.until_deleted(began, until)));
            open = live.until.zip(live.ended_by);
        }
        suspended.extend(open.and_then(|began| self.until_deleted(began, None)));
        suspended
    }

    /// `[from, until)`, or less where a deletion falls into it.
    fn until_deleted(
        &self,
        (from, began_by): (Timestamp, EventUid),
        until: Option<Timestamp>,
    ) -> Option<LiveInterval> {
        let within = |at: Timestamp| at >= from && until.is_none_or(|until| at < until);
        let deletion = self.state.life.deletions().find(|change| within(change.at));
        let ended_by = deletion.map(|deletion| deletion.event);
        let until = deletion.map(|deletion| deletion.at).or(until);
        until
            .is_none_or(|until| from < until)
            .then_some(LiveInterval {
                from,
                began_by,
                until,
                ended_by,
            })
    }

    /// The live intervals of a grant: it ends with the account's deletion or membership.
    pub fn granted(&self, grant: &Grant) -> Vec<LiveInterval> {
        granted(self.state, grant)
    }

    /// The live intervals of a credential: it ends with the account's deletion.
    pub fn working(&self, credential: &OwnedCredential) -> Vec<LiveInterval> {
        let deletions = self.state.life.deletions();
        credential.life.intervals_ended_by(deletions)
    }

    /// The live intervals of a grant: of a live account, since otherwise it grants nothing; and no
    /// longer than until the account is deleted, though another of its name may live later.
    pub fn in_force(&self, grant: &Grant) -> Vec<LiveInterval> {
        let granted = self.granted(grant);
        granted
            .iter()
            .flat_map(|granted| self.live.iter().filter_map(|live| both(granted, live)))
            .collect()
    }

    /// Whether a grant counts as privileged, by the source's or the policy's word.
    pub fn is_privileged(&self, name: &GrantName, grant: &Grant) -> bool {
        grant.privileged || self.names_grant(&self.policy.privileged, name)
    }

    /// Whether a list of `source:kind:name` of the policy names a grant of this account. A team is
    /// named with its organisation or without.
    pub fn names_grant(&self, list: &BTreeSet<Text>, grant: &GrantName) -> bool {
        if list.is_empty() {
            return false;
        }
        let written = |name: &str| format!("{}:{}:{name}", self.id.source, grant.kind);
        let without = |name: &str| name.rsplit_once('/').map(|(_, team)| written(team));
        if list.contains(written(&grant.name).as_str()) {
            return true;
        }
        if *grant.kind != *"team" {
            return false;
        }
        match without(&grant.name) {
            Some(short) => list.contains(short.as_str()),
            None => list.iter().any(|named| {
                let named = named.strip_prefix(written("").as_str());
                named.is_some_and(|named| named.ends_with(&format!("/{}", grant.name)))
            }),
        }
    }

    /// Whether the account holds a privileged grant that is live at `at`.
    pub fn privileged_at(&self, at: Timestamp) -> bool {
        self.state.grants.iter().any(|(name, grant)| {
            self.is_privileged(name, grant)
                && self.granted(grant).iter().any(|live| live.contains(at))
        })
    }

    /// The reviews that kept a grant by its name, or the whole account, ascending. Where the same
    /// instant also has a decision to revoke it, that one holds.
    pub fn kept(&self, grant: &GrantName) -> Vec<Use> {
        let reviews = &self.state.reviews;
        let of = [reviews.get(&Some(grant.clone())), reviews.get(&None)];
        let mut kept: Vec<Use> = of
            .into_iter()
            .flatten()
            .flat_map(|reviews| keeps(reviews.as_slice()))
            .collect();
        kept.sort_unstable();
        kept
    }

    /// When somebody said that the account may keep or have the grant: reviews that kept it, and
    /// approvals that name it. Ascending.
    pub fn approved(&self, grant: &GrantName) -> Vec<Use> {
        let mut approved = self.kept(grant);
        let naming = self.approvals.iter();
        let naming = naming.filter(|approval| approval.names(&self.id.source, grant));
        approved.extend(naming.map(|approval| Use {
            at: approval.at,
            event: approval.event,
        }));
        approved.sort_unstable();
        approved
    }

    /// What the policy says of the account's source: of this tenant, or else of all of them.
    pub fn source_settings(&self) -> Option<&'a SourceSettings> {
        let source = &self.id.source;
        let sources = &self.policy.sources;
        sources
            .get(source)
            .or_else(|| sources.get(&SourceName::new(source.base())))
    }

    /// The owner, where there is exactly one.
    pub fn identity(&self) -> Option<IdentityRef> {
        let (person, owner) = match &self.ownership {
            Ownership::Person { person, owner, .. } => (person, owner),
            // What is no person's is an identity of its own.
            Ownership::NonHuman(_) => {
                return Some(IdentityRef {
                    uid: self.id.to_string().into(),
                    email: None,
                    name: self.state.name().or(self.state.email()).cloned(),
                    kind: IdentityKind::Nhi,
                });
            }
            Ownership::Nobody | Ownership::Disputed(_) => return None,
        };
        Some(person_ref(person, &owner.employment))
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

/// The live intervals of a grant on an account.
pub(super) fn granted(account: &AccountState, grant: &Grant) -> Vec<LiveInterval> {
    grant.life.intervals_ended_by(account.life.departures())
}

/// When both held, with what began and ended that.
fn both(a: &LiveInterval, b: &LiveInterval) -> Option<LiveInterval> {
    let (began, ended) = (if a.from < b.from { b } else { a }, first_to_end(a, b));
    let both = LiveInterval {
        from: began.from,
        began_by: began.began_by,
        until: ended.until,
        ended_by: ended.ended_by,
    };
    both.until
        .is_none_or(|until| both.from < until)
        .then_some(both)
}

fn first_to_end<'a>(a: &'a LiveInterval, b: &'a LiveInterval) -> &'a LiveInterval {
    match (a.until, b.until) {
        (Some(mine), Some(other)) if other < mine => b,
        (None, Some(_)) => b,
        _ => a,
    }
}

fn keeps(reviews: &[Review]) -> impl Iterator<Item = Use> {
    let revoked = |at| {
        let revokes = |review: &Review| review.at == at && review.decision == Decision::Revoke;
        reviews.iter().any(revokes)
    };
    let kept = reviews
        .iter()
        .filter(move |review| review.decision == Decision::Keep && !revoked(review.at));
    kept.map(|review| Use {
        at: review.at,
        event: review.event,
    })
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
