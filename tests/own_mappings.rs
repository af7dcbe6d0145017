//! A user adds a source without compiling, and extends one of ours.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ACME: &str = r"source: acme
vendor: Acme
product: Acme Audit
time: at
action: event
ip: from
outcome: {failure: not result = ok}
parties:
  actor: {kind: {otherwise: user}, uid: by, email: by, account: by}
  target: {kind: {otherwise: user}, uid: who, email: who, account: who}
events:
  login: auth.login
  disable: account.suspend
";

const SAMPLES: &str = r#"{"at":"2026-03-02T17:00:00Z","event":"login","result":"ok","by":"mira@corp.example","from":"203.0.113.7:443"}
{"at":"2026-03-02T17:05:00Z","event":"disable","result":"ok","by":"mira@corp.example","who":"jonas@corp.example"}
"#;

fn place(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }
    dir
}

fn tenure(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command.args(arguments).current_dir(dir);
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn samples_are_compared_with_what_was_accepted() {
    let place = place(&[
        ("mappings/acme.yaml", ACME),
        ("mappings/acme.samples.ndjson", SAMPLES),
    ]);
    let test = |arguments: &[&str]| {
        let output = tenure(place.path(), &[&["sources", "test"], arguments].concat());
        (output.status.code(), text(&output.stdout))
    };
    let (code, shown) = test(&[]);
    assert_eq!(code, Some(1));
    assert!(shown.contains("nothing expected yet"), "{shown}");
    assert_eq!(test(&["--accept"]).0, Some(0));
    let expected = place.path().join("mappings/acme.expected.txt");
    let accepted = fs::read_to_string(&expected).expect("accepted");
    assert!(
        accepted.contains("acme:jonas@corp.example suspended at 2026-03-02T17:05:00Z"),
        "{accepted}"
    );
    let (code, shown) = test(&[]);
    assert!(code == Some(0) && shown.contains("as expected"), "{shown}");
    let changed = ACME.replace("account.suspend", "account.delete");
    fs::write(place.path().join("mappings/acme.yaml"), changed).expect("written");
    let (code, shown) = test(&[]);
    assert_eq!(code, Some(1));
    assert!(
        shown.contains("-    acme:jonas@corp.example suspended"),
        "{shown}"
    );
    assert!(
        shown.contains("+    acme:jonas@corp.example deleted"),
        "{shown}"
    );
}

#[test]
fn every_mistake_of_every_mapping_is_told_at_once() {
    let place = place(&[
        ("mappings/a.yaml", &ACME.replace("auth.login", "auth.logon")),
        ("mappings/b.yaml", "source: okta\nextends: okat\n"),
        ("mappings/c.yaml", "source: mine\nvendor: M\ntime: at\n"),
        ("mappings/notes.txt", "no mapping"),
        ("tenure.toml", "mappings = \"mappings\"\n"),
    ]);
    for arguments in [&["check"][..], &["check", "--mappings", "mappings"]] {
        let output = tenure(place.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output.stdout);
        for told in [
            "mappings/a.yaml:12:",
            "did you mean `auth.login`?",
            "mappings/b.yaml:2:",
            "did you mean `okta`?",
            "mappings/c.yaml:1:",
            "the key `product` is missing",
            "the key `action` is missing",
        ] {
            assert!(shown.contains(told), "no {told} in\n{shown}");
        }
    }
    let output = tenure(place.path(), &["run"]);
    assert_eq!(output.status.code(), Some(1), "it refuses to start");
}

#[test]
fn a_source_of_ones_own_states_facts_as_ours_do() {
    let hires = r#"{"id":"1","type":"hire","recorded_at":"2026-01-01T00:00:00Z","effective_at":"2026-01-01T00:00:00Z","worker":{"employee_id":"E1","email":"mira@corp.example"}}
{"id":"2","type":"terminate","recorded_at":"2026-02-01T00:00:00Z","effective_at":"2026-02-01T00:00:00Z","worker":{"employee_id":"E1","email":"mira@corp.example"}}
"#;
    let place = place(&[
        ("mappings/acme.yaml", ACME),
        ("logs/acme/log.ndjson", SAMPLES),
        ("logs/hris/log.ndjson", hires),
    ]);
    let output = tenure(
        place.path(),
        &["replay", "logs", "--mappings", "mappings", "--out", "out"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let findings = fs::read_to_string(place.path().join("out/findings.ndjson")).expect("findings");
    let activity = findings
        .lines()
        .find(|line| line.contains("\"leaver-activity\""))
        .expect("somebody who left has logged in");
    assert!(
        activity.contains("\"acme:mira@corp.example\""),
        "{activity}"
    );
}

#[test]
fn what_extends_ours_adds_to_it_and_changes_what_it_names() {
    let mapping = "source: okta\nextends: okta\nevents:\n  corp.offboard: account.deactivate\n  user.session.start: {is: none}\n";
    let record = |action: &str| {
        format!(
            r#"{{"eventType":"{action}","published":"2026-03-02T17:00:00Z","outcome":{{"result":"SUCCESS"}},"actor":{{"id":"00u1","type":"User"}},"target":[{{"id":"00u2","type":"User"}}]}}"#
        )
    };
    let actions = [
        "corp.offboard",
        "user.session.start",
        "user.lifecycle.suspend",
    ];
    let log = actions.map(record).join("\n");
    let place = place(&[("okta.yaml", mapping), ("log.ndjson", &log)]);
    let arguments = ["normalize", "--source", "okta", "--mappings", "okta.yaml"];
    let output = tenure(place.path(), &[&arguments[..], &["log.ndjson"]].concat());
    let verbs: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line.pointer("/events/0/lifecycle/verb").cloned().into()
        })
        .collect();
    assert_eq!(
        serde_json::json!(verbs),
        serde_json::json!(["account.deactivate", null, "account.suspend"])
    );
}

#[test]
fn a_row_that_is_json_within_text_and_wrapped_twice_is_read() {
    let inner = r#"{"eventTime":"2026-02-01T10:00:00Z","eventName":"DeleteUser","eventSource":"iam.amazonaws.com","userIdentity":{"type":"IAMUser","principalId":"AIDAM"},"requestParameters":{"userName":"jonas"},"recipientAccountId":"1"}"#;
    let wrapped = serde_json::json!({
        "Type": "Notification", "TopicArn": "arn:x",
        "Message": serde_json::json!({"Events": [{"EventName": "DeleteUser", "CloudTrailEvent": inner}]}).to_string(),
    });
    let place = place(&[("log.ndjson", &wrapped.to_string())]);
    let arguments = ["normalize", "--source", "aws_cloudtrail", "--explain"];
    let output = tenure(place.path(), &[&arguments[..], &["log.ndjson"]].concat());
    let shown = text(&output.stdout);
    assert!(shown.contains("aws_cloudtrail:1/jonas deleted"), "{shown}");
}
