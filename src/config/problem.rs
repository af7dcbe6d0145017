//! What is wrong with a file, in the words that its writer needs to mend it.

use std::fmt;

use serde::Serialize;

use crate::model::Text;

/// One thing wrong at one place of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub level: Level,
    pub file: Text,
    /// From 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// The key's full name, such as `kafka.brokers`; empty for an error of syntax.
    pub key: String,
    /// What is wrong, as the rest of a sentence that begins with the key.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The program refuses to start.
    Problem,
    /// The program starts; the writer may expect more than happens.
    Note,
}

/// Every problem found, by file and line; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// A problem of the file as a whole.
    pub fn of_file(file: &str, message: impl Into<String>, hint: Option<String>) -> Self {
        Problem {
            level: Level::Problem,
            file: Text::from(file),
            line: 0,
            key: String::new(),
            message: message.into(),
            hint,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        f.write_str(": ")?;
        if self.level == Level::Note {
            f.write_str("note: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}` ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}
