//! Secrets are replaced before a record is looked at: what is archived, told or kept never held
//! them.
//!
//! One scan for the patterns' keywords decides whether there is anything to do; most records end
//! there. The others are matched by the patterns whose keywords they hold, as they are and with
//! their escapes taken out, since JSON often wraps JSON. What is replaced is told by its place in
//! the record, so that the rest stays as it was received, byte for byte.

mod key;
mod escape;
mod field;
mod compile;
mod scan;
mod proof;

use std::sync::Arc;

use regex::bytes::Regex;

use crate::model::Text;
use crate::model::limits::REDACTION_PASSES_MAX;
use crate::model::redaction::{PatternFile, PatternMistake};

pub use key::RedactionKey;
use scan::Keywords;

/// Patterns, ready for use.
pub struct Redaction {
    patterns: Vec<Compiled>,
    keywords: Keywords,
    /// In small letters.
    placeholders: Vec<Text>,
}

/// A pattern that is ready for use.
struct Compiled {
    id: Text,
    /// `None` for fields, which are told by their names.
    regex: Option<Regex>,
    unless: Option<Regex>,
    /// Sources in which it is none.
    except: Vec<Text>,
}

/// Replaces secrets with one key. Cheap to clone.
#[derive(Clone)]
pub struct Redactor {
    redaction: Arc<Redaction>,
    key: RedactionKey,
}

/// A secret's place in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    from: usize,
    to: usize,
    pattern: usize,
    /// Quotes that must be put around the replacement, each with so many backslashes: a number
    /// becomes a text. `None` where the secret stands in a text.
    quotes: Option<usize>,
}

impl Redaction {
    /// All patterns of all files, less those whose ids are `disabled`. The patterns of an earlier
    /// file win where two find the same text.
    pub fn compile(
        files: &[PatternFile],
        disabled: &[Text],
    ) -> Result<Redaction, Vec<PatternMistake>> {
        compile::compile(files, disabled)
    }

    /// What the examples of these patterns say against them.
    pub fn mistakes(file: &PatternFile) -> Vec<PatternMistake> {
        proof::mistakes(file)
    }

    /// The ids in force, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &Text> {
        self.patterns.iter().map(|pattern| &pattern.id)
    }
}

/// Never shows the key.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} patterns", self.redaction.patterns.len())
    }
}

impl Redactor {
    pub fn new(redaction: Arc<Redaction>, key: RedactionKey) -> Self {
        Redactor { redaction, key }
    }

    /// Replaces what is secret in a record. The ids of what was, one for each place; none for
    /// almost every record, which is then untouched.
    ///
    /// `source` is the name of the record's source, without its instance.
    pub fn redact(&self, source: &str, raw: &mut Vec<u8>) -> Vec<Text> {
        let mut ids = Vec::new();
        // A replacement can make visible what was hidden beside it. Looking again until nothing is
        // found makes redacting what is redacted change nothing.
        for _ in 0..REDACTION_PASSES_MAX {
            let found = self.redaction.find(source, raw);
            if found.is_empty() {
                break;
            }
            *raw = self.replaced(raw, &found, &mut ids);
        }
        ids
    }

    fn replaced(&self, raw: &[u8], found: &[Found], ids: &mut Vec<Text>) -> Vec<u8> {
        let mut replaced = Vec::with_capacity(raw.len() + found.len() * 32);
        let mut at = 0;
        for found in found {
            // They stand apart and in order. One that did not would cost bytes of the record, and all
            // that is archived comes through here: it is left alone.
            let (Some(before), Some(secret), Some(pattern)) = (
                raw.get(at..found.from),
                raw.get(found.from..found.to),
                self.redaction.patterns.get(found.pattern),
            ) else {
                continue;
            };
            let id = pattern.id.clone();
            let quote = found.quotes.map_or(String::new(), |backslashes| {
                format!("{}\"", "\\".repeat(backslashes))
            });
            replaced.extend_from_slice(before);
            replaced.extend_from_slice(quote.as_bytes());
            let marker = self.key.marker(&id, &escape::plain(secret));
            replaced.extend_from_slice(marker.as_bytes());
            replaced.extend_from_slice(quote.as_bytes());
            ids.push(id);
            at = found.to;
        }
        replaced.extend(raw.iter().skip(at));
        replaced
    }
}

#[cfg(test)]
mod tests;
