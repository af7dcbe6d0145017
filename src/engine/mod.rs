//! The engine: homes, their timers, and the one contract between the pure core and the world.
//!
//! [`Engine::step`] is synchronous and infallible; it does no I/O and reads no clock. An engine
//! owns the homes of some partitions. Facts come in; facts for other homes go out as
//! [`Effect::Send`] and must be brought to their homes (by [`settle`], in rounds) before the next
//! [`Input::Tick`]. Because facts only join, sending one twice is harmless.

mod census;
mod home;
mod homes;
mod places;
mod read;
mod settle;
mod timers;

pub use home::{Home, StoredHome};
pub use settle::{settle, shard_of};

use std::sync::Arc;

use crate::alert::Change;
use crate::model::census::Tally;
use crate::model::fact::Fact;
use crate::model::finding::Finding;
use crate::model::id::{Key, Partition};
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};

use places::Places;
use timers::Timers;

/// What the world tells the engine.
#[derive(Debug)]
pub enum Input {
    /// A fact about a home of one of the engine's partitions.
    Fact(Fact),
    /// The clock, after every fact that stems from earlier records has come home. Never goes
    /// back: an earlier time than the last is taken for the last.
    Tick(Timestamp),
    /// A home as it was saved. Before any fact.
    Restore(Box<StoredHome>),
    /// Restored homes were saved under another policy: look at all of them again.
    PolicyChanged,
    /// Everything that changed since the last save is wanted.
    Save,
}

/// What the engine asks of the world.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// A fact for another home.
    Send(Fact),
    /// News about a finding.
    Finding(Box<Change>),
    /// A leaver's last account ended: the time from the termination to it.
    Deprovisioned(Span),
    /// A home's new bytes.
    Saved {
        partition: Partition,
        key: Vec<u8>,
        value: Vec<u8>,
    },
}

/// How many homes of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HomeCounts {
    pub accounts: usize,
    pub persons: usize,
    pub identifiers: usize,
    pub credentials: usize,
    pub tickets: usize,
    pub devices: usize,
    pub workflows: usize,
    pub sources: usize,
}

impl HomeCounts {
    pub const fn sum(&self) -> usize {
        let things = self.tickets + self.devices + self.workflows + self.sources;
        self.accounts + self.persons + self.identifiers + self.credentials + things
    }
}

pub struct Engine {
    policy: Arc<Policy>,
    now: Timestamp,
    homes: Vec<Home>,
    /// Places in `homes`.
    places: Places,
    /// Homes to assess at the next tick, and homes to save, in the order of their first change.
    dirty: Vec<usize>,
    unsaved: Vec<usize>,
    /// Homes that have something to tell others at the end of the round.
    telling: Vec<usize>,
    timers: Timers,
    census: census::Pass,
}

impl Engine {
    pub fn new(policy: Arc<Policy>) -> Self {
        Engine {
            policy,
            now: Timestamp::MIN,
            homes: Vec::new(),
            places: Places::default(),
            dirty: Vec::new(),
            unsaved: Vec::new(),
            telling: Vec::new(),
            timers: Timers::default(),
            census: census::Pass::default(),
        }
    }

    /// A round of one input.
    pub fn step(&mut self, input: Input, effects: &mut Vec<Effect>) {
        self.round([input], effects);
    }

    /// Takes the inputs. What a home tells of itself as a whole it tells once, after all of them.
    pub fn round(&mut self, inputs: impl IntoIterator<Item = Input>, effects: &mut Vec<Effect>) {
        for input in inputs {
            self.take(input, effects);
        }
        for place in std::mem::take(&mut self.telling) {
            if let Some(home) = self.homes.get_mut(place) {
                homes::tell(home, effects);
            }
        }
    }

    fn take(&mut self, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Fact(fact) => self.join(fact, effects),
            Input::Tick(now) => self.tick(now, effects),
            Input::Restore(stored) => self.restore(*stored),
            Input::PolicyChanged => self.policy_changed(effects),
            Input::Save => self.save(effects),
        }
    }

    pub fn counts(&self) -> HomeCounts {
        self.places.counts()
    }

    /// Every finding as last reported, withdrawn ones aside, in the order of homes.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.homes.iter().flat_map(|home| home.reported.findings())
    }

    /// Goes on counting, over up to `limit` homes, as of the last tick: a pass over all homes in
    /// as many calls as that takes, which adds no fact and changes no finding. What was counted,
    /// where this completes the pass; the next call begins another.
    pub fn census(&mut self, limit: usize) -> Option<Tally> {
        self.census
            .advance(&self.homes, (&self.policy, self.now), limit)
    }

    fn join(&mut self, fact: Fact, effects: &mut Vec<Effect>) {
        let place = if let Some(place) = self.places.of(&fact) {
            place
        } else {
            let key = fact.home();
            let home = Home::new(&key);
            homes::greet(&home.state, &self.policy, effects);
            self.admit(key, home)
        };
        let Some(home) = self.homes.get_mut(place) else {
            return;
        };
        let told = home.tells.any();
        let touch = homes::join(home, fact, &self.policy, effects);
        if home.tells.any() && !told {
            self.telling.push(place);
        }
        match touch {
            Touch::Nothing => {}
            Touch::Quiet => mark(&mut home.unsaved, &mut self.unsaved, place),
            Touch::Loud => {
                mark(&mut home.unsaved, &mut self.unsaved, place);
                mark(&mut home.dirty, &mut self.dirty, place);
            }
        }
    }

    fn admit(&mut self, key: Key, home: Home) -> usize {
        let place = self.homes.len();
        self.homes.push(home);
        self.places.insert(key, place);
        place
    }

    fn tick(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.now = self.now.max(now);
        for place in self.timers.due(self.now) {
            if let Some(home) = self.homes.get_mut(place)
                && home.wake_at.is_some_and(|wake| wake <= self.now)
            {
                mark(&mut home.dirty, &mut self.dirty, place);
            }
        }
        for place in std::mem::take(&mut self.dirty) {
            let Some(home) = self.homes.get_mut(place) else {
                continue;
            };
            home.dirty = false;
            let before = home.wake_at;
            if homes::assess(home, &self.policy, self.now, effects) || home.wake_at != before {
                mark(&mut home.unsaved, &mut self.unsaved, place);
            }
            if home.wake_at != before {
                home.wake_at
                    .into_iter()
                    .for_each(|wake_at| self.timers.arm(wake_at, place));
            }
        }
    }

    fn restore(&mut self, stored: StoredHome) {
        let (key, home) = stored.into_parts();
        let wake_at = home.wake_at;
        let place = self.admit(key, home);
        wake_at
            .into_iter()
            .for_each(|wake_at| self.timers.arm(wake_at, place));
    }

    fn policy_changed(&mut self, effects: &mut Vec<Effect>) {
        for (place, home) in self.homes.iter_mut().enumerate() {
            homes::greet(&home.state, &self.policy, effects);
            mark(&mut home.dirty, &mut self.dirty, place);
        }
    }

    fn save(&mut self, effects: &mut Vec<Effect>) {
        for place in std::mem::take(&mut self.unsaved) {
            if let Some(home) = self.homes.get_mut(place) {
                home.unsaved = false;
                effects.push(home.saved());
            }
        }
    }
}

/// What joining a fact did to its home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    /// It was known.
    Nothing,
    /// The state changed, but no finding can change before the home's timer fires.
    Quiet,
    /// Look again at the next tick.
    Loud,
}

fn mark(flag: &mut bool, list: &mut Vec<usize>, place: usize) {
    if !std::mem::replace(flag, true) {
        list.push(place);
    }
}
