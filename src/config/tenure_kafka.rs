//! `[kafka]` of `tenure.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::time::Timestamp;

use super::field::Field;
use super::load::SecretFrom;
use super::policy_file::source_name;
use super::sheet::Table;
use super::tenure_file::path;
use super::tenure_webhook::environment_name;

/// The checked form of `[kafka]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Kafka {
    /// `host:port`, at least one.
    pub brokers: Vec<Text>,
    pub group: Text,
    pub topics: Topics,
    /// Where a partition begins that we hold no offset of.
    pub start: Start,
    /// `None` where it is turned off.
    pub findings_topic: Option<Text>,
    /// `None` where it is turned off: rejects are archived and counted all the same.
    pub dead_letter_topic: Option<Text>,
    /// Passed to librdkafka as they are: TLS, SASL, timeouts.
    pub properties: BTreeMap<Text, PropertyValue>,
}

/// Which topics are read, and the source that each carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    pub names: BTreeMap<Text, SourceName>,
    pub patterns: Vec<TopicPattern>,
}

/// `identity.{source}`: what stands at `{source}` is the source's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPattern {
    pub before: Text,
    pub after: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Earliest,
    Latest,
    At(Timestamp),
}

/// A property's value, or where the secret is that is its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    Plain(Text),
    Secret(SecretFrom),
}

const SOURCE_SLOT: &str = "{source}";
const DEFAULT_PATTERN: &str = "identity.{source}";

/// What the program decides itself, and what to write instead.
const OWN_PROPERTIES: &[(&str, &str)] = &[
    ("bootstrap.servers", "set `kafka.brokers`"),
    ("metadata.broker.list", "set `kafka.brokers`"),
    ("group.id", "set `kafka.group`"),
    ("auto.offset.reset", "set `kafka.start`"),
    (
        "enable.auto.commit",
        "leave it out: offsets are kept with the state that they belong to",
    ),
    (
        "enable.auto.offset.store",
        "leave it out: offsets are kept with the state that they belong to",
    ),
    ("enable.partition.eof", "leave it out: the program needs it"),
];

const SECRET_PROPERTIES: &[&str] = &[
    "sasl.password",
    "ssl.key.password",
    "ssl.keystore.password",
    "sasl.oauthbearer.client.secret",
    "ssl.key.pem",
];

impl Topics {
    /// The source of a topic, if the topic is read at all.
    pub fn source_of(&self, topic: &str) -> Option<SourceName> {
        let named = self.names.get(topic).cloned();
        named.or_else(|| {
            self.patterns
                .iter()
                .find_map(|pattern| pattern.source_of(topic))
        })
    }

    /// What to subscribe to: names, and patterns as librdkafka takes them, beginning with `^`.
    pub fn subscription(&self) -> Vec<String> {
        let names = self.names.keys().map(ToString::to_string);
        let patterns = self.patterns.iter().map(TopicPattern::expression);
        names.chain(patterns).collect()
    }
}

impl TopicPattern {
    fn source_of(&self, topic: &str) -> Option<SourceName> {
        let name = topic
            .strip_prefix(&*self.before)?
            .strip_suffix(&*self.after)?;
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (!name.is_empty() && name.bytes().all(letter)).then(|| SourceName::new(name))
    }

    /// Topic names hold no special character but the dot.
    fn expression(&self) -> String {
        let escaped = |text: &str| text.replace('.', "[.]");
        format!(
            "^{}[a-z0-9_]+{}$",
            escaped(&self.before),
            escaped(&self.after)
        )
    }
}

/// Reads `[kafka]`; `None` where it lacks what it cannot do without.
pub(super) fn read(mut table: Table<'_>, base: &Path) -> Option<Kafka> {
    let brokers = brokers(&mut table);
    let topics = topics(&mut table);
    let group = table.field("group").and_then(|field| field.text());
    let start = table.field("start").and_then(|field| start(&field));
    let mut own_topic = |key, default: &str| match table.field(key) {
        None => Some(Text::from(default)),
        Some(field) if field.is_false() => None,
        Some(field) => own_topic(&field, &topics),
    };
    let findings_topic = own_topic("findings_topic", "tenure.findings");
    let dead_letter_topic = own_topic("dead_letter_topic", "tenure.dead-letter");
    let mut found = BTreeMap::new();
    if let Some(table) = table.table("properties") {
        properties(table, "", base, &mut found);
    }
    table.finish();
    Some(Kafka {
        brokers: brokers?,
        group: Text::from(group.unwrap_or("tenure")),
        topics,
        start: start.unwrap_or(Start::Earliest),
        findings_topic,
        dead_letter_topic,
        properties: found,
    })
}

fn brokers(table: &mut Table<'_>) -> Option<Vec<Text>> {
    let hint = "write brokers = [\"localhost:9092\"]";
    let field = table.required("brokers", hint)?;
    let written = if field.is_text() {
        let text = field.text()?;
        text.split(',')
            .map(|part| (field.clone(), part.trim()))
            .collect()
    } else {
        field.list()?;
        field.texts()
    };
    if written.is_empty() {
        return field.wrong("is empty", hint);
    }
    for (item, broker) in &written {
        let sound = broker.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty()
                && !host.contains("//")
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !sound {
            let message = format!("names `{broker}`, which is no host and port");
            item.report(message, "write a broker such as \"localhost:9092\"");
        }
    }
    Some(
        written
            .into_iter()
            .map(|(_, broker)| Text::from(broker))
            .collect(),
    )
}

fn topics(table: &mut Table<'_>) -> Topics {
    let mut topics = Topics::default();
    let list = table.field("topics");
    let sources = table.table("sources");
    if list.is_none() && sources.is_none() {
        topics.patterns.extend(pattern(DEFAULT_PATTERN));
    }
    if let Some(mut table) = sources {
        for (topic, field) in table.named() {
            let source = field.text().and_then(|text| source_name(&field, text));
            if let (Some(source), Some(topic)) = (source, topic_name(&field, &topic)) {
                topics.names.insert(topic, source);
            }
        }
    }
    if let Some(field) = list {
        let items = if field.is_text() {
            field
                .text()
                .map(|text| (field.clone(), text))
                .into_iter()
                .collect()
        } else {
            field.texts()
        };
        for (item, text) in items {
            listed_topic(&item, text, &mut topics);
        }
    }
    topics
}

/// An item of `topics`: a pattern with `{source}`, or a name whose source is known.
fn listed_topic(item: &Field<'_>, text: &str, topics: &mut Topics) {
    let example = text.replace(SOURCE_SLOT, "source");
    let Some(_) = topic_name(item, &example) else {
        return;
    };
    if let Some(pattern) = pattern(text) {
        topics.patterns.push(pattern);
        return;
    }
    if topics.names.contains_key(text) {
        return;
    }
    if let Some(source) = pattern(DEFAULT_PATTERN).and_then(|pattern| pattern.source_of(text)) {
        topics.names.insert(Text::from(text), source);
    } else {
        let message = format!("names the topic `{text}`, whose source is not known");
        let hint = format!("write below [kafka.sources]: {text:?} = \"okta\"");
        item.report(message, &hint);
    }
}

fn pattern(text: &str) -> Option<TopicPattern> {
    let (before, after) = text.split_once(SOURCE_SLOT)?;
    Some(TopicPattern {
        before: Text::from(before),
        after: Text::from(after),
    })
}

/// A topic that the program writes to and must not read from.
fn own_topic(field: &Field<'_>, topics: &Topics) -> Option<Text> {
    let topic = topic_name(field, field.text()?)?;
    if topics.source_of(&topic).is_some() {
        let message = format!("is `{topic}`, which is also read as a source");
        return field.wrong(message, "write to a topic of its own");
    }
    Some(topic)
}

fn topic_name(field: &Field<'_>, text: &str) -> Option<Text> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=249).contains(&text.len()) && text.bytes().all(letter) {
        return Some(Text::from(text));
    }
    field.wrong(
        format!("names `{text}`, which is no name of a topic"),
        "write at most 249 letters, digits, `.`, `_` or `-`",
    )
}

fn start(field: &Field<'_>) -> Option<Start> {
    if field.as_datetime().is_some() {
        return field.time().map(Start::At);
    }
    match field.text()? {
        "earliest" => Some(Start::Earliest),
        "latest" => Some(Start::Latest),
        text => text.parse().ok().map(Start::At).or_else(|| {
            field.wrong(
                format!("is `{text}`, which is no place to start from"),
                "write \"earliest\", \"latest\", or a time such as 2026-03-01T00:00:00Z",
            )
        }),
    }
}

/// Properties have dots in their names, which TOML reads as tables unless they are quoted: both
/// ways of writing them mean the same here.
fn properties(
    mut table: Table<'_>,
    prefix: &str,
    base: &Path,
    found: &mut BTreeMap<Text, PropertyValue>,
) {
    for (key, field) in table.named() {
        let name = format!("{prefix}{key}");
        if let Some((_, hint)) = OWN_PROPERTIES.iter().find(|(own, _)| *own == name) {
            field.report("is set by the program itself", hint);
        } else if let Some((kind, value)) = secret(&field) {
            let from = match kind {
                SecretKind::Env => environment_name(&value).map(SecretFrom::Environment),
                SecretKind::File => path(&value, base).map(SecretFrom::File),
            };
            found.extend(from.map(|from| (Text::from(name), PropertyValue::Secret(from))));
        } else if field.is_table() {
            if let Some(table) = field.table() {
                properties(table, &format!("{name}."), base, found);
            }
        } else if let Some(value) = plain(&field) {
            if SECRET_PROPERTIES.contains(&name.as_str()) {
                let hint = "write { env = \"NAME\" } or { file = \"path\" }";
                field.note("is a secret that stands in the file", Some(hint));
            }
            found.insert(Text::from(name), PropertyValue::Plain(value));
        }
    }
}

enum SecretKind {
    Env,
    File,
}

/// `{ env = "NAME" }` or `{ file = "path" }`: its kind, and the field that names it.
fn secret<'s>(field: &Field<'s>) -> Option<(SecretKind, Field<'s>)> {
    if !field.is_table() {
        return None;
    }
    let mut entries = field.table()?.named();
    let (key, value) = entries.pop()?;
    match (key.as_str(), entries.is_empty()) {
        ("env", true) => Some((SecretKind::Env, value)),
        ("file", true) => Some((SecretKind::File, value)),
        _ => None,
    }
}

fn plain(field: &Field<'_>) -> Option<Text> {
    if field.is_text() {
        return field.string().map(Text::from);
    }
    if field.is_list() || field.as_datetime().is_some() {
        return field.wrong(
            "is no single value",
            "write a text, a number, or true or false",
        );
    }
    Some(Text::from(field.written()))
}
