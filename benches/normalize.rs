//! Normalising against its floor, `serde_json::Value` of the same bytes, source by source.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Arena, Mappings, Normalizer};

const SOURCES: &[(&str, &str)] = &[
    (
        "hris",
        include_str!("../tests/fixtures/hris/workers.ndjson"),
    ),
    (
        "ticket",
        include_str!("../tests/fixtures/ticket/tickets.ndjson"),
    ),
    ("okta", include_str!("../tests/fixtures/okta/verbs.ndjson")),
    (
        "google_workspace",
        include_str!("../tests/fixtures/google_workspace/verbs.ndjson"),
    ),
    (
        "github",
        include_str!("../tests/fixtures/github/verbs.ndjson"),
    ),
    (
        "aws_cloudtrail",
        include_str!("../tests/fixtures/aws_cloudtrail/verbs.ndjson"),
    ),
];

fn against_the_floor(criterion: &mut Criterion) {
    let mappings = Arc::new(Mappings::builtin());
    for (name, text) in SOURCES {
        let source = SourceName::new(name);
        let records: Vec<Record> = text
            .lines()
            .map(|line| Record {
                offset: 0,
                received_at: None,
                raw: line.as_bytes().to_vec(),
                broken: None,
            })
            .collect();
        let bytes: usize = records.iter().map(|record| record.raw.len()).sum();
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("floor", |bencher| {
            bencher.iter(|| {
                for record in &records {
                    black_box(serde_json::from_slice::<serde_json::Value>(&record.raw).ok());
                }
            });
        });
        let mut arena = Arena::default();
        group.bench_function("parse", |bencher| {
            bencher.iter(|| {
                for record in &records {
                    black_box(arena.parse(&record.raw).is_ok());
                }
            });
        });
        let mut normalizer = Normalizer::new(mappings.clone());
        group.bench_function("normalize", |bencher| {
            bencher.iter(|| {
                for record in &records {
                    black_box(normalizer.normalize(&source, record));
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, against_the_floor);
criterion_main!(benches);
