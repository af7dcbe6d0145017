//! Short stories in the vendors' own words, each with what must be told of it and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

const LEFT: &str = r#"{"id":"h","type":"terminate","recorded_at":"2026-03-01T17:00:00Z","effective_at":"2026-03-01T17:00:00Z","worker":{"employee_id":"E1","email":"jane@corp.example","name":"Jane Roe"}}"#;

/// What a replay of the records tells as of 10 March 2026, as `rule subject`.
fn told(records: &[(&str, String)]) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a directory");
    for (source, record) in records {
        let logs = dir.path().join("logs").join(source);
        fs::create_dir_all(&logs).expect("logs");
        let path = logs.join("log.ndjson");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, before + record + "\n").expect("written");
    }
    replay(dir.path());
    let findings = fs::read_to_string(dir.path().join("out/findings.ndjson")).expect("findings");
    // A story of three records is silent for the rest of the week.
    let lines = findings
        .lines()
        .filter(|line| !line.contains("\"source-silent\""));
    let told = lines.map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).expect("a finding");
        let text = |key: &str| {
            finding
                .get(key)
                .and_then(|value| value.as_str())
                .expect("text")
        };
        format!("{} {} {}", text("rule"), text("subject"), text("status"))
    });
    told.collect()
}

fn replay(dir: &Path) {
    let ended = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args([
            "replay",
            "logs",
            "--now",
            "2026-03-10T00:00:00Z",
            "--out",
            "out",
        ])
        .current_dir(dir)
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{errors}");
}

fn check(records: &[(&str, String)], expected: &[&str]) {
    assert_eq!(told(records), expected, "{records:#?}");
    let backwards: Vec<_> = records.iter().rev().cloned().collect();
    assert_eq!(told(&backwards), expected, "backwards: {records:#?}");
}

fn left() -> (&'static str, String) {
    ("hris", LEFT.to_owned())
}

#[test]
fn a_role_session_named_after_a_leaver_is_their_act() {
    let session = |name: &str| {
        let record = format!(
            r#"{{"userIdentity":{{"type":"AssumedRole","principalId":"AROAROLE1:{name}","arn":"arn:aws:sts::123456789012:assumed-role/Dev/{name}","accountId":"123456789012"}},"eventTime":"2026-03-03T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventID":"e1"}}"#
        );
        ("aws_cloudtrail", record)
    };
    let expected = "leaver-activity aws_cloudtrail:AROAROLE1:jane@corp.example open";
    check(&[left(), session("jane@corp.example")], &[expected]);
    check(&[left(), session("june@corp.example")], &[]);
    check(&[left(), session("botocore-session-1")], &[]);
}

#[test]
fn a_saml_name_of_somebody_who_acts_on_themselves_links_them() {
    let record = r#"{"action":"org.sso_response","actor":"octo-jane","user":"octo-jane","external_identity_nameid":"jane@corp.example","@timestamp":1772000000000,"org":"corp"}"#;
    let expected = "leaver-account-live github:octo-jane open";
    check(&[left(), ("github", record.to_owned())], &[expected]);
}

#[test]
fn what_was_refused_is_no_use() {
    let suspended = r#"{"kind":"admin#reports#activity","id":{"time":"2026-03-01T18:00:00Z","uniqueQualifier":"2","applicationName":"admin"},"actor":{"callerType":"KEY","key":"SYSTEM"},"events":[{"type":"USER_SETTINGS","name":"SUSPEND_USER","parameters":[{"name":"USER_EMAIL","value":"jane@corp.example"}]}]}"#;
    let google = |application: &str, name: &str, parameter: &str| {
        let record = format!(
            r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-03-04T10:00:00Z","uniqueQualifier":"1","applicationName":"{application}"}},"actor":{{"email":"jane@corp.example","profileId":"1"}},"events":[{{"type":"login","name":"{name}","parameters":[{parameter}]}}]}}"#
        );
        vec![
            left(),
            ("google_workspace", suspended.to_owned()),
            ("google_workspace", record),
        ]
    };
    let failed = r#"{"name":"login_challenge_status","value":"Challenge Failed."}"#;
    check(&google("login", "login_challenge", failed), &[]);
    check(
        &google("context_aware_access", "ACCESS_DENY_EVENT", ""),
        &[],
    );
    let expected = "leaver-activity google_workspace:jane@corp.example open";
    check(&google("login", "login_success", ""), &[expected]);
}

#[test]
fn names_that_stand_for_each_other_end_in_no_circle() {
    let rename = |day: u32, from: &str, to: &str| {
        let record = format!(
            r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-03-0{day}T10:00:00Z","uniqueQualifier":"{day}","applicationName":"admin"}},"actor":{{"callerType":"KEY","key":"SYSTEM"}},"events":[{{"type":"USER_SETTINGS","name":"RENAME_USER","parameters":[{{"name":"USER_EMAIL","value":"{from}"}},{{"name":"NEW_VALUE","value":"{to}"}}]}}]}}"#
        );
        ("google_workspace", record)
    };
    let (a, b) = ("a@corp.example", "b@corp.example");
    check(&[rename(5, a, b), rename(6, b, a), rename(7, a, b)], &[]);
}

#[test]
fn a_token_known_by_its_use_can_be_revoked_by_its_id() {
    let okta = |event: &str, hour: u32, rest: &str| {
        let record = format!(
            r#"{{"uuid":"u{hour}","published":"2026-03-01T{hour}:00:00.000Z","eventType":"{event}","outcome":{{"result":"SUCCESS"}},{rest}}}"#
        );
        ("okta", record)
    };
    let used = okta(
        "user.account.update_profile",
        12,
        r#""actor":{"id":"00u1","type":"User","alternateId":"jane@corp.example"},"transaction":{"detail":{"requestApiTokenId":"00T1"}},"target":[]"#,
    );
    let ended = okta(
        "user.lifecycle.deactivate",
        18,
        r#""actor":{"id":"sys","type":"SystemPrincipal","alternateId":"system@okta.com"},"target":[{"id":"00u1","type":"User","alternateId":"jane@corp.example"}]"#,
    );
    let revoked = okta(
        "system.api_token.revoke",
        19,
        r#""actor":{"id":"sys","type":"SystemPrincipal","alternateId":"system@okta.com"},"target":[{"id":"00T1","type":"Token","displayName":"sync"}]"#,
    );
    let live = "leaver-credential-live okta:00T1 open";
    check(&[left(), used.clone(), ended.clone()], &[live]);
    check(&[left(), used, ended, revoked], &[]);
}

#[test]
fn a_time_that_cannot_be_written_is_a_reject_and_stops_nothing() {
    let record = r#"{"uuid":"u","published":"9999-12-31T23:59:59Z","eventType":"user.session.start","actor":{"id":"00u1","type":"User","alternateId":"jane@corp.example"},"outcome":{"result":"SUCCESS"},"target":[]}"#;
    check(&[left(), ("okta", record.to_owned())], &[]);
}

#[test]
fn an_account_that_only_an_inventory_knows_is_a_leavers_all_the_same() {
    let listed = |status: &str, as_of: &str| {
        let record = format!(
            r#"{{"source":"github","as_of":"{as_of}","account":{{"uid":"octo-jane","email":"jane@corp.example","status":"{status}","kind":"human","created_at":null,"last_used_at":null}},"grants":[],"credentials":[{{"uid":"key-1","kind":"ssh_key","created_at":"2026-01-05T00:00:00Z","last_used_at":null}}]}}"#
        );
        ("inventory", record)
    };
    let before = listed("active", "2026-02-01T00:00:00Z");
    let key = "leaver-credential-live github:key-1 open";
    check(
        &[left(), before.clone()],
        &["leaver-account-live github:octo-jane open", key],
    );
    // A later listing shows that it has ended, and a repeat of it changes nothing.
    let ended = listed("suspended", "2026-03-04T00:00:00Z");
    let again = listed("suspended", "2026-03-05T00:00:00Z");
    check(
        &[left(), before, ended, again.clone()],
        &["leaver-account-live github:octo-jane resolved", key],
    );
    // Of one that was never listed alive nobody knows until when it lived; its key still works.
    check(&[left(), again], &[key]);
}

#[test]
fn what_comes_back_after_the_end_is_reinstated() {
    let okta = |event: &str, at: &str| {
        let record = format!(
            r#"{{"uuid":"{at}","published":"{at}","eventType":"{event}","outcome":{{"result":"SUCCESS"}},"actor":{{"id":"00u9","type":"User","alternateId":"bram@partner.example"}},"target":[{{"id":"00u1","type":"User","alternateId":"jane@corp.example"}}]}}"#
        );
        ("okta", record)
    };
    let made = okta("user.lifecycle.create", "2026-02-01T10:00:00.000Z");
    let ended = okta("user.lifecycle.deactivate", "2026-03-01T18:00:00.000Z");
    let back = okta("user.lifecycle.reactivate", "2026-03-04T09:00:00.000Z");
    // Whoever did it is nobody whom HR knows.
    let stranger = "orphan-account okta:00u9 open";
    check(&[left(), made.clone(), ended.clone()], &[stranger]);
    let expected = [stranger, "leaver-reinstated okta:00u1 open"];
    check(&[left(), made, ended, back], &expected);
}

#[test]
fn a_contract_that_ends_without_a_word_ends_for_its_accounts() {
    let hired = |end: &str| {
        let record = format!(
            r#"{{"id":"h","type":"hire","recorded_at":"2026-01-01T09:00:00Z","effective_at":"2026-01-01T00:00:00Z","worker":{{"employee_id":"E1","email":"jane@corp.example","name":"Jane Roe","employment_type":"contractor","contract_end":{end}}}}}"#
        );
        ("hris", record)
    };
    let used = r#"{"uuid":"u","published":"2026-02-01T09:00:00.000Z","eventType":"user.session.start","outcome":{"result":"SUCCESS"},"actor":{"id":"00u1","type":"User","alternateId":"jane@corp.example"},"target":[]}"#;
    let used = ("okta", used.to_owned());
    // The end of that day, and a day of grace: 10 March begins exactly at the deadline.
    let expected = "contract-expired okta:00u1 open";
    check(&[hired("\"2026-03-08\""), used.clone()], &[expected]);
    check(&[hired("\"2026-03-09\""), used.clone()], &[]);
    check(&[hired("null"), used], &[]);
}

#[test]
fn a_step_that_failed_to_remove_somebody_is_told_until_it_is_done() {
    let step = |action: &str| {
        let record = format!(
            r#"{{"run_id":"wf-1","workflow":"Offboard user","type":"step","at":"2026-03-02T17:00:09Z","trigger":null,"subject":null,"step":{{"name":"GitHub","action":"{action}","target":"github:octo-jane","outcome":"failure"}},"error":"403","retry_of":null}}"#
        );
        ("workflow", record)
    };
    let removed = r#"{"action":"org.remove_member","actor":"octo-admin[bot]","user":"octo-jane","@timestamp":1772700000000,"org":"corp"}"#;
    let removed = ("github", removed.to_owned());
    let told = |status: &str| format!("deprovision-failed github:octo-jane {status}");
    let run = "workflow-incomplete workflow:wf-1 open";
    check(&[step("remove_member")], &[&told("open"), run]);
    check(&[step("remove_from_team")], &[run]);
    let bot = "nhi-ownerless github:octo-admin[bot] open";
    check(
        &[step("remove_member"), removed],
        &[&told("resolved"), run, bot],
    );
}

#[test]
fn an_offboarding_that_is_closed_and_not_done_is_told_by_ticket_and_run() {
    let okta = r#"{"uuid":"u1","published":"2026-03-01T12:00:00.000Z","eventType":"user.session.start","outcome":{"result":"SUCCESS"},"actor":{"id":"00u1","type":"User","alternateId":"jane@corp.example"},"target":[]}"#;
    let ticket = r#"{"id":"OPS-7","type":"closed","at":"2026-03-01T18:00:00Z","kind":"offboarding","subject":"jane@corp.example","grants":[],"resolution":"done"}"#;
    let run = r#"{"run_id":"wf-79","workflow":"Offboard user","type":"failed","at":"2026-03-01T17:05:00Z","subject":"jane@corp.example","error":"throttled"}"#;
    let records = [
        left(),
        ("okta", okta.to_owned()),
        ("ticket", ticket.to_owned()),
        ("workflow", run.to_owned()),
    ];
    let told = [
        "revocation-unfulfilled ticket:OPS-7 open",
        "leaver-account-live okta:00u1 open",
        "workflow-incomplete workflow:wf-79 open",
    ];
    check(&records, &told);
    let ended = r#"{"uuid":"u2","published":"2026-03-01T21:59:00.000Z","eventType":"user.lifecycle.deactivate","outcome":{"result":"SUCCESS"},"actor":{"id":"sys","type":"SystemPrincipal","alternateId":"system@okta.com"},"target":[{"id":"00u1","type":"User","alternateId":"jane@corp.example"}]}"#;
    let retried = r#"{"run_id":"wf-80","workflow":"Offboard user","type":"succeeded","at":"2026-03-02T09:00:00Z","subject":"jane@corp.example","retry_of":"wf-79"}"#;
    let done = [("okta", ended.to_owned()), ("workflow", retried.to_owned())];
    check(&[&records[..], &done].concat(), &[]);
}
