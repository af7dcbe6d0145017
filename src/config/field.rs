//! One value of a document, read as the type that its key wants.
//!
//! Each reader answers `None` after it has reported what is wrong.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;
use toml::value::Datetime;

use crate::model::time::{Span, Timestamp};

use super::problem::Level;
use super::sheet::{Sheet, Table};
use super::{suggest, units};

/// The longest duration that a setting may have: ten years.
const DURATION_MAX: Duration = Duration::from_hours(3_650 * 24);

#[derive(Clone)]
pub(super) struct Field<'s> {
    sheet: &'s Sheet<'s>,
    /// Its full name.
    name: String,
    line: usize,
    value: &'s Spanned<DeValue<'s>>,
}

impl<'s> Field<'s> {
    pub(super) fn new(
        sheet: &'s Sheet<'s>,
        name: String,
        line: usize,
        value: &'s Spanned<DeValue<'s>>,
    ) -> Self {
        Field {
            sheet,
            name,
            line,
            value,
        }
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn string(&self) -> Option<&'s str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("a text", "write it in quotes"),
        }
    }

    /// A text with something in it.
    pub(super) fn text(&self) -> Option<&'s str> {
        let text = self.string()?.trim();
        if text.is_empty() {
            self.wrong("is empty", "write a text, or leave the key out")
        } else {
            Some(text)
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false", "write `true` or `false`, without quotes"),
        }
    }

    pub(super) fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(digits) = self.value.get_ref() else {
            let hint = format!(
                "write a number from {} to {}, without quotes",
                range.start(),
                range.end()
            );
            return self.wrong_type("a whole number", &hint);
        };
        match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let hint = format!("write a number from {} to {}", range.start(), range.end());
                self.wrong(
                    format!("is `{}`, which is out of range", self.written()),
                    &hint,
                )
            }
        }
    }

    /// A duration from `least` to ten years.
    pub(super) fn duration(&self, least: Duration) -> Option<Duration> {
        let duration = self.quantity("a duration such as \"5m\"", "5m", "s", units::duration)?;
        if duration < least {
            let least = least.as_millis();
            let hint = format!("write \"{least}ms\" or more");
            return self.wrong(
                format!("is `{}`, which is too short", self.written()),
                &hint,
            );
        }
        if duration > DURATION_MAX {
            let message = format!("is `{}`, which is too long", self.written());
            return self.wrong(message, "write \"3650d\" or less");
        }
        Some(duration)
    }

    /// A duration of event time.
    pub(super) fn span(&self) -> Option<Span> {
        let duration = self.duration(Duration::ZERO)?;
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Some(Timestamp::from_micros(micros).since(Timestamp::from_micros(0)))
    }

    /// A size in bytes; the range is in whole mebibytes.
    pub(super) fn size(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let size = self.quantity("a size such as \"256MiB\"", "256MiB", "MiB", units::size)?;
        if range.contains(&size) {
            return Some(size);
        }
        let mebibytes = |bytes: &u64| bytes >> 20;
        let hint = format!(
            "write a size from \"{}MiB\" to \"{}MiB\"",
            mebibytes(range.start()),
            mebibytes(range.end())
        );
        self.wrong(
            format!("is `{}`, which is out of range", self.written()),
            &hint,
        )
    }

    /// A TOML date (its beginning in UTC) or a date-time with an offset.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let hint = "write a date such as 2027-06-30, or a time such as 2027-06-30T12:00:00Z, \
                    without quotes";
        match self.value.get_ref() {
            DeValue::Datetime(written) => timestamp(written).or_else(|| {
                let message = format!("is `{}`, which is no time with an offset", self.written());
                self.wrong(message, hint)
            }),
            _ => self.wrong_type("a date", hint),
        }
    }

    /// The value's date-time, if it is one; reports nothing.
    pub(super) fn as_datetime(&self) -> Option<&'s Datetime> {
        self.value.get_ref().as_datetime()
    }

    pub(super) fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(super) fn is_false(&self) -> bool {
        self.value.get_ref().as_bool() == Some(false)
    }

    /// One word of a closed set.
    pub(super) fn word<T>(&self, known: &[&str], parse: fn(&str) -> Option<T>) -> Option<T> {
        let word = self.string()?;
        parse(word).or_else(|| {
            let message = format!("is `{word}`, which is not known");
            self.wrong(message, &suggest::hint(word, known))
        })
    }

    pub(super) fn table(&self) -> Option<Table<'s>> {
        match self.value.get_ref() {
            DeValue::Table(table) => {
                let name = self.name.clone();
                Some(Table::over(self.sheet, table, name, self.line))
            }
            _ => self.wrong_type(
                "a table",
                &format!("write [{}] and its keys below", self.name),
            ),
        }
    }

    /// The items of a list; a single value counts as none.
    pub(super) fn list(&self) -> Option<Vec<Field<'s>>> {
        match self.value.get_ref() {
            DeValue::Array(items) => Some(
                items
                    .iter()
                    .map(|item| {
                        let line = self.sheet.line_at(&item.span());
                        Field::new(self.sheet, self.name.clone(), line, item)
                    })
                    .collect(),
            ),
            _ => self.wrong_type("a list", "write it in square brackets: [\"…\", \"…\"]"),
        }
    }

    /// The texts of a list, those that are none left out.
    pub(super) fn texts(&self) -> Vec<(Field<'s>, &'s str)> {
        self.list()
            .unwrap_or_default()
            .into_iter()
            .filter_map(|item| item.text().map(|text| (item.clone(), text)))
            .collect()
    }

    /// The tables of `[[name]]`.
    pub(super) fn tables(&self) -> Vec<Table<'s>> {
        let wanted = format!("write [[{}]] above each of them", self.name);
        let DeValue::Array(items) = self.value.get_ref() else {
            return self
                .wrong_type("a list of tables", &wanted)
                .unwrap_or_default();
        };
        let mut tables = Vec::new();
        for item in items {
            let line = self.sheet.line_at(&item.span());
            let field = Field::new(self.sheet, self.name.clone(), line, item);
            match item.get_ref() {
                DeValue::Table(_) => tables.extend(field.table()),
                _ => drop(field.wrong_type::<()>("a table", &wanted)),
            }
        }
        tables
    }

    /// Reports, and answers `None` for the caller to return.
    pub(super) fn wrong<T>(&self, message: impl Into<String>, hint: &str) -> Option<T> {
        self.report(message, hint);
        None
    }

    pub(super) fn report(&self, message: impl Into<String>, hint: &str) {
        let place = (self.line, self.name.as_str());
        self.sheet
            .report(Level::Problem, place, message, Some(hint.to_owned()));
    }

    pub(super) fn note(&self, message: impl Into<String>, hint: Option<&str>) {
        let place = (self.line, self.name.as_str());
        self.sheet
            .report(Level::Note, place, message, hint.map(str::to_owned));
    }

    /// The value as it was written, cut where it is long.
    pub(super) fn written(&self) -> String {
        self.sheet.written(&self.value.span())
    }

    fn wrong_type<T>(&self, wanted: &str, hint: &str) -> Option<T> {
        let kind = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("is {kind}, not {wanted}"), hint)
    }

    fn quantity<T>(
        &self,
        wanted: &str,
        example: &str,
        unit: &str,
        read: fn(&str) -> Result<T, units::UnitError>,
    ) -> Option<T> {
        let kind = wanted.split(" such as").next().unwrap_or(wanted);
        let kind = kind.trim_start_matches("a ");
        let number = match self.value.get_ref() {
            DeValue::String(text) => match read(text) {
                Ok(quantity) => return Some(quantity),
                Err(units::UnitError::NoUnit) => text.trim(),
                Err(error) => {
                    let message = format!("is `{}`, which {error}", self.written());
                    return self.wrong(message, &format!("write a {kind} such as \"{example}\""));
                }
            },
            DeValue::Integer(digits) => digits.as_str(),
            _ => return self.wrong_type(wanted, &format!("write \"{example}\", in quotes")),
        };
        let message = format!("is `{}`, which has no unit", self.written());
        let other = format!("{number}{unit}");
        let hint = if other != example && number.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("write a {kind} such as \"{example}\" or \"{other}\"")
        } else {
            format!("write a {kind} such as \"{example}\"")
        };
        self.wrong(message, &hint)
    }
}

fn timestamp(written: &Datetime) -> Option<Timestamp> {
    written.date?;
    match (written.time, written.offset) {
        (None, None) => format!("{written}T00:00:00Z").parse().ok(),
        (Some(_), Some(_)) => written.to_string().parse().ok(),
        _ => None,
    }
}
