//! How long what is archived is kept: by dataset, and by source for events, in whole days. What
//! nothing is said of is kept for ever.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;
use super::id::SourceName;
use super::time::{Span, Timestamp};

/// Datasets that may be let go; the archive's own pages, keys, holds and tombstones never are.
pub const DATASETS: [&str; 6] = ["events", "access", "people", "findings", "links", "reads"];
/// The dataset of records with their events.
pub const EVENTS: &str = "events";

/// A day, UTC: days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// The text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day such as 2026-03-02")]
pub struct NotADay(pub String);

/// Days that things are kept after the day on which they were archived. Nothing is let go unless
/// it is stated here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// By dataset.
    pub datasets: BTreeMap<Text, u32>,
    /// Of events, by source. `okta` also says it of `okta@eu`, unless that is named as well.
    pub sources: BTreeMap<Text, u32>,
}

/// Where a file of a dataset lies: `<dataset>/day=<day>/[source=<source>/]<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePlace<'p> {
    pub dataset: &'p str,
    /// The day of archiving.
    pub day: Day,
    pub source: Option<&'p str>,
}

impl Day {
    pub const fn of(at: Timestamp) -> Self {
        Day(at.day())
    }

    /// Midnight.
    pub const fn begin(self) -> Timestamp {
        // Days fit 32 bits, so their seconds fit 64.
        Timestamp::from_seconds(self.0 as i64 * Span::DAY.as_seconds())
    }

    /// The midnight with which it ends.
    pub const fn end(self) -> Timestamp {
        self.begin().saturating_add(Span::DAY)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.begin().to_string();
        f.write_str(text.split('T').next().unwrap_or(&text))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let begin: Result<Timestamp, _> = format!("{text}T00:00:00Z").parse();
        let day = begin.ok().map(Day::of);
        // One form a day: what was written is what is compared.
        day.filter(|day| day.to_string() == text)
            .ok_or_else(|| NotADay(text.to_owned()))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<'p> FilePlace<'p> {
    /// `None` for whatever is no file of a dataset.
    pub fn of(path: &'p str) -> Option<Self> {
        let mut parts = path.split('/');
        let dataset = parts.next().filter(|name| DATASETS.contains(name))?;
        let day = parts.next()?.strip_prefix("day=")?.parse().ok()?;
        let source = parts.next()?.strip_prefix("source=");
        Some(FilePlace {
            dataset,
            day,
            source,
        })
    }

    /// Whether it is of the source: `okta` means `okta@eu` too, and `entra` every log of Entra.
    pub fn is_of_source(&self, name: &str) -> bool {
        self.source.is_some_and(|source| {
            let source = SourceName::new(source);
            let accounts = source.accounts();
            [
                source.as_str(),
                source.base(),
                accounts.as_str(),
                accounts.base(),
            ]
            .contains(&name)
        })
    }
}

impl Retention {
    pub fn is_empty(&self) -> bool {
        self.datasets.is_empty() && self.sources.is_empty()
    }

    /// Days that the file is kept; `None` is for ever.
    pub fn keep_days(&self, place: &FilePlace<'_>) -> Option<u32> {
        let source = place.source.filter(|_| place.dataset == EVENTS);
        let stated = source.and_then(|source| {
            let base = source.split('@').next().unwrap_or(source);
            self.sources.get(source).or_else(|| self.sources.get(base))
        });
        stated.or_else(|| self.datasets.get(place.dataset)).copied()
    }

    /// Days that the file was to be kept, if they are over at `now`.
    pub fn is_over(&self, place: &FilePlace<'_>, now: Timestamp) -> Option<u32> {
        let days = self.keep_days(place)?;
        let over = place.day.end() + Span::days(i64::from(days));
        (over <= now).then_some(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_form() {
        for text in ["1970-01-01", "2026-03-02", "2024-02-29"] {
            let day: Day = text.parse().expect(text);
            assert_eq!(day.to_string(), text);
        }
        for text in [
            "",
            "2026-02-30",
            "2026-3-2",
            "2026-03-02T00:00:00Z",
            "+2026-03-02",
            "x",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_files_place_is_read_from_its_path_and_nothing_else_has_one() {
        let place = FilePlace::of("events/day=2026-03-01/source=okta@eu/seg-a.parquet");
        let place = place.expect("a place");
        assert_eq!((place.dataset, place.source), ("events", Some("okta@eu")));
        assert_eq!(place.day.to_string(), "2026-03-01");
        for name in ["okta", "okta@eu"] {
            assert!(place.is_of_source(name), "{name}");
        }
        assert!(!place.is_of_source("okt"));
        let entra = FilePlace::of("events/day=2026-03-01/source=entra_audit/x.parquet");
        assert!(entra.expect("a place").is_of_source("entra"));
        let access = FilePlace::of("access/day=2026-03-01/access.parquet").expect("a place");
        assert_eq!(access.source, None);
        for path in [
            "views.sql",
            "keys/1a2b3c4d.pem",
            "holds/000000000000.json",
            "tombstones/day=2026-03-01/x",
            "settings/day=2026-03-01/x",
            "events/day=2026-03-01",
            "events/2026-03-01/x",
            "../events/day=2026-03-01/x",
        ] {
            assert_eq!(FilePlace::of(path), None, "{path}");
        }
    }

    #[test]
    fn a_file_is_over_when_its_days_have_passed_since_the_end_of_its_day() {
        let retention = Retention {
            datasets: [("events".into(), 2), ("access".into(), 1)].into(),
            sources: [("okta".into(), 4), ("okta@eu".into(), 3)].into(),
        };
        let check = |path: &str, last: &str, over: &str| {
            let place = FilePlace::of(path).expect(path);
            let at = |text: &str| retention.is_over(&place, text.parse().expect("time"));
            assert_eq!(at(last), None, "{path} {last}");
            assert!(at(over).is_some(), "{path} {over}");
        };
        let events = "events/day=2026-03-01/source=";
        let (last, over) = ("2026-03-03T23:59:59.999999Z", "2026-03-04T00:00:00Z");
        check(&format!("{events}github/x"), last, over);
        let (last, over) = ("2026-03-05T23:59:59Z", "2026-03-06T00:00:00Z");
        check(&format!("{events}okta/x"), last, over);
        check(&format!("{events}okta@us/x"), last, over);
        let (last, over) = ("2026-03-04T23:59:59Z", "2026-03-05T00:00:00Z");
        check(&format!("{events}okta@eu/x"), last, over);
        let links = FilePlace::of("links/day=1999-03-01/x").expect("a place");
        assert_eq!(retention.is_over(&links, Timestamp::LAST), None);
        let nothing = Retention::default();
        let access = FilePlace::of("access/day=1999-03-01/x").expect("a place");
        assert_eq!(nothing.is_over(&access, Timestamp::LAST), None);
    }
}
