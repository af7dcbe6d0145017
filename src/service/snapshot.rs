//! The daily snapshot of live access, as columns.

use super::inquire::{AccessQuestion, access};
use super::questions::View;
use crate::answer::AccessRow;
use crate::evidence::table::{Column, encode};
use crate::io::archive::AccessSnapshot;
use crate::model::Text;
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::time::{Span, Timestamp};

/// Why there is no snapshot: its rows are too many, or do not encode.
#[derive(Debug, thiserror::Error)]
#[error("failed to take the snapshot of access as of {as_of}: {reason}")]
pub struct SnapshotError {
    as_of: Timestamp,
    reason: String,
}

/// The beginning of the day, UTC.
pub fn day_of(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(i64::from(now.day()) * Span::DAY.as_seconds())
}

/// Who had what as of `as_of`, sorted by identity.
pub fn take(view: &View<'_>, as_of: Timestamp) -> Result<AccessSnapshot, SnapshotError> {
    let failed = |reason: String| SnapshotError { as_of, reason };
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
