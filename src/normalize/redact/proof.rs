//! The examples of patterns, tried on them.

use std::sync::Arc;

use super::{Redaction, RedactionKey, Redactor};
use crate::model::redaction::{Pattern, PatternFile, PatternMistake, Written};

const OPEN: char = '«';
const CLOSE: char = '»';
/// What stands for letters and digits in examples is cut from this, again and again. No scanner of
/// code takes it for a leaked secret, as it would real ones.
const FILLING: &str = "Kq7Zx2Vb9Tn4Rm8Wc3Ly6Hd1Jf5Pg0SaEuNoIiQeUtDkXw";
const HEXADECIMAL_FILLING: &str = "5b0c9e2d7a4f1836";

/// An example, read.
pub(super) struct Example {
    before: String,
    secret: String,
    after: String,
}

/// Each pattern of the file is tried alone: what another one would find proves nothing of it. A
/// pattern that does not compile is left out, [`Redaction::compile`] tells of it.
pub(super) fn mistakes(file: &PatternFile) -> Vec<PatternMistake> {
    let mut mistakes = Vec::new();
    for pattern in &file.patterns {
        let alone = PatternFile {
            name: file.name.clone(),
            patterns: vec![pattern.clone()],
            placeholders: file.placeholders.clone(),
        };
        let Ok(redaction) = Redaction::compile(&[alone], &[]) else {
            continue;
        };
        let redactor = Redactor::new(Arc::new(redaction), RedactionKey::new(b"examples"));
        let tried = tried(&redactor, pattern);
        mistakes.extend(
            tried
                .into_iter()
                .map(|(key, line, message, hint)| PatternMistake {
                    file: file.name.clone(),
                    line,
                    key,
                    message,
                    hint: hint.to_owned(),
                }),
        );
    }
    mistakes
}

type Told = (&'static str, usize, String, &'static str);

fn tried(redactor: &Redactor, pattern: &Pattern) -> Vec<Told> {
    let mut told = Vec::new();
    if pattern.matches.is_empty() {
        let message = "is empty: nothing shows that the pattern finds anything".to_owned();
        let hint = "write at least one text, with the secret between « and »";
        told.push(("pattern.matches", pattern.id.line, message, hint));
    }
    if pattern.misses.is_empty() {
        let message = "is empty: nothing shows where the pattern stops".to_owned();
        let hint = "write at least one text that is like a secret and is none";
        told.push(("pattern.misses", pattern.id.line, message, hint));
    }
    for written in &pattern.matches {
        let line = written.line;
        match read(written) {
            None => {
                let message = format!("has `{}`, which marks no secret", written.text);
                let hint = "put the secret between « and », once";
                told.push(("pattern.matches", line, message, hint));
            }
            Some(example) => {
                if let Some(message) = fault(redactor, &example) {
                    let hint = "exactly what is between « and » is replaced; keywords and `unless` \
                                count too";
                    told.push(("pattern.matches", line, message, hint));
                }
            }
        }
    }
    for written in &pattern.misses {
        let mut raw = expand(&written.text).into_bytes();
        if !redactor.redact("", &mut raw).is_empty() {
            let became = String::from_utf8_lossy(&raw).into_owned();
            let message = format!("has a text that becomes `{became}`");
            let hint = "make the pattern narrower, or move the text to `matches`";
            told.push(("pattern.misses", written.line, message, hint));
        }
    }
    told
}

/// Why the example is not replaced as it says.
fn fault(redactor: &Redactor, example: &Example) -> Option<String> {
    let Example {
        before,
        secret,
        after,
    } = example;
    let mut raw = example.text().into_bytes();
    if redactor.redact("", &mut raw).is_empty() {
        return Some(format!(
            "has `{}`, of which nothing is replaced",
            example.text()
        ));
    }
    let became = String::from_utf8_lossy(&raw).into_owned();
    let inside = became
        .strip_prefix(before.as_str())
        .and_then(|rest| rest.strip_suffix(after.as_str()));
    // A number is put into quotes.
    let inside = inside.map(|inside| inside.trim_matches(['"', '\\']));
    let exact = inside.is_some_and(|inside| super::key::is_marker(inside.as_bytes()));
    (!exact || became.contains(secret.as_str()))
        .then(|| format!("has `{}`, which becomes `{became}`", example.text()))
}

impl Example {
    pub(super) fn text(&self) -> String {
        format!("{}{}{}", self.before, self.secret, self.after)
    }

    #[cfg(test)]
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }
}

/// `None` where there is not exactly one secret between the marks.
pub(super) fn read(written: &Written) -> Option<Example> {
    let text = expand(&written.text);
    let (before, rest) = text.split_once(OPEN)?;
    let (secret, after) = rest.split_once(CLOSE)?;
    let marks = [before, secret, after]
        .iter()
        .any(|part| part.contains([OPEN, CLOSE]));
    (!marks && !secret.is_empty()).then(|| Example {
        before: before.to_owned(),
        secret: secret.to_owned(),
        after: after.to_owned(),
    })
}

/// `<36>` stands for 36 letters and digits, `<32x>` for 32 hexadecimal digits.
fn expand(text: &str) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        expanded.push_str(before);
        let filled = after
            .split_once('>')
            .and_then(|(inside, rest)| Some((filling(inside)?, rest)));
        if let Some((filling, left)) = filled {
            expanded.push_str(&filling);
            rest = left;
        } else {
            expanded.push('<');
            rest = after;
        }
    }
    expanded.push_str(rest);
    expanded
}

fn filling(inside: &str) -> Option<String> {
    let (digits, letters) = match inside.strip_suffix('x') {
        Some(digits) => (digits, HEXADECIMAL_FILLING),
        None => (inside, FILLING),
    };
    let count: usize = digits.parse().ok().filter(|count| *count <= 4_096)?;
    Some(letters.chars().cycle().take(count).collect())
}
