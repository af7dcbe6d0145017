//! `tenure.toml` as a whole, and its tables of one key; the others have a file each.

mod files;
mod kafka;
mod archive;
mod timestamps;
mod retention;
mod keys;
mod webhook;

use std::path::Path;
use std::time::Duration;

use super::check;
use crate::config::{
    ArchivePlace, Checked, Config, Problems, PropertyValue, SecretFrom, ShardCount, SigningKey,
    Start, tenure_file,
};
use crate::model::finding::Severity;
use crate::model::id::SourceName;

fn parse(text: &str) -> Result<Checked<Config>, Problems> {
    tenure_file::parse("tenure.toml", Path::new("etc"), text)
}

fn good(text: &str) -> Config {
    parse(text)
        .map_err(|problems| panic!("{problems}"))
        .expect("good")
        .value
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

#[test]
fn a_dozen_mistakes_are_all_reported_in_the_order_of_the_file() {
    let text = r#"
policy = ""
polcy = "x.toml"

[files]
path = "./tenure-data"
poll = 300

[kafka]
brokers = ["localhost"]
start = "yesterday"
max_poll_interval = 300

[archive]
segment_age = "5 minutes"
segment_size = 256

[http]
listen = "localhost"

[webhook]
url = "https://hooks.example/"
secret = "hunter2"
min_severity = "urgent"

[shards]
count = 1000
"#;
    let problems = parse(text).expect_err("a dozen");
    let shown = problems.to_string();
    assert!(!shown.contains("hunter2"), "a secret is never repeated");
    insta::assert_snapshot!(shown);
}

#[test]
fn without_a_config_files_are_read_and_everything_is_kept_below() {
    let config = good("");
    assert_eq!(config, Config::under(Path::new("etc")));
    let files = config.files.expect("files");
    assert_eq!(files.path, Path::new("etc/logs"));
    assert_eq!(files.poll, Duration::from_millis(500));
    let archive = ArchivePlace::Directory("etc/tenure-data/archive".into());
    assert_eq!(config.archive.place, archive);
    assert_eq!(config.state, Path::new("etc/tenure-data/state"));
    let own = SigningKey::Own("etc/tenure-data/signing.key".into());
    assert_eq!(config.signing, own);
    let moved = good("[state]\npath = \"/var/lib/tenure/state\"");
    let own = SigningKey::Own("/var/lib/tenure/signing.key".into());
    assert_eq!(moved.signing, own);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8480");
    assert_eq!(
        Config::under(Path::new(".")).state,
        Path::new("tenure-data/state")
    );
}

const EVERYTHING: &str = r#"
policy = "policy.toml"
[files]
path = "/var/log/identity"
[kafka]
brokers = "a:9092, b:9093"
topics = ["logs.{source}.raw", "identity.github"]
start = 2026-03-01T00:00:00Z
findings_topic = false
[kafka.sources]
"corp.okta" = "okta@eu"
[kafka.properties]
security.protocol = "SASL_SSL"
"sasl.mechanisms" = "PLAIN"
session.timeout.ms = 45000
enable.ssl.certificate.verification = true
sasl.password = { env = "KAFKA_PASSWORD" }
"ssl.key.password" = { file = "key-password" }
[archive]
path = "s3://evidence/tenure/"
segment_age = "1m"
segment_size = "64MiB"
heartbeat = "10m"
[signing]
key_env = "TENURE_SIGNING_KEY"
passphrase_file = "passphrase"
[http]
listen = "[::1]:1"
[webhook]
url = "https://hooks.example/tenure"
secret_file = "/run/secrets/webhook"
min_severity = "high"
timeout = "3s"
[shards]
count = 4
"#;

#[test]
fn everything_written_is_taken() {
    let config = good(EVERYTHING);
    let kafka = config.kafka.expect("kafka");
    assert_eq!(
        kafka.brokers.iter().map(|b| &**b).collect::<Vec<_>>(),
        ["a:9092", "b:9093"]
    );
    assert_eq!(
        kafka.topics.subscription(),
        ["corp.okta", "identity.github", "^logs[.][a-z0-9_]+[.]raw$"]
    );
    assert_eq!(
        kafka.topics.source_of("corp.okta"),
        Some(SourceName::new("okta@eu"))
    );
    assert_eq!(
        kafka.topics.source_of("logs.hris.raw"),
        Some(SourceName::new("hris"))
    );
    assert!(matches!(kafka.start, Start::At(time) if time.to_string() == "2026-03-01T00:00:00Z"));
    assert_eq!(kafka.findings_topic, None);
    let properties: Vec<String> = kafka
        .properties
        .iter()
        .map(|(name, value)| match value {
            PropertyValue::Plain(text) => format!("{name}={text}"),
            PropertyValue::Secret(from) => format!("{name}: {from:?}"),
        })
        .collect();
    assert_eq!(
        properties,
        [
            "enable.ssl.certificate.verification=true",
            "sasl.mechanisms=PLAIN",
            "sasl.password: Environment(\"KAFKA_PASSWORD\")",
            "security.protocol=SASL_SSL",
            "session.timeout.ms=45000",
            "ssl.key.password: File(\"etc/key-password\")",
        ]
    );
    assert_eq!(
        config.archive.place,
        ArchivePlace::Url("s3://evidence/tenure".into())
    );
    assert_eq!(
        config.signing,
        SigningKey::Given {
            key: SecretFrom::Environment("TENURE_SIGNING_KEY".into()),
            passphrase: Some(SecretFrom::File("etc/passphrase".into())),
        }
    );
    assert_eq!(config.archive.segment_bytes, 64 << 20);
    let webhook = config.webhook.expect("webhook");
    assert_eq!(webhook.min_severity, Severity::High);
    assert_eq!(webhook.timeout, Duration::from_secs(3));
    assert_eq!(config.shards, ShardCount::Exactly(4));
    assert_eq!(
        config.policy.expect("policy").path,
        Path::new("etc/policy.toml")
    );
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("", ""),
    ("# nothing", ""),
    (
        "[files",
        "tenure.toml:1: this is no TOML: unclosed table, expected `]`",
    ),
    (
        "files = 1",
        "tenure.toml:1: `files` is a whole number, not a table
  hint: write [files] and its keys below",
    ),
    (
        "colour = 1",
        "tenure.toml:1: `colour` is not a key here
  hint: write one of `kafka`, `files`, `archive`, `state`, `signing`, `timestamps`, `retention`, `redaction`, `http`, `webhook`, `policy`, `mappings`, `shards`",
    ),
    (
        "policy = 5",
        "tenure.toml:1: `policy` is a whole number, not a text
  hint: write it in quotes",
    ),
    (
        "[fiels]",
        "tenure.toml:1: `fiels` is not a key here
  hint: did you mean `files`?",
    ),
    (
        r#"[http]
listen = "8480""#,
        r#"tenure.toml:2: `http.listen` is `8480`, which is no address and port
  hint: write "127.0.0.1:8480" or "[::1]:8480""#,
    ),
    (
        r#"[http]
listen = "0.0.0.0:8480""#,
        "tenure.toml:2: note: `http.listen` is `0.0.0.0:8480`, which other machines reach
  hint: the pages ask nobody to sign in: put a proxy that does before them",
    ),
    (
        "[shards]
count = 0",
        "tenure.toml:2: `shards.count` is `0`, which is out of range
  hint: write a number from 1 to 64",
    ),
    (
        r#"[shards]
count = "four""#,
        "tenure.toml:2: `shards.count` is a text, not a whole number
  hint: write a number from 1 to 64, without quotes",
    ),
];
