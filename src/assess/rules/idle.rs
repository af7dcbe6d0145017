//! What the rules about idle time share: something lives, and for too long nothing happens to it.

use crate::model::fact::Use;
use crate::model::id::EventUid;
use crate::model::state::{LiveInterval, Uses};
use crate::model::time::{Span, Timestamp};

/// What happened to it, as far as we know.
pub(in crate::assess) struct Marks {
    /// Ascending.
    pub(in crate::assess) marks: Vec<Use>,
    /// Of the time before it, nobody can say that nothing happened: our knowledge begins here, or
    /// what was before is forgotten.
    pub(in crate::assess) known_since: Option<Timestamp>,
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

impl Idle<'_> {
    /// What it rests on: how the life began, what happened last, and what ended it.
    pub(super) fn evidence(&self) -> impl Iterator<Item = EventUid> {
        self.began().chain(self.ending())
    }

    /// How the life began, and what happened last.
    pub(super) fn began(&self) -> impl Iterator<Item = EventUid> {
        let last = self.last.map(|last| last.event);
        [self.live.began_by].into_iter().chain(last)
    }

    pub(super) fn ending(&self) -> Option<EventUid> {
        match self.next {
            Some(next) => Some(next.event),
            None => self.live.ended_by,
        }
    }
}

impl Marks {
    /// The uses of something that we know of since `first_seen`: the beginning of coverage.
    pub(in crate::assess) fn of_uses(uses: &Uses, first_seen: Option<Timestamp>) -> Marks {
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

    /// From when idle time counts in a life after what happened last in it.
    pub(in crate::assess) fn counts_from(
        &self,
        live: &LiveInterval,
        last: Option<Use>,
    ) -> Timestamp {
        let began = last.map_or(live.from, |last| last.at);
        self.known_since.map_or(began, |known| known.max(began))
    }

    /// [`counts_from`](Self::counts_from) as of `now`, and what happened last by then.
    pub(in crate::assess) fn waiting(
        &self,
        live: &LiveInterval,
        now: Timestamp,
    ) -> (Timestamp, Option<Use>) {
        let within = |mark: &&Use| live.contains(mark.at) && mark.at <= now;
        let last = self.marks.iter().rfind(within).copied();
        (self.counts_from(live, last), last)
    }

    fn idle_within<'a>(&self, live: &'a LiveInterval, limit: Span) -> Vec<Idle<'a>> {
        let within = self.marks.iter().filter(|mark| live.contains(mark.at));
        let within: Vec<Use> = within.copied().collect();
        let begins = std::iter::once(None).chain(within.iter().copied().map(Some));
        let ends = within.iter().copied().map(Some).chain([None]);
        let spans = begins.zip(ends).map(|(last, next)| Idle {
            opened_at: self.counts_from(live, last) + limit,
            resolved_at: next.map(|next| next.at).or(live.until),
            live,
            last,
            next,
        });
        spans
            .filter(|idle| {
                idle.resolved_at
                    .is_none_or(|resolved| idle.opened_at < resolved)
            })
            .collect()
    }
}
