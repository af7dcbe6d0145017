//! `tenure report` over the small company: exceptions are its findings, populations are those of
//! its stories, DuckDB gives the same, and nothing in a log gets out of its cell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

use venv::python;

mod venv;

const FROM: &str = "2026-01-01";
const TO: &str = "2026-06-30";

fn tenure(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(args)
        .output();
    output.expect("tenure runs")
}

fn succeeded(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).expect("text")
}

fn company(part: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/small_company")
        .join(part)
        .display()
        .to_string()
}

/// A replay of logs, and reports about it.
struct Replayed(tempfile::TempDir);

impl Replayed {
    fn of(logs: &str, policy: &str) -> Self {
        let directory = tempfile::tempdir().expect("directory");
        let out = directory.path().join("out").display().to_string();
        let now = "2026-07-01T00:00:00Z";
        let args = [
            "replay", logs, "--policy", policy, "--now", now, "--out", &out,
        ];
        succeeded(tenure(&args));
        Replayed(directory)
    }

    fn small_company() -> Self {
        Replayed::of(&company("logs"), &company("policy.toml"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn report(&self, framework: &str, out: &str, more: &[&str]) -> Output {
        // Of a copy: that it was reported on becomes part of the archive.
        let copy = format!("archive-of-{out}");
        for (path, bytes) in tree(&self.path("out/archive")) {
            let to = self.path(&copy).join(path);
            std::fs::create_dir_all(to.parent().expect("parent")).expect("directory");
            std::fs::write(to, bytes).expect("copied");
        }
        let (archive, out) = (self.text(&copy), self.text(out));
        let mut args = vec![
            "report",
            "--framework",
            framework,
            "--from",
            FROM,
            "--to",
            TO,
        ];
        args.extend(["--archive", &archive, "--out", &out]);
        args.extend(more);
        tenure(&args)
    }

    fn manifest(&self, framework: &str, out: &str, more: &[&str]) -> Value {
        let mut args = vec!["--json"];
        args.extend(more);
        let told = succeeded(self.report(framework, out, &args));
        serde_json::from_str(&told).expect("JSON")
    }
}

/// Content by path below `dir`.
fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![dir.to_owned()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).expect("directory") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").display().to_string();
                found.insert(name, std::fs::read(&path).expect("file"));
            }
        }
    }
    found
}

/// Rows by column. Enough of CSV for what is compared here: no field has a quote within.
fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).expect("CSV");
    let fields = |line: &str| -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                other => fields.last_mut().expect("a field").push(other),
            }
        }
        fields
    };
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let header = fields(lines.next().expect("header"));
    lines
        .map(|line| header.iter().cloned().zip(fields(line)).collect())
        .collect()
}

fn findings(replayed: &Replayed) -> Vec<Value> {
    let text = std::fs::read_to_string(replayed.path("out/findings.ndjson")).expect("findings");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn strings(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|it| it.as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn exceptions_are_the_findings_and_populations_those_of_the_stories() {
    let replayed = Replayed::small_company();
    let findings = findings(&replayed);
    for framework in ["soc2", "iso27001", "nist-csf", "pci", "owasp-nhi", "cis"] {
        let manifest = replayed.manifest(framework, framework, &[]);
        let controls = manifest["controls"].as_array().expect("controls");
        assert!(controls.len() >= 3, "{framework}");
        for control in controls {
            let rules = strings(&control["rules"]);
            let id = control["control"].as_str().expect("id");
            let of_status = |statuses: &[&str]| -> BTreeSet<[String; 4]> {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let asked = findings.iter().filter(|it| {
                    rules.contains(it["rule"].as_str().expect("rule"))
                        && statuses.contains(&it["status"].as_str().expect("status"))
                });
                asked
                    .map(|it| {
                        ["finding_id", "status", "opened_at", "resolved_at"]
                            .map(|key| text(&it[key]))
                    })
                    .collect()
            };
            let at = replayed.path(framework).join("controls").join(id);
            let told = |file: &str| -> BTreeSet<[String; 4]> {
                let rows = csv(&at.join(file));
                let keys = ["finding_id", "status", "opened_at", "resolved_at"];
                rows.iter()
                    .map(|row| keys.map(|key| row[key].clone()))
                    .collect()
            };
            let name = format!("{framework} {id}");
            assert_eq!(
                told("exceptions.csv"),
                of_status(&["open", "resolved"]),
                "{name}"
            );
            assert_eq!(told("exemptions.csv"), of_status(&["exempt"]), "{name}");
        }
    }
    // Emil, Dana, Gus, Farah, Ivo, Hana, Milo, Nadia Sato and Kofi left; Chidi moved.
    let members = |control: &str, file: &str| {
        csv(&replayed
            .path("soc2")
            .join("controls")
            .join(control)
            .join(file))
        .len()
    };
    assert_eq!(members("CC6.2", "population.csv"), 9, "leavers");
    assert_eq!(members("CC6.3", "population-movers.csv"), 1, "movers");
    assert_eq!(
        members("CC6.3", "population-tickets_closed.csv"),
        14,
        "tickets"
    );
    assert_eq!(
        members("CC6.2", "population-account_endings.csv"),
        24,
        "endings"
    );
    assert_eq!(members("CC7.2", "population.csv"), 6, "sources");
}

#[test]
fn what_the_archive_cannot_say_is_not_known_and_never_nothing() {
    let replayed = Replayed::small_company();
    let manifest = replayed.manifest("soc2", "pack", &[]);
    let controls = manifest["controls"].as_array().expect("controls");
    let populations = controls
        .iter()
        .flat_map(|it| it["populations"].as_array().expect("populations"));
    let known: BTreeMap<&str, &Value> = populations
        .map(|it| (it["population"].as_str().expect("name"), it))
        .collect();
    // No source tells of workflows.
    assert!(known["workflow_runs"]["members"].is_null());
    assert!(known["workflow_runs"]["not_known"].is_string());
    // Gus' contract ran to the last of June, though he left in March.
    assert_eq!(known["contracts_ended"]["members"], 1);
    assert_eq!(known["leavers"]["members"], 9);
    // Before there were logs, and before a snapshot was taken.
    let (archive, out) = (replayed.text("out/archive"), replayed.text("early"));
    let args = [
        "report",
        "--framework",
        "cis",
        "--from",
        "2025-01-01",
        "--to",
        "2025-01-31",
        "--archive",
        &archive,
        "--out",
        &out,
        "--json",
    ];
    let manifest: Value = serde_json::from_str(&succeeded(tenure(&args))).expect("JSON");
    let page = std::fs::read_to_string(replayed.path("early/report.html")).expect("page");
    assert!(page.contains("no snapshot of live access was taken within the period"));
    let warnings = strings(&manifest["warnings"]);
    let told = |part: &str| warnings.iter().any(|it| it.contains(part));
    assert!(
        told("The earliest event of the archive is of 2026-01-05"),
        "{warnings:?}"
    );
    assert!(strings(&manifest["not_covered"]).contains("6.7"));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_the_manifest_holds_them() {
    let replayed = Replayed::small_company();
    let manifest = replayed.manifest("soc2", "one", &["--seed", "7", "--sample", "5"]);
    replayed.manifest("soc2", "two", &["--seed", "7", "--sample", "5"]);
    let (one, two) = (tree(&replayed.path("one")), tree(&replayed.path("two")));
    assert!(
        one == two,
        "the same archive and arguments give other bytes"
    );
    let listed = manifest["files"].as_array().expect("files");
    assert_eq!(listed.len() + 1, one.len(), "all but the manifest itself");
    for file in listed {
        let path = file["path"].as_str().expect("path");
        let hash: String = Sha256::digest(&one[path])
            .iter()
            .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
        assert_eq!(file["sha256"], hash, "{path}");
    }
    replayed.manifest("soc2", "three", &["--seed", "8", "--sample", "5"]);
    let items = |pack: &str| -> Vec<String> {
        let rows = csv(&replayed.path(pack).join("controls/CC6.2/sample.csv"));
        rows.into_iter()
            .map(|mut row| row.remove("item").expect("item"))
            .collect()
    };
    assert_eq!(items("one").len(), 5);
    assert_ne!(items("one"), items("three"));
}

#[test]
fn each_sampled_leaver_is_proved_by_the_script_alone() {
    let replayed = Replayed::small_company();
    let manifest = replayed.manifest("cis", "pack", &[]);
    assert_eq!(
        manifest["warnings"].as_array().expect("list").len(),
        1,
        "{manifest}"
    );
    let pem = succeeded(tenure(&[
        "keys",
        "show",
        &replayed.text("out/signing.key"),
        "--pem",
    ]));
    std::fs::write(replayed.path("key.pem"), pem).expect("key");
    let rows = csv(&replayed.path("pack/controls/6.2/sample.csv"));
    assert_eq!(rows.len(), 9);
    for row in rows {
        let proof = replayed.path("pack").join(&row["proof"]);
        let record = std::fs::read_to_string(proof.join("record")).expect("record");
        assert!(record.contains(&row["item"]), "{record}");
        let output = Command::new("sh")
            .arg(proof.join("verify.sh"))
            .arg("--key")
            .arg(replayed.path("key.pem"))
            .arg("--proof")
            .arg(&proof)
            .output();
        succeeded(output.expect("sh runs"));
    }
}

#[test]
fn duckdb_gives_what_the_pack_holds() {
    let replayed = Replayed::small_company();
    replayed.manifest("soc2", "pack", &[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_report.py");
    let output = Command::new(python())
        .arg(script)
        .arg(replayed.path("out/archive"))
        .arg(replayed.path("pack"))
        .output();
    let told = succeeded(output.expect("Python runs"));
    let compared: usize = told.trim().parse().expect("a number");
    assert!(compared >= 25, "{compared} tables");
}

#[test]
fn nothing_in_a_log_gets_out_of_its_cell() {
    let logs = tempfile::tempdir().expect("directory");
    std::fs::create_dir(logs.path().join("hris")).expect("directory");
    let hostile = "=HYPERLINK(1)</td><script>alert(1)</script>\u{202e}";
    let worker =
        serde_json::json!({"employee_id": hostile, "email": "x@corp.example", "name": hostile});
    let line = |kind: &str, at: &str| {
        let at = format!("2026-03-{at}T09:00:00Z");
        let id = format!("hr-{at}");
        let record = serde_json::json!({"id": id, "type": kind, "recorded_at": at, "effective_at": at, "worker": worker});
        format!("{record}\n")
    };
    let lines = line("hire", "01") + &line("terminate", "20");
    std::fs::write(logs.path().join("hris/hr.ndjson"), lines).expect("log");
    let replayed = Replayed::of(&logs.path().display().to_string(), &company("policy.toml"));
    replayed.manifest("soc2", "pack", &[]);
    let page = std::fs::read_to_string(replayed.path("pack/report.html")).expect("page");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert!(!page.contains('\u{202e}'));
    let at = replayed.path("pack/controls/CC6.2/population.csv");
    let table = std::fs::read_to_string(at).expect("CSV");
    assert!(
        table.contains("'=HYPERLINK") && !table.contains("\n=HYPERLINK"),
        "{table}"
    );
}

#[test]
fn what_cannot_be_reported_is_refused_with_the_reason() {
    let replayed = Replayed::of(&company("logs"), &company("policy.toml"));
    let check = |args: &[&str], why: &str| {
        let output = tenure(args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains(why),
            "{args:?}: {told}"
        );
    };
    let archive = replayed.text("out/archive");
    let out = replayed.text("new");
    let report = |framework, from, to| {
        vec![
            "report",
            "--framework",
            framework,
            "--from",
            from,
            "--to",
            to,
            "--archive",
            &archive,
            "--out",
            &out,
        ]
    };
    check(
        &report("sox", FROM, TO),
        "there is no framework `sox`: there are soc2, iso27001",
    );
    check(&report("soc2", TO, FROM), "before it begins");
    check(&report("soc2", "2026-02-30", TO), "`2026-02-30` is no day");
    let with = |more: &[&'static str]| [report("soc2", FROM, TO), more.to_vec()].concat();
    check(&with(&["--seed", "a b"]), "a seed is 1 to 64");
    check(&with(&["--sample", "0"]), "a sample is 1 to");
    std::fs::create_dir(&out).expect("directory");
    check(&report("soc2", FROM, TO), "is there already");
    let nowhere = replayed.text("nowhere");
    check(
        &[
            "report",
            "--framework",
            "soc2",
            "--from",
            FROM,
            "--to",
            TO,
            "--archive",
            &nowhere,
            "--out",
            &replayed.text("x"),
        ],
        "nowhere",
    );
    let list = succeeded(tenure(&["report", "--list", "--framework", "cis"]));
    assert!(
        list.contains("leaver-account-live") && list.contains("not covered"),
        "{list}"
    );
}
