//! Deeds in the formats of the vendors: one record each, with the fields that such records have.
//!
//! A vendor cannot say everything. [`record`] gives `None` for a deed that this log could not tell
//! of, and the generator makes none such.

mod telling;
mod okta;
mod entra_audit;
mod entra_signin;
mod google_workspace;
mod github;
mod gitlab;
mod aws_cloudtrail;
mod slack;
mod snowflake;
mod onepassword;
mod jamf_pro;
mod generic;

use serde_json::Value;

use super::deed::{Cast, Deed, Life};
use telling::Telling;

/// Every log, by the name of its directory.
pub const LOGS: [&str; 16] = [
    "aws_cloudtrail",
    "entra_audit",
    "entra_signin",
    "github",
    "gitlab",
    "google_workspace",
    "hris",
    "inventory",
    "jamf_pro",
    "okta",
    "onepassword",
    "review",
    "slack",
    "snowflake",
    "ticket",
    "workflow",
];

/// Where a log's accounts are: two logs of Entra share theirs.
pub fn accounts_of(log: &str) -> &str {
    if log.starts_with("entra_") {
        "entra"
    } else {
        log
    }
}

/// The log in which a change of an account of `source` is told.
pub fn changes_of(source: &str) -> &'static str {
    log_named(source, "entra_audit")
}

/// The log in which a sign-in to an account of `source` is told.
pub fn uses_of(source: &str) -> &'static str {
    log_named(source, "entra_signin")
}

fn log_named(source: &str, of_entra: &'static str) -> &'static str {
    let named = LOGS.iter().find(|log| **log == source);
    named.copied().unwrap_or(of_entra)
}

/// Whether the log writes times to the second only.
pub fn in_whole_seconds(log: &str) -> bool {
    matches!(log, "aws_cloudtrail" | "slack")
}

/// How an account ends at `source` where somebody leaves.
pub fn usual_end(source: &str) -> Life {
    match source {
        "aws_cloudtrail" => Life::Delete,
        "okta" | "slack" => Life::Deactivate,
        "github" => Life::Remove,
        _ => Life::Suspend,
    }
}

/// How an account begins: GitHub tells of memberships, not of accounts that are made.
pub fn usual_begin(source: &str) -> Life {
    match source {
        "github" => Life::Join,
        _ => Life::Create,
    }
}

/// Whether an attempt that fails to end an account is logged there.
pub fn tells_of_failed_ends(source: &str) -> bool {
    matches!(source, "okta" | "entra" | "aws_cloudtrail" | "snowflake")
}

/// The record of a deed; `number` makes the ids of records different. `None` where the log has no
/// words for it.
pub fn record(cast: &Cast, deed: &Deed, (seed, number): (u64, u64)) -> Option<String> {
    let mut telling = Telling::new(cast, deed, (seed, number));
    let value: Value = match deed.log {
        "okta" => okta::record(&mut telling)?,
        "entra_audit" => entra_audit::record(&mut telling)?,
        "entra_signin" => entra_signin::record(&mut telling)?,
        "google_workspace" => google_workspace::record(&mut telling)?,
        "github" => github::record(&mut telling)?,
        "gitlab" => gitlab::record(&mut telling)?,
        "aws_cloudtrail" => aws_cloudtrail::record(&mut telling)?,
        "slack" => slack::record(&mut telling)?,
        "snowflake" => snowflake::record(&mut telling)?,
        "onepassword" => onepassword::record(&mut telling)?,
        "jamf_pro" => jamf_pro::record(&mut telling)?,
        _ => generic::record(&mut telling)?,
    };
    Some(value.to_string())
}

/// Whether the log has words for the deed.
pub fn can(cast: &Cast, deed: &Deed) -> bool {
    record(cast, deed, (0, 0)).is_some()
}
