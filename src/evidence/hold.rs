//! Legal holds: what must not be let go while a case is open, whatever retention says.
//!
//! A hold and its release are documents in the archive, under its log, so that it can be shown
//! later what was held when. They count in the order of their commits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::commit::TimeRange;
use super::leaf::Sha256Hash;
use crate::model::limits::{HOLD_ID_BYTES_MAX, HOLD_NAMES_MAX, HOLD_REASON_BYTES_MAX};
use crate::model::retention::{Day, FilePlace};
use crate::model::time::Timestamp;

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A hold, or its end, as it is stored: JSON on one line, a line feed at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldPaper {
    pub format: u32,
    /// That of its file.
    pub number: u64,
    /// The case.
    pub id: String,
    pub action: HoldAction,
    pub reason: String,
    /// Who said so, as far as the program knows.
    pub by: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldAction {
    Add {
        scope: HoldScope,
        /// Names that were known to be the same identities' when it was added: accounts, addresses
        /// and uids. Those that are learnt later are held as well.
        #[serde(default)]
        known: Vec<String>,
    },
    Release,
}

/// What a hold keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldScope {
    /// Every file with a row of one of these, or of any of their accounts: e-mail addresses, uids of
    /// people, accounts (`source:uid`).
    Identities(Vec<String>),
    Sources(Vec<String>),
    /// What was archived, or happened, on one of these days; both are included.
    Days {
        from: Day,
        to: Day,
    },
    All,
}

/// A hold that no release has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldInForce {
    pub id: String,
    pub reason: String,
    pub scope: HoldScope,
    pub known: Vec<String>,
    pub by: String,
    pub at: Timestamp,
    /// The path of its document.
    pub document: String,
    pub sha256: Sha256Hash,
}

/// The holds in force, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds(Vec<HoldInForce>);

/// Whether a hold keeps a file, as far as its name and its commit tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    No,
    /// It does, for this reason.
    Yes(String),
    /// Its rows tell.
    AskRows,
}

impl HoldPaper {
    /// The bytes that are stored and hashed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a stored document.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let paper: HoldPaper = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if paper.format != FORMAT {
            return Err(format!("it has format {}, not {FORMAT}", paper.format));
        }
        paper.check()?;
        Ok(paper)
    }

    /// What is wrong with what a person asked for.
    pub fn check(&self) -> Result<(), String> {
        let sound = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if self.id.is_empty() || self.id.len() > HOLD_ID_BYTES_MAX || !self.id.chars().all(sound) {
            return Err(format!(
                "`{}` is no name of a hold: write up to {HOLD_ID_BYTES_MAX} letters, digits, `.`, `_` or `-`",
                self.id
            ));
        }
        if self.reason.trim().is_empty() || self.reason.len() > HOLD_REASON_BYTES_MAX {
            return Err(format!(
                "a hold needs a reason, of {HOLD_REASON_BYTES_MAX} bytes at most"
            ));
        }
        match &self.action {
            HoldAction::Add { scope, .. } => scope.check(),
            HoldAction::Release => Ok(()),
        }
    }
}

impl HoldScope {
    fn check(&self) -> Result<(), String> {
        match self {
            HoldScope::Identities(names) | HoldScope::Sources(names) => {
                if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
                    return Err("a hold by name needs names".to_owned());
                }
                if names.len() > HOLD_NAMES_MAX {
                    return Err(format!("a hold has {HOLD_NAMES_MAX} names at most"));
                }
                Ok(())
            }
            HoldScope::Days { from, to } if from > to => {
                Err(format!("the days from {from} to {to} are none"))
            }
            HoldScope::Days { .. } | HoldScope::All => Ok(()),
        }
    }

    /// Whether a file is kept. `times` are those of the events in its commit. Where it cannot be
    /// told, it is.
    pub fn touches(&self, place: &FilePlace<'_>, times: Option<TimeRange>) -> Touch {
        match self {
            HoldScope::All => Touch::Yes("everything is held".to_owned()),
            HoldScope::Identities(_) => Touch::AskRows,
            HoldScope::Sources(names) => {
                if place.source.is_none() {
                    let why = format!("files of {} have rows of every source", place.dataset);
                    return Touch::Yes(why);
                }
                let name = names.iter().find(|name| place.is_of_source(name));
                name.map_or(Touch::No, |name| Touch::Yes(format!("it is of {name}")))
            }
            HoldScope::Days { from, to } => {
                let days = format!("{from} to {to}");
                if (*from..=*to).contains(&place.day) {
                    return Touch::Yes(format!("it was archived on a day of {days}"));
                }
                match times {
                    None => Touch::Yes(format!(
                        "it has no event that could tell whether it is of {days}"
                    )),
                    Some(times) if times.earliest < to.end() && times.latest >= from.begin() => {
                        Touch::Yes(format!("events in it may be of {days}"))
                    }
                    Some(_) => Touch::No,
                }
            }
        }
    }
}

/// For people: `identities jane@corp.example`, `days 2026-03-01 to 2026-03-31`.
impl fmt::Display for HoldScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HoldScope::Identities(names) => write!(f, "identities {}", names.join(", ")),
            HoldScope::Sources(names) => write!(f, "sources {}", names.join(", ")),
            HoldScope::Days { from, to } => write!(f, "days {from} to {to}"),
            HoldScope::All => f.write_str("everything"),
        }
    }
}

impl Holds {
    /// Takes the next document. Two holds of one name both stand until the name is released.
    pub fn take(&mut self, paper: HoldPaper, document: &str, sha256: Sha256Hash) {
        match paper.action {
            HoldAction::Add { scope, known } => self.0.push(HoldInForce {
                id: paper.id,
                reason: paper.reason,
                scope,
                known,
                by: paper.by,
                at: paper.at,
                document: document.to_owned(),
                sha256,
            }),
            HoldAction::Release => self.0.retain(|hold| hold.id != paper.id),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &HoldInForce> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|hold| hold.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Span;

    fn add(id: &str, scope: HoldScope) -> HoldPaper {
        HoldPaper {
            format: FORMAT,
            number: 0,
            id: id.to_owned(),
            action: HoldAction::Add {
                scope,
                known: Vec::new(),
            },
            reason: "a case".to_owned(),
            by: "counsel".to_owned(),
            at: Timestamp::default(),
        }
    }

    fn release(id: &str) -> HoldPaper {
        HoldPaper {
            action: HoldAction::Release,
            ..add(id, HoldScope::All)
        }
    }

    #[test]
    fn a_hold_is_in_force_until_its_name_is_released() {
        let hash = Sha256Hash::of(b"");
        let mut holds = Holds::default();
        for paper in [
            add("a", HoldScope::All),
            add("b", HoldScope::Sources(vec!["okta".to_owned()])),
            add("a", HoldScope::Sources(vec!["github".to_owned()])),
            release("c"),
        ] {
            holds.take(paper, "holds/x.json", hash);
        }
        assert!(holds.has("a") && holds.has("b") && !holds.has("c"));
        assert_eq!(holds.iter().count(), 3);
        holds.take(release("a"), "holds/x.json", hash);
        assert!(!holds.has("a"));
        assert_eq!(holds.iter().count(), 1);
        holds.take(add("a", HoldScope::All), "holds/x.json", hash);
        assert!(holds.has("a"));
    }

    #[test]
    fn a_document_is_read_as_it_was_written_and_a_broken_one_is_refused() {
        let paper = add(
            "CASE-17",
            HoldScope::Identities(vec!["jane@corp.example".to_owned()]),
        );
        let bytes = paper.to_bytes().expect("bytes");
        assert_eq!(HoldPaper::parse(&bytes), Ok(paper.clone()));
        assert_eq!(bytes.last(), Some(&b'\n'));
        for wrong in [
            HoldPaper {
                format: 2,
                ..paper.clone()
            },
            HoldPaper {
                id: "../x".to_owned(),
                ..paper.clone()
            },
            HoldPaper {
                id: String::new(),
                ..paper.clone()
            },
            HoldPaper {
                reason: " ".to_owned(),
                ..paper.clone()
            },
            add("a", HoldScope::Sources(Vec::new())),
            add("a", HoldScope::Identities(vec![" ".to_owned()])),
            add(
                "a",
                HoldScope::Days {
                    from: "2026-03-02".parse().expect("day"),
                    to: "2026-03-01".parse().expect("day"),
                },
            ),
        ] {
            assert!(
                HoldPaper::parse(&wrong.to_bytes().expect("bytes")).is_err(),
                "{wrong:?}"
            );
        }
        assert!(HoldPaper::parse(b"{}").is_err());
    }

    #[test]
    fn a_range_keeps_what_may_be_of_its_days() {
        let day = |text: &str| -> Day { text.parse().expect("day") };
        let scope = HoldScope::Days {
            from: day("2026-03-02"),
            to: day("2026-03-03"),
        };
        let at = |from: &str, to: &str| {
            Some(TimeRange {
                earliest: from.parse().expect("time"),
                latest: to.parse().expect("time"),
            })
        };
        let check = |archived: &str, times: Option<TimeRange>, held: bool| {
            let path = format!("events/day={archived}/source=okta/x.parquet");
            let place = FilePlace::of(&path).expect("place");
            let touch = scope.touches(&place, times);
            assert_eq!(matches!(touch, Touch::Yes(_)), held, "{archived} {times:?}");
        };
        let before = at("2026-02-01T00:00:00Z", "2026-03-01T23:59:59.999999Z");
        check("2026-03-02", before, true);
        check("2026-03-04", before, false);
        check("2026-03-04", None, true);
        check(
            "2026-03-04",
            at("2026-03-03T23:59:59Z", "2026-03-05T00:00:00Z"),
            true,
        );
        check(
            "2026-03-04",
            at("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"),
            false,
        );
        check(
            "2026-03-04",
            at("2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            true,
        );
        check("2026-03-01", before, false);
        let last = Timestamp::LAST + Span::DAY;
        assert!(
            last <= Timestamp::LAST,
            "the end of days does not turn over"
        );
    }

    #[test]
    fn a_source_keeps_its_events_and_all_that_mixes_sources() {
        let scope = HoldScope::Sources(vec!["okta".to_owned()]);
        let touch = |path: &str| scope.touches(&FilePlace::of(path).expect("place"), None);
        let held = |path| matches!(touch(path), Touch::Yes(_));
        assert!(held("events/day=2026-03-01/source=okta/x"));
        assert!(held("events/day=2026-03-01/source=okta@eu/x"));
        assert!(held("access/day=2026-03-01/access.parquet"));
        assert_eq!(touch("events/day=2026-03-01/source=github/x"), Touch::No);
    }
}
