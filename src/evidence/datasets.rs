//! Datasets of the archive that hold what was computed, and no records: their names, and the
//! columns of each. Other programs read these by name: a column is never renamed, and new ones
//! come last.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::table::{Column, TableError, encode};
use crate::model::Text;
use crate::model::finding::{AccountRef, Finding, IdentityRef};
use crate::model::time::Timestamp;

/// A dataset that is written by us and not by a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    /// Snapshots of live access.
    Access,
    /// Snapshots of people: joiners, leavers, contracts.
    People,
    /// Changes of findings.
    Findings,
    /// Changes of whose an account is.
    Links,
    /// Reads of evidence.
    Reads,
}

impl Dataset {
    pub const ALL: [Dataset; 5] = [
        Dataset::Access,
        Dataset::People,
        Dataset::Findings,
        Dataset::Links,
        Dataset::Reads,
    ];

    /// Its directory, and after `tenure:` the name of its chain.
    pub const fn as_str(self) -> &'static str {
        match self {
            Dataset::Access => "access",
            Dataset::People => "people",
            Dataset::Findings => "findings",
            Dataset::Links => "links",
            Dataset::Reads => "reads",
        }
    }
}

/// A finding as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldFinding {
    /// What the clock said of the round in which it was told.
    pub told_at: Timestamp,
    pub finding: Finding,
    /// Why it is accepted, and until when, where its status says so.
    pub exempt: Option<(Text, Timestamp)>,
}

/// Whose an account is from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldLink {
    pub told_at: Timestamp,
    /// `source:uid`.
    pub account: Text,
    pub source: Text,
    pub uid: Text,
    pub name: Option<Text>,
    pub link: LinkedTo,
}

/// To whom an account is linked, and by what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkedTo {
    /// The one whose it is; `None` where it is nobody's, or claimed by several.
    pub identity: Option<Text>,
    pub email: Option<Text>,
    pub name: Option<Text>,
    /// `human` or `nhi`.
    pub kind: Option<Text>,
    /// `linked`, `disputed`, `unlinked`, `non_human`; `gone` of what is no account any more.
    pub state: Text,
    /// Why: `policy`, `stated`, `email` …
    pub reason: Option<Text>,
    /// When a record first stated it; `None` of the policy's word, which holds always.
    pub since: Option<Timestamp>,
}

/// Somebody looked at evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRead {
    pub at: Timestamp,
    /// The user of the operating system, or the caller of the API as far as known.
    pub who: Option<Text>,
    /// `query`, `export`, `report`, `prove`, `verify`, `api`.
    pub via: Text,
    /// The SQL, or the path with its parameters.
    pub what: Text,
    /// Rows that were given; `None` where that was not known before they were.
    pub rows: Option<i64>,
    /// `ok`, or the error.
    pub outcome: Text,
    pub host: Option<Text>,
}

/// Changes of findings in the order told, each with its number, which grows from row to row and
/// from file to file of one writer: of two changes told in the same second, the greater is newer.
pub fn findings(rows: &[(u64, ToldFinding)]) -> Result<Bytes, TableError> {
    let findings = || rows.iter().map(|(_, row)| &row.finding);
    let words = |of: &dyn Fn(&Finding) -> &'static str| {
        Column::Texts(findings().map(|one| Some(of(one).into())).collect())
    };
    let texts = |of: &dyn Fn(&Finding) -> Option<Text>| Column::Texts(findings().map(of).collect());
    let times =
        |of: &dyn Fn(&Finding) -> Option<Timestamp>| Column::Times(findings().map(of).collect());
    let lists = |of: &dyn Fn(&Finding) -> Vec<Text>| Column::Lists(findings().map(of).collect());
    let identity = |of: &dyn Fn(&IdentityRef) -> Option<Text>| {
        texts(&|one| one.identity.as_ref().and_then(of))
    };
    let account =
        |of: &dyn Fn(&AccountRef) -> Option<Text>| texts(&|one| one.account.as_ref().and_then(of));
    let exempt = || rows.iter().map(|(_, row)| row.exempt.as_ref());
    encode(&[
        (
            "told_at",
            Column::Times(rows.iter().map(|(_, row)| Some(row.told_at)).collect()),
        ),
        (
            "change",
            Column::Numbers(rows.iter().map(|(it, _)| it.cast_signed()).collect()),
        ),
        (
            "finding_id",
            texts(&|one| Some(one.finding_id.to_string().into())),
        ),
        ("rule", words(&|one| one.rule.as_str())),
        ("subject", texts(&|one| Some(one.subject.clone()))),
        ("subject_kind", words(&|one| one.subject_kind.as_str())),
        ("status", words(&|one| one.status.as_str())),
        ("severity", words(&|one| one.severity.as_str())),
        ("identity", identity(&|one| Some(one.uid.clone()))),
        ("identity_email", identity(&|one| one.email.clone())),
        ("identity_name", identity(&|one| one.name.clone())),
        (
            "identity_kind",
            identity(&|one| Some(one.kind.as_str().into())),
        ),
        (
            "account",
            account(&|one| Some(format!("{}:{}", one.source, one.uid).into())),
        ),
        ("account_source", account(&|one| Some(one.source.clone()))),
        ("account_uid", account(&|one| Some(one.uid.clone()))),
        ("account_name", account(&|one| one.name.clone())),
        ("opened_at", times(&|one| Some(one.opened_at))),
        ("resolved_at", times(&|one| one.resolved_at)),
        ("detected_at", times(&|one| Some(one.detected_at))),
        ("summary", texts(&|one| Some(one.summary.clone()))),
        ("remedy", texts(&|one| Some(one.remedy.clone()))),
        ("controls", lists(&|one| one.controls.clone())),
        ("evidence", lists(&|one| one.evidence.clone())),
        (
            "exempt_reason",
            Column::Texts(exempt().map(|it| Some(it?.0.clone())).collect()),
        ),
        (
            "exempt_until",
            Column::Times(exempt().map(|it| Some(it?.1)).collect()),
        ),
        ("form", texts(&|one| Some(form(one)))),
    ])
}

/// Changes of links, in the order told.
pub fn links(rows: &[ToldLink]) -> Result<Bytes, TableError> {
    let texts =
        |of: &dyn Fn(&ToldLink) -> Option<Text>| Column::Texts(rows.iter().map(of).collect());
    let times =
        |of: &dyn Fn(&ToldLink) -> Option<Timestamp>| Column::Times(rows.iter().map(of).collect());
    encode(&[
        ("told_at", times(&|row| Some(row.told_at))),
        ("account", texts(&|row| Some(row.account.clone()))),
        ("account_source", texts(&|row| Some(row.source.clone()))),
        ("account_uid", texts(&|row| Some(row.uid.clone()))),
        ("account_name", texts(&|row| row.name.clone())),
        ("identity", texts(&|row| row.link.identity.clone())),
        ("identity_email", texts(&|row| row.link.email.clone())),
        ("identity_name", texts(&|row| row.link.name.clone())),
        ("identity_kind", texts(&|row| row.link.kind.clone())),
        ("link", texts(&|row| Some(row.link.state.clone()))),
        ("reason", texts(&|row| row.link.reason.clone())),
        ("since", times(&|row| row.link.since)),
    ])
}

/// Reads of evidence, in the order in which they were made.
pub fn reads(rows: &[EvidenceRead]) -> Result<Bytes, TableError> {
    let texts =
        |of: &dyn Fn(&EvidenceRead) -> Option<Text>| Column::Texts(rows.iter().map(of).collect());
    encode(&[
        (
            "at",
            Column::Times(rows.iter().map(|row| Some(row.at)).collect()),
        ),
        ("who", texts(&|row| row.who.clone())),
        ("via", texts(&|row| Some(row.via.clone()))),
        ("what", texts(&|row| Some(row.what.clone()))),
        (
            "rows",
            Column::Counts(rows.iter().map(|row| row.rows).collect()),
        ),
        ("outcome", texts(&|row| Some(row.outcome.clone()))),
        ("host", texts(&|row| row.host.clone())),
    ])
}

/// The finding's line, as files, Kafka and webhooks carry it.
fn form(finding: &Finding) -> Text {
    match serde_json::to_string(finding) {
        Ok(line) => line.into(),
        Err(error) => unreachable!("FINDING-JSON: plain data does not encode: {error}"),
    }
}
