//! Secrets in logs, as a user meets them: whatever the built program writes never holds them, and
//! who reads an archive stands in it.

#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

mod place;

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

/// A secret, put together here so that no scanner takes this file for a leak, and its id.
fn secrets() -> Vec<(&'static str, String, &'static str)> {
    let token = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";
    vec![
        (
            r#""password":"@""#,
            "correct-horse-77".into(),
            "password-field",
        ),
        (r#""Password":@"#, "918273645546".into(), "password-field"),
        (
            r#""note":"with @ in it""#,
            format!("ghp_{token}"),
            "github-token",
        ),
        (
            r#""requestUri":"/cb?x=1\u0026access_token=@\u0026y=2""#,
            format!("t0k{token}"),
            "token-parameter",
        ),
        (r#""url":"https:\/\/jane:@\/\/"}"#, String::new(), ""),
        (
            r#""git":"https://jane:@@git.corp.example/a""#,
            "pa55-w0rd-77".into(),
            "url-password",
        ),
        (
            r#""headers":{"authorization":["Bearer @"]}"#,
            format!("b34r3r.{token}"),
            "bearer-token",
        ),
        (
            r#""body":"{\"client_secret\":\"@\",\"a\":1}""#,
            "s3cr3t-of-client-77".into(),
            "secret-field",
        ),
        (
            r#""body":"{\"d\":\"{\\\"refresh_token\\\":\\\"@\\\"}\"}""#,
            "r3fr3sh-77".into(),
            "token-field",
        ),
        (
            r#""pem":"-----BEGIN PRIVATE KEY-----\n@\n-----END PRIVATE KEY-----""#,
            format!("MII{token}"),
            "private-key",
        ),
        (
            r#""parameters":[{"name":"api_secret","value":"@"}]"#,
            "4p1-s3cr3t-77".into(),
            "secret-field",
        ),
        (
            r#""own":"corp-token @""#,
            "corp-4711-4712-4713".into(),
            "corp-token",
        ),
    ]
    .into_iter()
    .filter(|(_, secret, _)| !secret.is_empty())
    .collect()
}

const OWN: &str = r#"
[[pattern]]
id = "corp-token"
what = "tokens of our own"
regex = '\b(corp-\d{4}-\d{4}-\d{4})\b'
keywords = ["corp-"]
matches = ["«corp-1111-2222-3333»"]
misses = ["corp-1111"]
"#;

/// A log-in with `more` in it, by somebody who left long before.
fn login(number: usize, more: &str) -> String {
    format!(
        r#"{{"uuid":"7a1c0000-0000-11ef-9cec-{number:012}","published":"2026-03-05T17:00:01.500Z","eventType":"user.session.start","displayMessage":"log in","actor":{{"id":"00ujane","type":"User","alternateId":"jane@corp.example","displayName":"Jane Roe"}},"client":{{"ipAddress":"203.0.113.7"}},"outcome":{{"result":"SUCCESS"}},"transaction":{{"id":"t1","detail":{{"requestApiTokenId":"00Tkeep"}}}},"debugContext":{{"debugData":{{{more}}}}}}}"#
    )
}

/// Logs with every secret: in a sound record each, and all of them in one that is cut off.
fn write_logs(logs: &Path) {
    let mut lines = vec![login(0, r#""accessKeyId":"AKIAIOSFODNN7EXAMPLE""#)];
    let planted = |(form, secret, _): &(&str, String, &str)| form.replacen('@', secret, 1);
    let forms: Vec<String> = secrets().iter().map(planted).collect();
    for (number, form) in (1..).zip(&forms) {
        lines.push(login(number, form));
    }
    lines.push(format!("{{\"broken\":{{{}", forms.join(",")));
    fs::create_dir_all(logs.join("okta")).expect("logs");
    fs::write(logs.join("okta/log.ndjson"), lines.join("\n") + "\n").expect("written");
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

/// Every text and all bytes of a batch.
fn cells(batch: &RecordBatch) -> Vec<Vec<u8>> {
    let mut cells = Vec::new();
    for column in batch.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            cells.extend(texts.iter().flatten().map(|text| text.as_bytes().to_vec()));
        }
        if let Some(bytes) = column.as_binary_opt::<i32>() {
            cells.extend(bytes.iter().flatten().map(<[u8]>::to_vec));
        }
    }
    cells
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = fs::File::open(path).expect("file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let reader = reader.build().expect("reader");
    reader.map(|batch| batch.expect("batch")).collect()
}

/// No file below holds a secret, packed or not. How many were looked at.
fn assert_clean(directory: &Path) -> usize {
    let mut looked = 0;
    for path in files(directory) {
        let mut texts = vec![fs::read(&path).expect("file")];
        if path.extension().is_some_and(|ending| ending == "parquet") {
            texts.extend(batches(&path).iter().flat_map(cells));
        }
        for (_, secret, id) in secrets() {
            let holds = |text: &Vec<u8>| memchr::memmem::find(text, secret.as_bytes()).is_some();
            assert!(
                !texts.iter().any(holds),
                "{} holds the {id}",
                path.display()
            );
        }
        looked += texts.len();
    }
    looked
}

struct Replayed {
    directory: TempDir,
    out: PathBuf,
}

impl Replayed {
    fn new() -> Self {
        let directory = TempDir::new().expect("directory");
        write_logs(&directory.path().join("logs"));
        fs::write(directory.path().join("own.toml"), OWN).expect("written");
        let out = directory.path().join("out");
        let replayed = Replayed { directory, out };
        let (code, _, error) = replayed.again("out", &[]);
        assert_eq!(code, 0, "{error}");
        replayed
    }

    fn again(&self, out: &str, more: &[&str]) -> (i32, String, String) {
        let path = |name: &str| self.directory.path().join(name).display().to_string();
        let (logs, own, out) = (path("logs"), path("own.toml"), path(out));
        let arguments = ["replay", &logs, "--redaction", &own, "--out", &out];
        tenure(&[&arguments, more].concat())
    }

    fn archive(&self) -> String {
        self.out.join("archive").display().to_string()
    }

    fn of(&self, out: &str, dataset: &str) -> Vec<PathBuf> {
        let mut found = files(&self.directory.path().join(out).join("archive"));
        let below = |path: &PathBuf| {
            let parts: Vec<_> = path.components().map(Component::as_os_str).collect();
            parts.iter().any(|part| *part == dataset)
                && path.extension().is_some_and(|ending| ending == "parquet")
        };
        found.retain(below);
        found
    }

    fn verify(&self) -> (i32, String, String) {
        let key = self.out.join("signing.key").display().to_string();
        tenure(&["verify", &self.archive(), "--key", &key])
    }
}

#[test]
fn nothing_that_a_replay_writes_holds_a_secret_and_rows_say_what_was_replaced() {
    let replayed = Replayed::new();
    assert!(assert_clean(&replayed.out) > 100);
    let files = replayed.of("out", "events");
    let batches: Vec<RecordBatch> = files.iter().flat_map(|path| batches(path)).collect();
    let mut of_rows = Vec::new();
    let mut raws = String::new();
    for batch in &batches {
        let redacted = batch.column_by_name("redacted").expect("a column");
        of_rows.extend(
            redacted
                .as_string::<i32>()
                .iter()
                .map(|it| it.map(str::to_owned)),
        );
        let raw = batch.column_by_name("raw").expect("raw").as_binary::<i32>();
        raw.iter()
            .flatten()
            .for_each(|it| raws += &String::from_utf8_lossy(it));
    }
    for (_, _, id) in secrets() {
        assert!(of_rows.contains(&Some(id.to_owned())), "{id}: {of_rows:?}");
        // Twice, since the same secret stands in the record that is cut off, by the same hash.
        let marker = format!("[redacted:{id}:");
        let hash = raws
            .split(&marker)
            .nth(1)
            .and_then(|rest| rest.get(..16))
            .expect("a hash");
        assert!(raws.matches(hash).count() >= 2, "{id}: {raws}");
    }
    assert!(of_rows.contains(&None), "the record without one says so");
    for kept in ["AKIAIOSFODNN7EXAMPLE", "00Tkeep", "jane@corp.example"] {
        assert!(raws.contains(kept), "{kept}");
    }
    let (code, _, error) = replayed.verify();
    assert_eq!(code, 0, "{error}");
}

#[test]
fn the_same_key_gives_the_same_bytes_and_another_key_others() {
    let replayed = Replayed::new();
    let key = replayed.out.join("redaction.key").display().to_string();
    assert_eq!(replayed.again("same", &["--redaction-key", &key]).0, 0);
    assert_eq!(replayed.again("other", &[]).0, 0);
    let bytes = |out: &str| {
        let files = replayed.of(out, "events");
        let bytes: Vec<Vec<u8>> = files.iter().map(|it| fs::read(it).expect("file")).collect();
        bytes
    };
    assert!(bytes("out") == bytes("same"));
    assert!(bytes("out") != bytes("other"));
}

#[test]
fn nothing_that_the_service_keeps_holds_a_secret() {
    let place = place::Place::new("[redaction]\npatterns = \"own.toml\"\n");
    fs::write(place.path().join("own.toml"), OWN).expect("written");
    let planted = TempDir::new().expect("directory");
    write_logs(planted.path());
    let text = fs::read_to_string(planted.path().join("okta/log.ndjson")).expect("log");
    let service = place.start();
    text.lines().for_each(|line| place.append("okta", line));
    let all = i64::try_from(text.lines().count()).expect("few");
    place::wait_until("all records are archived", || {
        place.archived().values().sum::<i64>() == all
    });
    place::stop(&place, service);
    assert!(assert_clean(&place.path().join("tenure-data")) > 100);
    let log = fs::read_to_string(place.path().join("service.log")).expect("log");
    assert!(
        secrets()
            .iter()
            .all(|(_, secret, _)| !log.contains(secret.as_str()))
    );
    place.verify();
}

#[test]
fn who_reads_an_archive_stands_in_it() {
    let replayed = Replayed::new();
    let archive = replayed.archive();
    let (code, _, error) = tenure(&["links", "--archive", &archive]);
    assert_eq!(
        (code, error.contains("not recorded")),
        (0, false),
        "{error}"
    );
    let proof = replayed
        .directory
        .path()
        .join("proof")
        .display()
        .to_string();
    let record = [
        "prove",
        &archive,
        "--record",
        "okta/log.ndjson/0/1",
        "--out",
        &proof,
    ];
    let (code, _, error) = tenure(&record);
    assert_eq!(code, 0, "{error}");
    let files = replayed.of("out", "reads");
    let texts: Vec<String> = files
        .iter()
        .flat_map(|path| batches(path))
        .flat_map(|batch| cells(&batch))
        .map(|cell| String::from_utf8_lossy(&cell).into_owned())
        .collect();
    assert_eq!(files.len(), 2, "{texts:?}");
    assert!(
        texts.contains(&format!("links --archive {archive}")),
        "{texts:?}"
    );
    assert!(
        texts.contains(&"okta/log.ndjson/0/1".to_owned()),
        "{texts:?}"
    );
    // The key lies beside the archive, so the reads are signed at once.
    let (code, told, _) = replayed.verify();
    assert_eq!(code, 0, "{told}");
}

#[test]
fn an_archive_that_takes_no_row_is_read_all_the_same_unless_a_row_is_required() {
    let replayed = Replayed::new();
    let archive = replayed.archive();
    // What a read-only medium does, also where the test runs as root.
    fs::write(Path::new(&archive).join("reads"), "").expect("written");
    let (code, _, error) = tenure(&["links", "--archive", &archive]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        error.matches("this read is not recorded: ").count(),
        1,
        "{error}"
    );
    let (code, _, error) = tenure(&["links", "--archive", &archive, "--require-record"]);
    assert_eq!(code, 1);
    assert!(error.contains("this read cannot be recorded"), "{error}");
}

#[test]
fn mistakes_in_patterns_of_ones_own_are_told_where_they_stand() {
    let directory = TempDir::new().expect("directory");
    let path = |name: &str| directory.path().join(name);
    fs::write(
        path("tenure.toml"),
        "[redaction]\npatterns = \"own.toml\"\ndisable = [\"jwtt\"]\n",
    )
    .expect("written");
    let own = OWN
        .replace("(corp-", "corp-")
        .replace("\\b'", "'")
        .replace(")'", "'");
    fs::write(path("own.toml"), own + "what = 1\ncolour = \"red\"\n").expect("written");
    let config = path("tenure.toml").display().to_string();
    let check = || {
        let (code, told, _) = tenure(&["check", "--config", &config]);
        let here = format!("{}/", directory.path().display());
        (code, told.replace(&here, ""))
    };
    let (code, told) = check();
    assert_eq!(code, 1);
    assert!(told.contains("own.toml"), "{told}");
    let own = OWN.replace("(corp-\\d{4}-\\d{4}-\\d{4})", "corp-\\d{4}");
    fs::write(path("own.toml"), own).expect("written");
    let expected = "tenure.toml:3: `redaction.disable` names `jwtt`, which is no pattern\n  hint: did \
                    you mean `jwt`?\nown.toml:5: `pattern.regex` has 0 groups\n  hint: put the secret, \
                    and nothing else, into one `(…)`; other groups are `(?:…)`\n";
    assert_eq!(check(), (1, expected.to_owned()));
}
