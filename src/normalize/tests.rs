//! What every fixture becomes, and what hostile input must not do.

use std::sync::Arc;

use super::explain::fact_line;
use super::{Mappings, Normalizer, account_namespace};
use crate::model::event::Normalized;
use crate::model::id::SourceName;
use crate::model::limits::{JSON_DEPTH_MAX, JSON_NODES_MAX, RECORD_BYTES_MAX};
use crate::model::record::{Record, Reject, RejectReason};
use crate::model::time::Timestamp;

fn normalizer() -> Normalizer {
    Normalizer::new(Arc::new(Mappings::builtin()))
}

fn record(raw: impl Into<Vec<u8>>) -> Record {
    Record {
        offset: 0,
        received_at: None,
        raw: raw.into(),
        broken: None,
    }
}

fn normalize(source: &str, raw: impl Into<Vec<u8>>) -> Normalized {
    normalizer().normalize(&SourceName::new(source), &record(raw))
}

#[test]
fn a_record_that_cannot_be_read_is_a_reject_with_its_reason() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let many = format!("[{}0]", "0,".repeat(JSON_NODES_MAX));
    let cases: Vec<(Vec<u8>, RejectReason)> = vec![
        (b"".to_vec(), RejectReason::Empty),
        (b"  \n".to_vec(), RejectReason::Empty),
        (b"{".to_vec(), RejectReason::InvalidJson),
        (b"{} x".to_vec(), RejectReason::InvalidJson),
        (b"{\"a\":NaN}".to_vec(), RejectReason::InvalidJson),
        (b"\xff\xfe".to_vec(), RejectReason::InvalidUtf8),
        (b"[]".to_vec(), RejectReason::NotAnObject),
        (b"7".to_vec(), RejectReason::NotAnObject),
        (b"{}".to_vec(), RejectReason::NoAction),
        (b"{\"eventType\":\"x\"}".to_vec(), RejectReason::NoTime),
        (deep(JSON_DEPTH_MAX + 1).into_bytes(), RejectReason::TooDeep),
        (deep(100_000).into_bytes(), RejectReason::TooDeep),
        (
            "{\"a\":".repeat(100_000).into_bytes(),
            RejectReason::TooDeep,
        ),
        (many.into_bytes(), RejectReason::TooManyNodes),
        (vec![b' '; RECORD_BYTES_MAX + 1], RejectReason::TooLarge),
    ];
    for (raw, expected) in cases {
        let reject = normalize("okta", raw).reject.map(|reject| reject.reason);
        assert_eq!(reject, Some(expected));
    }
    let unknown = normalize("nowhere", "{}")
        .reject
        .map(|reject| reject.reason);
    assert_eq!(unknown, Some(RejectReason::UnknownSource));
}

#[test]
fn what_the_edge_found_broken_stays_rejected_for_that() {
    let mut broken = record("{}");
    broken.broken = Some(Reject::new(RejectReason::Truncated, "gzip ends early"));
    let normalized = normalizer().normalize(&SourceName::new("okta"), &broken);
    assert_eq!(normalized.reject, broken.broken);
}

#[test]
fn a_time_far_ahead_of_its_receipt_is_bounded_and_flagged() {
    let raw = r#"{"action":"x","actor":"a","created_at":1900000000000}"#;
    let mut late = record(raw);
    late.received_at = Some(Timestamp::from_seconds(1_800_000_000));
    let normalized = normalizer().normalize(&SourceName::new("github"), &late);
    let event = normalized.events.first().expect("an event");
    assert!(event.time_clamped);
    assert_eq!(
        event.time,
        Timestamp::from_seconds(1_800_000_000 + 24 * 3_600)
    );
    let exact = normalize("github", raw);
    assert_eq!(
        exact.events.first().map(|event| event.time_clamped),
        Some(false)
    );
}

#[test]
fn tenants_of_one_source_share_the_mapping_and_no_accounts() {
    let raw = r#"{"action":"git.push","actor":"a","created_at":1800000000000}"#;
    let homes: Vec<String> = normalize("github@eu", raw)
        .facts
        .iter()
        .map(|fact| fact.home().to_string())
        .collect();
    assert_eq!(homes, ["account:github@eu:a"]);
}

#[test]
fn the_last_of_two_equal_keys_counts_and_both_are_noticed() {
    let mut normalizer = normalizer();
    let raw =
        r#"{"action":"org.add_member","action":"git.push","actor":"a","created_at":1800000000000}"#;
    let normalized = normalizer.normalize(&SourceName::new("github"), &record(raw));
    let code = normalized
        .events
        .first()
        .map(|event| event.event_code.to_string());
    assert_eq!(code.as_deref(), Some("git.push"));
    assert_eq!(normalizer.duplicate_keys(), 1);
}

#[test]
fn an_id_of_thirty_digits_keeps_them() {
    let raw = r#"{"action":"git.push","x":1.5,"actor":"a","actor_id":123456789012345678901234567890,"created_at":1800000000000}"#;
    let normalized = normalize("github", raw);
    let actor = normalized
        .events
        .first()
        .and_then(|event| event.actor.clone());
    let uid = actor.and_then(|actor| actor.uid);
    assert_eq!(uid.as_deref(), Some("123456789012345678901234567890"));
}

#[test]
fn every_mistake_in_a_mapping_is_told_with_its_place() {
    let text = "source: mine\nvendor: V\nproduct: P\ntime: at\naction: type\nip: 'a..b'\nevents:\n  one: account.creat\n  two: {is: app.assign, target: nobody}\n  three: {is: auth.login, when: a == b}\n";
    let problems =
        Mappings::with(vec![("mine.yaml".to_owned(), text.to_owned())]).expect_err("four mistakes");
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("mapping-mistakes", shown.join("\n"));
}

#[test]
fn an_unknown_key_of_a_mapping_is_an_error_with_a_hint() {
    let text = "source: mine\nvendor: V\nproduct: P\ntime: at\nactoin: type\n";
    let problems =
        Mappings::with(vec![("mine.yaml".to_owned(), text.to_owned())]).expect_err("a typo");
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("mapping-typo", shown.join("\n"));
}

#[test]
fn a_user_mapping_takes_the_place_of_ours() {
    let text = "source: github\nvendor: V\nproduct: P\ntime: when\naction: what\n";
    let mappings = Mappings::with(vec![("g.yaml".to_owned(), text.to_owned())]).expect("sound");
    let mut normalizer = Normalizer::new(Arc::new(mappings));
    let raw = r#"{"what":"x","when":"2026-01-01T00:00:00Z"}"#;
    let normalized = normalizer.normalize(&SourceName::new("github"), &record(raw));
    assert_eq!(
        normalized
            .unmapped
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<&str>>(),
        ["x"]
    );
}

fn facts(source: &str, raw: &str) -> Vec<String> {
    normalize(source, raw).facts.iter().map(fact_line).collect()
}

fn check(source: &str, raw: &str, expected: &[&str]) {
    assert_eq!(facts(source, raw), expected, "{source}: {raw}");
}

#[test]
fn a_key_that_somebody_makes_for_themselves_is_theirs() {
    check(
        "github",
        r#"{"action":"public_key.create","actor":"mira","key_id":9,"created_at":1772524800000}"#,
        &[
            "github:mira used",
            "github:mira credential 9 kind=ssh_key created at 2026-03-03T08:00:00Z by=mira",
            "credential github:9 owned by github:mira",
        ],
    );
    let raw = r#"{"eventName":"CreateAccessKey","eventSource":"iam.amazonaws.com","eventTime":"2026-03-03T08:00:00Z","userIdentity":{"type":"IAMUser","principalId":"AIDAM"},"responseElements":{"accessKey":{"accessKeyId":"AKIAM"}}}"#;
    check(
        "aws_cloudtrail",
        raw,
        &[
            "aws_cloudtrail:AIDAM used",
            "aws_cloudtrail:AIDAM credential AKIAM kind=access_key created at 2026-03-03T08:00:00Z by=AIDAM",
            "credential aws_cloudtrail:AKIAM owned by aws_cloudtrail:AIDAM",
        ],
    );
}

#[test]
fn device_users_invitations_and_failures_make_no_accounts() {
    let device = r#"{"id":{"time":"2026-03-03T08:00:00Z","applicationName":"mobile"},"actor":{"email":"m@corp.example"},"events":[{"name":"DEVICE_REGISTER_UNREGISTER_EVENT","parameters":[{"name":"USER_EMAIL","value":"m@corp.example"}]}]}"#;
    check("google_workspace", device, &[]);
    for action in ["org.invite_member", "org.cancel_invitation"] {
        let raw = format!(r#"{{"action":"{action}","user":"mira","created_at":1772524800000}}"#);
        check("github", &raw, &[]);
    }
    let failed = r#"{"action":"user.failed_login","actor":"nobody","created_at":1772524800000}"#;
    check("github", failed, &[]);
    let system = r#"{"eventType":"user.session.start","published":"2026-03-03T08:00:00Z","outcome":{"result":"SUCCESS"},"actor":{"id":"s","type":"SystemPrincipal"}}"#;
    check("okta", system, &[]);
}

#[test]
fn a_console_password_is_not_the_account() {
    let raw = r#"{"eventName":"DeleteLoginProfile","eventSource":"iam.amazonaws.com","eventTime":"2026-03-03T08:00:00Z","recipientAccountId":"1","requestParameters":{"userName":"mira"}}"#;
    check(
        "aws_cloudtrail",
        raw,
        &[
            "aws_cloudtrail:1/mira seen",
            "aws_cloudtrail:1/mira named mira",
        ],
    );
}

#[test]
fn a_lone_event_stands_for_a_list_of_one() {
    let raw = r#"{"id":{"time":"2026-03-03T08:00:00Z","applicationName":"login"},"actor":{"email":"M@corp.example"},"events":{"name":"logout"}}"#;
    assert_eq!(normalize("google_workspace", raw).events.len(), 1);
    let empty = r#"{"id":{"time":"2026-03-03T08:00:00Z","applicationName":"login"},"events":[]}"#;
    let reject = normalize("google_workspace", empty)
        .reject
        .map(|reject| reject.reason);
    assert_eq!(reject, Some(RejectReason::NoAction));
}

#[test]
fn names_of_accounts_that_logs_share_are_the_same_for_policies() {
    let mappings = Mappings::builtin();
    for source in mappings.sources() {
        let plan = mappings.plan(source).expect("a plan");
        let name = SourceName::new(format!("{source}@eu"));
        assert_eq!(account_namespace(plan, &name), name.accounts(), "{source}");
    }
}
