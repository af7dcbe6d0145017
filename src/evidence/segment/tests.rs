use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::evidence::leaf::{RowTree, leaf};
use crate::model::Text;
use crate::model::event::{Event, Lifecycle, Outcome, Party, PartyKind, Verb};
use crate::model::id::EventUid;
use crate::model::limits::TEXT_BYTES_MAX;
use crate::model::record::Reject;

fn stream() -> Stream {
    Stream {
        topic: Text::from("identity.okta"),
        partition: 0,
    }
}

fn builder(start: Offset) -> SegmentBuilder {
    SegmentBuilder::new(stream(), SourceName::new("okta"), start)
}

fn record(offset: Offset) -> Record {
    Record {
        offset,
        received_at: Some(Timestamp::from_seconds(offset)),
        raw: format!("{{\"offset\":{offset}}}").into_bytes(),
        broken: None,
    }
}

fn event(email: &str, seconds: i64) -> Event {
    let source = SourceName::new("okta");
    Event {
        uid: EventUid::new(&source, email.as_bytes(), 0),
        source,
        time: Timestamp::from_seconds(seconds),
        time_clamped: false,
        class_uid: 3002,
        activity_id: 1,
        outcome: Outcome::Success,
        outcome_detail: None,
        event_code: Text::from("user.session.start"),
        vendor_uid: None,
        message: None,
        actor: None,
        user: Some(Party {
            kind: PartyKind::User,
            uid: Some(Text::from("00u1")),
            email: Some(Text::from(email)),
            ..Party::default()
        }),
        group: None,
        resource: None,
        src_ip: Some(Text::from("192.0.2.1")),
        session_uid: None,
        user_agent: None,
        lifecycle: Lifecycle {
            verb: Verb::new("auth.login"),
            ..Lifecycle::default()
        },
        unmapped: None,
    }
}

fn normalized(events: Vec<Event>) -> Normalized {
    Normalized {
        events,
        ..Normalized::new(EventUid([0; 16]))
    }
}

fn rejected(reason: RejectReason) -> Normalized {
    Normalized {
        reject: Some(Reject::new(reason, "line 1 column 2")),
        ..normalized(Vec::new())
    }
}

fn read(segment: &FinishedSegment) -> RecordBatch {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(segment.parquet.clone()).expect("parquet");
    let mut batches = reader.with_batch_size(1 << 20).build().expect("reader");
    let batch = batches.next().expect("a batch").expect("readable");
    assert!(batches.next().is_none());
    batch
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).expect(name);
    let column = column.as_string::<i32>().iter();
    column.map(|text| text.map(str::to_owned)).collect()
}

fn offsets(batch: &RecordBatch) -> Vec<(i64, i32)> {
    let offset = batch.column_by_name("offset").expect("offset");
    let index = batch.column_by_name("event_index").expect("index");
    let offset = offset.as_primitive::<Int64Type>().values().iter();
    let index = index.as_primitive::<Int32Type>().values().iter();
    offset.copied().zip(index.copied()).collect()
}

#[test]
fn rows_are_sorted_by_identity_then_time_and_rows_without_one_come_last() {
    let mut builder = builder(0);
    builder.push(record(0), &rejected(RejectReason::InvalidJson));
    builder.push(record(1), &normalized(vec![event("Zoe@corp.example", 1)]));
    builder.push(
        record(2),
        &normalized(vec![
            event("jane@corp.example", 9),
            event("JANE@corp.example", 5),
        ]),
    );
    builder.push(record(3), &normalized(vec![event("jane@corp.examplf", 0)]));
    builder.push(record(4), &normalized(vec![event("jane@corp.example", 5)]));
    let segment = builder.finish().expect("segment");
    let batch = read(&segment);
    assert_eq!(
        offsets(&batch),
        [(2, 1), (4, 0), (2, 0), (3, 0), (1, 0), (0, 0)]
    );
    let identities = texts(&batch, "identity");
    assert_eq!(identities[0].as_deref(), Some("jane@corp.example"));
    assert_eq!(identities[4].as_deref(), Some("zoe@corp.example"));
    assert_eq!(identities[5], None);
    assert_eq!(texts(&batch, "account")[0].as_deref(), Some("okta:00u1"));
}

#[test]
fn raw_stands_once_a_record_and_a_reject_has_one_row() {
    let mut builder = builder(0);
    builder.push(record(0), &rejected(RejectReason::TooDeep));
    builder.push(record(1), &normalized(Vec::new()));
    builder.push(
        record(2),
        &normalized(vec![
            event("a@b.c", 1),
            event("a@b.c", 2),
            event("a@b.c", 3),
        ]),
    );
    let segment = builder.finish().expect("segment");
    assert_eq!(
        (segment.rows, segment.counts.records, segment.counts.events),
        (5, 3, 3)
    );
    assert_eq!(segment.counts.rejects, [(RejectReason::TooDeep, 1)].into());
    let batch = read(&segment);
    let raw = batch.column_by_name("raw").expect("raw");
    let raw = raw.as_binary::<i32>();
    for (row, (offset, index)) in offsets(&batch).into_iter().enumerate() {
        assert_eq!(raw.is_valid(row), index == 0);
        if index == 0 {
            assert_eq!(raw.value(row), record(offset).raw);
        }
    }
    assert_eq!(
        texts(&batch, "reject_reason"),
        [None, None, None, Some("too_deep".to_owned()), None]
    );
    let uids = batch.column_by_name("event_uid").expect("event_uid");
    assert_eq!(uids.null_count(), 2);
    assert_eq!(
        batch.column_by_name("source").expect("source").null_count(),
        0
    );
}

#[test]
fn every_text_stands_in_the_column_of_its_name() {
    let text = |text: &str| Some(Text::from(text));
    let party = |of: &str| Party {
        kind: PartyKind::Service,
        uid: text(&format!("{of}_uid")),
        name: text(&format!("{of}_name")),
        full_name: None,
        email: text(&format!("{of}_email@x")),
        credential_uid: None,
        ..Party::default()
    };
    let named = |of: &str| crate::model::event::Named {
        kind: Text::from(format!("{of}_kind")),
        uid: text(&format!("{of}_uid")),
        name: text(&format!("{of}_name")),
    };
    let event = Event {
        outcome_detail: text("outcome_detail"),
        event_code: Text::from("event_code"),
        vendor_uid: text("vendor_uid"),
        message: text("message"),
        actor: Some(party("actor")),
        user: Some(party("user")),
        group: Some(named("group")),
        resource: Some(named("resource")),
        src_ip: text("src_ip"),
        session_uid: text("session_uid"),
        user_agent: text("user_agent"),
        lifecycle: Lifecycle {
            verb: Verb::new("auth.login"),
            effective_time: Some(Timestamp::from_seconds(7)),
            ticket: text("ticket"),
            nhi: None,
            entitlement: text("entitlement"),
            credential_uid: text("credential_uid"),
        },
        unmapped: None,
        ..event("x@y", 1)
    };
    let mut builder = builder(0);
    builder.push(record(0), &normalized(vec![event]));
    let batch = read(&builder.finish().expect("segment"));
    for name in columns::TEXTS {
        let expected = match name {
            "identity" | "user_email" => "user_email@x",
            "account" => "okta:user_uid",
            "source" => "okta",
            "verb" => "auth.login",
            "outcome" => "success",
            "actor_kind" | "user_kind" => "service",
            "actor_email" => "actor_email@x",
            "reject_reason" | "reject_detail" => "",
            name => name,
        };
        let expected = (!expected.is_empty()).then(|| expected.to_owned());
        assert_eq!(texts(&batch, name), [expected], "{name}");
    }
    let effective = batch
        .column_by_name("effective_time")
        .expect("effective_time");
    let effective = effective.as_primitive::<TimestampMicrosecondType>();
    assert_eq!(effective.value(0), 7_000_000);
    assert_eq!(effective.timezone(), Some("UTC"));
}

#[test]
fn an_identity_is_the_address_of_the_target_or_else_of_the_actor_or_else_the_account() {
    let party = |uid: Option<&str>, email: Option<&str>| {
        Some(Party {
            uid: uid.map(Text::from),
            email: email.map(Text::from),
            ..Party::default()
        })
    };
    let check = |user, actor, identity: Option<&str>, account: Option<&str>| {
        let event = Event {
            actor,
            user,
            ..event("x@y", 1)
        };
        let mut builder = builder(0);
        builder.push(record(0), &normalized(vec![event]));
        let batch = read(&builder.finish().expect("segment"));
        assert_eq!(texts(&batch, "identity")[0].as_deref(), identity);
        assert_eq!(texts(&batch, "account")[0].as_deref(), account);
    };
    let admin = || party(Some("a1"), Some("Admin@Corp.example"));
    let jane = party(Some("u1"), Some(" ÄJane@Corp.example"));
    check(jane, admin(), Some("äjane@corp.example"), Some("okta:u1"));
    check(
        party(Some("u1"), None),
        admin(),
        Some("okta:u1"),
        Some("okta:u1"),
    );
    check(
        party(Some("u1"), Some("no address")),
        admin(),
        Some("okta:u1"),
        Some("okta:u1"),
    );
    check(
        party(None, None),
        admin(),
        Some("admin@corp.example"),
        Some("okta:a1"),
    );
    check(None, admin(), Some("admin@corp.example"), Some("okta:a1"));
    check(party(None, Some("j@c")), None, Some("j@c"), None);
    check(None, None, None, None);
}

#[test]
fn a_long_text_is_cut_in_its_column_and_whole_in_raw() {
    let long = "é".repeat(TEXT_BYTES_MAX);
    let mut event = event("a@b.c", 1);
    event.message = Some(Text::from(format!("x{long}")));
    event.user_agent = Some(Text::from("after"));
    let mut builder = builder(0);
    let mut record = record(0);
    record.raw = long.clone().into_bytes();
    builder.push(record, &normalized(vec![event]));
    let batch = read(&builder.finish().expect("segment"));
    let message = texts(&batch, "message")[0].clone().expect("message");
    assert_eq!(message.len(), TEXT_BYTES_MAX - 1);
    assert!(format!("x{long}").starts_with(&message));
    assert_eq!(texts(&batch, "user_agent"), [Some("after".to_owned())]);
    let raw = batch.column_by_name("raw").expect("raw");
    assert_eq!(raw.as_binary::<i32>().value(0), long.as_bytes());
}

#[test]
fn what_comes_again_is_counted_and_left_out_and_what_never_came_is_a_gap() {
    let mut builder = builder(10);
    let added = |pushed| pushed == Pushed::Added;
    let offsets = [8, 9, 13, 14, 13, 20];
    let pushed: Vec<bool> = offsets
        .map(|offset| added(builder.push(record(offset), &normalized(Vec::new()))))
        .into();
    assert_eq!(pushed, [false, false, true, true, false, true]);
    let segment = builder.finish().expect("segment");
    assert_eq!((segment.start, segment.end), (10, 21));
    assert_eq!(segment.counts.duplicates, 3);
    assert_eq!(segment.counts.gaps, [(10, 13), (15, 20)]);
    assert_eq!(segment.counts.records, 3);
    let mut tree = RowTree::default();
    for offset in [13, 14, 20] {
        tree.push(leaf(&stream(), offset, &record(offset).raw));
    }
    assert_eq!(segment.row_root, tree.root());
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let build = || {
        let mut builder = builder(0);
        for offset in 0..5_000 {
            let email = format!("user{}@corp.example", offset * 7_919 % 613);
            builder.push(
                record(offset),
                &normalized(vec![event(&email, offset % 100)]),
            );
        }
        builder.finish().expect("segment")
    };
    let (one, other) = (build(), build());
    assert_eq!(one.sha256, other.sha256);
    assert_eq!(one.parquet, other.parquet);
    assert_eq!(one.sha256, Sha256Hash::of(&one.parquet));
}

#[test]
fn no_library_version_stands_in_the_file() {
    let mut builder = builder(0);
    builder.push(record(0), &normalized(Vec::new()));
    let segment = builder.finish().expect("segment");
    let reader = ParquetRecordBatchReaderBuilder::try_new(segment.parquet).expect("parquet");
    let created_by = reader.metadata().file_metadata().created_by();
    assert_eq!(created_by, Some("tenure evidence format 1"));
}

#[test]
fn a_segment_without_records_has_no_file() {
    let mut builder = builder(5);
    builder.push(record(4), &normalized(Vec::new()));
    assert!(builder.is_empty());
    let segment = builder.finish().expect("segment");
    assert_eq!((segment.start, segment.end, segment.rows), (5, 5, 0));
    assert!(segment.parquet.is_empty());
    assert_eq!(segment.counts.duplicates, 1);
}

#[test]
fn a_segment_is_full_before_it_outgrows_memory() {
    let mut builder = builder(0);
    let mut offset = 0;
    while !builder.is_full() {
        let mut record = record(offset);
        record.raw = vec![b'x'; 4 << 20];
        builder.push(record, &normalized(Vec::new()));
        offset += 1;
    }
    assert_eq!(offset, 16);
}
