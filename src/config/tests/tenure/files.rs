//! `[files]`.

use super::super::check;
use super::parse;

#[test]
fn each_mistake_has_its_words() {
    check(parse, MISTAKES);
}

/// A text, and all that is said of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "[files]
poll = 300",
        r#"tenure.toml:2: `files.poll` is `300`, which has no unit
  hint: write a duration such as "5m" or "300s""#,
    ),
    (
        r#"[files]
poll = "300""#,
        r#"tenure.toml:2: `files.poll` is `"300"`, which has no unit
  hint: write a duration such as "5m" or "300s""#,
    ),
    (
        r#"[files]
poll = "5 parsecs""#,
        r#"tenure.toml:2: `files.poll` is `"5 parsecs"`, which has a unit that is not known here
  hint: write a duration such as "5m""#,
    ),
    (
        r#"[files]
poll = "soon""#,
        r#"tenure.toml:2: `files.poll` is `"soon"`, which does not begin with a whole number
  hint: write a duration such as "5m""#,
    ),
    (
        r#"[files]
poll = "1ms""#,
        r#"tenure.toml:2: `files.poll` is `"1ms"`, which is too short
  hint: write "10ms" or more"#,
    ),
    (
        r#"[files]
poll = "99999d""#,
        r#"tenure.toml:2: `files.poll` is `"99999d"`, which is too long
  hint: write "3650d" or less"#,
    ),
    (
        "[files]
poll = true",
        r#"tenure.toml:2: `files.poll` is true or false, not a duration such as "5m"
  hint: write "5m", in quotes"#,
    ),
    (
        r#"[files]
path = """#,
        "tenure.toml:2: `files.path` is empty
  hint: write a text, or leave the key out",
    ),
    (
        r#"[files]
pth = "x""#,
        "tenure.toml:2: `files.pth` is not a key here
  hint: did you mean `path`?",
    ),
    (
        r#"[files]
path = "tenure-data""#,
        "tenure.toml:1: `files` puts the logs at `etc/tenure-data` and the archive at `etc/tenure-data/archive`, one inside the other
  hint: keep the logs in a directory of their own
tenure.toml:1: `files` puts the logs at `etc/tenure-data` and the state at `etc/tenure-data/state`, one inside the other
  hint: keep the logs in a directory of their own",
    ),
];
