//! A bounded parse of hostile JSON into one flat arena.
//!
//! serde_json reads the text; we keep what it says in two vectors that are used again for every
//! record, 24 bytes a value, with texts as places in the record. `serde_json::Value` would take an
//! allocation for each text and map, and thirty megabytes of `{}` would become gigabytes.

mod reader;

use std::borrow::Cow;
use std::cell::Cell;

use serde::de::DeserializeSeed;

use reader::{ValueSeed, find_float_texts};

use super::sql::Statements;
use crate::model::limits::RECORD_BYTES_MAX;
use crate::model::record::{Reject, RejectReason};

/// Buffers of a parse, kept between records.
#[derive(Default)]
pub struct Arena {
    /// Children of closed containers, those of one container side by side.
    entries: Vec<Entry>,
    /// Children of containers that are still open.
    pending: Vec<Entry>,
    /// Texts that had escapes in them.
    scratch: String,
    /// Where the numbers stand that fit no integer, in the order of the text.
    floats: Vec<f64>,
    float_texts: Vec<Text>,
    nodes: usize,
    duplicates: u32,
    /// Some field's name has a dot in it.
    dotted: bool,
    /// A reader met another type than it expected.
    surprised: Cell<bool>,
    /// A path led on into a text that looks like JSON.
    embedded: Cell<bool>,
    refused: Option<RejectReason>,
    root: Option<Node>,
    /// The text of a value that was last read as JSON or SQL itself: several paths of a mapping
    /// lead into the same one.
    inner: Cell<Option<Box<Inner>>>,
    statements: Cell<Option<Box<Statements>>>,
}

/// A text within a record, and what it says as JSON; `arena.root` is none where it is none.
#[derive(Default)]
pub struct Inner {
    text: String,
    arena: Arena,
}

/// One parsed record.
#[derive(Clone, Copy)]
pub struct Doc<'a> {
    text: &'a str,
    arena: &'a Arena,
    root: Node,
}

/// A value. Small enough to be passed by value; its content is read through the [`Doc`].
#[derive(Clone, Copy, Debug)]
pub enum Node {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(Float),
    Str(Text),
    Array(Children),
    Object(Children),
}

/// A number that fits no integer: its place among those of the record.
#[derive(Clone, Copy, Debug)]
pub struct Float(u32);

/// A text: its place in the record, or in the scratch buffer where it had escapes.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Children {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Empty in an array.
    key: Text,
    node: Node,
}

/// The highest bit of a text's start says that it stands in the scratch buffer.
const IN_SCRATCH: u32 = 1 << 31;
const NO_KEY: Text = Text { start: 0, len: 0 };

impl Arena {
    /// Reads one record. A byte order mark is passed over; anything after the value is refused.
    pub fn parse<'a>(&'a mut self, raw: &'a [u8]) -> Result<Doc<'a>, Reject> {
        let text = readable(raw)?;
        self.clear();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let seed = ValueSeed {
            arena: self,
            text,
            depth: 0,
        };
        let parsed = seed
            .deserialize(&mut deserializer)
            .and_then(|root| deserializer.end().map(|()| root));
        let root = match parsed {
            Ok(root) => root,
            Err(error) => {
                let reason = self.refused.unwrap_or(RejectReason::InvalidJson);
                return Err(Reject::new(reason, error.to_string()));
            }
        };
        if self.floats.iter().any(|float| float.abs() >= 9.0e15) {
            find_float_texts(text, &mut self.float_texts);
        }
        self.root = Some(root);
        Ok(Doc {
            text,
            arena: self,
            root,
        })
    }

    /// Keys that an object of the last record stated twice. The last one counts.
    pub fn duplicate_keys(&self) -> u32 {
        self.duplicates
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.pending.clear();
        self.scratch.clear();
        self.floats.clear();
        self.float_texts.clear();
        self.nodes = 0;
        self.duplicates = 0;
        self.dotted = false;
        self.root = None;
        self.surprised.set(false);
        self.embedded.set(false);
        self.refused = None;
    }

    /// Moves the children pushed since `mark` to their final place.
    fn close(&mut self, mark: usize) -> Children {
        let start = self.entries.len();
        self.entries.extend(self.pending.drain(mark..));
        Children {
            start: place(start),
            len: place(self.entries.len() - start),
        }
    }

    fn place_text(&mut self, text: &str) -> Text {
        let start = self.scratch.len();
        self.scratch.push_str(text);
        Text {
            start: place(start) | IN_SCRATCH,
            len: place(text.len()),
        }
    }

    fn push_float(&mut self, value: f64) -> Node {
        self.floats.push(value);
        Node::Float(Float(place(self.floats.len() - 1)))
    }

    fn count_duplicates(&mut self, record: &str, mark: usize) {
        let Some(fields) = self.pending.get(mark..) else {
            return;
        };
        let key = |entry: &Entry| text_in(record, &self.scratch, entry.key);
        self.dotted |= fields
            .iter()
            .any(|entry| memchr::memchr(b'.', key(entry).as_bytes()).is_some());
        if fields.len() > 64 {
            let mut keys: Vec<&str> = fields.iter().map(key).collect();
            keys.sort_unstable();
            let same = keys
                .windows(2)
                .filter(|pair| matches!(pair, [a, b] if a == b));
            self.duplicates += place(same.count());
            return;
        }
        // A bit for each length and last byte seen: most objects need no comparison at all.
        let mut seen = 0_u64;
        let mut duplicates = 0;
        for (index, entry) in fields.iter().enumerate() {
            let this = key(entry);
            let last = this.as_bytes().last().copied().unwrap_or_default();
            let middle = this
                .as_bytes()
                .get(this.len() / 2)
                .copied()
                .unwrap_or_default();
            let bit = 1 << ((this.len() * 7 + usize::from(last) * 13 + usize::from(middle)) % 64);
            if seen & bit != 0 && fields.iter().take(index).any(|entry| key(entry) == this) {
                duplicates += 1;
            }
            seen |= bit;
        }
        self.duplicates += duplicates;
    }
}

impl Inner {
    fn of(text: &str) -> Self {
        let mut inner = Inner {
            text: text.to_owned(),
            arena: Arena::default(),
        };
        // What is no JSON has no root, and says nothing.
        if inner.arena.parse(text.as_bytes()).is_err() {
            inner.arena.clear();
        }
        inner
    }

    fn doc(&self) -> Option<Doc<'_>> {
        let text = self.text.as_str();
        Some(Doc {
            // A byte order mark was passed over.
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            arena: &self.arena,
            root: self.arena.root?,
        })
    }
}

impl<'a> Doc<'a> {
    /// What a text of this record says as JSON; `read` is not called where it is none.
    pub fn within(self, text: &str, read: impl FnOnce(Doc<'_>)) {
        let held = self.arena.inner.take().filter(|held| held.text == text);
        let inner = held.unwrap_or_else(|| Box::new(Inner::of(text)));
        if let Some(doc) = inner.doc() {
            read(doc);
        }
        self.arena.inner.set(Some(inner));
    }

    /// What a text of this record says as SQL.
    pub fn statements<T>(self, text: &str, read: impl FnOnce(&Statements) -> T) -> T {
        let held = self
            .arena
            .statements
            .take()
            .filter(|held| held.are_of(text));
        let statements = held.unwrap_or_else(|| Box::new(Statements::of(text)));
        let answer = read(&statements);
        self.arena.statements.set(Some(statements));
        answer
    }

    pub fn root(self) -> Node {
        self.root
    }

    /// The field of an object: the last of that name, or else the last that differs in case only.
    pub fn field(self, object: Node, name: &str) -> Option<Node> {
        let Node::Object(children) = object else {
            return None;
        };
        let mut other_case = None;
        for entry in self.entries(children).iter().rev() {
            if entry.key.len as usize != name.len() {
                continue;
            }
            let key = self.str(entry.key);
            if key == name {
                return Some(entry.node);
            }
            if other_case.is_none() && key.eq_ignore_ascii_case(name) {
                other_case = Some(entry.node);
            }
        }
        other_case
    }

    /// The names of an object's fields; none for anything else.
    pub fn keys(self, object: Node) -> impl Iterator<Item = &'a str> {
        self.fields(object).map(|(key, _)| key)
    }

    /// An object's fields, each with its name; none for anything else.
    pub fn fields(self, object: Node) -> impl Iterator<Item = (&'a str, Node)> {
        let entries = match object {
            Node::Object(children) => self.entries(children),
            _ => &[],
        };
        entries
            .iter()
            .map(move |entry| (self.str(entry.key), entry.node))
    }

    /// Whether it says anything: a text, or a list or an object that is not empty.
    pub fn is_present(self, node: Node) -> bool {
        match node {
            Node::Object(children) => children.len > 0,
            Node::Array(_) => self.elements(node).any(|one| self.is_present(one)),
            _ => self.text(node).is_some(),
        }
    }

    /// Whether some field's name has a dot in it: `{"client.ip": …}` in place of `{"client": {"ip": …}}`.
    pub fn is_dotted(self) -> bool {
        self.arena.dotted
    }

    /// A path goes on below a value that is no object. Where that is a text which looks like JSON,
    /// it can be read in turn.
    pub fn surprise_below(self, node: Node) {
        match node {
            Node::Str(text) if self.str(text).trim_start().starts_with(['{', '[']) => {
                self.arena.embedded.set(true);
            }
            _ => self.surprise(),
        }
    }

    /// Whether a path led on into a text that looks like JSON since this was last asked.
    pub fn take_embedded(self) -> bool {
        self.arena.embedded.take()
    }

    /// A reader met another type than it expected.
    pub fn surprise(self) {
        self.arena.surprised.set(true);
    }

    /// Whether a reader was surprised since this was last asked.
    pub fn take_surprise(self) -> bool {
        self.arena.surprised.take()
    }

    /// The elements of an array; none for anything else.
    pub fn elements(self, array: Node) -> impl Iterator<Item = Node> + 'a {
        let entries = match array {
            Node::Array(children) => self.entries(children),
            _ => &[],
        };
        entries.iter().map(|entry| entry.node)
    }

    /// The text of a scalar: a number as the record writes it, `true` or `false`. `None` for what
    /// has no text, and for what stands for nothing: null, "", "unknown", "null", "-".
    pub fn text(self, node: Node) -> Option<Cow<'a, str>> {
        match node {
            Node::Null | Node::Array(_) | Node::Object(_) => None,
            Node::Bool(true) => Some(Cow::Borrowed("true")),
            Node::Bool(false) => Some(Cow::Borrowed("false")),
            Node::Int(number) => Some(Cow::Owned(number.to_string())),
            Node::UInt(number) => Some(Cow::Owned(number.to_string())),
            Node::Float(Float(index)) => self.float_text(index as usize),
            Node::Str(text) => present(self.str(text)).map(Cow::Borrowed),
        }
    }

    /// The value of a number, or of a text that is one.
    pub fn float(self, node: Float) -> f64 {
        let floats = &self.arena.floats;
        floats.get(node.0 as usize).copied().unwrap_or_default()
    }

    pub fn str(self, text: Text) -> &'a str {
        text_in(self.text, &self.arena.scratch, text)
    }

    fn entries(self, children: Children) -> &'a [Entry] {
        let start = children.start as usize;
        let end = start + children.len as usize;
        self.arena.entries.get(start..end).unwrap_or_default()
    }

    /// The number as it was written, where the digits matter (an id of twenty digits).
    fn float_text(self, index: usize) -> Option<Cow<'a, str>> {
        if let Some(text) = self.arena.float_texts.get(index) {
            return Some(Cow::Borrowed(self.str(*text)));
        }
        let value = self.arena.floats.get(index)?;
        Some(Cow::Owned(value.to_string()))
    }
}

/// `None` where the text stands for nothing.
pub fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    let nothing = match text.len() {
        0 => true,
        1 => text == "-",
        4 => text.eq_ignore_ascii_case("null"),
        6 => text == "<null>",
        7 => text.eq_ignore_ascii_case("unknown"),
        _ => false,
    };
    (!nothing).then_some(text)
}

fn readable(raw: &[u8]) -> Result<&str, Reject> {
    if raw.len() > RECORD_BYTES_MAX {
        let detail = format!("{} bytes; the limit is {RECORD_BYTES_MAX}", raw.len());
        return Err(Reject::new(RejectReason::TooLarge, detail));
    }
    let text = std::str::from_utf8(raw)
        .map_err(|error| Reject::new(RejectReason::InvalidUtf8, error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(Reject::new(RejectReason::Empty, "no bytes but blanks"));
    }
    Ok(text)
}

fn text_in<'a>(record: &'a str, scratch: &'a str, text: Text) -> &'a str {
    let (buffer, start) = if text.start & IN_SCRATCH == 0 {
        (record, text.start)
    } else {
        (scratch, text.start & !IN_SCRATCH)
    };
    let start = start as usize;
    buffer
        .get(start..start + text.len as usize)
        .unwrap_or_default()
}

/// Records are at most [`RECORD_BYTES_MAX`] long, so no place in one needs more than 31 bits.
fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX >> 1)
}
