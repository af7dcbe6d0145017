//! Answers: what people ask of homes, computed from states, policy and a time, and nothing else.
//!
//! A timeline tells one identity in order of event time; access tells who had what at a time;
//! handoffs tell which steps of joining, moving and leaving were done, how, and how fast. All of
//! them are the truth about the past *as known today*: a record that comes late changes them.

mod actor;
mod dossier;
mod timeline;
mod access;
mod handoffs;
mod links;
mod nhi;
mod people;

pub use access::{Access, AccessRow, LastUsed, OwnerState, Resource, Subject, access_of};
pub use dossier::{Dossier, Names};
pub use handoffs::{
    Actors, Draft, Handoff, Handoffs, How, RunSteps, Step, StepKind, Summary, Transition,
    TransitionKind, of_account, of_person, transitions,
};
pub use links::{LinkRow, Linked, Links, Reason, links_of};
pub use nhi::{NhiCredential, NhiOwner, NhiRow, Nhis, OwnerEmployment, nhi_of};
pub use people::{People, PersonRow, Stated, person_of};
pub use timeline::{AccountLane, Bar, Entry, EntryKind, Timeline, UsedDay, Window, timeline};

use serde::{Deserialize, Serialize};

use crate::identity::Ownership;
use crate::model::Text;
use crate::model::id::EventUid;

/// Whose an account is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Exactly one person's.
    Linked,
    /// Several people claim it, so that it is nobody's until that is settled.
    Disputed,
    /// Nobody's that we know of.
    Unlinked,
    /// A machine's, a service's or an application's.
    NonHuman,
}

impl Link {
    fn of(ownership: &Ownership<'_>) -> Self {
        match ownership {
            Ownership::Person { .. } => Link::Linked,
            Ownership::Disputed(_) => Link::Disputed,
            Ownership::Nobody => Link::Unlinked,
            Ownership::NonHuman(_) => Link::NonHuman,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Link::Linked => "linked",
            Link::Disputed => "disputed",
            Link::Unlinked => "unlinked",
            Link::NonHuman => "non_human",
        }
    }

    /// By the word of [`Link::as_str`].
    pub fn named(word: &str) -> Option<Self> {
        use Link::{Disputed, Linked, NonHuman, Unlinked};
        let all = [Linked, Disputed, Unlinked, NonHuman];
        all.into_iter().find(|link| link.as_str() == word)
    }
}

/// Uids as answers carry them.
fn evidence(events: impl IntoIterator<Item = EventUid>) -> Vec<Text> {
    let mut uids: Vec<Text> = Vec::new();
    for event in events {
        let uid = Text::from(event.to_string());
        if !uids.contains(&uid) {
            uids.push(uid);
        }
    }
    uids
}
