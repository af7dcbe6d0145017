//! What listings say of a life: inventories, and rows that state how things are.
//!
//! They come again and again and mostly say the same, so they are kept apart from what happened,
//! which they must not push out. Which of them is news is a matter of reading: one that comes late
//! may stand between two that said the same.

use serde::{Deserialize, Serialize};

use crate::model::fact::{LifeChange, LifeKind};
use crate::model::id::EventUid;
use crate::model::join::{Join, Newest, join_least};
use crate::model::limits::LISTINGS_MAX;
use crate::model::time::Timestamp;

/// A time, and the event that states it.
pub type Stated = (Timestamp, EventUid);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listings {
    created: Option<Stated>,
    /// The earliest use that a listing states: it lived then.
    used: Option<Stated>,
    live: Series,
    ended: Series,
}

/// The listings that say one thing. Those between the first and the newest are forgotten, and so
/// taken for repeats: what a first listing tells does not move as others follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Series {
    first: Option<Stated>,
    newest: Newest<Stated, LISTINGS_MAX>,
}

impl Listings {
    /// Takes in a change of a kind that listings state.
    pub(super) fn list(&mut self, change: &LifeChange) -> bool {
        let stated = (change.at, change.event);
        match change.kind {
            LifeKind::ListedSince => join_least(&mut self.created, Some(stated)),
            LifeKind::Listed => self.live.insert(stated),
            _ => self.ended.insert(stated),
        }
    }

    pub(super) fn used(&mut self, at: Timestamp, event: EventUid) -> bool {
        join_least(&mut self.used, Some((at, event)))
    }

    pub(super) fn created(&self) -> Option<Stated> {
        self.created
    }

    /// The first time at which it lived.
    pub(super) fn first_live(&self) -> Option<Stated> {
        self.live.first
    }

    /// Whether it lived by the first listing. If not, nobody knows until when it had lived before,
    /// and its beginning says nothing.
    pub(super) fn begin_live(&self) -> bool {
        let ended = self.ended.first;
        self.live
            .first
            .is_some_and(|(live, _)| ended.is_none_or(|(ended, _)| live < ended))
    }

    /// The first time at which it lived already, by what a listing says of the past.
    pub(super) fn lived(&self) -> Option<Stated> {
        self.created.into_iter().chain(self.used).min()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Timestamp, LifeKind, EventUid)> {
        let of = |series: &'_ Series, kind| {
            let all: Vec<Stated> = series.all().collect();
            all.into_iter().map(move |(at, event)| (at, kind, event))
        };
        of(&self.live, LifeKind::Listed).chain(of(&self.ended, LifeKind::ListedEnded))
    }
}

impl Series {
    fn insert(&mut self, stated: Stated) -> bool {
        join_least(&mut self.first, Some(stated)) | self.newest.insert(stated)
    }

    fn all(&self) -> impl Iterator<Item = Stated> {
        self.first
            .into_iter()
            .chain(self.newest.as_slice().iter().copied())
    }
}

impl Join for Series {
    fn join(&mut self, other: Self) -> bool {
        join_least(&mut self.first, other.first) | self.newest.join(other.newest)
    }
}

impl Join for Listings {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = join_least(&mut self.created, other.created);
        changed |= join_least(&mut self.used, other.used);
        changed |= self.live.join(other.live);
        self.ended.join(other.ended) | changed
    }
}
