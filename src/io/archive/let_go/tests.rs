use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use super::super::hold::HoldRequest;
use super::super::retain::{RetainSettings, fates, prepare};
use super::super::verify::{Report, Verdict, VerifySettings, verify};
use super::*;
use crate::evidence::hold::HoldScope;
use crate::evidence::note::Signer as _;
use crate::evidence::note::tests::TestSigner;
use crate::evidence::segment::SegmentBuilder;
use crate::evidence::table::{Column, encode};
use crate::io::archive::{AccessSnapshot, live_files};
use crate::io::keys::PublicKey;
use crate::model::event::Normalized;
use crate::model::id::{EventUid, SourceName};
use crate::model::record::{Record, Reject, RejectReason, Stream};
use crate::model::retention::{FilePlace, Retention};
use crate::model::time::Span;

const DAY_0: Timestamp = Timestamp::from_seconds(1_772_330_400);

fn signer() -> Box<TestSigner> {
    Box::new(TestSigner::new("corp.example/tenure", 1))
}

fn day(number: i64) -> Timestamp {
    DAY_0 + Span::days(number)
}

/// Refused records, which a hold by identity looks through as bytes.
fn append(archive: &mut Archive, source: &str, at: i64, raw: &[&str]) {
    let stream = Stream {
        topic: source.into(),
        partition: 0,
    };
    let start = archive.end(&stream).expect("end");
    let mut builder = SegmentBuilder::new(stream, SourceName::new(source), start);
    for (offset, raw) in (start..).zip(raw) {
        let normalized = Normalized {
            reject: Some(Reject::new(RejectReason::NoTime, "why")),
            ..Normalized::new(EventUid([0; 16]))
        };
        let record = Record {
            offset,
            received_at: None,
            raw: raw.as_bytes().to_vec(),
            broken: None,
        };
        builder.push(record, &normalized);
    }
    let segment = builder.finish().expect("segment");
    archive.append(&segment, day(at)).expect("append");
}

fn access(archive: &mut Archive, at: i64) {
    let texts =
        |values: &[&str]| Column::Texts(values.iter().map(|value| Some((*value).into())).collect());
    let parquet = encode(&[
        ("identity", texts(&["E1", "E2"])),
        ("email", texts(&["jane@corp.example", "john@corp.example"])),
        ("account", texts(&["okta:jane-1", "github:john-2"])),
    ]);
    let snapshot = AccessSnapshot {
        as_of: day(at),
        parquet: parquet.expect("table"),
        rows: 2,
    };
    archive.snapshot(&snapshot, day(at)).expect("snapshot");
}

/// Three days: of each source a file a day, of access one.
fn fill(archive: &mut Archive) {
    for at in 0..3 {
        append(
            archive,
            "okta",
            at,
            &["{\"who\":\"jane-1\"}", "{\"who\":\"x\"}"],
        );
        append(archive, "github", at, &["{\"who\":\"john-2\"}"]);
        access(archive, at);
    }
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(TempDir::new().expect("directory"));
        fill(&mut place.open());
        place
    }

    fn location(&self) -> &str {
        self.0.path().to_str().expect("path")
    }

    fn open(&self) -> Archive {
        Archive::signed(self.location(), signer()).expect("archive")
    }

    fn prepared(&self, settings: &RetainSettings) -> Prepared {
        let prepared = prepare(self.location(), settings, &|_| true);
        prepared.expect("looked").expect("to the end")
    }

    fn apply(&self, settings: &RetainSettings) -> LetGo {
        let prepared = self.prepared(settings);
        let mut archive = self.open();
        let mut all = LetGo::default();
        for outcome in [
            archive.finish_letting_go(&prepared).expect("finished"),
            archive
                .let_go(&prepared, &prepared.candidates, day(900))
                .expect("let go"),
        ] {
            match outcome {
                Outcome::Done(went) => all.add(went),
                Outcome::HoldsChanged(_) => panic!("nobody held anything"),
            }
        }
        all
    }

    fn hold(&self, id: &str, scope: Option<HoldScope>) {
        hold(&mut self.open(), id, scope);
    }

    fn verify(&self) -> Report {
        let settings = VerifySettings {
            keys: vec![PublicKey::Named(signer().verifier().clone())],
            threads: 1,
            ..VerifySettings::default()
        };
        verify(self.location(), &settings, &|_| ()).expect("a report")
    }

    fn has(&self, path: &str) -> bool {
        self.0.path().join(path).exists()
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.0.path().join(path)).expect("removed");
    }

    /// Paths of the files of a dataset that are there, by the commits.
    fn present(&self) -> Vec<String> {
        let files = live_files(self.location()).expect("files");
        let live = files.live.into_iter().map(|file| file.file.path);
        let live = live.filter(|path| FilePlace::of(path).is_some());
        live.collect()
    }
}

fn hold(archive: &mut Archive, id: &str, scope: Option<HoldScope>) {
    let request = HoldRequest {
        id: id.to_owned(),
        scope,
        reason: "a case".to_owned(),
        by: "counsel".to_owned(),
    };
    archive.hold(&request, day(800), &|_| true).expect("held");
}

fn settings(datasets: &[(&str, u32)], as_of: i64) -> RetainSettings {
    RetainSettings {
        retention: Retention {
            datasets: datasets
                .iter()
                .map(|(name, days)| ((*name).into(), *days))
                .collect(),
            sources: BTreeMap::new(),
        },
        now: day(as_of),
        by: "a test".to_owned(),
    }
}

fn paths(went: &LetGo) -> Vec<&str> {
    went.deleted.iter().map(|file| file.path.as_str()).collect()
}

fn told(report: &Report) -> Vec<String> {
    let problems = report.problems.iter();
    problems
        .map(|problem| format!("{}: {}", problem.path, problem.what))
        .collect()
}

fn identities(name: &str) -> HoldScope {
    HoldScope::Identities(vec![name.to_owned()])
}

#[test]
fn what_is_over_goes_under_a_tombstone_and_the_archive_verifies() {
    let place = Place::new();
    assert_eq!(place.apply(&settings(&[], 800)), LetGo::default());
    assert_eq!(
        place.apply(&settings(&[("events", 10)], 10)),
        LetGo::default()
    );
    let went = place.apply(&settings(&[("events", 10)], 12));
    assert_eq!(went.tombstones, ["tombstones/000000000000.json"]);
    assert_eq!(went.deleted.len(), 4, "two days of two sources");
    for path in paths(&went) {
        assert!(!place.has(path), "{path}");
    }
    let report = place.verify();
    assert_eq!(told(&report), [""; 0]);
    assert_eq!(report.verdict(), Verdict::Holds);
    let counted = &report.counted;
    assert_eq!((counted.pruned_files, counted.pruned_records), (4, 6));
    assert_eq!((report.pruned.len(), report.notices.len()), (4, 0));
    assert_eq!(counted.records, 9, "commits still count what was there");
    assert_eq!(place.present().len(), 5);
    assert_eq!(
        place.apply(&settings(&[("events", 10)], 12)),
        LetGo::default()
    );

    let lost = place.present().remove(0);
    place.remove(&lost);
    let report = place.verify();
    assert_eq!(report.completeness, Verdict::Broken);
    assert_eq!(
        told(&report),
        [format!("{lost}: the file is missing, with all its records")]
    );
    // What is lost stays lost: no tombstone hides it.
    let went = place.apply(&settings(&[("events", 1), ("access", 1)], 700));
    assert_eq!(went.unsound.len(), 1);
    assert_eq!(went.unsound[0].0.path, lost);
    assert_eq!(place.verify().completeness, Verdict::Broken);
}

#[test]
fn a_changed_file_is_not_let_go_and_so_not_hidden() {
    let place = Place::new();
    let path = place.present().remove(0);
    fs::write(place.0.path().join(&path), "another").expect("written");
    let went = place.apply(&settings(&[("events", 1), ("access", 1)], 700));
    assert_eq!(went.unsound.len(), 1);
    assert!(place.has(&path));
    let report = place.verify();
    assert_eq!(report.integrity, Verdict::Broken);
    assert_eq!(report.counted.pruned_files, 8);
}

#[test]
fn a_crash_after_the_tombstone_is_told_and_the_next_run_finishes() {
    let place = Place::new();
    let all = settings(&[("events", 1), ("access", 1)], 700);
    let prepared = place.prepared(&all);
    let due: Vec<&Candidate> = prepared.candidates.iter().collect();
    let written = place
        .open()
        .commit_tombstone(&prepared, &due, day(900))
        .expect("committed");
    assert!(written.is_some());
    let report = place.verify();
    assert_eq!((report.verdict(), told(&report)), (Verdict::Holds, vec![]));
    assert_eq!(report.notices.len(), 9, "{:?}", report.notices);
    let prepared = place.prepared(&all);
    assert_eq!(
        (prepared.candidates.len(), prepared.unfinished.len()),
        (0, 9)
    );
    // A hold that came after the tombstone keeps what is still there.
    place.hold("late", Some(HoldScope::Sources(vec!["github".to_owned()])));
    let went = place.apply(&all);
    assert_eq!((went.deleted.len(), went.held.len()), (3, 6), "{went:?}");
    assert!(paths(&went).iter().all(|path| path.contains("source=okta")));
    assert_eq!(place.verify().verdict(), Verdict::Holds);
    place.hold("late", None);
    assert_eq!(place.apply(&all).deleted.len(), 6);
    let report = place.verify();
    assert_eq!(
        (report.verdict(), report.notices.len()),
        (Verdict::Holds, 0)
    );
    assert_eq!(report.counted.pruned_files, 9);
}

#[test]
fn a_hold_by_identity_keeps_the_rows_of_all_her_accounts() {
    let place = Place::new();
    place.hold("CASE-17", Some(identities("jane@corp.example")));
    let all = settings(&[("events", 1), ("access", 1)], 700);
    let prepared = place.prepared(&all);
    let fates = fates(place.location(), &prepared, &|_| true).expect("fates");
    let due = prepared.candidates.iter().zip(&fates);
    let due = due.filter(|(_, fate)| **fate == Fate::Due);
    let due: Vec<&str> = due.map(|(one, _)| one.file.file.path.as_str()).collect();
    assert_eq!(due.len(), 3);
    assert!(
        due.iter().all(|path| path.contains("source=github")),
        "{due:?}"
    );
    let went = place.apply(&all);
    assert_eq!(paths(&went), due);
    let okta = went
        .held
        .iter()
        .find(|(file, _)| file.path.contains("source=okta"));
    let (_, by) = okta.expect("a file of okta");
    assert_eq!(
        (by[0].id.as_str(), by[0].reason.as_str()),
        ("CASE-17", "a case")
    );
    assert_eq!(by[0].why, "it has rows of okta:jane-1");
    let report = place.verify();
    assert_eq!((told(&report), report.verdict()), (vec![], Verdict::Holds));
}

#[test]
fn where_not_all_names_can_be_known_a_hold_by_identity_keeps_everything() {
    let place = Place::new();
    place.hold("CASE-17", Some(identities("nobody@corp.example")));
    let lost = "access/day=2026-03-03/access.parquet";
    place.remove(lost);
    let went = place.apply(&settings(&[("events", 1)], 700));
    assert_eq!((went.deleted.len(), went.held.len()), (0, 6));
    assert!(went.held[0].1[0].why.contains(lost), "{:?}", went.held[0]);
}

#[test]
fn a_hold_that_comes_while_files_are_looked_at_is_not_missed() {
    let place = Place::new();
    let all = settings(&[("events", 1), ("access", 1)], 700);
    let prepared = place.prepared(&all);
    let mut archive = place.open();
    place.hold("now", Some(HoldScope::All));
    let outcome = archive.let_go(&prepared, &prepared.candidates, day(900));
    assert_eq!(
        outcome.expect("looked"),
        Outcome::HoldsChanged(LetGo::default())
    );
    assert_eq!(place.present().len(), 9);
    assert_eq!(place.verify().verdict(), Verdict::Holds);
    assert_eq!(place.verify().foreign, [""; 0], "no document is left over");
}

/// Puts a tombstone under the log that nobody who plays by the rules would have written.
fn forge(place: &Place, change: impl FnOnce(&mut Tombstone)) -> Report {
    let all = settings(&[("events", 1), ("access", 1)], 700);
    let prepared = place.prepared(&all);
    let due: Vec<&Candidate> = prepared.candidates.iter().take(1).collect();
    let mut forged = tombstone(&prepared, &due, day(900));
    change(&mut forged);
    let mut archive = place.open();
    let next = Papers::read(&archive.store).expect("papers").next;
    let file = archive
        .write_paper(TOMBSTONES, &|_| forged.to_bytes())
        .expect("written");
    let committed = archive.commit_paper(file, next, day(900));
    assert!(committed.expect("committed").is_some());
    place.remove(&prepared.candidates[0].file.file.path);
    place.verify()
}

#[test]
fn a_tombstone_against_the_rules_is_a_fault_though_it_is_signed() {
    let check = |change: &dyn Fn(&mut Tombstone), expected: &str| {
        let place = Place::new();
        place.hold(
            "CASE-1",
            Some(HoldScope::Sources(vec!["github".to_owned()])),
        );
        place.hold("CASE-2", Some(identities("jane@corp.example")));
        let report = forge(&place, |forged| change(forged));
        assert_eq!(report.integrity, Verdict::Broken, "{expected}");
        let told = told(&report);
        assert!(
            told.iter().any(|one| one.contains(expected)),
            "{expected}: {told:?}"
        );
    };
    check(&|_| {}, "which the hold `CASE-1` kept: it is of github");
    check(
        &|it| it.holds.clear(),
        "the hold `CASE-2` was in force, and it does not say",
    );
    check(
        &|it| it.as_of = day(0),
        "the retention that it states was not over",
    );
    check(&|it| it.as_of = day(901), "after it was written");
    check(
        &|it| it.retention = Retention::default(),
        "the retention that it states was not over",
    );
    check(
        &|it| it.files[0].sha256 = it.files[0].row_root,
        "no commit names that file",
    );
    check(&|it| it.number = 7, "it says that it is number 7");
    check(&|it| it.format = 2, "it has format 2");
}

#[test]
fn a_tombstone_that_the_checkpoint_does_not_cover_explains_nothing() {
    let place = Place::new();
    let all = settings(&[("events", 1)], 700);
    let prepared = place.prepared(&all);
    let due: Vec<&Candidate> = prepared.candidates.iter().collect();
    let path = due[0].file.file.path.clone();
    let mut unsigned = Archive::open(place.location()).expect("archive");
    let refused = unsigned.let_go(&prepared, &prepared.candidates, day(900));
    assert!(
        matches!(refused, Err(ArchiveError::Refused { .. })),
        "{refused:?}"
    );
    assert_eq!(prepared.candidates.len(), 6);
    assert!(due.iter().all(|one| place.has(&one.file.file.path)));
    place.remove(&path);
    let report = place.verify();
    assert_eq!(report.completeness, Verdict::Broken);
    let missing = format!("{path}: the file is missing, with all its records");
    assert!(told(&report).contains(&missing), "{report:?}");

    // A file that nobody committed is no tombstone at all.
    let place = Place::new();
    let forged = tombstone(&prepared, &due, day(900))
        .to_bytes()
        .expect("bytes");
    fs::create_dir_all(place.0.path().join(TOMBSTONES)).expect("directory");
    let document = "tombstones/000000000000.json";
    fs::write(place.0.path().join(document), forged).expect("written");
    place.remove(&place.present()[0]);
    let report = place.verify();
    assert_eq!(report.completeness, Verdict::Broken);
    assert_eq!(report.foreign, [document]);
}

#[test]
fn a_tombstone_or_hold_that_was_changed_stops_everything() {
    let place = Place::new();
    place.hold("CASE-1", Some(HoldScope::All));
    let document = place.0.path().join("holds/000000000000.json");
    let text = fs::read_to_string(&document).expect("read");
    fs::write(&document, text.replace("CASE-1", "CASE-2")).expect("written");
    let prepared = prepare(place.location(), &settings(&[("events", 1)], 700), &|_| {
        true
    });
    assert!(
        matches!(prepared, Err(ArchiveError::Damaged { .. })),
        "{prepared:?}"
    );
    assert_eq!(place.verify().integrity, Verdict::Broken);
}

#[test]
fn holds_are_refused_where_they_would_say_nothing() {
    let place = Place::new();
    let mut archive = place.open();
    let mut ask = |id: &str, scope: Option<HoldScope>, reason: &str| {
        let request = HoldRequest {
            id: id.to_owned(),
            scope,
            reason: reason.to_owned(),
            by: "counsel".to_owned(),
        };
        let asked = archive.hold(&request, day(800), &|_| true);
        asked.map_err(|error| error.to_string())
    };
    let all = || Some(HoldScope::All);
    assert!(
        ask("a", None, "over")
            .expect_err("none")
            .contains("no hold `a` is in force")
    );
    assert!(
        ask("a", all(), " ")
            .expect_err("why")
            .contains("needs a reason")
    );
    assert!(
        ask("a/b", all(), "why")
            .expect_err("id")
            .contains("is no name of a hold")
    );
    assert!(ask("a", all(), "why").is_ok());
    assert!(
        ask("a", all(), "why")
            .expect_err("twice")
            .contains("in force already")
    );
    assert!(ask("a", None, "over").is_ok());
    assert_eq!(place.verify().foreign, [""; 0]);
    let mut unsigned = Archive::open(place.location()).expect("archive");
    let request = |scope| HoldRequest {
        id: "b".to_owned(),
        scope,
        reason: "why".to_owned(),
        by: "counsel".to_owned(),
    };
    let placed = unsigned
        .hold(&request(all()), day(800), &|_| true)
        .expect("held");
    assert!(!placed.signed);
    let refused = unsigned.hold(&request(None), day(800), &|_| true);
    assert!(
        refused
            .expect_err("unsigned")
            .to_string()
            .contains("must be signed")
    );
    assert_eq!(place.verify().verdict(), Verdict::Unknown);
    drop(place.open());
    assert_eq!(
        place.verify().verdict(),
        Verdict::Holds,
        "the next writer signs it"
    );
}

mod laws;
