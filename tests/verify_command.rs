//! `tenure verify`, `prove` and `keys` as a user runs them, on what `tenure replay` writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, BinaryArray, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
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
    /// The key that the replay said to verify with.
    key: String,
}

impl Replayed {
    fn new() -> Self {
        let directory = TempDir::new().expect("directory");
        let logs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs");
        let out = directory.path().to_str().expect("path");
        let (code, told, error) = tenure(&["replay", logs, "--out", out]);
        assert_eq!((code, error.as_str()), (0, ""));
        let line = told.lines().find(|line| line.starts_with("verify with: "));
        let key = line.and_then(|line| line.split(" --key ").nth(1));
        let key = key.expect("a key").to_owned();
        Replayed { directory, key }
    }

    fn path(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        path.to_str().expect("path").to_owned()
    }

    fn archive(&self) -> String {
        self.path("archive")
    }

    fn verify(&self, more: &[&str]) -> (i32, Value) {
        let archive = self.archive();
        let arguments = [&["verify", &archive, "--json"], more].concat();
        let (code, told, _) = tenure(&arguments);
        (code, serde_json::from_str(&told).expect("JSON"))
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("directory") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn commits(archive: &str) -> BTreeMap<String, Value> {
    let directory = Path::new(archive).join("commits");
    files(&directory)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&directory).expect("below");
            let text = fs::read_to_string(&path).expect("read");
            let name = name.to_str().expect("name").to_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect()
}

#[test]
fn a_replay_can_be_verified_with_the_key_that_it_tells_of_and_exit_codes_are_those_promised() {
    let replayed = Replayed::new();
    let (code, report) = replayed.verify(&["--key", &replayed.key]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["integrity"], "holds");
    assert_eq!(report["completeness"], "holds");
    assert_eq!(report["counted"]["unsigned"], 0);
    assert_eq!(report["foreign"], serde_json::json!([]));
    let by_file = replayed.path("signing.key");
    assert_eq!(replayed.verify(&["--key", &by_file]).0, 0);
    assert_eq!(replayed.verify(&[]).0, 2, "nobody is trusted");
    assert_eq!(tenure(&["verify", "/nowhere", "--key", &replayed.key]).0, 2);
    let (code, _, error) = tenure(&["verify", &replayed.archive(), "--key", "nonsense"]);
    assert_eq!(code, 2, "{error}");
    assert!(
        error.contains("is no file, and as a key it is wrong"),
        "{error}"
    );
    let old = replayed.verify(&["--key", &replayed.key, "--max-age", "1h"]);
    assert_eq!((old.0, &old.1["completeness"]), (1, &Value::from("broken")));

    let archive = replayed.archive();
    let access = files(&Path::new(&archive).join("access"));
    assert_eq!(access.len(), 1, "the snapshot is part of it");
    fs::write(&access[0], "changed").expect("written");
    let (code, told, _) = tenure(&["verify", &archive, "--key", &replayed.key]);
    assert_eq!(code, 1);
    assert!(told.contains("access/day="), "{told}");
    assert!(told.contains("BROKEN"), "{told}");
}

#[test]
fn the_same_logs_read_again_give_the_same_row_roots_under_another_key() {
    let (one, other) = (Replayed::new(), Replayed::new());
    assert_ne!(one.key, other.key);
    let (one, other) = (commits(&one.archive()), commits(&other.archive()));
    assert!(one.len() > 5, "{}", one.len());
    assert!(one.keys().eq(other.keys()));
    for (name, commit) in &one {
        assert_eq!(commit["row_root"], other[name]["row_root"], "{name}");
        if !name.starts_with("tenure_3Aarchive/") {
            assert_eq!(commit, &other[name], "{name}");
        }
    }
}

#[test]
fn a_replay_that_is_run_again_into_the_same_place_changes_nothing() {
    let replayed = Replayed::new();
    let before = files(Path::new(&replayed.archive()));
    let logs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs");
    let (code, _, error) = tenure(&["replay", logs, "--out", &replayed.path("")]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("held records before"), "{error}");
    assert_eq!(files(Path::new(&replayed.archive())), before);
    assert_eq!(replayed.verify(&["--key", &replayed.key]).0, 0);
}

#[test]
fn an_event_that_a_finding_cites_is_proved_and_the_script_agrees() {
    let replayed = Replayed::new();
    let findings = fs::read_to_string(replayed.path("findings.ndjson")).expect("findings");
    let cited = findings.lines().find_map(|line| {
        let finding: Value = serde_json::from_str(line).expect("a finding");
        finding["evidence"][0].as_str().map(str::to_owned)
    });
    let (cited, proof) = (cited.expect("evidence"), replayed.path("proof"));
    let archive = replayed.archive();
    let ends = |replayed: &Replayed| {
        let (code, report) = replayed.verify(&["--key", &replayed.key]);
        assert_eq!(code, 0, "{report}");
        (
            report["newest"].clone(),
            report["counted"]["commits"].as_u64(),
        )
    };
    let before = ends(&replayed);
    let wanted = ["prove", &archive, "--event", &cited, "--out", &proof];
    let (code, told, error) = tenure(&wanted);
    assert_eq!(code, 0, "{error}");
    assert!(told.contains("wrote the proof of "), "{told}");
    let pem = replayed.path("key.pem");
    let (_, text, _) = tenure(&["keys", "show", &replayed.path("signing.key"), "--pem"]);
    fs::write(&pem, text).expect("written");
    let script = Path::new(&proof).join("verify.sh");
    for arguments in [vec!["--proof", &proof], vec![archive.as_str()]] {
        let checked = Command::new("sh")
            .arg(&script)
            .args(["--key", &pem])
            .args(arguments)
            .output()
            .expect("sh runs");
        assert!(checked.status.success(), "{checked:?}");
    }
    let after = ends(&replayed);
    assert!(after.1 > before.1, "that it was read is part of it");
    assert_eq!(after.0, before.0, "and does not make it newer");
    let again = tenure(&wanted);
    assert_eq!(again.0, 1, "a proof is not written over");
    let absent = replayed.path("absent");
    let (code, _, error) = tenure(&["prove", &archive, "--event", "0", "--out", &absent]);
    assert_eq!(code, 1);
    assert!(error.contains("the event 0 cannot be proved"), "{error}");
}

/// An archive has the pages of the version that began it, and perhaps not as they were.
#[test]
fn the_script_that_verifies_comes_from_elsewhere_than_the_archive() {
    let replayed = Replayed::new();
    let (archive, out) = (replayed.archive(), replayed.path("pages"));
    let written = tenure(&["archive", "pages", "--out", &out]);
    assert_eq!(written.0, 0, "{}", written.2);
    let names = files(Path::new(&out));
    assert_eq!(names.len(), 5, "{names:?}");
    for path in &names {
        let name = path.file_name().expect("a name");
        let there = fs::read(Path::new(&archive).join(name)).expect("a page");
        assert_eq!(fs::read(path).expect("read"), there, "{name:?}");
    }
    fs::write(Path::new(&archive).join("verify.sh"), "exit 0\n").expect("forged");
    let pem = replayed.path("key.pem");
    let (_, text, _) = tenure(&["keys", "show", &replayed.path("signing.key"), "--pem"]);
    fs::write(&pem, text).expect("written");
    let checked = Command::new("sh")
        .args([&format!("{out}/verify.sh"), "--key", &pem, &archive])
        .output()
        .expect("sh runs");
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let again = tenure(&["archive", "pages", "--out", &out]);
    assert_eq!(again.0, 1, "nothing is written over");
    assert!(again.2.contains("failed to write "), "{}", again.2);
}

/// Whoever can write Parquet can change a record: the file is condemned, and the record named.
#[test]
fn a_record_that_was_changed_in_its_file_is_named_among_those_that_were_not() {
    let replayed = Replayed::new();
    let archive = replayed.archive();
    let segments = files(&Path::new(&archive).join("events"));
    let okta = segments
        .iter()
        .find(|path| path.to_string_lossy().contains("source=okta"))
        .expect("a segment");
    let forged = forge(okta, 1);
    fs::write(okta, forged).expect("written");
    let (code, report) = replayed.verify(&["--key", &replayed.key]);
    assert_eq!(code, 1, "{report}");
    assert_eq!(report["integrity"], "broken");
    let problems = report["problems"].as_array().expect("problems");
    assert_eq!(problems.len(), 1, "{report}");
    let (problem, path) = (&problems[0], okta.to_string_lossy().into_owned());
    assert!(path.ends_with(problem["path"].as_str().expect("a path")));
    assert_eq!(problem["offsets"], serde_json::json!([1, 2]), "{problem}");
    let what = problem["what"].as_str().expect("what");
    assert!(what.contains("; not as written: 1; "), "{what}");
}

/// The same file, but for the bytes of one record.
fn forge(path: &Path, offset: i64) -> Vec<u8> {
    let file = fs::File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet");
    let schema = reader.schema().clone();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), None).expect("a writer");
    for batch in reader.build().expect("rows") {
        let batch = batch.expect("a batch");
        let place = schema.index_of("raw").expect("raw");
        let offsets = batch.column_by_name("offset").expect("offsets");
        let offsets = offsets.as_primitive::<Int64Type>().values().iter();
        let raw = batch.column(place).as_binary::<i32>().iter();
        let forged: BinaryArray = offsets
            .zip(raw)
            .map(|(at, raw)| match raw {
                Some(_) if *at == offset => Some(&b"{\"forged\":true}"[..]),
                raw => raw,
            })
            .collect();
        let mut columns = batch.columns().to_vec();
        columns.splice(place..=place, [Arc::new(forged) as ArrayRef]);
        let batch = RecordBatch::try_new(schema.clone(), columns).expect("a batch");
        writer.write(&batch).expect("written");
    }
    writer.into_inner().expect("a file")
}

/// The line of each finding is a leaf of its commit, as a record is of its.
#[test]
fn each_finding_is_proved_as_receivers_got_it_and_none_that_was_changed() {
    let replayed = Replayed::new();
    let pem = replayed.path("key.pem");
    let (code, text, error) = tenure(&["keys", "show", &replayed.key, "--pem"]);
    assert_eq!(code, 0, "{error}");
    fs::write(&pem, text).expect("written");
    let findings = fs::read_to_string(replayed.path("findings.ndjson")).expect("findings");
    let lines: Vec<&str> = findings.lines().collect();
    assert!(lines.len() > 10, "{}", lines.len());
    let script = |proof: &str| {
        let script = format!("{proof}/verify.sh");
        let arguments = [&script, "--key", &pem, "--proof", proof];
        let output = Command::new("sh").args(arguments).output().expect("sh");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().expect("an end"), told)
    };
    for (number, line) in lines.iter().enumerate().step_by(7) {
        let finding: Value = serde_json::from_str(line).expect("JSON");
        let id = finding["finding_id"].as_str().expect("id");
        let proof = replayed.path(&format!("proof-{number}"));
        let arguments = [
            "prove",
            &replayed.archive(),
            "--finding",
            id,
            "--out",
            &proof,
        ];
        let (code, _, error) = tenure(&arguments);
        assert_eq!(code, 0, "{error}");
        assert_eq!(
            fs::read_to_string(format!("{proof}/record")).expect("record"),
            *line
        );
        let (code, told) = script(&proof);
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("tenure:findings"), "{told}");
        let other = line.replacen("status", "statue", 1);
        fs::write(format!("{proof}/record"), other).expect("changed");
        assert_eq!(script(&proof).0, 1);
    }
    let out = replayed.path("none");
    let arguments = [
        "prove",
        &replayed.archive(),
        "--finding",
        "none",
        "--out",
        &out,
    ];
    let (code, _, error) = tenure(&arguments);
    assert_eq!(code, 1);
    assert!(error.contains("it is not there"), "{error}");
}

#[test]
fn a_key_is_made_shown_and_followed_by_another() {
    let replayed = Replayed::new();
    let (key, new) = (replayed.path("signing.key"), replayed.path("new.key"));
    let archive = replayed.archive();
    let (code, second, error) = tenure(&["keys", "rotate", &archive, "--key", &key, "--new", &new]);
    assert_eq!(code, 0, "{error}");
    for trusted in [replayed.key.as_str(), second.trim()] {
        let (code, report) = replayed.verify(&["--key", trusted]);
        assert_eq!(code, 0, "{report}");
    }
    let (_, shown, _) = tenure(&["keys", "show", &archive]);
    let mut both = vec![replayed.key.as_str(), second.trim()];
    both.sort_unstable();
    let mut shown: Vec<&str> = shown.lines().collect();
    shown.sort_unstable();
    assert_eq!(shown, both);
    let kept = replayed.path("kept");
    fs::copy(Path::new(&archive).join("log/checkpoint"), &kept).expect("kept");
    assert_eq!(
        replayed
            .verify(&["--key", &replayed.key, "--since", &kept])
            .0,
        0
    );

    let passphrase = replayed.path("passphrase");
    fs::write(&passphrase, "correct horse\n").expect("written");
    let locked = replayed.path("locked.key");
    let named = [
        "keys",
        "generate",
        "--name",
        "corp.example/tenure",
        "--out",
        &locked,
    ];
    let (code, told, _) = tenure(&[&named[..], &["--passphrase-file", &passphrase]].concat());
    assert_eq!(code, 0);
    assert!(told.starts_with("corp.example/tenure+"), "{told}");
    assert_eq!(tenure(&["keys", "show", &locked]).1, told);
    assert_eq!(tenure(&named).0, 1, "a key is not written over");
    let (logs, out) = (
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs"),
        replayed.path("out"),
    );
    let replay = ["replay", logs, "--out", &out, "--key", &locked];
    let (code, _, error) = tenure(&replay);
    assert_eq!(code, 1);
    assert!(
        error.contains("is encrypted, and no passphrase was given"),
        "{error}"
    );
    let (code, _, error) = tenure(&[&replay[..], &["--passphrase-file", &passphrase]].concat());
    assert_eq!(code, 0, "{error}");
    let archive = replayed.path("out/archive");
    assert_eq!(tenure(&["verify", &archive, "--key", told.trim()]).0, 0);
}
