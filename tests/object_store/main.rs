//! An archive in a bucket, as a user meets it: written by the service and by a replay, through
//! outages, by two at once, under Object Lock; verified and asked from there.

#![expect(
    clippy::disallowed_methods,
    reason = "a lock ends at a time of the calendar"
)]
#![allow(
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::sync::OnceLock;

use axum::http::Method;
use serde_json::Value;
use tempfile::TempDir;

use place::{Place, end, stop, wait_until};
use server::{BUCKET, ID, Mode, SECRET, Server};
use story::{hire_or_leave, okta};

mod authority;
mod retention;
mod server;
mod timestamps;
mod vendors;
#[path = "../place/mod.rs"]
mod place;
#[path = "../story/mod.rs"]
mod story;

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small_company/logs");
const ARCHIVE: &str = "s3://evidence/tenure";

/// Runs the program with the environment that the vendor's own tools would have.
fn tenure(server: &Server, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .output()
        .expect("it runs")
}

fn told(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A place whose archive is in the server's bucket, with `more` in `[archive]`.
fn place(server: &Server, more: &str) -> Place {
    let place = Place::new(&format!(
        "path = \"{ARCHIVE}\"\nendpoint = \"{}\"\naccess_key_id_file = \"id\"\n\
         secret_access_key_file = \"secret\"\n{more}\n[signing]\nkey_file = \"signing.key\"\n",
        server.endpoint()
    ));
    fs::write(place.path().join("id"), ID).expect("an id");
    fs::write(place.path().join("secret"), SECRET).expect("a secret");
    fs::write(place.path().join("signing.key"), signing_key()).expect("a key");
    place
}

/// One for all places: nodes that write one archive share it.
fn signing_key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join("signing.key");
        let made = Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(["keys", "generate", "--name", "corp.example/tenure", "--out"])
            .arg(&path)
            .output();
        succeeds(&made.expect("it runs"));
        fs::read_to_string(&path).expect("a key")
    })
}

fn verify(server: &Server, place: &Place) -> Value {
    let key = place.path().join("signing.key");
    let key = key.to_str().expect("a path");
    let output = tenure(server, &["verify", ARCHIVE, "--key", key, "--json"]);
    serde_json::from_str(&succeeds(&output)).expect("JSON")
}

/// Records archived, from the commits in the bucket; and that no chain has a hole.
fn archived(server: &Server) -> i64 {
    let mut ends: BTreeMap<String, i64> = BTreeMap::new();
    let mut records = 0;
    for (path, bytes) in server.objects("tenure/commits") {
        let chain = path.rsplit_once('/').expect("a chain").0.to_owned();
        let commit: Value = serde_json::from_slice(&bytes).expect("a commit");
        let end = ends.entry(chain).or_default();
        assert_eq!(commit["start"], *end, "{path}");
        assert_eq!(commit["counts"]["gaps"], serde_json::json!([]), "{path}");
        *end = commit["end"].as_i64().expect("an end");
        records += commit["counts"]["records"].as_i64().expect("a count");
    }
    records
}

fn log_in(place: &Place, numbers: std::ops::Range<usize>) {
    for number in numbers {
        place.append("okta", &okta("user.session.start", number, number % 9, AT));
    }
}

const AT: &str = "2026-02-02T08:00:00Z";

#[track_caller]
fn log_of(place: &Place) -> String {
    fs::read_to_string(place.path().join("service.log")).expect("a log")
}

#[test]
fn a_bucket_holds_what_a_directory_holds_and_every_command_reads_it_there() {
    let server = Server::start();
    let directory = TempDir::new().expect("a directory");
    let at = |name: &str| {
        directory
            .path()
            .join(name)
            .to_str()
            .expect("a path")
            .to_owned()
    };
    let local = tenure(&server, &["replay", LOGS, "--out", &at("local")]);
    succeeds(&local);
    let key = at("local/signing.key");
    let replay = [
        "replay",
        LOGS,
        "--out",
        &at("remote"),
        "--archive",
        ARCHIVE,
        "--key",
        &key,
    ];
    let told = succeeds(&tenure(&server, &replay));
    assert!(
        told.contains(&format!("tenure verify {ARCHIVE} --key ")),
        "{told}"
    );

    let mut remote = server.objects("tenure");
    remote
        .remove("create-if-absent")
        .expect("what the store was tried with");
    let on_disk = files(Path::new(&at("local/archive")));
    assert_eq!(
        remote.keys().collect::<Vec<_>>(),
        on_disk.keys().collect::<Vec<_>>()
    );
    assert!(remote == on_disk, "the same bytes");

    let report = succeeds(&tenure(
        &server,
        &["verify", ARCHIVE, "--key", &key, "--json"],
    ));
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["foreign"], serde_json::json!([]), "{report}");
    let timeline = |place: &str| {
        let arguments = ["timeline", "gus@corp.example", "--archive", place, "--json"];
        succeeds(&tenure(&server, &arguments))
    };
    let told = timeline(ARCHIVE);
    assert!(told.contains("leaver-activity"), "{told}");
    assert_eq!(told, timeline(&at("local/archive")));
    let keys = |place: &str| succeeds(&tenure(&server, &["keys", "show", place]));
    assert_eq!(keys(ARCHIVE), keys(&at("local/archive")));
    prove(&server, &at("remote/findings.ndjson"), &at("proof"));
    rotate_and_lose(&server, &key, &at("new.key"));
}

/// An event that a finding cites is proved from the bucket.
fn prove(server: &Server, findings: &str, out: &str) {
    let text = fs::read_to_string(findings).expect("findings");
    let cited = text.lines().find_map(|line| {
        let finding: Value = serde_json::from_str(line).expect("a finding");
        finding["evidence"][0].as_str().map(str::to_owned)
    });
    let cited = cited.expect("evidence");
    let prove = ["prove", ARCHIVE, "--event", &cited, "--out", out];
    succeeds(&tenure(server, &prove));
}

fn rotate_and_lose(server: &Server, key: &str, new: &str) {
    // Another key signs from now on, and who pinned the old one is led to it.
    let rotate = ["keys", "rotate", ARCHIVE, "--key", key, "--new", new];
    succeeds(&tenure(server, &rotate));
    succeeds(&tenure(server, &["verify", ARCHIVE, "--key", key]));
    succeeds(&tenure(server, &["verify", ARCHIVE, "--key", new]));

    // What is gone is missed.
    let gone = server
        .objects("tenure/events")
        .into_keys()
        .next()
        .expect("a file");
    server.lose(&format!("tenure/events/{gone}"));
    let output = tenure(server, &["verify", ARCHIVE, "--key", key]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn all(root: &Path, directory: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                all(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("below").to_str();
                let bytes = fs::read(&path).expect("bytes");
                found.insert(name.expect("a name").to_owned(), bytes);
            }
        }
    }
    let mut found = BTreeMap::new();
    all(root, root, &mut found);
    found
}

#[test]
fn a_server_that_goes_down_loses_nothing_and_a_new_node_goes_on_from_the_chain() {
    let mut server = Server::start();
    let first = place(&server, "");
    first.append("hris", &hire_or_leave(1, "hire", "2026-01-02T00:00:00Z"));
    log_in(&first, 0..100);
    let service = first.start();
    wait_until("the beginning is archived", || archived(&server) == 101);
    server.go_down();
    log_in(&first, 100..200);
    wait_until("the service says that it waits", || {
        log_of(&first).contains("archiving waits, nothing is lost: failed to")
    });
    assert!(
        log_of(&first).contains("Connection refused"),
        "{}",
        log_of(&first)
    );
    log_in(&first, 200..300);
    server.come_back();
    wait_until("all is archived", || archived(&server) == 301);
    stop(&first, service);
    verify(&server, &first);

    // The same logs, and no state: what is archived is not archived again.
    let second = place(&server, "");
    let logs = second.path().join("logs");
    fs::remove_dir_all(&logs).expect("empty");
    Command::new("cp")
        .arg("-r")
        .arg(first.path().join("logs"))
        .arg(&logs)
        .status()
        .expect("cp");
    log_in(&second, 300..350);
    let service = second.start();
    wait_until("the rest is archived", || archived(&server) == 351);
    stop(&second, service);
    let report = verify(&server, &second);
    assert_eq!(report["counted"]["records"], 351, "{report}");
}

#[test]
fn a_commit_whose_confirmation_was_lost_stops_nobody() {
    let server = Server::start();
    let place = place(&server, "");
    log_in(&place, 0..10);
    let service = place.start();
    wait_until("the beginning is archived", || archived(&server) == 10);
    server.behave(Mode::LosesAnswer);
    log_in(&place, 10..20);
    wait_until("the server took a commit and said nothing", || {
        server.mode() == Mode::Silent && archived(&server) > 10
    });
    wait_until("the service waits", || {
        log_of(&place).contains("archiving waits, nothing is lost")
    });
    server.behave(Mode::Sound);
    log_in(&place, 20..30);
    wait_until("all is archived, once", || archived(&server) == 30);
    stop(&place, service);
    assert_eq!(verify(&server, &place)["counted"]["records"], 30);
}

/// Each chain is fenced by itself, so that each of the two may lose one to the other: then both stop.
#[test]
fn of_two_writers_at_once_one_is_fenced_and_nothing_is_written_twice() {
    let server = Server::start();
    let places = [place(&server, ""), place(&server, "")];
    places.iter().for_each(|place| log_in(place, 0..50));
    let mut services: Vec<Child> = places.iter().map(Place::start).collect();
    let mut next = 50;
    let mut one_ended = || {
        services
            .iter_mut()
            .any(|service| service.try_wait().expect("a look").is_some())
    };
    wait_until("one of them stops", || {
        let more = next..next + 5;
        places.iter().for_each(|place| log_in(place, more.clone()));
        next += 5;
        one_ended()
    });
    let all = i64::try_from(next).expect("a count");
    let mut fenced = 0;
    for (place, mut service) in places.iter().zip(services) {
        wait_until("it stops, or has archived all", || {
            service.try_wait().expect("a look").is_some() || archived(&server) == all
        });
        let (ended, log) = end(place, service);
        if !ended.success() {
            assert!(log.contains("another writer has written commit"), "{log}");
            fenced += 1;
        }
    }
    assert!(fenced > 0);
    for place in &places {
        let service = place.start();
        wait_until("whoever starts now goes on", || archived(&server) == all);
        stop(place, service);
    }
    let [one, _] = &places;
    assert_eq!(verify(&server, one)["counted"]["records"], all);
}

fn check_lock(seen: &server::Seen, mode: &str, until: &str) {
    assert_eq!(mode, "COMPLIANCE");
    let least = jiff::Timestamp::now() + jiff::Span::new().hours(399 * 24);
    let until: jiff::Timestamp = until.parse().expect("a time");
    assert!(until > least, "{until}");
    // The server has verified the signature, and these are under it.
    let signed = seen.headers["authorization"].to_str().expect("text");
    assert!(signed.contains("x-amz-object-lock-mode;x-amz-object-lock-retain-until-date"));
    assert!(
        seen.headers.contains_key("x-amz-checksum-sha256"),
        "S3 wants one"
    );
}

#[test]
fn what_is_never_replaced_is_locked_and_nothing_else() {
    let server = Server::start();
    let place = place(&server, "object_lock = \"compliance\"\nretain = \"400d\"\n");
    log_in(&place, 0..10);
    let service = place.start();
    wait_until("it is archived", || archived(&server) == 10);
    wait_until("who has access is archived too", || {
        !server.objects("tenure/access").is_empty()
    });
    stop(&place, service);
    verify(&server, &place);
    let header = |seen: &server::Seen, name: &str| {
        seen.headers
            .get(name)
            .map(|value| value.to_str().expect("text").to_owned())
    };
    let mut kinds = BTreeMap::new();
    for seen in server
        .seen()
        .iter()
        .filter(|seen| seen.method == Method::PUT)
    {
        let mode = header(seen, "x-amz-object-lock-mode");
        let until = header(seen, "x-amz-object-lock-retain-until-date");
        assert_eq!(mode.is_some(), until.is_some(), "{seen:?}");
        if let (Some(mode), Some(until)) = (mode, until) {
            check_lock(seen, &mode, &until);
        }
        let below = seen.path.strip_prefix("tenure/").expect("the prefix");
        let kind = below.split('/').next().expect("a kind");
        let kind = if below.contains(".p/") {
            "partial tile"
        } else {
            kind
        };
        let kind = if below == "log/checkpoint" {
            below
        } else {
            kind
        };
        kinds.insert(
            kind.to_owned(),
            seen.headers.contains_key("x-amz-object-lock-mode"),
        );
    }
    let expected = [
        ("VERIFY.md", true),
        ("access", true),
        ("athena.sql", true),
        ("commits", true),
        ("create-if-absent", false),
        ("events", true),
        ("findings", true),
        ("keys", true),
        ("links", true),
        ("log/checkpoint", false),
        ("partial tile", false),
        ("people", true),
        ("settings", true),
        ("trino.sql", true),
        ("verify.sh", true),
        ("views.sql", true),
    ];
    let expected = expected.map(|(kind, locked)| (kind.to_owned(), locked));
    assert_eq!(kinds, BTreeMap::from(expected));
}

#[test]
fn what_is_wrong_with_a_bucket_is_said_at_once() {
    let mut server = Server::start();
    let check = |server: &Server, archive: &str, expected: &str| {
        let directory = TempDir::new().expect("a directory");
        let out = directory.path().to_str().expect("a path");
        let output = tenure(
            server,
            &["replay", LOGS, "--out", out, "--archive", archive],
        );
        let told = told(&output);
        assert!(!output.status.success(), "{told}");
        let begin = format!("failed to open archive {archive}: ");
        let (_, why) = told.split_once(&begin).unwrap_or_else(|| panic!("{told}"));
        assert!(why.contains(expected), "{why}");
    };
    check(
        &server,
        "s3://nowhere/tenure",
        "404 Not Found: NoSuchBucket",
    );
    let unsigned = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(["verify", ARCHIVE])
        .env("AWS_ACCESS_KEY_ID", ID)
        .env("AWS_SECRET_ACCESS_KEY", "another secret")
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .output()
        .expect("it runs");
    assert_eq!(unsigned.status.code(), Some(2));
    let why = told(&unsigned);
    assert!(
        why.contains("403 Forbidden: SignatureDoesNotMatch"),
        "{why}"
    );
    server.behave(Mode::NoConditions);
    check(
        &server,
        ARCHIVE,
        "does not create objects only if they are absent",
    );
    server.behave(Mode::Refusing);
    check(
        &server,
        "s3://evidence/other",
        "does not create objects only if they are absent",
    );
    server.behave(Mode::Sound);
    let nothing = tenure(&server, &["verify", "s3://evidence/empty"]);
    assert!(
        told(&nothing).contains("it has no commits, log or records, so it is no archive"),
        "{nothing:?}"
    );
    server.go_down();
    check(&server, ARCHIVE, "Connection refused");
    assert_eq!(BUCKET, "evidence");
}
