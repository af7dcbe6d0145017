//! Normalising against its floor, `serde_json::Value` of the same bytes, source by source.

#![expect(
    clippy::disallowed_methods,
    reason = "whoever measures may name a directory of logs"
)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Arena, Mappings, Normalizer};

/// The records of each source: its fixtures without the awkward ones, or what `TENURE_BENCH_LOGS`
/// holds in the same layout (`<source>/*.ndjson`).
fn sources() -> Vec<(String, String)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let root = std::env::var_os("TENURE_BENCH_LOGS").map_or(fixtures, PathBuf::from);
    let mut sources = Vec::new();
    for source in entries(&root) {
        let files = entries(&source).into_iter();
        let ordinary = files.filter(|file| !file.ends_with("awkward.ndjson"));
        let texts = ordinary.map(|file| fs::read_to_string(file).expect("text"));
        let name = source.file_name().expect("a name").to_string_lossy();
        sources.push((name.into_owned(), texts.collect()));
    }
    sources
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(dir).expect("a directory");
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn against_the_floor(criterion: &mut Criterion) {
    let mappings = Arc::new(Mappings::builtin());
    for (name, text) in sources() {
        let source = SourceName::new(&name);
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
        let mut group = criterion.benchmark_group(&name);
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
