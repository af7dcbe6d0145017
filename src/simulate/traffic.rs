//! From what was made up to what happens, day by day: the script, and between it the uses of
//! habit, which are made up when their day comes and never held.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::deed::{Act, Actor, Cast, CredentialNo, Deed};
use super::sources;
use super::world::{Does, Habit, Settings, World, after};
use crate::model::Text;
use crate::model::time::{Span, Timestamp};

/// A company that is made up, ready to be told of.
#[derive(Debug)]
pub struct Simulation {
    pub settings: Settings,
    pub cast: Cast,
    /// The text of the company's `policy.toml`.
    pub policy: String,
    labels: BTreeMap<Text, Text>,
    /// In order of time; what was made up first comes first.
    script: Vec<Deed>,
    habits: Vec<Habit>,
    mutes: BTreeMap<&'static str, Timestamp>,
    /// Uses a habit and day, in thousandths.
    rate: u64,
}

/// A deed with its place among all.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub number: u64,
    pub deed: Deed,
}

const SECONDS_A_DAY: i64 = 86_400;

impl Simulation {
    pub fn new(world: World) -> Self {
        let World {
            settings,
            cast,
            mut script,
            habits,
            mutes,
            labels,
            policy,
            ..
        } = world;
        script.retain(|deed| is_told(&mutes, deed));
        script.sort_by_key(|deed| deed.at);
        let rate = rate(&settings, &cast, &habits);
        Simulation {
            settings,
            cast,
            policy: policy.text(),
            labels,
            script,
            habits,
            mutes,
            rate,
        }
    }

    /// The story to which a finding belongs, by its subject; `ordinary` is none.
    pub fn label(&self, subject: &str) -> Option<&str> {
        let of = subject.split('|').next().unwrap_or(subject);
        self.labels.get(of).map(AsRef::as_ref)
    }

    /// All that happens, day by day, in order of time.
    pub fn days(&self) -> impl Iterator<Item = Vec<Numbered>> + '_ {
        let first = self.settings.from.day();
        let last = after(self.settings.until, -1).day();
        let mut scripted = 0;
        let mut number = 0;
        (first..=last).map(move |day| {
            let end = Timestamp::from_seconds((i64::from(day) + 1) * SECONDS_A_DAY);
            let rest = self.script.get(scripted..).unwrap_or_default();
            let count = rest.iter().take_while(|deed| deed.at < end).count();
            scripted += count;
            let mut deeds: Vec<Deed> = rest.iter().take(count).cloned().collect();
            self.background(day, &mut deeds);
            deeds.sort_by_key(|deed| deed.at);
            let numbered = deeds.into_iter().map(|deed| {
                number += 1;
                Numbered { number, deed }
            });
            numbered.collect()
        })
    }

    /// All that happens, in order of time.
    pub fn deeds(&self) -> impl Iterator<Item = Deed> + '_ {
        self.days().flatten().map(|numbered| numbered.deed)
    }

    /// The record of a deed.
    pub fn record(&self, of: &Numbered) -> String {
        let at = (self.settings.seed, of.number);
        let record = sources::record(&self.cast, &of.deed, at);
        record.expect("a deed is made only where its log has words for it")
    }

    /// When a record arrives: mostly soon, sometimes hours or days late.
    pub fn arrives(&self, of: &Numbered) -> Timestamp {
        let chance = Chance::new(self.settings.seed, "arrival", of.number);
        let late = match chance.below(1_000) {
            0..4 => chance.between(SECONDS_A_DAY, 3 * SECONDS_A_DAY),
            4..24 => chance.between(120, 3 * 3_600),
            _ => chance.between(1, 90),
        };
        after(of.deed.at, late)
    }

    fn background(&self, day: i32, deeds: &mut Vec<Deed>) {
        let begin = Timestamp::from_seconds(i64::from(day) * SECONDS_A_DAY);
        let end = after(begin, SECONDS_A_DAY);
        // The first day of the epoch was a Thursday.
        let rests = (i64::from(day) + 3).rem_euclid(7) >= 5;
        for (place, habit) in (0_u64..).zip(&self.habits) {
            if habit.until <= begin || end <= habit.from {
                continue;
            }
            let number = (place << 24) | u64::from(day.unsigned_abs());
            let chance = Chance::new(self.settings.seed, "habit", number);
            let weekday = if rests { 100 } else { 1_360 };
            let expected = self.rate * habit.weight / 1_000 * weekday / 1_000;
            let count = expected / 1_000 + u64::from(chance.below(1_000) < expected % 1_000);
            for _ in 0..count {
                let deed = self.use_of(habit, begin, &chance);
                let within = (habit.from..habit.until).contains(&deed.at)
                    && (self.settings.from..self.settings.until).contains(&deed.at);
                if within && is_told(&self.mutes, &deed) {
                    deeds.push(deed);
                }
            }
        }
    }

    /// One use, within the hours of work.
    fn use_of(&self, habit: &Habit, day: Timestamp, chance: &Chance) -> Deed {
        let second = after(day, chance.between(6 * 3_600, 19 * 3_600));
        let at = if sources::in_whole_seconds(habit.log) {
            second
        } else {
            Timestamp::from_micros(second.as_micros() + chance.between(0, 999) * 1_000)
        };
        let kind = chance.below(100);
        let act = act(&habit.does, chance);
        let signs_in = matches!(act, Act::SignIn { .. });
        let failed = signs_in && kind < 4 && !matches!(habit.log, "gitlab");
        let marked = self.cast.account(habit.actor).marked_non_human;
        let out = signs_in
            && !marked
            && (4..7).contains(&kind)
            && matches!(
                habit.log,
                "okta" | "google_workspace" | "slack" | "snowflake"
            );
        Deed {
            log: habit.log,
            at,
            actor: Actor::Account(habit.actor),
            act: if out { Act::LogOut } else { act },
            failed,
        }
    }
}

fn act(does: &Does, chance: &Chance) -> Act {
    let work = |credential: Option<CredentialNo>| Act::Work { credential };
    match does {
        Does::SignIn(applications) => Act::SignIn {
            application: chance.pick(applications).clone(),
        },
        Does::Work(credentials) => work(*chance.pick(credentials)),
        Does::Both if chance.percent(35) => Act::SignIn { application: None },
        Does::Both => work(None),
    }
}

fn is_told(mutes: &BTreeMap<&'static str, Timestamp>, deed: &Deed) -> bool {
    mutes.get(deed.log).is_none_or(|from| deed.at < *from)
}

/// What a habit's day must bring so that all of them bring what the settings say.
fn rate(settings: &Settings, cast: &Cast, habits: &[Habit]) -> u64 {
    let days = |span: Span| span.as_seconds().max(0).unsigned_abs() / 86_400;
    let length = |habit: &Habit| {
        let from = habit.from.max(settings.from);
        let until = habit.until.min(settings.until);
        days(until.since(from)) * habit.weight / 1_000
    };
    let all: u64 = habits.iter().map(length).sum();
    let wanted = settings.background_per_mille
        * cast.persons.len() as u64
        * days(settings.until.since(settings.from));
    wanted / all.max(1)
}
