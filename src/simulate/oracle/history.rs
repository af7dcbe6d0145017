//! How something that can live and end was at any time.

use crate::model::time::Timestamp;

use super::moments::just_before;

/// What a deed made of an account, a grant or a credential. In this order, at the same time the
/// last counts: what ends wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Was made: before, it was not there.
    Made,
    /// Lives; perhaps it did before.
    Live,
    /// Is listed as something that lives: it was there before.
    Listed,
    Ended,
    /// And is not there any more.
    Deleted,
}

/// All that deeds say about one life.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    changes: Vec<(Timestamp, State)>,
    /// The first time at which something happened with it that only happens with what is there.
    first_sign: Option<Timestamp>,
}

impl History {
    pub(super) fn change(&mut self, at: Timestamp, state: State) {
        self.changes.push((at, state));
    }

    pub(super) fn sign(&mut self, at: Timestamp) {
        self.first_sign = Some(self.first_sign.map_or(at, |first| first.min(at)));
    }

    /// To be called before questions are asked.
    pub(super) fn sort(&mut self) {
        self.changes.sort_unstable();
    }

    /// "The latest state event by event time decides." Before all of them it lives since it was
    /// first seen, unless it was made later.
    pub(super) fn live(&self, at: Timestamp) -> bool {
        let made_later = self.made().filter(|made| at < *made);
        if made_later.is_some_and(|made| !self.lived_before(made)) {
            return false;
        }
        match self.state(at) {
            Some(state) => matches!(state, State::Made | State::Live | State::Listed),
            None => self.first_sign.is_some_and(|first| first <= at),
        }
    }

    /// Whether the life that was made then is not the first: one was listed, or ended, before.
    pub(super) fn lived_before(&self, made: Timestamp) -> bool {
        let before = self.changes.iter().filter(|(at, _)| *at < made);
        let mut lived = before.filter(|(at, state)| match state {
            State::Listed => true,
            State::Ended | State::Deleted => self.first_sign.is_some_and(|first| first < *at),
            State::Made | State::Live => false,
        });
        lived.next().is_some()
    }

    pub(super) fn deleted(&self, at: Timestamp) -> bool {
        self.state(at) == Some(State::Deleted)
    }

    /// Whether it came to life at this very time.
    pub(super) fn begins(&self, at: Timestamp) -> bool {
        self.live(at) && !self.live(just_before(at))
    }

    /// Whether it stopped being live at this very time.
    pub(super) fn ends(&self, at: Timestamp) -> bool {
        !self.live(at) && self.live(just_before(at))
    }

    /// When it last came to life until `at`.
    pub(super) fn last_beginning(&self, at: Timestamp) -> Option<Timestamp> {
        let until = self.instants().into_iter().filter(|other| *other <= at);
        until.filter(|other| self.begins(*other)).max()
    }

    /// All times at which it came to life.
    pub(super) fn beginnings(&self) -> Vec<Timestamp> {
        let mut instants = self.instants();
        instants.sort_unstable();
        instants.dedup();
        instants.retain(|at| self.begins(*at));
        instants
    }

    /// When it was made, if a deed says so.
    pub(super) fn made(&self) -> Option<Timestamp> {
        let made = self
            .changes
            .iter()
            .filter(|(_, state)| *state == State::Made);
        made.map(|(at, _)| *at).min()
    }

    /// All times at which an answer could change.
    pub(super) fn instants(&self) -> Vec<Timestamp> {
        let changes = self.changes.iter().map(|(at, _)| *at);
        changes.chain(self.first_sign).collect()
    }

    /// The times at which a deed deleted it.
    pub(super) fn deletions(&self) -> Vec<Timestamp> {
        let deleted = |state| state == State::Deleted;
        let changes = self.changes.iter().filter(|(_, state)| deleted(*state));
        changes.map(|(at, _)| *at).collect()
    }

    fn state(&self, at: Timestamp) -> Option<State> {
        let count = self.changes.partition_point(|(other, _)| *other <= at);
        let (_, state) = self.changes.get(..count)?.last()?;
        Some(*state)
    }
}
