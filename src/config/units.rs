//! Durations and sizes as people write them: always with a unit.

use std::time::Duration;

const DURATION_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

const SIZE_UNITS: &[(&str, u64)] = &[
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// What is wrong with a quantity, as the rest of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    #[error("has no unit")]
    NoUnit,
    #[error("has a unit that is not known here")]
    UnknownUnit,
    #[error("does not begin with a whole number")]
    NoNumber,
    #[error("is too large")]
    TooLarge,
}

/// Reads `90d`, `15m`, `250ms` or `1h30m`, to the millisecond.
pub fn duration(text: &str) -> Result<Duration, UnitError> {
    total(text, DURATION_UNITS, str::to_owned).map(Duration::from_millis)
}

/// Reads `256MiB` or `1GB`, in bytes. Capitals do not matter: nobody means a millibit.
pub fn size(text: &str) -> Result<u64, UnitError> {
    total(text, SIZE_UNITS, str::to_lowercase)
}

/// Sums the parts of `text`, each a whole number and a unit.
fn total(text: &str, units: &[(&str, u64)], spelled: fn(&str) -> String) -> Result<u64, UnitError> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(UnitError::NoNumber);
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (digits, after) = split_where(rest, |letter| !letter.is_ascii_digit());
        if digits.is_empty() {
            return Err(UnitError::NoNumber);
        }
        let (unit, after) = split_where(after.trim_start(), |letter| !letter.is_alphabetic());
        if unit.is_empty() {
            return Err(UnitError::NoUnit);
        }
        let number: u64 = digits
            .parse()
            .map_err(|_too_many_digits| UnitError::TooLarge)?;
        let (_, factor) = units
            .iter()
            .find(|(name, _)| *name == spelled(unit))
            .ok_or(UnitError::UnknownUnit)?;
        total = number
            .checked_mul(*factor)
            .and_then(|part| total.checked_add(part))
            .ok_or(UnitError::TooLarge)?;
        rest = after.trim_start();
    }
    Ok(total)
}

fn split_where(text: &str, ends: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units_and_adds_up() {
        let millis = |text| duration(text).map(|read| read.as_millis());
        for (text, expected) in [
            ("90d", Ok(90 * 86_400_000)),
            ("24h", Ok(86_400_000)),
            ("15m", Ok(900_000)),
            ("250ms", Ok(250)),
            ("2w", Ok(14 * 86_400_000)),
            ("1h30m", Ok(5_400_000)),
            ("1h 30 m", Ok(5_400_000)),
            ("0s", Ok(0)),
            ("300", Err(UnitError::NoUnit)),
            ("1h30", Err(UnitError::NoUnit)),
            ("1.5h", Err(UnitError::NoUnit)),
            ("h", Err(UnitError::NoNumber)),
            ("-5m", Err(UnitError::NoNumber)),
            ("", Err(UnitError::NoNumber)),
            ("5M", Err(UnitError::UnknownUnit)),
            ("5 months", Err(UnitError::UnknownUnit)),
            ("99999999999999999999d", Err(UnitError::TooLarge)),
            ("9999999999999999999w", Err(UnitError::TooLarge)),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn a_size_has_a_unit() {
        for (text, expected) in [
            ("256MiB", Ok(256 << 20)),
            ("1GB", Ok(1_000_000_000)),
            ("512 kib", Ok(512 << 10)),
            ("1024", Err(UnitError::NoUnit)),
            ("256M", Err(UnitError::UnknownUnit)),
            ("16777216TiB", Err(UnitError::TooLarge)),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}
