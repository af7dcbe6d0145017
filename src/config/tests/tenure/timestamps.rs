//! `[timestamps]`.

use std::path::Path;
use std::time::Duration;

use super::super::check;
use super::{good, parse};
use crate::config::Timestamps;

#[test]
fn an_authority_is_asked_each_hour_unless_told_otherwise() {
    let config = good("[timestamps]\nauthority = \"http://tsa.example/tsr\"");
    let expected = Timestamps {
        authority: "http://tsa.example/tsr".into(),
        every: Duration::from_hours(1),
        ca_file: None,
    };
    assert_eq!(config.timestamps, Some(expected));
    let config = good(
        "[timestamps]\nauthority = \"https://tsa.example\"\nevery = \"10m\"\nca_file = \"ca.pem\"",
    );
    let timestamps = config.timestamps.expect("timestamps");
    assert_eq!(timestamps.every, Duration::from_mins(10));
    assert_eq!(timestamps.ca_file.as_deref(), Some(Path::new("etc/ca.pem")));
}

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[timestamps]",
        r#"tenure.toml:1: `timestamps.authority` is missing
  hint: write authority = "https://tsa.example/tsr""#,
    ),
    (
        "[timestamps]\nauthority = \"tsa\"\nevery = \"1ms\"",
        r#"tenure.toml:2: `timestamps.authority` is no address of the web
  hint: write a URL such as "https://tsa.example/tsr"
tenure.toml:3: `timestamps.every` is `"1ms"`, which is too short
  hint: write "1000ms" or more"#,
    ),
];
