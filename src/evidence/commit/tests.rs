use bytes::Bytes;

use super::*;
use crate::evidence::segment::Counts;
use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::record::RejectReason;

fn stream() -> Stream {
    Stream {
        topic: Text::from("identity.okta"),
        partition: 3,
    }
}

fn segment(start: Offset, end: Offset, gaps: &[(Offset, Offset)]) -> FinishedSegment {
    let missing: Offset = gaps.iter().map(|(from, to)| to - from).sum();
    let records = u64::try_from(end - start - missing).expect("records");
    FinishedSegment {
        stream: stream(),
        source: SourceName::new("okta"),
        start,
        end,
        parquet: Bytes::from_static(b"file"),
        sha256: Sha256Hash::of(b"file"),
        rows: records,
        row_root: Sha256Hash::of(b"root"),
        row_blocks: Vec::new(),
        counts: Counts {
            records,
            events: records,
            rejects: [(RejectReason::InvalidJson, 1)].into(),
            duplicates: 2,
            gaps: gaps.to_vec(),
        },
        times: Some((Timestamp::from_seconds(1), Timestamp::from_seconds(2))),
    }
}

fn file(segment: &FinishedSegment) -> FileRef {
    FileRef {
        path: "events/day=1970-01-01/source=okta/seg.parquet".to_owned(),
        sha256: segment.sha256,
        bytes: 4,
        rows: segment.rows,
        records: segment.counts.records,
    }
}

/// A segment, a heartbeat, a segment with gaps.
fn chain_of_three() -> Vec<Commit> {
    let mut chain = Chain::new(stream());
    let mut commits = Vec::new();
    for next in [
        Some(segment(0, 10, &[])),
        None,
        Some(segment(10, 20, &[(10, 12), (15, 16)])),
    ] {
        let at = Timestamp::from_seconds(3);
        let commit = match next {
            Some(segment) => chain.next(&segment, Some(file(&segment)), at),
            None => chain.heartbeat(at),
        };
        let bytes = commit.to_bytes().expect("bytes");
        assert_eq!(chain.follow(&bytes).expect("follows"), commit);
        commits.push(commit);
    }
    commits
}

fn first_fault(commits: &[Commit]) -> Option<(u64, Fault)> {
    let mut chain = Chain::new(stream());
    commits.iter().find_map(|commit| {
        let bytes = commit.to_bytes().expect("bytes");
        chain
            .follow(&bytes)
            .err()
            .map(|error| (error.number, error.fault))
    })
}

#[test]
fn the_stored_form_is_canonical() {
    let commits = chain_of_three();
    let text = String::from_utf8(commits[2].to_bytes().expect("bytes")).expect("UTF-8");
    let before = Sha256Hash::of(&commits[1].to_bytes().expect("bytes"));
    let (file, root) = (Sha256Hash::of(b"file"), Sha256Hash::of(b"root"));
    let expected = format!(
        concat!(
            r#"{{"format":1,"number":2,"stream":{{"topic":"identity.okta","partition":3}},"#,
            r#""start":10,"end":20,"previous":"{}","heartbeat":false,"files":[{{"path":"#,
            r#""events/day=1970-01-01/source=okta/seg.parquet","sha256":"{}","bytes":4,"rows":7,"#,
            r#""records":7}}],"row_root":"{}","counts":{{"records":7,"events":7,"#,
            r#""rejects":{{"invalid_json":1}},"duplicates":2,"gaps":[[10,12],[15,16]]}},"#,
            r#""event_times":{{"earliest":"1970-01-01T00:00:01Z","latest":"1970-01-01T00:00:02Z"}},"#,
            r#""written_at":"1970-01-01T00:00:03Z"}}"#,
            "\n"
        ),
        before, file, root
    );
    assert_eq!(text, expected);
}

#[test]
fn a_commit_that_is_missing_swapped_or_changed_breaks_the_chain() {
    let commits = chain_of_three();
    assert_eq!(first_fault(&commits), None);

    let dropped = [commits[0].clone(), commits[2].clone()];
    assert_eq!(first_fault(&dropped), Some((1, Fault::Number(2))));

    let mut renumbered = dropped;
    renumbered[1].number = 1;
    assert!(matches!(
        first_fault(&renumbered),
        Some((1, Fault::Previous { .. }))
    ));

    let swapped = [commits[1].clone(), commits[0].clone()];
    assert_eq!(first_fault(&swapped), Some((0, Fault::Number(1))));

    let mut changed = commits.clone();
    changed[0].written_at = Timestamp::from_seconds(4);
    assert!(matches!(
        first_fault(&changed),
        Some((1, Fault::Previous { .. }))
    ));

    let mut moved = commits.clone();
    moved[0].stream.partition = 4;
    assert!(matches!(first_fault(&moved), Some((0, Fault::Stream(_)))));

    let mut late = commits;
    late[0].start = 5;
    assert_eq!(
        first_fault(&late),
        Some((
            0,
            Fault::Start {
                expected: 0,
                found: 5
            }
        ))
    );
}

#[test]
fn offsets_that_are_neither_records_nor_gaps_are_found() {
    let check = |change: fn(&mut Commit), expected: &str| {
        let mut commits = chain_of_three();
        change(&mut commits[2]);
        match first_fault(&commits) {
            Some((2, Fault::Counts(why))) => assert!(why.contains(expected), "{why}"),
            other => panic!("{expected}: {other:?}"),
        }
    };
    check(|commit| commit.end = 21, "11 offsets, of which 10");
    check(
        |commit| commit.counts.records = 6,
        "of which 9 are records or gaps",
    );
    check(|commit| commit.counts.gaps.swap(0, 1), "gap [10, 12)");
    check(|commit| commit.counts.gaps[1].1 = 30, "gap [15, 30)");
    check(|commit| commit.files.clear(), "of which 0 are in files");
    check(
        |commit| commit.heartbeat = true,
        "a heartbeat that holds something",
    );
}

#[test]
fn a_tail_goes_on_where_the_whole_chain_would() {
    let commits = chain_of_three();
    let mut whole = Chain::new(stream());
    for commit in &commits {
        let bytes = commit.to_bytes().expect("bytes");
        whole.follow(&bytes).expect("follows");
        assert_eq!(Chain::after(stream(), &bytes).expect("tail"), whole);
    }
}

#[test]
fn half_a_commit_is_unreadable_and_nothing_else() {
    let bytes = chain_of_three()[0].to_bytes().expect("bytes");
    for length in 0..bytes.len() - 1 {
        let error = Chain::new(stream())
            .follow(&bytes[..length])
            .expect_err("half");
        assert!(matches!(error.fault, Fault::Unreadable(_)), "{error}");
    }
}
