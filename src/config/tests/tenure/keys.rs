//! `[signing]` and `[redaction]`: where their keys come from.

use super::super::check;
use super::{good, parse};
use crate::config::{RedactionKeyFrom, SecretFrom};

#[test]
fn redaction_has_a_key_of_its_own_or_a_given_one() {
    let config = good("");
    let own = RedactionKeyFrom::Own("etc/tenure-data/redaction.key".into());
    assert_eq!(config.redaction.key, own);
    let config = good(
        "[redaction]\nkey_env = \"TENURE_REDACTION_KEY\"\npatterns = \"own.toml\"\ndisable = [\"jwt\"]\n",
    );
    let given = SecretFrom::Environment("TENURE_REDACTION_KEY".into());
    assert_eq!(config.redaction.key, RedactionKeyFrom::Given(given));
    assert_eq!(config.redaction.patterns, Some("etc/own.toml".into()));
    assert_eq!(config.redaction.disabled, [("jwt".into(), 4)]);
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[signing]",
        r#"tenure.toml:1: `signing` has no key
  hint: write key_file = "path", or key_env = "TENURE_SIGNING_KEY", the name of an environment variable; `tenure keys generate` makes a key"#,
    ),
    (
        "[signing]
key_file = \"a\"
key_env = \"A\"",
        "tenure.toml:3: `signing.key_env` stands beside `key_file`
  hint: keep one of them",
    ),
];
