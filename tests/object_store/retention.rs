//! Retention and holds of an archive in a bucket, reached by the settings of the config alone.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{ID, Mode, SECRET, Server};
use crate::{ARCHIVE, LOGS, signing_key, succeeds, tenure};

/// A directory whose config names the bucket, and an archive there of long ago.
struct Bucket {
    server: Server,
    directory: TempDir,
}

impl Bucket {
    fn new() -> Self {
        let (server, directory) = (Server::start(), TempDir::new().expect("a directory"));
        let write = |name: &str, text: &str| {
            fs::write(directory.path().join(name), text).expect("written");
        };
        let endpoint = server.endpoint();
        write(
            "tenure.toml",
            &format!(
                "[archive]\npath = \"{ARCHIVE}\"\nendpoint = \"{endpoint}\"\n\
                 access_key_id_file = \"id\"\nsecret_access_key_file = \"secret\"\n\
                 [signing]\nkey_file = \"signing.key\"\n[retention]\nevents = \"30d\"\n"
            ),
        );
        write("id", ID);
        write("secret", SECRET);
        write("signing.key", signing_key());
        let key = directory.path().join("signing.key");
        let (key, out) = (key.to_str().expect("a path"), directory.path().join("out"));
        let out = out.to_str().expect("a path");
        let arguments = [
            "replay",
            LOGS,
            "--out",
            out,
            "--archive",
            ARCHIVE,
            "--key",
            key,
        ];
        succeeds(&tenure(&server, &arguments));
        Bucket { server, directory }
    }

    /// Runs the program where the config is, with nothing in the environment.
    fn tenure(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(arguments)
            .current_dir(self.directory.path())
            .output()
            .expect("it runs")
    }

    /// What retention did, and its exit code.
    fn retain(&self, more: &[&str]) -> (Option<i32>, Value) {
        let output = self.tenure(&[&["retain", ARCHIVE, "--json"], more].concat());
        let told = serde_json::from_slice(&output.stdout);
        let told = told.unwrap_or_else(|_| panic!("{}", crate::told(&output)));
        (output.status.code(), told)
    }

    fn verified(&self) -> Value {
        let arguments = ["verify", ARCHIVE, "--key", "signing.key", "--json"];
        serde_json::from_str(&succeeds(&self.tenure(&arguments))).expect("JSON")
    }

    fn events(&self) -> BTreeSet<String> {
        let there = self.server.objects("tenure/events").into_keys();
        there.map(|path| format!("events/{path}")).collect()
    }
}

fn paths(files: &Value) -> BTreeSet<String> {
    let files = files.as_array().expect("files").iter();
    files
        .map(|file| file["path"].as_str().expect("a path").to_owned())
        .collect()
}

#[test]
fn what_is_over_goes_from_a_bucket_and_what_is_held_stays() {
    let bucket = Bucket::new();
    let all = bucket.events();
    let hold = [
        "hold", "add", ARCHIVE, "--id", "CASE-1", "--reason", "a letter",
    ];
    succeeds(&bucket.tenure(&[&hold[..], &["--source", "github"]].concat()));
    let listed = succeeds(&bucket.tenure(&["hold", "list", ARCHIVE]));
    assert!(listed.contains("CASE-1"), "{listed}");
    let (code, dry) = bucket.retain(&[]);
    assert_eq!((code, bucket.events()), (Some(0), all.clone()), "{dry}");
    let (code, went) = bucket.retain(&["--apply"]);
    assert_eq!(code, Some(0), "{went}");
    let gone = paths(&went["files"]);
    assert_eq!(gone, paths(&dry["files"]));
    let left = bucket.events();
    assert!(!left.is_empty() && left.iter().all(|path| path.contains("source=github")));
    assert_eq!(gone.union(&left).cloned().collect::<BTreeSet<_>>(), all);
    let report = bucket.verified();
    assert_eq!(report["counted"]["pruned_files"], gone.len(), "{report}");
    let release = [
        "hold", "release", ARCHIVE, "--id", "CASE-1", "--reason", "settled",
    ];
    succeeds(&bucket.tenure(&release));
    assert_eq!(paths(&bucket.retain(&["--apply"]).1["files"]), left);
    assert_eq!(bucket.events(), BTreeSet::new());
    bucket.verified();
}

/// A bucket under a retention of its own: the tombstone stands, and nothing else happens yet.
#[test]
fn what_a_bucket_does_not_delete_is_told_and_goes_when_it_may() {
    let bucket = Bucket::new();
    let all = bucket.events();
    bucket.server.behave(Mode::KeepsAll);
    let (code, kept) = bucket.retain(&["--apply"]);
    assert_eq!((code, bucket.events()), (Some(1), all.clone()), "{kept}");
    let undeleted = kept["undeleted"].as_array().expect("a list");
    assert_eq!(undeleted.len(), all.len(), "{kept}");
    let report = bucket.verified();
    assert_eq!(report["counted"]["pruned_files"], 0);
    let notices = report["notices"].to_string();
    assert!(
        notices.contains("lets it go, and it is still there"),
        "{notices}"
    );
    let events =
        succeeds(&bucket.tenure(&["query", "SELECT count(*) FROM events", "--format", "csv"]));
    assert_eq!(
        events.lines().last(),
        Some("0"),
        "what is let go is not read"
    );
    bucket.server.behave(Mode::Sound);
    let (code, went) = bucket.retain(&["--apply"]);
    assert_eq!(
        (code, bucket.events()),
        (Some(0), BTreeSet::new()),
        "{went}"
    );
    assert_eq!(bucket.verified()["counted"]["pruned_files"], all.len());
}
