//! When something was used: the first, the newest, and the first and last of each day.

use serde::{Deserialize, Serialize};

use crate::model::fact::Use;
use crate::model::join::{Join, Newest, join_least};
use crate::model::limits::{USE_DAYS_MAX, USES_MAX};
use crate::model::time::Timestamp;

/// A bounded history of uses, exact for the last [`USES_MAX`] uses and, day by day, for the last
/// [`USE_DAYS_MAX`] days with a use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    first: Option<Use>,
    newest: Newest<Use, USES_MAX>,
    /// Ascending by day.
    days: Vec<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    first: Use,
    last: Use,
}

/// What a use told us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseChange {
    /// Nothing.
    Known,
    /// It is the newest; `after` the one before it.
    Newest { after: Option<Timestamp> },
    /// It is older than one we know: the past has changed.
    Late,
}

impl Uses {
    pub fn insert(&mut self, this: Use) -> UseChange {
        let before = self.newest.newest().copied();
        let mut changed = join_least(&mut self.first, Some(this));
        changed |= self.newest.insert(this);
        changed |= self.insert_day(Day {
            first: this,
            last: this,
        });
        match (changed, before) {
            (false, _) => UseChange::Known,
            (true, Some(before)) if this < before => UseChange::Late,
            (true, before) => UseChange::Newest {
                after: before.map(|before| before.at),
            },
        }
    }

    pub fn last(&self) -> Option<Use> {
        self.newest.newest().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Every use that is still held, ascending.
    pub fn all(&self) -> Vec<Use> {
        let days = self.days.iter().flat_map(|day| [day.first, day.last]);
        let mut all: Vec<Use> = self
            .first
            .into_iter()
            .chain(days)
            .chain(self.newest.as_slice().iter().copied())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Since when the days are complete. Before it only the very first use is known, so nothing
    /// can be said about idle time.
    pub fn complete_since(&self) -> Option<Timestamp> {
        if self.days.len() < USE_DAYS_MAX {
            return self.first.map(|first| first.at);
        }
        self.days.first().map(|day| day.first.at)
    }

    fn insert_day(&mut self, day: Day) -> bool {
        let number = day.first.at.day();
        let place = match self.days.last_mut() {
            Some(last) if last.first.at.day() == number => return last.join(day),
            Some(last) if last.first.at.day() < number => self.days.len(),
            None => 0,
            Some(_) => match self
                .days
                .binary_search_by_key(&number, |day| day.first.at.day())
            {
                Ok(place) => {
                    return self
                        .days
                        .get_mut(place)
                        .is_some_and(|known| known.join(day));
                }
                Err(place) => place,
            },
        };
        if self.days.len() < USE_DAYS_MAX {
            self.days.insert(place, day);
            return true;
        }
        if place == 0 {
            return false;
        }
        self.days.remove(0);
        self.days.insert(place - 1, day);
        true
    }
}

impl Join for Day {
    fn join(&mut self, other: Self) -> bool {
        let before = *self;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        *self != before
    }
}

impl Join for Uses {
    fn join(&mut self, other: Self) -> bool {
        let mut changed = join_least(&mut self.first, other.first);
        changed |= self.newest.join(other.newest);
        for day in other.days {
            changed |= self.insert_day(day);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::EventUid;
    use crate::model::time::Span;

    fn at(seconds: i64) -> Use {
        Use {
            at: Timestamp::from_seconds(seconds),
            event: EventUid([0; 16]),
        }
    }

    #[test]
    fn a_use_out_of_order_is_late_and_a_copy_is_known() {
        let mut uses = Uses::default();
        assert_eq!(uses.insert(at(10)), UseChange::Newest { after: None });
        assert_eq!(
            uses.insert(at(20)),
            UseChange::Newest {
                after: Some(Timestamp::from_seconds(10))
            }
        );
        assert_eq!(uses.insert(at(15)), UseChange::Late);
        assert_eq!(uses.insert(at(15)), UseChange::Known);
        assert_eq!(uses.all(), [at(10), at(15), at(20)]);
    }

    #[test]
    fn years_of_uses_keep_each_recent_day_and_say_since_when() {
        let mut uses = Uses::default();
        let day = Span::DAY.as_seconds();
        for number in 0..500 {
            for hour in 0..24 {
                uses.insert(at(number * day + hour * 3_600));
            }
        }
        assert_eq!(
            uses.complete_since(),
            Some(Timestamp::from_seconds(100 * day))
        );
        assert_eq!(
            uses.all().first(),
            Some(&at(0)),
            "the very first use is kept for ever"
        );
        assert!(uses.all().contains(&at(250 * day)), "the first of a day");
        assert!(
            uses.all().contains(&at(250 * day + 23 * 3_600)),
            "the last of a day"
        );
        assert!(
            !uses.all().contains(&at(250 * day + 12 * 3_600)),
            "noon of a day long ago"
        );
    }
}
