//! The cost of an event among many identities: every identity is hired and seen once, then a
//! fixed number of events passes through the stages on one thread, each stage measured apart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tenure::engine::{Effect, Engine, Input, settle};
use tenure::evidence::segment::SegmentBuilder;
use tenure::model::Text;
use tenure::model::event::Normalized;
use tenure::model::fact::Fact;
use tenure::model::id::SourceName;
use tenure::model::policy::Policy;
use tenure::model::record::{Record, Stream};
use tenure::normalize::{Mappings, Normalizer};

use crate::company::{Company, SOURCES};
use crate::meter;

const BATCH_RECORDS: u64 = 8_192;

/// Seconds are CPU seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Point {
    pub identities: u64,
    pub events: u64,
    pub normalize: f64,
    pub join: f64,
    pub archive: f64,
    /// Of the first look at every account.
    pub assess_all: f64,
    pub homes: u64,
    /// Growth of resident memory while the identities were hired and seen once.
    pub memory_bytes: f64,
    /// And after the events.
    pub memory_bytes_at_end: f64,
}

impl Point {
    pub fn micros_per_event(&self) -> f64 {
        (self.normalize + self.join + self.archive) * 1e6 / self.events as f64
    }
}

struct Stages {
    normalizer: Normalizer,
    engine: Engine,
    segments: Vec<SegmentBuilder>,
    offsets: [i64; SOURCES.len()],
}

/// Records of one source, in the order of [`SOURCES`].
type Slices = [Vec<Record>; SOURCES.len()];

pub fn measure(seed: u64, identities: u64, events: u64) -> Point {
    let mut company = Company::new(seed, identities, events);
    let mut stages = Stages {
        normalizer: Normalizer::new(Arc::new(Mappings::builtin())),
        engine: Engine::new(Arc::new(Policy::default())),
        segments: Vec::new(),
        offsets: [0; SOURCES.len()],
    };
    stages.segments = (0..SOURCES.len())
        .map(|source| stages.segment(source))
        .collect();
    let mut point = Point {
        identities,
        events,
        ..Point::default()
    };

    let before = meter::resident_bytes();
    for first in (0..identities).step_by(BATCH_RECORDS as usize) {
        let numbers = first..identities.min(first + BATCH_RECORDS);
        let mut slices = Slices::default();
        for number in numbers {
            stages.generate(&mut slices, |out| company.hire(number, out));
            stages.generate(&mut slices, |out| company.log_in(number, out));
        }
        let mut ignored = Point::default();
        let (_, facts) = stages.normalize(&slices, &mut ignored);
        stages.join(facts, &mut ignored);
    }
    let begin = meter::thread_seconds();
    stages
        .engine
        .step(Input::Tick(company.now()), &mut Vec::new());
    point.assess_all = meter::thread_seconds() - begin;
    point.memory_bytes = meter::resident_bytes() - before;

    for first in (0..events).step_by(BATCH_RECORDS as usize) {
        let mut slices = Slices::default();
        for _ in first..events.min(first + BATCH_RECORDS) {
            stages.generate(&mut slices, |out| company.next(out));
        }
        let (normalized, facts) = stages.normalize(&slices, &mut point);
        stages.join(facts, &mut point);
        stages.archive(slices, &normalized, &mut point);
    }
    let begin = meter::thread_seconds();
    stages.segments.drain(..).for_each(close);
    point.archive += meter::thread_seconds() - begin;
    point.memory_bytes_at_end = meter::resident_bytes() - before;
    let counts = stages.engine.counts();
    point.homes =
        (counts.accounts + counts.persons + counts.identifiers + counts.credentials) as u64;
    point
}

impl Stages {
    fn generate(&mut self, slices: &mut Slices, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        let mut raw = Vec::with_capacity(2_048);
        let source = write(&mut raw);
        raw.shrink_to_fit();
        let offset = self.offsets.get_mut(source).expect("a source");
        let record = Record {
            offset: *offset,
            received_at: None,
            raw,
            broken: None,
        };
        *offset += 1;
        slices.get_mut(source).expect("a source").push(record);
    }

    fn normalize(
        &mut self,
        slices: &Slices,
        point: &mut Point,
    ) -> (Vec<Vec<Normalized>>, Vec<Fact>) {
        let begin = meter::thread_seconds();
        let mut facts = Vec::new();
        let mut all = Vec::new();
        for (name, records) in SOURCES.iter().zip(slices) {
            let source = SourceName::new(name);
            let of_source = records.iter().map(|record| {
                let mut normalized = self.normalizer.normalize(&source, record);
                facts.append(&mut normalized.facts);
                normalized
            });
            all.push(of_source.collect());
        }
        point.normalize += meter::thread_seconds() - begin;
        (all, facts)
    }

    fn join(&mut self, facts: Vec<Fact>, point: &mut Point) {
        let begin = meter::thread_seconds();
        let engine = &mut self.engine;
        settle(facts, 1, &mut |shards| {
            let mut effects: Vec<Effect> = Vec::new();
            for input in shards.into_iter().flatten() {
                engine.step(input, &mut effects);
            }
            vec![effects]
        });
        point.join += meter::thread_seconds() - begin;
    }

    fn archive(&mut self, slices: Slices, normalized: &[Vec<Normalized>], point: &mut Point) {
        let begin = meter::thread_seconds();
        for (source, (records, normalized)) in slices.into_iter().zip(normalized).enumerate() {
            for (record, normalized) in records.into_iter().zip(normalized) {
                let builder = self.segments.get_mut(source).expect("a source");
                builder.push(record, normalized);
                if builder.is_full() {
                    let next = self.segment(source);
                    let builder = self.segments.get_mut(source).expect("a source");
                    close(std::mem::replace(builder, next));
                }
            }
        }
        point.archive += meter::thread_seconds() - begin;
    }

    fn segment(&self, source: usize) -> SegmentBuilder {
        let name = SOURCES.get(source).copied().unwrap_or_default();
        let stream = Stream {
            topic: Text::from(name),
            partition: 0,
        };
        let next = self.segments.get(source).map_or(0, SegmentBuilder::next);
        SegmentBuilder::new(stream, SourceName::new(name), next)
    }
}

fn close(segment: SegmentBuilder) {
    let finished = segment.finish().expect("segment");
    std::hint::black_box(finished.parquet.len());
}
