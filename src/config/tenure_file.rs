//! `tenure.toml`, checked: what the service reads, keeps, and where it answers.

use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::model::Text;
use crate::model::limits::PARTITIONS;

use super::field::Field;
use super::problem::Problems;
use super::sheet::{Sheet, Table};
use super::tenure_kafka::{self, Kafka};
use super::tenure_redaction::{self, RedactionSettings};
use super::tenure_retention::{self, RetentionSettings};
use super::tenure_signing::{self, SigningKey};
use super::tenure_store::{self, StoreSettings};
use super::tenure_timestamps::{self, Timestamps};
use super::tenure_webhook::{self, Webhook};
use super::{Checked, suggest};

/// The checked form. Paths are relative to where the program runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Off where there is `[kafka]` and no `[files]`.
    pub files: Option<Files>,
    pub kafka: Option<Kafka>,
    pub archive: Archive,
    /// The key that signs the archive's log.
    pub signing: SigningKey,
    /// Who says when a checkpoint was there, if anybody.
    pub timestamps: Option<Timestamps>,
    /// How long what is archived is kept.
    pub retention: RetentionSettings,
    /// How secrets are replaced before anything is written.
    pub redaction: RedactionSettings,
    /// The directory of the durable state.
    pub state: PathBuf,
    /// Where metrics, health and the pages answer.
    pub listen: SocketAddr,
    pub webhook: Option<Webhook>,
    pub policy: Option<PolicyFile>,
    /// A directory of mappings of sources, beside and before those built in.
    pub mappings: Option<PathBuf>,
    pub shards: ShardCount,
}

/// A directory of logs: `<path>/<source>/**/*.ndjson`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub path: PathBuf,
    /// How often growing files are looked at.
    pub poll: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    pub place: ArchivePlace,
    /// How the place is reached, where it is a bucket.
    pub store: StoreSettings,
    /// A segment is written when it is this old …
    pub segment_age: Duration,
    /// … or when the raw bytes in it reach this many.
    pub segment_bytes: u64,
    /// How often an idle partition commits an empty segment, so that a cut tail shows.
    pub heartbeat: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchivePlace {
    Directory(PathBuf),
    /// A bucket and a prefix, such as `s3://bucket/tenure`.
    Url(Text),
}

/// The policy that the config names, and the line that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    pub path: PathBuf,
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardCount {
    OnePerCore,
    Exactly(u16),
}

/// Where an archive can be besides a directory.
const ARCHIVE_SCHEMES: &[&str] = &["file", "s3", "gs", "az", "abfss"];

impl Config {
    /// Without a file: logs under `./logs`, everything kept under `./tenure-data`.
    pub fn under(base: &Path) -> Self {
        Config {
            files: Some(Files::under(base)),
            kafka: None,
            archive: Archive {
                place: ArchivePlace::Directory(joined(base, "./tenure-data/archive")),
                store: StoreSettings::default(),
                segment_age: Duration::from_mins(5),
                segment_bytes: 256 << 20,
                heartbeat: Duration::from_hours(1),
            },
            signing: SigningKey::Own(joined(base, "./tenure-data/signing.key")),
            timestamps: None,
            retention: RetentionSettings::default(),
            redaction: RedactionSettings::with_key(joined(base, "./tenure-data/redaction.key")),
            state: joined(base, "./tenure-data/state"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8480)),
            webhook: None,
            policy: None,
            mappings: None,
            shards: ShardCount::OnePerCore,
        }
    }
}

impl Files {
    fn under(base: &Path) -> Self {
        Files {
            path: joined(base, "./logs"),
            poll: Duration::from_millis(500),
        }
    }
}

/// The policy that a config names, whatever else is wrong with it.
pub fn named_policy(file: &str, base: &Path, text: &str) -> Option<PolicyFile> {
    let sheet = Sheet::parse(file, text).ok()?;
    read_policy(&mut sheet.root(), base)
}

fn read_policy(root: &mut Table<'_>, base: &Path) -> Option<PolicyFile> {
    let field = root.field("policy")?;
    let line = field.line();
    path(&field, base).map(|path| PolicyFile { path, line })
}

/// Reads the text of a config; `base` is the directory that its relative paths start from.
pub fn parse(file: &str, base: &Path, text: &str) -> Result<Checked<Config>, Problems> {
    let sheet = Sheet::parse(file, text)?;
    let mut config = Config::under(base);
    let mut root = sheet.root();
    config.kafka = root
        .table("kafka")
        .and_then(|table| tenure_kafka::read(table, base));
    let files = root.table("files");
    if files.is_none() && root.has("kafka") {
        config.files = None;
    }
    if let Some(table) = files {
        config.files = Some(read_files(table, base));
    }
    if let Some(table) = root.table("archive") {
        read_archive(table, base, &mut config.archive);
    }
    if let Some(mut table) = root.table("state") {
        set(
            &mut config.state,
            table.field("path").and_then(|field| path(&field, base)),
        );
        table.finish();
    }
    // Beside the state, so that whoever moves the state moves the keys.
    config.signing = SigningKey::Own(config.state.with_file_name("signing.key"));
    if let Some(table) = root.table("signing") {
        set(&mut config.signing, tenure_signing::read(table, base));
    }
    config.timestamps = root
        .table("timestamps")
        .and_then(|table| tenure_timestamps::read(table, base));
    if let Some(table) = root.table("retention") {
        config.retention = tenure_retention::read(table);
    }
    config.redaction = RedactionSettings::with_key(config.state.with_file_name("redaction.key"));
    if let Some(table) = root.table("redaction") {
        tenure_redaction::read(table, (file, base), &mut config.redaction);
    }
    if let Some(table) = root.table("http") {
        read_http(table, &mut config.listen);
    }
    config.webhook = root
        .table("webhook")
        .and_then(|table| tenure_webhook::read(table, base));
    config.policy = read_policy(&mut root, base);
    config.mappings = root.field("mappings").and_then(|field| path(&field, base));
    if let Some(table) = root.table("shards") {
        read_shards(table, &mut config.shards);
    }
    overlap(&root, &config);
    root.finish();
    sheet.finish(config)
}

fn read_files(mut table: Table<'_>, base: &Path) -> Files {
    let mut files = Files::under(base);
    set(
        &mut files.path,
        table.field("path").and_then(|field| path(&field, base)),
    );
    let poll = table.field("poll");
    set(
        &mut files.poll,
        poll.and_then(|field| field.duration(Duration::from_millis(10))),
    );
    table.finish();
    files
}

fn read_archive(mut table: Table<'_>, base: &Path, archive: &mut Archive) {
    let second = Duration::from_secs(1);
    let place = table
        .field("path")
        .and_then(|field| archive_place(&field, base));
    set(&mut archive.place, place);
    archive.store = tenure_store::read(&mut table, base, &archive.place);
    let mut duration = |key| table.field(key)?.duration(second);
    set(&mut archive.segment_age, duration("segment_age"));
    set(&mut archive.heartbeat, duration("heartbeat"));
    let bytes = table.field("segment_size");
    set(
        &mut archive.segment_bytes,
        bytes.and_then(|field| field.size(1 << 20..=4 << 30)),
    );
    table.finish();
}

fn archive_place(field: &Field<'_>, base: &Path) -> Option<ArchivePlace> {
    let text = field.text()?;
    let Some((scheme, rest)) = text.split_once("://") else {
        return path(field, base).map(ArchivePlace::Directory);
    };
    if !ARCHIVE_SCHEMES.contains(&scheme) {
        let message = format!("begins with `{scheme}://`, which no archive can be at");
        let known = suggest::listed(ARCHIVE_SCHEMES);
        return field.wrong(message, &format!("write a directory, or a URL of {known}"));
    }
    if scheme == "file" {
        return Some(ArchivePlace::Directory(joined(base, rest)));
    }
    if rest.is_empty() || rest.starts_with('/') {
        return field.wrong(
            "names no bucket",
            "write a URL such as \"s3://bucket/tenure\"",
        );
    }
    Some(ArchivePlace::Url(Text::from(text.trim_end_matches('/'))))
}

fn read_http(mut table: Table<'_>, listen: &mut SocketAddr) {
    set(
        listen,
        table.field("listen").and_then(|field| address(&field)),
    );
    table.finish();
}

fn address(field: &Field<'_>) -> Option<SocketAddr> {
    let text = field.text()?;
    let Ok(address) = text.parse::<SocketAddr>() else {
        let message = format!("is `{text}`, which is no address and port");
        return field.wrong(message, "write \"127.0.0.1:8480\" or \"[::1]:8480\"");
    };
    if !address.ip().is_loopback() {
        let message = format!("is `{text}`, which other machines reach");
        let hint = "the pages ask nobody to sign in: put a proxy that does before them";
        field.note(message, Some(hint));
    }
    Some(address)
}

fn read_shards(mut table: Table<'_>, shards: &mut ShardCount) {
    let count = table.field("count");
    let count = count.and_then(|field| field.integer(1..=i64::from(PARTITIONS)));
    if let Some(count) = count.and_then(|count| u16::try_from(count).ok()) {
        *shards = ShardCount::Exactly(count);
    }
    table.finish();
}

/// Logs must not lie where the program itself writes: it would read its own archive.
fn overlap(root: &Table<'_>, config: &Config) {
    let Some(files) = &config.files else { return };
    let mut kept = vec![("state", &config.state)];
    if let ArchivePlace::Directory(path) = &config.archive.place {
        kept.push(("archive", path));
    }
    for (name, path) in kept {
        if path.starts_with(&files.path) || files.path.starts_with(path) {
            root.wrong_at(
                &["files", name],
                format!(
                    "puts the logs at `{}` and the {name} at `{}`, one inside the other",
                    files.path.display(),
                    path.display()
                ),
                "keep the logs in a directory of their own",
            );
        }
    }
}

/// A path of the file, relative to the file's directory.
pub(super) fn path(field: &Field<'_>, base: &Path) -> Option<PathBuf> {
    field.text().map(|text| joined(base, text))
}

/// `base/text` without `.` parts, so that paths compare and print well.
fn joined(base: &Path, text: &str) -> PathBuf {
    let plain: PathBuf = base
        .join(text)
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    if plain.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        plain
    }
}

fn set<T>(slot: &mut T, read: Option<T>) {
    if let Some(value) = read {
        *slot = value;
    }
}
