//! Figures about exceptions: how long remedies took, and how many opened and ended when.

use super::period::{Period, date_of};
use crate::model::time::{Span, Timestamp};

/// One exception in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    pub opened_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

/// How long exceptions stood, as of the end of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedies {
    /// Of those that ended before the period did, ascending.
    took: Vec<Span>,
    /// So many stood when the period ended.
    pub open: usize,
}

/// Bounds of the histogram, each the first span that is no longer in its bar.
pub const REMEDY_BARS: [(&str, Span); 7] = [
    ("< 1 h", Span::hours(1)),
    ("1–4 h", Span::hours(4)),
    ("4–24 h", Span::hours(24)),
    ("1–3 d", Span::days(3)),
    ("3–7 d", Span::days(7)),
    ("7–30 d", Span::days(30)),
    ("30–90 d", Span::days(90)),
];
pub const LAST_REMEDY_BAR: &str = "≥ 90 d";

impl Remedies {
    pub fn of(episodes: &[Episode], period: &Period) -> Self {
        let mut remedies = Remedies::default();
        for episode in episodes {
            match episode.resolved_at.filter(|at| *at < period.end()) {
                Some(at) => remedies.took.push(at.since(episode.opened_at)),
                None => remedies.open += 1,
            }
        }
        remedies.took.sort_unstable();
        remedies
    }

    pub fn resolved(&self) -> usize {
        self.took.len()
    }

    /// The least span that so many in a hundred did not exceed (nearest rank).
    pub fn percentile(&self, percent: usize) -> Option<Span> {
        let rank = (self.took.len() * percent).div_ceil(100).max(1);
        self.took.get(rank - 1).copied()
    }

    pub fn longest(&self) -> Option<Span> {
        self.took.last().copied()
    }

    /// A count for each of [`REMEDY_BARS`], then for what took longer.
    pub fn bars(&self) -> Vec<usize> {
        let mut bars = vec![0; REMEDY_BARS.len() + 1];
        for span in &self.took {
            let place = REMEDY_BARS.iter().position(|(_, below)| span < below);
            if let Some(bar) = bars.get_mut(place.unwrap_or(REMEDY_BARS.len())) {
                *bar += 1;
            }
        }
        bars
    }
}

/// A stretch of days, and what happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first day.
    pub label: String,
    /// Its last day.
    pub last: String,
    pub opened: usize,
    pub resolved: usize,
    /// So many stood when it ended.
    pub open: usize,
}

/// Days for a month, weeks for half a year, and stretches of 30 days beyond.
pub fn stretch_days(period: &Period) -> i32 {
    match period.days() {
        ..=31 => 1,
        32..=190 => 7,
        _ => 30,
    }
}

/// What opened and ended in each stretch of the period.
pub fn trend(episodes: &[Episode], period: &Period) -> Vec<Stretch> {
    let step = stretch_days(period);
    let first_day = period.begin().day();
    let mut stretches = Vec::new();
    let mut from = first_day;
    while from < period.end().day() {
        let to = (from + step).min(period.end().day());
        let within = |at: Timestamp| (from..to).contains(&at.day());
        let opened = episodes.iter().filter(|it| within(it.opened_at)).count();
        let ended = episodes.iter().filter_map(|it| it.resolved_at);
        let stands = |it: &&Episode| {
            it.opened_at.day() < to && it.resolved_at.is_none_or(|at| at.day() >= to)
        };
        stretches.push(Stretch {
            label: date_of(from),
            last: date_of(to - 1),
            opened,
            resolved: ended.filter(|at| within(*at)).count(),
            open: episodes.iter().filter(stands).count(),
        });
        from = to;
    }
    stretches
}

/// A span for people: two units at most, or `–` where there is none.
pub fn told(span: Option<Span>) -> String {
    let Some(span) = span else {
        return "–".to_owned();
    };
    let minutes = span.as_seconds() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period() -> Period {
        Period::new("2026-03-01", "2026-03-31").expect("period")
    }

    fn episode(opened: &str, resolved: Option<&str>) -> Episode {
        let time = |text: &str| format!("2026-{text}:00:00Z").parse().expect("time");
        Episode {
            opened_at: time(opened),
            resolved_at: resolved.map(time),
        }
    }

    #[test]
    fn what_ends_after_the_period_stood_when_it_ended() {
        let episodes = [
            episode("02-20T00", Some("03-02T00")),
            episode("03-05T00", Some("03-05T02")),
            episode("03-05T00", Some("04-01T00")),
            episode("03-31T23", None),
        ];
        let remedies = Remedies::of(&episodes, &period());
        assert_eq!((remedies.resolved(), remedies.open), (2, 2));
        assert_eq!(remedies.percentile(50), Some(Span::hours(2)));
        assert_eq!(remedies.percentile(90), Some(Span::days(10)));
        assert_eq!(remedies.longest(), Some(Span::days(10)));
        assert_eq!(remedies.bars(), [0, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!(Remedies::default().percentile(50), None);
    }

    #[test]
    fn the_trend_accounts_for_every_exception_of_the_period() {
        let episodes = [
            episode("02-20T00", Some("03-02T00")),
            episode("03-05T00", Some("03-05T02")),
            episode("03-31T23", None),
        ];
        let trend = trend(&episodes, &period());
        assert_eq!(trend.len(), 31);
        let sum = |of: fn(&Stretch) -> usize| trend.iter().map(of).sum::<usize>();
        assert_eq!((sum(|it| it.opened), sum(|it| it.resolved)), (2, 2));
        let open: Vec<usize> = trend.iter().take(3).map(|it| it.open).collect();
        assert_eq!(open, [1, 0, 0]);
        assert_eq!(trend.last().map(|it| it.open), Some(1));
    }

    #[test]
    fn spans_are_told_in_two_units() {
        assert_eq!(told(None), "–");
        assert_eq!(told(Some(Span::hours(50))), "2d 2h");
        assert_eq!(told(Some(Span::from_seconds(90 * 60))), "1h 30m");
        assert_eq!(told(Some(Span::from_seconds(59))), "0m");
    }
}
