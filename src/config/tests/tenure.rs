use std::path::Path;
use std::time::Duration;

use super::check;
use crate::config::{
    Apply, ArchivePlace, Checked, Config, Problems, PropertyValue, SecretFrom, ShardCount,
    SigningKey, Start, tenure_file,
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
fn retention_is_in_whole_days_and_nothing_is_let_go_unless_it_is_stated() {
    assert!(good("").retention.keep.is_empty());
    let text = "[retention]\nevents = \"400d\"\naccess = \"7y\"\nlinks = \"9w\"\nreads = \"25h\"\n\
                people = \"7y\"\n\
                apply = \"daily\"\n[[retention.source]]\nname = \"okta\"\nkeep = \"730d\"\n";
    let checked = parse(text).expect("good");
    let retention = &checked.value.retention;
    assert_eq!(retention.apply, Apply::Daily);
    let days = |name: &str| retention.keep.datasets.get(name).copied();
    assert_eq!((days("events"), days("access")), (Some(400), Some(2_562)));
    assert_eq!(
        (days("links"), days("findings"), days("reads")),
        (Some(63), None, Some(2))
    );
    assert_eq!(days("people"), Some(2_562));
    assert_eq!(retention.keep.sources.get("okta"), Some(&730));
    let notes: Vec<String> = checked.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("links are changes"), "{notes:?}");
}

const KAFKA: &str = "[kafka]\nbrokers = [\"b:9092\"]\n";

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
        "[files]
poll = 300",
        r#"tenure.toml:2: `files.poll` is `300`, which has no unit
  hint: write a duration such as "5m" or "300s""#,
    ),
    (
        r#"[files]
poll = "300""#,
        r#"tenure.toml:2: `files.poll` is `"300"`, which has no unit
  hint: write a duration such as "5m" or "300s""#,
    ),
    (
        r#"[files]
poll = "5 parsecs""#,
        r#"tenure.toml:2: `files.poll` is `"5 parsecs"`, which has a unit that is not known here
  hint: write a duration such as "5m""#,
    ),
    (
        r#"[files]
poll = "soon""#,
        r#"tenure.toml:2: `files.poll` is `"soon"`, which does not begin with a whole number
  hint: write a duration such as "5m""#,
    ),
    (
        r#"[files]
poll = "1ms""#,
        r#"tenure.toml:2: `files.poll` is `"1ms"`, which is too short
  hint: write "10ms" or more"#,
    ),
    (
        r#"[files]
poll = "99999d""#,
        r#"tenure.toml:2: `files.poll` is `"99999d"`, which is too long
  hint: write "3650d" or less"#,
    ),
    (
        "[files]
poll = true",
        r#"tenure.toml:2: `files.poll` is true or false, not a duration such as "5m"
  hint: write "5m", in quotes"#,
    ),
    (
        r#"[files]
path = """#,
        "tenure.toml:2: `files.path` is empty
  hint: write a text, or leave the key out",
    ),
    (
        r#"[files]
pth = "x""#,
        "tenure.toml:2: `files.pth` is not a key here
  hint: did you mean `path`?",
    ),
    (
        "[fiels]",
        "tenure.toml:1: `fiels` is not a key here
  hint: did you mean `files`?",
    ),
    (
        "colour = 1",
        "tenure.toml:1: `colour` is not a key here
  hint: write one of `kafka`, `files`, `archive`, `state`, `signing`, `timestamps`, `retention`, `redaction`, `http`, `webhook`, `policy`, `mappings`, `shards`",
    ),
    (
        "[signing]",
        r#"tenure.toml:1: `signing` has no key
  hint: write key_file = "path", or key_env = "TENURE_SIGNING_KEY", the name of an environment variable; `tenure keys generate` makes a key"#,
    ),
    (
        "[signing]
key_file = \"a\"
key_env = \"A\"",
        "tenure.toml:3: `signing.key_env` stands beside `key_file`
  hint: keep one of them",
    ),
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
    (
        r#"[archive]
path = "ftp://x""#,
        "tenure.toml:2: `archive.path` begins with `ftp://`, which no archive can be at
  hint: write a directory, or a URL of `file`, `s3`, `gs`, `az`, `abfss`",
    ),
    (
        r#"[archive]
path = "s3://""#,
        r#"tenure.toml:2: `archive.path` names no bucket
  hint: write a URL such as "s3://bucket/tenure""#,
    ),
    (
        "[archive]
segment_size = 256",
        r#"tenure.toml:2: `archive.segment_size` is `256`, which has no unit
  hint: write a size such as "256MiB""#,
    ),
    (
        r#"[archive]
segment_size = "256M""#,
        r#"tenure.toml:2: `archive.segment_size` is `"256M"`, which has a unit that is not known here
  hint: write a size such as "256MiB""#,
    ),
    (
        r#"[archive]
segment_size = "1B""#,
        r#"tenure.toml:2: `archive.segment_size` is `"1B"`, which is out of range
  hint: write a size from "1MiB" to "4096MiB""#,
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
        "[webhook]",
        r#"tenure.toml:1: `webhook` has no secret to sign deliveries with
  hint: write secret_env = "TENURE_WEBHOOK_SECRET", the name of an environment variable, or secret_file = "path"
tenure.toml:1: `webhook.url` is missing
  hint: write url = "https://hooks.example/tenure""#,
    ),
    (
        r#"[webhook]
url = "hooks"
secret_env = "A""#,
        r#"tenure.toml:2: `webhook.url` is no address of the web
  hint: write a URL such as "https://hooks.example/tenure""#,
    ),
    (
        r#"[webhook]
url = "https://me:hunter2@x/"
secret_env = "A""#,
        "tenure.toml:2: `webhook.url` holds a name or password, which every reader of the file sees
  hint: leave it out: deliveries are signed with the secret",
    ),
    (
        r#"[webhook]
url = "https://x/"
secret = "hunter2""#,
        r#"tenure.toml:3: `webhook.secret` stands in the file, where every reader of it sees it
  hint: write secret_env = "TENURE_WEBHOOK_SECRET", the name of an environment variable, or secret_file = "path""#,
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "hunter2""#,
        r#"tenure.toml:3: `webhook.secret_env` is no name of an environment variable
  hint: write capitals, digits and `_`, such as "TENURE_WEBHOOK_SECRET""#,
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "A"
secret_file = "b""#,
        "tenure.toml:4: `webhook.secret_file` stands beside `secret_env`
  hint: keep one of them",
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "A"
min_severity = "hihg""#,
        "tenure.toml:4: `webhook.min_severity` is `hihg`, which is not known
  hint: did you mean `high`?",
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
    (
        r#"[files]
path = "tenure-data""#,
        "tenure.toml:1: `files` puts the logs at `etc/tenure-data` and the archive at `etc/tenure-data/archive`, one inside the other
  hint: keep the logs in a directory of their own
tenure.toml:1: `files` puts the logs at `etc/tenure-data` and the state at `etc/tenure-data/state`, one inside the other
  hint: keep the logs in a directory of their own",
    ),
    (
        "policy = 5",
        "tenure.toml:1: `policy` is a whole number, not a text
  hint: write it in quotes",
    ),
];

#[test]
fn redaction_has_a_key_of_its_own_or_a_given_one() {
    use crate::config::RedactionKeyFrom;
    let config = good("");
    let own = RedactionKeyFrom::Own("etc/tenure-data/redaction.key".into());
    assert_eq!(config.redaction.key, own);
    let config = good(
        "[redaction]\nkey_env = \"TENURE_REDACTION_KEY\"\npatterns = \"own.toml\"\ndisable = [\"jwt\"]\n",
    );
    let given = SecretFrom::Environment("TENURE_REDACTION_KEY".into());
    assert_eq!(config.redaction.key, RedactionKeyFrom::Given(given));
    assert_eq!(config.redaction.patterns, Some("etc/own.toml".into()));
    assert_eq!(config.redaction.disabled, [("jwt".into(), 4)]);
}
