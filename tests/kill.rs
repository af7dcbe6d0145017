//! Killed at any moment, the service loses nothing and repeats nothing that a user can see.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const KILLS: usize = 20;

use story::{PEOPLE, hire_or_leave, okta};

mod story;

/// A working directory with logs and a config.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let place = Place { dir };
        for source in ["hris", "okta"] {
            fs::create_dir_all(place.path().join("logs").join(source)).expect("logs");
        }
        let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n[archive]\nsegment_age = \"1s\"\n";
        fs::write(place.path().join("tenure.toml"), config).expect("config");
        place
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn append(&self, source: &str, line: &str) {
        let path = self.path().join("logs").join(source).join("log.ndjson");
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        writeln!(file.expect("a log"), "{line}").expect("written");
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(["run", "--log", "warn,tenure::cli=info"])
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path().join("service.log")).expect("a log"))
            .spawn()
            .expect("the service starts")
    }

    fn findings(&self) -> BTreeMap<String, serde_json::Value> {
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

    /// Records archived, by stream, from the commits; and that each chain has no hole.
    fn archived(&self) -> BTreeMap<String, i64> {
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

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("still not so after a minute: {what}");
}

fn stop(place: &Place, mut service: Child) {
    let log = || fs::read_to_string(place.path().join("service.log")).expect("a log");
    wait_until("it has begun, and catches signals", || {
        log().contains("answering")
    });
    let pid = service.id().to_string();
    let told = Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .expect("kill");
    assert!(told.success());
    let ended = service.wait().expect("it ends");
    let log = log();
    assert!(
        ended.success(),
        "a service that is told to stop succeeds, not {ended}: {log}"
    );
}

#[test]
fn twenty_kills_lose_nothing_and_repeat_nothing() {
    let records = story::records();
    let plain = Place::new();
    records
        .iter()
        .for_each(|(source, line)| plain.append(source, line));
    let service = plain.start();
    let written = |place: &Place| -> i64 { place.archived().values().sum() };
    let all = i64::try_from(records.len()).expect("a count");
    wait_until("the plain run has archived all", || written(&plain) == all);
    stop(&plain, service);
    let expected = plain.findings();
    assert!(
        expected.len() > PEOPLE,
        "the story has findings to lose: {}",
        expected.len()
    );

    let killed = Place::new();
    let mut left = records.iter();
    for round in 0..KILLS {
        let mut service = killed.start();
        let share = left.by_ref().take(records.len().div_ceil(KILLS));
        share.for_each(|(source, line)| killed.append(source, line));
        // Between nothing at all and the middle of a later commit.
        std::thread::park_timeout(Duration::from_millis(
            40 * u64::try_from(round).expect("small"),
        ));
        service.kill().expect("SIGKILL");
        service.wait().expect("it is dead");
    }
    let service = killed.start();
    wait_until("the killed run has archived all", || {
        written(&killed) == all
    });
    stop(&killed, service);
    assert_eq!(killed.archived(), plain.archived());
    assert_eq!(killed.findings(), expected);
}

/// The suspension is in the file that is read last: read half-way, the logs would say that the
/// leaver's account was live at the deadline.
#[test]
fn a_start_over_a_long_log_tells_nothing_that_the_rest_of_it_refutes() {
    let place = Place::new();
    place.append("hris", &hire_or_leave(1, "hire", "2026-01-02T00:00:00Z"));
    place.append(
        "hris",
        &hire_or_leave(1, "terminate", "2026-02-10T17:00:00Z"),
    );
    place.append(
        "okta",
        &okta("user.lifecycle.create", 1, 1, "2026-01-02T08:00:00Z"),
    );
    let filler: Vec<String> = (0..60_000)
        .map(|record| {
            okta(
                "user.session.start",
                1_000 + record,
                1,
                "2026-02-01T08:00:00Z",
            )
        })
        .collect();
    place.append("okta", &filler.join("\n"));
    let by_herself = okta("user.lifecycle.suspend", 2, 1, "2026-02-10T18:00:00Z");
    let by_an_admin = by_herself
        .replacen("00u1", "00uadmin", 1)
        .replacen("p1@", "admin@", 1);
    place.append("okta", &by_an_admin);
    let service = place.start();
    let all = 60_004;
    wait_until("all is archived", || {
        place.archived().values().sum::<i64>() == all
    });
    stop(&place, service);
    let log = fs::read_to_string(place.path().join("service.log")).expect("a log");
    assert!(!log.contains("leaver"), "{log}");
    let rules = place
        .findings()
        .into_values()
        .map(|finding| finding["rule"].to_string());
    assert!(
        !rules.collect::<String>().contains("leaver"),
        "nor in the end"
    );
}
