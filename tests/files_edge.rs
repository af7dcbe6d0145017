//! The edge that reads a directory of logs, as the service uses it.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Receiver;
use tenure::io::files::{FilesSettings, ReceivedAt, StartPositions, read_all, tail};
use tenure::io::intake::{Arrival, Outlet};
use tenure::model::record::{Record, RejectReason, Stream};

/// Longer than any of these tests takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings(root: &Path) -> FilesSettings {
    FilesSettings {
        root: root.to_owned(),
        received_at: ReceivedAt::Unknown,
        known_sources: ["okta".to_owned()].into(),
        poll: Duration::from_millis(100),
    }
}

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("parent")).expect("directory");
    std::fs::write(path, bytes).expect("write");
}

fn append(root: &Path, path: &str, bytes: &[u8]) {
    let mut options = OpenOptions::new();
    let mut file = options.append(true).open(root.join(path)).expect("open");
    file.write_all(bytes).expect("append");
}

#[derive(Default)]
struct Seen {
    records: BTreeMap<String, Vec<Record>>,
    lost: Vec<String>,
    ended: bool,
}

impl Seen {
    fn take(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Batch(batch) => {
                let records = self
                    .records
                    .entry(batch.stream.topic.to_string())
                    .or_default();
                for record in batch.records {
                    if let Some(last) = records.last() {
                        assert_eq!(record.offset, last.offset + 1, "{}", batch.stream);
                    }
                    records.push(record);
                }
            }
            Arrival::Lost(why) => self.lost.push(why),
            Arrival::End => self.ended = true,
            _ => {}
        }
    }

    fn texts(&self, topic: &str) -> Vec<String> {
        let records = self.records.get(topic).map_or(&[][..], Vec::as_slice);
        records
            .iter()
            .map(|record| String::from_utf8_lossy(&record.raw).into_owned())
            .collect()
    }
}

fn replay(root: &Path) -> Seen {
    let (sender, receiver) = crossbeam_channel::bounded(4);
    let outlet = Outlet::new(sender, Arc::default());
    let settings = settings(root);
    let reader = std::thread::spawn(move || read_all(&settings, &outlet).expect("read"));
    let mut seen = Seen::default();
    receiver.iter().for_each(|arrival| seen.take(arrival));
    reader.join().expect("thread");
    seen
}

/// A tail that runs on a thread until it is dropped.
struct Following {
    arrivals: Receiver<Arrival>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    seen: Seen,
}

impl Following {
    fn start(root: &Path, state: &Path, positions: &[(&str, i64)]) -> Self {
        let (sender, arrivals) = crossbeam_channel::bounded(4);
        let stop = Arc::new(AtomicBool::new(false));
        let outlet = Outlet::new(sender, stop.clone());
        let settings = settings(root);
        let bookmarks: PathBuf = state.join("files.bookmarks");
        let positions: StartPositions = positions
            .iter()
            .map(|(topic, next)| {
                let stream = Stream {
                    topic: (*topic).into(),
                    partition: 0,
                };
                (stream, *next)
            })
            .collect();
        let thread = std::thread::spawn(move || {
            tail(&settings, positions, &bookmarks, &outlet).expect("tail");
        });
        Following {
            arrivals,
            stop,
            thread: Some(thread),
            seen: Seen::default(),
        }
    }

    fn until(&mut self, what: &str, done: impl Fn(&Seen) -> bool) {
        while !done(&self.seen) {
            let arrival = self.arrivals.recv_timeout(PATIENCE);
            self.seen
                .take(arrival.unwrap_or_else(|_| panic!("no {what}")));
        }
    }

    fn until_texts(&mut self, topic: &str, expected: &[&str]) {
        self.until(topic, |seen| seen.texts(topic).len() >= expected.len());
        assert_eq!(self.seen.texts(topic), expected, "{topic}");
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the tail stops cleanly");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("write");
    encoder.finish().expect("finish")
}

fn many(count: usize) -> Vec<u8> {
    let line = |n| format!("{{\"n\":{n},\"pad\":\"{:0>200}\"}}\n", n * 31);
    (0..count).map(line).collect::<String>().into_bytes()
}

#[test]
fn a_replay_reads_every_form_and_names_what_is_wrong() {
    let root = tempfile::tempdir().expect("directory");
    let zst = zstd::stream::encode_all(&many(3_000)[..], 1).expect("zstd");
    let gz = gzip(&many(2_000));
    put(root.path(), "okta/a.ndjson", &many(5_000));
    put(root.path(), "okta/b.jsonl.gz", &gz);
    put(root.path(), "okta/c.json.zst", &zst);
    put(
        root.path(),
        "okta/document.json",
        b"{\n \"Records\": []\n}\n",
    );
    put(root.path(), "okta/empty.ndjson", b"");
    put(root.path(), "okta/cut.jsonl.gz", &gz[..gz.len() / 2]);
    put(root.path(), "nobody/x.ndjson", b"{}\n");
    put(root.path(), "stray.ndjson", b"{}\n");
    let seen = replay(root.path());
    assert!(seen.ended);
    for (topic, count) in [
        ("okta/a.ndjson", 5_000),
        ("okta/b.jsonl.gz", 2_000),
        ("okta/c.json.zst", 3_000),
        ("okta/document.json", 1),
        ("okta/empty.ndjson", 0),
        ("nobody/x.ndjson", 1),
    ] {
        assert_eq!(seen.texts(topic).len(), count, "{topic}");
    }
    let cut = seen
        .records
        .get("okta/cut.jsonl.gz")
        .and_then(|it| it.last());
    let broken = cut.and_then(|record| record.broken.as_ref());
    assert_eq!(broken.map(|it| it.reason), Some(RejectReason::Truncated));
    assert!(
        seen.lost.iter().any(|it| it.contains("`nobody`")),
        "{:?}",
        seen.lost
    );
    assert!(seen.lost.iter().any(|it| it.contains("stray.ndjson")));
    assert_eq!(seen.lost.len(), 2);
}

#[test]
fn a_hundred_megabytes_in_one_line_become_one_small_reject() {
    let root = tempfile::tempdir().expect("directory");
    let mut line = vec![b'x'; 100 << 20];
    line.extend(b"\n{}\n");
    put(root.path(), "okta/a.ndjson", &line);
    let seen = replay(root.path());
    let records = seen.records.get("okta/a.ndjson").expect("records");
    let reason = records[0].broken.as_ref().map(|it| it.reason);
    assert_eq!(reason, Some(RejectReason::TooLarge));
    assert_eq!(records[0].raw.len(), 64 << 10);
    assert_eq!(records[1].raw, b"{}");
}

#[test]
fn a_directory_that_is_not_there_is_an_error_of_the_operator() {
    let root = tempfile::tempdir().expect("directory");
    let (sender, _receiver) = crossbeam_channel::bounded(1);
    let outlet = Outlet::new(sender, Arc::default());
    let missing = root.path().join("missing");
    let error = read_all(&settings(&missing), &outlet).expect_err("missing");
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn a_line_is_delivered_when_its_newline_arrives() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    put(root.path(), "okta/a.ndjson", b"1\n2");
    let mut following = Following::start(root.path(), state.path(), &[]);
    following.until_texts("okta/a.ndjson", &["1"]);
    append(root.path(), "okta/a.ndjson", b"2\n3\n");
    put(root.path(), "okta/b.json.gz", &gzip(b"{\"late\":1}"));
    following.until_texts("okta/a.ndjson", &["1", "22", "3"]);
    following.until_texts("okta/b.json.gz", &["{\"late\":1}"]);
}

#[test]
fn a_rotated_file_is_read_to_its_end_before_the_new_one() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    put(root.path(), "okta/a.ndjson", b"1\n2\n");
    let mut following = Following::start(root.path(), state.path(), &[]);
    following.until_texts("okta/a.ndjson", &["1", "2"]);
    append(root.path(), "okta/a.ndjson", b"3\n4");
    let path = root.path().join("okta/a.ndjson");
    std::fs::rename(&path, root.path().join("okta/a.ndjson.1")).expect("rename");
    put(root.path(), "okta/a.ndjson", b"5\n");
    following.until_texts("okta/a.ndjson#2", &["5"]);
    assert_eq!(following.seen.texts("okta/a.ndjson"), ["1", "2", "3", "4"]);
}

#[test]
fn a_file_that_is_written_over_is_another_stream_even_if_it_is_longer() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    put(root.path(), "okta/a.ndjson", b"1\n2\n");
    let mut following = Following::start(root.path(), state.path(), &[]);
    following.until_texts("okta/a.ndjson", &["1", "2"]);
    put(root.path(), "okta/a.ndjson", b"6\n7\n8\n9\n");
    following.until_texts("okta/a.ndjson#2", &["6", "7", "8", "9"]);
    put(root.path(), "okta/a.ndjson", b"x\n");
    following.until_texts("okta/a.ndjson#3", &["x"]);
    assert_eq!(following.seen.texts("okta/a.ndjson"), ["1", "2"]);
}

#[test]
fn a_restart_goes_on_at_the_stored_record_of_the_same_file() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    put(root.path(), "okta/a.ndjson", b"1\n2\n3\n");
    put(root.path(), "okta/b.ndjson", b"1\n2\n3\n");
    put(root.path(), "okta/c.ndjson.gz", &gzip(b"1\n2\n3"));
    let mut following = Following::start(root.path(), state.path(), &[]);
    for topic in ["okta/a.ndjson", "okta/b.ndjson", "okta/c.ndjson.gz"] {
        following.until_texts(topic, &["1", "2", "3"]);
    }
    drop(following);
    append(root.path(), "okta/a.ndjson", b"4\n");
    // Replaced while nobody looked, and longer than what was read.
    std::fs::remove_file(root.path().join("okta/b.ndjson")).expect("remove");
    put(root.path(), "okta/b.ndjson", b"5\n6\n7\n8\n");
    let stored = [
        ("okta/a.ndjson", 2),
        ("okta/b.ndjson", 3),
        ("okta/c.ndjson.gz", 1),
    ];
    let mut following = Following::start(root.path(), state.path(), &stored);
    following.until_texts("okta/a.ndjson", &["3", "4"]);
    following.until_texts("okta/b.ndjson#2", &["5", "6", "7", "8"]);
    following.until_texts("okta/c.ndjson.gz", &["2", "3"]);
    drop(following);
    append(root.path(), "okta/b.ndjson", b"9\n");
    let stored = [("okta/b.ndjson", 3), ("okta/b.ndjson#2", 4)];
    let mut following = Following::start(root.path(), state.path(), &stored);
    following.until_texts("okta/b.ndjson#2", &["9"]);
    assert_eq!(following.seen.texts("okta/b.ndjson"), [""; 0]);
}

#[test]
fn a_directory_that_comes_later_is_followed_and_its_absence_told_once() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    let logs = root.path().join("logs");
    let mut following = Following::start(&logs, state.path(), &[]);
    following.until("warning", |seen| !seen.lost.is_empty());
    put(&logs, "okta/a.ndjson", b"1\n");
    following.until_texts("okta/a.ndjson", &["1"]);
    assert_eq!(following.seen.lost.len(), 1);
}

#[test]
fn more_compressed_files_than_are_decoded_at_once_are_all_read() {
    let (root, state) = (
        tempfile::tempdir().expect("a"),
        tempfile::tempdir().expect("b"),
    );
    let gz = gzip(&many(3_000));
    for n in 0..20 {
        put(root.path(), &format!("okta/{n}.ndjson.gz"), &gz);
    }
    let mut following = Following::start(root.path(), state.path(), &[]);
    following.until("60,000 records", |seen| {
        seen.records.values().map(Vec::len).sum::<usize>() == 60_000
    });
}
