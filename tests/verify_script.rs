//! The script in each archive, run as an auditor would: with `sh`, `sha256sum` and `openssl` alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use tenure::evidence::note::Signer;
use tenure::evidence::segment::SegmentBuilder;
use tenure::io::archive::Archive;
use tenure::io::archive::prove::{Wanted, prove};
use tenure::io::keys::LocalKey;
use tenure::model::event::Normalized;
use tenure::model::id::{EventUid, SourceName};
use tenure::model::record::{Offset, Record, Stream};
use tenure::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);
const NAME: &str = "corp.example/tenure";

struct Place {
    directory: TempDir,
}

impl Place {
    /// Two streams, several segments, heartbeats enough that a tile is full.
    fn new() -> Self {
        let place = Place {
            directory: TempDir::new().expect("directory"),
        };
        let key = LocalKey::generate(Some(NAME)).expect("key");
        fs::write(place.key(), key.verifier().to_pem()).expect("written");
        fs::write(place.path("signing.key"), key.to_text(None).expect("text")).expect("written");
        let mut archive = place.archive();
        let (okta, github) = (
            stream("okta/\"path\":\"a.ndjson", 0),
            stream("identity.github", 3),
        );
        append(&mut archive, &okta, &[0, 1, 2, 3, 4]);
        append(&mut archive, &github, &[7, 8, 11]);
        append(&mut archive, &okta, &[5]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn key(&self) -> PathBuf {
        self.path("key.pem")
    }

    fn archive(&self) -> Archive {
        let key = LocalKey::read(&self.path("signing.key"), None).expect("key");
        let location = self.path("archive");
        Archive::signed(location.to_str().expect("path"), Box::new(key)).expect("archive")
    }

    /// The script of the archive over the archive.
    fn verify(&self) -> (i32, String) {
        let script = self.path("archive/verify.sh");
        run(&script, &[&self.key(), &self.path("archive")])
    }

    fn prove(&self, name: &str, offset: Offset) -> PathBuf {
        let wanted = Wanted::Record {
            stream: stream("okta/\"path\":\"a.ndjson", 0),
            offset,
        };
        let archive = self.path("archive");
        let proof = prove(archive.to_str().expect("path"), &wanted).expect("proved");
        let out = self.path(name);
        fs::create_dir(&out).expect("directory");
        for (name, bytes) in proof.files {
            fs::write(out.join(name), bytes).expect("written");
        }
        out
    }
}

fn stream(topic: &str, partition: i32) -> Stream {
    Stream {
        topic: topic.into(),
        partition,
    }
}

fn append(archive: &mut Archive, stream: &Stream, offsets: &[Offset]) {
    let start = archive.end(stream).expect("end");
    let mut builder = SegmentBuilder::new(stream.clone(), SourceName::new("okta"), start);
    let normalized = Normalized::new(EventUid([0; 16]));
    for offset in offsets {
        let record = Record {
            offset: *offset,
            received_at: None,
            raw: format!("{{\"record\":{offset}}}").into_bytes(),
            broken: None,
        };
        builder.push(record, &normalized);
    }
    archive
        .append(&builder.finish().expect("segment"), NOW)
        .expect("append");
}

/// Runs the script: the key, and what to verify, with its option if it is a proof.
fn run(script: &Path, [key, what]: &[&Path; 2]) -> (i32, String) {
    let mut command = Command::new("sh");
    command.arg(script).arg("--key").arg(key);
    if what.join("proof.json").exists() {
        command.arg("--proof");
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.arg(what).output().expect("sh runs");
    let told = [stdout, stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    (status.code().expect("an end"), told)
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

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).expect("read");
    *bytes.get_mut(place).expect("a byte") ^= 1;
    fs::write(path, bytes).expect("written");
}

#[test]
fn an_untouched_archive_passes_and_one_changed_anywhere_that_counts_does_not() {
    let place = Place::new();
    let (code, told) = place.verify();
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("intact and complete"), "{told}");
    let archive = place.path("archive");
    let copy = place.path("verify.sh");
    fs::copy(archive.join("verify.sh"), &copy).expect("a copy that is trusted");
    // Of tiles that are not full, a reader needs the widest; the others only must not be wrong.
    let narrow = |path: &Path| {
        let directory = path.parent().and_then(Path::extension);
        directory.is_some_and(|it| it == "p") && !path.ends_with("000.p/4")
    };
    for path in files(&archive) {
        let bytes = fs::read(&path).expect("read");
        for place_ in [0, bytes.len() / 2, bytes.len() - 2] {
            flip(&path, place_);
            let (code, told) = run(&copy, &[&place.key(), &archive]);
            assert_eq!(code, 1, "byte {place_} of {}: {told}", path.display());
            fs::write(&path, &bytes).expect("restored");
        }
        fs::remove_file(&path).expect("dropped");
        let (code, told) = run(&copy, &[&place.key(), &archive]);
        let expected = i32::from(!narrow(&path));
        assert_eq!(code, expected, "without {}: {told}", path.display());
        fs::write(&path, &bytes).expect("restored");
    }
    assert_eq!(place.verify().0, 0);
}

#[test]
fn another_key_and_a_commit_that_nobody_signed_are_told() {
    let place = Place::new();
    let other = LocalKey::generate(Some(NAME)).expect("key");
    let pem = place.path("other.pem");
    fs::write(&pem, other.verifier().to_pem()).expect("written");
    let script = place.path("archive/verify.sh");
    let (code, told) = run(&script, &[&pem, &place.path("archive")]);
    assert_eq!(code, 1);
    assert!(told.contains("is not signed by"), "{told}");
    let location = place.path("archive");
    let mut unsigned = Archive::open(location.to_str().expect("path")).expect("archive");
    append(&mut unsigned, &stream("identity.github", 3), &[12]);
    let (code, told) = place.verify();
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("000000000001.json"), "{told}");
    drop(place.archive());
    assert_eq!(place.verify().0, 0, "signed when it is opened again");
}

#[test]
fn a_log_of_more_than_one_tile_is_read() {
    let place = Place::new();
    let mut archive = place.archive();
    for _ in 0..260 {
        archive
            .heartbeat(&stream("identity.github", 3), NOW)
            .expect("heartbeat");
    }
    let (code, told) = place.verify();
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("checkpoint: 264 commits"), "{told}");
    let root = place.path("archive/log/tile/1/000.p/1");
    flip(&root, 20);
    let (code, told) = place.verify();
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("log/tile/1/000.p/1"), "{told}");
}

/// Runs the script of the archive with a kept checkpoint.
fn since(place: &Place, kept: &Path) -> (i32, String) {
    let output = Command::new("sh")
        .arg(place.path("archive/verify.sh"))
        .arg("--key")
        .arg(place.key())
        .arg("--since")
        .args([kept, &place.path("archive")])
        .output()
        .expect("sh runs");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    (output.status.code().expect("an end"), told)
}

#[test]
fn a_kept_checkpoint_is_continued_or_the_script_says_that_it_is_not() {
    let place = Place::new();
    let checkpoint = place.path("archive/log/checkpoint");
    let kept = place.path("kept");
    fs::copy(&checkpoint, &kept).expect("kept");
    append(&mut place.archive(), &stream("identity.github", 3), &[12]);
    let (code, told) = since(&place, &kept);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("continues: the kept checkpoint of 4 commits"),
        "{told}"
    );
    // An archive that was begun anew with the same key is as long, and another.
    let other = Place::new();
    fs::copy(place.path("signing.key"), other.path("signing.key")).expect("key");
    fs::copy(place.key(), other.key()).expect("key");
    fs::remove_dir_all(other.path("archive")).expect("removed");
    for offset in 0..6 {
        append(&mut other.archive(), &stream("identity.okta", 0), &[offset]);
    }
    assert_eq!(other.verify().0, 0);
    let (code, told) = since(&other, &kept);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("the first 4 commits are not those of"),
        "{told}"
    );
    let newer = place.path("newer");
    fs::copy(&checkpoint, &newer).expect("kept");
    fs::copy(&kept, &checkpoint).expect("rolled back");
    let (code, told) = since(&place, &newer);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("its tail was cut off"), "{told}");
}

#[test]
fn who_pinned_the_old_key_is_led_to_the_new_one_and_to_no_other() {
    let place = Place::new();
    let archive = place.path("archive");
    let location = archive.to_str().expect("path");
    let old = LocalKey::read(&place.path("signing.key"), None).expect("key");
    let new = LocalKey::generate(Some(NAME)).expect("key");
    Archive::rotate(location, Box::new(old), &new, NOW).expect("rotated");
    let text = new.to_text(None).expect("text");
    fs::write(place.path("signing.key"), &*text).expect("written");
    append(&mut place.archive(), &stream("identity.github", 3), &[12]);
    let (code, told) = place.verify();
    assert_eq!(code, 0, "by the old key: {told}");
    let proof = place.prove("proof", 4);
    let (code, told) = run(&proof.join("verify.sh"), &[&place.key(), &proof]);
    assert_eq!(code, 0, "a proof, by the old key: {told}");
    let pem = place.path("new.pem");
    fs::write(&pem, new.verifier().to_pem()).expect("written");
    let script = archive.join("verify.sh");
    let (code, told) = run(&script, &[&pem, &archive]);
    assert_eq!(code, 0, "by the new key: {told}");
    // Somebody's own key beside the others, with a note that only it has signed.
    let forger = LocalKey::generate(Some(NAME)).expect("key");
    let forged = place.path("forger.pem");
    fs::write(&forged, forger.verifier().to_pem()).expect("written");
    let (code, told) = run(&script, &[&forged, &archive]);
    assert_eq!(code, 1, "{told}");
    let rotation = files(&archive.join("keys"));
    let rotation = rotation
        .iter()
        .find(|path| path.ends_with("rotation-000000000005.checkpoint"));
    flip(rotation.expect("a rotation"), 60);
    let (code, told) = place.verify();
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("is not signed by"), "{told}");
}

#[test]
fn each_record_is_proved_without_the_archive_and_none_that_was_changed() {
    let place = Place::new();
    for offset in 0..6 {
        let proof = place.prove(&format!("proof-{offset}"), offset);
        let (code, told) = run(&proof.join("verify.sh"), &[&place.key(), &proof]);
        assert_eq!(code, 0, "{told}");
        let expected = format!("a.ndjson, partition 0, offset {offset}");
        assert!(told.contains(&expected), "{told}");
        let record = fs::read_to_string(proof.join("record")).expect("record");
        assert_eq!(record, format!("{{\"record\":{offset}}}"));
    }
    let proof = place.path("proof-3");
    for name in [
        "record",
        "leaf",
        "row.proof",
        "commit.json",
        "entry",
        "log.proof",
        "checkpoint",
    ] {
        let path = proof.join(name);
        let bytes = fs::read(&path).expect("read");
        for place_ in [0, bytes.len() / 2, bytes.len() - 2] {
            flip(&path, place_);
            let (code, told) = run(&proof.join("verify.sh"), &[&place.key(), &proof]);
            assert_ne!(code, 0, "byte {place_} of {name}: {told}");
            fs::write(&path, &bytes).expect("restored");
        }
    }
    let gap = Wanted::Record {
        stream: stream("identity.github", 3),
        offset: 9,
    };
    let archive = place.path("archive");
    let refused = prove(archive.to_str().expect("path"), &gap).expect_err("a gap");
    assert!(refused.to_string().contains("named as a gap"), "{refused}");
}
