//! The running service among bad input, and with an archive that cannot be written for a while.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::commands::peak_memory_kib;
use super::place::{Place, late_use, rejects};

const ARCHIVE: &str = "tenure-data/archive";

/// A service that is killed when its test fails.
struct Service<'p> {
    place: &'p Place,
    child: Child,
}

impl<'p> Service<'p> {
    fn start(place: &'p Place) -> Self {
        let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n[archive]\nsegment_age = \"1s\"\n";
        place.put("tenure.toml", config);
        let log = File::create(place.path("log")).expect("a log");
        let mut command = place.command(&["run", "--log", "tenure=info,warn"]);
        let command = command.stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("the service starts");
        Service { place, child }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.place.path("log")).expect("its log")
    }

    fn wait_until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..600 {
            if done(self) {
                return;
            }
            let ended = self.child.try_wait().expect("a child");
            assert_eq!(ended, None, "it ended before: {what}\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(100));
        }
        panic!("still not so after a minute: {what}\n{}", self.log());
    }

    fn wait_for_records(&mut self, records: u64) {
        self.wait_until("all is archived", |service| {
            service.place.archived(ARCHIVE).records == records
        });
    }

    /// Tells it to stop; it does so in good order, and has not panicked.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill").success());
        let ended = self.child.wait().expect("it ends");
        let log = self.log();
        assert!(ended.success(), "{log}");
        assert!(!log.contains("panicked"), "{log}");
        log
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

#[test]
fn the_service_counts_and_archives_bad_records_and_finds_the_good_ones() {
    const RECORD_KIB: usize = 100 << 10;
    let place = Place::with_a_leaver();
    let mut huge = vec![b'{'; RECORD_KIB << 10];
    huge.push(b'\n');
    place.put("logs/okta/huge.ndjson", &huge);
    let deep = "[".repeat(100_000);
    let bad = [deep.as_str(), "null", "{\"a\":", &late_use(2), ""].join("\n");
    place.put("logs/okta/bad.ndjson", bad);
    place.put("logs/okta/text.ndjson", b"\xff\xfe\n");
    // No gzip stream at all, and an empty one that may still grow.
    place.put("logs/okta/no.ndjson.gz", "{}\n");
    place.put("logs/okta/empty.ndjson.gz", "");
    place.put("logs/martian/a.ndjson", "{}\n");
    place.put("logs/stray.ndjson", "{}\n");
    let mut service = Service::start(&place);
    service.wait_for_records(Place::LEAVERS_RECORDS + 8);
    service.wait_until("the late use is found", |service| {
        let open = service.place.open_rules("tenure-data/findings.ndjson");
        open.iter().any(|rule| rule == "leaver-activity")
    });
    let peak = peak_memory_kib(service.child.id());
    assert!(peak < RECORD_KIB * 2, "{peak} KiB for {RECORD_KIB} KiB");
    let log = service.stop();
    let expected = rejects(&[
        ("invalid_json", 1),
        ("invalid_utf8", 1),
        ("not_an_object", 1),
        ("too_deep", 1),
        ("too_large", 1),
        ("truncated", 1),
        ("unknown_source", 1),
    ]);
    assert_eq!(place.archived(ARCHIVE).rejects, expected);
    assert!(log.contains("stray.ndjson is not read"), "{log}");
    assert!(log.contains("no mapping for source `martian`"), "{log}");
}

/// The archive's directory is replaced by a file, and then put back.
#[test]
fn an_archive_that_cannot_be_written_is_waited_for_and_nothing_is_lost() {
    let place = Place::with_a_leaver();
    let mut service = Service::start(&place);
    service.wait_for_records(Place::LEAVERS_RECORDS);

    let (archive, away) = (place.path(ARCHIVE), place.path("away"));
    fs::rename(&archive, &away).expect("away");
    fs::write(&archive, "no directory").expect("a file");
    let more: Vec<String> = (0..500).map(late_use).collect();
    place.put("logs/okta/more.ndjson", more.join("\n") + "\n{broken\n");
    service.wait_until("it says that it waits", |service| {
        let log = service.log();
        log.contains("archiving waits, nothing is lost: failed to ") && log.contains(ARCHIVE)
    });
    // The other lane does not wait: what is known is told.
    service.wait_until("the late use is found", |service| {
        let open = service.place.open_rules("tenure-data/findings.ndjson");
        open.iter().any(|rule| rule == "leaver-activity")
    });

    fs::remove_file(&archive).expect("removed");
    fs::rename(&away, &archive).expect("back");
    service.wait_for_records(Place::LEAVERS_RECORDS + 501);
    service.stop();
    let expected = rejects(&[("invalid_json", 1)]);
    assert_eq!(place.archived(ARCHIVE).rejects, expected);
}

#[test]
fn a_directory_of_logs_that_is_not_there_is_told_and_waited_for() {
    let place = Place::new();
    let mut service = Service::start(&place);
    service.wait_until("it says what is missing", |service| {
        let log = service.log();
        log.contains("failed to list the directory of logs logs: No such file")
    });
    place.put("logs/okta/late.ndjson", late_use(2) + "\n");
    service.wait_for_records(1);
    service.stop();
}

#[test]
fn a_second_service_on_the_same_state_is_refused_and_the_first_goes_on() {
    let place = Place::with_a_leaver();
    let mut first = Service::start(&place);
    first.wait_for_records(Place::LEAVERS_RECORDS);
    let second = place.tenure(&["run", "--log", "off"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    second.says(&["the state in tenure-data/state is in use by another process"]);
    place.put("logs/okta/late.ndjson", late_use(2) + "\n");
    first.wait_for_records(Place::LEAVERS_RECORDS + 1);
    first.stop();
}
