use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::evidence::commit::ChainError;
use crate::evidence::datasets::Dataset;
use crate::evidence::segment::SegmentBuilder;
use crate::model::Text;
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::record::Record;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

fn stream(topic: &str) -> Stream {
    Stream {
        topic: Text::from(topic),
        partition: 0,
    }
}

fn segment(stream: &Stream, start: Offset, offsets: &[Offset], raw: &str) -> FinishedSegment {
    let mut builder = SegmentBuilder::new(stream.clone(), SourceName::new("okta"), start);
    let nothing = Normalized::new(EventUid([0; 16]));
    for offset in offsets {
        let record = Record {
            offset: *offset,
            received_at: None,
            raw: raw.as_bytes().to_vec(),
            broken: None,
        };
        builder.push(record, &nothing);
    }
    builder.finish().expect("segment")
}

fn open(directory: &TempDir) -> Archive {
    Archive::open(directory.path().to_str().expect("path")).expect("archive")
}

/// Paths of all files below `directory`, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("directory") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Follows the whole chain and compares every file with what its commit says.
fn verify(directory: &TempDir, stream: &Stream) -> Result<(Offset, u64), ChainError> {
    let mut chain = Chain::new(stream.clone());
    let mut records = 0;
    for path in files(&directory.path().join(layout::commits(stream))) {
        let commit = chain.follow(&fs::read(path).expect("commit"))?;
        for file in &commit.files {
            let bytes = fs::read(directory.path().join(&file.path)).expect("file");
            assert_eq!(Sha256Hash::of(&bytes), file.sha256);
            assert_eq!(bytes.len() as u64, file.bytes);
            records += file.records;
        }
    }
    Ok((chain.end(), records))
}

#[test]
fn an_archive_goes_on_where_it_ended() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta/2026/a.ndjson.gz");
    let mut archive = open(&directory);
    assert_eq!(archive.end(&stream).expect("end"), 0);
    let first = archive
        .append(&segment(&stream, 0, &[0, 1, 2], "{}"), NOW)
        .expect("first");
    assert_eq!((first.number, first.end), (0, 3));
    assert_eq!(
        first.path,
        "commits/okta_2F2026_2Fa.ndjson.gz/0/000000000000.json"
    );

    let mut archive = open(&directory);
    assert_eq!(archive.end(&stream).expect("end"), 3);
    assert_eq!(archive.heartbeat(&stream, NOW).expect("heartbeat").end, 3);
    let third = archive
        .append(&segment(&stream, 3, &[7], "{}"), NOW)
        .expect("third");
    assert_eq!((third.number, third.end), (2, 8));
    assert_eq!(verify(&directory, &stream), Ok((8, 4)));
    let path = "events/day=2026-03-01/source=okta/seg-okta_2F2026_2Fa.ndjson.gz-0-0-2.parquet";
    assert!(directory.path().join(path).is_file());
}

#[test]
fn streams_have_chains_of_their_own() {
    let directory = TempDir::new().expect("directory");
    let mut archive = open(&directory);
    let streams = ["a", "a/0", "b"].map(stream);
    for (length, stream) in (1..).zip(&streams) {
        let offsets: Vec<Offset> = (0..length).collect();
        archive
            .append(&segment(stream, 0, &offsets, "{}"), NOW)
            .expect("append");
    }
    for (length, stream) in (1..).zip(&streams) {
        assert_eq!(open(&directory).end(stream).expect("end"), length);
    }
}

#[test]
fn a_file_that_was_never_committed_is_no_obstacle() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let crashed = |raw| {
        let archive = open(&directory);
        let unfinished = segment(&stream, 0, &[0, 1], raw);
        archive.write_file(&unfinished, NOW).expect("file");
    };
    // The crash left the file that we write again, and then one with other bytes.
    crashed("same");
    let mut archive = open(&directory);
    assert_eq!(archive.end(&stream).expect("end"), 0);
    crashed("other");
    let file = archive
        .write_file(&segment(&stream, 0, &[0, 1], "same"), NOW)
        .expect("file");
    assert_eq!(
        file.map(|file| file.path).as_deref(),
        Some("events/day=2026-03-01/source=okta/seg-okta-0-0-1.parquet")
    );
    archive
        .append(&segment(&stream, 0, &[0, 1], "third"), NOW)
        .expect("append");
    let written = files(&directory.path().join("events"));
    assert_eq!(written.len(), 3, "{written:?}");
    assert_eq!(verify(&directory, &stream), Ok((2, 2)));
}

#[test]
fn the_second_of_two_writers_is_fenced_and_harms_nothing() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let (mut one, mut other) = (open(&directory), open(&directory));
    assert_eq!(one.end(&stream).expect("end"), 0);
    assert_eq!(other.end(&stream).expect("end"), 0);
    one.append(&segment(&stream, 0, &[0, 1], "one"), NOW)
        .expect("first");
    let error = other
        .append(&segment(&stream, 0, &[0], "other"), NOW)
        .expect_err("fenced");
    assert!(
        matches!(error, ArchiveError::Fenced { number: 0, .. }),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "another writer has written commit 0 of okta/0: this one must stop"
    );
    // Fenced, it sees what the first one wrote, and its old segment has no place there.
    assert_eq!(other.end(&stream).expect("end"), 2);
    let error = other
        .append(&segment(&stream, 0, &[0], "other"), NOW)
        .expect_err("stale");
    assert!(
        matches!(
            error,
            ArchiveError::NotNext {
                start: 0,
                end: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(verify(&directory, &stream), Ok((2, 2)));
}

#[test]
fn a_commit_whose_confirmation_was_lost_may_be_written_again() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let (mut one, mut again) = (open(&directory), open(&directory));
    assert_eq!(again.end(&stream).expect("end"), 0);
    let first = one
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect("first");
    let second = again
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect("again");
    assert_eq!(first, second);
    assert_eq!(verify(&directory, &stream), Ok((1, 1)));
}

#[test]
fn a_hole_in_the_chain_is_not_written_over() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let mut archive = open(&directory);
    for start in 0..3 {
        archive
            .append(&segment(&stream, start, &[start], "{}"), NOW)
            .expect("append");
    }
    fs::remove_file(directory.path().join(layout::commit(&stream, 1))).expect("hole");
    let mut archive = open(&directory);
    assert_eq!(archive.end(&stream).expect("end"), 3);
    assert_eq!(
        archive.heartbeat(&stream, NOW).expect("heartbeat").number,
        3
    );
    assert!(verify(&directory, &stream).is_err());
}

/// A crash while a commit is staged leaves `…json#1`: it never had the commit's name.
#[test]
fn a_half_written_commit_under_its_staging_name_is_not_seen() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let mut archive = open(&directory);
    let first = archive
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect("first");
    let whole = fs::read(directory.path().join(&first.path)).expect("commit");
    let staged = format!("{}#1", layout::commit(&stream, 1));
    fs::write(directory.path().join(staged), &whole[..40]).expect("staged");
    let mut archive = open(&directory);
    assert_eq!(archive.end(&stream).expect("end"), 1);
    let second = archive
        .append(&segment(&stream, 1, &[1], "{}"), NOW)
        .expect("second");
    assert_eq!(second.number, 1);
}

/// Under its own name half a commit can only come from elsewhere: a person must look.
#[test]
fn a_damaged_last_commit_stops_the_writer() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let first = open(&directory)
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect("first");
    let path = directory.path().join(&first.path);
    let whole = fs::read(&path).expect("commit");
    fs::write(&path, &whole[..40]).expect("damage");
    let error = open(&directory).end(&stream).expect_err("damaged");
    let message = error.to_string();
    assert!(
        message.starts_with("chain of commits is broken at commits/okta/0/000000000000.json"),
        "{message}"
    );
    assert!(message.contains("cannot be read"), "{message}");
}

#[test]
fn what_cannot_be_written_is_an_error_that_says_so_and_can_be_tried_again() {
    let directory = TempDir::new().expect("directory");
    let stream = stream("okta");
    let mut archive = open(&directory);
    // A file where a directory must be: fails for every user, root included.
    let blocked = directory.path().join("events");
    fs::write(&blocked, "").expect("block");
    let error = archive
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect_err("blocked");
    let expected = format!(
        "failed to write segment events/day=2026-03-01/source=okta/seg-okta-0-0-0.parquet \
         in archive {}: Not a directory (os error 20)",
        directory.path().display()
    );
    assert_eq!(error.to_string(), expected);
    fs::remove_file(blocked).expect("unblock");
    archive
        .append(&segment(&stream, 0, &[0], "{}"), NOW)
        .expect("again");
    assert_eq!(verify(&directory, &stream), Ok((1, 1)));
}

#[test]
fn a_place_that_is_no_directory_is_refused() {
    let directory = TempDir::new().expect("directory");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("file");
    let check = |location: &str, expected: &str| {
        let error = Archive::open(location).err().expect(location);
        let message = error.to_string();
        assert!(message.starts_with(&format!("failed to open archive {location}: ")));
        assert!(message.contains(expected), "{message}");
    };
    check(file.to_str().expect("path"), "File exists");
    check("ftp://bucket/x", "no archive can be at `ftp://`");
}

fn read_again(directory: &TempDir) -> Result<Vec<(Offset, Vec<u8>)>, ArchiveError> {
    let (sender, arrivals) = crossbeam_channel::unbounded();
    let outlet = crate::io::intake::Outlet::new(sender, std::sync::Arc::default());
    ArchiveReader::open(directory.path().to_str().expect("path"))?.read_all(&outlet)?;
    let records = arrivals.try_iter().flat_map(|arrival| match arrival {
        crate::io::intake::Arrival::Batch(batch) => batch.records,
        _ => Vec::new(),
    });
    Ok(records.map(|record| (record.offset, record.raw)).collect())
}

#[test]
fn a_reader_gets_what_commits_name_and_nothing_that_was_changed() {
    let directory = TempDir::new().expect("directory");
    let nothing = read_again(&directory).expect_err("no archive");
    assert!(
        nothing.to_string().contains("it holds no commits"),
        "{nothing}"
    );
    assert!(files(directory.path()).is_empty(), "reading made something");

    let (mut archive, stream) = (open(&directory), stream("identity.okta"));
    for start in [0, 3] {
        let offsets = [start, start + 1, start + 2];
        archive
            .append(&segment(&stream, start, &offsets, "{}"), NOW)
            .expect("append");
    }
    archive.heartbeat(&stream, NOW).expect("heartbeat");
    let segments = || {
        let all = files(&directory.path().join("events")).into_iter();
        all.filter(|path| !path.ends_with("seg-orphan.parquet"))
    };
    let first = segments().next().expect("a segment");
    fs::write(first.with_file_name("seg-orphan.parquet"), "half a file").expect("orphan");
    let expected: Vec<_> = (0..6).map(|offset| (offset, b"{}".to_vec())).collect();
    assert_eq!(read_again(&directory).expect("read"), expected);

    let mut bytes = fs::read(&first).expect("segment");
    bytes.push(0);
    fs::write(&first, bytes).expect("changed");
    let changed = read_again(&directory).expect_err("changed").to_string();
    assert!(
        changed.contains("not the file that its commit names"),
        "{changed}"
    );
}

#[test]
fn of_a_day_the_first_snapshot_stands_and_the_next_day_follows_in_the_chain() {
    let directory = TempDir::new().expect("directory");
    let mut archive = open(&directory);
    let snapshot = |at: Timestamp, bytes: &'static str| AccessSnapshot {
        as_of: at,
        parquet: bytes::Bytes::from(bytes),
        rows: 7,
    };
    assert_eq!(archive.last_snapshot(Dataset::Access).expect("none"), None);
    let orphan = directory.path().join("access/day=2026-03-01");
    fs::create_dir_all(&orphan).expect("directory");
    fs::write(orphan.join("access.parquet"), "half a file").expect("orphan");
    let day = crate::model::time::Span::days(1);
    let first = archive.snapshot(&snapshot(NOW, "a"), NOW).expect("first");
    let again = archive.snapshot(&snapshot(NOW, "b"), NOW).expect("again");
    assert!(first.is_some() && again.is_none());
    let mut restarted = open(&directory);
    let same = restarted.snapshot(&snapshot(NOW, "c"), NOW + day);
    assert_eq!(same.expect("the same day"), None);
    let next = restarted.snapshot(&snapshot(NOW + day, "d"), NOW + day);
    assert_eq!(next.expect("next").map(|commit| commit.number), Some(1));
    let newest = restarted.last_snapshot(Dataset::Access);
    assert_eq!(newest.expect("newest"), Some(NOW + day));
    // People have a chain and days of their own.
    let people = PeopleSnapshot {
        as_of: NOW,
        parquet: bytes::Bytes::from("p"),
        rows: 3,
    };
    let first = restarted.people(&people, NOW + day).expect("people");
    assert_eq!(first.map(|commit| commit.number), Some(0));
    assert_eq!(restarted.people(&people, NOW + day).expect("again"), None);
    let stream = stream("tenure:access");
    assert_eq!(verify(&directory, &stream), Ok((0, 0)));
    let names: Vec<_> = files(&directory.path().join("access"))
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let expected = [
        "access-attempt1.parquet",
        "access.parquet",
        "access.parquet",
    ];
    assert_eq!(names, expected);
    // A snapshot is no record: whoever reads records finds none.
    assert_eq!(read_again(&directory).expect("read"), []);
}
