//! What `tenure links` shows of who owns what, and why; and how `tenure access` and
//! `tenure timeline` tell of a dispute.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::node::Records;
use crate::records::{github, hr, jane, june, okta_created};

const POLICY: &str = r#"
[[link]]
account = "github:octo"
owner = "employee:E1"
[[nhi]]
account = "github:ci[bot]"
owner = "june@corp.example"
purpose = "builds"
[[nhi]]
account = "okta:x@elsewhere.example"
"#;

/// One address in two people's records, a link of the policy, a stranger's account, a program's, and a bot.
fn company() -> Records {
    let both = r#""email":"shared@corp.example","name":"June Moe""#;
    vec![
        jane("hire", "01-02"),
        june("hire", "01-02"),
        hr("snapshot", "E2", "01-03", both),
        hr("hire", "E3", "01-02", r#""email":"shared@corp.example""#),
        okta_created("00u1", "Jane@corp.example", "01-05"),
        okta_created("00u2", "shared@corp.example", "01-05"),
        okta_created("00u3", "x@elsewhere.example", "01-05"),
        okta_created("00u4", "y@elsewhere.example", "01-05"),
        github("repo.create", "octo", "01-06", ""),
        github("repo.create", "ci[bot]", "01-06", ""),
    ]
}

struct Logs(tempfile::TempDir);

impl Logs {
    fn new(records: &Records) -> Self {
        let logs = Logs(tempfile::tempdir().expect("a directory"));
        for (source, record) in records {
            let dir = logs.path("logs").join(source);
            fs::create_dir_all(&dir).expect("logs");
            let path = dir.join("log.ndjson");
            let before = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, format!("{before}{record}\n")).expect("written");
        }
        fs::write(logs.path("policy.toml"), POLICY).expect("policy");
        logs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let place = ["--logs", "logs", "--policy", "policy.toml"];
        let ran = Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(arguments)
            .args(place)
            .current_dir(self.0.path())
            .output()
            .expect("it runs");
        let errors = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(ran.stdout).expect("text")
    }
}

/// `account person:why:since …` of each row.
fn lines(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).expect("json");
    let rows = answer["rows"].as_array().expect("rows").iter();
    let lines = rows.map(|row| {
        let mut line = row["account"].as_str().expect("an account").to_owned();
        for person in row["people"].as_array().expect("people") {
            for by in person["by"].as_array().expect("reasons") {
                let since = by["since"].as_str().map_or("always", |at| &at[5..10]);
                let (why, who) = (by["why"].as_str(), person["person"].as_str());
                line += &format!(" {}:{}:{since}", who.unwrap_or("?"), why.unwrap_or("?"));
            }
        }
        line
    });
    lines.collect()
}

const OCTO: &str = "github:octo E1:policy:always";
const BOT: &str = "github:ci[bot] E2:policy:always";
const DISPUTED: &str = "okta:00u2 E2:email:01-05 E3:email:01-05";

#[test]
fn links_show_their_state_their_reason_and_their_time_whatever_came_first() {
    let mut records = company();
    for _ in 0..2 {
        let logs = Logs::new(&records);
        let links = |filter: &[&str]| lines(&logs.ask(&[&["links", "--json"], filter].concat()));
        let of_state = |state: &str| links(&["--state", state]);
        assert_eq!(of_state("linked"), [OCTO, "okta:00u1 E1:email:01-05"]);
        assert_eq!(of_state("disputed"), [DISPUTED]);
        assert_eq!(of_state("unlinked"), ["okta:00u4"]);
        assert_eq!(of_state("non_human"), [BOT, "okta:00u3"]);
        assert_eq!(links(&["--source", "github"]), [BOT, OCTO]);
        assert_eq!(links(&["--who", "E3"]), [DISPUTED]);
        let of_jane = links(&["--who", "jane@corp.example", "--source", "okta"]);
        assert_eq!(of_jane, ["okta:00u1 E1:email:01-05"]);
        assert_eq!(links(&["--who", "okta:00u4"]), ["okta:00u4"]);
        records.reverse();
    }
}

#[test]
fn a_dispute_is_told_with_all_who_claim_the_account_wherever_it_is_shown() {
    let logs = Logs::new(&company());
    for command in [
        &["links", "--who", "E2"][..],
        &["access", "--who", "E2"],
        &["timeline", "okta:00u2"],
    ] {
        let told = logs.ask(command);
        let mut disputed = told.lines().filter(|line| line.contains("disputed"));
        let both = disputed.next().expect("a dispute").to_owned() + disputed.next().unwrap_or("");
        assert!(both.contains("E2") && both.contains("E3"), "{told}");
    }
}

/// `account owner: state, recognised by, purpose, findings` of each row.
fn inventory(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).expect("json");
    let words = |list: &Value| -> String {
        let words = list.as_array().expect("a list").iter();
        let words: Vec<&str> = words.filter_map(Value::as_str).collect();
        words.join("+")
    };
    let rows = answer["rows"].as_array().expect("rows").iter();
    let rows = rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        let owner = row["owners"][0]["person"].as_str().unwrap_or("-");
        let by = words(&row["recognised_by"]);
        let (findings, used) = (words(&row["findings"]), text("last_used"));
        let (account, state, purpose) = (text("account"), text("owner_state"), text("purpose"));
        format!("{account} {owner}:{state} {by} {purpose} {used} [{findings}]")
    });
    rows.collect()
}

#[test]
fn the_inventory_tells_who_answers_for_a_program_what_for_and_whether_it_is_used() {
    let mut records = company();
    records.push(june("terminate", "01-20"));
    for _ in 0..2 {
        let logs = Logs::new(&records);
        let nhi = |filter: &[&str]| {
            let now = ["nhi", "--json", "--now", "2026-01-30T00:00:00Z"];
            inventory(&logs.ask(&[&now, filter].concat()))
        };
        let bot = "github:ci[bot] E2:left policy+source builds used [nhi-ownerless]";
        let program = "okta:00u3 -:none policy - not_used [nhi-ownerless]";
        assert_eq!(nhi(&[]), [bot, program]);
        assert_eq!(nhi(&["--source", "okta"]), [program]);
        assert_eq!(nhi(&["--ownerless"]), [bot, program]);
        let table = logs.ask(&["nhi", "--now", "2026-01-19T00:00:00Z", "--source", "github"]);
        let line = table.lines().nth(1).expect("a line");
        for word in ["employed", "June", "builds", "policy, source"] {
            assert!(
                line.contains(word) || line.contains(&word.to_lowercase()),
                "{table}"
            );
        }
        records.reverse();
    }
}
