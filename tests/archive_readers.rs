//! DuckDB and pyarrow read an archive, and see what was written.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tenure::evidence::leaf::Sha256Hash;
use tenure::evidence::segment::SegmentBuilder;
use tenure::io::archive::Archive;
use tenure::model::Text;
use tenure::model::event::{Event, Lifecycle, Normalized, Outcome, Party, PartyKind, Verb};
use tenure::model::id::{EventUid, SourceName};
use tenure::model::record::{Offset, Record, Reject, RejectReason, Stream};
use tenure::model::time::Timestamp;
use tenure::normalize::Mappings;

use venv::python;

mod venv;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);
/// Records of each stream. Every tenth is a reject; of each other, every third has two events.
const RECORDS: Offset = 2_000;

/// Topic, partition and source.
const STREAMS: [(&str, i32, &str); 4] = [
    (
        "google_workspace/2026-03/part 1.ndjson.gz",
        0,
        "google_workspace",
    ),
    ("identity.okta", 0, "okta"),
    ("identity.okta", 1, "okta"),
    ("identity.okta.eu", 0, "okta@eu"),
];

fn raw(offset: Offset) -> Vec<u8> {
    if is_reject(offset) {
        // No UTF-8: bytes must come back as they were.
        return [0xff, 0x00, 0xfe, b'\n', offset.to_le_bytes()[0]].to_vec();
    }
    format!("{{\"id\":{offset},\"what\":\"é\"}}").into_bytes()
}

fn is_reject(offset: Offset) -> bool {
    offset % 10 == 0
}

fn normalized(source: &SourceName, offset: Offset, raw: &[u8]) -> Normalized {
    let uid = EventUid::new(source, raw, 0);
    let reject = Reject::new(RejectReason::InvalidJson, "line 1 column 1");
    let events = if is_reject(offset) {
        0
    } else if offset % 3 == 0 {
        2
    } else {
        1
    };
    Normalized {
        events: (0..events)
            .map(|index| event(source, uid.at(index), offset))
            .collect(),
        reject: is_reject(offset).then_some(reject),
        ..Normalized::new(uid)
    }
}

fn event(source: &SourceName, uid: EventUid, offset: Offset) -> Event {
    let user = offset % 50;
    Event {
        uid,
        source: source.clone(),
        time: Timestamp::from_seconds(1_772_000_000 + offset),
        time_clamped: false,
        class_uid: 3002,
        activity_id: 1,
        outcome: Outcome::Success,
        outcome_detail: None,
        event_code: Text::from("user.session.start"),
        vendor_uid: Some(Text::from(offset.to_string())),
        message: None,
        actor: None,
        user: Some(Party {
            kind: PartyKind::User,
            uid: Some(Text::from(format!("00u{user}"))),
            email: Some(Text::from(format!("User{user}@Corp.Example"))),
            ..Party::default()
        }),
        group: None,
        resource: None,
        src_ip: Some(Text::from(format!("192.0.2.{user}"))),
        session_uid: None,
        user_agent: None,
        lifecycle: Lifecycle {
            verb: Verb::new("auth.login"),
            ..Lifecycle::default()
        },
        unmapped: None,
    }
}

/// Writes each stream in segments of 700 records, the second after a gap of one offset and with
/// one record delivered again; then a heartbeat, and an orphan that nobody may read.
fn write_archive(location: &str) {
    let mut archive = Archive::open(location).expect("archive");
    for (topic, partition, source) in STREAMS {
        let stream = Stream {
            topic: Text::from(topic),
            partition,
        };
        let source = SourceName::new(source);
        for first in (0..RECORDS).step_by(700) {
            let start = archive.end(&stream).expect("end");
            let mut builder = SegmentBuilder::new(stream.clone(), source.clone(), start);
            for offset in first..(first + 700).min(RECORDS) {
                let record = record(offset + Offset::from(first >= 700));
                let normalized = normalized(&source, offset, &record.raw);
                builder.push(record.clone(), &normalized);
                if offset == 701 {
                    builder.push(record, &normalized);
                }
            }
            let segment = builder.finish().expect("segment");
            archive.append(&segment, NOW).expect("append");
        }
        archive.heartbeat(&stream, NOW).expect("heartbeat");
    }
    let orphan = "events/day=2026-03-01/source=okta/seg-orphan.parquet";
    std::fs::write(PathBuf::from(location).join(orphan), "half a file").expect("orphan");
}

fn record(offset: Offset) -> Record {
    // The gap moves offsets after it by one; what a record holds goes by its number.
    let number = if offset > 700 { offset - 1 } else { offset };
    Record {
        offset,
        received_at: Some(NOW),
        raw: raw(number),
        broken: None,
    }
}

fn records_hash() -> String {
    let mut hash = Sha256::new();
    for (topic, partition, _) in STREAMS {
        for number in 0..RECORDS {
            let record = record(number + Offset::from(number >= 700));
            let (offset, length) = (record.offset, record.raw.len());
            hash.update(format!("{topic} {partition} {offset} {length}\n"));
            hash.update(&record.raw);
        }
    }
    Sha256Hash(hash.finalize().into()).to_string()
}

fn read_archive(location: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_archive.py");
    told_by(script, &[location])
}

fn told_by(script: &str, arguments: &[&str]) -> Value {
    let output = Command::new(python())
        .arg(script)
        .args(arguments)
        .output()
        .expect("python runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn duckdb_and_pyarrow_see_every_record_byte_for_byte() {
    let directory = tempfile::tempdir().expect("directory");
    let location = directory.path().to_str().expect("path");
    write_archive(location);
    let seen = read_archive(location);
    let (duckdb, pyarrow) = (&seen["duckdb"], &seen["pyarrow"]);

    let rejects = (0..RECORDS).filter(|offset| is_reject(*offset)).count();
    let two_events = (0..RECORDS)
        .filter(|offset| !is_reject(*offset) && offset % 3 == 0)
        .count();
    let records = usize::try_from(RECORDS).expect("records");
    let rows = records + two_events;
    let events = rows - rejects;
    let counts = STREAMS.map(|(topic, partition, _)| {
        json!([topic, partition, rows, records, records, rejects, events])
    });
    assert_eq!(duckdb["counts"], json!(counts));
    assert_eq!(pyarrow["rows"], json!(rows * STREAMS.len()));
    for reader in [duckdb, pyarrow] {
        assert_eq!(reader["records_hash"], json!(records_hash()));
    }
    assert_eq!(
        duckdb["source"],
        json!(["google_workspace", "okta", "okta@eu"])
    );
    assert_eq!(duckdb["days"], json!(["2026-03-01"]));

    let streams = STREAMS.len();
    assert_eq!(
        duckdb["commits"],
        json!([
            4 * streams,
            records * streams,
            events * streams,
            streams,
            streams,
            rejects * streams,
            streams
        ])
    );
    let user7 = (0..RECORDS).filter(|offset| offset % 50 == 7);
    let user7_events: usize = user7
        .map(|offset| if offset % 3 == 0 { 2 } else { 1 })
        .sum();
    let first = 1_772_000_007_000_000_i64;
    assert_eq!(
        duckdb["one_identity"],
        json!([user7_events * streams, first, first + 1_950_000_000])
    );
}

#[test]
fn readers_find_the_documented_types() {
    let directory = tempfile::tempdir().expect("directory");
    let location = directory.path().to_str().expect("path");
    write_archive(location);
    let seen = read_archive(location);
    let check = |column: &str, duckdb: &str, pyarrow: &str| {
        assert_eq!(seen["duckdb"]["types"][column], json!(duckdb), "{column}");
        assert_eq!(seen["pyarrow"]["types"][column], json!(pyarrow), "{column}");
    };
    for column in ["time", "received_at", "effective_time"] {
        check(column, "TIMESTAMP WITH TIME ZONE", "timestamp[us, tz=UTC]");
    }
    for column in [
        "event_uid",
        "identity",
        "account",
        "source",
        "user_uid",
        "src_ip",
        "topic",
    ] {
        check(column, "VARCHAR", "string");
    }
    for column in ["partition", "event_index", "class_uid", "activity_id"] {
        check(column, "INTEGER", "int32");
    }
    check("offset", "BIGINT", "int64");
    check("time_clamped", "BOOLEAN", "bool");
    check("raw", "BLOB", "binary");
}

const DATASETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_datasets.py");

/// The program, which must succeed; what it printed.
fn tenure(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn replay_into(out: &str) {
    let logs = "tests/small_company/logs";
    let policy = "tests/small_company/policy.toml";
    tenure(&["replay", logs, "--policy", policy, "--out", out, "--json"]);
}

#[test]
fn every_dataset_of_a_replay_can_be_read_with_its_types_and_is_what_was_told() {
    let directory = tempfile::tempdir().expect("directory");
    let out = directory.path().to_str().expect("path");
    replay_into(out);
    let archive = format!("{out}/archive");
    let who = "dana@corp.example";
    let asked = [who, "E1004", "github:dana-whitlock"];
    let seen = told_by(DATASETS, &[&[archive.as_str()], asked.as_slice()].concat());

    let findings = std::fs::read_to_string(format!("{out}/findings.ndjson")).expect("findings");
    let mut lines: Vec<&str> = findings.lines().collect();
    lines.sort_unstable();
    assert_eq!(seen["forms"], json!(lines));
    let change: Vec<usize> = (0..lines.len()).collect();
    assert_eq!(seen["changes"], json!(change));
    assert_eq!(
        seen["exempt"],
        json!([
            "break-glass account, sealed in the safe",
            "break-glass account, tested twice a year"
        ])
    );
    let links = tenure(&[
        "links",
        "--archive",
        &archive,
        "--policy",
        "tests/small_company/policy.toml",
        "--json",
    ]);
    let links: Value = serde_json::from_str(&links).expect("links");
    let listed = links["rows"].as_array().expect("rows");
    let listed: Vec<Value> = listed
        .iter()
        .map(|row| json!([row["account"], row["link"]]))
        .collect();
    assert_eq!(seen["links"], json!(listed));
    assert_eq!(
        seen["now_is_all"],
        json!(true),
        "one snapshot is the newest"
    );

    for who in asked {
        let of = &seen["of"][who];
        assert_eq!(of["findings"], json!(4), "{who}");
        assert_eq!(of["people"], json!([["E1004"]]), "{who}");
        assert_eq!(of["events"], seen["of_dana_by_hand"], "{who}");
    }
    have_types(&seen);
    // Views of what is empty have the columns that it will have.
    assert_eq!(seen["types_differ_when_empty"], json!([]));
    // And the DDL of Athena and Trino has them too, and is SQL of theirs.
    assert_eq!(seen["ddl_differs"], json!([]));
}

/// Of each dataset some, as DuckDB and as pyarrow call them.
fn have_types(seen: &Value) {
    for (dataset, column, duckdb, pyarrow) in [
        (
            "findings",
            "told_at",
            "TIMESTAMP WITH TIME ZONE",
            "timestamp[us, tz=UTC]",
        ),
        ("findings", "change", "BIGINT", "int64"),
        ("findings", "identity", "VARCHAR", "string"),
        ("findings", "controls", "VARCHAR[]", "list"),
        ("findings", "evidence", "VARCHAR[]", "list"),
        (
            "links",
            "since",
            "TIMESTAMP WITH TIME ZONE",
            "timestamp[us, tz=UTC]",
        ),
        ("links", "account", "VARCHAR", "string"),
        ("access", "privileged", "BOOLEAN", "bool"),
        (
            "people",
            "left_at",
            "TIMESTAMP WITH TIME ZONE",
            "timestamp[us, tz=UTC]",
        ),
        ("people", "ids", "VARCHAR[]", "list"),
    ] {
        let types = &seen["types"][dataset][column];
        assert_eq!(types[0], json!(duckdb), "{dataset}.{column}");
        let of_pyarrow = types[1].as_str().expect("a type");
        assert!(of_pyarrow.starts_with(pyarrow), "{of_pyarrow}");
    }
}

#[test]
fn a_replay_into_its_own_archive_adds_nothing_and_one_of_another_time_what_is_otherwise() {
    let directory = tempfile::tempdir().expect("directory");
    let out = directory.path().to_str().expect("path");
    replay_into(out);
    let archive = directory.path().join("archive");
    let before = files_below(&archive);
    replay_into(out);
    assert_eq!(files_below(&archive), before);

    // Without its policy: two exempt findings are open, links of the policy are gone.
    let logs = "tests/small_company/logs";
    let now = "2026-07-01T00:00:00Z";
    tenure(&["replay", logs, "--now", now, "--out", out, "--json"]);
    let text = archive.to_str().expect("path");
    let seen = told_by(DATASETS, &[text]);
    let findings = std::fs::read_to_string(format!("{out}/findings.ndjson")).expect("findings");
    let lines: Vec<Value> = findings.lines().map(Value::from).collect();
    let told = seen["stand"].as_array().expect("forms");
    assert_eq!(
        but_for_detection(told),
        but_for_detection(&lines),
        "withdrawn ones aside"
    );
    let settings = files_below(&archive.join("settings"));
    assert_eq!(settings.len(), 2, "{settings:?}");
    let key = format!("{out}/signing.key");
    tenure(&["verify", text, "--key", &key]);
}

#[test]
fn an_archive_without_a_commit_is_empty_for_duckdb() {
    let directory = tempfile::tempdir().expect("directory");
    let location = directory.path().to_str().expect("path");
    drop(Archive::open(location).expect("archive"));
    let seen = told_by(DATASETS, &[location, "jane@corp.example"]);
    assert_eq!(seen["forms"], json!([]));
    assert_eq!(
        seen["of"]["jane@corp.example"],
        json!({"events": 0, "access": 0, "people": [], "findings": 0})
    );
}

/// Rows of links name the accounts, rows of events the log.
#[test]
fn logs_that_share_accounts_are_named_in_every_dialect() {
    let dialects = [
        include_str!("../src/io/archive/views.sql"),
        include_str!("../src/io/archive/athena.sql"),
        include_str!("../src/io/archive/trino.sql"),
    ];
    let mappings = Mappings::builtin();
    let mut shared: Vec<String> = Vec::new();
    for log in mappings.sources() {
        let accounts = SourceName::new(log).accounts();
        if accounts.as_str() != log {
            shared.push(format!("    ('{}', '{log}')", accounts.as_str()));
        }
    }
    shared.sort_unstable();
    for text in dialects {
        let rows = text.lines().map(|line| line.trim_end_matches(','));
        let mut named: Vec<&str> = rows.filter(|line| line.starts_with("    ('")).collect();
        named.sort_unstable();
        assert_eq!(named, shared);
    }
}

#[test]
fn what_a_crash_left_is_shown_first_and_deleted_when_asked() {
    let directory = tempfile::tempdir().expect("directory");
    let out = directory.path().to_str().expect("path");
    replay_into(out);
    let archive = format!("{out}/archive");
    let orphan = format!("{archive}/events/day=2026-06-30/orphan.parquet");
    std::fs::create_dir_all(Path::new(&orphan).parent().expect("parent")).expect("directory");
    std::fs::write(&orphan, "half a file").expect("orphan");
    let clean = ["archive", "clean", archive.as_str()];
    let told = tenure(&clean);
    assert!(told.contains("1 more are too young to tell"), "{told}");
    let written = std::fs::File::options().write(true).open(&orphan);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let set = written.expect("orphan").set_modified(long_ago);
    set.expect("a time");
    let told = tenure(&clean);
    assert!(
        told.contains("orphan.parquet") && Path::new(&orphan).exists(),
        "{told}"
    );
    let told = tenure(&[&clean[..], &["--delete", "--json"]].concat());
    let told: Value = serde_json::from_str(&told).expect("json");
    assert_eq!(
        told["old"][0]["path"],
        json!("events/day=2026-06-30/orphan.parquet")
    );
    assert!(!Path::new(&orphan).exists());
    let key = format!("{out}/signing.key");
    tenure(&["verify", &archive, "--key", &key]);
}

/// The archive keeps when a finding was first noticed; each replay notices anew.
fn but_for_detection(lines: &[Value]) -> Vec<String> {
    let plain = lines.iter().map(|line| {
        let line = line.as_str().expect("a line");
        let mut finding: Value = serde_json::from_str(line).expect("a finding");
        finding["detected_at"] = Value::Null;
        finding.to_string()
    });
    let mut plain: Vec<String> = plain.collect();
    plain.sort_unstable();
    plain
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("directory") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
