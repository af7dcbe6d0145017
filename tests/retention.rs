//! `tenure retain` and `tenure hold` as a user runs them, on what `tenure replay` writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Runs the program: its exit code, standard output, and standard error.
fn tenure(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("an end");
    (code, text(&output.stdout), text(&output.stderr))
}

struct Replayed {
    directory: TempDir,
}

impl Replayed {
    /// The small company, whose records were archived from January to April of 2026.
    fn new(retention: &str) -> Self {
        let directory = TempDir::new().expect("directory");
        let logs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs");
        let out = directory.path().to_str().expect("path");
        let (code, _, error) = tenure(&["replay", logs, "--out", out]);
        assert_eq!(code, 0, "{error}");
        let config = format!("[signing]\nkey_file = \"signing.key\"\n[retention]\n{retention}");
        fs::write(directory.path().join("tenure.toml"), config).expect("written");
        Replayed { directory }
    }

    fn path(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        path.to_str().expect("path").to_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.directory.path().join("archive").join(name).exists()
    }

    fn retain(&self, more: &[&str]) -> (i32, Value) {
        let (archive, config) = (self.path("archive"), self.path("tenure.toml"));
        let arguments = [&["retain", &archive, "-c", &config, "--json"], more].concat();
        let (code, told, error) = tenure(&arguments);
        let told = serde_json::from_str(&told);
        (code, told.unwrap_or_else(|_| panic!("{error}")))
    }

    fn hold(&self, arguments: &[&str]) -> (i32, String, String) {
        let (archive, config) = (self.path("archive"), self.path("tenure.toml"));
        let (verb, rest) = arguments.split_first().expect("a verb");
        tenure(&[&["hold", verb, &archive, "-c", &config], rest].concat())
    }

    fn verify(&self) -> (i32, Value) {
        let (archive, key) = (self.path("archive"), self.path("signing.key"));
        let (code, told, error) = tenure(&["verify", &archive, "--key", &key, "--json"]);
        let told = serde_json::from_str(&told);
        (code, told.unwrap_or_else(|_| panic!("{error}")))
    }

    /// The script of the archive over the archive.
    fn script(&self) -> (i32, String) {
        let (_, pem, _) = tenure(&["keys", "show", &self.path("signing.key"), "--pem"]);
        fs::write(self.path("key.pem"), pem).expect("written");
        let (archive, key) = (self.path("archive"), self.path("key.pem"));
        let script = format!("{archive}/verify.sh");
        let output = Command::new("sh")
            .args([&script, "--key", &key, &archive])
            .output()
            .expect("it runs");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        (output.status.code().expect("an end"), told)
    }

    fn files(&self, dataset: &str) -> Vec<PathBuf> {
        let root = self.directory.path().join("archive");
        let mut found = Vec::new();
        below(&root.join(dataset), &mut found);
        found.sort();
        found
    }
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("directory") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn paths(files: &Value) -> Vec<&str> {
    let files = files.as_array().expect("files").iter();
    files
        .map(|file| file["path"].as_str().expect("a path"))
        .collect()
}

#[test]
fn what_is_over_is_let_go_and_told_from_what_is_missing() {
    let place = Replayed::new("events = \"30d\"\n");
    let all = place.files("events").len();
    let (code, dry) = place.retain(&[]);
    assert_eq!(code, 0);
    assert_eq!(
        (dry["applied"].as_bool(), paths(&dry["files"]).len()),
        (Some(false), all)
    );
    assert_eq!(
        place.files("events").len(),
        all,
        "a dry run changes nothing"
    );
    let (code, dry) = place.retain(&["--now", "2026-01-10"]);
    assert_eq!(
        (code, paths(&dry["files"]).len()),
        (0, 0),
        "nothing is over yet"
    );

    let (code, _, error) = place.hold(&[
        "add", "--id", "CASE-1", "--reason", "a letter", "--source", "github",
    ]);
    assert_eq!((code, error.contains("warning")), (0, false), "{error}");
    let (code, went) = place.retain(&["--apply"]);
    assert_eq!(code, 0);
    assert_eq!(
        went["tombstones"],
        serde_json::json!(["tombstones/000000000000.json"])
    );
    let held = went["held"].as_array().expect("held");
    assert!(
        !held.is_empty() && held.iter().all(|it| it["holds"][0]["id"] == "CASE-1"),
        "{held:?}"
    );
    let gone = paths(&went["files"]);
    assert_eq!(gone.len() + held.len(), all);
    assert!(
        gone.iter()
            .all(|path| !place.has(path) && !path.contains("source=github"))
    );

    let (code, report) = place.verify();
    assert_eq!((code, &report["problems"]), (0, &serde_json::json!([])));
    assert_eq!(report["counted"]["pruned_files"], gone.len());
    let (code, told) = place.script();
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains(&format!("files: {} more, let go", gone.len())),
        "{told}"
    );

    let lost = place.files("events").remove(0);
    fs::remove_file(&lost).expect("removed");
    assert_eq!(place.verify().0, 1);
    let (code, told) = place.script();
    assert_eq!(code, 1, "{told}");
    let forged = place.path("archive/tombstones/000000000001.json");
    let text = fs::read_to_string(place.path("archive/tombstones/000000000000.json"));
    fs::write(forged, text.expect("read")).expect("written");
    assert_eq!(
        (place.verify().0, place.script().0),
        (1, 1),
        "nobody signed that one"
    );
}

#[test]
fn readers_say_what_was_let_go() {
    let place = Replayed::new("events = \"30d\"\naccess = \"30d\"\n");
    let record = "hris/2026.ndjson/0/0";
    let archive = place.path("archive");
    let origin = fs::read_dir(place.path("archive/events"))
        .expect("events")
        .count();
    assert!(origin > 0);
    assert_eq!(place.retain(&["--apply"]).0, 0);
    let (code, _, error) = tenure(&["timeline", "ivo@corp.example", "--archive", &archive]);
    assert_ne!(code, 101, "{error}");
    assert!(error.contains("were let go by retention"), "{error}");
    let commits = place.files("commits");
    let commit = commits.iter().find_map(|path| {
        let commit: Value = serde_json::from_slice(&fs::read(path).expect("read")).expect("JSON");
        let topic = commit["stream"]["topic"].as_str()?.to_owned();
        topic.starts_with("hris/").then_some(topic)
    });
    let topic = commit.unwrap_or_else(|| record.to_owned());
    let out = place.path("proof");
    let (code, _, error) = tenure(&[
        "prove",
        &archive,
        "--record",
        &format!("{topic}/0/0"),
        "--out",
        &out,
    ]);
    assert_eq!(code, 1);
    assert!(
        error.contains("pruned by tombstones/000000000000.json"),
        "{error}"
    );
}

#[test]
fn a_hold_by_identity_keeps_every_account_of_hers() {
    let place = Replayed::new("events = \"30d\"\naccess = \"30d\"\n");
    let (code, told, error) = place.hold(&[
        "add",
        "--id",
        "CASE-17",
        "--reason",
        "a case",
        "--identity",
        "ivo@corp.example",
        "--json",
    ]);
    assert_eq!(code, 0, "{error}");
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let known: Vec<&str> = told["known"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        known.iter().any(|name| name.starts_with("okta:")),
        "{known:?}"
    );
    assert!(known.len() > 2, "her accounts are known too: {known:?}");
    let (code, went) = place.retain(&["--apply"]);
    assert_eq!(code, 0);
    let gone = paths(&went["files"]);
    let held = went["held"].as_array().expect("held");
    assert!(!gone.is_empty() && !held.is_empty(), "{gone:?} {held:?}");
    assert!(
        gone.iter().all(|path| !path.contains("source=okta")),
        "{gone:?}"
    );
    assert_eq!(place.verify().0, 0);

    let (code, _, error) = place.hold(&[
        "release", "--id", "CASE-17", "--reason", "settled", "--by", "counsel",
    ]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(place.retain(&["--apply"]).0, 0);
    assert_eq!(place.files("events").len(), 0);
    assert_eq!(place.verify().0, 0);
    let (_, list, _) = tenure(&["hold", "list", &place.path("archive")]);
    assert!(
        list.contains("over") && list.contains("settled") && list.contains("counsel"),
        "{list}"
    );
}

#[test]
fn a_snapshot_of_people_is_let_go_by_its_own_days_unless_somebody_in_it_is_held() {
    let place = Replayed::new("people = \"30d\"\n");
    let (code, _, error) = place.hold(&[
        "add",
        "--id",
        "CASE-18",
        "--reason",
        "a case",
        "--identity",
        "E1009",
    ]);
    assert_eq!(code, 0, "{error}");
    let (code, went) = place.retain(&["--apply"]);
    assert_eq!(code, 0);
    assert!(paths(&went["files"]).is_empty(), "{went}");
    let held = went["held"].as_array().expect("held");
    assert_eq!(held.len(), 1, "{held:?}");
    let (code, _, error) = place.hold(&["release", "--id", "CASE-18", "--reason", "settled"]);
    assert_eq!(code, 0, "{error}");
    let (code, went) = place.retain(&["--apply"]);
    assert_eq!(code, 0);
    let gone = paths(&went["files"]);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].starts_with("people/day="), "{gone:?}");
    assert_eq!(place.files("people"), [] as [PathBuf; 0]);
    let (code, verified) = place.verify();
    assert_eq!(code, 0, "{verified}");
    assert_eq!(verified["counted"]["pruned_files"], 1, "{verified}");
    let (code, told, error) = tenure(&[
        "query",
        "--archive",
        &place.path("archive"),
        "--json",
        "SELECT count(*) AS people FROM people_now",
    ]);
    assert_eq!(code, 0, "{error}");
    assert!(
        told.contains("\"people\":0") || told.contains("\"people\": 0"),
        "{told}"
    );
}

/// It may be spelt for what is still to come, so it is held all the same.
#[test]
fn a_hold_on_what_the_archive_does_not_know_is_told_of() {
    let place = Replayed::new("events = \"30d\"\n");
    let misspelt = [
        "add", "--id", "CASE-2", "--reason", "a letter", "--source", "gitub",
    ];
    let (code, _, error) = place.hold(&misspelt);
    assert_eq!(code, 0, "{error}");
    assert!(
        error.contains("the archive has no records of gitub"),
        "{error}"
    );
    let nowhere = place.path("nowhere");
    fs::create_dir(&nowhere).expect("directory");
    assert_eq!(tenure(&["hold", "list", &nowhere]).0, 1, "it is no archive");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Replayed::new("events = \"30d\"\n");
    let archive = place.path("archive");
    let (code, _, error) = place.hold(&["release", "--id", "CASE-9", "--reason", "over"]);
    assert_eq!(code, 1);
    assert!(error.contains("no hold `CASE-9` is in force"), "{error}");
    let (code, _, error) = place.hold(&[
        "add",
        "--id",
        "a",
        "--reason",
        "b",
        "--from",
        "2026-03-02",
        "--to",
        "2026-03-01",
    ]);
    assert_eq!(code, 1);
    assert!(error.contains("are none"), "{error}");
    let config = place.path("tenure.toml");
    let arguments = [
        "retain",
        &archive,
        "-c",
        &config,
        "--apply",
        "--now",
        "2999-01-01",
    ];
    let (code, _, error) = tenure(&arguments);
    assert_eq!(code, 1);
    assert!(error.contains("has not come yet"), "{error}");
    fs::remove_file(place.path("signing.key")).expect("removed");
    let (code, _, error) = tenure(&["retain", &archive, "-c", &config, "--apply"]);
    assert_eq!(code, 1);
    assert!(error.contains("signing.key"), "{error}");
    let nowhere = place.path("nowhere");
    let (code, _, _) = tenure(&[
        "hold", "add", &nowhere, "--id", "a", "--reason", "b", "--all",
    ]);
    assert_eq!(code, 1);
    assert!(!Path::new(&nowhere).exists(), "no archive is made");
}

#[test]
fn a_running_service_lets_go_what_is_over_once_a_day() {
    let place = Replayed::new("events = \"30d\"\naccess = \"90y\"\napply = \"daily\"\n");
    let config = fs::read_to_string(place.path("tenure.toml")).expect("read");
    let config = format!(
        "[files]\npath = \"logs\"\n[archive]\npath = \"archive\"\n[state]\npath = \"data/state\"\n\
         [http]\nlisten = \"127.0.0.1:0\"\n{config}"
    );
    fs::write(place.path("tenure.toml"), config).expect("written");
    fs::create_dir(place.path("logs")).expect("logs");
    let mut service = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(["run", "-c", &place.path("tenure.toml")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the service starts");
    let (said, lines) = mpsc::channel();
    let stderr = BufReader::new(service.stderr.take().expect("piped"));
    let reading = std::thread::spawn(move || {
        for line in stderr.lines() {
            if said.send(line.expect("text")).is_err() {
                return;
            }
        }
    });
    loop {
        let line = lines.recv_timeout(Duration::from_mins(2));
        let line = line.expect("it says what it let go");
        if line.contains("were let go by retention under tombstones/000000000000.json") {
            break;
        }
    }
    let pid = service.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.expect("sent").success());
    assert!(service.wait().expect("an end").success());
    drop(lines);
    reading.join().expect("read");
    assert_eq!(place.files("events").len(), 0);
    let (code, report) = place.verify();
    assert_eq!((code, &report["problems"]), (0, &serde_json::json!([])));
    assert!(!place.files("access").is_empty());
}

#[test]
fn what_a_crash_left_after_the_tombstone_goes_with_the_next_run() {
    let place = Replayed::new("events = \"30d\"\n");
    let left = place.files("events").remove(0);
    let bytes = fs::read(&left).expect("read");
    assert_eq!(place.retain(&["--apply"]).0, 0);
    assert!(!left.exists());
    fs::write(&left, bytes).expect("written");
    let (code, report) = place.verify();
    let notices = report["notices"].as_array().expect("notices");
    assert_eq!((code, notices.len()), (0, 1), "{report}");
    assert_eq!(place.script().0, 0);
    let (_, dry) = place.retain(&[]);
    assert_eq!(paths(&dry["unfinished"]).len(), 1);
    let (code, went) = place.retain(&["--apply"]);
    assert_eq!((code, paths(&went["files"]).len()), (0, 1));
    assert_eq!(went["tombstones"], serde_json::json!([]));
    assert!(!left.exists());
    let (code, report) = place.verify();
    assert_eq!((code, &report["notices"]), (0, &serde_json::json!([])));
}
