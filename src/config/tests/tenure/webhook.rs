//! `[webhook]`.

use super::super::check;
use super::parse;

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[webhook]",
        r#"tenure.toml:1: `webhook` has no secret to sign deliveries with
  hint: write secret_env = "TENURE_WEBHOOK_SECRET", the name of an environment variable, or secret_file = "path"
tenure.toml:1: `webhook.url` is missing
  hint: write url = "https://hooks.example/tenure""#,
    ),
    (
        r#"[webhook]
url = "hooks"
secret_env = "A""#,
        r#"tenure.toml:2: `webhook.url` is no address of the web
  hint: write a URL such as "https://hooks.example/tenure""#,
    ),
    (
        r#"[webhook]
url = "https://me:hunter2@x/"
secret_env = "A""#,
        "tenure.toml:2: `webhook.url` holds a name or password, which every reader of the file sees
  hint: leave it out: deliveries are signed with the secret",
    ),
    (
        r#"[webhook]
url = "https://x/"
secret = "hunter2""#,
        r#"tenure.toml:3: `webhook.secret` stands in the file, where every reader of it sees it
  hint: write secret_env = "TENURE_WEBHOOK_SECRET", the name of an environment variable, or secret_file = "path""#,
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "hunter2""#,
        r#"tenure.toml:3: `webhook.secret_env` is no name of an environment variable
  hint: write capitals, digits and `_`, such as "TENURE_WEBHOOK_SECRET""#,
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "A"
secret_file = "b""#,
        "tenure.toml:4: `webhook.secret_file` stands beside `secret_env`
  hint: keep one of them",
    ),
    (
        r#"[webhook]
url = "https://x/"
secret_env = "A"
min_severity = "hihg""#,
        "tenure.toml:4: `webhook.min_severity` is `hihg`, which is not known
  hint: did you mean `high`?",
    ),
];
