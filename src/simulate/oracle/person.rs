//! What HR says of one person, at any time.

use std::collections::BTreeSet;

use crate::model::Text;
use crate::model::policy::Baseline;
use crate::model::time::Timestamp;
use crate::simulate::deed::{self, Hr, HrKind};

use super::moments::just_before;

pub(super) struct Person<'a> {
    pub cast: &'a deed::Person,
    /// With the time at which HR wrote it down; in order of that.
    pub records: Vec<(Timestamp, &'a Hr)>,
}

impl<'a> Person<'a> {
    pub(super) fn new(cast: &'a deed::Person) -> Self {
        Person {
            cast,
            records: Vec::new(),
        }
    }

    /// All addresses that the person has or had, lower-cased.
    pub(super) fn addresses(&self) -> BTreeSet<String> {
        let of = |hr: &Hr| {
            let earlier = hr.previous_emails.iter().map(|email| email.to_lowercase());
            earlier
                .chain([hr.email.to_lowercase()])
                .collect::<Vec<String>>()
        };
        self.records.iter().flat_map(|(_, hr)| of(hr)).collect()
    }

    /// Since when the person is gone, as seen at `at`; `None` for who is employed then.
    ///
    /// Of all terminations between two (re)hires the one recorded last holds. A hire in the
    /// instant of leaving does not follow it.
    pub(super) fn terminated_at(&self, at: Timestamp) -> Option<Timestamp> {
        let hires = || self.effective(|kind| matches!(kind, HrKind::Hire | HrKind::Rehire));
        let last = hires().map(|(_, hire)| hire).filter(|hire| *hire <= at);
        let last = last.max().unwrap_or(Timestamp::MIN);
        let next = hires().map(|(_, hire)| hire).filter(|hire| *hire > at);
        let next = next.min().unwrap_or(Timestamp::MAX);
        let terminations = self.effective(|kind| kind == HrKind::Terminate);
        let of_this_stay = terminations.filter(|(_, left)| *left >= last && *left < next);
        let (_, holds) = of_this_stay.max()?;
        (holds <= at).then_some(holds)
    }

    /// The times at which the person left.
    pub(super) fn leaves(&self) -> BTreeSet<Timestamp> {
        let terminations = self.effective(|kind| kind == HrKind::Terminate);
        let left = |at: &Timestamp| self.terminated_at(*at) == Some(*at);
        terminations.map(|(_, at)| at).filter(left).collect()
    }

    /// The record that holds at `at`: the latest to take effect, of several the last recorded.
    pub(super) fn record(&self, at: Timestamp) -> Option<&'a Hr> {
        let records = self.records.iter().filter(|(_, hr)| hr.effective_at <= at);
        let last = records.max_by_key(|(recorded, hr)| (hr.effective_at, *recorded));
        last.map(|(_, hr)| *hr)
    }

    /// The times at which department, title or manager changed from what was known.
    pub(super) fn moves(&self) -> Vec<Timestamp> {
        let mut moves = self.instants();
        moves.sort_unstable();
        moves.dedup();
        let changed = |at: &Timestamp| {
            let (before, after) = (self.position(just_before(*at)), self.position(*at));
            let mut both = before.into_iter().zip(after);
            both.any(|(before, after)| before.is_some() && before != after)
        };
        moves.retain(changed);
        moves
    }

    /// Department, title and manager as far as they are known: who is said to have no manager is
    /// not said to have lost one.
    fn position(&self, at: Timestamp) -> [Option<&'a Text>; 3] {
        let record = self.record(at);
        let records = self.records.iter();
        let managed = records.filter(|(_, hr)| hr.effective_at <= at && hr.manager.is_some());
        let managed = managed.max_by_key(|(recorded, hr)| (hr.effective_at, *recorded));
        [
            record.map(|hr| &hr.department),
            record.map(|hr| &hr.title),
            managed.and_then(|(_, hr)| hr.manager.as_ref()),
        ]
    }

    /// All times at which anything about the person changes.
    pub(super) fn instants(&self) -> Vec<Timestamp> {
        let effective = self.records.iter().map(|(_, hr)| hr.effective_at);
        effective.collect()
    }

    fn effective(
        &self,
        is: impl Fn(HrKind) -> bool,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let records = self.records.iter().filter(move |(_, hr)| is(hr.kind));
        records.map(|(recorded, hr)| (*recorded, hr.effective_at))
    }
}

/// Whether the baseline is one of whoever has this record: every key given must match,
/// whatever the case of letters.
pub(super) fn matches(baseline: &Baseline, hr: &Hr) -> bool {
    let lower = |text: &Text| text.to_lowercase();
    let is = |wanted: &Option<Text>, value: Option<&Text>| {
        wanted.is_none() || wanted.as_ref().map(lower) == value.map(lower)
    };
    is(&baseline.department, Some(&hr.department))
        && is(&baseline.title, Some(&hr.title))
        && is(&baseline.manager_id, hr.manager.as_ref())
        && is(&baseline.employment_type, Some(&hr.employment_type))
}
