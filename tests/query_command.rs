//! `tenure query` as a user runs it, on what `tenure replay` writes.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use venv::python;

mod venv;

/// Runs the program: its exit code, standard output, and standard error.
fn tenure(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = program.stdin.take().expect("standard input");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let output = program.wait_with_output().expect("an end");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("an end");
    (code, text(&output.stdout), text(&output.stderr))
}

struct Replayed(TempDir);

impl Replayed {
    fn new() -> Self {
        let directory = TempDir::new().expect("directory");
        let logs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs");
        let policy = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/small_company/policy.toml"
        );
        let out = directory.path().to_str().expect("path");
        let arguments = ["replay", logs, "--policy", policy, "--out", out];
        let (code, _, error) = tenure(&arguments, "");
        assert_eq!(code, 0, "{error}");
        Replayed(directory)
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.to_str().expect("path").to_owned()
    }

    fn query(&self, arguments: &[&str]) -> (i32, String, String) {
        let archive = self.path("archive");
        let arguments = [&["query", "--archive", &archive], arguments].concat();
        tenure(&arguments, "")
    }

    /// The rows of an answer.
    fn rows(&self, text: &str) -> Vec<Value> {
        let (code, told, error) = self.query(&["--json", text]);
        assert_eq!(code, 0, "{text}: {error}");
        serde_json::from_str(&told).expect("an array")
    }

    fn number(&self, text: &str) -> u64 {
        let rows = self.rows(&format!("SELECT ({text}) AS number"));
        let number = rows.first().and_then(|row| row.get("number"));
        number.and_then(Value::as_u64).expect("a number")
    }
}

/// What the replay wrote beside the archive.
fn told(replayed: &Replayed) -> Vec<Value> {
    let text = fs::read_to_string(replayed.path("findings.ndjson")).expect("findings");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a finding"));
    lines.collect()
}

#[test]
fn findings_and_links_of_the_archive_are_those_that_were_told() {
    let replayed = Replayed::new();
    let told = told(&replayed);
    assert!(!told.is_empty());
    let rows =
        replayed.rows("SELECT finding_id, rule, status, form FROM findings ORDER BY finding_id");
    let mut expected: Vec<Value> = told
        .iter()
        .map(|finding| json!([finding["finding_id"], finding["rule"], finding["status"]]))
        .collect();
    expected.sort_by_key(ToString::to_string);
    let found: Vec<Value> = rows
        .iter()
        .map(|row| json!([row["finding_id"], row["rule"], row["status"]]))
        .collect();
    assert_eq!(found, expected);
    for row in rows {
        let form: Value = serde_json::from_str(row["form"].as_str().expect("text")).expect("JSON");
        assert!(told.contains(&form), "{form}");
    }
    let accounts = replayed.number("SELECT count(*) FROM links");
    assert!(accounts > 0);
    let distinct = replayed.number("SELECT count(DISTINCT account) FROM link_changes");
    assert_eq!(accounts, distinct);
    let records = replayed.number("SELECT sum(counts.records) FROM commits");
    assert_eq!(
        replayed.number("SELECT count(*) FROM events WHERE event_index = 0"),
        records
    );
}

#[test]
fn an_identity_is_one_by_whichever_name_it_is_asked_for() {
    let replayed = Replayed::new();
    let person = replayed.rows(
        "SELECT identity, identity_email, account FROM links
         WHERE identity_email IS NOT NULL AND identity IN (
             SELECT identity FROM links GROUP BY identity HAVING count(*) > 2)
         ORDER BY identity, account LIMIT 1",
    );
    let name = |column: &str| person[0][column].as_str().expect("text").to_owned();
    let all = |function: &str, who: &str| {
        let order = match function {
            "events_of" => "event_uid",
            "findings_of" => "finding_id",
            "people_of" => "as_of",
            _ => "account, subject, kind, what, since",
        };
        replayed.rows(&format!(
            "SELECT * FROM {function}('{who}') ORDER BY {order}"
        ))
    };
    for function in ["events_of", "findings_of", "access_of", "people_of"] {
        let by_email = all(function, &name("identity_email"));
        let upper = name("identity_email").to_uppercase();
        for who in [name("identity"), name("account"), upper] {
            assert_eq!(all(function, &who), by_email, "{function} {who}");
        }
    }
    // HR's records alone tell of somebody who has no account.
    let unlinked = replayed.rows(
        "SELECT identity, email FROM people_now WHERE email IS NOT NULL
         AND identity NOT IN (SELECT identity FROM links WHERE identity IS NOT NULL) LIMIT 1",
    );
    let [id, email] = ["identity", "email"].map(|it| unlinked[0][it].as_str().expect("text"));
    let by_email = all("events_of", email);
    assert!(!by_email.is_empty());
    assert_eq!(all("events_of", id), by_email);
    // As a plain join would have it.
    let uid = name("identity");
    let joined = format!(
        "SELECT count(*) FROM events WHERE account IN
             (SELECT account FROM links WHERE identity = '{uid}')
         OR identity IN (SELECT lower(identity_email) FROM links WHERE identity = '{uid}')"
    );
    let found = all("events_of", &uid).len() as u64;
    assert!(found > 0);
    assert_eq!(replayed.number(&joined), found);
}

#[test]
fn an_answer_comes_in_every_form() {
    let replayed = Replayed::new();
    let text = "SELECT \"offset\", time, source, raw, time_clamped FROM events
                WHERE source = 'okta' ORDER BY \"offset\", event_index LIMIT 3";
    let rows = replayed.rows(text);
    assert_eq!(rows.len(), 3);
    let time = rows[0]["time"].as_str().expect("text");
    assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
    let raw = rows[0]["raw"].as_str().expect("text");
    assert!(serde_json::from_str::<Value>(raw).is_ok(), "{raw}");

    let (_, ndjson, _) = replayed.query(&["--format", "ndjson", text]);
    let lines: Vec<Value> = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(lines, rows);

    let (_, csv, _) = replayed.query(&["--format", "csv", text]);
    assert!(
        csv.starts_with("offset,time,source,raw,time_clamped\r\n"),
        "{csv}"
    );
    assert!(csv.contains(&raw.replace('"', "\"\"")), "{csv}");

    let (_, table, _) = replayed.query(&[text]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(
        lines[0].contains("OFFSET") && lines[0].contains("TIME_CLAMPED"),
        "{table}"
    );
    assert!(!table.contains('\u{1b}'));

    let file = replayed.path("answer.parquet");
    let (code, told, error) = replayed.query(&["--format", "parquet", "--out", &file, text]);
    assert_eq!((code, told.as_str()), (0, ""), "{error}");
    assert_eq!(&fs::read(&file).expect("bytes")[..4], b"PAR1");
    let (code, _, error) = replayed.query(&["--format", "parquet", "--out", &file, text]);
    assert_eq!(code, 1);
    assert!(error.contains("is there already"), "{error}");
    let (code, _, error) = replayed.query(&["--format", "parquet", text]);
    assert_eq!(code, 1);
    assert!(error.contains("--out"), "{error}");

    let (_, empty, _) = replayed.query(&["--json", "SELECT 1 AS one WHERE false"]);
    assert_eq!(empty.trim(), "[]");
}

#[test]
fn a_table_shows_so_many_rows_and_counts_the_others() {
    let replayed = Replayed::new();
    let all = replayed.number("SELECT count(*) FROM events");
    let (code, table, error) = replayed.query(&["--rows", "2", "SELECT event_uid FROM events"]);
    assert_eq!(code, 0);
    assert_eq!(table.lines().count(), 3, "{table}");
    let digits: String = error.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits, format!("2{all}"), "{error}");
    assert!(error.contains("--format csv"), "{error}");
}

#[test]
fn the_question_comes_from_an_argument_a_file_or_standard_input() {
    let replayed = Replayed::new();
    let archive = replayed.path("archive");
    let text = "SELECT 7 AS seven";
    let file = replayed.path("question.sql");
    fs::write(&file, text).expect("written");
    let asked = |arguments: &[&str]| {
        let arguments = [&["query", "--archive", &archive, "--json"], arguments].concat();
        let (code, told, error) = tenure(&arguments, text);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Value>(&told).expect("JSON")
    };
    for arguments in [&[text][..], &["--file", &file], &["-"]] {
        assert_eq!(asked(arguments), json!([{"seven": 7}]));
    }
}

#[test]
fn exit_code_2_says_that_the_question_is_at_fault_and_1_that_the_archive_is() {
    let replayed = Replayed::new();
    let (code, told, error) = replayed.query(&["SELECT subjct FROM findings"]);
    assert_eq!((code, told.as_str()), (2, ""));
    assert_eq!(
        error,
        "error: no column `subjct`, did you mean `subject`?\n"
    );
    let (code, _, error) = replayed.query(&["DROP TABLE events"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("is refused: evidence is only read"),
        "{error}"
    );

    let files =
        replayed.rows("SELECT path FROM files WHERE dataset = 'events' ORDER BY path LIMIT 1");
    let path = files[0]["path"].as_str().expect("text");
    let file = replayed.path(&format!("archive/{path}"));
    let bytes = fs::read(&file).expect("bytes");
    let mut changed = bytes.clone();
    changed[bytes.len() / 3] ^= 1;
    fs::write(&file, changed).expect("written");
    let (code, _, error) = replayed.query(&["--verify", "SELECT count(raw) FROM events"]);
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains(path) && error.contains("has other bytes"),
        "{error}"
    );
    fs::remove_file(&file).expect("removed");
    let (code, told, error) = replayed.query(&["SELECT * FROM events"]);
    assert_eq!((code, told.as_str()), (1, ""), "{error}");
    assert!(
        error.contains(path) && error.contains("tenure verify"),
        "{error}"
    );

    let nowhere = replayed.path("nowhere");
    let (code, _, error) = tenure(&["query", "--archive", &nowhere, "SELECT 1"], "");
    assert_eq!(code, 1);
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn tables_and_plans_are_shown() {
    let replayed = Replayed::new();
    let (code, tables, error) = replayed.query(&["--tables"]);
    assert_eq!(code, 0, "{error}");
    for word in [
        "finding_changes",
        "events_of(who)",
        "source:uid of whom it is about",
    ] {
        assert!(tables.contains(word), "{word} in {tables}");
    }
    let (_, tables, _) = replayed.query(&["--tables", "--json"]);
    let tables: Value = serde_json::from_str(&tables).expect("JSON");
    assert_eq!(tables["tables"].as_array().expect("tables").len(), 12);

    let question = "SELECT raw FROM events WHERE source = 'okta'";
    let (_, told, _) = replayed.query(&["--explain", "--json", question]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let scan = &told["scans"][0];
    assert_eq!(scan["dataset"], "events");
    assert!(scan["files_passed_over"].as_u64() > Some(0), "{told}");
    assert!(
        told["plan"]
            .as_str()
            .expect("a plan")
            .contains("DataSourceExec")
    );
    let (_, told, _) = replayed.query(&["--explain", question]);
    assert!(told.trim_start().starts_with("DATASET"), "{told}");
}

#[test]
fn one_identity_opens_only_the_row_groups_that_have_it() {
    let replayed = Replayed::new();
    // Each source is one file of one row group here.
    let fewest = replayed.rows(
        "SELECT identity, count(DISTINCT source) AS files, count(*) AS events FROM events
         WHERE identity LIKE '%@%' GROUP BY identity ORDER BY files, identity LIMIT 1",
    );
    let identity = fewest[0]["identity"].as_str().expect("text");
    let all = replayed.number("SELECT count(*) FROM files WHERE dataset = 'events'");
    assert!(fewest[0]["files"].as_u64() < Some(all));

    let question = format!("SELECT raw FROM events WHERE identity = '{identity}'");
    let (_, told, _) = replayed.query(&["--explain", "--json", &question]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let number = |name: &str| told["scans"][0][name].as_u64().expect("a number");
    let passed_over = number("row_groups_by_statistics") + number("row_groups_by_bloom");
    assert_eq!(number("row_groups"), all, "{told}");
    assert_eq!(all - passed_over, fewest[0]["files"], "{told}");
    assert!(number("row_groups_by_bloom") > 0, "{told}");

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/scan_of.py");
    let output = Command::new(python())
        .args([script, &replayed.path("archive"), identity])
        .output()
        .expect("python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{errors}");
    let duckdb: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(duckdb["all"]["row_groups"], all, "{duckdb}");
    assert_eq!(duckdb["one"]["row_groups"], fewest[0]["files"], "{duckdb}");
}

/// What Polars, pyarrow and DuckDB call the types of columns.
const TYPES: [(&str, &str, [&str; 3]); 15] = [
    ("events", "event_uid", ["String", "string", "VARCHAR"]),
    ("events", "offset", ["Int64", "int64", "BIGINT"]),
    ("events", "class_uid", ["Int32", "int32", "INTEGER"]),
    ("events", "raw", ["Binary", "binary", "BLOB"]),
    ("events", "time", TIME),
    ("access", "since", TIME),
    ("access", "privileged", ["Boolean", "bool", "BOOLEAN"]),
    ("people", "contract_ends_at", TIME),
    ("people", "identity", ["String", "string", "VARCHAR"]),
    (
        "people",
        "ids",
        ["List(String)", "list<item: string>", "VARCHAR[]"],
    ),
    ("finding_changes", "told_at", TIME),
    ("finding_changes", "change", ["Int64", "int64", "BIGINT"]),
    (
        "finding_changes",
        "controls",
        ["List(String)", "list<item: string>", "VARCHAR[]"],
    ),
    ("link_changes", "told_at", TIME),
    ("link_changes", "identity", ["String", "string", "VARCHAR"]),
];
const TIME: [&str; 3] = [
    "Datetime(time_unit='us', time_zone='UTC')",
    "timestamp[us, tz=UTC]",
    "TIMESTAMP WITH TIME ZONE",
];

/// A read was put down once its answer was out, so whoever closed the pipe had read unseen.
#[test]
fn who_reads_is_put_down_before_the_answer_and_who_only_asks_badly_is_not() {
    let replayed = Replayed::new();
    let archive = replayed.path("archive");
    let text = "SELECT raw FROM events";
    let mut program = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(["query", "--archive", &archive, "--format", "csv", text])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    drop(program.stdout.take());
    program.wait().expect("an end");
    assert_eq!(replayed.query(&["SELECT nothing FROM events"]).0, 2);
    let rows = replayed.rows("SELECT via, what, rows, outcome FROM reads");
    let read = json!({"via": "query", "what": text, "rows": null, "outcome": "ok"});
    assert_eq!(rows, [read]);
}

#[test]
fn polars_pyarrow_and_duckdb_see_what_tenure_sees() {
    let replayed = Replayed::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_tables.py");
    let output = Command::new(python())
        .args([script, &replayed.path("archive")])
        .output()
        .expect("python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{errors}");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for table in [
        "events",
        "access",
        "people",
        "finding_changes",
        "link_changes",
    ] {
        let columns = seen["polars"][table]["counts"]
            .as_object()
            .expect("columns");
        let counts: Vec<String> = columns
            .keys()
            .map(|column| format!("count(\"{column}\") AS \"{column}\""))
            .collect();
        let counts = replayed.rows(&format!("SELECT {} FROM {table}", counts.join(", ")));
        let rows = replayed.number(&format!("SELECT count(*) FROM {table}"));
        assert!(rows > 0, "{table}");
        for reader in ["polars", "pyarrow", "duckdb"] {
            assert_eq!(seen[reader][table]["rows"], rows, "{reader} {table}");
            assert_eq!(seen[reader][table]["counts"], counts[0], "{reader} {table}");
        }
    }
    // No column is left out of a table, and none is promised that no file has.
    let (_, tables, _) = replayed.query(&["--tables", "--json"]);
    let tables: Value = serde_json::from_str(&tables).expect("JSON");
    for table in tables["tables"].as_array().expect("tables") {
        let Some(types) =
            seen["pyarrow"][table["name"].as_str().expect("text")]["types"].as_object()
        else {
            continue;
        };
        let columns = table["columns"].as_array().expect("columns").iter();
        let mut columns: Vec<&str> = columns
            .map(|it| it["name"].as_str().expect("text"))
            .collect();
        columns.retain(|column| *column != "day");
        let mut expected: Vec<&str> = types.keys().map(String::as_str).collect();
        columns.sort_unstable();
        expected.sort_unstable();
        assert_eq!(columns, expected, "{}", table["name"]);
    }
    for (table, column, types) in TYPES {
        for (reader, expected) in ["polars", "pyarrow", "duckdb"].into_iter().zip(types) {
            let found = &seen[reader][table]["types"][column];
            assert_eq!(found, expected, "{reader} {table}.{column}");
        }
    }
}
