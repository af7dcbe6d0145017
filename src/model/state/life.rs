//! When something lived: an account, a grant, a credential.

use serde::{Deserialize, Serialize};

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

    /// A change of something is a sighting of it.
    pub fn change(&mut self, change: LifeChange) -> bool {
        let mut changed = self.see(change.at, change.event);
        if change.kind == LifeKind::Created {
            changed |= join_least(&mut self.created, Some(change.clone()));
        }
        self.changes.insert(change) | changed
    }

    /// The creation that was logged, if any.
    pub fn created(&self) -> Option<&LifeChange> {
        self.created.as_ref()
    }

    /// Ascending in time; of one instant, the change that ends comes last.
    pub fn changes(&self) -> &[LifeChange] {
        self.changes.as_slice()
    }

    /// The beginning of life: its creation, or where none is logged its first sighting. A first
    /// life that ended before the first logged creation began with its sighting, too.
    pub fn born(&self) -> Option<(Timestamp, EventUid)> {
        let (seen, by) = self.seen?;
        let Some(created) = &self.created else {
            return Some((seen, by));
        };
        let lived_before =
            self.changes.as_slice().iter().any(|change| {
                change.at < created.at && change.at > seen && !change.kind.live_after()
            });
        Some(if lived_before {
            (seen, by)
        } else {
            (created.at, created.event)
        })
    }

    /// The times at which it was live, ascending, none of them empty.
    pub fn intervals(&self) -> Vec<LiveInterval> {
        let Some((born, born_by)) = self.born() else {
            return Vec::new();
        };
        let mut intervals = Vec::new();
        // Where changes have been forgotten, nothing is said of the time before those still held.
        let mut open = (!self.changes.is_full()).then_some((born, born_by));
        for change in self
            .changes
            .as_slice()
            .iter()
            .filter(|change| change.at >= born)
        {
            match (open, change.kind.live_after()) {
                (Some((from, began_by)), false) => {
                    if from < change.at {
                        intervals.push(LiveInterval {
                            from,
                            began_by,
                            until: Some(change.at),
                            ended_by: Some(change.event),
                        });
                    }
                    open = None;
                }
                (None, true) => open = Some((change.at, change.event)),
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
