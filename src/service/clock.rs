//! The clock that findings are told by.
//!
//! While a stream is still behind, the wall clock would tell of absences that the unread records
//! refute. So until every stream has been read to its end once, the clock is the newest event
//! time of the stream that is furthest behind.

use std::collections::BTreeMap;

use crate::model::record::Stream;
use crate::model::time::Timestamp;

#[derive(Debug, Default)]
pub struct CatchUpClock {
    /// Streams not yet read to their end, with their newest event time.
    behind: BTreeMap<Stream, Option<Timestamp>>,
}

impl CatchUpClock {
    /// The stream has records that were not read yet, or may have.
    pub fn behind(&mut self, stream: Stream) {
        self.behind.entry(stream).or_default();
    }

    /// Records of the stream came, the newest of them at `newest`.
    pub fn read(&mut self, stream: &Stream, newest: Option<Timestamp>) {
        if let Some(known) = self.behind.get_mut(stream) {
            *known = (*known).max(newest);
        }
    }

    /// The stream is read to its end, or is no longer ours.
    pub fn caught_up(&mut self, stream: &Stream) {
        self.behind.remove(stream);
    }

    pub fn is_caught_up(&self) -> bool {
        self.behind.is_empty()
    }

    pub fn streams_behind(&self) -> usize {
        self.behind.len()
    }

    /// `None` while a stream is behind of which nothing is known.
    pub fn now(&self, wall: Timestamp) -> Option<Timestamp> {
        self.behind
            .values()
            .try_fold(wall, |now, newest| newest.map(|newest| now.min(newest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_that_is_furthest_behind_holds_the_clock() {
        let stream = |topic: &str| Stream {
            topic: topic.into(),
            partition: 0,
        };
        let at = Timestamp::from_seconds;
        let mut clock = CatchUpClock::default();
        assert_eq!(clock.now(at(100)), Some(at(100)));
        clock.behind(stream("a"));
        clock.behind(stream("b"));
        clock.read(&stream("a"), Some(at(50)));
        assert_eq!(clock.now(at(100)), None, "nothing is known of b");
        clock.read(&stream("b"), Some(at(20)));
        clock.read(&stream("b"), Some(at(10)));
        assert_eq!(clock.now(at(100)), Some(at(20)));
        clock.caught_up(&stream("b"));
        assert_eq!(clock.now(at(100)), Some(at(50)));
        clock.read(&stream("a"), Some(at(500)));
        assert_eq!(clock.now(at(100)), Some(at(100)), "never ahead of the wall");
        clock.caught_up(&stream("a"));
        assert!(clock.is_caught_up());
    }
}
