//! Bounds on the values of labels: a time series is memory, here and at whoever scrapes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use prometheus::{IntCounter, IntCounterVec};

use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::limits::{METRIC_SOURCES_MAX, METRIC_WORD_BYTES_MAX, METRIC_WORDS_MAX};

/// The label of every source that has none of its own.
pub(super) const OTHER: &str = "other";

/// Values by label, made once each.
pub(super) struct Labelled<K, V> {
    values: RwLock<BTreeMap<K, Arc<V>>>,
    max: usize,
}

impl<K: Ord, V> Labelled<K, V> {
    pub(super) fn new(max: usize) -> Self {
        Labelled {
            values: RwLock::default(),
            max,
        }
    }

    /// The value of `key`, made where there is none yet; `None` when there is no room.
    pub(super) fn get_or_make(&self, key: K, make: impl FnOnce(&K) -> V) -> Option<Arc<V>> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(&key) {
            return Some(Arc::clone(value));
        }
        drop(values);
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(&key) {
            return Some(Arc::clone(value));
        }
        if values.len() >= self.max {
            return None;
        }
        let value = Arc::new(make(&key));
        values.insert(key, Arc::clone(&value));
        Some(value)
    }

    pub(super) fn remove(&self, key: &K) -> bool {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.remove(key).is_some()
    }

    pub(super) fn each(&self, mut visit: impl FnMut(&V)) {
        self.each_by_key(|_, value| visit(value));
    }

    pub(super) fn each_by_key(&self, mut visit: impl FnMut(&K, &V)) {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values.iter().for_each(|(key, value)| visit(key, value));
    }
}

/// Counters of one source by a word that its records hold, such as an action. Records come from
/// strangers, so the words are bounded: those beyond count as `other`.
pub(super) struct ByWord {
    vector: IntCounterVec,
    counters: Labelled<Text, IntCounter>,
}

impl ByWord {
    pub(super) fn new(vector: &IntCounterVec) -> Self {
        ByWord {
            vector: vector.clone(),
            counters: Labelled::new(METRIC_WORDS_MAX),
        }
    }

    pub(super) fn count(&self, source: &str, word: &Text) {
        let make = |word: &Text| self.vector.with_label_values(&[source, word]);
        let known = (word.len() <= METRIC_WORD_BYTES_MAX)
            .then(|| self.counters.get_or_make(word.clone(), make))
            .flatten();
        match known {
            Some(counter) => counter.inc(),
            None => self.vector.with_label_values(&[source, OTHER]).inc(),
        }
    }

    /// What was counted by name, the most frequent first.
    pub(super) fn counts(&self) -> Vec<(Text, u64)> {
        let mut counts = Vec::new();
        self.counters
            .each_by_key(|word, counter| counts.push((word.clone(), counter.get())));
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// The sources that may have labels: those with a mapping, with any instance.
pub(super) struct KnownSources(BTreeSet<Text>);

impl KnownSources {
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        KnownSources(
            names
                .into_iter()
                .map(Text::from)
                .take(METRIC_SOURCES_MAX)
                .collect(),
        )
    }

    pub(super) fn contains(&self, source: &SourceName) -> bool {
        self.0.contains(source.base()) || self.0.contains(source.as_str())
    }
}
