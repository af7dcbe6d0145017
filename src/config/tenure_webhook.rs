//! `[webhook]` of `tenure.toml`. The secret that signs is never in the file.

use std::path::Path;
use std::time::Duration;

use crate::model::Text;
use crate::model::finding::Severity;

use super::field::Field;
use super::load::SecretFrom;
use super::sheet::Table;
use super::tenure_file::path;

/// Where findings are delivered, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: Text,
    /// Of the key that signs each delivery (HMAC-SHA-256).
    pub secret: SecretFrom,
    /// Findings below it are not delivered.
    pub min_severity: Severity,
    /// How long one delivery may take.
    pub timeout: Duration,
}

const SECRET_HINT: &str = "write secret_env = \"TENURE_WEBHOOK_SECRET\", the name of an environment \
                           variable, or secret_file = \"path\"";

pub(super) fn read(mut table: Table<'_>, base: &Path) -> Option<Webhook> {
    let url = table
        .required("url", "write url = \"https://hooks.example/tenure\"")
        .and_then(|field| {
            let without = "deliveries are signed with the secret";
            url(&field, "https://hooks.example/tenure", without)
        });
    let secret = secret(&mut table, base);
    let words = Severity::ALL.map(Severity::as_str);
    let min_severity = table
        .field("min_severity")
        .and_then(|field| field.word(&words, Severity::parse));
    let timeout = table
        .field("timeout")
        .and_then(|field| field.duration(Duration::from_millis(100)));
    table.finish();
    Some(Webhook {
        url: url?,
        secret: secret?,
        min_severity: min_severity.unwrap_or(Severity::Low),
        timeout: timeout.unwrap_or(Duration::from_secs(10)),
    })
}

/// Messages about it repeat no value: one of these may be the secret itself.
fn secret(table: &mut Table<'_>, base: &Path) -> Option<SecretFrom> {
    if let Some(field) = table.field("secret") {
        return field.wrong(
            "stands in the file, where every reader of it sees it",
            SECRET_HINT,
        );
    }
    match (table.field("secret_env"), table.field("secret_file")) {
        (Some(field), None) => environment_name(&field).map(SecretFrom::Environment),
        (None, Some(field)) => path(&field, base).map(SecretFrom::File),
        (Some(_), Some(field)) => field.wrong("stands beside `secret_env`", "keep one of them"),
        (None, None) => {
            let hint = Some(SECRET_HINT.to_owned());
            table.wrong("has no secret to sign deliveries with", hint);
            None
        }
    }
}

/// Capitals, digits and `_`: anything else is more likely the secret than the name of it.
pub(super) fn environment_name(field: &Field<'_>) -> Option<Text> {
    let text = field.text()?;
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if text.bytes().all(letter) && !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(Text::from(text));
    }
    field.wrong(
        "is no name of an environment variable",
        "write capitals, digits and `_`, such as \"TENURE_WEBHOOK_SECRET\"",
    )
}

/// An address of the web, without a name or password in it.
pub(super) fn url(field: &Field<'_>, example: &str, without: &str) -> Option<Text> {
    let text = field.text()?;
    let hint = format!("write a URL such as \"{example}\"");
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    match host {
        Some(host) if host.contains('@') => field.wrong(
            "holds a name or password, which every reader of the file sees",
            &format!("leave it out: {without}"),
        ),
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Some(Text::from(text))
        }
        _ => field.wrong("is no address of the web", &hint),
    }
}
