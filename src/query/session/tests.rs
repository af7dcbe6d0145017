use std::fs;
use std::path::Path;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use tempfile::TempDir;

use super::*;
use crate::evidence::segment::SegmentBuilder;
use crate::io::archive::Archive;
use crate::model::Text;
use crate::model::event::{Event, Lifecycle, Normalized, Outcome, Party, PartyKind};
use crate::model::id::{EventUid, SourceName};
use crate::model::record::{Offset, Record, Stream};
use crate::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);
const BEGIN: i64 = 1_772_000_000;
/// Files of each of two sources, and log-ins in each file.
const FILES: Offset = 3;
const ROWS: Offset = 3_000;

/// The event of `offset`: every file has 100 people of its own and 100 whom all files share.
fn event(source: &SourceName, offset: Offset) -> Event {
    let person = match offset % 200 {
        shared @ 0..100 => format!("shared{shared}"),
        own => format!("own{own}-of-{}", offset / ROWS),
    };
    Event {
        uid: EventUid::new(source, &offset.to_le_bytes(), 0),
        source: source.clone(),
        time: Timestamp::from_seconds(BEGIN + offset),
        time_clamped: false,
        class_uid: 3002,
        activity_id: 1,
        outcome: Outcome::Success,
        outcome_detail: None,
        event_code: Text::from("user.session.start"),
        vendor_uid: None,
        message: None,
        actor: None,
        user: Some(Party {
            kind: PartyKind::User,
            uid: Some(Text::from(format!("00u-{person}"))),
            email: Some(Text::from(format!("{person}@corp.example"))),
            ..Party::default()
        }),
        group: None,
        resource: None,
        src_ip: Some(Text::from("192.0.2.1")),
        session_uid: None,
        user_agent: None,
        lifecycle: Lifecycle::default(),
        unmapped: None,
    }
}

fn archive() -> TempDir {
    let directory = tempfile::tempdir().expect("directory");
    let mut archive = Archive::open(location(&directory)).expect("archive");
    for source in ["okta", "github"] {
        let stream = Stream {
            topic: Text::from(format!("identity.{source}")),
            partition: 0,
        };
        let source = SourceName::new(source);
        for file in 0..FILES {
            let start = archive.end(&stream).expect("end");
            let mut builder = SegmentBuilder::new(stream.clone(), source.clone(), start);
            for offset in file * ROWS..(file + 1) * ROWS {
                let record = Record {
                    offset,
                    received_at: Some(NOW),
                    raw: format!("{{\"number\":{offset}}}").into_bytes(),
                    broken: None,
                };
                let normalized = Normalized {
                    events: vec![event(&source, offset)],
                    ..Normalized::new(EventUid::new(&source, &record.raw, 0))
                };
                builder.push(record, &normalized);
            }
            let segment = builder.finish().expect("segment");
            archive.append(&segment, NOW).expect("append");
        }
        archive.heartbeat(&stream, NOW).expect("heartbeat");
    }
    directory
}

fn location(directory: &TempDir) -> &str {
    directory.path().to_str().expect("path")
}

fn session(directory: &TempDir) -> Session {
    Session::open(location(directory)).expect("session")
}

/// The one number that is the answer.
fn number(session: &Session, text: &str) -> i64 {
    let answer = session.sql(text).expect(text);
    assert_eq!(answer.rows(), 1, "{text}");
    let batch = answer.batches.iter().find(|batch| batch.num_rows() == 1);
    batch
        .expect("row")
        .column(0)
        .as_primitive::<Int64Type>()
        .value(0)
}

fn error(session: &Session, text: &str) -> String {
    session.sql(text).expect_err(text).to_string()
}

#[test]
fn every_table_is_there_even_without_a_file() {
    let directory = archive();
    let session = session(&directory);
    let rows = |table: &str| number(&session, &format!("SELECT count(*) FROM {table}"));
    assert_eq!(rows("events"), 2 * FILES * ROWS);
    assert_eq!(rows("commits"), 2 * (FILES + 1));
    assert_eq!(rows("files"), 2 * FILES);
    let empty = [
        "access",
        "access_now",
        "people",
        "people_now",
        "findings",
        "finding_changes",
        "links",
        "link_changes",
        "reads",
    ];
    for table in empty {
        assert_eq!(rows(table), 0, "{table}");
    }
    let tables = session.tables().expect("tables");
    assert_eq!(tables.len(), TABLES.len());
    let undescribed = tables.iter().filter(|table| table.columns.is_empty());
    assert_eq!(undescribed.count(), 0);
    assert_eq!(
        number(
            &session,
            "SELECT counts.events FROM commits WHERE number = 1 LIMIT 1"
        ),
        ROWS
    );
}

#[test]
fn nothing_but_reading_is_done() {
    let directory = archive();
    let session = session(&directory);
    for text in [
        "CREATE TABLE mine AS SELECT 1",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE EXTERNAL TABLE mine STORED AS PARQUET LOCATION '/etc/passwd'",
        "DROP TABLE events",
        "INSERT INTO events SELECT * FROM events",
        "DELETE FROM events",
        "UPDATE events SET source = 'x'",
        "COPY events TO '/tmp/events.parquet'",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN ANALYZE INSERT INTO events SELECT * FROM events",
    ] {
        let error = session.sql(text).expect_err(text);
        assert!(error.is_of_the_text(), "{text}: {error}");
        let error = error.to_string();
        assert!(error.contains("is refused"), "{text}: {error}");
    }
    // No file of the machine is a table.
    let missing = error(&session, "SELECT * FROM '/etc/passwd'");
    assert!(missing.starts_with("no table"), "{missing}");
}

#[test]
fn what_is_misspelt_is_told_with_what_is_nearest() {
    let directory = archive();
    let session = session(&directory);
    let check = |text: &str, expected: &str| assert_eq!(error(&session, text), expected);
    check(
        "SELECT * FROM evnts",
        "no table `evnts`, did you mean `events`?",
    );
    check(
        "SELECT identiy FROM events",
        "no column `identiy`, did you mean `identity`?",
    );
    check(
        "SELECT * FROM event_of('x')",
        "no function of rows `event_of`, did you mean `events_of`?",
    );
    let none = error(&session, "SELECT 1 FROM zzzzzzzz");
    assert!(
        none.starts_with("no table `zzzzzzzz`: there are events, access"),
        "{none}"
    );
    for text in [
        "",
        "SELEC 1",
        "SELECT 1; SELECT 2",
        "SELECT count(*",
        "SELECT nosuch(1)",
    ] {
        let error = session.sql(text).expect_err(text);
        assert!(error.is_of_the_text(), "{text}: {error}");
    }
}

#[test]
fn a_file_that_is_not_the_commits_is_named() {
    let directory = archive();
    let text = "SELECT count(identity) FROM events";
    let path = {
        let session = session(&directory);
        let answer =
            session.sql("SELECT path FROM files WHERE path LIKE '%github%' ORDER BY path LIMIT 1");
        let answer = answer.expect("path");
        answer.batches[0]
            .column(0)
            .as_string::<i32>()
            .value(0)
            .to_owned()
    };
    let file = directory.path().join(&path);
    let bytes = fs::read(&file).expect("bytes");

    let expect = |check: Check, reason: &str| {
        let limits = Limits {
            check,
            ..Limits::default()
        };
        let session = Session::with_limits(location(&directory), limits).expect("session");
        let error = session.sql(text).expect_err(reason);
        assert!(matches!(error, QueryError::File { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains(&path), "{error}");
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("tenure verify"), "{error}");
    };
    fs::write(&file, [bytes.as_slice(), b"x"].concat()).expect("written");
    expect(Check::Size, "has ");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(&file, &changed).expect("written");
    expect(Check::Hash, "has other bytes");
    fs::remove_file(&file).expect("removed");
    expect(Check::Size, "is missing");

    fs::write(&file, &bytes).expect("written");
    let limits = Limits {
        check: Check::Hash,
        ..Limits::default()
    };
    let session = Session::with_limits(location(&directory), limits).expect("session");
    assert_eq!(number(&session, text), 2 * FILES * ROWS);
}

#[test]
fn a_commit_that_was_cut_out_is_an_error_and_an_orphan_is_none() {
    let directory = archive();
    let orphan = "events/day=2026-03-01/source=okta/seg-orphan.parquet";
    fs::write(directory.path().join(orphan), "half a file").expect("orphan");
    assert_eq!(
        number(&session(&directory), "SELECT count(*) FROM events"),
        2 * FILES * ROWS
    );

    let commit = Path::new("commits/identity.okta/0/000000000001.json");
    fs::remove_file(directory.path().join(commit)).expect("removed");
    let error = Session::open(location(&directory)).err().expect("an error");
    assert!(matches!(error, QueryError::Archive(_)), "{error}");
}

#[test]
fn a_query_has_its_limits() {
    let directory = archive();
    let limited = |limits| Session::with_limits(location(&directory), limits).expect("session");
    let memory = limited(Limits {
        memory_bytes: 100_000,
        ..Limits::default()
    });
    let sorted = "SELECT raw FROM events ORDER BY raw";
    let error = memory.sql(sorted).expect_err("too much memory");
    assert!(matches!(error, QueryError::Memory { .. }), "{error}");

    let time = limited(Limits {
        time: Duration::from_millis(100),
        ..Limits::default()
    });
    let endless = "SELECT sum(a.offset * b.offset * c.offset) FROM events a, events b, events c";
    let error = time.sql(endless).expect_err("too long");
    assert!(matches!(error, QueryError::Time { .. }), "{error}");

    let session = session(&directory);
    let long = format!("SELECT {}", "1 + ".repeat(QUERY_TEXT_BYTES_MAX));
    assert!(session.sql(&long).expect_err("too long").is_of_the_text());
    let chain = |operators: usize| {
        let chain = "+1".repeat(operators);
        format!("SELECT \"offset\"{chain} FROM events LIMIT 1")
    };
    session.sql(&chain(QUERY_OPERATORS_MAX)).expect("an answer");
    let longer = session.sql(&chain(QUERY_OPERATORS_MAX + 1));
    assert!(longer.expect_err("too deep").is_of_the_text());
    let nested = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(session.sql(&nested).expect_err("too deep").is_of_the_text());
}

#[test]
fn a_file_of_another_time_or_source_is_not_opened() {
    let directory = archive();
    let session = session(&directory);
    let scan = |filter: &str| {
        let text = format!("SELECT count(identity) FROM events WHERE {filter}");
        let answer = session.sql(&text).expect(filter);
        let [scan] = answer.scans.as_slice() else {
            panic!("one scan: {:?}", answer.scans);
        };
        (scan.files, scan.files_passed_over)
    };
    assert_eq!(scan("source = 'okta'"), (6, 3));
    assert_eq!(scan("time < TIMESTAMP '2026-02-25T06:13:21Z'"), (6, 4));
    assert_eq!(scan("day = DATE '2026-03-01'"), (6, 0));
}

#[test]
fn one_identity_is_found_by_bloom_filters() {
    let directory = archive();
    let session = session(&directory);
    let scan = |filter: &str| {
        let text = format!("SELECT raw FROM events WHERE {filter}");
        let answer = session.sql(&text).expect(filter);
        (
            answer.rows(),
            answer.scans.first().cloned().expect("a scan"),
        )
    };
    // Within the least and greatest values of every file, and in one file of each source.
    let (rows, own) = scan("identity = 'own150-of-1@corp.example'");
    assert_eq!((rows, own.row_groups), (30, 6), "{own:?}");
    assert_eq!(own.row_groups_by_statistics, 0, "{own:?}");
    assert_eq!(own.row_groups_by_bloom, 4, "{own:?}");
    let (rows, shared) = scan("identity = 'shared42@corp.example'");
    assert_eq!((rows, shared.row_groups_read()), (90, 6), "{shared:?}");
}

#[test]
fn a_function_finds_the_rows_of_an_identity() {
    let directory = archive();
    let session = session(&directory);
    let rows = |text: &str| number(&session, &format!("SELECT count(*) FROM {text}"));
    for who in ["shared42@corp.example", "Shared42@Corp.Example"] {
        assert_eq!(rows(&format!("events_of('{who}')")), 90, "{who}");
    }
    assert_eq!(rows("events_of('okta:00u-shared42')"), 45);
    assert_eq!(rows("events_of('nobody@corp.example')"), 0);
    let late = "events_of('shared42@corp.example') WHERE source = 'okta' AND \"offset\" >= 3000";
    assert_eq!(rows(late), 30);
    assert_eq!(
        rows("(SELECT time FROM events_of('shared42@corp.example') LIMIT 7)"),
        7
    );
    for function in ["access_of", "people_of", "findings_of"] {
        assert_eq!(rows(&format!("{function}('shared42@corp.example')")), 0);
    }
    for wrong in [
        "events_of()",
        "events_of(1)",
        "events_of('')",
        "events_of('a', 'b')",
    ] {
        let error = error(&session, &format!("SELECT * FROM {wrong}"));
        assert!(error.starts_with("events_of takes one text"), "{error}");
    }
    let scans = session.sql("SELECT raw FROM events_of('own150-of-1@corp.example')");
    let scans = scans.expect("rows").scans;
    assert_eq!(scans.len(), 2, "{scans:?}");
    for scan in scans {
        assert!(scan.row_groups_read() <= 2, "{scan:?}");
    }
}
