use std::sync::atomic::AtomicI64;

use crossbeam_channel::unbounded;
use tempfile::TempDir;

use super::*;
use crate::evidence::note::tests::TestSigner;
use crate::evidence::note::{SignError, Signer, VerifierKey};
use crate::io::archive::Archive;
use crate::io::archive::verify::{Verdict, VerifySettings, verify};
use crate::io::keys::PublicKey;
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::record::{Record, Stream};
use crate::service::archiver::SegmentLimits;
use crate::telemetry::Metrics;

const BEGIN_SECONDS: i64 = 1_772_330_400;

/// A key that is elsewhere, and answers while it is up.
struct Remote {
    key: TestSigner,
    up: Arc<AtomicBool>,
}

impl Signer for Remote {
    fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], SignError> {
        if self.up.load(Ordering::Relaxed) {
            return self.key.sign(text);
        }
        Err(SignError {
            key: self.verifier().name().to_owned(),
            reason: "no answer".to_owned(),
        })
    }
}

fn stream() -> Stream {
    Stream {
        topic: "okta/a.ndjson".into(),
        partition: 0,
    }
}

fn record(offset: i64) -> ForArchive {
    ForArchive::Records {
        stream: stream(),
        source: SourceName::new("okta"),
        records: vec![Record {
            offset,
            received_at: None,
            raw: b"{}".to_vec(),
            broken: None,
        }],
        normalized: vec![Normalized::new(EventUid([0; 16]))],
    }
}

/// Runs a lane over a directory to its end, records `from` to `to`, each a commit and a second.
fn run(directory: &TempDir, up: &Arc<AtomicBool>, (from, to): (i64, i64)) -> (Progress, Metrics) {
    let location = directory.path().to_str().expect("path");
    let remote = Box::new(Remote {
        key: TestSigner::new("corp.example/tenure", 1),
        up: up.clone(),
    });
    let archive = Archive::signed(location, remote).expect("archive");
    let metrics = Metrics::new(["okta"]);
    let limits = SegmentLimits {
        bytes: 1,
        age: Span::DAY,
    };
    let seconds = AtomicI64::new(BEGIN_SECONDS);
    let progress = Progress::default();
    let lane = ArchiveLane {
        archiver: Archiver::new(archive.sign_each(u64::MAX), limits, metrics.clone()),
        settings: None,
        heartbeat: Span::DAY,
        clock: Arc::new(move || Timestamp::from_seconds(seconds.fetch_add(1, Ordering::Relaxed))),
        progress: progress.clone(),
        status: Status::default(),
        stop: Arc::new(AtomicBool::new(false)),
        unsigned: Unsigned::default(),
    };
    // The same row each time: the archive has it once.
    let asked = ("/api/findings".into(), "ok".into());
    lane.status
        .reads()
        .note(Timestamp::from_seconds(BEGIN_SECONDS), None, asked);
    let (to_lane, work) = unbounded();
    for offset in from..to {
        to_lane.send(record(offset)).expect("sent");
    }
    drop(to_lane);
    lane.run(&work).expect("the lane ends well");
    (progress, metrics)
}

fn verdict(directory: &TempDir) -> (Verdict, u64, u64) {
    let key = TestSigner::new("corp.example/tenure", 1);
    let settings = VerifySettings {
        keys: vec![PublicKey::Named(key.verifier().clone())],
        threads: 1,
        ..VerifySettings::default()
    };
    let location = directory.path().to_str().expect("path");
    let report = verify(location, &settings, &|_| {}).expect("report");
    (
        report.verdict(),
        report.counted.records,
        report.counted.unsigned,
    )
}

/// A signer that is down once held up the lane for ever: publishing was asked again like a store.
#[test]
fn a_signer_that_is_down_holds_up_no_record_and_signs_them_all_later() {
    let directory = TempDir::new().expect("directory");
    let up = Arc::new(AtomicBool::new(true));
    run(&directory, &up, (0, 2));
    assert_eq!(verdict(&directory), (Verdict::Holds, 2, 0));
    up.store(false, Ordering::Relaxed);
    for (from, to, unsigned) in [(2, 5, 3), (5, 6, 4)] {
        let (progress, metrics) = run(&directory, &up, (from, to));
        assert_eq!(progress.of(&stream()).archive, Some(to));
        assert_eq!(metrics.plain().archive_unsigned.get(), unsigned);
        let found = verdict(&directory);
        assert_eq!(
            (found.0, found.2),
            (Verdict::Unknown, unsigned.unsigned_abs())
        );
    }
    up.store(true, Ordering::Relaxed);
    let (progress, metrics) = run(&directory, &up, (6, 7));
    assert_eq!(progress.of(&stream()).archive, Some(7));
    assert_eq!(metrics.plain().archive_unsigned.get(), 0);
    assert_eq!(verdict(&directory), (Verdict::Holds, 7, 0));
}
