//! Reads of evidence through the API, until the archive's lane puts them down. A page that asks again and
//! again is one row: of each caller, question and outcome there is one a minute, with how often it was.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::evidence::datasets::EvidenceRead;
use crate::model::Text;
use crate::model::limits::API_READS_WAITING_MAX;
use crate::model::time::{Span, Timestamp};

/// How long a read may wait for others to share a file with.
const AGE: Span = Span::from_seconds(60);
/// What stands for questions beyond the limit.
const FURTHER: &str = "(further questions)";

/// Cheap to clone: all clones are one.
#[derive(Clone, Default)]
pub struct Reads(Arc<Mutex<BTreeMap<Asked, Times>>>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    who: Option<Text>,
    what: Text,
    outcome: Text,
}

#[derive(Clone, Copy)]
struct Times {
    first: Timestamp,
    count: i64,
}

impl Reads {
    /// Somebody asked.
    pub fn note(&self, at: Timestamp, who: Option<Text>, (what, outcome): (Text, Text)) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = Asked { who, what, outcome };
        if waiting.len() >= API_READS_WAITING_MAX && !waiting.contains_key(&asked) {
            asked = Asked {
                who: None,
                what: FURTHER.into(),
                ..asked
            };
        }
        let times = waiting.entry(asked).or_insert(Times {
            first: at,
            count: 0,
        });
        times.count = times.count.saturating_add(1);
    }

    /// What waits, if the oldest of it has waited long enough.
    pub fn take_due(&self, now: Timestamp) -> Vec<EvidenceRead> {
        let due = {
            let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let oldest = waiting.values().map(|times| times.first).min();
            oldest.is_some_and(|oldest| now.since(oldest) >= AGE)
        };
        if due { self.take() } else { Vec::new() }
    }

    /// All that waits.
    pub fn take(&self) -> Vec<EvidenceRead> {
        let waiting = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        let read = |(asked, times): (Asked, Times)| EvidenceRead {
            at: times.first,
            who: asked.who,
            via: "api".into(),
            what: asked.what,
            rows: Some(times.count),
            outcome: asked.outcome,
            host: None,
        };
        waiting.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_is_one_row_with_its_count_and_waits_a_minute() {
        let reads = Reads::default();
        let at = Timestamp::from_seconds;
        let ask = |seconds, who: &str, what: &str| {
            reads.note(at(seconds), Some(who.into()), (what.into(), "ok".into()));
        };
        ask(10, "127.0.0.1", "/api/findings");
        ask(20, "127.0.0.1", "/api/findings");
        ask(15, "127.0.0.1", "/api/links");
        ask(30, "10.0.0.7", "/api/findings");
        assert!(reads.take_due(at(69)).is_empty());
        let taken = reads.take_due(at(70));
        let rows = taken.iter().filter_map(|it| Some((&*it.what, it.rows?)));
        let rows: Vec<(&str, i64)> = rows.collect();
        assert_eq!(
            rows,
            [
                ("/api/findings", 1),
                ("/api/findings", 2),
                ("/api/links", 1)
            ]
        );
        assert_eq!(taken.get(1).map(|it| it.at), Some(at(10)));
        assert!(reads.take().is_empty());
    }

    #[test]
    fn questions_beyond_the_limit_are_counted_together() {
        let reads = Reads::default();
        for number in 0..API_READS_WAITING_MAX + 5 {
            let what = format!("/api/timeline?who={number}").into();
            reads.note(Timestamp::from_seconds(1), None, (what, "ok".into()));
        }
        let taken = reads.take();
        assert_eq!(taken.len(), API_READS_WAITING_MAX + 1);
        let further = taken.iter().find(|it| &*it.what == FURTHER);
        assert_eq!(further.and_then(|it| it.rows), Some(5));
    }
}
