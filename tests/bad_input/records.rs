//! Bad records and bad files among good ones, replayed.

use std::io::Write as _;

use flate2::write::GzEncoder;
use serde_json::Value;

use super::place::{Archived, Place, late_use, rejects};
use super::wrong_types;

const LEAVER: [&str; 2] = ["leaver-account-live", "leaver-activity"];

/// Files beside those of a leaver, and what becomes of them.
struct Case {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    records: u64,
    rejects: &'static [(&'static str, u64)],
    warnings: &'static [&'static str],
    /// Whether the good record of the file, a late use, is there and found.
    used: bool,
}

fn lines(lines: &[&str]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

fn check(case: &Case) {
    let name = case.name;
    let place = Place::with_a_leaver();
    for (path, bytes) in &case.files {
        place.put(&format!("logs/{path}"), bytes);
    }
    let ended = place.tenure(&["replay", "logs", "--out", "out", "--json"]);
    assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).expect("a summary");
    let delivered = case.records + Place::LEAVERS_RECORDS;
    let rejected = rejects(case.rejects);
    assert_eq!(summary["records"], delivered, "{name}: {summary}");
    assert_eq!(summary["rejects"], serde_json::json!(rejected), "{name}");
    let warnings = summary["warnings"].to_string();
    for warning in case.warnings {
        assert!(warnings.contains(warning), "{name}: {warnings}");
    }
    assert_eq!(
        case.warnings.is_empty(),
        warnings == "[]",
        "{name}: {warnings}"
    );
    let expected = Archived {
        records: delivered,
        events: summary["events"].as_u64().expect("a count"),
        rejects: rejected,
    };
    assert_eq!(place.archived("out/archive"), expected, "{name}");
    let found = if case.used { &LEAVER[..] } else { &[] };
    // Without the use nothing is as late as the grace of a leaver's account.
    assert_eq!(place.open_rules("out/findings.ndjson"), found, "{name}");
}

fn one(name: &'static str, file: Vec<u8>, reason: (&'static str, u64)) -> Case {
    let rejects: &'static [(&str, u64)] = Box::leak(Box::new([reason]));
    Case {
        name,
        files: vec![("okta/bad.ndjson", file)],
        records: reason.1 + 1,
        rejects,
        warnings: &[],
        used: true,
    }
}

#[test]
fn bad_json_is_a_counted_reject_and_the_record_behind_it_is_found() {
    let use_ = late_use(2);
    let behind = |bad: &str| lines(&[bad, &use_]);
    let deep_array = "[".repeat(100_000);
    let deep_object = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    let deep = lines(&[&deep_array, &deep_object, &use_]);
    check(&one("depth 100,000", deep, ("too_deep", 2)));
    let many = format!("[{}]", vec!["{}"; 300_000].join(","));
    check(&one("many nodes", behind(&many), ("too_many_nodes", 1)));
    let invalid = [b"{\"uuid\":\"\xff\xfe\"}\n".as_slice(), use_.as_bytes()].concat();
    check(&one("invalid UTF-8", invalid, ("invalid_utf8", 1)));
    let half = behind(&use_[..use_.len() / 2]);
    check(&one("half a record", half, ("invalid_json", 1)));
    let zeros = behind(&"\0".repeat(5_000));
    check(&one("zeros", zeros, ("invalid_json", 1)));
    let other = lines(&["null", "[]", "1", "\"x\"", "true", &use_]);
    check(&one("no object", other, ("not_an_object", 5)));
    check(&one("an empty object", behind("{}"), ("no_action", 1)));
}

#[test]
fn a_record_of_100_megabytes_is_a_counted_reject() {
    let mut huge = b"{\"uuid\":\"".to_vec();
    huge.resize(100 << 20, b'a');
    huge.extend_from_slice(b"\"}\n");
    huge.extend_from_slice(late_use(2).as_bytes());
    check(&one("100 MB in a line", huge, ("too_large", 1)));
}

#[test]
fn a_compressed_file_that_is_cut_or_damaged_delivers_what_it_can_and_says_so() {
    // Far more than a block, so that the first half of the bytes holds whole records.
    let text: String = (0..20_000).map(|n| late_use(n) + "\n").collect();
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    let gzip = encoder.finish().expect("memory");
    let zstd = zstd::stream::encode_all(text.as_bytes(), 3).expect("memory");
    for (path, whole) in [("okta/cut.ndjson.gz", gzip), ("okta/cut.ndjson.zst", zstd)] {
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 8].fill(0xff);
        for (bytes, is_cut) in [(&whole[..whole.len() * 9 / 10], true), (&damaged, false)] {
            let place = Place::with_a_leaver();
            place.put(&format!("logs/{path}"), bytes);
            let ended = place.tenure(&["replay", "logs", "--out", "out", "--json"]);
            assert_eq!(ended.code, Some(0), "{path}: {ended:?}");
            let summary: Value = serde_json::from_str(&ended.stdout).expect("a summary");
            let archived = place.archived("out/archive");
            let records = archived.records;
            // Damage that a decoder notices late may have come out as broken records before.
            assert_eq!(archived.rejects["truncated"], 1, "{path}");
            assert!(archived.rejects.len() == 1 || !is_cut, "{archived:?}");
            assert_eq!(summary["records"], records, "{path}");
            assert_eq!(summary["rejects"], serde_json::json!(archived.rejects));
            assert!((1_000..20_004).contains(&records), "{path}: {records}");
            let rejected: u64 = archived.rejects.values().sum();
            assert_eq!(archived.events, records - rejected, "{path}");
            assert_eq!(place.open_rules("out/findings.ndjson"), LEAVER, "{path}");
        }
    }
}

#[test]
fn what_holds_no_record_is_none() {
    check(&Case {
        name: "nothing in it",
        files: vec![
            ("okta/empty.ndjson", Vec::new()),
            ("okta/empty.json", Vec::new()),
            ("okta/empty.ndjson.gz", Vec::new()),
            ("okta/empty.ndjson.zst", Vec::new()),
            ("okta/lines.ndjson", b"\n\n\r\n  \n\n".to_vec()),
            ("okta/lines.json", b"\n\n\r\n  \n\n".to_vec()),
            ("okta/mark.ndjson", b"\xef\xbb\xbf".to_vec()),
        ],
        records: 0,
        rejects: &[],
        warnings: &[],
        used: false,
    });
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_are_no_part_of_a_record() {
    let with_marks = |record: &str| {
        let lines = [record, "\r\n", "\r\n", record, "\r\n"].concat();
        [b"\xef\xbb\xbf", lines.as_bytes()].concat()
    };
    check(&Case {
        name: "a mark and CRLF",
        files: vec![
            ("okta/a.ndjson", with_marks(&late_use(2))),
            ("okta/b.json", with_marks(&late_use(3))),
        ],
        records: 4,
        rejects: &[],
        warnings: &[],
        used: true,
    });
}

#[test]
fn logs_of_no_known_source_are_archived_as_rejects_and_stray_files_are_named() {
    let (first, second) = (late_use(2), late_use(3));
    check(&Case {
        name: "unknown source, stray file",
        files: vec![
            ("martian/a.ndjson", lines(&[&first, "{broken"])),
            ("stray.ndjson", lines(&[&first])),
            ("okta/a.ndjson", lines(&[&second])),
        ],
        records: 3,
        rejects: &[("unknown_source", 2)],
        warnings: &[
            "stray.ndjson is not read",
            "no mapping for source `martian`",
        ],
        used: true,
    });
}

#[test]
fn wrong_types_everywhere_lose_no_record() {
    let place = Place::with_a_leaver();
    let mut delivered = Place::LEAVERS_RECORDS + 1;
    for (number, (source, fixture)) in (0..).zip(wrong_types::fixtures()) {
        let lines = wrong_types::lines(&fixture);
        delivered += lines.len() as u64;
        place.put(&format!("logs/{source}/{number}.ndjson"), lines.join("\n"));
    }
    place.put("logs/okta/late.ndjson", late_use(2));
    let ended = place.tenure(&["replay", "logs", "--out", "out", "--json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary: Value = serde_json::from_str(&ended.stdout).expect("a summary");
    let archived = place.archived("out/archive");
    assert!(delivered > 5_000, "{delivered}");
    assert_eq!(summary["records"], delivered);
    assert_eq!(archived.records, delivered);
    assert_eq!(summary["rejects"], serde_json::json!(archived.rejects));
    let rejected: u64 = archived.rejects.values().sum();
    assert!(archived.events >= delivered - rejected, "{archived:?}");
    assert!(rejected < delivered / 5, "{archived:?}");
    let of_the_leaver = place.open_rules("out/findings.ndjson");
    assert!(
        LEAVER
            .iter()
            .all(|rule| of_the_leaver.iter().any(|it| it == rule))
    );
}
