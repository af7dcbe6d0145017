//! The daily snapshots of live access and of people, as columns.

use super::inquire::{self, AccessQuestion, access};
use super::questions::View;
use crate::answer::{AccessRow, PersonRow, Stated};
use crate::evidence::table::{Column, encode};
use crate::io::archive::{AccessSnapshot, PeopleSnapshot};
use crate::model::Text;
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::time::{Span, Timestamp};

/// Why there is no snapshot: its rows are too many, or do not encode.
#[derive(Debug, thiserror::Error)]
#[error("failed to take the snapshot of {what} as of {as_of}: {reason}")]
pub struct SnapshotError {
    what: &'static str,
    as_of: Timestamp,
    reason: String,
}

/// The beginning of the day, UTC.
pub fn day_of(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(i64::from(now.day()) * Span::DAY.as_seconds())
}

/// Who had what as of `as_of`, sorted by identity.
pub fn take(view: &View<'_>, as_of: Timestamp) -> Result<AccessSnapshot, SnapshotError> {
    let failed = |reason: String| SnapshotError {
        what: "access",
        as_of,
        reason,
    };
    let question = AccessQuestion {
        as_of: Some(as_of),
        ..AccessQuestion::default()
    };
    let answer = access(view, &question, ACCESS_ROWS_MAX);
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    let parquet = encode(&columns(as_of, &answer.rows));
    Ok(AccessSnapshot {
        as_of,
        parquet: parquet.map_err(|error| failed(error.to_string()))?,
        rows: answer.rows.len() as u64,
    })
}

/// Who is known as of `as_of`, sorted by identity.
pub fn people(view: &View<'_>, as_of: Timestamp) -> Result<PeopleSnapshot, SnapshotError> {
    let failed = |reason: String| SnapshotError {
        what: "people",
        as_of,
        reason,
    };
    let answer = inquire::people(view, as_of).map_err(|error| failed(error.to_string()))?;
    let parquet = encode(&people_columns(as_of, &answer.rows));
    Ok(PeopleSnapshot {
        as_of,
        parquet: parquet.map_err(|error| failed(error.to_string()))?,
        rows: answer.rows.len() as u64,
    })
}

fn columns(as_of: Timestamp, rows: &[AccessRow]) -> Vec<(&'static str, Column)> {
    let texts =
        |of: &dyn Fn(&AccessRow) -> Option<Text>| Column::Texts(rows.iter().map(of).collect());
    let words = |of: &dyn Fn(&AccessRow) -> &'static str| {
        Column::Texts(rows.iter().map(|row| Some(of(row).into())).collect())
    };
    let times =
        |of: &dyn Fn(&AccessRow) -> Option<Timestamp>| Column::Times(rows.iter().map(of).collect());
    vec![
        ("as_of", times(&|_| Some(as_of))),
        ("identity", texts(&|row| row.identity.clone())),
        ("email", texts(&|row| row.email.clone())),
        ("name", texts(&|row| row.name.clone())),
        ("link", words(&|row| row.link.as_str())),
        ("owners", texts(&|row| Some(row.owners.join(" ").into()))),
        ("owner_state", words(&|row| row.owner_state.as_str())),
        ("source", texts(&|row| Some(row.source.clone()))),
        ("account", texts(&|row| Some(row.account.clone()))),
        ("account_name", texts(&|row| row.account_name.clone())),
        ("subject", words(&|row| row.subject.as_str())),
        ("kind", texts(&|row| row.kind.clone())),
        ("what", texts(&|row| row.what.clone())),
        (
            "privileged",
            Column::Flags(rows.iter().map(|row| row.privileged).collect()),
        ),
        ("since", times(&|row| Some(row.since))),
        ("granted_by", texts(&|row| row.granted_by.clone())),
        ("approval", texts(&|row| row.approval.clone())),
        ("approved_by", texts(&|row| row.approved_by.clone())),
        ("approved_at", times(&|row| row.approved_at)),
        ("last_used", words(&|row| row.last_used.as_str())),
        ("last_used_at", times(&|row| row.last_used_at)),
        (
            "evidence",
            texts(&|row| Some(row.evidence.join(" ").into())),
        ),
    ]
}

/// Other programs read these by name: a column is never renamed, and new ones come last.
fn people_columns(as_of: Timestamp, rows: &[PersonRow]) -> Vec<(&'static str, Column)> {
    let texts =
        |of: &dyn Fn(&PersonRow) -> Option<Text>| Column::Texts(rows.iter().map(of).collect());
    let times =
        |of: &dyn Fn(&PersonRow) -> Option<Timestamp>| Column::Times(rows.iter().map(of).collect());
    let at = |of: fn(&PersonRow) -> Option<Stated>| times(&move |row| Some(of(row)?.at));
    let recorded = |of: fn(&PersonRow) -> Option<Stated>| times(&move |row| of(row)?.recorded_at);
    let event = |of: fn(&PersonRow) -> Option<Stated>| {
        texts(&move |row| Some(of(row)?.event.to_string().into()))
    };
    let evidence = |row: &PersonRow| Some(row.evidence().join(" ").into());
    vec![
        ("as_of", times(&|_| Some(as_of))),
        ("identity", texts(&|row| Some(row.identity.clone()))),
        (
            "ids",
            Column::Lists(rows.iter().map(|row| row.ids.clone()).collect()),
        ),
        ("email", texts(&|row| row.email.clone())),
        ("name", texts(&|row| row.name.clone())),
        ("state", texts(&|row| Some(row.state?.as_str().into()))),
        ("hired_at", at(|row| row.hired)),
        ("hired_event_uid", event(|row| row.hired)),
        ("left_at", at(|row| row.left)),
        ("left_recorded_at", recorded(|row| row.left)),
        ("left_event_uid", event(|row| row.left)),
        ("contract_ends_at", at(|row| row.contract)),
        ("contract_recorded_at", recorded(|row| row.contract)),
        ("contract_event_uid", event(|row| row.contract)),
        ("contract_ended_at", at(|row| row.contract_ended)),
        ("contract_ended_event_uid", event(|row| row.contract_ended)),
        ("department", texts(&|row| row.department.clone())),
        ("title", texts(&|row| row.title.clone())),
        ("manager", texts(&|row| row.manager.clone())),
        ("employment_type", texts(&|row| row.employment_type.clone())),
        ("evidence", texts(&evidence)),
    ]
}
