//! `[kafka]`.

use super::super::check;
use super::{good, parse};
use crate::config::Start;
use crate::model::id::SourceName;

const KAFKA: &str = "[kafka]\nbrokers = [\"b:9092\"]\n";

#[test]
fn with_kafka_and_no_files_files_are_off() {
    let config = good(KAFKA);
    assert_eq!(config.files, None);
    let kafka = config.kafka.expect("kafka");
    assert_eq!(&*kafka.group, "tenure");
    assert_eq!(kafka.start, Start::Earliest);
    assert_eq!(kafka.findings_topic.as_deref(), Some("tenure.findings"));
    assert_eq!(
        kafka.dead_letter_topic.as_deref(),
        Some("tenure.dead-letter")
    );
    assert_eq!(kafka.topics.subscription(), ["^identity[.][a-z0-9_]+$"]);
    let source = |topic| kafka.topics.source_of(topic);
    assert_eq!(source("identity.okta"), Some(SourceName::new("okta")));
    assert_eq!(source("identity.okta.old"), None);
    assert_eq!(source("identity."), None);
    assert!(good(&format!("{KAFKA}[files]\n")).files.is_some());
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[kafka]",
        r#"tenure.toml:1: `kafka.brokers` is missing
  hint: write brokers = ["localhost:9092"]"#,
    ),
    (
        "[kafka]
brokers = []",
        r#"tenure.toml:2: `kafka.brokers` is empty
  hint: write brokers = ["localhost:9092"]"#,
    ),
    (
        r#"[kafka]
brokers = ["http://b:1", "c", "d:9092", 5]"#,
        r#"tenure.toml:2: `kafka.brokers` is a whole number, not a text
  hint: write it in quotes
tenure.toml:2: `kafka.brokers` names `c`, which is no host and port
  hint: write a broker such as "localhost:9092"
tenure.toml:2: `kafka.brokers` names `http://b:1`, which is no host and port
  hint: write a broker such as "localhost:9092""#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
topics = ["corp.okta"]"#,
        r#"tenure.toml:3: `kafka.topics` names the topic `corp.okta`, whose source is not known
  hint: write below [kafka.sources]: "corp.okta" = "okta""#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
topics = ["a b"]"#,
        "tenure.toml:3: `kafka.topics` names `a b`, which is no name of a topic
  hint: write at most 249 letters, digits, `.`, `_` or `-`",
    ),
    (
        r#"[kafka]
brokers = "b:9092"
[kafka.sources]
"corp.okta" = "Okta""#,
        r#"tenure.toml:4: `kafka.sources."corp.okta"` names the source `Okta`, which is no name of a source
  hint: write lower-case letters, digits and `_`, such as okta, or okta@eu for one of several tenants"#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
start = "beginning""#,
        r#"tenure.toml:3: `kafka.start` is `beginning`, which is no place to start from
  hint: write "earliest", "latest", or a time such as 2026-03-01T00:00:00Z"#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
start = 2026-03-01"#,
        "",
    ),
    (
        r#"[kafka]
brokers = "b:9092"
start = 2026-03-01T00:00:00"#,
        "tenure.toml:3: `kafka.start` is `2026-03-01T00:00:00`, which is no time with an offset
  hint: write a date such as 2027-06-30, or a time such as 2027-06-30T12:00:00Z, without quotes",
    ),
    (
        r#"[kafka]
brokers = "b:9092"
findings_topic = "identity.okta""#,
        "tenure.toml:3: `kafka.findings_topic` is `identity.okta`, which is also read as a source
  hint: write to a topic of its own",
    ),
    (
        r#"[kafka]
brokers = "b:9092"
[kafka.properties]
group.id = "x""#,
        "tenure.toml:4: `kafka.properties.group.id` is set by the program itself
  hint: set `kafka.group`",
    ),
    (
        r#"[kafka]
brokers = "b:9092"
[kafka.properties]
sasl.password = "hunter2""#,
        r#"tenure.toml:4: note: `kafka.properties.sasl.password` is a secret that stands in the file
  hint: write { env = "NAME" } or { file = "path" }"#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
[kafka.properties]
sasl.password.env = "hunter2""#,
        r#"tenure.toml:4: `kafka.properties.sasl.password.env` is no name of an environment variable
  hint: write capitals, digits and `_`, such as "TENURE_WEBHOOK_SECRET""#,
    ),
    (
        r#"[kafka]
brokers = "b:9092"
[kafka.properties]
a = [1]"#,
        "tenure.toml:4: `kafka.properties.a` is no single value
  hint: write a text, a number, or true or false",
    ),
];
