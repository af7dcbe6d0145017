//! `rules/redaction.toml`, and a file of the user's in the same form: what secrets look like.

use crate::model::Text;
use crate::model::redaction::{Pattern, PatternFile, Shape, Written};

use super::Checked;
use super::field::Field;
use super::problem::Problems;
use super::sheet::{Sheet, Table};

/// The name of ours in messages.
const BUILTIN_NAME: &str = "rules/redaction.toml";
const BUILTIN: &str = include_str!("../../rules/redaction.toml");

/// The patterns that come with the program.
pub fn builtin() -> PatternFile {
    let parsed = parse(BUILTIN_NAME, BUILTIN);
    parsed
        .expect("our own file is sound: a test reads it")
        .value
}

/// Reads the text of a file of patterns. Whether the patterns themselves make sense is told when
/// they are compiled.
pub fn parse(file: &str, text: &str) -> Result<Checked<PatternFile>, Problems> {
    let sheet = Sheet::parse(file, text)?;
    let mut root = sheet.root();
    let tables = root.field("pattern").map(|field| field.tables());
    let patterns = tables.unwrap_or_default().into_iter().filter_map(pattern);
    let patterns = patterns.collect();
    let placeholders = root.field("placeholders");
    let placeholders = placeholders
        .map(|field| written(&field))
        .unwrap_or_default();
    root.finish();
    sheet.finish(PatternFile {
        name: Text::from(file),
        patterns,
        placeholders: placeholders.into_iter().map(|it| it.text).collect(),
    })
}

/// `None` where something is wrong, and said.
fn pattern(mut table: Table<'_>) -> Option<Pattern> {
    let id = table.required(
        "id",
        "write id = \"corp-token\": it stands in what replaces the secret",
    );
    let id = id.and_then(|field| one(&field));
    let what = table.required(
        "what",
        "write what = \"…\": what kind of secret it is, for people",
    );
    let what = what.and_then(|field| field.text().map(Text::from));
    let shape = shape(&mut table);
    let unless = table.field("unless").and_then(|field| one(&field));
    let except = texts(&mut table, "except").into_iter();
    let except = except.map(|it| it.text).collect();
    let matches = texts(&mut table, "matches");
    let misses = texts(&mut table, "misses");
    // Where the form of a token is from; for whoever maintains the file.
    table.field("see").and_then(|field| field.text());
    table.finish();
    Some(Pattern {
        id: id?,
        what: what?,
        shape: shape?,
        unless,
        except,
        matches,
        misses,
    })
}

fn shape(table: &mut Table<'_>) -> Option<Shape> {
    let fields = table.field("fields");
    let regex = table.field("regex");
    let keywords = table.field("keywords");
    if let Some(fields) = fields {
        if table.has("regex") || table.has("keywords") {
            let hint =
                "keep `fields`, or `regex` with `keywords`; give the other a pattern of its own";
            table.wrong_at(
                &["fields", "regex", "keywords"],
                "stands beside `fields`",
                hint,
            );
            return None;
        }
        let names = written(&fields);
        return (!names.is_empty()).then_some(Shape::Fields(names));
    }
    let hint = "write regex = '…' with the secret in one group, or fields = [\"…\"] for values of \
                JSON fields";
    if regex.is_none() {
        table.wrong(
            "finds nothing: it has no `regex` and no `fields`",
            Some(hint.to_owned()),
        );
    }
    let regex = one(&regex?);
    if keywords.is_none() {
        let hint = "write keywords = [\"…\"]: texts of which every match holds one, so that records \
                    without any are passed over";
        table.wrong("has no `keywords`", Some(hint.to_owned()));
    }
    let keywords = written(&keywords?);
    (!keywords.is_empty()).then_some(Shape::Text {
        regex: regex?,
        keywords,
    })
}

fn texts(table: &mut Table<'_>, key: &str) -> Vec<Written> {
    table
        .field(key)
        .map(|field| written(&field))
        .unwrap_or_default()
}

/// The texts of a list that must not be empty.
fn written(field: &Field<'_>) -> Vec<Written> {
    let list = field.list();
    if list.is_some_and(|list| list.is_empty()) {
        field.report("is empty", "write at least one text, or leave the key out");
    }
    let texts = field.texts().into_iter();
    let written = texts.map(|(item, text)| Written {
        text: Text::from(text),
        line: item.line(),
    });
    written.collect()
}

fn one(field: &Field<'_>) -> Option<Written> {
    Some(Written {
        text: Text::from(field.text()?),
        line: field.line(),
    })
}
