//! Filling in what a record leaves open: `$at` and the words of `with`.

use indexmap::IndexMap;
use serde_json::Value;

use crate::model::time::Timestamp;

/// What `$name` stands for.
pub(super) struct Words<'a> {
    at: Timestamp,
    with: &'a IndexMap<String, Value>,
}

impl<'a> Words<'a> {
    pub(super) fn new(at: Timestamp, with: &'a IndexMap<String, Value>) -> Self {
        Words { at, with }
    }

    fn value(&self, name: &str) -> Option<Value> {
        match name {
            "at" => Some(Value::from(self.at.to_string())),
            "at_s" => Some(Value::from(self.at.as_micros() / 1_000_000)),
            "at_ms" => Some(Value::from(self.at.as_micros() / 1_000)),
            _ => self.with.get(name).cloned(),
        }
    }
}

/// The record with every `$name` replaced, or the first name that nothing is given for. A text
/// that is nothing else takes the value as it is; within a text it is written out.
pub(super) fn filled(record: &Value, words: &Words<'_>) -> Result<Value, String> {
    match record {
        Value::String(text) => filled_text(text, words),
        Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, words));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, words)?)));
            fields.collect::<Result<_, _>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

/// The names that a record leaves open.
pub(super) fn names(record: &Value) -> Vec<String> {
    match record {
        Value::String(text) => {
            let parts = text.split('$').skip(1);
            parts
                .map(|part| part.get(..name_length(part)).unwrap_or_default().to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(fields) => fields.values().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

fn filled_text(text: &str, words: &Words<'_>) -> Result<Value, String> {
    let mut parts = text.split('$');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(name_length(part));
        if name.is_empty() {
            result += "$";
            result += rest;
            continue;
        }
        let value = words.value(name).ok_or_else(|| name.to_owned())?;
        if result.is_empty() && rest.is_empty() && text.len() == name.len() + 1 {
            return Ok(value);
        }
        match value {
            Value::String(value) => result += &value,
            other => result += &other.to_string(),
        }
        result += rest;
    }
    Ok(Value::String(result))
}

fn name_length(text: &str) -> usize {
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    text.find(|letter| !is_name(letter)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_record_leaves_open_is_filled_in_as_text_or_as_it_is() {
        let with = [
            ("who".to_owned(), json!("jane")),
            ("end".to_owned(), Value::Null),
        ];
        let with: IndexMap<String, Value> = with.into();
        let words = Words::new(Timestamp::from_seconds(60), &with);
        let record =
            json!({"at": "$at", "ms": "$at_ms", "end": "$end", "n": [1, "$who@corp, 5 $"]});
        assert_eq!(
            filled(&record, &words),
            Ok(
                json!({"at": "1970-01-01T00:01:00Z", "ms": 60_000, "end": null,
                      "n": [1, "jane@corp, 5 $"]})
            )
        );
        assert_eq!(filled(&json!(["x $whom"]), &words), Err("whom".to_owned()));
        assert_eq!(names(&record), ["at", "end", "at_ms", "who"]);
    }
}
