//! Killed at any moment, the service loses nothing and repeats nothing that a user can see.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use place::{Place, stop, wait_until};
use story::{PEOPLE, hire_or_leave, okta};

mod place;
mod story;

const KILLS: usize = 20;

#[test]
fn twenty_kills_lose_nothing_and_repeat_nothing() {
    let records = story::records();
    let plain = Place::new("");
    records
        .iter()
        .for_each(|(source, line)| plain.append(source, line));
    let service = plain.start();
    let written = |place: &Place| -> i64 { place.archived().values().sum() };
    let all = i64::try_from(records.len()).expect("a count");
    wait_until("the plain run has archived all", || written(&plain) == all);
    stop(&plain, service);
    let expected = plain.findings();
    assert!(
        expected.len() > PEOPLE,
        "the story has findings to lose: {}",
        expected.len()
    );

    let killed = Place::new("");
    let mut left = records.iter();
    for round in 0..KILLS {
        let mut service = killed.start();
        let share = left.by_ref().take(records.len().div_ceil(KILLS));
        share.for_each(|(source, line)| killed.append(source, line));
        // Between nothing at all and the middle of a later commit.
        std::thread::park_timeout(Duration::from_millis(
            40 * u64::try_from(round).expect("small"),
        ));
        service.kill().expect("SIGKILL");
        service.wait().expect("it is dead");
    }
    let service = killed.start();
    wait_until("the killed run has archived all", || {
        written(&killed) == all
    });
    stop(&killed, service);
    assert_eq!(killed.archived(), plain.archived());
    for place in [&killed, &plain] {
        place.verify();
    }
    assert_eq!(killed.findings(), expected);
    for place in [&killed, &plain] {
        put_down_once(place);
    }
}

/// The outbox has no other receiver here: its numbers in the archive are all that there were, each
/// once, and what was told last of each finding is what stands.
fn put_down_once(place: &Place) {
    let archive = place.path().join("tenure-data/archive");
    let mut rows: Vec<(i64, String)> = Vec::new();
    for path in named_files(&archive) {
        let file = fs::File::open(&path).expect("a file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet");
        for batch in reader.build().expect("rows") {
            let batch = batch.expect("a batch");
            let changes = batch.column_by_name("change").expect("a column");
            let changes = changes.as_primitive::<Int64Type>().values().to_vec();
            let forms = batch.column_by_name("form").expect("a column");
            let forms = forms.as_string::<i32>().iter().flatten().map(str::to_owned);
            rows.extend(changes.into_iter().zip(forms));
        }
    }
    rows.sort();
    let numbers: Vec<i64> = rows.iter().map(|(number, _)| *number).collect();
    let all: Vec<i64> = (0..i64::try_from(rows.len()).expect("a count")).collect();
    assert_eq!(numbers, all, "each change once");
    let mut stand = BTreeMap::new();
    for (_, form) in rows {
        let mut finding: serde_json::Value = serde_json::from_str(&form).expect("a finding");
        finding["detected_at"] = serde_json::Value::Null;
        let id = finding["finding_id"].as_str().expect("an id").to_owned();
        stand.insert(id, finding);
    }
    stand.retain(|_, finding| finding["status"] != "withdrawn");
    assert_eq!(stand, place.findings());
}

/// Those that commits name: a crash between a file and its commit leaves another.
fn named_files(archive: &Path) -> Vec<PathBuf> {
    let commits = archive.join("commits/tenure_3Afindings/0");
    let mut paths = Vec::new();
    for entry in fs::read_dir(commits).expect("commits") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a commit");
        let commit: serde_json::Value = serde_json::from_str(&text).expect("json");
        for file in commit["files"].as_array().expect("files") {
            paths.push(archive.join(file["path"].as_str().expect("a path")));
        }
    }
    paths
}

/// The suspension is in the file that is read last: read half-way, the logs would say that the
/// leaver's account was live at the deadline.
#[test]
fn a_start_over_a_long_log_tells_nothing_that_the_rest_of_it_refutes() {
    let place = Place::new("");
    place.append("hris", &hire_or_leave(1, "hire", "2026-01-02T00:00:00Z"));
    place.append(
        "hris",
        &hire_or_leave(1, "terminate", "2026-02-10T17:00:00Z"),
    );
    place.append(
        "okta",
        &okta("user.lifecycle.create", 1, 1, "2026-01-02T08:00:00Z"),
    );
    let filler: Vec<String> = (0..60_000)
        .map(|record| {
            okta(
                "user.session.start",
                1_000 + record,
                1,
                "2026-02-01T08:00:00Z",
            )
        })
        .collect();
    place.append("okta", &filler.join("\n"));
    let by_herself = okta("user.lifecycle.suspend", 2, 1, "2026-02-10T18:00:00Z");
    let by_an_admin = by_herself
        .replacen("00u1", "00uadmin", 1)
        .replacen("p1@", "admin@", 1);
    place.append("okta", &by_an_admin);
    let service = place.start();
    let all = 60_004;
    wait_until("all is archived", || {
        place.archived().values().sum::<i64>() == all
    });
    stop(&place, service);
    let log = fs::read_to_string(place.path().join("service.log")).expect("a log");
    assert!(!log.contains("leaver"), "{log}");
    let rules = place
        .findings()
        .into_values()
        .map(|finding| finding["rule"].to_string());
    assert!(
        !rules.collect::<String>().contains("leaver"),
        "nor in the end"
    );
}
