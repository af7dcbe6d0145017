//! Points and spans of time: microseconds since the epoch, UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A span of time in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span(i64);

/// The text is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time such as 2026-03-02T17:00:00Z")]
pub struct NotATime(pub String);

impl Timestamp {
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    pub const MAX: Timestamp = Timestamp(i64::MAX);
    /// The last second that RFC 3339 can write in every zone: 9999-12-30T22:00:00Z.
    pub const LAST: Timestamp = Timestamp(253_402_207_200 * 1_000_000);

    pub const fn from_micros(micros: i64) -> Self {
        Timestamp(micros)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Timestamp(seconds.saturating_mul(1_000_000))
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Days since the epoch, in UTC.
    pub const fn day(self) -> i32 {
        let day = self.0.div_euclid(Span::DAY.0);
        // Every i64 of microseconds is some 10^8 days: it fits.
        #[expect(clippy::cast_possible_truncation, reason = "at most 1.1e8 days")]
        let day = day as i32;
        day
    }

    #[must_use]
    pub const fn saturating_add(self, span: Span) -> Self {
        let sum = self.0.saturating_add(span.0);
        // Beyond the last time that can be written, sums stand still.
        if sum > Timestamp::LAST.0 && self.0 <= Timestamp::LAST.0 {
            return Timestamp::LAST;
        }
        Timestamp(sum)
    }

    pub const fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    pub const ZERO: Span = Span(0);
    pub const SECOND: Span = Span(1_000_000);
    pub const HOUR: Span = Span(3_600 * 1_000_000);
    pub const DAY: Span = Span(24 * 3_600 * 1_000_000);

    pub const fn from_seconds(seconds: i64) -> Self {
        Span(seconds.saturating_mul(1_000_000))
    }

    pub const fn hours(hours: i64) -> Self {
        Span(hours.saturating_mul(Span::HOUR.0))
    }

    pub const fn days(days: i64) -> Self {
        Span(days.saturating_mul(Span::DAY.0))
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        self.saturating_add(span)
    }
}

/// RFC 3339, UTC, with only as many fractional digits as there are.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whole units, largest first: `1d 2h`, `45m`, `30s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.as_seconds();
        if rest < 0 {
            write!(f, "-")?;
            rest = -rest;
        }
        let mut wrote = false;
        for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            let count = rest / seconds;
            rest %= seconds;
            if count > 0 {
                write!(f, "{}{count}{unit}", if wrote { " " } else { "" })?;
                wrote = true;
            }
        }
        if wrote { Ok(()) } else { write!(f, "0s") }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// RFC 3339 with any offset; digits below a microsecond are cut.
impl FromStr for Timestamp {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Timestamp(time.as_microsecond()))
            .map_err(|_told_by_our_own| NotATime(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Timestamp)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_prints_as_it_was_written() {
        for text in [
            "2026-03-02T17:00:00Z",
            "2026-03-02T17:00:00.5Z",
            "1969-12-31T23:59:59Z",
        ] {
            let time: Timestamp = text.parse().expect(text);
            assert_eq!(time.to_string(), text);
        }
        let offset: Timestamp = "2026-03-02T17:00:00+02:00".parse().expect("offset");
        assert_eq!(offset.to_string(), "2026-03-02T15:00:00Z");
        assert!("2026-03-02".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_day_before_the_epoch_is_negative() {
        assert_eq!(Timestamp::from_seconds(-1).day(), -1);
        assert_eq!(Timestamp::from_seconds(86_400).day(), 1);
    }

    #[test]
    fn a_span_prints_whole_units() {
        assert_eq!(Span::from_seconds(90_061).to_string(), "1d 1h 1m 1s");
        assert_eq!(Span::ZERO.to_string(), "0s");
    }
}
