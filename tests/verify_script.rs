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
    let normalized = Normalized {
        uid: EventUid([0; 16]),
        events: Vec::new(),
        facts: Vec::new(),
        reject: None,
        unmapped: Vec::new(),
        mistyped: Vec::new(),
        redacted: Vec::new(),
    };
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
    let tiles = |path: &Path| path.starts_with(archive.join("log/tile"));
    // Of the log's tiles the script reads the newest entries; the others are for other readers.
    let read = archive.join("log/tile/entries/000.p/4");
    let counted = files(&archive).into_iter();
    for path in counted.filter(|path| !tiles(path) || *path == read) {
        let bytes = fs::read(&path).expect("read");
        for place_ in [0, bytes.len() / 2, bytes.len() - 2] {
            flip(&path, place_);
            let (code, told) = run(&copy, &[&place.key(), &archive]);
            assert_eq!(code, 1, "byte {place_} of {}: {told}", path.display());
            fs::write(&path, &bytes).expect("restored");
        }
        fs::remove_file(&path).expect("dropped");
        let (code, told) = run(&copy, &[&place.key(), &archive]);
        assert_eq!(code, 1, "without {}: {told}", path.display());
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
