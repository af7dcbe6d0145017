//! The built service in a directory of its own, over files.

#![allow(dead_code, reason = "each test uses its part of the place")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A working directory with logs and a config.
pub struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    /// A place whose config goes on with `more`.
    pub fn new(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let place = Place { dir };
        for source in ["hris", "okta"] {
            fs::create_dir_all(place.path().join("logs").join(source)).expect("logs");
        }
        let config = format!(
            "policy = \"policy.toml\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\n[archive]\nsegment_age = \"1s\"\n\n{more}"
        );
        fs::write(place.path().join("tenure.toml"), config).expect("config");
        // The records are of long ago, and the clock is not.
        let policy = "[rules.source-silent]\nenabled = false\n";
        fs::write(place.path().join("policy.toml"), policy).expect("policy");
        place
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn append(&self, source: &str, line: &str) {
        let path = self.path().join("logs").join(source).join("log.ndjson");
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        writeln!(file.expect("a log"), "{line}").expect("written");
    }

    pub fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(["run", "--log", "warn,tenure::cli=info"])
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path().join("service.log")).expect("a log"))
            .spawn()
            .expect("the service starts")
    }

    pub fn findings(&self) -> BTreeMap<String, serde_json::Value> {
        let text = fs::read_to_string(self.path().join("tenure-data/findings.ndjson"));
        let mut findings = BTreeMap::new();
        for line in text.unwrap_or_default().lines() {
            let mut finding: serde_json::Value = serde_json::from_str(line).expect("a finding");
            // When it was noticed depends on when the process was alive.
            finding["detected_at"] = serde_json::Value::Null;
            let id = finding["finding_id"].as_str().expect("an id").to_owned();
            assert!(
                findings.insert(id, finding).is_none(),
                "a finding is there twice"
            );
        }
        findings
    }

    /// The archive is intact and complete, under the key that the service made.
    pub fn verify(&self) {
        let data = self.path().join("tenure-data");
        let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
            .arg("verify")
            .arg(data.join("archive"))
            .arg("--key")
            .arg(data.join("signing.key"))
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{output:?}");
    }

    /// Records archived, by stream, from the commits; and that each chain has no hole.
    pub fn archived(&self) -> BTreeMap<String, i64> {
        let mut archived = BTreeMap::new();
        let commits = self.path().join("tenure-data/archive/commits");
        for stream in entries(&commits) {
            let mut end = 0;
            for path in entries(&stream.join("0")) {
                let text = fs::read_to_string(&path).expect("a commit");
                let commit: serde_json::Value = serde_json::from_str(&text).expect("json");
                assert_eq!(commit["start"], end, "{}", path.display());
                assert_eq!(commit["counts"]["gaps"], serde_json::json!([]));
                end = commit["end"].as_i64().expect("an end");
                let records = commit["counts"]["records"].as_i64().expect("a count");
                let name = stream
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                *archived.entry(name).or_default() += records;
            }
        }
        archived
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = listing
        .map(|entry| entry.expect("an entry").path())
        .collect();
    // What a store stages before it is complete has another ending.
    paths.retain(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths
}

pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("still not so after a minute: {what}");
}

/// Tells a service to stop, if it has not: how it ended, and its log.
pub fn end(place: &Place, mut service: Child) -> (ExitStatus, String) {
    let log = || fs::read_to_string(place.path().join("service.log")).expect("a log");
    wait_until("it has begun, and catches signals", || {
        log().contains("answering")
    });
    if service.try_wait().expect("a look").is_none() {
        let pid = service.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill").success());
    }
    let ended = service.wait().expect("it ends");
    (ended, log())
}

pub fn stop(place: &Place, service: Child) {
    let (ended, log) = end(place, service);
    assert!(
        ended.success(),
        "a service that is told to stop succeeds, not {ended}: {log}"
    );
}
