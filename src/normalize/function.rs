//! Functions of a mapping's values: from one text to another, or to several.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::json::{Doc, Node, present};
use super::scope::Scope;
use super::sql;
use super::value::Path;

#[derive(Debug, Clone)]
pub enum Function {
    Lower,
    Upper,
    /// `%7C` is `|`.
    Unescape,
    /// The first group, or the whole match; absent where nothing matches.
    Match(Regex),
    /// Several values in one text.
    Split(String),
    /// The text is JSON: its own text, that of each element, or what a path leads to in it.
    Json(Option<Path>),
    /// The text is `key=value` pairs: the value of this key.
    Pair(String),
    /// The text is SQL: the identifier in a statement of this form.
    Sql(sql::Pattern),
}

/// The text that the functions make of `text`; of several the first.
pub fn apply<'s>(functions: &[Function], doc: Doc<'_>, text: Cow<'s, str>) -> Option<Cow<'s, str>> {
    functions
        .iter()
        .try_fold(text, |text, function| function.first(doc, text))
}

/// All texts that the functions make of `text`.
pub fn apply_all(functions: &[Function], doc: Doc<'_>, text: Cow<'_, str>) -> Vec<String> {
    let Some((function, rest)) = functions.split_first() else {
        return vec![text.into_owned()];
    };
    let each = |text: String| apply_all(rest, doc, Cow::Owned(text));
    function
        .all(doc, &text)
        .into_iter()
        .flat_map(each)
        .collect()
}

impl Function {
    fn first<'s>(&self, doc: Doc<'_>, text: Cow<'s, str>) -> Option<Cow<'s, str>> {
        match self {
            Function::Lower if text.chars().any(char::is_uppercase) => {
                Some(Cow::Owned(text.to_lowercase()))
            }
            Function::Upper if text.chars().any(char::is_lowercase) => {
                Some(Cow::Owned(text.to_uppercase()))
            }
            Function::Lower | Function::Upper => Some(text),
            Function::Unescape => {
                let decoded = percent_decode_str(&text).decode_utf8().ok()?;
                Some(Cow::Owned(decoded.into_owned()))
            }
            Function::Match(pattern) => {
                let captures = pattern.captures(&text)?;
                let group = captures.get(1).or_else(|| captures.get(0))?;
                present(group.as_str()).map(|group| Cow::Owned(group.to_owned()))
            }
            Function::Pair(key) => pair(&text, key).map(|value| Cow::Owned(value.to_owned())),
            Function::Sql(pattern) => doc
                .statements(&text, |statements| pattern.identifier(statements))
                .map(Cow::Owned),
            Function::Split(_) | Function::Json(_) => {
                self.all(doc, &text).into_iter().next().map(Cow::Owned)
            }
        }
    }

    fn all(&self, doc: Doc<'_>, text: &str) -> Vec<String> {
        match self {
            Function::Split(separator) => {
                let parts = text.split(separator.as_str()).filter_map(present);
                parts.map(str::to_owned).collect()
            }
            Function::Json(path) => within_json(doc, text, path.as_ref()),
            _ => {
                let one = self.first(doc, Cow::Borrowed(text));
                one.into_iter().map(Cow::into_owned).collect()
            }
        }
    }
}

/// What a text that is JSON holds; nothing where it is none.
fn within_json(doc: Doc<'_>, text: &str, path: Option<&Path>) -> Vec<String> {
    let mut texts = Vec::new();
    doc.within(text, |inner| match inner.root() {
        list @ Node::Array(_) => inner
            .elements(list)
            .for_each(|root| keep_texts(inner, root, path, &mut texts)),
        root => keep_texts(inner, root, path, &mut texts),
    });
    texts
}

/// Like [`apply_all`], of a value that is an object or a list already where the first function
/// would read it from a text; `None` where it would not.
pub fn apply_to_container(
    functions: &[Function],
    doc: Doc<'_>,
    container: Node,
) -> Option<Vec<String>> {
    let (Function::Json(path), rest) = functions.split_first()? else {
        return None;
    };
    let mut texts = Vec::new();
    keep_texts(doc, container, path.as_ref(), &mut texts);
    let each = |text: String| apply_all(rest, doc, Cow::Owned(text));
    Some(texts.into_iter().flat_map(each).collect())
}

fn keep_texts(doc: Doc<'_>, root: Node, path: Option<&Path>, texts: &mut Vec<String>) {
    let mut keep = |node: Node| {
        let one = doc.text(node).into_iter();
        let listed = doc.elements(node).filter_map(|element| doc.text(element));
        texts.extend(one.chain(listed).map(Cow::into_owned));
        false
    };
    match path {
        None => {
            keep(root);
        }
        Some(path) => {
            let scope = Scope {
                doc,
                record: root,
                item: root,
                element: Node::Null,
            };
            scope.visit(path, &mut keep);
        }
    }
}

/// The value of `key` in `key="value", key2=value2`.
fn pair<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(key) {
        let start = from + found;
        from = start + key.len();
        let before = text.get(..start)?.chars().next_back();
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
        let Some(value) = text.get(from..)?.strip_prefix('=').filter(|_| begins) else {
            continue;
        };
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => value.split([',', ' ', ';', '\n', ']']).next()?,
        };
        return present(value.trim());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::json::Arena;
    use crate::normalize::syntax::read_function;

    fn check(function: &str, text: &str, expected: &[&str]) {
        let function = read_function(function, &indexmap::IndexMap::new()).expect("sound");
        let mut arena = Arena::default();
        let doc = arena.parse(b"{}").expect("an object");
        let all = apply_all(&[function], doc, Cow::Borrowed(text));
        assert_eq!(all, expected, "{text}");
    }

    #[test]
    fn json_in_a_text_is_read() {
        check(
            "json",
            r#""Global Administrator""#,
            &["Global Administrator"],
        );
        check("json", r#"["a","b"]"#, &["a", "b"]);
        check("json", "{}", &[]);
        check("json", "no json", &[]);
        check("json(a.b)", r#"{"a":{"b":"c"}}"#, &["c"]);
        check("json(id)", r#"[{"id":1},{"id":2}]"#, &["1", "2"]);
        check(
            "json(a[type=x].id)",
            r#"{"a":[{"type":"y","id":1},{"type":"x","id":2}]}"#,
            &["2"],
        );
    }

    #[test]
    fn pairs_in_a_text_are_read() {
        let text = r#"type="LOGIN_ERROR", realmId=corp, userId="null", clientId="a, b", x.type=z"#;
        check("pair(type)", text, &["LOGIN_ERROR"]);
        check("pair(realmId)", text, &["corp"]);
        check("pair(clientId)", text, &["a, b"]);
        check("pair(userId)", text, &[]);
        check("pair(Id)", text, &[]);
    }
}
