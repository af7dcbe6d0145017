//! Timelines and access of one company: the same from logs, from the same logs shuffled and
//! duplicated, from an archive, and from a running node.

#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use place::{Place, stop, wait_until};
use serde_json::Value;
use venv::python;

mod place;
mod venv;

const NOW: &str = "2026-07-01T00:00:00Z";
/// A leaver, a rehired one, one with two addresses, a machine, an account, and an employee id.
const PEOPLE: [&str; 6] = [
    "emil@corp.example",
    "ivo@corp.example",
    "nadia.sato@corp.example",
    "aws_cloudtrail:svc-backup",
    "github:kofidev",
    "E1012",
];
const TIMES: [&str; 3] = ["2026-01-20T00:00:00Z", "2026-03-01T12:00:00Z", NOW];

fn company_file(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/small_company")
        .join(part)
}

fn tenure(arguments: &[&str]) -> Output {
    let ended = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .output();
    ended.expect("it runs")
}

fn json(arguments: &[&str]) -> Value {
    let ended = tenure(arguments);
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&ended.stdout).expect("JSON")
}

/// Every answer that the tests compare, from one place.
fn answers(place: &[&str]) -> Vec<Value> {
    let timelines = PEOPLE.map(|who| [&["timeline", who, "--json", "--now", NOW], place].concat());
    let access = TIMES.map(|at| [&["access", "--as-of", at, "--json"], place].concat());
    let handoffs = [
        &[
            "handoffs",
            "--from",
            "2026-01-01T00:00:00Z",
            "--json",
            "--now",
            NOW,
        ],
        place,
    ]
    .concat();
    let links = [&["links", "--json"], place].concat();
    let nhi = [&["nhi", "--json", "--now", NOW], place].concat();
    let all = timelines
        .into_iter()
        .chain([handoffs, links, nhi])
        .chain(access);
    all.map(|arguments| json(&arguments)).collect()
}

fn of_logs(logs: &Path) -> Vec<Value> {
    let (logs, policy) = (logs.display().to_string(), company_file("policy.toml"));
    answers(&["--logs", &logs, "--policy", &policy.display().to_string()])
}

/// The company's files: source, name, records.
fn company() -> Vec<(String, Vec<String>)> {
    let mut files = Vec::new();
    for source in fs::read_dir(company_file("logs")).expect("logs") {
        let source = source.expect("a source").path();
        for file in fs::read_dir(&source).expect("files") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("text");
            let name = source
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            files.push((name, text.lines().map(str::to_owned).collect()));
        }
    }
    files.sort();
    files
}

/// The same records backwards, every third of them twice, over two files.
fn shuffle(logs: &Path) {
    for (source, records) in company() {
        let directory = logs.join(source);
        fs::create_dir_all(&directory).expect("a directory");
        let twice = records.iter().step_by(3).cloned();
        let all: Vec<String> = records.iter().rev().cloned().chain(twice).collect();
        let (first, second) = all.split_at(all.len() / 3);
        for (name, part) in [("b.ndjson", first), ("a.ndjson", second)] {
            fs::write(directory.join(name), part.join("\n") + "\n").expect("written");
        }
    }
}

#[test]
fn logs_shuffled_logs_and_an_archive_answer_alike() {
    let directory = tempfile::tempdir().expect("a directory");
    let expected = of_logs(&company_file("logs"));
    let shuffled = directory.path().join("logs");
    shuffle(&shuffled);
    assert_eq!(of_logs(&shuffled), expected);

    let (out, policy) = (directory.path().join("out"), company_file("policy.toml"));
    let (out, policy) = (out.display().to_string(), policy.display().to_string());
    let logs = shuffled.display().to_string();
    json(&[
        "replay", &logs, "--policy", &policy, "--now", NOW, "--out", &out, "--json",
    ]);
    let archive = format!("{out}/archive");
    assert_eq!(
        answers(&["--archive", &archive, "--policy", &policy]),
        expected
    );
    snapshot_holds(&archive, expected.last().expect("access as of now"));
}

/// DuckDB reads from the snapshot what `tenure access` answers for its time.
fn snapshot_holds(archive: &str, access: &Value) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_access.py");
    let read = Command::new(python())
        .args([script, archive])
        .output()
        .expect("python runs");
    let errors = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{errors}");
    let seen: Value = serde_json::from_slice(&read.stdout).expect("JSON");
    let rows = access["rows"].as_array().expect("rows").iter();
    let rows: Vec<Value> = rows
        .map(|row| {
            let of = |key: &str| row[key].clone();
            let second =
                |key: &str| Value::from(row[key].as_str().expect("a time")[..19].to_owned() + "Z");
            serde_json::json!([
                of("identity"),
                of("account"),
                of("subject"),
                of("kind"),
                of("what"),
                of("privileged"),
                NOW,
                second("since"),
                of("last_used"),
                "2026-07-01"
            ])
        })
        .collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    assert_eq!(seen["rows"], Value::from(rows));
    for (column, kind) in [("since", "timestamp[us, tz=UTC]"), ("privileged", "bool")] {
        assert_eq!(seen["types"][column], kind, "{column}");
    }
    // A second replay into the same place finds the day's snapshot there and leaves it.
    let commits = Path::new(archive).join("commits/tenure_3Aaccess/0");
    assert_eq!(fs::read_dir(commits).expect("commits").count(), 1);
}

#[test]
fn a_running_node_answers_alike_and_takes_a_snapshot_of_the_day() {
    let place = Place::new("");
    let policy = fs::read_to_string(company_file("policy.toml")).expect("the policy");
    fs::write(place.path().join("policy.toml"), policy).expect("written");
    for (source, records) in company() {
        fs::create_dir_all(place.path().join("logs").join(&source)).expect("a directory");
        place.append(&source, &records.join("\n"));
    }
    let service = place.start();
    let log = || fs::read_to_string(place.path().join("service.log")).expect("a log");
    let address = || {
        let log = log();
        let after = log.split("answering on ").nth(1)?;
        Some(after.split('"').next()?.to_owned())
    };
    wait_until("it answers", || address().is_some());
    let url = address().expect("an address");
    let ask = ["access", "--as-of", NOW, "--json", "--node", &url];
    wait_until("it has read all", || {
        let ended = tenure(&ask);
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        answer.is_some_and(|answer| answer["total"].as_u64() > Some(20))
    });
    assert_eq!(answers(&["--node", &url]), of_logs(&company_file("logs")));
    refuses(&url);
    let snapshots = place
        .path()
        .join("tenure-data/archive/commits/tenure_3Aaccess/0");
    wait_until("the day's snapshot is there", || {
        snapshots.join("000000000000.json").exists()
    });
    stop(&place, service);
    let again = place.start();
    stop(&place, again);
    assert_eq!(fs::read_dir(snapshots).expect("commits").count(), 1);
}

fn refuses(url: &str) {
    for (arguments, expected) in [
        (
            &["links", "--who", "nobody@corp.example"][..],
            "nobody is known as `nobody@corp.example`",
        ),
        (
            &["timeline", "nobody@corp.example"],
            "nobody is known as `nobody@corp.example`",
        ),
        (
            &["timeline", "nadia@corp.example"],
            "may be any of E1014, E1015",
        ),
        (&["timeline", ":"], "`:` is nobody; write an e-mail address"),
        (
            &["access", "--as-of", "2099-01-01T00:00:00Z"],
            "cannot be known before then",
        ),
    ] {
        let ended = tenure(&[arguments, &["--node", url]].concat());
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(
            !ended.status.success() && errors.contains(expected),
            "{errors}"
        );
    }
}

#[test]
fn logs_that_lie_one_directory_deeper_are_hinted_at() {
    let out = tempfile::tempdir().expect("a directory");
    let (company, out) = (company_file(""), out.path().display().to_string());
    let ended = tenure(&["replay", &company.display().to_string(), "--out", &out]);
    let errors = String::from_utf8_lossy(&ended.stderr);
    let below = company_file("logs");
    assert!(
        errors.contains(&format!("did you mean {}?", below.display())),
        "{errors}"
    );
}

#[test]
fn a_date_stands_for_its_beginning() {
    let (logs, policy) = (company_file("logs"), company_file("policy.toml"));
    let (logs, policy) = (logs.display().to_string(), policy.display().to_string());
    let asked = |at| {
        json(&[
            "access", "--as-of", at, "--logs", &logs, "--policy", &policy, "--json",
        ])
    };
    assert_eq!(asked("2026-03-01"), asked("2026-03-01T00:00:00Z"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_do() {
    let policy = company_file("policy.toml").display().to_string();
    for (arguments, expected) in [
        (
            &["timeline", "x", "--policy", &policy][..],
            "a node has a policy and mappings of its own",
        ),
        (
            &["timeline", "x", "--logs", "/no/such"],
            "no such directory",
        ),
        (
            &["access", "--archive", "/no/such/archive"],
            "failed to open archive",
        ),
    ] {
        let ended = tenure(arguments);
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(
            !ended.status.success() && errors.contains(expected),
            "{errors}"
        );
    }
}
