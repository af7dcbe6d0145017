//! What deeds say about one account, its grants and its credentials.

use std::collections::BTreeMap;

use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::deed::{self, AccountNo, Actor, Deed, Life};

use super::history::{History, State};
use super::moments::{Stretch, latest};
use super::owner::Owner;
use super::rules::Opinion;

pub(super) struct Account<'a> {
    pub no: AccountNo,
    pub cast: &'a deed::Account,
    pub life: History,
    /// Since when we know of it: the creation that was logged, or else the first sighting.
    pub first_seen: Option<Timestamp>,
    /// Sorted, as are all uses.
    pub uses: Vec<Timestamp>,
    /// By application, lower-cased.
    pub sign_ins: BTreeMap<String, Vec<Timestamp>>,
    /// Addresses that records state, lower-cased, each with the earliest event time.
    pub stated: BTreeMap<String, Timestamp>,
    /// By kind and name.
    pub grants: BTreeMap<(Text, Text), Grant>,
    /// Who made it, each time that it was made.
    pub creations: Vec<(Timestamp, Actor)>,
    /// When it became a member, and by whom; and when it ceased to be one.
    pub joinings: Vec<(Timestamp, Actor)>,
    removals: Vec<Timestamp>,
    /// Attempts to end it, and whether they did.
    pub end_attempts: Vec<(Timestamp, Outcome)>,
    pub reviews: Vec<(Timestamp, Review<'a>)>,
    pub owner: Owner,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Review<'a> {
    /// `None`: all that the account had.
    pub grant: Option<&'a deed::Grant>,
    pub keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ended,
    Failed,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Grant {
    pub history: History,
    pub privileged: bool,
    /// Since when we know of it.
    pub first_seen: Option<Timestamp>,
    /// Who granted it, each time.
    pub granted: Vec<(Timestamp, Actor)>,
}

pub(super) struct Credential<'a> {
    pub cast: &'a deed::Credential,
    pub history: History,
    pub first_seen: Option<Timestamp>,
    pub uses: Vec<Timestamp>,
}

impl<'a> Account<'a> {
    pub(super) fn new(no: AccountNo, cast: &'a deed::Account) -> Self {
        Account {
            no,
            cast,
            life: History::default(),
            first_seen: None,
            uses: Vec::new(),
            sign_ins: BTreeMap::new(),
            stated: BTreeMap::new(),
            grants: BTreeMap::new(),
            creations: Vec::new(),
            joinings: Vec::new(),
            removals: Vec::new(),
            end_attempts: Vec::new(),
            reviews: Vec::new(),
            owner: Owner::Nobody,
        }
    }

    /// A record with success by it or about it: it is there, and its address is stated.
    pub(super) fn seen(&mut self, at: Timestamp) {
        self.life.sign(at);
        earliest(&mut self.first_seen, at);
        if let Some(email) = &self.cast.email {
            self.states(email, at);
        }
        let name = self.cast.uid.rsplit(':').next();
        if let Some(name) = name.filter(|name| self.cast.session && name.contains('@')) {
            self.states(name, at);
        }
    }

    pub(super) fn states(&mut self, email: &str, at: Timestamp) {
        let known = self.stated.entry(email.to_lowercase()).or_insert(at);
        *known = at.min(*known);
    }

    /// What a record says was done to the account.
    pub(super) fn changed(&mut self, deed: &Deed, change: Life) {
        let ends = matches!(
            change,
            Life::Suspend | Life::Deactivate | Life::Remove | Life::Delete
        );
        if ends {
            let outcome = Outcome::of(deed);
            self.end_attempts.push((deed.at, outcome));
        }
        // A lock changes nothing, and comes of log-ins that fail: it is no sighting.
        if deed.failed || change == Life::Lock {
            return;
        }
        self.seen(deed.at);
        let state = match change {
            Life::Create => State::Made,
            Life::Activate | Life::Join | Life::Reinstate => State::Live,
            Life::Suspend | Life::Deactivate | Life::Remove => State::Ended,
            Life::Delete => State::Deleted,
            Life::Lock | Life::Unlock => return,
        };
        self.life.change(deed.at, state);
        match change {
            Life::Create => self.creations.push((deed.at, deed.actor)),
            Life::Join => self.joinings.push((deed.at, deed.actor)),
            Life::Remove => self.removals.push(deed.at),
            _ => {}
        }
    }

    pub(super) fn grant(&mut self, grant: &deed::Grant) -> &mut Grant {
        let key = (grant.kind.clone(), grant.name.clone());
        let known = self.grants.entry(key).or_default();
        known.privileged |= grant.privileged;
        known
    }

    /// "Deleting an account ends its grants then", and so does a membership's end. To be called when all deeds are known.
    pub(super) fn sort(&mut self) {
        self.life.sort();
        let created = self.creations.iter().map(|(at, _)| *at).min();
        let first = created.filter(|created| !self.life.lived_before(*created));
        self.first_seen = first.or(self.first_seen);
        self.uses.sort_unstable();
        self.sign_ins
            .values_mut()
            .for_each(|uses| uses.sort_unstable());
        let mut departures = self.life.deletions();
        departures.extend(&self.removals);
        for grant in self.grants.values_mut() {
            for at in &departures {
                grant.history.change(*at, State::Ended);
            }
            grant.history.sort();
        }
    }

    pub(super) fn subject(&self) -> Text {
        Text::from(format!("{}:{}", self.cast.source, self.cast.uid))
    }

    pub(super) fn grant_subject(&self, (kind, name): &(Text, Text)) -> Text {
        let account = self.subject();
        Text::from(format!("{account}|{kind}:{name}"))
    }

    /// Of the account itself. It weighs more where it is privileged when it opens.
    pub(super) fn opinion(&self, stretch: Stretch) -> Opinion {
        Opinion {
            subject: self.subject(),
            account: Some(self.no),
            from: stretch.from,
            to: stretch.to,
            privileged: self.privileged(stretch.from),
        }
    }

    /// Whether any privileged grant of the account lives.
    pub(super) fn privileged(&self, at: Timestamp) -> bool {
        let mut grants = self.grants.values();
        grants.any(|grant| grant.privileged && grant.history.live(at))
    }

    pub(super) fn last_use(&self, at: Timestamp) -> Option<Timestamp> {
        latest(&self.uses, at)
    }

    /// Reviews that kept the grant: it by name, or all that the account had. One that decides both
    /// at the same instant keeps nothing.
    pub(super) fn kept(&self, (kind, name): &(Text, Text)) -> Vec<Timestamp> {
        let names = |review: &Review<'_>| match review.grant {
            None => true,
            Some(grant) => grant.kind == *kind && grant.name == *name,
        };
        let reviews = || self.reviews.iter().filter(|(_, review)| names(review));
        let refused = |at| reviews().any(|(other, review)| *other == at && !review.keep);
        let kept = reviews().filter(|(at, review)| review.keep && !refused(*at));
        kept.map(|(at, _)| *at).collect()
    }

    /// Of one of its grants: it weighs more where the grant is privileged, or the account.
    pub(super) fn opinion_of_grant(&self, name: &(Text, Text), stretch: Stretch) -> Opinion {
        let of_account = self.opinion(stretch);
        let grant = self.grants.get(name);
        Opinion {
            subject: self.grant_subject(name),
            privileged: of_account.privileged || grant.is_some_and(|grant| grant.privileged),
            ..of_account
        }
    }
}

impl Outcome {
    pub(super) fn of(deed: &Deed) -> Self {
        if deed.failed {
            Outcome::Failed
        } else {
            Outcome::Ended
        }
    }
}

impl Grant {
    /// A record that says that it is there.
    pub(super) fn seen(&mut self, at: Timestamp) {
        earliest(&mut self.first_seen, at);
    }
}

impl<'a> Credential<'a> {
    pub(super) fn new(cast: &'a deed::Credential) -> Self {
        Credential {
            cast,
            history: History::default(),
            first_seen: None,
            uses: Vec::new(),
        }
    }

    pub(super) fn subject(&self, account: &Account<'_>) -> Text {
        Text::from(format!("{}:{}", account.cast.source, self.cast.uid))
    }

    pub(super) fn seen(&mut self, at: Timestamp) {
        self.history.sign(at);
        earliest(&mut self.first_seen, at);
    }
}

fn earliest(known: &mut Option<Timestamp>, at: Timestamp) {
    *known = Some(known.map_or(at, |known| known.min(at)));
}
