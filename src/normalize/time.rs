//! Vendors' shapes of time.

use super::json::{Doc, Node};
use crate::model::fact::ContractEnd;
use crate::model::time::{Span, Timestamp};

/// RFC 3339 with any number of digits, the same without an offset (UTC) or with a blank for the
/// `T`, offsets without a colon, and seconds, milliseconds, microseconds or nanoseconds since the
/// epoch as a number or a text, and what people write (`SHAPES`). A date alone is its first instant.
pub fn read(doc: Doc<'_>, node: Node) -> Option<Timestamp> {
    match node {
        Node::Int(number) => from_epoch(number),
        Node::UInt(number) => i64::try_from(number).ok().and_then(from_epoch),
        Node::Float(float) => from_epoch_seconds(doc.float(float)),
        Node::Str(text) => from_text(doc.str(text).trim()),
        Node::Null | Node::Bool(_) | Node::Array(_) | Node::Object(_) => None,
    }
}

/// A contract's end: absent says nothing, null that there is none, and a date alone lasts to the
/// end of its day, UTC.
pub fn read_contract_end(doc: Doc<'_>, node: Option<Node>) -> ContractEnd {
    let end = match node {
        None => None,
        Some(Node::Null) => return ContractEnd::Open,
        Some(Node::Str(text)) => {
            let text = doc.str(text).trim();
            match text.parse::<jiff::civil::Date>() {
                Ok(date) if text.len() == 10 => from_date(date).map(|start| start + Span::DAY),
                _ => from_text(text),
            }
        }
        Some(node) => read(doc, node),
    };
    end.map_or(ContractEnd::Unstated, ContractEnd::At)
}

/// `None` also for a time that no RFC 3339 text can write, such as the end of the year 9999.
pub fn from_text(text: &str) -> Option<Timestamp> {
    parse_text(text).filter(|time| *time <= Timestamp::LAST)
}

fn parse_text(text: &str) -> Option<Timestamp> {
    if text.len() < 8 {
        return None;
    }
    if let Some(time) = from_usual(text) {
        return Some(time);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Some(time) = from_digits(text) {
        return Some(time);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok().and_then(from_epoch);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return from_epoch_seconds(seconds);
    }
    // `2022-01-18T08:43:02+0000` reads as RFC 3339 once its offset has a colon.
    if let Some((head, minutes)) = text.split_at_checked(text.len() - 2) {
        let offset = head.len() >= 3 && head.get(head.len() - 3..).is_some_and(is_offset_hours);
        if offset && let Ok(time) = format!("{head}:{minutes}").parse::<Timestamp>() {
            return Some(time);
        }
    }
    if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
        let utc = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(Timestamp::from_micros(utc.timestamp().as_microsecond()));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return from_date(date);
    }
    from_unusual(text)
}

/// `20260302170000.123`, UTC. As milliseconds since the epoch such a number would be of the years
/// from 2600 on.
fn from_digits(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let calendar = whole.len() == 14 && whole.starts_with("20");
    if !(calendar && digits(whole) && digits(fraction)) {
        return None;
    }
    let civil = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    let utc = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(Timestamp::from_micros(
        utc.timestamp().as_microsecond() + micros,
    ))
}

/// Shapes that people are meant to read. Where a day and a month are both numbers, the month comes
/// first, as in the American exports that write so.
const SHAPES: &[&str] = &[
    "%m/%d/%Y %H:%M:%S%.f",
    "%m/%d/%Y %I:%M:%S%.f %p",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%b %d, %Y %H:%M:%S%.f",
    "%b %d, %Y %I:%M:%S%.f %p",
    "%B %d, %Y %I:%M:%S%.f %p",
    "%B %d, %Y %I:%M %p",
    "%b %d %Y %H:%M:%S%.f",
    "%d %b %Y %H:%M:%S%.f",
    "%d-%b-%Y %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %I:%M:%S%.f %p",
];

/// No time is longer; each blank in a longer text would be tried as one before an offset.
const UNUSUAL_BYTES_MAX: usize = 48;

/// Times with a blank before the offset, the name of a zone, or a month in letters.
fn from_unusual(text: &str) -> Option<Timestamp> {
    if text.len() > UNUSUAL_BYTES_MAX {
        return None;
    }
    // `2026-03-02T17:00:00Z[UTC]`, as Java writes it.
    if let Some((head, _)) = text.split_once('[') {
        return parse_text(head);
    }
    if let Some(ticks) = text.strip_prefix("/Date(") {
        return parse_text(ticks.strip_suffix(")/")?);
    }
    if let Some((head, last)) = text.rsplit_once(' ') {
        let offset = last.starts_with(['+', '-']) || last == "Z";
        let joined = offset
            .then(|| parse_text(&format!("{head}{last}")))
            .flatten();
        if joined.is_some() {
            return joined;
        }
        if matches!(last, "UTC" | "GMT") {
            return parse_text(head);
        }
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(Timestamp::from_micros(zoned.timestamp().as_microsecond()));
    }
    // `17:00:00,123`, as Java's loggers write it.
    let dotted;
    let text = match text.rsplit_once(',') {
        Some((head, millis))
            if !millis.is_empty() && millis.bytes().all(|b| b.is_ascii_digit()) =>
        {
            dotted = format!("{head}.{millis}");
            &dotted
        }
        _ => text,
    };
    let civil = SHAPES
        .iter()
        .find_map(|shape| jiff::civil::DateTime::strptime(shape, text).ok());
    let date = || jiff::civil::Date::strptime("%m/%d/%Y", text).ok();
    let civil = civil.or_else(|| date().map(jiff::civil::DateTime::from))?;
    let utc = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_micros(utc.timestamp().as_microsecond()))
}

/// `2026-03-02T17:00:00.123Z`, which nearly every record has, without a general parser.
fn from_usual(text: &str) -> Option<Timestamp> {
    let (head, fraction) = text.strip_suffix('Z')?.as_bytes().split_at_checked(19)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        o1,
        o2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
    ] = head
    else {
        return None;
    };
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (digits(&[*o1, *o2])?, digits(&[*d1, *d2])?);
    let (hour, minute, second) = (
        digits(&[*h1, *h2])?,
        digits(&[*m1, *m2])?,
        digits(&[*s1, *s2])?,
    );
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // A leap second is left to the general parser.
    if !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match fraction {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let padded = digits
                .iter()
                .copied()
                .chain(std::iter::repeat(b'0'))
                .take(6);
            padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        }
        _ => return None,
    };
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_micros(seconds * 1_000_000 + micros))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

/// Howard Hinnant's `days_from_civil`: years begin in March, so that a leap day is the last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn is_offset_hours(text: &str) -> bool {
    matches!(text.as_bytes(), [b'+' | b'-', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
}

fn from_date(date: jiff::civil::Date) -> Option<Timestamp> {
    let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_micros(start.timestamp().as_microsecond()))
}

/// The unit follows from the size: seconds until the year 5138, and so on. What is too small to be
/// a time of this product's age (before 1973 as seconds) is none.
fn from_epoch(number: i64) -> Option<Timestamp> {
    match number {
        100_000_000..100_000_000_000 => Some(Timestamp::from_seconds(number)),
        100_000_000_000..100_000_000_000_000 => Some(Timestamp::from_micros(number * 1_000)),
        100_000_000_000_000..100_000_000_000_000_000 => Some(Timestamp::from_micros(number)),
        100_000_000_000_000_000.. => Some(Timestamp::from_micros(number / 1_000)),
        _ => None,
    }
}

fn from_epoch_seconds(number: f64) -> Option<Timestamp> {
    if !(1.0e8..1.0e18).contains(&number) {
        return None;
    }
    let micros = if number < 1.0e11 {
        number * 1.0e6
    } else {
        number * 1.0e3
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 1e18 and checked to be finite"
    )]
    let whole = micros.round() as i64;
    if number < 1.0e14 {
        Some(Timestamp::from_micros(whole))
    } else {
        from_epoch(whole / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let time = from_text(text).map(|time| time.to_string());
        assert_eq!(time.as_deref(), expected, "{text}");
    }

    #[test]
    fn every_shape_of_the_same_instant_is_the_same_time() {
        let expected = Some("2026-03-02T17:00:00Z");
        for text in [
            "2026-03-02T17:00:00Z",
            "2026-03-02T17:00:00.000Z",
            "2026-03-02T17:00:00",
            "2026-03-02 17:00:00",
            "2026-03-02T18:00:00+01:00",
            "2026-03-02T18:00:00+0100",
            "2026-03-02T18:00:00.000+0100",
            "1772470800",
            "1772470800000",
            "1772470800000000",
            "1772470800000000000",
            "1772470800.0",
            "2026-03-02 17:00:00 UTC",
            "2026-03-02 09:00:00.000 -0800",
            "2026-03-02T17:00:00Z[UTC]",
            "2026-03-02T17:00Z",
            "03/02/2026 17:00:00",
            "3/2/2026 5:00:00 PM",
            "3/2/2026 05:00 pm",
            "Mar 2, 2026 5:00:00 PM",
            "March 2, 2026 5:00 PM",
            "Mon, 2 Mar 2026 17:00:00 +0000",
            "02-Mar-2026 17:00:00",
            "20260302170000.000",
            "20260302170000",
            "2026-03-02 17:00:00,000",
            "Mar 02 2026 17:00:00.000",
            "/Date(1772470800000)/",
        ] {
            check(text, expected);
        }
        check("2026-03-02", Some("2026-03-02T00:00:00Z"));
    }

    #[test]
    fn digits_below_a_microsecond_are_cut() {
        check(
            "2026-03-02T17:00:00.1234567Z",
            Some("2026-03-02T17:00:00.123456Z"),
        );
        check(
            "2026-03-02T17:00:00.123456789Z",
            Some("2026-03-02T17:00:00.123456Z"),
        );
        check("2026-03-02T17:00:00.5Z", Some("2026-03-02T17:00:00.5Z"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "12",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "9e99",
            "13/13/2026 17:00:00",
            "[2026-03-02T17:00:00Z]",
            "2026-03-02 17:00:00 -0800 -0800 -0800",
            "/Date(x)/",
        ] {
            check(text, None);
        }
        check("2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z"));
        check("1969-12-31T23:59:59Z", Some("1969-12-31T23:59:59Z"));
    }
}
