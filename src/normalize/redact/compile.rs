//! Patterns as written, made ready for use, with every mistake of them.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::scan::{Call, Keywords};
use super::{Compiled, Redaction, key};
use crate::model::Text;
use crate::model::limits::{
    REDACTION_ID_BYTES_MAX, REDACTION_PATTERNS_MAX, REDACTION_REGEX_BYTES_MAX,
};
use crate::model::redaction::{Pattern, PatternFile, PatternMistake, Shape, Written};

/// A shorter keyword stands in almost every record.
const KEYWORD_BYTES_MIN: usize = 3;

/// What is being put together.
#[derive(Default)]
struct Parts {
    patterns: Vec<Compiled>,
    ids: BTreeSet<Text>,
    /// In small letters, in an order of their own: the same patterns give the same numbers.
    calls: BTreeMap<String, Call>,
    mistakes: Vec<PatternMistake>,
}

pub(super) fn compile(
    files: &[PatternFile],
    disabled: &[Text],
) -> Result<Redaction, Vec<PatternMistake>> {
    let mut parts = Parts::default();
    for file in files {
        for pattern in &file.patterns {
            parts.add(&file.name, pattern, disabled);
        }
    }
    let (keywords, calls): (Vec<String>, Vec<Call>) = parts.calls.into_iter().unzip();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        // For so many keywords the library would choose what is smaller and slower.
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(&keywords);
    let mut mistakes = parts.mistakes;
    let placeholders = files.iter().flat_map(|file| file.placeholders.clone());
    match automaton {
        Ok(automaton) if mistakes.is_empty() => Ok(Redaction {
            patterns: parts.patterns,
            keywords: Keywords::new(automaton, calls),
            placeholders: placeholders.collect(),
        }),
        Ok(_) => Err(mistakes),
        Err(error) => {
            let name = files.last().map(|file| file.name.clone());
            mistakes.push(PatternMistake {
                file: name.unwrap_or_default(),
                line: 0,
                key: "pattern.keywords",
                message: format!("are too many: {error}"),
                hint: "keep those that are needed".to_owned(),
            });
            Err(mistakes)
        }
    }
}

impl Parts {
    fn add(&mut self, file: &Text, pattern: &Pattern, disabled: &[Text]) {
        let before = self.mistakes.len();
        self.check_id(file, &pattern.id);
        let number = self.patterns.len();
        let (regex, calls) = match &pattern.shape {
            Shape::Text { regex, keywords } => {
                let calls = keywords.iter().map(|it| (it, vec![it.text.to_lowercase()]));
                let calls: Vec<_> = calls.collect();
                (self.secret_regex(file, regex), calls)
            }
            Shape::Fields(names) => {
                let calls = names.iter().map(|it| (it, spellings(&it.text)));
                (None, calls.collect())
            }
        };
        let unless = pattern.unless.as_ref();
        let unless = unless.and_then(|it| self.regex(file, "pattern.unless", it));
        for (written, keywords) in &calls {
            self.check_keyword(file, &pattern.shape, written, keywords);
        }
        // A pattern that is turned off is checked all the same.
        if self.mistakes.len() > before || disabled.contains(&pattern.id.text) {
            return;
        }
        for keyword in calls.into_iter().flat_map(|(_, keywords)| keywords) {
            let call = self.calls.entry(keyword).or_default();
            match &pattern.shape {
                Shape::Text { .. } => call.texts.push(number),
                Shape::Fields(_) => call.field = call.field.or(Some(number)),
            }
        }
        self.patterns.push(Compiled {
            id: pattern.id.text.clone(),
            regex,
            unless,
            except: pattern.except.clone(),
        });
    }

    fn check_id(&mut self, file: &Text, id: &Written) {
        if !key::is_id(id.text.as_bytes()) || id.text.len() > REDACTION_ID_BYTES_MAX {
            let message = format!("is `{}`, which cannot be an id", id.text);
            let hint = format!(
                "write small letters, digits and `-`, at most {REDACTION_ID_BYTES_MAX} of them"
            );
            self.wrong(file, ("pattern.id", id.line), message, &hint);
        } else if !self.ids.insert(id.text.clone()) {
            let message = format!("is `{}`, which another pattern has", id.text);
            let hint = "give each pattern an id of its own; to replace one of ours, turn it off \
                        with `disable` and give yours another id";
            self.wrong(file, ("pattern.id", id.line), message, hint);
        } else if self.ids.len() > REDACTION_PATTERNS_MAX {
            let message =
                format!("is that of a pattern beyond the limit of {REDACTION_PATTERNS_MAX}");
            self.wrong(file, ("pattern.id", id.line), message, "join some of them");
        }
    }

    fn check_keyword(&mut self, file: &Text, shape: &Shape, written: &Written, as_read: &[String]) {
        let key = match shape {
            Shape::Text { .. } => "pattern.keywords",
            Shape::Fields(_) => "pattern.fields",
        };
        if as_read.iter().any(|it| it.len() < KEYWORD_BYTES_MIN) {
            let message = format!("has `{}`, which is too short", written.text);
            let hint = format!(
                "write {KEYWORD_BYTES_MIN} letters or more: what stands in every record sorts out none"
            );
            self.wrong(file, (key, written.line), message, &hint);
        }
        if written.text.contains(['"', '\\']) && key == "pattern.fields" {
            let message = format!("has `{}`, which no field is called", written.text);
            self.wrong(file, (key, written.line), message, "write the bare name");
        }
    }

    /// A regular expression with the secret as its only group.
    fn secret_regex(&mut self, file: &Text, written: &Written) -> Option<Regex> {
        let key = "pattern.regex";
        let regex = self.regex(file, key, written)?;
        let groups = regex.captures_len() - 1;
        if groups != 1 {
            let message = format!("has {groups} groups");
            let hint = "put the secret, and nothing else, into one `(…)`; other groups are `(?:…)`";
            self.wrong(file, (key, written.line), message, hint);
        }
        if regex.is_match(b"") {
            let hint = "say how long the secret is at least, such as `{20,}`";
            let message = "matches an empty text";
            self.wrong(file, (key, written.line), message.to_owned(), hint);
        }
        Some(regex)
    }

    fn regex(&mut self, file: &Text, key: &'static str, written: &Written) -> Option<Regex> {
        let regex = RegexBuilder::new(&written.text)
            .unicode(false)
            .size_limit(REDACTION_REGEX_BYTES_MAX)
            .build();
        match regex {
            Ok(regex) => Some(regex),
            Err(error) => {
                let shown = error.to_string();
                let why = shown.lines().last().unwrap_or_default();
                let why = why.trim_start_matches("error: ");
                let message = format!("is no regular expression: {why}");
                let hint = "the syntax is that of https://docs.rs/regex, without Unicode classes: \
                            it reads bytes";
                self.wrong(file, (key, written.line), message, hint);
                None
            }
        }
    }

    fn wrong(
        &mut self,
        file: &Text,
        (key, line): (&'static str, usize),
        message: String,
        hint: &str,
    ) {
        self.mistakes.push(PatternMistake {
            file: file.clone(),
            line,
            key,
            message,
            hint: hint.to_owned(),
        });
    }
}

/// `client_secret` is also `client-secret` and `clientSecret`, whose case makes no difference.
fn spellings(name: &str) -> Vec<String> {
    let name = name.to_lowercase().replace('-', "_");
    let spellings = [
        name.clone(),
        name.replace('_', "-"),
        name.replace('_', ""),
        // As headers are told in environments and in CGI.
        name.replace('_', " "),
    ];
    let distinct: BTreeSet<String> = spellings.into_iter().collect();
    distinct.into_iter().collect()
}
