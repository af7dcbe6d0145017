//! A TOML document with its positions, and the collection of what is wrong with it.
//!
//! Reading goes on after a problem: a writer wants all of them at once. A table remembers which
//! keys it was asked for, so what nobody asked for is an unknown key.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::Text;

use super::Checked;
use super::field::Field;
use super::problem::{Level, Problem, Problems};
use super::suggest;

/// How much of a value a message repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// One file while it is read.
pub(super) struct Sheet<'i> {
    file: Text,
    text: &'i str,
    /// Where each line begins.
    lines: Vec<usize>,
    root: Spanned<DeTable<'i>>,
    found: RefCell<Vec<Problem>>,
}

/// One table while it is read.
pub(super) struct Table<'s> {
    sheet: &'s Sheet<'s>,
    entries: &'s DeTable<'s>,
    /// Its full name; empty for the document itself.
    name: String,
    line: usize,
    asked: Vec<String>,
}

impl<'i> Sheet<'i> {
    pub(super) fn parse(file: &str, text: &'i str) -> Result<Self, Problems> {
        let lines: Vec<usize> = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(place, _)| place + 1))
            .collect();
        match DeTable::parse(text) {
            Ok(root) => Ok(Sheet {
                file: Text::from(file),
                text,
                lines,
                root,
                found: RefCell::default(),
            }),
            Err(error) => {
                let message = format!("this is no TOML: {}", error.message().replace('\n', ", "));
                let mut problem = Problem::of_file(file, message, None);
                problem.line = error.span().map_or(0, |span| line_of(&lines, span.start));
                Err(Problems(vec![problem]))
            }
        }
    }

    pub(super) fn root(&self) -> Table<'_> {
        Table {
            sheet: self,
            entries: self.root.get_ref(),
            name: String::new(),
            line: 1,
            asked: Vec::new(),
        }
    }

    /// The value, unless there was a problem.
    pub(super) fn finish<T>(self, value: T) -> Result<Checked<T>, Problems> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| (a.line, &a.key, &a.message).cmp(&(b.line, &b.key, &b.message)));
        let (problems, notes): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|problem| problem.level == Level::Problem);
        if problems.is_empty() {
            Ok(Checked { value, notes })
        } else {
            Err(Problems(problems))
        }
    }

    pub(super) fn report(
        &self,
        level: Level,
        (line, key): (usize, &str),
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.found.borrow_mut().push(Problem {
            level,
            file: self.file.clone(),
            line,
            key: key.to_owned(),
            message: message.into(),
            hint,
        });
    }

    pub(super) fn line_at(&self, span: &Range<usize>) -> usize {
        line_of(&self.lines, span.start)
    }

    /// The text of a span as it was written, cut where it is long.
    pub(super) fn written(&self, span: &Range<usize>) -> String {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let line = written.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(SHOWN_CHARS_MAX).collect();
        if shown.len() < written.len() {
            format!("{shown}…")
        } else {
            shown
        }
    }
}

impl<'s> Table<'s> {
    pub(super) fn over(
        sheet: &'s Sheet<'s>,
        entries: &'s DeTable<'s>,
        name: String,
        line: usize,
    ) -> Self {
        Table {
            sheet,
            entries,
            name,
            line,
            asked: Vec::new(),
        }
    }

    /// The field of a key that may be absent.
    pub(super) fn field(&mut self, key: &str) -> Option<Field<'s>> {
        self.asked.push(key.to_owned());
        let (name, value) = self.entries.get_key_value(key)?;
        Some(self.field_of(name, value))
    }

    /// The field of a key that must be there.
    pub(super) fn required(&mut self, key: &str, hint: &str) -> Option<Field<'s>> {
        let field = self.field(key);
        if field.is_none() {
            let name = self.name_of(key);
            let hint = Some(hint.to_owned());
            self.sheet
                .report(Level::Problem, (self.line, &name), "is missing", hint);
        }
        field
    }

    /// A table that may be absent.
    pub(super) fn table(&mut self, key: &str) -> Option<Table<'s>> {
        self.field(key)?.table()
    }

    /// All fields, whatever their keys: for tables whose keys are the writer's own names.
    pub(super) fn named(&mut self) -> Vec<(String, Field<'s>)> {
        let mut fields = Vec::new();
        for (name, value) in self.entries {
            self.asked.push(name.get_ref().to_string());
            fields.push((name.get_ref().to_string(), self.field_of(name, value)));
        }
        fields
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Reports a problem of the table as a whole.
    pub(super) fn wrong(&self, message: impl Into<String>, hint: Option<String>) {
        self.sheet
            .report(Level::Problem, (self.line, &self.name), message, hint);
    }

    /// Reports a problem between several keys, at the last of them that is written.
    pub(super) fn wrong_at(&self, keys: &[&str], message: impl Into<String>, hint: &str) {
        let written = keys
            .iter()
            .rev()
            .find_map(|key| self.entries.get_key_value(*key));
        let (line, key) = written.map_or((0, String::new()), |(name, _)| {
            (
                self.sheet.line_at(&name.span()),
                self.name_of(name.get_ref()),
            )
        });
        let hint = Some(hint.to_owned());
        self.sheet
            .report(Level::Problem, (line, &key), message, hint);
    }

    pub(super) fn note(&self, message: impl Into<String>) {
        self.sheet
            .report(Level::Note, (self.line, &self.name), message, None);
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self) {
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        for name in self.entries.keys() {
            let key: &str = name.get_ref();
            if !known.contains(&key) {
                let line = self.sheet.line_at(&name.span());
                let full = self.name_of(key);
                let hint = Some(suggest::hint(key, &known));
                self.sheet
                    .report(Level::Problem, (line, &full), "is not a key here", hint);
            }
        }
    }

    fn field_of(
        &self,
        name: &'s Spanned<std::borrow::Cow<'s, str>>,
        value: &'s Spanned<DeValue<'s>>,
    ) -> Field<'s> {
        let line = self.sheet.line_at(&name.span());
        Field::new(self.sheet, self.name_of(name.get_ref()), line, value)
    }

    fn name_of(&self, key: &str) -> String {
        let bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        let key = if key.chars().all(bare) && !key.is_empty() {
            key.to_owned()
        } else {
            format!("{key:?}")
        };
        if self.name.is_empty() {
            key
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

/// The number of the line that holds the byte at `place`, from 1.
fn line_of(lines: &[usize], place: usize) -> usize {
    lines.partition_point(|begin| *begin <= place)
}
