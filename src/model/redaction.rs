//! What secrets look like, as people write it down: the words of `rules/redaction.toml` and of a
//! file of the user's in the same form.

use super::Text;

/// A text with the line on which it stands, for messages; from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: Text,
    pub line: usize,
}

/// A kind of secret, and how it is told from other text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Stands in what replaces the secret, in a column of the archive, and in a metric.
    pub id: Written,
    /// What it is, for people.
    pub what: Text,
    pub shape: Shape,
    /// A secret that this regular expression matches is none, such as a word where a token would be.
    pub unless: Option<Written>,
    /// Sources in whose records it is no secret.
    pub except: Vec<Text>,
    /// Texts with the secret between `«` and `»`: exactly that is replaced.
    pub matches: Vec<Written>,
    /// Texts of which nothing is replaced.
    pub misses: Vec<Written>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A regular expression whose only group is the secret. It is tried on texts that hold one of
    /// the keywords, in whatever case.
    Text {
        regex: Written,
        keywords: Vec<Written>,
    },
    /// The value of a JSON field of one of these names. Letters' case, `_` and `-` make no
    /// difference.
    Fields(Vec<Written>),
}

/// One file of patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatternFile {
    /// As messages name it.
    pub name: Text,
    pub patterns: Vec<Pattern>,
    /// Words that stand where a secret was, in whatever case: nothing is hidden by replacing them.
    pub placeholders: Vec<Text>,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternMistake {
    pub file: Text,
    pub line: usize,
    /// Such as `pattern.regex`.
    pub key: &'static str,
    /// The rest of a sentence that begins with the key.
    pub message: String,
    pub hint: String,
}

impl Written {
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
