//! The families of metrics: their names, help texts, labels and buckets.

use std::sync::atomic::{AtomicI64, Ordering};

use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry,
};

use crate::model::Text;
use crate::model::record::{RejectReason, Stream};
use crate::model::time::Timestamp;

use super::labels::ByWord;
use super::report::SourceReport;

/// What has labels.
pub(super) struct Vectors {
    pub(super) records: IntCounterVec,
    pub(super) events: IntCounterVec,
    pub(super) rejects: IntCounterVec,
    pub(super) unmapped: IntCounterVec,
    pub(super) mistyped: IntCounterVec,
    pub(super) event_time: GaugeVec,
    pub(super) facts: IntCounterVec,
    pub(super) homes: IntGaugeVec,
    pub(super) findings: IntGaugeVec,
    pub(super) findings_by_age: IntGaugeVec,
    pub(super) finding_changes: IntCounterVec,
    pub(super) lag: IntGaugeVec,
    pub(super) archive_offset: IntGaugeVec,
    pub(super) deliveries: IntCounterVec,
    pub(super) deprovisioned: IntCounterVec,
    pub(super) redacted: IntCounterVec,
}

/// What has none: counted into directly.
#[derive(Clone)]
pub struct Plain {
    pub archive_segments: IntCounter,
    pub archive_bytes: IntCounter,
    pub archive_rows: IntCounter,
    pub archive_commits: IntCounter,
    pub archive_unsigned: IntGauge,
    pub timestamps: TimestampMetrics,
    pub retention: RetentionMetrics,
    pub outbox_entries: IntGauge,
    pub kafka_outages: IntCounter,
    /// Parts of the service that are not ready.
    pub unready_parts: IntGauge,
    pub(super) clock: Gauge,
    pub(super) deprovision: Histogram,
    pub(super) state_commit: Histogram,
    pub(super) streams_unlabelled: IntCounter,
}

/// Counters of one source. Fetch it once for a batch, or once and for all.
pub struct SourceMetrics {
    pub records: IntCounter,
    pub events: IntCounter,
    rejects: ByWord,
    unmapped: ByWord,
    mistyped: ByWord,
    pub(super) label: Text,
    /// Microseconds; the gauge is set from it when it is scraped.
    newest: AtomicI64,
    event_time: Gauge,
}

/// Gauges of one Kafka partition.
pub struct StreamMetrics {
    /// Records between our place and the partition's end.
    pub lag: IntGauge,
    /// The first offset that the archive has not committed.
    pub archive_offset: IntGauge,
}

/// Seconds from an hour to ninety days.
const DEPROVISION_BUCKETS: &[f64] = &[
    3_600.0,
    14_400.0,
    28_800.0,
    86_400.0,
    172_800.0,
    259_200.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    5_184_000.0,
    7_776_000.0,
];
const COMMIT_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

impl Vectors {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name, help, labels: &[&str]| counters(registry, name, help, labels);
        let gauge = |name, help, labels: &[&str]| gauges(registry, name, help, labels);
        Ok(Vectors {
            records: counter("tenure_records_total", "Records read", &["source"])?,
            events: counter(
                "tenure_events_total",
                "Events that records became",
                &["source"],
            )?,
            rejects: counter(
                "tenure_rejects_total",
                "Records that no event could be made of",
                &["source", "reason"],
            )?,
            unmapped: counter(
                "tenure_unmapped_events_total",
                "Events whose action no mapping names",
                &["source", "type"],
            )?,
            mistyped: counter(
                "tenure_mistyped_fields_total",
                "Fields of another type than the mapping expects",
                &["source", "field"],
            )?,
            event_time: event_times(registry)?,
            facts: counter("tenure_facts_total", "Facts that came home", &["kind"])?,
            homes: gauge("tenure_homes", "Homes that hold a state", &["kind"])?,
            findings: gauge(
                "tenure_findings",
                "Findings that are open or exempt",
                &["rule", "severity", "status"],
            )?,
            findings_by_age: gauge(
                "tenure_findings_open_by_age",
                "Open findings by how long they are open",
                &["rule", "severity", "age"],
            )?,
            finding_changes: counter(
                "tenure_finding_changes_total",
                "Findings opened, resolved, withdrawn or exempted",
                &["rule", "change"],
            )?,
            lag: gauge(
                "tenure_consumer_lag_records",
                "Records between our place in a partition and its end",
                &["topic", "partition"],
            )?,
            archive_offset: gauge(
                "tenure_archive_offset",
                "First offset of a partition that the archive has not committed",
                &["topic", "partition"],
            )?,
            deliveries: counter(
                "tenure_webhook_deliveries_total",
                "Attempts to deliver to the webhook",
                &["outcome"],
            )?,
            deprovisioned: counter(
                "tenure_deprovisioned_total",
                "Leavers whose last account ended, by whether it did before the deadline",
                &["outcome"],
            )?,
            redacted: counter(
                "tenure_redacted_total",
                "Secrets replaced in records before anything was written",
                &["pattern"],
            )?,
        })
    }

    pub(super) fn of_source(&self, label: &str) -> SourceMetrics {
        SourceMetrics {
            records: self.records.with_label_values(&[label]),
            events: self.events.with_label_values(&[label]),
            rejects: ByWord::new(&self.rejects),
            unmapped: ByWord::new(&self.unmapped),
            mistyped: ByWord::new(&self.mistyped),
            label: Text::from(label),
            newest: AtomicI64::new(i64::MIN),
            event_time: self.event_time.with_label_values(&[label]),
        }
    }

    pub(super) fn of_stream(&self, stream: &Stream) -> StreamMetrics {
        let partition = stream.partition.to_string();
        let labels = [&*stream.topic, partition.as_str()];
        StreamMetrics {
            lag: self.lag.with_label_values(&labels),
            archive_offset: self.archive_offset.with_label_values(&labels),
        }
    }
}

fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntCounterVec> {
    let vector = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(vector.clone()))?;
    Ok(vector)
}

fn gauges(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntGaugeVec> {
    let vector = IntGaugeVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(vector.clone()))?;
    Ok(vector)
}

fn event_times(registry: &Registry) -> prometheus::Result<GaugeVec> {
    let opts = Opts::new(
        "tenure_event_time_seconds",
        "Time of a source's newest event, since the epoch",
    );
    let vector = GaugeVec::new(opts, &["source"])?;
    registry.register(Box::new(vector.clone()))?;
    Ok(vector)
}

/// Of the authority that stamps checkpoints.
#[derive(Clone)]
pub struct TimestampMetrics {
    pub given: IntCounter,
    pub failures: IntCounter,
    /// Commits under the newest checkpoint that it has stamped.
    pub commits: IntGauge,
}

/// Of what retention lets go.
#[derive(Clone)]
pub struct RetentionMetrics {
    /// Files whose days are over and that are still there: as of the day's look.
    pub due_files: IntGauge,
    pub due_bytes: IntGauge,
    pub deleted: IntCounter,
}

type Making<'m, M> = &'m dyn Fn(&'static str, &'static str) -> prometheus::Result<M>;

impl TimestampMetrics {
    fn register(
        counter: Making<'_, IntCounter>,
        gauge: Making<'_, IntGauge>,
    ) -> prometheus::Result<Self> {
        Ok(TimestampMetrics {
            given: counter(
                "tenure_timestamps_total",
                "Checkpoints of the archive that the timestamp authority has stamped",
            )?,
            failures: counter(
                "tenure_timestamp_failures_total",
                "Times that the timestamp authority gave no timestamp",
            )?,
            commits: gauge(
                "tenure_timestamped_commits",
                "Commits under the newest stamped checkpoint",
            )?,
        })
    }
}

impl RetentionMetrics {
    fn register(
        counter: Making<'_, IntCounter>,
        gauge: Making<'_, IntGauge>,
    ) -> prometheus::Result<Self> {
        Ok(RetentionMetrics {
            due_files: gauge(
                "tenure_retention_due_files",
                "Files whose retention is over and that are still there, held ones included",
            )?,
            due_bytes: gauge("tenure_retention_due_bytes", "Bytes of these files")?,
            deleted: counter(
                "tenure_retention_deleted_files_total",
                "Files that retention let go",
            )?,
        })
    }
}

impl Plain {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name, help| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let histogram = |name, help, buckets: &[f64]| {
            let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            let histogram = Histogram::with_opts(opts)?;
            registry.register(Box::new(histogram.clone()))?;
            prometheus::Result::Ok(histogram)
        };
        let gauge = |name, help| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            prometheus::Result::Ok(gauge)
        };
        let clock = Gauge::new(
            "tenure_clock_seconds",
            "Time as of which findings stand, since the epoch",
        )?;
        registry.register(Box::new(clock.clone()))?;
        Ok(Plain {
            archive_segments: counter("tenure_archive_segments_total", "Segments written")?,
            archive_bytes: counter("tenure_archive_bytes_total", "Bytes of segments written")?,
            archive_rows: counter("tenure_archive_rows_total", "Rows of segments written")?,
            archive_commits: counter(
                "tenure_archive_commits_total",
                "Commits of the archive's chain",
            )?,
            archive_unsigned: gauge(
                "tenure_archive_unsigned_commits",
                "Commits that no checkpoint covers yet",
            )?,
            timestamps: TimestampMetrics::register(&counter, &gauge)?,
            retention: RetentionMetrics::register(&counter, &gauge)?,
            outbox_entries: gauge("tenure_outbox_entries", "Deliveries that wait")?,
            unready_parts: gauge(
                "tenure_unready_parts",
                "Parts of the service that are not ready",
            )?,
            clock,
            kafka_outages: counter(
                "tenure_kafka_outages_total",
                "Times that no broker could be reached",
            )?,
            deprovision: histogram(
                "tenure_deprovision_seconds",
                "Time from a termination to the end of the person's last account",
                DEPROVISION_BUCKETS,
            )?,
            state_commit: histogram(
                "tenure_state_commit_seconds",
                "Time that a batch of the state took to become durable",
                COMMIT_BUCKETS,
            )?,
            streams_unlabelled: counter(
                "tenure_streams_unlabelled_total",
                "Partitions beyond the limit, which have no gauges",
            )?,
        })
    }
}

impl SourceMetrics {
    pub fn reject(&self, reason: RejectReason) {
        self.rejects
            .count(&self.label, &Text::from(reason.as_str()));
    }

    /// An event whose action no mapping names.
    pub fn unmapped(&self, action: &Text) {
        self.unmapped.count(&self.label, action);
    }

    /// A field of another type than the mapping expects.
    pub fn mistyped(&self, field: &Text) {
        self.mistyped.count(&self.label, field);
    }

    pub(super) fn report(&self) -> SourceReport {
        SourceReport {
            source: self.label.clone(),
            records: self.records.get(),
            events: self.events.get(),
            rejects: self.rejects.counts(),
            unmapped: self.unmapped.counts(),
            mistyped: self.mistyped.counts(),
        }
    }

    /// An event of the source was at `time`.
    pub fn event_at(&self, time: Timestamp) {
        self.newest.fetch_max(time.as_micros(), Ordering::Relaxed);
    }

    pub(super) fn show_newest(&self) {
        let newest = self.newest.load(Ordering::Relaxed);
        if newest != i64::MIN {
            self.event_time.set(seconds(newest));
        }
    }
}

impl StreamMetrics {
    pub(super) fn unexposed() -> Self {
        let gauge = || IntGauge::new("unexposed", "unexposed").expect("a sound name");
        StreamMetrics {
            lag: gauge(),
            archive_offset: gauge(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds microseconds until the year 2255"
)]
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
