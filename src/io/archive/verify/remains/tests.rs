use super::*;
use crate::evidence::commit::Chain;
use crate::evidence::segment::{FinishedSegment, SegmentBuilder};
use crate::model::event::Normalized;
use crate::model::record::{Record, Reject, RejectReason};
use crate::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_772_330_400);
/// The last of two blocks and three records of another.
const WRITTEN: Offset = 515;

fn stream() -> Stream {
    Stream {
        topic: "identity.okta".into(),
        partition: 0,
    }
}

/// The records of these offsets; `raw` says what each is.
fn segment(
    offsets: impl Iterator<Item = Offset>,
    raw: impl Fn(Offset) -> String,
) -> FinishedSegment {
    let mut builder = SegmentBuilder::new(stream(), SourceName::new("okta"), 0);
    for offset in offsets {
        let record = Record {
            offset,
            received_at: None,
            raw: raw(offset).into_bytes(),
            broken: None,
        };
        let rejected = Normalized {
            reject: Some(Reject::new(RejectReason::NoTime, "why")),
            ..Normalized::new(EventUid([0; 16]))
        };
        builder.push(record, &rejected);
    }
    builder.finish().expect("a segment")
}

fn plain(offset: Offset) -> String {
    format!("record {offset}")
}

/// Offset 300 never came.
fn offsets() -> impl Iterator<Item = Offset> {
    (0..=WRITTEN).filter(|offset| *offset != 300)
}

fn committed() -> (Commit, FileRef) {
    let segment = segment(offsets(), plain);
    let file = FileRef {
        path: "events/day=2026-03-01/source=okta/seg-identity.okta-0-0-515.parquet".to_owned(),
        sha256: segment.sha256,
        bytes: segment.parquet.len() as u64,
        rows: segment.rows,
        records: segment.counts.records,
    };
    let commit = Chain::new(stream()).next(&segment, Some(file.clone()), NOW);
    (commit, file)
}

fn check(found: &FinishedSegment, (commit, file): (&Commit, &FileRef), expected: &str) -> Remains {
    let remains = of(found.parquet.clone(), (commit, file), &stream());
    let remains = remains.expect("leaves").expect("rows");
    assert_eq!(remains.to_string(), expected);
    remains
}

#[test]
fn a_changed_record_leaves_the_other_blocks_beyond_doubt() {
    let (commit, file) = committed();
    assert_eq!(commit.row_blocks.len(), 3);
    let changed = segment(offsets(), |offset| match offset {
        301 => "forged".to_owned(),
        _ => plain(offset),
    });
    let expected = "at least one not as written of each of: 256 to 299, 301 to 512; \
                    259 of 515 are proved to be as they were written, of 256 it cannot be told";
    let remains = check(&changed, (&commit, &file), expected);
    assert_eq!(remains.offsets(), Some((256, 513)));
    // A commit of an earlier version has but one root.
    let earlier = Commit {
        row_blocks: Vec::new(),
        ..commit
    };
    let expected = "at least one not as written of each of: 0 to 299, 301 to 515; \
                    0 of 515 are proved to be as they were written, of 515 it cannot be told";
    check(&changed, (&earlier, &file), expected);
}

#[test]
fn records_that_are_gone_or_were_never_written_are_named() {
    let (commit, file) = committed();
    let fewer = segment(
        offsets().filter(|offset| ![7, 8, 514].contains(offset)),
        plain,
    );
    let remains = check(
        &fewer,
        (&commit, &file),
        "missing: 7 to 8, 514; 256 of 515 are proved to be as they were written, of 256 it cannot be told",
    );
    assert_eq!(remains.offsets(), Some((7, 515)));
    let more = segment(0..=WRITTEN + 1, plain);
    let expected = "never written: 300, 516; 515 of 515 are proved to be as they were written";
    check(&more, (&commit, &file), expected);
}

#[test]
fn a_file_that_is_stored_otherwise_still_has_all_records() {
    let (commit, file) = committed();
    let remains = check(
        &segment(offsets(), plain),
        (&commit, &file),
        "the bytes of all its 515 records are as they were written: what differs is in the other \
         columns, or in how they are stored",
    );
    assert_eq!(remains.offsets(), None);
}

#[test]
fn what_is_no_file_of_rows_says_so_and_what_has_no_leaves_says_nothing() {
    let (commit, file) = committed();
    let broken = Bytes::from_static(b"PAR1 and nothing else PAR1");
    let why = of(broken.clone(), (&commit, &file), &stream()).expect("a file of leaves");
    let why = why.expect_err("no rows");
    assert!(why.starts_with("its rows cannot be read: "), "{why}");
    let of_links = FileRef {
        path: "links/day=2026-03-01/seg-0-1.parquet".to_owned(),
        ..file.clone()
    };
    assert!(of(broken.clone(), (&commit, &of_links), &stream()).is_none());
    // As many as no writer puts into a file: they are not looked for.
    let vast = FileRef {
        records: u64::MAX,
        ..file
    };
    assert!(of(broken, (&commit, &vast), &stream()).is_none());
}

#[test]
fn more_stretches_than_a_person_reads_are_counted() {
    let (commit, file) = committed();
    let every_other = segment(offsets().filter(|offset| offset % 2 == 0), plain);
    let remains = of(every_other.parquet, (&commit, &file), &stream());
    let told = remains.expect("leaves").expect("rows").to_string();
    assert!(
        told.starts_with("missing: 1, 3, 5, 7, 9, 11, 13, 15 and 250 more; 0 of "),
        "{told}"
    );
}
