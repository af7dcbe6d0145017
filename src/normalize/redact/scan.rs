//! Looking for secrets in one record.

use aho_corasick::AhoCorasick;
use memchr::memmem;

use super::escape::{self, Level};
use super::field::{self, Value};
use super::{Compiled, Found, Redaction, key};
use crate::model::limits::REDACTION_DEPTH_MAX;

/// A shorter number is more likely a count, or a yes or no, than a secret.
const NUMBER_DIGITS_MIN: usize = 4;

/// So many crosses and nothing else stand for a secret.
const CROSSES_MIN: usize = 4;

/// Finds all keywords of all patterns in one pass.
pub(super) struct Keywords {
    automaton: AhoCorasick,
    /// What each keyword calls for.
    calls: Vec<Call>,
}

/// What a keyword calls for, by number of the pattern.
#[derive(Default)]
pub(super) struct Call {
    /// Try these on the whole text.
    pub(super) texts: Vec<usize>,
    /// If the keyword is the name of a field, this is its value.
    pub(super) field: Option<usize>,
}

impl Keywords {
    pub(super) fn new(automaton: AhoCorasick, calls: Vec<Call>) -> Self {
        Keywords { automaton, calls }
    }
}

/// The record that is looked at.
struct Looked<'r> {
    source: &'r str,
    raw: &'r [u8],
    /// What was replaced in it before.
    markers: Vec<(usize, usize)>,
}

impl Redaction {
    /// Every secret, in the order of the record; no two overlap.
    pub(super) fn find(&self, source: &str, raw: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut level = Level::of(raw);
        let record = Looked {
            source,
            raw,
            markers: key::markers(raw),
        };
        let mut called = Vec::new();
        loop {
            let hidden = self.find_at(&level, &record, (&mut called, &mut found));
            if level.depth >= REDACTION_DEPTH_MAX || !hidden {
                break;
            }
            match level.unescaped() {
                Some(deeper) => level = deeper,
                None => break,
            }
        }
        apart(found)
    }

    /// Adds what one level shows. Whether another one may show more.
    fn find_at(
        &self,
        level: &Level<'_>,
        record: &Looked<'_>,
        (called, found): (&mut Vec<usize>, &mut Vec<Found>),
    ) -> bool {
        let text = &*level.text;
        called.clear();
        let mut hidden = false;
        let keywords = &self.keywords;
        for hit in keywords.automaton.find_overlapping_iter(text) {
            let Some(call) = keywords.calls.get(hit.pattern().as_usize()) else {
                continue;
            };
            for pattern in &call.texts {
                if !called.contains(pattern) {
                    called.push(*pattern);
                }
            }
            if let Some(pattern) = call.field {
                let named = field::named(text, (hit.start(), hit.end()));
                hidden |= named == field::Named::Hidden;
                if let field::Named::At(at) = named {
                    field::values(text, at, &mut |value| {
                        found.extend(self.secret(level, record, (pattern, value)));
                    });
                }
            }
        }
        for pattern in &*called {
            let regex = self.patterns.get(*pattern).and_then(|it| it.regex.as_ref());
            let captures = regex.into_iter().flat_map(|it| it.captures_iter(text));
            for secret in captures.filter_map(|captures| captures.get(1)) {
                let value = Value::within(secret.start(), secret.end());
                found.extend(self.secret(level, record, (*pattern, value)));
            }
        }
        hidden || !called.is_empty() || memmem::find(text, b"\\u").is_some()
    }

    /// The secret's place in the record, if it is one.
    fn secret(
        &self,
        level: &Level<'_>,
        record: &Looked<'_>,
        found: (usize, Value),
    ) -> Option<Found> {
        let Looked {
            source,
            raw,
            markers,
        } = record;
        let (pattern, Value { from, to, is_bare }) = found;
        let text = level.text.get(from..to)?;
        let compiled = self.patterns.get(pattern)?;
        let is_count = is_bare && text.len() < NUMBER_DIGITS_MIN;
        let is_excepted = compiled.except.iter().any(|it| **it == **source);
        if is_count || is_excepted || self.is_none(compiled, text) {
            return None;
        }
        let place = (level.place(from), level.place(to));
        let (from, to) = key::widened(markers, escape::sound(raw, place)?);
        if key::is_marker(raw.get(from..to)?) {
            return None;
        }
        Some(Found {
            from,
            to,
            pattern,
            // A quote of the record itself has no backslash, one of a text in it has one, of a text
            // in that three.
            quotes: is_bare.then_some((1 << level.depth) - 1),
        })
    }

    /// Whether the text is no secret: nothing, a word that stands for one, or what the pattern says
    /// is none.
    fn is_none(&self, pattern: &Compiled, text: &[u8]) -> bool {
        let inside = text.trim_ascii();
        let inside = inside
            .strip_prefix(b"[")
            .or_else(|| inside.strip_prefix(b"<"))
            .unwrap_or(inside);
        let inside = inside
            .strip_suffix(b"]")
            .or_else(|| inside.strip_suffix(b">"))
            .unwrap_or(inside);
        let stands_for = |word: &str| word.as_bytes().eq_ignore_ascii_case(inside);
        let is_mask = |byte: &u8| b"*.#-\xe2\x80\xa2".contains(byte);
        let is_cross = |byte: &u8| b"xX".contains(byte);
        inside.iter().all(is_mask)
            || (inside.len() >= CROSSES_MIN && inside.iter().all(is_cross))
            || self.placeholders.iter().any(|word| stands_for(word))
            || pattern.unless.as_ref().is_some_and(|it| it.is_match(text))
    }
}

/// Of overlapping places one that holds them all, named by the longest of those that begin first,
/// and among equals by the earliest pattern.
fn apart(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_unstable_by_key(|it| (it.from, std::cmp::Reverse(it.to), it.pattern));
    let mut apart: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match apart.last_mut() {
            Some(last) if next.from < last.to => last.to = last.to.max(next.to),
            _ => apart.push(next),
        }
    }
    apart
}
