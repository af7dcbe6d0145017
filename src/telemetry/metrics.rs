//! The metrics of the service, typed; docs/metrics.md says what each of them means.
//!
//! A registry of our own, so that tests and several services in one process do not share counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

use crate::model::finding::{RuleId, Severity, Status};
use crate::model::id::{Key, SourceName};
use crate::model::limits::{METRIC_SOURCES_MAX, METRIC_STREAMS_MAX};
use crate::model::record::{RejectReason, Stream};
use crate::model::time::{Span, Timestamp};

use super::labels::{KnownSources, Labelled, OTHER};

/// Cheap to clone: all clones count into the same registry.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    known: KnownSources,
    sources: Labelled<SourceName, SourceMetrics>,
    streams: Labelled<Stream, StreamMetrics>,
    vectors: Vectors,
    plain: Plain,
}

/// What has labels.
struct Vectors {
    records: IntCounterVec,
    events: IntCounterVec,
    rejects: IntCounterVec,
    unmapped: IntCounterVec,
    event_time: GaugeVec,
    facts: IntCounterVec,
    homes: IntGaugeVec,
    findings: IntGaugeVec,
    finding_changes: IntCounterVec,
    lag: IntGaugeVec,
    archive_offset: IntGaugeVec,
    deliveries: IntCounterVec,
}

/// What has none: counted into directly.
#[derive(Clone)]
pub struct Plain {
    pub archive_segments: IntCounter,
    pub archive_bytes: IntCounter,
    pub archive_rows: IntCounter,
    pub archive_commits: IntCounter,
    pub outbox_entries: IntGauge,
    pub kafka_outages: IntCounter,
    deprovision: Histogram,
    state_commit: Histogram,
    streams_unlabelled: IntCounter,
}

/// Counters of one source. Fetch it once for a batch, or once and for all.
pub struct SourceMetrics {
    pub records: IntCounter,
    pub events: IntCounter,
    pub unmapped: IntCounter,
    rejects: IntCounterVec,
    label: String,
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

/// What facts are about and homes are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeKind {
    Account,
    Person,
    Identifier,
    Credential,
    Ticket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingChange {
    Opened,
    Resolved,
    Withdrawn,
    Exempted,
}

/// How an attempt to deliver to a webhook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    /// It will be tried again.
    Failed,
    /// It will not: the receiver refused it for good, or it was tried too often.
    GivenUp,
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

impl Metrics {
    /// `sources` are those with a mapping: only they have labels of their own.
    pub fn new<'n>(sources: impl IntoIterator<Item = &'n str>) -> Self {
        Self::build(sources)
            .expect("the names of our metrics are sound and distinct: a test reads them all")
    }

    fn build<'n>(sources: impl IntoIterator<Item = &'n str>) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let vectors = Vectors::register(&registry)?;
        let plain = Plain::register(&registry)?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let opts = Opts::new("tenure_build_info", "Which version runs; always 1")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(opts)?;
        build.set(1);
        registry.register(Box::new(build))?;
        let metrics = Metrics(Arc::new(Inner {
            registry,
            known: KnownSources::new(sources),
            sources: Labelled::new(METRIC_SOURCES_MAX + 1),
            streams: Labelled::new(METRIC_STREAMS_MAX),
            vectors,
            plain,
        }));
        metrics.start_at_zero();
        Ok(metrics)
    }

    /// A series that exists from the start shows its first increase as one.
    fn start_at_zero(&self) {
        for kind in HomeKind::ALL {
            self.0.vectors.facts.with_label_values(&[kind.as_str()]);
            self.homes(kind).set(0);
        }
        for rule in RuleId::ALL {
            for change in FindingChange::ALL {
                let labels = [rule.as_str(), change.as_str()];
                self.0.vectors.finding_changes.with_label_values(&labels);
            }
            for severity in Severity::ALL {
                for status in [Status::Open, Status::Exempt] {
                    self.findings(rule, severity, status).set(0);
                }
            }
        }
        for outcome in [Delivery::Delivered, Delivery::Failed, Delivery::GivenUp] {
            self.0
                .vectors
                .deliveries
                .with_label_values(&[outcome.as_str()]);
        }
    }

    /// Counters of `source`; one that is not known shares those of `other`.
    pub fn source(&self, source: &SourceName) -> Arc<SourceMetrics> {
        let own = if self.0.known.contains(source) {
            source.clone()
        } else {
            SourceName::new(OTHER)
        };
        let make = |source: &SourceName| self.0.vectors.of_source(source.as_str());
        let other = || self.0.sources.get_or_make(SourceName::new(OTHER), make);
        // The bound leaves room for known sources; their instances may exceed it.
        let found = self.0.sources.get_or_make(own, make).or_else(other);
        found.unwrap_or_else(|| Arc::new(make(&SourceName::new(OTHER))))
    }

    /// Gauges of a Kafka partition. Never ask for a file's: a path may name a person. Beyond the
    /// limit the gauges are not exposed, and that is counted.
    pub fn stream(&self, stream: &Stream) -> Arc<StreamMetrics> {
        let make = |stream: &Stream| self.0.vectors.of_stream(stream);
        let found = self.0.streams.get_or_make(stream.clone(), make);
        found.unwrap_or_else(|| {
            self.0.plain.streams_unlabelled.inc();
            Arc::new(StreamMetrics::unexposed())
        })
    }

    /// A partition that another node reads now: its gauges would stand still for ever.
    pub fn forget_stream(&self, stream: &Stream) {
        if self.0.streams.remove(stream) {
            let partition = stream.partition.to_string();
            let labels = [&*stream.topic, partition.as_str()];
            for vector in [&self.0.vectors.lag, &self.0.vectors.archive_offset] {
                if let Err(error) = vector.remove_label_values(&labels) {
                    tracing::debug!(%stream, %error, "no gauge to forget");
                }
            }
        }
    }

    pub fn facts(&self, kind: HomeKind) -> IntCounter {
        self.0.vectors.facts.with_label_values(&[kind.as_str()])
    }

    pub fn homes(&self, kind: HomeKind) -> IntGauge {
        self.0.vectors.homes.with_label_values(&[kind.as_str()])
    }

    /// How many findings are open, or exempt.
    pub fn findings(&self, rule: RuleId, severity: Severity, status: Status) -> IntGauge {
        let labels = [rule.as_str(), severity.as_str(), status.as_str()];
        self.0.vectors.findings.with_label_values(&labels)
    }

    pub fn finding_changed(&self, rule: RuleId, change: FindingChange) {
        let labels = [rule.as_str(), change.as_str()];
        self.0
            .vectors
            .finding_changes
            .with_label_values(&labels)
            .inc();
    }

    pub fn webhook_delivery(&self, outcome: Delivery) {
        self.0
            .vectors
            .deliveries
            .with_label_values(&[outcome.as_str()])
            .inc();
    }

    /// The last account of someone who was terminated has ended; negative where it ended before.
    pub fn deprovisioned(&self, after: Span) {
        self.0
            .plain
            .deprovision
            .observe(seconds(after.as_micros()).max(0.0));
    }

    pub fn state_committed(&self, took: std::time::Duration) {
        self.0.plain.state_commit.observe(took.as_secs_f64());
    }

    pub fn plain(&self) -> &Plain {
        &self.0.plain
    }

    /// The text that Prometheus scrapes.
    pub fn render(&self) -> prometheus::Result<String> {
        self.0.sources.each(SourceMetrics::show_newest);
        TextEncoder::new().encode_to_string(&self.0.registry.gather())
    }
}

impl Vectors {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name, help, labels: &[&str]| {
            let vector = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            prometheus::Result::Ok(vector)
        };
        let gauge = |name, help, labels: &[&str]| {
            let vector = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            prometheus::Result::Ok(vector)
        };
        let event_time = GaugeVec::new(
            Opts::new(
                "tenure_event_time_seconds",
                "Time of a source's newest event, since the epoch",
            ),
            &["source"],
        )?;
        registry.register(Box::new(event_time.clone()))?;
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
                &["source"],
            )?,
            event_time,
            facts: counter("tenure_facts_total", "Facts that came home", &["kind"])?,
            homes: gauge("tenure_homes", "Homes that hold a state", &["kind"])?,
            findings: gauge(
                "tenure_findings",
                "Findings that are open or exempt",
                &["rule", "severity", "status"],
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
        })
    }

    fn of_source(&self, label: &str) -> SourceMetrics {
        SourceMetrics {
            records: self.records.with_label_values(&[label]),
            events: self.events.with_label_values(&[label]),
            unmapped: self.unmapped.with_label_values(&[label]),
            rejects: self.rejects.clone(),
            label: label.to_owned(),
            newest: AtomicI64::new(i64::MIN),
            event_time: self.event_time.with_label_values(&[label]),
        }
    }

    fn of_stream(&self, stream: &Stream) -> StreamMetrics {
        let partition = stream.partition.to_string();
        let labels = [&*stream.topic, partition.as_str()];
        StreamMetrics {
            lag: self.lag.with_label_values(&labels),
            archive_offset: self.archive_offset.with_label_values(&labels),
        }
    }
}

impl Plain {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
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
        let outbox_entries = IntGauge::new("tenure_outbox_entries", "Deliveries that wait")?;
        registry.register(Box::new(outbox_entries.clone()))?;
        Ok(Plain {
            archive_segments: counter("tenure_archive_segments_total", "Segments written")?,
            archive_bytes: counter("tenure_archive_bytes_total", "Bytes of segments written")?,
            archive_rows: counter("tenure_archive_rows_total", "Rows of segments written")?,
            archive_commits: counter(
                "tenure_archive_commits_total",
                "Commits of the archive's chain",
            )?,
            outbox_entries,
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
            .with_label_values(&[self.label.as_str(), reason.as_str()])
            .inc();
    }

    /// An event of the source was at `time`.
    pub fn event_at(&self, time: Timestamp) {
        self.newest.fetch_max(time.as_micros(), Ordering::Relaxed);
    }

    fn show_newest(&self) {
        let newest = self.newest.load(Ordering::Relaxed);
        if newest != i64::MIN {
            self.event_time.set(seconds(newest));
        }
    }
}

impl StreamMetrics {
    fn unexposed() -> Self {
        let gauge = || IntGauge::new("unexposed", "unexposed").expect("a sound name");
        StreamMetrics {
            lag: gauge(),
            archive_offset: gauge(),
        }
    }
}

impl HomeKind {
    pub const ALL: [HomeKind; 5] = [
        HomeKind::Account,
        HomeKind::Person,
        HomeKind::Identifier,
        HomeKind::Credential,
        HomeKind::Ticket,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            HomeKind::Account => "account",
            HomeKind::Person => "person",
            HomeKind::Identifier => "identifier",
            HomeKind::Credential => "credential",
            HomeKind::Ticket => "ticket",
        }
    }
}

impl From<&Key> for HomeKind {
    fn from(key: &Key) -> Self {
        match key {
            Key::Account(_) => HomeKind::Account,
            Key::Person(_) => HomeKind::Person,
            Key::Identifier(_) => HomeKind::Identifier,
            Key::Credential(_) => HomeKind::Credential,
            Key::Ticket(_) => HomeKind::Ticket,
        }
    }
}

impl FindingChange {
    pub const ALL: [FindingChange; 4] = [
        FindingChange::Opened,
        FindingChange::Resolved,
        FindingChange::Withdrawn,
        FindingChange::Exempted,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            FindingChange::Opened => "opened",
            FindingChange::Resolved => "resolved",
            FindingChange::Withdrawn => "withdrawn",
            FindingChange::Exempted => "exempted",
        }
    }
}

impl Delivery {
    pub const fn as_str(self) -> &'static str {
        match self {
            Delivery::Delivered => "delivered",
            Delivery::Failed => "failed",
            Delivery::GivenUp => "given_up",
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds microseconds until the year 2255"
)]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
