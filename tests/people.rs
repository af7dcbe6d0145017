//! The dataset `people`, and the populations that a report counts from it: a company in which
//! somebody joins, leaves by an event and by a listing, is corrected, and has a contract extended.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use venv::python;

mod venv;

/// When everything is replayed: the newest record is a week older.
const NOW: &str = "2026-04-02T00:00:00Z";
const CONTRACTS: &str = "population-contracts_ended.csv";

type Said = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

/// What HR said: id, kind, when it was written down, when it counts, and of the contract's end.
const SAID: [Said; 17] = [
    ("E1", "hire", "2026-01-05", "2026-01-10", None),
    ("E2", "snapshot", "2026-01-05", "2026-01-05", None),
    ("E2", "terminate", "2026-02-09", "2026-02-10", None),
    ("E3", "snapshot", "2026-01-05", "2026-01-05", None),
    ("E3", "gone", "2026-03-03", "2026-03-03", None),
    ("E3", "gone", "2026-03-04", "2026-03-04", None),
    ("E4", "snapshot", "2026-01-05", "2026-01-05", None),
    ("E4", "terminate", "2026-02-19", "2026-02-20", None),
    ("E4", "terminate", "2026-02-25", "2026-02-18", None),
    ("E5", "hire", "2026-01-05", "2026-01-05", Some("2026-02-28")),
    (
        "E5",
        "contract_change",
        "2026-02-20",
        "2026-02-20",
        Some("2026-12-31"),
    ),
    ("E6", "hire", "2026-01-05", "2026-01-05", Some("2026-02-28")),
    ("E7", "hire", "2026-01-05", "2026-01-05", Some("2026-03-31")),
    (
        "E7",
        "terminate",
        "2026-03-25",
        "2026-03-31",
        Some("2026-03-31"),
    ),
    ("E8", "hire", "2026-01-05", "2026-01-05", Some("2026-02-15")),
    (
        "E8",
        "contract_change",
        "2026-03-01",
        "2026-03-01",
        Some("2026-09-30"),
    ),
    ("E9", "hire", "2026-03-20", "2026-05-01", None),
];

/// What is told of each: state, hire, leave, when that was written down, the contract's end, and
/// the end that came.
const TOLD: [[&str; 7]; 9] = [
    ["E1", "employed", "2026-01-10", "-", "-", "-", "-"],
    [
        "E2",
        "terminated",
        "-",
        "2026-02-10",
        "2026-02-09",
        "-",
        "-",
    ],
    [
        "E3",
        "terminated",
        "-",
        "2026-03-03",
        "2026-03-03",
        "-",
        "-",
    ],
    [
        "E4",
        "terminated",
        "-",
        "2026-02-18",
        "2026-02-25",
        "-",
        "-",
    ],
    ["E5", "employed", "2026-01-05", "-", "-", "2027-01-01", "-"],
    [
        "E6",
        "contract_over",
        "2026-01-05",
        "-",
        "-",
        "2026-03-01",
        "2026-03-01",
    ],
    [
        "E7",
        "terminated",
        "2026-01-05",
        "2026-03-31",
        "2026-03-25",
        "2026-04-01",
        "2026-04-01",
    ],
    [
        "E8",
        "employed",
        "2026-01-05",
        "-",
        "-",
        "2026-10-01",
        "2026-02-16",
    ],
    ["E9", "not_started", "2026-05-01", "-", "-", "-", "-"],
];

fn records(said: &[Said]) -> Vec<Value> {
    let record = |(place, said): (usize, &Said)| {
        let (id, kind, recorded, effective, contract_end) = said;
        let mut worker = json!({
            "employee_id": id, "email": format!("{id}@corp.example").to_lowercase(),
            "name": format!("Person {id}"), "title": "Engineer", "manager_id": "E1",
            "status": if *kind == "gone" { "terminated" } else { "active" },
        });
        if let (Some(worker), Some(end)) = (worker.as_object_mut(), contract_end) {
            worker.insert("contract_end".to_owned(), json!(end));
            worker.insert("employment_type".to_owned(), json!("contractor"));
        }
        json!({
            "id": format!("hr-{place}"), "type": if *kind == "gone" { "snapshot" } else { kind },
            "recorded_at": format!("{recorded}T09:00:00Z"),
            "effective_at": format!("{effective}T00:00:00Z"), "worker": worker,
        })
    };
    said.iter().enumerate().map(record).collect()
}

/// Contractors' accounts: that of E6 lives on.
fn accounts() -> Vec<Value> {
    let record = |id: &str, deed: &str, at: &str| {
        json!({
            "actor": {"id": "00uadmin", "type": "User", "alternateId": "e1@corp.example"},
            "eventType": format!("user.lifecycle.{deed}"), "outcome": {"result": "SUCCESS"},
            "published": format!("{at}T10:00:00.000Z"), "uuid": format!("{id}-{deed}"), "version": "0",
            "target": [{"id": format!("00u{id}"), "type": "User",
                "alternateId": format!("{id}@corp.example").to_lowercase()}],
        })
    };
    vec![
        record("E6", "create", "2026-01-06"),
        record("E7", "create", "2026-01-06"),
        record("E7", "deactivate", "2026-03-31"),
    ]
}

fn tenure(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .output()
        .expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

struct Replayed(TempDir);

impl Replayed {
    /// HR's records in this order, so many to a file.
    fn of(hr: &[Value], per_file: usize) -> Self {
        let replayed = Replayed(TempDir::new().expect("directory"));
        for (number, records) in hr.chunks(per_file).enumerate() {
            replayed.write("hris", &format!("{number:03}.ndjson"), records);
        }
        replayed.write("okta", "log.ndjson", &accounts());
        replayed.replay(NOW);
        replayed
    }

    fn write(&self, source: &str, name: &str, records: &[Value]) {
        let at = self.path("logs").join(source);
        fs::create_dir_all(&at).expect("directory");
        let lines: Vec<String> = records.iter().map(|it| format!("{it}\n")).collect();
        fs::write(at.join(name), lines.concat()).expect("written");
    }

    /// What there is by now, into one archive.
    fn replay(&self, now: &str) {
        let (logs, out) = (self.text("logs"), self.text("out"));
        tenure(&["replay", &logs, "--now", now, "--out", &out]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn rows(&self, sql: &str) -> Vec<Value> {
        let told = tenure(&[
            "query",
            "--archive",
            &self.text("out/archive"),
            "--json",
            sql,
        ]);
        serde_json::from_str(&told).expect("an array")
    }

    /// The pack of the first quarter, as its manifest has it.
    fn report(&self, out: &str) -> Value {
        let (archive, out) = (self.text("out/archive"), self.text(out));
        let told = tenure(&[
            "report",
            "--framework",
            "soc2",
            "--from",
            "2026-01-01",
            "--to",
            "2026-03-31",
            "--archive",
            &archive,
            "--out",
            &out,
            "--json",
        ]);
        serde_json::from_str(&told).expect("JSON")
    }

    /// Values of a column of a table of CC6.2.
    fn column(&self, out: &str, table: &str, column: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(out).join("controls/CC6.2").join(table));
        let text = text.unwrap_or_else(|error| panic!("{table}: {error}"));
        let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
        let header = lines.next().expect("header").split(',');
        let place = header.into_iter().position(|name| name == column);
        let place = place.expect("the column");
        lines
            .map(|line| line.split(',').nth(place).expect("a field").to_owned())
            .collect()
    }
}

fn population<'m>(manifest: &'m Value, key: &str) -> &'m Value {
    let controls = manifest["controls"].as_array().expect("controls");
    let mut populations = controls
        .iter()
        .flat_map(|it| it["populations"].as_array().expect("populations"));
    let found = populations.find(|it| it["population"] == key);
    found.unwrap_or_else(|| panic!("no population {key}"))
}

#[test]
fn each_person_is_one_row_with_what_hr_says_of_them() {
    let replayed = Replayed::of(&records(&SAID), 100);
    let rows = replayed.rows(
        "SELECT identity, state, hired_at, left_at, left_recorded_at, contract_ends_at,
             contract_ended_at, manager, ids, as_of FROM people_now",
    );
    let row = |told: &[&str; 7]| {
        let [identity, state, hired, left, recorded, ends, ended] = told;
        let time = |day: &str, hour: &str| match day {
            "-" => Value::Null,
            day => json!(format!("{day}T{hour}:00:00Z")),
        };
        json!({
            "identity": identity, "state": state, "hired_at": time(hired, "00"),
            "left_at": time(left, "00"), "left_recorded_at": time(recorded, "09"),
            "contract_ends_at": time(ends, "00"), "contract_ended_at": time(ended, "00"),
            "manager": "E1", "ids": [identity], "as_of": NOW,
        })
    };
    assert_eq!(rows, TOLD.iter().map(row).collect::<Vec<_>>());
    // What it rests on are events of the archive.
    let unknown = replayed.rows(
        "SELECT identity FROM people WHERE left_event_uid NOT IN
             (SELECT event_uid FROM events WHERE event_uid IS NOT NULL)",
    );
    assert_eq!(unknown, [] as [Value; 0]);
    for who in ["E3", "e3@corp.example"] {
        let found = replayed.rows(&format!("SELECT identity FROM people_of('{who}')"));
        assert_eq!(found, [json!({"identity": "E3"})], "{who}");
    }
}

#[test]
fn the_order_in_which_records_come_changes_no_row() {
    let forwards = Replayed::of(&records(&SAID), 100);
    let mut reversed = records(&SAID);
    reversed.reverse();
    let backwards = Replayed::of(&reversed, 3);
    let all = "SELECT * FROM people ORDER BY identity";
    assert_eq!(forwards.rows(all), backwards.rows(all));
    let snapshot = "SELECT sha256 FROM files WHERE dataset = 'people'";
    assert_eq!(forwards.rows(snapshot), backwards.rows(snapshot));
}

#[test]
fn leavers_by_listings_and_contracts_that_ended_are_counted_once() {
    let replayed = Replayed::of(&records(&SAID), 100);
    let manifest = replayed.report("pack");
    // By events, the corrected one once; and E3, whom HR only lists as gone.
    let leavers = replayed.column("pack", "population.csv", "item");
    assert_eq!(leavers, ["E2", "E3", "E4", "E7"]);
    let left = replayed.column("pack", "population.csv", "left_at");
    assert!(left[1].starts_with("2026-03-03"), "{left:?}");
    let sources = replayed.column("pack", "population.csv", "source");
    assert_eq!(sources, ["hris"; 4]);
    // E5's was extended in time, E8's too late; E7's last day is the period's.
    assert_eq!(population(&manifest, "contracts_ended")["members"], 3);
    let ended = replayed.column("pack", CONTRACTS, "item");
    assert_eq!(ended, ["E6", "E7", "E8"]);
    let until: Vec<String> = replayed
        .column("pack", CONTRACTS, "ended_at")
        .iter()
        .map(|at| at.chars().take(10).collect())
        .collect();
    assert_eq!(until, ["2026-03-01", "2026-04-01", "2026-02-16"]);
    // E6's account lives on; nothing is wrong with the others.
    let rules = replayed.column("pack", "tests.csv", "rule");
    let tests: BTreeMap<String, Vec<String>> =
        ["population_size", "members_affected", "others_affected"]
            .into_iter()
            .map(|name| (name.to_owned(), replayed.column("pack", "tests.csv", name)))
            .collect();
    let place = rules.iter().position(|rule| rule == "contract-expired");
    let place = place.expect("the rule");
    let of_rule = |name: &str| tests[name][place].as_str();
    assert_eq!(of_rule("population_size"), "3");
    assert_eq!(of_rule("members_affected"), "1");
    assert_eq!(of_rule("others_affected"), "0");
    // Each sampled leaver is proved, the listed one by the listing.
    let proofs = replayed.column("pack", "sample.csv", "proof");
    assert!(
        proofs.iter().all(|proof| proof.starts_with("proofs/")),
        "{proofs:?}"
    );
    assert!(
        !manifest["warnings"]
            .to_string()
            .contains("snapshot of people")
    );
    // And DuckDB gives the same.
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_report.py");
    let output = Command::new(python())
        .arg(script)
        .args([replayed.path("out/archive"), replayed.path("pack")])
        .output()
        .expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
}

/// An id that turns out to be an earlier one of somebody else's is no second leaver.
#[test]
fn of_several_snapshots_the_newest_that_knows_somebody_counts_by_whatever_id() {
    let said: [Said; 5] = [
        ("C1", "snapshot", "2026-01-05", "2026-01-05", None),
        ("C1", "gone", "2026-02-10", "2026-02-10", None),
        ("E5", "hire", "2026-01-05", "2026-01-05", Some("2026-02-28")),
        ("E5", "contract_change", "2026-02-20", "2026-02-20", None),
        ("E7", "hire", "2026-02-20", "2026-02-20", None),
    ];
    let mut records = records(&said);
    for (place, name, value) in [
        (3, "contract_end", Value::Null),
        (4, "previous_employee_ids", json!(["C1"])),
    ] {
        let worker = records.get_mut(place).and_then(|it| it.get_mut("worker"));
        let worker = worker.and_then(Value::as_object_mut);
        worker.expect("a worker").insert(name.to_owned(), value);
    }
    let replayed = Replayed(TempDir::new().expect("directory"));
    replayed.write("hris", "000.ndjson", &records[..3]);
    replayed.replay("2026-02-16T00:00:00Z");
    replayed.report("early");
    assert_eq!(replayed.column("early", "population.csv", "item"), ["C1"]);
    assert_eq!(replayed.column("early", CONTRACTS, "item"), ["E5"]);
    replayed.write("hris", "001.ndjson", &records[3..]);
    replayed.replay(NOW);
    replayed.report("late");
    let snapshots = "SELECT DISTINCT as_of FROM people";
    assert_eq!(replayed.rows(snapshots).len(), 2);
    assert_eq!(replayed.column("late", "population.csv", "item"), ["E7"]);
    assert_eq!(replayed.column("late", CONTRACTS, "item"), [""; 0]);
}

#[test]
fn an_archive_without_snapshots_of_people_says_that_contracts_are_not_known() {
    let replayed = Replayed::of(&records(&SAID), 100);
    // As an earlier version left it.
    for part in ["people", "commits/tenure_3Apeople"] {
        fs::remove_dir_all(replayed.path("out/archive").join(part)).expect("removed");
    }
    let manifest = replayed.report("pack");
    let contracts = population(&manifest, "contracts_ended");
    assert!(contracts["members"].is_null(), "{contracts}");
    let why = contracts["not_known"].as_str().expect("a reason");
    assert!(why.contains("no snapshot of people"), "{why}");
    assert_eq!(population(&manifest, "leavers")["members"], 3);
    let warnings = manifest["warnings"].to_string();
    assert!(
        warnings.contains("leavers whom HR only states in listings"),
        "{warnings}"
    );
    let page = fs::read_to_string(replayed.path("pack/report.html")).expect("page");
    assert!(
        page.contains("contracts ended: not known"),
        "the figure says so"
    );
}
