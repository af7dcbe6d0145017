//! Writers of an archive that are killed in the middle of writing, and two that write at once: what is
//! there is the input, each record once, signed and without holes.

#![expect(
    clippy::disallowed_methods,
    reason = "the test runs itself as a child and tells it by a variable"
)]

use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng as _, SeedableRng as _};
use tempfile::TempDir;
use tenure::evidence::note::Signer as _;
use tenure::evidence::segment::{FinishedSegment, SegmentBuilder};
use tenure::io::archive::verify::{Report, Verdict, VerifySettings, verify};
use tenure::io::archive::{Archive, ArchiveError, ArchiveReader};
use tenure::io::intake::{Arrival, Outlet};
use tenure::io::keys::{LocalKey, PublicKey};
use tenure::model::event::Normalized;
use tenure::model::id::{EventUid, SourceName};
use tenure::model::record::{Offset, Record, Stream};
use tenure::model::time::{Span, Timestamp};

const CHILD: &str = "TENURE_TEST_ARCHIVE_CHILD";
const KILLS: u32 = 100;
/// Bytes of a record's padding: a segment of them is not written in one go.
const RECORD_BYTES: usize = 3_000;
const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

fn stream() -> Stream {
    Stream {
        topic: "identity.okta".into(),
        partition: 3,
    }
}

/// The record at an offset: every writer reads the same input.
fn record(offset: Offset) -> Record {
    let mut chance = Pcg64Mcg::seed_from_u64(offset.unsigned_abs());
    let noise = (0..RECORD_BYTES / 16).map(|_| format!("{:016x}", chance.next_u64()));
    let noise: String = noise.collect();
    Record {
        offset,
        received_at: Some(NOW),
        raw: format!("{{\"offset\":{offset},\"noise\":\"{noise}\"}}").into_bytes(),
        broken: None,
    }
}

fn segment(start: Offset, records: i64) -> FinishedSegment {
    let nothing = Normalized::new(EventUid([0; 16]));
    let mut builder = SegmentBuilder::new(stream(), SourceName::new("okta"), start);
    for offset in start..start + records {
        builder.push(record(offset), &nothing);
    }
    builder.finish().expect("segment")
}

/// An archive and its key, in a directory of their own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let directory = TempDir::new().expect("directory");
        let key = LocalKey::generate(Some("corp.example/tenure")).expect("key");
        key.create(&directory.path().join("signing.key"), None)
            .expect("written");
        Place(directory)
    }

    fn verify(&self) -> Report {
        let key = LocalKey::read(&self.0.path().join("signing.key"), None).expect("key");
        let settings = VerifySettings {
            keys: vec![PublicKey::Named(key.verifier().clone())],
            threads: 2,
            ..VerifySettings::default()
        };
        verify(&location(self.0.path()), &settings, &|_| {}).expect("report")
    }

    /// Every record that the archive holds is the one of the input, each once, in order.
    fn assert_is_the_input(&self, end: Offset) {
        let (sender, arrivals) = crossbeam_channel::unbounded();
        let outlet = Outlet::new(sender, Arc::default());
        let reader = ArchiveReader::open(&location(self.0.path())).expect("archive");
        reader.read_all(&outlet).expect("read");
        drop(outlet);
        let mut next = 0;
        for arrival in arrivals {
            let Arrival::Batch(batch) = arrival else {
                continue;
            };
            for found in batch.records {
                assert_eq!(found.offset, next);
                assert_eq!(found.raw, record(next).raw, "the record at {next}");
                next += 1;
            }
        }
        assert_eq!(next, end);
    }

    fn child(&self) -> Writing {
        let mut child = Command::new(std::env::current_exe().expect("test binary"))
            .args(["--exact", "child_writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, self.0.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("child");
        let stdout = child.stdout.take().expect("stdout");
        Writing {
            child,
            told: BufReader::new(stdout).lines(),
        }
    }
}

/// A child that writes.
struct Writing {
    child: Child,
    told: Lines<BufReader<ChildStdout>>,
}

impl Writing {
    /// The next thing that it says of its writing: the end of what it committed, or `None` where
    /// another writer was first.
    fn next(&mut self) -> Option<Offset> {
        loop {
            let line = self.told.next().expect("the child goes on").expect("text");
            if line.contains("fenced") {
                return None;
            }
            if let Some((_, end)) = line.split_once("committed ") {
                return Some(end.parse().expect("a number"));
            }
        }
    }

    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

fn location(directory: &Path) -> String {
    let archive = directory.join("archive");
    archive.to_str().expect("a path of text").to_owned()
}

fn open(directory: &Path) -> Archive {
    let key = LocalKey::read(&directory.join("signing.key"), None).expect("key");
    Archive::signed(&location(directory), Box::new(key)).expect("archive")
}

#[test]
fn child_writes_until_it_is_killed() {
    let Ok(directory) = std::env::var(CHILD) else {
        return;
    };
    let mut archive = open(Path::new(&directory));
    // As on two machines: were all that they write the same, neither would notice the other.
    let now = NOW + Span::from_seconds(i64::from(std::process::id()));
    for round in 1.. {
        let start = archive.end(&stream()).expect("end");
        let written = if round % 5 == 0 {
            archive.heartbeat(&stream(), now)
        } else {
            archive.append(&segment(start, 1 + (start + round) % 60), now)
        };
        match written {
            Ok(commit) => println!("committed {}", commit.end),
            Err(ArchiveError::Fenced { .. }) => {
                archive.forget(&stream());
                println!("fenced");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_writer_that_is_killed_a_hundred_times_leaves_the_input_once() {
    let place = Place::new();
    let seed = RandomState::new().hash_one("kills");
    println!("seed {seed}");
    let mut chance = Pcg64Mcg::seed_from_u64(seed);
    let (mut told, mut orphans) = (0, 0);
    for kill in 1..=KILLS {
        let mut writing = place.child();
        for _ in 0..=chance.next_u64() % 3 {
            let end = writing.next().expect("nobody else writes");
            assert!(end >= told, "{end} after {told}: what was told is lost");
            told = end;
        }
        // Somewhere within the next write.
        for _ in 0..chance.next_u64() % 3_000_000 {
            std::hint::spin_loop();
        }
        writing.kill();
        if kill % 10 == 0 {
            let report = place.verify();
            let verdict = report.verdict();
            assert_ne!(verdict, Verdict::Broken, "{kill} kills: {report:?}");
            orphans = report.foreign.len();
        }
    }
    let end = open(place.0.path()).end(&stream()).expect("end");
    let report = place.verify();
    assert_eq!(report.verdict(), Verdict::Holds, "{report:?}");
    assert_eq!(report.counted.records, end.unsigned_abs());
    assert!(end >= told);
    place.assert_is_the_input(end);
    println!("{KILLS} kills, {end} records, {orphans} files that no commit names");
}

#[test]
fn of_two_writers_at_once_one_is_fenced_and_the_input_is_there_once() {
    let place = Place::new();
    let (mut one, mut other) = (place.child(), place.child());
    let (mut fenced, mut committed) = (0, 0);
    while fenced < 3 || committed < 20 {
        for writing in [&mut one, &mut other] {
            match writing.next() {
                None => fenced += 1,
                Some(_) => committed += 1,
            }
        }
        assert!(committed < 5_000, "two writers that never meet");
    }
    one.kill();
    other.kill();
    let end = open(place.0.path()).end(&stream()).expect("end");
    let report = place.verify();
    assert_eq!(report.verdict(), Verdict::Holds, "{report:?}");
    place.assert_is_the_input(end);
    println!("{committed} commits, {fenced} fenced, {end} records");
}
