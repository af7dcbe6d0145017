//! When something lived: an account, a grant, a credential.

use serde::{Deserialize, Serialize};

use super::listings::{Listings, Stated};
use crate::model::fact::{LifeChange, LifeKind};
use crate::model::id::EventUid;
use crate::model::join::{Join, Newest, join_least};
use crate::model::limits::LIFE_CHANGES_MAX;
use crate::model::time::Timestamp;

/// Sightings and changes, from which the live intervals follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeHistory {
    /// The first sighting.
    seen: Option<(Timestamp, EventUid)>,
    /// The first logged creation, kept when the newest changes no longer hold it.
    created: Option<LifeChange>,
    changes: Newest<LifeChange, LIFE_CHANGES_MAX>,
    /// Boxed: most of what lives is in no listing.
    listings: Option<Box<Listings>>,
}

/// Live in `[from, until)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveInterval {
    pub from: Timestamp,
    /// The event that began it.
    pub began_by: EventUid,
    pub until: Option<Timestamp>,
    /// The change that ended it, and whether that was a deletion.
    pub ended_by: Option<EventUid>,
}

impl LifeHistory {
    pub fn see(&mut self, at: Timestamp, event: EventUid) -> bool {
        join_least(&mut self.seen, Some((at, event)))
    }

    /// A change of something is a sighting of it, unless a listing tells of the past.
    pub fn change(&mut self, change: LifeChange) -> bool {
        match change.kind {
            LifeKind::ListedSince => self.listings().list(&change),
            LifeKind::Listed | LifeKind::ListedEnded => {
                self.see(change.at, change.event) | self.listings().list(&change)
            }
            kind => {
                let mut changed = self.see(change.at, change.event);
                if kind == LifeKind::Created {
                    changed |= join_least(&mut self.created, Some(change.clone()));
                }
                self.changes.insert(change) | changed
            }
        }
    }

    /// A listing says that it was used at a time: it lived then, and we had not seen it yet.
    pub fn listed_use(&mut self, at: Timestamp, event: EventUid) -> bool {
        self.listings().used(at, event)
    }

    fn listings(&mut self) -> &mut Listings {
        self.listings.get_or_insert_default()
    }

    /// The first sighting.
    pub fn seen(&self) -> Option<Stated> {
        self.seen
    }

    /// The creation that was logged, if any.
    pub fn created(&self) -> Option<&LifeChange> {
        self.created.as_ref()
    }

    /// The creation that was logged, or else the one that a listing states.
    pub fn creation(&self) -> Option<Stated> {
        self.logged_creation()
            .or_else(|| self.listings.as_ref()?.created())
    }

    /// What was logged, ascending in time; of one instant, the change that ends comes last.
    pub fn changes(&self) -> &[LifeChange] {
        self.changes.as_slice()
    }

    /// The beginning of life: its creation, or where none is known its first sighting. A first
    /// life that ended before the first creation, or that was listed then, began sooner.
    pub fn born(&self) -> Option<Stated> {
        let listings = self.listings.as_deref().filter(|all| all.begin_live());
        let lived = listings.and_then(Listings::lived);
        let first = self.seen.into_iter().chain(lived).min()?;
        let creation = self
            .logged_creation()
            .or_else(|| listings.and_then(Listings::created));
        Some(match creation {
            Some(creation) if !self.lived_before(first, creation) => creation,
            _ => first,
        })
    }

    /// Since when we know of it, and with it the beginning of coverage: of the time before, nobody
    /// can say what it was not used for. Like [`born`](Self::born), but what a listing tells of
    /// the time before it does not count.
    pub fn first_seen(&self) -> Option<Timestamp> {
        let seen = self.seen?;
        let (first, _) = match self.logged_creation() {
            Some(creation) if !self.lived_before(seen, creation) => creation,
            _ => seen,
        };
        Some(first)
    }

    fn logged_creation(&self) -> Option<Stated> {
        self.created().map(|created| (created.at, created.event))
    }

    /// Whether a life that began at `first` came before the one that was created.
    fn lived_before(&self, (first, _): Stated, (created, _): Stated) -> bool {
        let ended =
            self.changes.as_slice().iter().any(|change| {
                change.at < created && change.at > first && !change.kind.live_after()
            });
        let listed = self.listings.as_ref().and_then(|all| all.first_live());
        ended || listed.is_some_and(|(listed, _)| listed < created)
    }

    /// What happened and what was listed, ascending in time; of one instant, what ends comes last.
    fn course(&self) -> Vec<(Timestamp, LifeKind, EventUid)> {
        let changes = self.changes.as_slice();
        let mut all: Vec<_> = changes
            .iter()
            .map(|change| (change.at, change.kind, change.event))
            .collect();
        if let Some(listings) = &self.listings {
            // Of the time before the changes still held, listings alone would tell half a story.
            let since = changes.first().filter(|_| self.changes.is_full());
            let held = |at| since.is_none_or(|since| since.at <= at);
            all.extend(listings.all().filter(|(at, ..)| held(*at)));
            all.sort_unstable();
        }
        all
    }

    /// The times at which it was live, ascending, none of them empty.
    pub fn intervals(&self) -> Vec<LiveInterval> {
        let Some((born, born_by)) = self.born() else {
            return Vec::new();
        };
        let mut intervals = Vec::new();
        // Where changes have been forgotten, nothing is said of the time before those still held.
        let mut open = (!self.changes.is_full()).then_some((born, born_by));
        let course = self.course().into_iter();
        for (at, kind, event) in course.filter(|(at, ..)| *at >= born) {
            match (open, kind.live_after()) {
                (Some((from, began_by)), false) => {
                    if from < at {
                        intervals.push(LiveInterval {
                            from,
                            began_by,
                            until: Some(at),
                            ended_by: Some(event),
                        });
                    }
                    open = None;
                }
                (None, true) => open = Some((at, event)),
                _ => {}
            }
        }
        if let Some((from, began_by)) = open {
            intervals.push(LiveInterval {
                from,
                began_by,
                until: None,
                ended_by: None,
            });
        }
        intervals
    }

    /// The times at which it was live, where it ended with something else as well: what is granted
    /// or created anew after such an end lives again.
    pub fn intervals_ended_by<'a>(
        &self,
        ends: impl Iterator<Item = &'a LifeChange>,
    ) -> Vec<LiveInterval> {
        let mut ends = ends.peekable();
        if ends.peek().is_none() {
            return self.intervals();
        }
        let mut life = self.clone();
        ends.for_each(|end| {
            life.changes.insert(end.clone());
        });
        life.intervals()
    }

    /// The times at which what was granted ended with it, ascending: it was deleted, or is no
    /// member any more.
    pub fn departures(&self) -> impl Iterator<Item = &LifeChange> {
        let departs =
            |change: &&LifeChange| matches!(change.kind, LifeKind::Removed | LifeKind::Deleted);
        self.changes.as_slice().iter().filter(departs)
    }

    /// The times of deletion, ascending.
    pub fn deletions(&self) -> impl Iterator<Item = &LifeChange> {
        self.changes
            .as_slice()
            .iter()
            .filter(|change| change.kind == LifeKind::Deleted)
    }
}

impl LiveInterval {
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Join for LifeHistory {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = join_least(&mut self.seen, other.seen);
        changed |= join_least(&mut self.created, other.created);
        changed |= match (&mut self.listings, other.listings) {
            (_, None) => false,
            (Some(mine), Some(other)) => mine.join(other),
            (mine, other) => {
                *mine = other;
                true
            }
        };
        self.changes.join(other.changes) | changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seen: &[i64], changes: &[(i64, LifeKind)], expected: &[(i64, Option<i64>)]) {
        let mut life = LifeHistory::default();
        for (at, kind) in changes.iter().rev() {
            let at = Timestamp::from_seconds(*at);
            life.change(LifeChange {
                at,
                kind: *kind,
                event: EventUid([0; 16]),
                actor: None,
            });
        }
        for at in seen {
            life.see(Timestamp::from_seconds(*at), EventUid([0; 16]));
        }
        let second = |time: Timestamp| time.as_micros() / 1_000_000;
        let intervals: Vec<_> = life
            .intervals()
            .into_iter()
            .map(|live| (second(live.from), live.until.map(second)))
            .collect();
        assert_eq!(intervals, expected, "seen {seen:?}, changes {changes:?}");
    }

    #[test]
    fn life_follows_event_time() {
        use LifeKind::{Activated, Created, Deleted, Reinstated, Suspended};
        check(&[], &[], &[]);
        check(&[5], &[], &[(5, None)]);
        check(&[7, 5], &[(9, Suspended)], &[(5, Some(9))]);
        check(
            &[],
            &[(1, Created), (2, Activated), (9, Suspended)],
            &[(1, Some(9))],
        );
        check(
            &[],
            &[(1, Created), (3, Suspended), (5, Reinstated)],
            &[(1, Some(3)), (5, None)],
        );
        check(&[], &[(9, Deleted)], &[]);
        check(&[], &[(9, Suspended), (12, Reinstated)], &[(12, None)]);
    }

    #[test]
    fn of_two_changes_at_one_time_the_one_that_ends_wins() {
        use LifeKind::{Created, Deactivated, Reinstated};
        check(
            &[],
            &[(1, Created), (5, Deactivated), (5, Reinstated)],
            &[(1, Some(5))],
        );
        check(&[], &[(1, Created), (1, Deactivated)], &[]);
    }

    #[test]
    fn a_listing_is_compared_by_time_and_a_repeat_means_nothing() {
        use LifeKind::{Created, Deactivated, Listed, ListedEnded, ListedSince, Suspended};
        check(&[], &[(5, Listed), (6, Listed), (9, Listed)], &[(5, None)]);
        check(&[], &[(1, ListedSince), (5, Listed)], &[(1, None)]);
        check(&[], &[(5, ListedEnded), (6, ListedEnded)], &[]);
        // Until when it had lived is not known.
        check(&[], &[(1, ListedSince), (5, ListedEnded)], &[]);
        check(
            &[],
            &[
                (1, Created),
                (3, ListedEnded),
                (4, ListedEnded),
                (6, Listed),
                (7, Listed),
            ],
            &[(1, Some(3)), (6, None)],
        );
        check(
            &[],
            &[(1, Created), (3, Suspended), (4, ListedEnded), (6, Listed)],
            &[(1, Some(3)), (6, None)],
        );
        check(
            &[],
            &[(1, Created), (5, Deactivated), (5, Listed)],
            &[(1, Some(5))],
        );
        // The log's own creation counts, unless it was listed before.
        check(
            &[],
            &[(1, ListedSince), (2, Created), (5, Listed)],
            &[(2, None)],
        );
        check(
            &[],
            &[(1, ListedSince), (5, Listed), (7, Created)],
            &[(1, None)],
        );
    }

    #[test]
    fn many_listings_move_neither_a_beginning_nor_an_end() {
        use LifeKind::{Created, Listed, ListedEnded};
        let mut changes = vec![(1, Created)];
        changes.extend((2..200).map(|at| (at, Listed)));
        changes.extend((200..500).map(|at| (at, ListedEnded)));
        check(&[], &changes, &[(1, Some(200))]);
    }

    #[test]
    fn what_a_listing_tells_of_the_past_is_no_sighting() {
        let uid = EventUid([0; 16]);
        let at = Timestamp::from_seconds;
        let listed = |kind, seconds| LifeChange {
            at: at(seconds),
            kind,
            event: uid,
            actor: None,
        };
        let mut life = LifeHistory::default();
        life.change(listed(LifeKind::ListedSince, 1));
        life.change(listed(LifeKind::Listed, 9));
        assert_eq!(life.first_seen(), Some(at(9)));
        assert_eq!(life.born(), Some((at(1), uid)));
        life.see(at(4), uid);
        assert_eq!(life.first_seen(), Some(at(4)));
        let mut used = LifeHistory::default();
        used.listed_use(at(3), uid);
        used.change(listed(LifeKind::Listed, 9));
        assert_eq!(
            (used.first_seen(), used.born()),
            (Some(at(9)), Some((at(3), uid)))
        );
    }

    #[test]
    fn a_logged_creation_beats_an_earlier_sighting_unless_a_life_ended_between() {
        use LifeKind::{Created, Deleted};
        check(&[1], &[(2, Created)], &[(2, None)]);
        check(
            &[1],
            &[(3, Deleted), (5, Created)],
            &[(1, Some(3)), (5, None)],
        );
    }
}
