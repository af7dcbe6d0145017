//! When something was used last, as far as any source would show it.

use serde::{Deserialize, Serialize};

use super::AccessRow;
use crate::assess::{AccountContext, logged_uses};
use crate::model::fact::{GrantName, Use};
use crate::model::state::{OwnedCredential, Uses};
use crate::model::time::Timestamp;

/// Activity is three-valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastUsed {
    /// It was used, last at `last_used_at`.
    Used,
    /// Its source logs each use, and none was seen.
    NotUsed,
    /// No source would show it, or what is kept does not reach back to that time.
    NotKnown,
}

impl LastUsed {
    pub const fn as_str(self) -> &'static str {
        match self {
            LastUsed::Used => "used",
            LastUsed::NotUsed => "not_used",
            LastUsed::NotKnown => "not_known",
        }
    }
}

/// Whether a source logs each use of something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::answer) enum Logged {
    Each,
    Some,
}

pub(super) fn of_account(context: &AccountContext<'_>, at: Timestamp, row: &mut AccessRow) {
    put(&[&context.state.uses], Logged::Each, at, row);
}

/// Of an application, the sign-ins to it, whatever the case of its letters. Which role an action
/// needed, no source says.
pub(super) fn of_grant(
    context: &AccountContext<'_>,
    grant: &GrantName,
    at: Timestamp,
    row: &mut AccessRow,
) {
    if *grant.kind != *"app" {
        return;
    }
    let logged = if logged_uses::application(&context.id.source) {
        Logged::Each
    } else {
        Logged::Some
    };
    let name = grant.name.to_lowercase();
    let applications = context.state.applications.iter();
    let uses = applications.filter(|(application, _)| application.to_lowercase() == name);
    let uses: Vec<&Uses> = uses.map(|(_, uses)| uses).collect();
    put(&uses, logged, at, row);
}

pub(super) fn of_credential(
    context: &AccountContext<'_>,
    credential: &OwnedCredential,
    at: Timestamp,
    row: &mut AccessRow,
) {
    let logged = logged_of(context, credential);
    put(&[&credential.uses], logged, at, row);
}

pub(in crate::answer) fn logged_of(
    context: &AccountContext<'_>,
    credential: &OwnedCredential,
) -> Logged {
    let kind = credential.kind.as_deref().unwrap_or_default();
    if logged_uses::credential(&context.id.source, kind) {
        Logged::Each
    } else {
        Logged::Some
    }
}

fn put(uses: &[&Uses], logged: Logged, at: Timestamp, row: &mut AccessRow) {
    let (last_used, used) = last_use(uses, logged, at);
    row.last_used = last_used;
    row.last_used_at = used.map(|used| used.at);
    if let Some(used) = used {
        let uid = used.event.to_string().into();
        if !row.evidence.contains(&uid) {
            row.evidence.push(uid);
        }
    }
}

/// The last use at or before `at`. Uses of long ago are kept as the first and last of each day, so
/// it may be off by less than a day; of the time before those days, nothing is said.
pub(in crate::answer) fn last_use(
    uses: &[&Uses],
    logged: Logged,
    at: Timestamp,
) -> (LastUsed, Option<Use>) {
    let last = |uses: &&Uses| -> Option<Use> {
        let all = uses.all();
        let before = all.partition_point(|used| used.at <= at);
        all.get(before.checked_sub(1)?).copied()
    };
    let forgotten = uses.iter().any(|uses| {
        let since = uses.complete_since();
        let first = uses.all().first().map(|first| first.at);
        since != first && since.is_some_and(|since| at < since)
    });
    match uses.iter().filter_map(last).max() {
        Some(_) if forgotten => (LastUsed::NotKnown, None),
        Some(used) => (LastUsed::Used, Some(used)),
        None if logged == Logged::Each => (LastUsed::NotUsed, None),
        None => (LastUsed::NotKnown, None),
    }
}
