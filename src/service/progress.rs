//! How far each stream is durable, at both commit points.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::record::{Offset, Stream};

/// Cheap to clone: all clones are one.
#[derive(Clone, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<Stream, Durable>>>);

/// Next offsets that need not be read again by the state, and by the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    pub state: Option<Offset>,
    pub archive: Option<Offset>,
    /// Where reading of the stream began at first, where that was told.
    pub begin: Option<Offset>,
}

impl Durable {
    /// Where reading must begin for both. Where one of them has nothing, where reading began at
    /// first, or `None` for the configured start: facts only join, and archived records are left
    /// out.
    pub fn both(self) -> Option<Offset> {
        match (self.state, self.archive) {
            (Some(state), Some(archive)) => Some(state.min(archive)),
            _ => self.begin,
        }
    }
}

impl Progress {
    /// Keeps the first beginning that it is told.
    pub fn begin(&self, stream: &Stream, next: Offset) {
        self.lock()
            .entry(stream.clone())
            .or_default()
            .begin
            .get_or_insert(next);
    }

    pub fn state(&self, stream: &Stream, next: Offset) {
        self.lock().entry(stream.clone()).or_default().state = Some(next);
    }

    pub fn archive(&self, stream: &Stream, next: Offset) {
        self.lock().entry(stream.clone()).or_default().archive = Some(next);
    }

    pub fn of(&self, stream: &Stream) -> Durable {
        self.lock().get(stream).copied().unwrap_or_default()
    }

    /// Every stream that both commit points know, with where reading would begin.
    pub fn both(&self) -> Vec<(Stream, Offset)> {
        let known = self.lock();
        let both = known
            .iter()
            .filter_map(|(stream, durable)| Some((stream.clone(), durable.both()?)));
        both.collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Stream, Durable>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_begins_where_the_slower_of_the_two_is() {
        let progress = Progress::default();
        let stream = Stream {
            topic: "t".into(),
            partition: 0,
        };
        assert_eq!(progress.of(&stream).both(), None);
        progress.state(&stream, 9);
        assert_eq!(
            progress.of(&stream).both(),
            None,
            "nothing is archived: begin at the start"
        );
        progress.archive(&stream, 4);
        assert_eq!(progress.both(), [(stream.clone(), 4)]);
        progress.begin(&stream, 2);
        progress.begin(&stream, 3);
        assert_eq!(
            progress.of(&stream).both(),
            Some(4),
            "a beginning changes nothing here"
        );
        progress.archive(&stream, 12);
        assert_eq!(progress.of(&stream).both(), Some(9));
    }
}
