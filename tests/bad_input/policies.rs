//! A policy and a config with several mistakes: all of them are told, each with its place.

use super::place::Place;

const POLICY: &str = r#"[defaults]
grace = "soon"

[rules.leaver-account-live]
grace = 24
severty = "high"

[rules.leaver-activty]
enabled = "yes"

[[exempt]]
rule = "account-dormant"
account = "okta:1"
until = "someday"
"#;

/// Place, key and hint of each mistake of the policy.
const MISTAKES: [(&str, &str, &str); 6] = [
    ("policy.toml:1:", "`defaults`", "write one of `rules`"),
    (
        "policy.toml:5:",
        "`rules.leaver-account-live.grace`",
        "\"24s\"",
    ),
    (
        "policy.toml:6:",
        "`rules.leaver-account-live.severty`",
        "`severity`",
    ),
    (
        "policy.toml:8:",
        "`rules.leaver-activty`",
        "`leaver-activity`",
    ),
    ("policy.toml:11:", "`exempt", "reason"),
    ("policy.toml:14:", "`exempt", "2027-"),
];

fn check(said: &str, mistakes: &[(&str, &str, &str)]) {
    let lines: Vec<&str> = said.lines().collect();
    for (place, key, hint) in mistakes {
        let told = |pair: &&[&str]| pair[0].contains(place) && pair[0].contains(key);
        let told = lines.windows(2).find(told);
        let told = told.unwrap_or_else(|| panic!("no {place} {key} in\n{said}"));
        let hinted = told[1].starts_with("  hint: ") && told.concat().contains(hint);
        assert!(hinted, "no hint `{hint}`: {told:?}");
    }
}

#[test]
fn every_mistake_of_a_policy_is_told_before_anything_is_written() {
    let place = Place::with_a_leaver();
    place.put("policy.toml", POLICY);
    let checked = place.tenure(&["check", "--policy", "policy.toml"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    check(&checked.stdout, &MISTAKES);
    let problems = checked.stdout.lines().filter(|it| it.starts_with("policy"));
    assert_eq!(problems.count(), MISTAKES.len(), "{}", checked.stdout);

    let arguments = ["replay", "logs", "--policy", "policy.toml", "--out", "out"];
    let replayed = place.tenure(&arguments);
    assert_eq!(replayed.code, Some(1), "{replayed:?}");
    check(&replayed.stderr, &MISTAKES);
    assert!(!place.path("out").exists());

    let run = place.tenure(&["run", "--policy", "policy.toml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    check(&run.stderr, &MISTAKES);
    assert!(!place.path("tenure-data").exists());
}

#[test]
fn mistakes_of_the_config_and_of_its_policy_are_told_together() {
    let place = Place::with_a_leaver();
    let config =
        "policy = \"policy.toml\"\n[http]\nlisten = \"everywhere\"\n[archive]\nsegment_age = 5\n";
    place.put("tenure.toml", config);
    place.put("policy.toml", POLICY);
    let run = place.tenure(&["run"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    check(&run.stderr, &MISTAKES);
    let of_config = [
        ("tenure.toml:3:", "`http.listen`", "127.0.0.1:8480"),
        ("tenure.toml:5:", "`archive.segment_age`", "\"5s\""),
    ];
    check(&run.stderr, &of_config);
}

#[test]
fn a_policy_that_is_no_toml_or_no_text_is_refused_with_its_line() {
    let no_toml = "[rules.account-dormant]\nidle = \"60d\nseverity = \"low\"\n".as_bytes();
    let no_text = b"[rules.account-dormant]\nidle = \"\xff\"\n".as_slice();
    for (bytes, place_of_it) in [(no_toml, "policy.toml:2:"), (no_text, "policy.toml")] {
        let place = Place::with_a_leaver();
        place.put("policy.toml", bytes);
        let ended = place.tenure(&["check", "--policy", "policy.toml"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stdout.contains(place_of_it), "{ended:?}");
    }
}
