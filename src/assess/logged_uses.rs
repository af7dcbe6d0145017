//! Whose use is logged. Activity is three-valued: where no source says when something was used,
//! that is not known, and what is not known is never *unused*.
//!
//! A source stands here only if it logs *every* use of the thing. One that logs some of the doings
//! (GitHub's audit log knows a token by the changes that it made, not by what it read) does not.

use crate::model::id::SourceName;

/// Source and kind of credential. The id by which the source names the credential in each use is
/// what its mapping reads as `credential` of the actor.
const CREDENTIALS: &[(&str, &str)] = &[
    // `userIdentity.accessKeyId` of each call.
    ("aws_cloudtrail", "access_key"),
    // Each new session of a token (`tokenLogin`).
    ("databricks", "personal_access_token"),
    // `servicePrincipalCredentialKeyId` of each sign-in of a service principal.
    ("entra", "certificate"),
    ("entra", "client_secret"),
    // `transaction.detail.requestApiTokenId`.
    ("okta", "api_token"),
    // `FIRST_AUTHENTICATION_FACTOR_ID` of each log-in.
    ("snowflake", "programmatic_access_token"),
];

/// Sources that log each sign-in to an application by the application's name.
const APPLICATIONS: &[&str] = &["entra", "okta"];

/// Whether the source logs each use of its credentials of this kind.
pub fn credential(source: &SourceName, kind: &str) -> bool {
    CREDENTIALS.contains(&(source.base(), kind))
}

/// Whether the source logs each use of any of its credentials.
pub fn some_credential(source: &SourceName) -> bool {
    CREDENTIALS.iter().any(|(name, _)| *name == source.base())
}

/// Whether the source logs each sign-in to its applications.
pub fn application(source: &SourceName) -> bool {
    APPLICATIONS.contains(&source.base())
}
