use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::*;
use crate::evidence::note::tests::TestSigner;
use crate::evidence::note::{SignError, Signer, VerifierKey};
use crate::evidence::segment::SegmentBuilder;
use crate::io::archive::{AccessSnapshot, Archive};
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::record::{Offset, Record, Reject, RejectReason, Stream};
use crate::model::time::Span;

const NAME: &str = "corp.example/tenure";
const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);

fn signer(seed: u8) -> Box<TestSigner> {
    Box::new(TestSigner::new(NAME, seed))
}

fn stream(topic: &str, partition: i32) -> Stream {
    Stream {
        topic: topic.into(),
        partition,
    }
}

/// Offsets from `start` on; the odd ones are rejects.
fn append(archive: &mut Archive, stream: &Stream, offsets: &[Offset]) {
    let start = archive.end(stream).expect("end");
    let mut builder = SegmentBuilder::new(stream.clone(), SourceName::new("okta"), start);
    for offset in offsets {
        let normalized = Normalized {
            reject: (offset % 2 == 1).then(|| Reject::new(RejectReason::NoTime, "why")),
            ..Normalized::new(EventUid([0; 16]))
        };
        let record = Record {
            offset: *offset,
            received_at: None,
            raw: format!("{{\"n\":{offset}}}").into_bytes(),
            broken: None,
        };
        builder.push(record, &normalized);
    }
    let segment = builder.finish().expect("segment");
    archive.append(&segment, NOW).expect("append");
}

fn open(directory: &Path, seed: u8) -> Archive {
    Archive::signed(directory.to_str().expect("path"), signer(seed)).expect("archive")
}

/// Two streams of records, one of snapshots, a heartbeat, a gap, and two keys.
pub(super) fn archive() -> TempDir {
    let directory = TempDir::new().expect("directory");
    let mut archive = open(directory.path(), 1);
    let (okta, github) = (stream("okta/a.ndjson", 0), stream("identity.github", 3));
    append(&mut archive, &okta, &[0, 1]);
    append(&mut archive, &github, &[7, 8, 11]);
    append(&mut archive, &okta, &[2]);
    archive
        .heartbeat(&okta, NOW + Span::days(1))
        .expect("heartbeat");
    let snapshot = AccessSnapshot {
        as_of: NOW,
        parquet: bytes::Bytes::from("a table"),
        rows: 1,
    };
    archive.snapshot(&snapshot, NOW).expect("snapshot");
    drop(archive);
    let location = directory.path().to_str().expect("path");
    Archive::rotate(location, signer(1), &*signer(2), NOW).expect("rotated");
    append(&mut open(directory.path(), 2), &okta, &[3]);
    directory
}

fn settings(seed: u8) -> VerifySettings {
    VerifySettings {
        keys: vec![PublicKey::Named(signer(seed).verifier().clone())],
        authorities: None,
        threads: 1,
        ..VerifySettings::default()
    }
}

fn verified(directory: &Path, settings: &VerifySettings) -> Report {
    verify(directory.to_str().expect("path"), settings, &|_| ()).expect("a report")
}

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

/// What is told of the archive after something was done to it, which is undone again.
fn after(directory: &TempDir, deed: impl FnOnce(&Path)) -> Report {
    let before: BTreeMap<PathBuf, Vec<u8>> = files(directory.path())
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).expect("read")))
        .collect();
    deed(directory.path());
    let report = verified(directory.path(), &settings(2));
    for path in files(directory.path()) {
        fs::remove_file(path).expect("remove");
    }
    for (path, bytes) in before {
        fs::create_dir_all(path.parent().expect("parent")).expect("directory");
        fs::write(path, bytes).expect("restored");
    }
    report
}

fn told(report: &Report) -> Vec<String> {
    let problems = report.problems.iter();
    problems
        .map(|problem| format!("{}: {}", problem.path, problem.what))
        .collect()
}

#[test]
fn an_untouched_archive_is_intact_and_complete_for_whoever_pinned_either_key() {
    let directory = archive();
    for seed in [1, 2] {
        let report = verified(directory.path(), &settings(seed));
        assert_eq!(told(&report), [""; 0]);
        assert_eq!(report.verdict(), Verdict::Holds);
        let by = report.checkpoint.expect("a checkpoint").by;
        assert_eq!(by, [signer(2).verifier().to_string()], "{seed}");
        let counted = &report.counted;
        assert_eq!(
            (counted.chains, counted.commits, counted.heartbeats),
            (4, 8, 1)
        );
        assert_eq!((counted.records, counted.rejects), (7, 4));
        assert_eq!((counted.missing_offsets, counted.unsigned), (9, 0));
        assert_eq!(report.newest, Some(NOW + Span::days(1)));
        assert_eq!(report.foreign, [""; 0]);
    }
    let unpinned = verified(directory.path(), &VerifySettings::default());
    assert_eq!(unpinned.verdict(), Verdict::Unknown);
    let another = verified(directory.path(), &settings(3));
    assert_eq!(another.integrity, Verdict::Broken);
    assert!(
        told(&another)[0].contains("which is not the pinned key"),
        "{another:?}"
    );
}

/// One segment, which is what most bytes are of, and one of everything else.
fn small() -> TempDir {
    let directory = TempDir::new().expect("directory");
    let mut archive = open(directory.path(), 1);
    append(&mut archive, &stream("okta/a.ndjson", 0), &[0, 1, 3]);
    let snapshot = AccessSnapshot {
        as_of: NOW,
        parquet: bytes::Bytes::from("a table"),
        rows: 1,
    };
    archive.snapshot(&snapshot, NOW).expect("snapshot");
    drop(archive);
    let location = directory.path().to_str().expect("path");
    Archive::rotate(location, signer(1), &*signer(2), NOW).expect("rotated");
    open(directory.path(), 2)
        .heartbeat(&stream("okta/a.ndjson", 0), NOW)
        .expect("heartbeat");
    directory
}

/// Flips a bit of each byte in turn of each file that is chosen, in memory.
fn flip(chosen: impl Fn(&str) -> bool) {
    let directory = small();
    let (store, settings) = (Store::in_memory(), settings(2));
    let mut objects = BTreeMap::new();
    for path in files(directory.path()) {
        let name = path.strip_prefix(directory.path()).expect("below");
        let name = name.to_str().expect("name").to_owned();
        let bytes = fs::read(&path).expect("read");
        store.replace("file", &name, bytes.clone()).expect("put");
        objects.insert(name, bytes);
    }
    let verdict = || {
        let report = verify_in(&store, &settings, &|_| ()).expect("read");
        report.expect("a report").integrity
    };
    assert_eq!(verdict(), Verdict::Holds);
    let mut flipped = 0;
    for (name, bytes) in objects.iter().filter(|(name, _)| chosen(name)) {
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << (place % 8);
            store.replace("file", name, changed).expect("put");
            assert_eq!(verdict(), Verdict::Broken, "byte {place} of {name}");
            flipped += 1;
        }
        store.replace("file", name, bytes.clone()).expect("put");
    }
    assert_eq!(verdict(), Verdict::Holds);
    assert!(flipped > 1_000, "{flipped}");
}

#[test]
fn a_flip_of_any_byte_of_a_segment_is_found() {
    flip(|name| name.starts_with("events/"));
}

#[test]
fn a_flip_of_any_byte_of_a_page_is_found() {
    flip(|name| !name.contains('/'));
}

#[test]
fn a_flip_of_any_byte_of_log_commits_keys_and_snapshots_is_found() {
    flip(|name| name.contains('/') && !name.starts_with("events/"));
}

#[test]
fn a_file_that_is_missing_is_missed_whichever_it_is() {
    let directory = archive();
    for path in files(directory.path()) {
        let report = after(&directory, |_| fs::remove_file(&path).expect("dropped"));
        let name = path.strip_prefix(directory.path()).expect("below");
        let name = name.to_str().expect("name");
        assert_eq!(report.completeness, Verdict::Broken, "{name}: {report:?}");
        // A rotation is missed by the key that nothing else is signed with.
        let told = told(&report);
        let named = told.iter().any(|told| told.starts_with(name));
        assert!(
            named || name.starts_with("keys/rotation-"),
            "{name}: {told:?}"
        );
    }
}

#[test]
fn two_commits_that_changed_places_are_both_found() {
    let directory = archive();
    let commits = files(&directory.path().join("commits"));
    for (number, one) in commits.iter().enumerate() {
        for other in commits.iter().skip(number + 1) {
            let report = after(&directory, |_| swap(one, other));
            assert_eq!(report.integrity, Verdict::Broken);
            assert!(report.problems.len() >= 2, "{report:?}");
        }
    }
}

fn swap(one: &Path, other: &Path) {
    let bytes = fs::read(one).expect("read");
    fs::copy(other, one).expect("copied");
    fs::write(other, bytes).expect("written");
}

#[test]
fn records_that_changed_places_are_found_in_both_files() {
    let directory = archive();
    let segments = files(&directory.path().join("events"));
    let report = after(&directory, |_| swap(&segments[0], &segments[1]));
    // Each is not what was written, and lacks what was.
    for about in [About::Integrity, About::Completeness] {
        let problems = report.problems.iter().filter(|it| it.about == about);
        let offsets: Vec<_> = problems.filter_map(|problem| problem.offsets).collect();
        assert_eq!(offsets.len(), 2, "{report:?}");
    }
}

#[test]
fn a_kept_checkpoint_that_is_none_proves_nothing_and_accuses_nobody() {
    let directory = archive();
    let kept = Some(b"a list of things to do\n".to_vec());
    let with_other = VerifySettings {
        kept,
        ..settings(2)
    };
    let report = verified(directory.path(), &with_other);
    assert_eq!(report.verdict(), Verdict::Unknown, "{report:?}");
    assert!(told(&report)[0].contains("the kept checkpoint "));
}

/// A tail that is cut with its log needs an older checkpoint, which was signed once.
#[test]
fn a_tail_that_was_cut_shows_by_the_log_and_one_cut_with_its_log_by_what_was_kept() {
    let directory = archive();
    let last = directory
        .path()
        .join("commits/okta_2Fa.ndjson/0/000000000003.json");
    let report = after(&directory, |_| fs::remove_file(&last).expect("cut"));
    assert_eq!(report.completeness, Verdict::Broken);

    let copy = TempDir::new().expect("directory");
    copy_all(directory.path(), copy.path());
    append(
        &mut open(copy.path(), 2),
        &stream("okta/a.ndjson", 0),
        &[4, 5],
    );
    let kept = fs::read(copy.path().join("log/checkpoint")).expect("checkpoint");
    let keeping = VerifySettings {
        kept: Some(kept),
        ..settings(2)
    };
    let whole = verified(copy.path(), &keeping);
    assert_eq!(whole.verdict(), Verdict::Holds, "{whole:?}");
    let cut = verified(directory.path(), &keeping);
    assert_eq!(cut.completeness, Verdict::Broken);
    assert!(told(&cut)[0].contains("its tail was cut off"), "{cut:?}");
    let late = VerifySettings {
        not_before: Some(NOW + Span::days(2)),
        ..settings(2)
    };
    assert_eq!(
        verified(directory.path(), &late).completeness,
        Verdict::Broken
    );
}

fn copy_all(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("parent")).expect("directory");
        fs::copy(path, target).expect("copied");
    }
}

#[test]
fn what_a_kept_checkpoint_covers_is_not_read_again_but_must_be_there() {
    let directory = archive();
    let kept = fs::read(directory.path().join("log/checkpoint")).expect("checkpoint");
    append(
        &mut open(directory.path(), 2),
        &stream("okta/a.ndjson", 0),
        &[4],
    );
    let keeping = VerifySettings {
        kept: Some(kept),
        ..settings(1)
    };
    let report = verified(directory.path(), &keeping);
    assert_eq!(
        (report.verdict(), report.counted.verified_before),
        (Verdict::Holds, 8)
    );
    let segment = &files(&directory.path().join("events"))[0];
    let bytes = fs::read(segment).expect("segment");
    fs::write(segment, "changed").expect("written");
    assert_eq!(
        verified(directory.path(), &keeping).verdict(),
        Verdict::Holds
    );
    assert_eq!(
        verified(directory.path(), &settings(1)).integrity,
        Verdict::Broken
    );
    fs::remove_file(segment).expect("removed");
    assert_eq!(
        verified(directory.path(), &keeping).completeness,
        Verdict::Broken
    );
    fs::write(segment, bytes).expect("restored");

    // The same log, begun again with another history.
    let forged = TempDir::new().expect("directory");
    let mut archive = open(forged.path(), 2);
    (0..9).for_each(|offset| append(&mut archive, &stream("a/b", 0), &[offset]));
    let pinned = VerifySettings {
        keys: settings(2).keys,
        ..keeping
    };
    let report = verified(forged.path(), &pinned);
    assert!(
        told(&report)
            .iter()
            .any(|told| told.contains("history was rewritten")),
        "{report:?}"
    );
}

#[test]
fn a_commit_forged_by_another_key_or_by_none_is_found() {
    let directory = archive();
    let okta = stream("okta/a.ndjson", 0);
    let unsigned = after(&directory, |path| {
        let mut archive = Archive::open(path.to_str().expect("path")).expect("archive");
        append(&mut archive, &okta, &[4]);
    });
    assert_eq!(
        (unsigned.verdict(), unsigned.counted.unsigned),
        (Verdict::Unknown, 1)
    );
    let forged = after(&directory, |path| {
        fs::remove_dir_all(path.join("log")).expect("removed");
        append(&mut open(path, 3), &okta, &[4]);
    });
    assert_eq!(forged.integrity, Verdict::Broken);
    // Another key is not let in by the writer either.
    let refused = Archive::signed(directory.path().to_str().expect("path"), signer(3));
    let refused = refused.err().expect("refused").to_string();
    assert!(refused.contains("tenure keys rotate"), "{refused}");
}

#[test]
fn an_archive_without_a_log_is_not_called_complete_and_gets_one_when_it_is_opened() {
    let directory = TempDir::new().expect("directory");
    let location = directory.path().to_str().expect("path");
    let okta = stream("okta/a.ndjson", 0);
    append(
        &mut Archive::open(location).expect("archive"),
        &okta,
        &[0, 1],
    );
    append(&mut Archive::open(location).expect("archive"), &okta, &[2]);
    let before = verified(directory.path(), &settings(1));
    assert_eq!(before.completeness, Verdict::Broken);
    assert!(
        told(&before)[0].contains("there is no signed checkpoint"),
        "{before:?}"
    );
    drop(open(directory.path(), 1));
    assert_eq!(told(&verified(directory.path(), &settings(1))), [""; 0]);
    append(&mut open(directory.path(), 1), &okta, &[3]);
    let after = verified(directory.path(), &settings(1));
    assert_eq!(
        (after.verdict(), after.counted.commits),
        (Verdict::Holds, 4)
    );
}

/// A key that is elsewhere, and does not answer for a while.
struct Remote {
    key: Box<TestSigner>,
    down: Arc<AtomicBool>,
}

impl Signer for Remote {
    fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], SignError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(SignError {
                key: self.verifier().name().to_owned(),
                reason: "no answer".to_owned(),
            });
        }
        self.key.sign(text)
    }
}

#[test]
fn a_signer_that_does_not_answer_holds_up_no_commit_and_signs_them_all_later() {
    let directory = TempDir::new().expect("directory");
    let down = Arc::new(AtomicBool::new(false));
    let remote = Box::new(Remote {
        key: signer(1),
        down: down.clone(),
    });
    let location = directory.path().to_str().expect("path");
    let mut archive = Archive::signed(location, remote).expect("archive");
    let okta = stream("okta/a.ndjson", 0);
    append(&mut archive, &okta, &[0]);
    down.store(true, Ordering::Relaxed);
    append(&mut archive, &okta, &[1]);
    append(&mut archive, &okta, &[2]);
    let refused = archive.publish().expect_err("refused").to_string();
    assert!(refused.contains("did not sign: no answer"), "{refused}");
    let report = verified(directory.path(), &settings(1));
    assert_eq!(
        (report.verdict(), report.counted.unsigned),
        (Verdict::Unknown, 2)
    );
    down.store(false, Ordering::Relaxed);
    archive.publish().expect("signed");
    let report = verified(directory.path(), &settings(1));
    assert_eq!(
        (report.verdict(), report.counted.records),
        (Verdict::Holds, 3)
    );
}

/// More than one tile, two writers in turn, and a crash at each step of a commit.
#[test]
fn a_log_goes_on_over_full_tiles_other_writers_and_crashes() {
    let directory = TempDir::new().expect("directory");
    let streams = [stream("a/b", 0), stream("c", 1)];
    let mut writers = [open(directory.path(), 1), open(directory.path(), 1)];
    for round in 0..140 {
        for (writer, stream) in writers.iter_mut().zip(&streams) {
            if round == 70 {
                *writer = open(directory.path(), 1);
            }
            writer.heartbeat(stream, NOW).expect("heartbeat");
        }
    }
    let whole = verified(directory.path(), &settings(1));
    assert_eq!(told(&whole), [""; 0]);
    assert_eq!(whole.counted.commits, 281);
    drop(writers);
    let log = directory.path().join("log");
    assert!(
        !log.join("tile/entries/000.p").join("3").exists(),
        "partial tiles go"
    );
    for lost in ["checkpoint", "tile/0/001.p/25", "tile/entries/001.p/25"] {
        // What a crash before this step would have left: the checkpoint of the entry before.
        fs::remove_file(log.join("checkpoint")).expect("lost");
        let path = log.join(lost);
        if path.exists() {
            fs::remove_file(path).expect("lost");
        }
        drop(open(directory.path(), 1));
        assert_eq!(
            told(&verified(directory.path(), &settings(1))),
            [""; 0],
            "{lost}"
        );
    }
}

#[test]
fn a_file_of_nobody_is_named_and_no_part_of_the_archive() {
    let directory = archive();
    let report = after(&directory, |path| {
        fs::write(path.join("events/orphan.parquet"), "half a file").expect("orphan");
    });
    assert_eq!(report.verdict(), Verdict::Holds);
    assert_eq!(report.foreign, ["events/orphan.parquet"]);
}
