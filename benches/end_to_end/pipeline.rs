//! One run of the whole pipeline, as `tenure replay` does it, against one run of the floor.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tenure::io::files::{FilesSettings, ReceivedAt};
use tenure::model::policy::Policy;
use tenure::normalize::Mappings;
use tenure::service::replay::{ReplaySettings, replay};
use tenure::telemetry::Metrics;

use crate::logs::Logs;
use crate::meter::{self, Watch};
use crate::{Args, floor};

/// CPU seconds of one run, by stage.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    pub floor_parse: f64,
    pub floor_write: f64,
    pub pipeline: f64,
    pub read: f64,
    pub normalize: f64,
    pub join: f64,
    /// At the end, for all accounts at once.
    pub assess: f64,
    pub archive: f64,
    /// All else: sorting facts by home, hand-over between threads, writing files.
    pub rest: f64,
    /// Of that, the thread that sorts facts by home.
    pub route: f64,
    pub floor_bytes: u64,
    pub archive_bytes: u64,
    pub findings: usize,
}

impl Run {
    pub fn floor(&self) -> f64 {
        self.floor_parse + self.floor_write
    }
}

pub fn run(args: &Args, logs: &Logs, scratch: &Path) -> Run {
    let mut run = Run::default();
    let begin = meter::thread_seconds();
    let objects = floor::parse(logs);
    assert_eq!(objects as u64, logs.records);
    let parsed = meter::thread_seconds();
    run.floor_bytes = floor::write(logs, &scratch.join("floor.parquet"));
    run.floor_parse = parsed - begin;
    run.floor_write = meter::thread_seconds() - parsed;
    pipeline(args, logs, scratch, &mut run);
    run
}

fn pipeline(args: &Args, logs: &Logs, scratch: &Path, run: &mut Run) {
    let mappings = Arc::new(Mappings::builtin());
    let out = scratch.join("out");
    let settings = ReplaySettings {
        files: FilesSettings {
            root: scratch.join("logs"),
            received_at: ReceivedAt::Unknown,
            poll: std::time::Duration::ZERO,
            known_sources: mappings.sources().into_iter().map(str::to_owned).collect(),
        },
        policy: Arc::new(Policy::default()),
        policy_text: None,
        now: None,
        out: out.clone(),
        archive: None,
        signing: tenure::config::SigningKey::Own(out.join("signing.key")),
        secrets: tenure::service::redaction::some(),
        shards: args.shards,
        threads: args.threads,
    };
    let metrics = Metrics::new(mappings.sources());
    let watch = Watch::start();
    let (main_before, before) = (meter::thread_seconds(), meter::process_seconds());
    let mut joined = 0.0;
    let (summary, findings) = replay(&settings, &mappings, &metrics, &mut |summary| {
        // All but the last round is joined now; what the shards do from here on is to assess.
        if summary.records == logs.records {
            joined = watch.now().get("shard").copied().unwrap_or_default();
        }
    })
    .expect("replay");
    let all = meter::process_seconds() - before;
    let route = meter::thread_seconds() - main_before;
    let threads = watch.finish();
    assert_eq!(summary.records, logs.records);
    assert!(summary.rejects.is_empty(), "{:?}", summary.rejects);

    let of = |name: &str| threads.get(name).copied().unwrap_or_default();
    run.pipeline = all - of(meter::WATCH);
    run.read = of("files");
    run.normalize = of("normalize");
    run.join = joined;
    run.assess = (of("shard") - joined).max(0.0);
    run.archive = of("archive");
    let stages = run.read + run.normalize + run.join + run.assess + run.archive;
    run.rest = run.pipeline - stages;
    run.route = route;
    run.archive_bytes = bytes_below(&out.join("archive"));
    run.findings = findings.len();
    std::fs::remove_dir_all(&out).expect("the output goes");
}

fn bytes_below(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
