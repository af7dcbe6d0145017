//! `[archive]`: its place, and how a bucket is reached.

use std::path::Path;
use std::time::Duration;

use super::super::check;
use super::{good, parse};
use crate::config::{ArchivePlace, LockMode, ObjectLock, SecretFrom, StoreSettings, is_loopback};

#[test]
fn a_bucket_of_s3_has_all_its_keys() {
    let config = good(
        r#"[archive]
path = "s3://evidence/tenure"
endpoint = "http://127.0.0.1:9000/"
region = "eu-central-1"
path_style = false
timeout = "5s"
access_key_id_env = "EVIDENCE_KEY_ID"
secret_access_key_file = "secret"
object_lock = "compliance"
retain = "400d"
"#,
    );
    let expected = StoreSettings {
        endpoint: Some("http://127.0.0.1:9000".into()),
        region: Some("eu-central-1".into()),
        path_style: Some(false),
        timeout: Some(Duration::from_secs(5)),
        access_key_id: Some(SecretFrom::Environment("EVIDENCE_KEY_ID".into())),
        secret_access_key: Some(SecretFrom::File("etc/secret".into())),
        lock: Some(ObjectLock {
            mode: LockMode::Compliance,
            retain: Duration::from_hours(400 * 24),
        }),
        ..StoreSettings::default()
    };
    assert_eq!(config.archive.store, expected);
}

#[test]
fn buckets_of_google_and_azure_have_theirs() {
    let google = good(
        "[archive]\npath = \"gs://evidence/tenure\"\ncredentials_file = \"sa.json\"\n\
         endpoint = \"https://gcs.example\"",
    );
    let file = google.archive.store.credentials_file;
    assert_eq!(file.as_deref(), Some(Path::new("etc/sa.json")));
    let azure = good(
        "[archive]\npath = \"abfss://box@corp.dfs.core.windows.net/x\"\naccount = \"corp\"\n\
         account_key_env = \"AZURE_KEY\"\nendpoint = \"http://blobs.example\"\nallow_http = true",
    );
    let key = Some(SecretFrom::Environment("AZURE_KEY".into()));
    assert_eq!(azure.archive.store.account_key, key);
    assert_eq!(azure.archive.store.account.as_deref(), Some("corp"));
}

#[test]
fn a_directory_needs_nothing_and_may_be_a_url() {
    let config = good("[archive]\npath = \"file:///var/lib/tenure/archive\"");
    let place = ArchivePlace::Directory("/var/lib/tenure/archive".into());
    assert_eq!(config.archive.place, place);
    assert_eq!(config.archive.store, StoreSettings::default());
    assert_eq!(config.timestamps, None);
}

#[test]
fn this_machine_is_known_by_its_names() {
    for host in [
        "localhost",
        "localhost:1",
        "127.0.0.1:9000",
        "127.8.8.8",
        "[::1]:9",
        "[::1]",
    ] {
        assert!(is_loopback(host), "{host}");
    }
    for host in [
        "",
        "10.0.0.1:9000",
        "localhost.example",
        "127.0.0.1.example:1",
        "[::2]:9",
    ] {
        assert!(!is_loopback(host), "{host}");
    }
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
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
        "[archive]\npath = \"s3://b\"\nsecret_access_key = \"hunter2\"",
        r#"tenure.toml:3: `archive.secret_access_key` stands in the file, where every reader of it sees it
  hint: write secret_access_key_env = "NAME", the name of an environment variable, or secret_access_key_file = "path""#,
    ),
    (
        "[archive]\npath = \"s3://b\"\naccess_key_id_env = \"A\"",
        "tenure.toml:3: `archive.access_key_id_env` is one half of a key
  hint: name both the access key's id and its secret, or neither",
    ),
    (
        "[archive]\nregion = \"eu\"",
        "tenure.toml:2: `archive.region` is for archives at `s3://`
  hint: leave it out: this one is at a directory",
    ),
    (
        "[archive]\npath = \"gs://b\"\nobject_lock = \"compliance\"\nretain = \"1d\"",
        "tenure.toml:3: `archive.object_lock` is for archives at `s3://`
  hint: leave it out: this one is at `gs://`
tenure.toml:4: `archive.retain` is for archives at `s3://`
  hint: leave it out: this one is at `gs://`",
    ),
    (
        "[archive]\npath = \"az://b\"\naccess_key_id_env = \"A\"",
        "tenure.toml:3: `archive.access_key_id_env` is for archives at `s3://`
  hint: leave it out: this one is at `az://`",
    ),
    (
        "[archive]\npath = \"s3://b\"\nobject_lock = \"legal\"\nretain = \"1d\"",
        "tenure.toml:3: `archive.object_lock` is `legal`, which is not known
  hint: write one of `compliance`, `governance`",
    ),
    (
        "[archive]\npath = \"s3://b\"\nobject_lock = \"governance\"",
        r#"tenure.toml:3: `archive.object_lock` stands without a time
  hint: write how long each object is locked beside it, such as retain = "400d""#,
    ),
    (
        "[archive]\npath = \"s3://b\"\nretain = \"400\"",
        "tenure.toml:3: `archive.retain` stands without `object_lock`
  hint: write object_lock = \"compliance\" or \"governance\" beside it",
    ),
    (
        "[archive]\npath = \"s3://b\"\nendpoint = \"http://minio.example:9000\"",
        "tenure.toml:3: `archive.endpoint` has no TLS: whoever is on the way reads and changes what is sent
  hint: write https://, or allow_http = true beside it where the network is trusted",
    ),
    (
        "[archive]\npath = \"s3://b\"\nendpoint = \"minio:9000\"",
        r#"tenure.toml:3: `archive.endpoint` is no address of a server
  hint: write a URL such as "https://minio.example:9000""#,
    ),
    (
        "[archive]\npath = \"s3://b\"\nendpoint = \"https://me:secret@minio:9000\"",
        "tenure.toml:3: `archive.endpoint` holds a name or password, which every reader of the file sees
  hint: leave it out: keys are named by `…_env` and `…_file`",
    ),
];
