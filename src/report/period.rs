//! The days that a report is about, UTC.

use jiff::civil::Date;

use crate::model::time::{Span, Timestamp};

/// Ten years: a longer period is a mistake in a date.
const DAYS_MAX: i32 = 3_660;

/// From the beginning of the first day to the end of the last, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: Date,
    last: Date,
    begin: Timestamp,
    end: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    #[error("`{0}` is no day such as 2026-03-31")]
    NoDay(String),
    #[error("the period ends on {last}, before it begins on {first}")]
    Backwards { first: Date, last: Date },
    #[error("the period is longer than ten years: is a year mistyped?")]
    TooLong,
}

impl Period {
    /// Both days are part of it.
    pub fn new(first: &str, last: &str) -> Result<Self, PeriodError> {
        let (first, last) = (day(first)?, day(last)?);
        if last < first {
            return Err(PeriodError::Backwards { first, last });
        }
        let period = Period {
            first,
            last,
            begin: begin_of(first),
            end: begin_of(last) + Span::DAY,
        };
        if period.days() > DAYS_MAX {
            return Err(PeriodError::TooLong);
        }
        Ok(period)
    }

    pub fn begin(&self) -> Timestamp {
        self.begin
    }

    /// The first instant that is no longer part of it.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    pub fn first_day(&self) -> Date {
        self.first
    }

    pub fn last_day(&self) -> Date {
        self.last
    }

    pub fn days(&self) -> i32 {
        self.end.day() - self.begin.day()
    }

    /// The place of a time's day in the period, from 0.
    pub fn place(&self, at: Timestamp) -> Option<usize> {
        let inside = at >= self.begin && at < self.end;
        let place = at.day() - self.begin.day();
        inside.then(|| usize::try_from(place).ok()).flatten()
    }
}

/// The day with this number since the epoch, as a date.
pub(super) fn date_of(day: i32) -> String {
    let at = Timestamp::from_seconds(i64::from(day) * Span::DAY.as_seconds());
    let text = at.to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}

fn day(text: &str) -> Result<Date, PeriodError> {
    let no_day = |_| PeriodError::NoDay(text.to_owned());
    let date: Date = text.parse().map_err(no_day)?;
    // jiff reads more than a date; a time of day would be thrown away.
    if date.to_string() == text && (1970..=9998).contains(&date.year()) {
        Ok(date)
    } else {
        Err(PeriodError::NoDay(text.to_owned()))
    }
}

fn begin_of(date: Date) -> Timestamp {
    let epoch = Date::constant(1970, 1, 1);
    let days = date.duration_since(epoch).as_hours() / 24;
    Timestamp::from_seconds(days * Span::DAY.as_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_days_are_part_of_a_period() {
        let period = Period::new("2026-01-01", "2026-06-30").expect("period");
        assert_eq!(period.begin().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(period.end().to_string(), "2026-07-01T00:00:00Z");
        assert_eq!(period.days(), 181);
        assert_eq!(period.place(period.begin()), Some(0));
        assert_eq!(period.place(period.end()), None);
        assert_eq!(date_of(period.begin().day()), "2026-01-01");
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let check = |first: &str, last: &str, why: &str| {
            let error = Period::new(first, last).expect_err("no period");
            assert!(error.to_string().contains(why), "{error}");
        };
        check("2026-02-30", "2026-03-01", "`2026-02-30` is no day");
        check("2026-01-01T00:00:00Z", "2026-03-01", "is no day");
        check("2026-03-01", "2026-02-28", "before it begins");
        check("0026-03-01", "2026-02-28", "is no day");
        check("1990-03-01", "2026-02-28", "longer than ten years");
    }
}
