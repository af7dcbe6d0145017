//! What is wrong with a mapping, for the person who writes it.

use std::fmt;

use serde_saphyr::Error;

/// One mistake in one file. Lines and columns count from 1; 0 where they are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    pub file: String,
    pub line: u64,
    pub column: u64,
    pub key: String,
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        write!(f, "{}\n  hint: {}", self.message, self.hint)
    }
}

/// A text that is no YAML, or whose keys are not those of a mapping.
pub fn from_yaml(file: &str, text: &str, error: &Error) -> MappingProblem {
    let error = error.without_snippet();
    let (line, column) = error
        .location()
        .map_or((0, 0), |at| (at.line(), at.column()));
    let (key, message, hint) = match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => (
            field.clone(),
            "no such key here".to_owned(),
            unknown_key_hint(field, expected),
        ),
        Error::SerdeMissingField { field, .. } => {
            let message = format!("the key `{field}` is missing");
            (
                (*field).to_owned(),
                message,
                "schemas/README.md lists the keys".to_owned(),
            )
        }
        other => {
            let shown = other.to_string();
            let message = shown.lines().next().unwrap_or_default().to_owned();
            (
                key_of_line(text, line),
                message,
                "schemas/README.md shows the form".to_owned(),
            )
        }
    };
    MappingProblem {
        file: file.to_owned(),
        line,
        column,
        key,
        message,
        hint,
    }
}

fn unknown_key_hint(field: &str, expected: &[&str]) -> String {
    let nearest = expected.iter().min_by_key(|known| distance(field, known));
    match nearest {
        Some(known) if distance(field, known) <= 1 + field.len() / 3 => {
            format!("did you mean `{known}`?")
        }
        _ => format!("write one of {}", expected.join(", ")),
    }
}

/// The nearest of `known` to a word that is not among them, as a hint.
pub fn nearest_hint(word: &str, known: &[&str]) -> String {
    unknown_key_hint(word, known)
}

fn key_of_line(text: &str, line: u64) -> String {
    let index = usize::try_from(line).unwrap_or_default().saturating_sub(1);
    let line = text.lines().nth(index).unwrap_or_default();
    line.split_once(':')
        .map(|(key, _)| key.trim().to_owned())
        .unwrap_or_default()
}

/// Levenshtein's distance, by one row.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
