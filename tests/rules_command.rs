//! `tenure rules`: lists, tests and explains.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn tenure(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("an exit code");
    (code, text(&output.stdout), text(&output.stderr))
}

fn written(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("JSON lines")
}

#[test]
fn every_rule_is_listed_as_the_policy_sets_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let policy = "[rules.account-dormant]\nidle = \"60d\"\nseverity = \"high\"\n\
                  [rules.orphan-account]\nenabled = false\n";
    let policy = written(dir.path(), "policy.toml", policy);
    let (code, shown, _) = tenure(&["rules", "list", "--policy", &policy]);
    assert_eq!((code, shown.lines().count()), (0, 22), "{shown}");
    let row = |rule: &str| {
        shown
            .lines()
            .find(|line| line.trim_start().starts_with(rule))
    };
    let dormant = row("account-dormant").expect("a row");
    assert!(
        dormant.contains("high") && dormant.contains("idle = 60d"),
        "{dormant}"
    );
    assert!(
        row("orphan-account").expect("a row").contains(" off "),
        "{shown}"
    );
    let (_, json, _) = tenure(&["rules", "list", "--json"]);
    let all = lines(&json);
    assert_eq!(all.len(), 21);
    assert!(
        all.iter().all(|rule| rule["tests"].as_u64() >= Some(5)),
        "{json}"
    );
}

#[test]
fn the_rules_of_the_program_pass_and_a_file_that_does_not_says_what_differs() {
    let (code, shown, _) = tenure(&["rules", "test"]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.ends_with(" passed, 0 failed\n"), "{shown}");

    let dir = tempfile::tempdir().expect("a directory");
    let text = fs::read_to_string("rules/leaver-activity.yaml").expect("a rule file");
    let broken = text.replace(
        "opened_at: 2026-03-02T17:01:00Z",
        "opened_at: 2026-03-02T17:02:00Z",
    );
    let file = written(dir.path(), "leaver-activity.yaml", &broken);
    let (code, shown, _) = tenure(&["rules", "test", &file]);
    assert_eq!(code, 1);
    assert!(shown.contains("✗ leaver-activity"), "{shown}");
    let missing = "- leaver-activity: okta:00u1, open, opened_at: 2026-03-02T17:02:00Z";
    let found = "+ leaver-activity: okta:00u1, open, opened_at: 2026-03-02T17:01:00Z";
    assert!(shown.contains(missing) && shown.contains(found), "{shown}");
    let (code, json, _) = tenure(&["rules", "test", &file, "--json"]);
    let failed = lines(&json)
        .into_iter()
        .filter(|case| case["passed"] == false);
    assert_eq!((code, failed.count()), (1, 1), "{json}");
}

#[test]
fn a_mistake_in_a_file_fails_and_so_does_a_record_that_no_mapping_knows() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path(), "a.yaml", "id: leaver-activity\ntsets: []\n");
    let case = "id: leaver-activity\ntests:\n  - name: one\n    steps:\n      \
                - {at: 2026-01-05T10:00:00Z, source: okta, record: {published: $at, eventType: user.no_such}}\n      \
                - expect: []\n";
    written(dir.path(), "b.yaml", case);
    let (code, shown, _) = tenure(&["rules", "test", &dir.path().display().to_string()]);
    assert_eq!(code, 1);
    assert!(
        shown.contains("a.yaml:2: `tsets` is not a key here"),
        "{shown}"
    );
    assert!(shown.contains("did you mean `tests`?"), "{shown}");
    assert!(shown.contains("no mapping names `user.no_such`"), "{shown}");
    assert!(
        shown.ends_with("0 passed, 1 failed, and 1 mistake in the files\n"),
        "{shown}"
    );
    let (code, shown, _) = tenure(&["rules", "test", "no-such-file.yaml"]);
    assert_eq!(code, 1);
    assert!(
        shown.contains("no-such-file.yaml: cannot be read"),
        "{shown}"
    );
}

#[test]
fn the_example_of_the_page_about_rule_files_passes() {
    let page = fs::read_to_string("rules/README.md").expect("the page");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let dir = tempfile::tempdir().expect("a directory");
    let file = written(dir.path(), "example.yaml", example.expect("an example"));
    let (code, shown, _) = tenure(&["rules", "test", &file]);
    assert_eq!(
        (code, shown.lines().last()),
        (0, Some("1 passed, 0 failed")),
        "{shown}"
    );
}

#[test]
fn a_rule_is_explained_and_of_somebody_condition_by_condition() {
    let (code, shown, _) = tenure(&["rules", "explain", "leaver-account-live"]);
    assert_eq!(code, 0);
    for word in [
        "grace = 1d",
        "SOC2:CC6.2",
        "remedy",
        "Judged once for each leave",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let logs = [
        "--logs",
        "tests/small_company/logs",
        "--policy",
        "tests/small_company/policy.toml",
    ];
    let explain = |rule: &str, arguments: &[&str]| {
        tenure(&[&["rules", "explain", rule], arguments, &logs[..]].concat())
    };
    let (code, shown, _) = explain("leaver-account-live", &["--who", "kofi@corp.example"]);
    assert_eq!(code, 0);
    let github = shown
        .split("\n\n")
        .find(|part| part.starts_with("github:kofidev"));
    let github = github.unwrap_or_else(|| panic!("{shown}"));
    for line in [
        "✓ it is owned by Kofi Amadi (E1011) by the policy, which names the address kofi@corp.example",
        "✓ the owner was terminated  since 2026-06-26T17:00:00Z",
        "→ open since 2026-06-27T17:00:00Z",
    ] {
        assert!(github.contains(line), "{line}: {github}");
    }
    let (_, json, _) = explain(
        "leaver-account-live",
        &["--account", "okta:00ukofi000000000x5d7", "--json"],
    );
    let [one] = &lines(&json)[..] else {
        panic!("{json}");
    };
    assert_eq!(
        (&one["subject"], &one["verdict"]),
        (&"okta:00ukofi000000000x5d7".into(), &"never".into())
    );

    let (code, _, told) = explain("source-silent", &["--who", "kofi@corp.example"]);
    assert_eq!(code, 1);
    assert!(told.contains("ask for --who source:okta"), "{told}");
    let (code, _, told) = tenure(&["rules", "explain", "leaver-acount-live"]);
    assert_eq!(code, 1);
    assert!(
        told.contains("did you mean `leaver-account-live`?"),
        "{told}"
    );
}
