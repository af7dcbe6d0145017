//! What the rules about idle time share: something lives, and for too long nothing happens to it.

use crate::model::fact::Use;
use crate::model::state::{LiveInterval, Uses};
use crate::model::time::{Span, Timestamp};

/// What happened to it, as far as we know.
pub(super) struct Marks {
    /// Ascending.
    pub marks: Vec<Use>,
    /// Of the time before it, nobody can say that nothing happened: our knowledge begins here, or
    /// what was before is forgotten.
    pub known_since: Option<Timestamp>,
}

/// A time, long enough to tell, in which something lived and nothing happened to it.
pub(super) struct Idle<'a> {
    /// When it had been idle for long enough.
    pub opened_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub live: &'a LiveInterval,
    /// What happened last before it, within the same life.
    pub last: Option<Use>,
    /// What ended it, if not the end of life.
    pub next: Option<Use>,
}

impl Marks {
    /// The uses of something that we know of since `first_seen`: the beginning of coverage.
    pub(super) fn of_uses(uses: &Uses, first_seen: Option<Timestamp>) -> Marks {
        let marks = uses.all();
        // Where days have been forgotten, idle time can be told only from the oldest day still held.
        let held_since = uses.complete_since();
        let forgotten = held_since != marks.first().map(|first| first.at);
        Marks {
            known_since: first_seen.max(held_since.filter(|_| forgotten)),
            marks,
        }
    }

    /// Every idle time of at least `limit`. What happens exactly at the deadline is in time.
    pub(super) fn idle<'a>(&self, lives: &'a [LiveInterval], limit: Span) -> Vec<Idle<'a>> {
        lives
            .iter()
            .flat_map(|live| self.idle_within(live, limit))
            .collect()
    }

    fn idle_within<'a>(&self, live: &'a LiveInterval, limit: Span) -> Vec<Idle<'a>> {
        let within = self.marks.iter().filter(|mark| live.contains(mark.at));
        let within: Vec<Use> = within.copied().collect();
        let begins = std::iter::once(None).chain(within.iter().copied().map(Some));
        let ends = within.iter().copied().map(Some).chain([None]);
        let spans = begins.zip(ends).map(|(last, next)| {
            let began = last.map_or(live.from, |last| last.at);
            Idle {
                opened_at: self.known_since.map_or(began, |known| known.max(began)) + limit,
                resolved_at: next.map(|next| next.at).or(live.until),
                live,
                last,
                next,
            }
        });
        spans
            .filter(|idle| {
                idle.resolved_at
                    .is_none_or(|resolved| idle.opened_at < resolved)
            })
            .collect()
    }
}
