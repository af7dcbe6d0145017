//! How a mapping says where a value stands: paths, alternatives, templates and conditions.

use regex::Regex;

use super::function::Function;

/// Alternatives, of which the first that is present counts.
#[derive(Debug, Clone, Default)]
pub struct Value(pub Vec<Alternative>);

#[derive(Debug, Clone)]
pub struct Alternative {
    pub when: Vec<Condition>,
    pub source: Source,
    pub functions: Vec<Function>,
}

#[derive(Debug, Clone)]
pub enum Source {
    Literal(String),
    Path(Path),
    /// Absent where one of its parts is.
    Template(Vec<Part>),
}

#[derive(Debug, Clone)]
pub enum Part {
    Literal(String),
    Path(Path, Vec<Function>),
}

#[derive(Debug, Clone)]
pub struct Path {
    pub from: Start,
    pub steps: Vec<Step>,
    /// Names alone, without alternatives or choices: leads to one value at most.
    pub plain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The element of the `each` list, or the record where there is none.
    Item,
    Record,
    /// What the rule's own `each` leads to.
    Element,
}

#[derive(Debug, Clone)]
pub struct Step {
    /// The first of these fields that is there and not null.
    pub fields: Vec<String>,
    pub choice: Choice,
}

#[derive(Debug, Clone)]
pub enum Choice {
    Itself,
    /// `[]`: each element.
    Each,
    /// `[type=User|Admin]`: the elements whose field has one of these values.
    Where {
        field: String,
        values: Vec<String>,
    },
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub negated: bool,
    pub value: Value,
    pub test: Test,
}

#[derive(Debug, Clone)]
pub enum Test {
    Present,
    OneOf(Vec<String>),
    Matches(Regex),
    /// The same text as that of another value.
    Equals(Value),
}

impl Value {
    /// Where the first alternative leads, if that is a path.
    pub fn path(&self) -> Option<&Path> {
        self.0.first().and_then(|first| first.paths().next())
    }
}

impl Path {
    pub fn new(from: Start, steps: Vec<Step>) -> Self {
        let is_plain =
            |step: &Step| step.fields.len() == 1 && matches!(step.choice, Choice::Itself);
        let plain = steps.iter().all(is_plain);
        Path { from, steps, plain }
    }
}

impl Alternative {
    /// The paths that are read for it.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let parts = match &self.source {
            Source::Template(parts) => parts.as_slice(),
            Source::Literal(_) | Source::Path(_) => &[],
        };
        let filled = parts.iter().filter_map(|part| match part {
            Part::Path(path, _) => Some(path),
            Part::Literal(_) => None,
        });
        let itself = match &self.source {
            Source::Path(path) => Some(path),
            Source::Literal(_) | Source::Template(_) => None,
        };
        itself.into_iter().chain(filled)
    }
}
