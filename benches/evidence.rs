//! The segment builder against its floor: the same raw bytes, alone, as one zstd column.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{BinaryArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tenure::evidence::leaf::LeafHasher;
use tenure::evidence::segment::{FinishedSegment, SegmentBuilder};
use tenure::model::Text;
use tenure::model::event::{Event, Lifecycle, Named, Normalized, Outcome, Party, PartyKind, Verb};
use tenure::model::id::{EventUid, SourceName};
use tenure::model::record::{Record, Stream};
use tenure::model::time::Timestamp;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RECORDS: usize = 32_768;
const USERS: u64 = 5_000;

/// A small generator: no two runs differ, and values do not line up.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A log-in in the shape and size of an identity provider's.
fn raw(chance: &mut Chance, user: u64, seconds: i64) -> Vec<u8> {
    let (a, b, c, d) = (chance.next(), chance.next(), chance.next(), chance.next());
    format!(
        concat!(
            r#"{{"actor":{{"id":"00u{user:08x}","type":"User","alternateId":"user{user}@corp.example","#,
            r#""displayName":"User Number {user}","detailEntry":null}},"client":{{"userAgent":{{"rawUserAgent":"#,
            r#""Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_{os}) AppleWebKit/537.36 (KHTML, like Gecko) "#,
            r#"Chrome/{chrome}.0.0.0 Safari/537.36","os":"Mac OS X","browser":"CHROME"}},"zone":"null","device":"Computer","#,
            r#""id":null,"ipAddress":"198.51.{ip}.{user_ip}","geographicalContext":{{"city":"Springfield","state":"Oregon","#,
            r#""country":"United States","postalCode":"{zip}","geolocation":{{"lat":44.{lat},"lon":-123.{lon}}}}}}},"#,
            r#""device":null,"authenticationContext":{{"authenticationProvider":null,"credentialProvider":null,"#,
            r#""credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"externalSessionId":"102{a:016x}"}},"#,
            r#""displayMessage":"User login to Okta","eventType":"user.session.start","outcome":{{"result":"SUCCESS","reason":null}},"#,
            r#""published":"{at}","securityContext":{{"asNumber":{asn},"asOrg":"example carrier","isp":"example isp","#,
            r#""domain":"example.net","isProxy":false}},"severity":"INFO","debugContext":{{"debugData":{{"requestId":"{b:016x}{c:016x}","#,
            r#""dtHash":"{c:016x}{d:016x}{a:016x}{b:016x}","requestUri":"/idp/idx/identify","url":"/idp/idx/identify?"}}}},"#,
            r#""legacyEventType":"core.user_auth.login_success","transaction":{{"type":"WEB","id":"{d:016x}","detail":{{}}}},"#,
            r#""uuid":"{a:016x}{d:016x}","version":"0","request":{{"ipChain":[{{"ip":"198.51.{ip}.{user_ip}","#,
            r#""geographicalContext":{{"city":"Springfield","state":"Oregon","country":"United States","postalCode":"{zip}"}},"#,
            r#""version":"V4","source":null}}]}},"target":[{{"id":"pol{d:08x}","type":"AuthPolicy","alternateId":"unknown","#,
            r#""displayName":"Default Policy","detailEntry":{{"policyType":"OktaSignOn"}}}}]}}"#
        ),
        user = user,
        os = user % 8,
        chrome = 120 + user % 5,
        ip = user % 100,
        user_ip = user % 250,
        zip = 97_400 + user % 90,
        lat = user * 7 % 10_000,
        lon = user * 13 % 10_000,
        asn = 1_000 + user % 40,
        at = Timestamp::from_seconds(seconds),
        a = a,
        b = b,
        c = c,
        d = d & 0xffff_ffff_ffff,
    )
    .into_bytes()
}

fn event(source: &SourceName, raw: &[u8], user: u64, seconds: i64, chance: &mut Chance) -> Event {
    let text = |text: String| Some(Text::from(text));
    Event {
        uid: EventUid::new(source, raw, 0),
        source: source.clone(),
        time: Timestamp::from_seconds(seconds),
        time_clamped: false,
        class_uid: 3002,
        activity_id: 1,
        outcome: Outcome::Success,
        outcome_detail: None,
        event_code: Text::from("user.session.start"),
        vendor_uid: text(format!("{:016x}{:016x}", chance.next(), chance.next())),
        message: text("User login to Okta".to_owned()),
        actor: Some(Party {
            kind: PartyKind::User,
            uid: text(format!("00u{user:08x}")),
            name: text(format!("user{user}@corp.example")),
            full_name: text(format!("User Number {user}")),
            email: text(format!("User{user}@corp.example")),
            credential_uid: None,
            ..Party::default()
        }),
        user: Some(Party {
            kind: PartyKind::User,
            uid: text(format!("00u{user:08x}")),
            name: text(format!("user{user}@corp.example")),
            full_name: text(format!("User Number {user}")),
            email: text(format!("User{user}@corp.example")),
            credential_uid: None,
            ..Party::default()
        }),
        group: None,
        resource: Some(Named {
            kind: Text::from("app"),
            uid: text(format!("0oa{:04}", user % 40)),
            name: text(format!("Application {}", user % 40)),
        }),
        src_ip: text(format!("198.51.{}.{}", user % 100, user % 250)),
        session_uid: text(format!("102{:016x}", chance.next())),
        user_agent: text(format!(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_{}) Chrome/{}",
            user % 8,
            120 + user % 5
        )),
        lifecycle: Lifecycle {
            verb: Verb::new("auth.login"),
            ..Lifecycle::default()
        },
        unmapped: None,
    }
}

fn stream() -> Stream {
    Stream {
        topic: Text::from("identity.okta"),
        partition: 0,
    }
}

fn input() -> Vec<(Record, Normalized)> {
    let source = SourceName::new("okta");
    let mut chance = Chance(1);
    (0..)
        .take(RECORDS)
        .map(|offset| {
            let user = chance.next() % USERS;
            let seconds = 1_772_000_000 + offset / 20;
            let raw = raw(&mut chance, user, seconds);
            let event = event(&source, &raw, user, seconds, &mut chance);
            let uid = event.uid;
            let normalized = Normalized {
                events: vec![event],
                ..Normalized::new(uid)
            };
            let received_at = Some(Timestamp::from_seconds(seconds + 2));
            (
                Record {
                    offset,
                    received_at,
                    raw,
                    broken: None,
                },
                normalized,
            )
        })
        .collect()
}

fn segment(input: Vec<(Record, Normalized)>) -> FinishedSegment {
    let mut builder = SegmentBuilder::new(stream(), SourceName::new("okta"), 0);
    for (record, normalized) in input {
        builder.push(record, &normalized);
    }
    builder.finish().expect("segment")
}

fn floor(input: &[(Record, Normalized)]) -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "raw",
        DataType::Binary,
        false,
    )]));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("level")))
        .set_dictionary_enabled(false)
        .build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).expect("writer");
    for slice in input.chunks(1_024) {
        let raw = BinaryArray::from_iter_values(slice.iter().map(|(record, _)| &record.raw));
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(raw)]).expect("batch");
        writer.write(&batch).expect("write");
    }
    writer.into_inner().expect("file")
}

fn evidence(criterion: &mut Criterion) {
    let input = input();
    let raw_bytes: usize = input.iter().map(|(record, _)| record.raw.len()).sum();
    let whole = segment(input.clone());
    println!(
        "{RECORDS} records of {} bytes; per record: segment {} bytes, floor {} bytes",
        raw_bytes / RECORDS,
        whole.parquet.len() / RECORDS,
        floor(&input).len() / RECORDS
    );
    let mut group = criterion.benchmark_group("evidence");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(6))
        .throughput(Throughput::Bytes(raw_bytes as u64));
    group.bench_function("floor: raw column only", |bencher| {
        bencher.iter(|| black_box(floor(&input)));
    });
    group.bench_function("segment", |bencher| {
        bencher.iter_batched(
            || input.clone(),
            |input| black_box(segment(input)),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("push only", |bencher| {
        bencher.iter_batched(
            || input.clone(),
            |input| {
                let mut builder = SegmentBuilder::new(stream(), SourceName::new("okta"), 0);
                for (record, normalized) in input {
                    builder.push(record, &normalized);
                }
                builder
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("leaf hashes only", |bencher| {
        let stream = stream();
        let leaves = LeafHasher::new(&stream);
        bencher.iter(|| {
            for (record, _) in &input {
                black_box(leaves.leaf(record.offset, &record.raw));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, evidence);
criterion_main!(benches);
