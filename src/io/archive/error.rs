//! What can go wrong with an archive, in the words of what we were doing, to what, and why.

use std::error::Error;

use crate::evidence::commit::ChainError;
use crate::model::record::{Offset, Stream};

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("failed to open archive {location}: {reason}")]
    Open { location: String, reason: String },
    #[error("failed to {doing} {what} {path} in archive {location}: {reason}")]
    Store {
        /// `write`, `read`, `list` or `delete`.
        doing: &'static str,
        /// `segment`, `commit` …
        what: &'static str,
        path: String,
        location: String,
        reason: String,
    },
    /// Another writer has committed to the stream since we looked. The caller must stop writing
    /// to it, or ask for its end again and drop what the other one archived.
    #[error("another writer has written commit {number} of {stream}: this one must stop")]
    Fenced { stream: Stream, number: u64 },
    /// The segment does not begin where the stream's archive ends.
    #[error("segment of {stream} starts at offset {start}, but its archive ends at {end}")]
    NotNext {
        stream: Stream,
        start: Offset,
        end: Offset,
    },
    /// What was written and signed is there no more, or is something else.
    #[error(
        "archive {location} is damaged at {path}: {reason} (`tenure verify` tells more; nothing is \
         written to it before a person has looked)"
    )]
    Damaged {
        path: String,
        location: String,
        reason: String,
    },
    /// What was asked for is not in the archive, or not in a way that can be proved.
    #[error("{what} cannot be proved from archive {location}: {reason}")]
    Unproved {
        what: String,
        location: String,
        reason: String,
    },
    /// The log was begun with a key that is not ours.
    #[error(
        "the log of archive {location} is signed by {theirs}, and our key is {ours}: give the service \
         that key, go over to ours with `tenure keys rotate`, or begin another archive"
    )]
    AnotherKey {
        location: String,
        theirs: String,
        ours: String,
    },
    #[error("failed to sign the log of archive {location}: {reason}")]
    Unsigned { location: String, reason: String },
    /// What the store holds, or what was to be stored, is no commit that follows.
    #[error("chain of commits is broken at {path} in archive {location}: {source}")]
    Unsound {
        path: String,
        location: String,
        source: Box<ChainError>,
    },
}

/// Characters of a server's answer that are shown where it is not understood.
const ANSWER_CHARS_MAX: usize = 300;
/// How the library begins what a server answered.
const ANSWERS: [&str; 2] = [
    "Server returned non-2xx status code: ",
    "Server returned error response: ",
];

/// The innermost cause: `object_store` wraps the operating system's word in up to three layers
/// that repeat the path. What a server answered in XML is told in words.
pub(super) fn reason(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    let answer = ANSWERS.iter().find_map(|begin| text.strip_prefix(begin));
    answer.map_or_else(|| text.clone(), in_words)
}

/// `403 Forbidden: AccessDenied: …`, and what to do where that is known.
fn in_words(answer: &str) -> String {
    let (status, body) = answer.split_once(": ").unwrap_or((answer, ""));
    let between = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let Some(code) = between("Code") else {
        let body: Vec<&str> = body.split_whitespace().collect();
        let body: String = body.join(" ").chars().take(ANSWER_CHARS_MAX).collect();
        let separator = if body.is_empty() { "" } else { ": " };
        return format!("the server answered {status}{separator}{body}");
    };
    let message = between("Message").map_or_else(String::new, |text| format!(": {text}"));
    let hint = match code.as_str() {
        "NoSuchBucket" | "ContainerNotFound" => "; make the bucket first",
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthenticationFailed" => {
            "; is the access key that of this server, and its secret whole?"
        }
        "AccessDenied" | "AuthorizationFailure" => "; the key may not do this to this bucket",
        _ => "",
    };
    format!("the server answered {status}: {code}{message}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answers_is_told_in_words() {
        let check = |answer: &str, expected: &str| assert_eq!(in_words(answer), expected);
        check(
            "404 Not Found: <?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>\n<Message>The \
             bucket\n  is gone.</Message></Error>",
            "the server answered 404 Not Found: NoSuchBucket: The bucket is gone.; make the bucket \
             first",
        );
        check(
            "503 Service Unavailable: <Error><Code>SlowDown</Code></Error>",
            "the server answered 503 Service Unavailable: SlowDown",
        );
        check(
            "500 Internal Server Error: ",
            "the server answered 500 Internal Server Error",
        );
        check("502", "the server answered 502");
        let page = format!("502 Bad Gateway: <html>{}", "x".repeat(10_000));
        assert!(in_words(&page).len() < 400);
        check(
            "403 Forbidden: <Code>",
            "the server answered 403 Forbidden: <Code>",
        );
    }
}
