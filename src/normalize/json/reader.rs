//! serde's side of the parse: each value that it meets goes into the arena.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Arena, Entry, NO_KEY, Node, Text, place};
use crate::model::limits::{JSON_DEPTH_MAX, JSON_NODES_MAX};
use crate::model::record::RejectReason;

/// Finds the numbers that serde_json reads as floats, in the order in which it meets them.
pub(super) fn find_float_texts(text: &str, found: &mut Vec<Text>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'"' => {
                at += 1;
                while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let part =
                    |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                at += bytes.iter().skip(at).take_while(|byte| part(byte)).count();
                let token = text.get(start..at).unwrap_or_default();
                let integer = token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok();
                if !integer || token == "-0" {
                    found.push(Text {
                        start: place(start),
                        len: place(at - start),
                    });
                }
            }
            _ => at += 1,
        }
    }
}

/// Reads one value into the arena.
pub(super) struct ValueSeed<'p, 't> {
    pub(super) arena: &'p mut Arena,
    pub(super) text: &'t str,
    pub(super) depth: usize,
}

impl ValueSeed<'_, '_> {
    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth >= JSON_DEPTH_MAX {
            self.arena.refused = Some(RejectReason::TooDeep);
            return Err(E::custom(format_args!(
                "nested deeper than {JSON_DEPTH_MAX}"
            )));
        }
        Ok(())
    }

    fn borrowed(&self, text: &str) -> Text {
        let start = text.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        Text {
            start: place(start),
            len: place(text.len()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, 'de> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.arena.nodes += 1;
        if self.arena.nodes > JSON_NODES_MAX {
            self.arena.refused = Some(RejectReason::TooManyNodes);
            let problem = format_args!("more than {JSON_NODES_MAX} values");
            return Err(D::Error::custom(problem));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, 'de> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::UInt(value), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(self.arena.push_float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node, E> {
        Ok(Node::Str(self.borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Str(self.arena.place_text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mark = self.arena.pending.len();
        while let Some(node) = elements.next_element_seed(ValueSeed {
            arena: self.arena,
            text: self.text,
            depth: self.depth + 1,
        })? {
            self.arena.pending.push(Entry { key: NO_KEY, node });
        }
        Ok(Node::Array(self.arena.close(mark)))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mark = self.arena.pending.len();
        while let Some(key) = fields.next_key_seed(KeySeed(ValueSeed {
            arena: self.arena,
            text: self.text,
            depth: self.depth,
        }))? {
            let node = fields.next_value_seed(ValueSeed {
                arena: self.arena,
                text: self.text,
                depth: self.depth + 1,
            })?;
            self.arena.pending.push(Entry { key, node });
        }
        self.arena.count_duplicates(self.text, mark);
        Ok(Node::Object(self.arena.close(mark)))
    }
}

/// Reads a field's name.
struct KeySeed<'p, 't>(ValueSeed<'p, 't>);

impl<'de> DeserializeSeed<'de> for KeySeed<'_, 'de> {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'_, 'de> {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text, E> {
        Ok(self.0.borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(self.0.arena.place_text(text))
    }
}
