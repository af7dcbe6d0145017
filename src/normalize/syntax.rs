//! The little language inside a mapping's strings, read into [`value`](super::value)'s terms.
//!
//! ```text
//! actor.alternateId                       a path
//! $.id.time                               from the record's root, where `each` names a list
//! target[type=User|AppUser].id            the element whose field says so, never by position
//! targets[].name                          each element
//! parameters[name=X].value|intValue       the first of these fields
//! p(X)                                    a shortcut of the mapping, `*` replaced
//! =Super Admin                            the text itself
//! {accountId}/{arn -> match([^/]+$)}      a template, absent where a part is
//! @.member                                from what the rule's own `each` leads to; `@` is that itself
//! claims."http://x.y/upn"                 a name with dots in it
//! arn -> match([^/]+$) -> lower           functions: `function.rs` has them all
//! path = A|B    path ~ regex    path present    path equals path    not …
//! ```

use indexmap::IndexMap;
use regex::Regex;

use super::function::Function;
use super::json::present;
use super::sql;
use super::value::{Alternative, Choice, Condition, Part, Path, Source, Start, Step, Test, Value};

/// What is wrong with a text, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxProblem {
    pub message: String,
    pub hint: String,
}

/// Shortcuts of a mapping: `p` is `parameters[name=*].value`.
pub type Shortcuts = IndexMap<String, String>;

fn problem(message: impl Into<String>, hint: impl Into<String>) -> SyntaxProblem {
    SyntaxProblem {
        message: message.into(),
        hint: hint.into(),
    }
}

pub fn read_alternative(text: &str, shortcuts: &Shortcuts) -> Result<Alternative, SyntaxProblem> {
    if let Some(literal) = text.strip_prefix('=') {
        return Ok(Alternative {
            when: Vec::new(),
            source: Source::Literal(literal.trim().to_owned()),
            functions: Vec::new(),
        });
    }
    let (head, functions) = split_functions(text);
    if let Some(expanded) = expand(head, shortcuts)? {
        let rest = text.get(head.len()..).unwrap_or_default();
        return read_alternative(&format!("{expanded}{rest}"), &Shortcuts::new());
    }
    let parts = functions.into_iter();
    let source = if head.contains('{') && !head.starts_with('"') {
        Source::Template(read_template(head, shortcuts)?)
    } else {
        Source::Path(read_path(head, shortcuts)?)
    };
    Ok(Alternative {
        when: Vec::new(),
        source,
        functions: parts
            .map(|text| read_function(text, shortcuts))
            .collect::<Result<_, _>>()?,
    })
}

/// All conditions of one text: `path = A|B`, `path ~ regex`, `path present`, each with `not`.
pub fn read_condition(text: &str, shortcuts: &Shortcuts) -> Result<Condition, SyntaxProblem> {
    let (negated, rest) = match text.trim().strip_prefix("not ") {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    let (value, test) = if let Some(value) = rest.strip_suffix(" present") {
        (value, Test::Present)
    } else if let Some((value, other)) = split_outside(rest, " equals ") {
        let other = read_alternative(other.trim(), shortcuts)?;
        (value, Test::Equals(Value(vec![other])))
    } else if let Some((value, pattern)) = split_outside(rest, " ~ ") {
        (value, Test::Matches(read_regex(pattern.trim())?))
    } else if let Some((value, values)) = split_outside(rest, " = ") {
        let values: Vec<String> = values
            .split('|')
            .map(|value| value.trim().to_owned())
            .collect();
        if let Some(absent) = values.iter().find(|value| present(value).is_none()) {
            return Err(problem(
                format!("`{absent}` counts as absent, so no value is ever equal to it"),
                "write `not path present` for what is absent",
            ));
        }
        (value, Test::OneOf(values))
    } else {
        return Err(problem(
            format!("`{text}` is no condition"),
            "write `path = A|B`, `path ~ regex`, `path equals path` or `path present`, with `not ` before it for the opposite",
        ));
    };
    Ok(Condition {
        negated,
        value: Value(vec![read_alternative(value.trim(), shortcuts)?]),
        test,
    })
}

/// At the first separator that is not within the arguments of a function.
fn split_outside<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let is_outside = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.matches('(').count() == before.matches(')').count()
    };
    let mut places = text.match_indices(separator).map(|(at, _)| at);
    // A regular expression may have single brackets.
    let at = places
        .find(|at| is_outside(*at))
        .or_else(|| text.find(separator))?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

pub fn read_path(text: &str, shortcuts: &Shortcuts) -> Result<Path, SyntaxProblem> {
    let expanded = expand(text, shortcuts)?;
    let text = expanded.as_deref().unwrap_or(text).trim();
    if text == "@" {
        return Ok(Path::new(Start::Element, Vec::new()));
    }
    let (from, text) = if let Some(rest) = text.strip_prefix("$.") {
        (Start::Record, rest)
    } else if let Some(rest) = text.strip_prefix("@.") {
        (Start::Element, rest)
    } else {
        (Start::Item, text)
    };
    let steps = split_unquoted(text, '.').into_iter().map(read_step);
    Ok(Path::new(from, steps.collect::<Result<_, _>>()?))
}

pub fn read_regex(text: &str) -> Result<Regex, SyntaxProblem> {
    Regex::new(text).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().to_owned();
        problem(
            format!("`{text}` is no regular expression: {why}"),
            "see docs.rs/regex for its syntax",
        )
    })
}

/// `p(NAME)` becomes the shortcut's path with `NAME` for its `*`.
fn expand(text: &str, shortcuts: &Shortcuts) -> Result<Option<String>, SyntaxProblem> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(None);
    };
    // A template or a quoted name may have brackets of its own.
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
    if !name.chars().all(is_name) {
        return Ok(None);
    }
    let Some(argument) = rest.strip_suffix(')') else {
        return Err(problem(
            format!("`{text}` lacks a `)`"),
            "write it as `name(ARGUMENT)`",
        ));
    };
    match shortcuts.get(name.trim()) {
        Some(path) => Ok(Some(path.replace('*', argument))),
        None => Err(problem(
            format!("`{name}` is no shortcut of this mapping"),
            "define it under `shortcuts`, as in `p: parameters[name=*].value`",
        )),
    }
}

/// At each separator that is not within brackets or quotation marks.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut quoted = false;
    text.split(|character| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == separator && depth == 0 && !quoted
    })
    .collect()
}

/// At the bracket that chooses elements, behind the names.
fn split_bracket(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = text.find(|character| {
        quoted ^= character == '"';
        character == '[' && !quoted
    })?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A value's path or template, and its functions.
fn split_functions(text: &str) -> (&str, Vec<&str>) {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut from = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(" -> ")) => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 4;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    let head = parts.remove(0);
    (head.trim_end(), parts)
}

fn read_step(text: &str) -> Result<Step, SyntaxProblem> {
    let (fields, choice) = match split_bracket(text) {
        None => (text, Choice::Itself),
        Some((fields, rest)) => {
            let Some(inside) = rest.strip_suffix(']') else {
                return Err(problem(
                    format!("`{text}` lacks a `]`"),
                    "write it as `list[field=value]`",
                ));
            };
            (fields, read_choice(inside)?)
        }
    };
    let fields: Vec<String> = split_unquoted(fields, '|')
        .into_iter()
        .map(|field| field.trim().trim_matches('"').to_owned())
        .collect();
    if fields.iter().any(String::is_empty) {
        return Err(problem(
            format!("`{text}` has an empty name in it"),
            "name each field, separated by single dots",
        ));
    }
    Ok(Step { fields, choice })
}

fn read_choice(inside: &str) -> Result<Choice, SyntaxProblem> {
    if inside.is_empty() {
        return Ok(Choice::Each);
    }
    match inside.split_once('=') {
        Some((field, values)) => Ok(Choice::Where {
            field: field.trim().to_owned(),
            values: values
                .split('|')
                .map(|value| value.trim().to_owned())
                .collect(),
        }),
        None => Err(problem(
            format!("`[{inside}]` chooses nothing"),
            "choose by a field (`[type=User]`) or take each (`[]`); positions change between records",
        )),
    }
}

fn read_template(text: &str, shortcuts: &Shortcuts) -> Result<Vec<Part>, SyntaxProblem> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((path, after)) = after.split_once('}') else {
            return Err(problem(
                format!("`{text}` lacks a `}}`"),
                "write it as `{path}/{path}`",
            ));
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let (path, functions) = split_functions(path);
        let functions = functions
            .into_iter()
            .map(|text| read_function(text, shortcuts));
        parts.push(Part::Path(
            read_path(path, shortcuts)?,
            functions.collect::<Result<_, _>>()?,
        ));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Ok(parts)
}

pub fn read_function(text: &str, shortcuts: &Shortcuts) -> Result<Function, SyntaxProblem> {
    let text = text.trim();
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')')),
        None => (text, None),
    };
    match (name, argument) {
        ("lower", None) => Ok(Function::Lower),
        ("upper", None) => Ok(Function::Upper),
        ("unescape", None) => Ok(Function::Unescape),
        ("json", None) => Ok(Function::Json(None)),
        ("json", Some(path)) => read_path(path, shortcuts).map(|path| Function::Json(Some(path))),
        ("match", Some(pattern)) => read_regex(pattern).map(Function::Match),
        ("split", Some(separator)) => Ok(Function::Split(separator.to_owned())),
        ("pair", Some(key)) => Ok(Function::Pair(key.trim().to_owned())),
        ("sql", Some(pattern)) => match sql::Pattern::parse(pattern) {
            Some(pattern) => Ok(Function::Sql(pattern)),
            None => Err(problem(
                format!("`{pattern}` is no form of a statement"),
                "write it as `create user [if not exists] {}`, with `{}` once, for the value",
            )),
        },
        _ => Err(problem(
            format!("`{text}` is no function"),
            "write lower, upper, unescape, match(regex), split(separator), json, json(path), pair(key) or \
             sql(form of a statement)",
        )),
    }
}
