//! `tenure demo` as users start it: it says what was found against what must be, it exits with 0
//! only where both are the same, and what it suggests to type works.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const END: &str = "2026-07-04T00:00:00Z";

/// As fast as the service goes, with the people of the stories alone.
fn demo(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command
        .env_remove("RUST_LOG")
        .args(["demo", "--once", "--speed", "1000000", "--people", "0"])
        .arg("--dir")
        .arg(dir)
        .args(arguments);
    command
}

fn text(ended: &Output) -> String {
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(errors.is_empty(), "{errors}");
    String::from_utf8(ended.stdout.clone()).expect("text")
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Without the time at which each was noticed: a replay notices at its end.
fn findings_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("findings");
    let findings = text.lines().map(|line| {
        let mut finding: Value = serde_json::from_str(line).expect(line);
        let fields = finding.as_object_mut().expect("an object");
        fields.remove("detected_at").expect("noticed at some time");
        finding
    });
    findings.collect()
}

fn replayed(dir: &Path) -> Vec<Value> {
    let out = dir.join("replayed");
    let ended = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .arg("replay")
        .arg(dir.join("logs"))
        .arg("--policy")
        .arg(dir.join("policy.toml"))
        .args(["--now", END, "--out"])
        .arg(&out)
        .output()
        .expect("run");
    assert!(ended.status.success(), "{ended:?}");
    findings_of(&out.join("findings.ndjson"))
}

/// Open, resolved and exempt, by rule.
fn counts(findings: &[Value]) -> BTreeMap<String, [usize; 3]> {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for finding in findings {
        let place = match finding["status"].as_str() {
            Some("open") => 0,
            Some("resolved") => 1,
            Some("exempt") => 2,
            other => panic!("{other:?}"),
        };
        for rule in [finding["rule"].as_str().expect("a rule"), "all"] {
            counts.entry(rule.to_owned()).or_default()[place] += 1;
        }
    }
    counts
}

/// Rule, and the figures of its row but the last two.
fn rows(text: &str) -> BTreeMap<String, Vec<usize>> {
    let after = text.split("\nRULE ").nth(1).expect("a table");
    let rows = after.lines().skip(1).take_while(|line| !line.is_empty());
    let rows = rows.map(|line| {
        let words = words(line);
        let figures = words[1..9].iter().map(|word| word.parse().expect(line));
        (words[0].to_owned(), figures.collect())
    });
    rows.collect()
}

#[test]
fn the_demo_finds_what_it_must_and_says_what_a_replay_finds() {
    // Whoever has the port, this test or another process: it is taken.
    let holder = TcpListener::bind("127.0.0.1:8480");
    let dir = tempfile::tempdir().expect("directory");
    let ended = demo(dir.path(), &[]).output().expect("run");
    drop(holder);
    let text = text(&ended);
    assert_eq!(ended.status.code(), Some(0), "{text}");
    assert!(text.contains("127.0.0.1:8480 is taken"), "{text}");
    assert!(!text.contains('\u{1b}'), "colour in a pipe: {text}");
    assert!(text.contains("findings are as they must be"), "{text}");
    assert!(!text.contains("Rejected"), "{text}");
    let news: Vec<Vec<&str>> = text.lines().map(words).collect();
    let told = |severity| {
        let of = |words: &&Vec<&str>| words.len() > 5 && words[2] == severity;
        news.iter().filter(of).count()
    };
    assert!(told("critical") > 20 && told("high") > 100, "{text}");
    assert_eq!((told("medium"), told("low")), (0, 0), "{text}");

    let found = findings_of(&dir.path().join("findings.ndjson"));
    let expected = replayed(dir.path());
    assert_eq!(found, expected);
    let expected = counts(&expected);
    let rows = rows(&text);
    assert_eq!(rows.len(), 22, "21 rules and all of them: {text}");
    for (rule, row) in rows {
        let counted = expected.get(&rule).copied().unwrap_or_default();
        assert_eq!(row[..3], counted, "must be found: {rule}");
        assert_eq!(row[3..6], counted, "found: {rule}");
        assert_eq!(row[7], counted.iter().sum::<usize>(), "exact: {rule}");
        assert!(row[7] > 0, "no case of {rule}");
    }
    what_it_suggests_works(&text);
}

fn what_it_suggests_works(text: &str) {
    let after = text.split("Ask about somebody").nth(1).expect("commands");
    let commands = after.lines().filter(|line| line.starts_with("  "));
    let commands: Vec<&str> = commands.map(str::trim).collect();
    let whats = ["findings", "timeline", "access", "rules explain"];
    assert_eq!(commands.len(), whats.len(), "{text}");
    for (command, what) in commands.into_iter().zip(whats) {
        assert!(command.contains(what), "{command}");
        let ended = Command::new("sh").args(["-c", command]).output();
        let ended = ended.expect("run");
        assert!(ended.status.success(), "{command}: {ended:?}");
        let shown = String::from_utf8_lossy(&ended.stdout);
        assert!(shown.lines().count() > 1, "{command}: {shown}");
        assert!(shown.contains("@corp.example"), "{command}: {shown}");
    }
}

#[test]
fn a_demo_that_finds_what_it_must_not_fails_and_says_what_it_was() {
    let dir = tempfile::tempdir().expect("directory");
    let started = demo(dir.path(), &["--json", "--seed", "3"])
        .stdout(Stdio::piped())
        .spawn();
    let mut started = started.expect("run");
    let mut lines = BufReader::new(started.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("the story has begun").expect("text");
    // Somebody of whom the oracle knows nothing makes an account for nobody.
    let strange = fs::read_to_string("tests/small_company/logs/okta/system-log.ndjson");
    let strange = strange.expect("records");
    let strange = strange.lines().find(|line| line.contains("breakglass"));
    let okta = dir.path().join("logs/okta");
    fs::create_dir_all(&okta).expect("a directory");
    let mut file = fs::File::create(okta.join("strange.ndjson")).expect("a file");
    writeln!(file, "{}", strange.expect("a record")).expect("written");

    let rest = lines.map(|line| line.expect("text"));
    let lines: Vec<Value> = std::iter::once(first)
        .chain(rest)
        .map(|line| serde_json::from_str(&line).expect(&line))
        .collect();
    assert_eq!(started.wait().expect("an end").code(), Some(1));
    let (summary, changes) = lines.split_last().expect("lines");
    let summary = &summary["summary"];
    assert_eq!(summary["as_expected"], false);
    assert_eq!(summary["missing"], Value::Array(Vec::new()));
    let too_much = summary["too_much"].to_string();
    assert!(
        too_much.contains("orphan-account okta:00ubreakglass000x5d7: open"),
        "{too_much}"
    );
    let orphans = &summary["rules"]["orphan-account"];
    assert_eq!(orphans["recall"], 1.0);
    assert!(orphans["precision"].as_f64() < Some(1.0), "{orphans}");
    let severities = changes
        .iter()
        .filter_map(|line| line["finding"]["severity"].as_str());
    let severities: std::collections::BTreeSet<&str> = severities.collect();
    assert_eq!(severities.len(), 4, "all are told");
}
