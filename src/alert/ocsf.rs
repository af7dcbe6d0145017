//! A finding as an OCSF 1.8 event, for receivers that speak it.
//!
//! What somebody did is a Detection Finding (2004); what somebody could do is an IAM Analysis
//! Finding (2008). The finding itself, in the form of the files, is under `unmapped.finding`.

use serde_json::{Value, json};

use super::{Change, ChangeKind};
use crate::model::finding::{AccountRef, Finding, RuleId, Severity, Status, SubjectKind};
use crate::model::time::Timestamp;

const DETECTION_FINDING: u32 = 2_004;
const IAM_ANALYSIS_FINDING: u32 = 2_008;

/// The change, to be sent at `now`.
pub fn wrap(change: &Change, now: Timestamp) -> Value {
    let finding = &change.finding;
    let class_uid = class_of(finding.rule);
    let activity_id = activity_of(change.kind);
    let mut event = json!({
        "activity_id": activity_id,
        "category_uid": 2,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity_id,
        "time": milliseconds(now),
        "severity_id": severity_of(finding.severity),
        "status_id": status_of(finding.status),
        "message": &*finding.summary,
        "metadata": {
            "version": "1.8.0",
            "product": {
                "name": "Tenure",
                "vendor_name": "Tenure",
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "finding_info": finding_info(finding, change.kind),
        "remediation": { "desc": &*finding.remedy },
        "unmapped": { "finding": finding },
    });
    if class_uid == IAM_ANALYSIS_FINDING
        && let Some(fields) = event.as_object_mut()
    {
        fields.insert(
            "applications".into(),
            json!([{ "name": source_of(finding) }]),
        );
        if let Some(account) = &finding.account {
            fields.insert("user".into(), user(account));
        }
    }
    event
}

/// Where the account is: an IAM Analysis Finding has to say what could be reached.
fn source_of(finding: &Finding) -> &str {
    let (kind, rest) = finding.subject.split_once(':').unwrap_or_default();
    let of_subject = match finding.subject_kind {
        SubjectKind::Source => rest,
        _ => kind,
    };
    let account = finding.account.as_ref();
    account.map_or(of_subject, |account| &account.source)
}

fn user(account: &AccountRef) -> Value {
    let mut user = json!({ "uid": &*account.uid });
    if let (Some(name), Some(fields)) = (&account.name, user.as_object_mut()) {
        fields.insert("name".into(), json!(&**name));
    }
    user
}

fn finding_info(finding: &Finding, kind: ChangeKind) -> Value {
    json!({
        "uid": finding.finding_id.to_string(),
        "title": format!("{} {}", finding.rule, kind.as_str()),
        "desc": &*finding.summary,
        "types": [finding.rule.as_str()],
        "created_time": milliseconds(finding.opened_at),
        "first_seen_time": milliseconds(finding.opened_at),
        "modified_time": milliseconds(finding.resolved_at.unwrap_or(finding.detected_at)),
    })
}

fn class_of(rule: RuleId) -> u32 {
    match rule {
        // Nor is it about access where a run or a source broke off.
        RuleId::LeaverActivity | RuleId::WorkflowIncomplete | RuleId::SourceSilent => {
            DETECTION_FINDING
        }
        _ => IAM_ANALYSIS_FINDING,
    }
}

/// Create, Update, Close.
fn activity_of(kind: ChangeKind) -> u32 {
    match kind {
        ChangeKind::Opened => 1,
        ChangeKind::Updated | ChangeKind::Exempted => 2,
        ChangeKind::Resolved | ChangeKind::Withdrawn => 3,
    }
}

fn severity_of(severity: Severity) -> u32 {
    match severity {
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

/// New, Suppressed, Resolved.
fn status_of(status: Status) -> u32 {
    match status {
        Status::Open => 1,
        Status::Exempt => 3,
        Status::Resolved | Status::Withdrawn => 4,
    }
}

fn milliseconds(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1_000)
}
