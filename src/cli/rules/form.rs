//! The tests of a rule file as they are written, before they are checked. `rules/README.md` has
//! every key.

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_saphyr::{Error, Spanned};

use crate::config::{Problem, suggestion};

pub(super) type Words = Spanned<String>;

/// A rule file, with what is for the program and for people passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileForm {
    pub id: Words,
    #[serde(default, rename = "version")]
    _version: IgnoredAny,
    #[serde(default, rename = "title")]
    _title: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default, rename = "subject")]
    _subject: IgnoredAny,
    #[serde(default, rename = "parameters")]
    _parameters: IgnoredAny,
    #[serde(default, rename = "severity")]
    _severity: IgnoredAny,
    #[serde(default, rename = "remedy")]
    _remedy: IgnoredAny,
    #[serde(default, rename = "controls")]
    _controls: IgnoredAny,
    #[serde(default, rename = "readings")]
    _readings: IgnoredAny,
    #[serde(default)]
    pub records: IndexMap<String, Spanned<RecordForm>>,
    #[serde(default)]
    pub tests: Vec<Spanned<CaseForm>>,
}

/// A record that cases refer to by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordForm {
    pub source: Words,
    pub record: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseForm {
    pub name: Words,
    /// The text of a `policy.toml`.
    pub policy: Option<Words>,
    pub steps: Vec<Spanned<StepForm>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepForm {
    pub at: Option<Words>,
    pub advance: Option<Words>,
    pub say: Option<Words>,
    #[serde(default)]
    pub with: IndexMap<String, Value>,
    pub source: Option<Words>,
    pub record: Option<Value>,
    pub expect: Option<Vec<Spanned<ExpectForm>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectForm {
    pub rule: Option<Words>,
    pub subject: Words,
    pub status: Option<Words>,
    pub severity: Option<Words>,
    pub opened_at: Words,
    pub resolved_at: Option<Words>,
}

/// Where a mistake is: a file, and a line in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub line: usize,
}

pub(super) fn line_of<T>(spanned: &Spanned<T>) -> usize {
    usize::try_from(spanned.referenced.line()).unwrap_or_default()
}

impl Place<'_> {
    pub(super) fn problem(self, key: &str, message: impl Into<String>, hint: &str) -> Problem {
        Problem {
            line: self.line,
            key: key.to_owned(),
            ..Problem::of_file(self.file, message, Some(hint.to_owned()))
        }
    }
}

/// Reads the YAML; what is wrong with it stops the reading of this file.
pub(super) fn read(file: &str, text: &str) -> Result<FileForm, Problem> {
    serde_saphyr::from_str(text).map_err(|error| from_yaml(file, &error))
}

fn from_yaml(file: &str, error: &Error) -> Problem {
    let error = error.without_snippet();
    let line = error.location().map_or(0, |at| at.line());
    let place = Place {
        file,
        line: usize::try_from(line).unwrap_or_default(),
    };
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => place.problem(field, "is not a key here", &suggestion(field, expected)),
        Error::SerdeMissingField { field, .. } => {
            place.problem(field, "is missing", "rules/README.md lists the keys")
        }
        other => {
            let shown = other.to_string();
            let message = shown.lines().next().unwrap_or_default().to_owned();
            place.problem("", message, "rules/README.md shows the form")
        }
    }
}
