//! The algebra: everything a home holds is a join-semilattice.
//!
//! `join` is commutative, associative and idempotent, so the order of arrival, duplicates,
//! redelivery after a crash and the cuts of batches cannot change a state. Bounds keep the laws:
//! what a bound drops would also be dropped by every larger set that holds it.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use serde::{Deserialize, Serialize};

/// A value that only grows.
pub trait Join {
    /// Takes in all that `other` knows; whether that was anything new.
    fn join(&mut self, other: Self) -> bool;
}

/// The newest `N` of a set, ascending by the order of `T` (which begins with time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Default for Newest<T, N> {
    fn default() -> Self {
        Newest(Vec::new())
    }
}

impl<T: Ord, const N: usize> Newest<T, N> {
    /// Whether `item` is new and among the newest.
    pub fn insert(&mut self, item: T) -> bool {
        let place = match self.0.last() {
            Some(last) if *last < item => self.0.len(),
            _ => match self.0.binary_search(&item) {
                Ok(_) => return false,
                Err(place) => place,
            },
        };
        if self.0.len() < N {
            self.0.insert(place, item);
            return true;
        }
        if place == 0 {
            return false;
        }
        self.0.remove(0);
        self.0.insert(place - 1, item);
        true
    }

    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    pub fn newest(&self) -> Option<&T> {
        self.0.last()
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= N
    }
}

impl<T: Ord, const N: usize> Join for Newest<T, N> {
    fn join(&mut self, other: Self) -> bool {
        other
            .0
            .into_iter()
            .fold(false, |changed, item| self.insert(item) | changed)
    }
}

impl<T: Join> Join for Box<T> {
    fn join(&mut self, other: Self) -> bool {
        (**self).join(*other)
    }
}

/// The least of what was said.
pub fn join_least<T: Ord>(mine: &mut Option<T>, said: Option<T>) -> bool {
    match (mine.as_ref(), said) {
        (_, None) => false,
        (Some(least), Some(said)) if *least <= said => false,
        (_, said) => {
            *mine = said;
            true
        }
    }
}

/// The greatest of what was said: with a time in front, the newest.
pub fn join_greatest<T: Ord>(mine: &mut Option<T>, said: Option<T>) -> bool {
    match (mine.as_ref(), said) {
        (_, None) => false,
        (Some(greatest), Some(said)) if *greatest >= said => false,
        (_, said) => {
            *mine = said;
            true
        }
    }
}

/// Once said, always said.
pub fn join_flag(mine: &mut bool, said: bool) -> bool {
    let changed = said && !*mine;
    *mine |= said;
    changed
}

/// Joins `value` into the entry of `key`; the greatest key gives way beyond `max` entries.
pub fn join_entry<K: Ord, V: Join>(map: &mut BTreeMap<K, V>, max: usize, key: K, value: V) -> bool {
    if map.len() >= max
        && !map.contains_key(&key)
        && map
            .last_key_value()
            .is_some_and(|(greatest, _)| *greatest < key)
    {
        return false;
    }
    let changed = match map.entry(key) {
        Entry::Occupied(mut entry) => entry.get_mut().join(value),
        Entry::Vacant(entry) => {
            entry.insert(value);
            true
        }
    };
    if map.len() > max {
        map.pop_last();
    }
    changed
}

/// Adds `item`; the greatest gives way beyond `max`.
pub fn join_item<T: Ord>(set: &mut BTreeSet<T>, max: usize, item: T) -> bool {
    if set.len() >= max && set.last().is_some_and(|greatest| *greatest < item) {
        return false;
    }
    let changed = set.insert(item);
    if set.len() > max {
        set.pop_last();
    }
    changed
}

/// The earliest event time at which something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earliest(pub super::time::Timestamp);

impl Join for Earliest {
    fn join(&mut self, other: Self) -> bool {
        let changed = other.0 < self.0;
        self.0 = self.0.min(other.0);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_whatever_the_order() {
        let mut up: Newest<u32, 3> = Newest::default();
        let mut down: Newest<u32, 3> = Newest::default();
        for item in 0..10 {
            up.insert(item);
            down.insert(9 - item);
        }
        assert_eq!(up.as_slice(), [7, 8, 9]);
        assert_eq!(up, down);
        assert!(!up.insert(8), "a duplicate is nothing new");
        assert!(
            !up.insert(1),
            "what is older than all is nothing new when full"
        );
    }

    #[test]
    fn a_full_map_keeps_its_least_keys() {
        let mut map: BTreeMap<u32, Earliest> = BTreeMap::new();
        let at = |seconds| Earliest(crate::model::time::Timestamp::from_seconds(seconds));
        for key in [5, 3, 9, 1] {
            join_entry(&mut map, 2, key, at(i64::from(key)));
        }
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 3]);
        assert!(!join_entry(&mut map, 2, 7, at(0)));
        assert!(join_entry(&mut map, 2, 3, at(0)));
    }
}
