//! The home of an account: its life, uses, grants, credentials, names, and who may own it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Answer, DeviceState, Employment, LifeHistory, Named, Selves, TicketState, Uses};
use crate::model::Text;
use crate::model::fact::{
    AccountUse, AnswerChange, AnswerTold, Charge, CredentialChange, DeviceTold, FailedEnd,
    GrantChange, GrantName, GrantReview, LinkReason, OwnerPush, Review, TicketTold, Whom,
};
use crate::model::id::{AccountId, DeviceId, Identifier, PersonId, SourceName, TicketId};
use crate::model::join::{
    Earliest, Join, Newest, join_entry, join_flag, join_greatest, join_item, join_least,
};
use crate::model::limits::{
    CREDENTIALS_PER_ACCOUNT_MAX, DEVICES_MAX, FAILED_ENDS_MAX, GRANTS_PER_ACCOUNT_MAX, LINKS_MAX,
    NAMES_PER_ACCOUNT_MAX, REVIEWS_PER_GRANT_MAX, SELVES_MAX, TICKETS_MAX,
};
use crate::model::state::UseChange;
use crate::model::time::Timestamp;

/// Identifiers by which a link came about, each with its reason and since when it is stated.
pub type Vias = BTreeMap<(Identifier, LinkReason), Earliest>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    pub life: LifeHistory,
    name: Option<(Timestamp, Text)>,
    email: Option<(Timestamp, Text)>,
    /// Every name and address it ever had, lower-cased: what policies may call it.
    pub names: BTreeSet<Text>,
    pub non_human: bool,
    /// A session of a role: only what it does counts.
    pub session: bool,
    pub uses: Uses,
    pub applications: BTreeMap<Text, Uses>,
    pub credentials: BTreeMap<Text, OwnedCredential>,
    pub grants: BTreeMap<GrantName, Grant>,
    pub claims: Vias,
    /// The accounts that this name stands for; empty for a real account.
    pub same_as: BTreeSet<AccountId>,
    pub owners: BTreeMap<PersonId, Owner>,
    /// Who answers for it and does not own it.
    pub answers: BTreeMap<Whom, Answer>,
    /// The accounts that it answers for.
    pub charges: BTreeSet<Charge>,
    /// Access reviews of each grant; under `None`, of the account as a whole.
    pub reviews: BTreeMap<Option<GrantName>, Newest<Review, REVIEWS_PER_GRANT_MAX>>,
    /// Attempts to end it that failed.
    pub failed_ends: Newest<FailedEnd, FAILED_ENDS_MAX>,
    /// Devices that name it, or a name of it, as their holder.
    pub devices: BTreeMap<DeviceId, Named<Whom, DeviceState>>,
    /// Tickets that name it, a name of it, or an owner: as whom, and through whose home.
    pub tickets: BTreeMap<TicketId, Named<(Whom, Option<PersonId>), TicketState>>,
}

/// A person who may own the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Empty where the account is linked to another id of the same person.
    pub vias: Vias,
    pub same_as: Selves,
    pub employment: Employment,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedCredential {
    pub kind: Option<Text>,
    pub life: LifeHistory,
    pub uses: Uses,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub privileged: bool,
    pub life: LifeHistory,
}

impl AccountState {
    /// The newest log-in or display name.
    pub fn name(&self) -> Option<&Text> {
        self.name.as_ref().map(|(_, name)| name)
    }

    /// The newest e-mail address.
    pub fn email(&self) -> Option<&Text> {
        self.email.as_ref().map(|(_, email)| email)
    }

    pub fn call(&mut self, at: Timestamp, name: Option<Text>, email: Option<Text>) -> bool {
        let mut changed = false;
        for text in name.iter().chain(&email) {
            let lower = Text::from(text.to_lowercase());
            changed |= join_item(&mut self.names, NAMES_PER_ACCOUNT_MAX, lower);
        }
        changed |= join_greatest(&mut self.name, name.map(|name| (at, name)));
        changed | join_greatest(&mut self.email, email.map(|email| (at, email)))
    }

    /// A use is also a sighting of the account and of the credential.
    pub fn used(&mut self, by: AccountUse) -> UseChange {
        let AccountUse {
            this,
            application,
            credential,
        } = by;
        let seen = self.life.see(this.at, this.event);
        if let Some(application) = application {
            let mut uses = Uses::default();
            uses.insert(this);
            join_entry(
                &mut self.applications,
                CREDENTIALS_PER_ACCOUNT_MAX,
                application,
                uses,
            );
        }
        let mut seen_credential = false;
        if let Some(credential) = credential {
            if let Some(known) = self.credentials.get_mut(&credential) {
                seen_credential = known.life.see(this.at, this.event);
                known.uses.insert(this);
            } else {
                let mut owned = OwnedCredential::default();
                owned.life.see(this.at, this.event);
                owned.uses.insert(this);
                let max = CREDENTIALS_PER_ACCOUNT_MAX;
                seen_credential = join_entry(&mut self.credentials, max, credential, owned);
            }
        }
        match self.uses.insert(this) {
            UseChange::Known if !seen && !seen_credential => UseChange::Known,
            UseChange::Newest { after } if !seen && !seen_credential => UseChange::Newest { after },
            _ => UseChange::Late,
        }
    }

    /// A use that a listing states: no sighting, since the listing itself is one.
    pub fn listed_use(&mut self, by: AccountUse) -> bool {
        let AccountUse {
            this,
            application,
            credential,
        } = by;
        let mut uses = Uses::default();
        uses.insert(this);
        let mut changed = self.life.listed_use(this.at, this.event);
        let max = CREDENTIALS_PER_ACCOUNT_MAX;
        if let Some(application) = application {
            changed |= join_entry(&mut self.applications, max, application, uses.clone());
        }
        if let Some(credential) = credential {
            let mut owned = OwnedCredential::default();
            owned.life.listed_use(this.at, this.event);
            owned.uses = uses;
            changed |= join_entry(&mut self.credentials, max, credential, owned);
        }
        changed | (self.uses.insert(this) != UseChange::Known)
    }

    pub fn reviewed(&mut self, reviewed: GrantReview) -> bool {
        let mut reviews = Newest::default();
        reviews.insert(reviewed.review);
        let max = GRANTS_PER_ACCOUNT_MAX;
        join_entry(&mut self.reviews, max, reviewed.grant, reviews)
    }

    pub fn device(&mut self, told: DeviceTold) -> bool {
        let named = Named::new([told.named], told.state);
        join_entry(&mut self.devices, DEVICES_MAX, told.device, named)
    }

    pub fn ticket(&mut self, told: TicketTold, through: Option<PersonId>) -> bool {
        let named = Named::new([(told.named, through)], told.state);
        join_entry(&mut self.tickets, TICKETS_MAX, told.ticket, named)
    }

    /// As much of it as a ticket has to know: how it lives, the grants that the ticket names, whose
    /// it is and what they are called.
    #[must_use]
    pub fn for_ticket(&self, source: &SourceName, ticket: &TicketState) -> AccountState {
        let events = ticket.events();
        let is_named = |grant: &GrantName| {
            let mut texts = events.iter().flat_map(|event| &event.grants);
            texts.any(|text| grant.is_named(source, text))
        };
        let grants = self.grants.iter().filter(|(name, _)| is_named(name));
        AccountState {
            life: self.life.clone(),
            grants: grants
                .map(|(name, grant)| (name.clone(), grant.clone()))
                .collect(),
            ..self.whose_and_how()
        }
    }

    /// As much of it as tells whose it is, for homes that have to judge that themselves.
    #[must_use]
    pub fn whose(&self) -> AccountState {
        let owners = self.owners.iter().map(|(person, owner)| {
            // Of people with several ids their employment tells by which of them they go.
            let employment = if owner.same_as.is_empty() {
                Employment::default()
            } else {
                owner.employment.clone()
            };
            let owner = Owner {
                vias: owner.vias.clone(),
                same_as: owner.same_as.clone(),
                employment,
            };
            (person.clone(), owner)
        });
        AccountState {
            name: self.name.clone(),
            email: self.email.clone(),
            names: self.names.clone(),
            non_human: self.non_human,
            session: self.session,
            same_as: self.same_as.clone(),
            owners: owners.collect(),
            ..AccountState::default()
        }
    }

    /// What tells whose it is, and how they are employed.
    #[must_use]
    pub fn whose_and_how(&self) -> AccountState {
        AccountState {
            owners: self.owners.clone(),
            ..self.whose()
        }
    }

    pub fn answer(&mut self, answers: AnswerChange) -> bool {
        let mut answer = Answer::default();
        answer.life.change(answers.change);
        join_entry(&mut self.answers, LINKS_MAX, answers.whom, answer)
    }

    pub fn answered(&mut self, told: AnswerTold) -> bool {
        let answer = Answer {
            accounts: [(told.account, told.whose)].into(),
            ..Answer::default()
        };
        let whom = Whom::Account(told.named);
        join_entry(&mut self.answers, LINKS_MAX, whom, answer)
    }

    pub fn granted(&mut self, change: GrantChange) -> bool {
        let mut grant = Grant {
            privileged: change.privileged,
            life: LifeHistory::default(),
        };
        grant.life.change(change.change);
        join_entry(
            &mut self.grants,
            GRANTS_PER_ACCOUNT_MAX,
            change.grant,
            grant,
        )
    }

    pub fn credential(&mut self, change: CredentialChange) -> bool {
        let mut owned = OwnedCredential {
            kind: change.kind,
            ..OwnedCredential::default()
        };
        owned.life.change(change.change);
        let max = CREDENTIALS_PER_ACCOUNT_MAX;
        join_entry(&mut self.credentials, max, change.credential, owned)
    }

    pub fn claim(&mut self, identifier: Identifier, reason: LinkReason, at: Timestamp) -> bool {
        join_entry(
            &mut self.claims,
            LINKS_MAX,
            (identifier, reason),
            Earliest(at),
        )
    }

    pub fn owned(&mut self, push: OwnerPush) -> bool {
        let via = push.via.into_iter();
        let owner = Owner {
            vias: via
                .map(|(identifier, reason, since)| ((identifier, reason), Earliest(since)))
                .collect(),
            same_as: push.same_as,
            employment: push.employment,
        };
        join_entry(&mut self.owners, LINKS_MAX, push.person, owner)
    }
}

impl Owner {
    /// Takes over by what another id of the same person is linked.
    pub fn link(&mut self, other: &Owner) {
        self.join(Owner {
            employment: Employment::default(),
            ..other.clone()
        });
    }
}

impl Join for Owner {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.employment.join(other.employment);
        for (via, since) in other.vias {
            changed |= join_entry(&mut self.vias, LINKS_MAX, via, since);
        }
        for (same, since) in other.same_as {
            changed |= join_entry(&mut self.same_as, SELVES_MAX + 1, same, since);
        }
        changed
    }
}

impl Join for OwnedCredential {
    fn join(&mut self, other: Self) -> bool {
        // Two records may word the kind differently; the least word is as good as another, and
        // the same whatever came first.
        let mut changed = join_least(&mut self.kind, other.kind);
        changed |= self.life.join(other.life);
        self.uses.join(other.uses) | changed
    }
}

impl Join for Grant {
    fn join(&mut self, other: Self) -> bool {
        let changed = join_flag(&mut self.privileged, other.privileged);
        self.life.join(other.life) | changed
    }
}

impl Join for AccountState {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = self.life.join(other.life);
        changed |= join_greatest(&mut self.name, other.name);
        changed |= join_greatest(&mut self.email, other.email);
        for name in other.names {
            changed |= join_item(&mut self.names, NAMES_PER_ACCOUNT_MAX, name);
        }
        changed |= join_flag(&mut self.non_human, other.non_human);
        changed |= join_flag(&mut self.session, other.session);
        changed |= self.uses.join(other.uses);
        for (application, uses) in other.applications {
            let max = CREDENTIALS_PER_ACCOUNT_MAX;
            changed |= join_entry(&mut self.applications, max, application, uses);
        }
        for (uid, owned) in other.credentials {
            let max = CREDENTIALS_PER_ACCOUNT_MAX;
            changed |= join_entry(&mut self.credentials, max, uid, owned);
        }
        for (name, grant) in other.grants {
            changed |= join_entry(&mut self.grants, GRANTS_PER_ACCOUNT_MAX, name, grant);
        }
        for (via, since) in other.claims {
            changed |= join_entry(&mut self.claims, LINKS_MAX, via, since);
        }
        for account in other.same_as {
            changed |= join_item(&mut self.same_as, LINKS_MAX, account);
        }
        for (person, owner) in other.owners {
            changed |= join_entry(&mut self.owners, LINKS_MAX, person, owner);
        }
        for (whom, answer) in other.answers {
            changed |= join_entry(&mut self.answers, LINKS_MAX, whom, answer);
        }
        for charge in other.charges {
            changed |= join_item(&mut self.charges, LINKS_MAX, charge);
        }
        for (grant, reviews) in other.reviews {
            changed |= join_entry(&mut self.reviews, GRANTS_PER_ACCOUNT_MAX, grant, reviews);
        }
        for (device, named) in other.devices {
            changed |= join_entry(&mut self.devices, DEVICES_MAX, device, named);
        }
        for (ticket, named) in other.tickets {
            changed |= join_entry(&mut self.tickets, TICKETS_MAX, ticket, named);
        }
        self.failed_ends.join(other.failed_ends) | changed
    }
}
