//! What leaves as OCSF is valid OCSF 1.8.0, in the eyes of a reader that we did not write.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tenure::alert::{Change, ChangeKind, ocsf};
use tenure::model::finding::{
    AccountRef, Finding, FindingId, IdentityKind, IdentityRef, RuleId, Severity, Status,
    SubjectKind,
};
use tenure::model::time::Timestamp;

use venv::python;

mod venv;
mod wrong_types;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

/// An event, and a name that leads back to where it came from.
type Named = (String, Value);

/// How many events there were of each class, and what is wrong with which.
#[derive(serde::Deserialize)]
struct Verdict {
    classes: BTreeMap<String, u64>,
    invalid: BTreeMap<String, Vec<String>>,
}

fn judge(events: &[Named]) -> Verdict {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut judge = Command::new(python())
        .arg(root.join("tests/python/ocsf_valid.py"))
        .arg(root.join("schemas/ocsf"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python runs");
    let lines = events
        .iter()
        .map(|(name, event)| json!({ "name": name, "event": event }).to_string() + "\n");
    let lines: String = lines.collect();
    // It reads all of it before it writes anything.
    let mut input = judge.stdin.take().expect("piped");
    input.write_all(lines.as_bytes()).expect("it reads");
    drop(input);
    let output = judge.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ocsf_valid.py failed:\n{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Every event that `tenure normalize` makes of the file.
fn normalized(source: &str, file: &Path) -> Vec<Named> {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(["normalize", "--source", source])
        .arg(file)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}: {output:?}", file.display());
    let mut events = Vec::new();
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let Value::Array(of_record) = line["events"].take() else {
            panic!("no events: {line}");
        };
        for (index, event) in of_record.into_iter().enumerate() {
            let name = format!("{} {} {index}", file.display(), line["record"]);
            events.push((name, event));
        }
    }
    events
}

fn logs_of_the_small_company() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small_company/logs");
    let sources = std::fs::read_dir(root).expect("its logs");
    let mut logs = Vec::new();
    for source in sources.map(|source| source.expect("an entry")) {
        let name = source.file_name().into_string().expect("a name");
        let files = std::fs::read_dir(source.path()).expect("a directory");
        logs.extend(files.map(|file| (name.clone(), file.expect("an entry").path())));
    }
    logs
}

#[test]
fn every_event_of_fixtures_and_of_a_company_is_valid() {
    let mut logs = wrong_types::fixtures();
    logs.extend(logs_of_the_small_company());
    let events: Vec<Named> = logs
        .iter()
        .flat_map(|(source, file)| normalized(source, file))
        .collect();
    let verdict = judge(&events);
    assert!(verdict.invalid.is_empty(), "{:#?}", verdict.invalid);
    let judged: u64 = verdict.classes.values().sum();
    assert_eq!(judged, events.len() as u64);
    let classes = "0 3001 3002 3004 3005 3006 6003 99903001 99903002";
    for class in classes.split(' ') {
        assert!(verdict.classes.contains_key(class), "none of class {class}");
    }
}

#[test]
fn what_is_made_of_wrong_types_is_valid_all_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("wrong.ndjson");
    let mut events = Vec::new();
    for (source, fixture) in wrong_types::fixtures() {
        std::fs::write(&file, wrong_types::lines(&fixture).join("\n")).expect("written");
        let of_fixture = normalized(&source, &file).into_iter();
        events.extend(of_fixture.map(|(name, event)| (format!("{source} {name}"), event)));
    }
    assert!(events.len() > 4_000, "{}", events.len());
    let verdict = judge(&events);
    assert!(verdict.invalid.is_empty(), "{:#?}", verdict.invalid);
}

fn finding(rule: RuleId, status: Status, known: bool) -> Finding {
    let subject = "okta:00u1";
    let opened_at = Timestamp::from_seconds(1_772_000_000);
    let identity = IdentityRef {
        uid: "E1".into(),
        email: Some("jane@corp.example".into()),
        name: Some("Jane".into()),
        kind: IdentityKind::Human,
    };
    let account = AccountRef {
        source: "okta".into(),
        uid: "00u1".into(),
        name: None,
    };
    Finding {
        finding_id: FindingId::new(rule, subject, opened_at),
        rule,
        subject: subject.into(),
        subject_kind: SubjectKind::Account,
        status,
        severity: Severity::High,
        identity: Some(identity).filter(|_| known),
        account: Some(account).filter(|_| known),
        opened_at,
        resolved_at: Some(NOW).filter(|_| status == Status::Resolved),
        detected_at: NOW,
        summary: "still live".into(),
        remedy: "end it".into(),
        controls: vec!["SOC2:CC6.2".into()],
        evidence: vec!["0123".into()],
    }
}

/// Each rule's findings in each kind of change, with and without an owner.
fn changes() -> Vec<Change> {
    let kinds = [
        (ChangeKind::Opened, Status::Open),
        (ChangeKind::Resolved, Status::Resolved),
        (ChangeKind::Withdrawn, Status::Withdrawn),
        (ChangeKind::Exempted, Status::Exempt),
        (ChangeKind::Updated, Status::Open),
    ];
    let mut changes = Vec::new();
    for rule in RuleId::ALL {
        for ((kind, status), known) in kinds.into_iter().flat_map(|it| [(it, true), (it, false)]) {
            changes.push(Change {
                kind,
                before: None,
                finding: finding(rule, status, known),
            });
        }
    }
    changes
}

#[test]
fn every_change_of_a_finding_is_a_valid_finding_of_ocsf() {
    let named = |change: &Change| {
        let (rule, kind) = (change.finding.rule, change.kind.as_str());
        let name = format!("{rule} {kind} {}", change.finding.identity.is_some());
        (name, ocsf::wrap(change, NOW))
    };
    let changes = changes();
    let events: Vec<Named> = changes.iter().map(named).collect();
    let verdict = judge(&events);
    assert!(verdict.invalid.is_empty(), "{:#?}", verdict.invalid);
    let postures = u64::try_from(events.len()).expect("fits") - 30;
    let expected = [("2004".to_owned(), 30), ("2008".to_owned(), postures)];
    assert_eq!(verdict.classes, BTreeMap::from(expected));
    for (change, (name, event)) in changes.iter().zip(&events) {
        let inside = event["unmapped"]["finding"].clone();
        let inside: Finding = serde_json::from_value(inside).expect("a finding");
        assert_eq!(inside, change.finding, "{name}");
    }
}

/// Otherwise the verdicts above would mean nothing.
#[test]
fn the_judge_refuses_what_is_broken() {
    let okta = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/okta/verbs.ndjson");
    let events = normalized("okta", &okta);
    let log_in = events.iter().find(|(_, event)| event["class_uid"] == 3_002);
    let log_in = log_in.expect("a log-in").1.clone();
    let hris = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hris/workers.ndjson");
    let hire = normalized("hris", &hris).swap_remove(0).1;
    let broken = |good: &Value, place: &str, value: Value| {
        let mut event = good.clone();
        let (parent, key) = place.rsplit_once('/').expect("a place");
        event.pointer_mut(parent).expect("it is there")[key] = value;
        (format!("{}{place}", good["class_uid"]), event)
    };
    let mut no_time = log_in.clone();
    no_time.as_object_mut().expect("an object").remove("time");
    let cases = [
        ("no time".to_owned(), no_time),
        broken(&log_in, "/invented", json!(1)),
        broken(&log_in, "/time", json!("2026-03-01")),
        broken(&log_in, "/class_uid", json!(4_711)),
        broken(&log_in, "/class_name", json!("Authorisation")),
        broken(&log_in, "/metadata/profiles", json!([])),
        broken(&log_in, "/metadata/profiles", json!(["lifecycle", "trace"])),
        broken(&log_in, "/lifecycle/verb", json!(1)),
        broken(&log_in, "/lifecycle/mood", json!("good")),
        broken(&hire, "/activity_id", json!(44)),
        broken(&hire, "/type_uid", json!(1)),
        broken(&hire, "/activity_name", json!("terminate")),
    ];
    for case in cases {
        let verdict = judge(&[case.clone(), ("good".to_owned(), log_in.clone())]);
        let refused: Vec<&String> = verdict.invalid.keys().collect();
        assert_eq!(refused, [&case.0], "{:?}", verdict.invalid);
    }
}
