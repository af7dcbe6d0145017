//! The pace of the census: a slice between two rounds, so that nobody waits for it.

#![expect(
    clippy::disallowed_methods,
    reason = "how much time has passed decides how much is counted"
)]

use std::time::{Duration, Instant};

use super::shards::Shards;
use crate::model::census::Tally;
use crate::model::limits::CENSUS_HOMES_MAX;
use crate::model::time::Timestamp;
use crate::telemetry::Metrics;

/// What a pass over all homes takes, where there are many.
const PASS: Duration = Duration::from_mins(1);
/// Between two slices, at least: each makes all shards wait for each other.
const PAUSE: Duration = Duration::from_millis(250);
/// Homes of a shard that a second's slices cover at least, so that a small node is counted each
/// second.
const HOMES_PER_SECOND_MIN: u64 = 1_024;

pub struct Census {
    last: Instant,
    /// The newest tally of each shard.
    tallies: Vec<Option<Tally>>,
}

impl Default for Census {
    fn default() -> Self {
        Census {
            last: Instant::now(),
            tallies: Vec::new(),
        }
    }
}

impl Census {
    /// Counts a slice of the homes, if it is time to; shows what was counted whenever a shard has
    /// come to its end and none has yet to come to its first.
    pub fn advance(&mut self, shards: &Shards, (metrics, now): (&Metrics, Timestamp)) {
        let waited = self.last.elapsed();
        if waited < PAUSE {
            return;
        }
        self.last += waited;
        let homes = shards.counts().sum() / shards.count();
        let reports = shards.census(slice(homes, waited));
        if reports.iter().all(Option::is_none) {
            return;
        }
        self.tallies.resize(reports.len(), None);
        for (tally, report) in self.tallies.iter_mut().zip(reports) {
            if report.is_some() {
                *tally = report;
            }
        }
        let mut sum = Tally::default();
        for tally in &self.tallies {
            match tally {
                Some(tally) => sum.merge(tally),
                None => return,
            }
        }
        metrics.census(&sum, now);
    }
}

/// How many of a shard's `homes` the time since the last slice is worth.
fn slice(homes: usize, waited: Duration) -> usize {
    let homes = u64::try_from(homes).unwrap_or(u64::MAX);
    let per_second = (homes / PASS.as_secs()).max(HOMES_PER_SECOND_MIN);
    let millis = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    let slice = per_second.saturating_mul(millis) / 1_000;
    usize::try_from(slice)
        .unwrap_or(usize::MAX)
        .clamp(1, CENSUS_HOMES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_bounded_and_a_million_homes_take_about_a_minute() {
        let second = Duration::from_secs(1);
        assert_eq!(slice(10, second), 1_024, "all of a small node");
        assert_eq!(slice(10, PAUSE), 256);
        assert_eq!(slice(0, Duration::ZERO), 1);
        let slices = 500_000 / slice(500_000, second);
        assert!((55..=70).contains(&slices), "{slices}");
        assert_eq!(slice(usize::MAX, second * 600), CENSUS_HOMES_MAX);
    }
}
