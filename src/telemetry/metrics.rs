//! The metrics of the service, typed; docs/metrics.md says what each of them means.
//!
//! A registry of our own, so that tests and several services in one process do not share counts.

use std::sync::Arc;

use prometheus::{IntCounter, IntGauge, Opts, Registry, TextEncoder};

use crate::model::census::{FindingAge, Tally};
use crate::model::finding::{RuleId, Severity, Status};
use crate::model::id::SourceName;
use crate::model::limits::{METRIC_SOURCES_MAX, METRIC_STREAMS_MAX};
use crate::model::record::Stream;
use crate::model::time::{Span, Timestamp};

use super::census::CensusGauges;
use super::families::{Plain, SourceMetrics, StreamMetrics, Vectors, seconds};
use super::labels::{KnownSources, Labelled, OTHER};
use super::report::SourceReport;
use super::words::{Delivery, Deprovisioned, FindingChange, HomeKind};

/// Cheap to clone: all clones count into the same registry.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    known: KnownSources,
    sources: Labelled<SourceName, SourceMetrics>,
    other: Arc<SourceMetrics>,
    streams: Labelled<Stream, StreamMetrics>,
    vectors: Vectors,
    census: CensusGauges,
    plain: Plain,
}

impl Metrics {
    /// `sources` are those with a mapping: only they have labels of their own.
    pub fn new<'n>(sources: impl IntoIterator<Item = &'n str>) -> Self {
        Self::build(sources)
            .expect("the names of our metrics are sound and distinct: a test reads them all")
    }

    fn build<'n>(sources: impl IntoIterator<Item = &'n str>) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let vectors = Vectors::register(&registry)?;
        let census = CensusGauges::register(&registry)?;
        let plain = Plain::register(&registry)?;
        // Linux tells a process about itself in /proc; elsewhere these are absent.
        #[cfg(target_os = "linux")]
        registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        let opts = Opts::new("tenure_build_info", "Which version runs; always 1")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(opts)?;
        build.set(1);
        registry.register(Box::new(build))?;
        let metrics = Metrics(Arc::new(Inner {
            registry,
            known: KnownSources::new(sources),
            sources: Labelled::new(METRIC_SOURCES_MAX),
            other: Arc::new(vectors.of_source(OTHER)),
            streams: Labelled::new(METRIC_STREAMS_MAX),
            vectors,
            census,
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
                for age in FindingAge::ALL {
                    self.findings_by_age(rule, severity, *age).set(0);
                }
            }
        }
        for outcome in [Deprovisioned::InTime, Deprovisioned::Late] {
            self.0
                .vectors
                .deprovisioned
                .with_label_values(&[outcome.as_str()]);
        }
        for outcome in [Delivery::Delivered, Delivery::Failed, Delivery::GivenUp] {
            self.0
                .vectors
                .deliveries
                .with_label_values(&[outcome.as_str()]);
        }
    }

    /// Counters of `source`; one that is not known, or beyond the limit, shares those of `other`.
    pub fn source(&self, source: &SourceName) -> Arc<SourceMetrics> {
        let make = |source: &SourceName| self.0.vectors.of_source(source.as_str());
        if self.0.known.contains(source)
            && let Some(own) = self.0.sources.get_or_make(source.clone(), make)
        {
            return own;
        }
        Arc::clone(&self.0.other)
    }

    /// What was counted of every source that delivered something, in the order of their names.
    pub fn report(&self) -> Vec<SourceReport> {
        let mut reports = Vec::new();
        self.0.sources.each(|source| reports.push(source.report()));
        reports.push(self.0.other.report());
        reports.retain(|report| report.records > 0);
        reports
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

    /// How many findings are open for that long.
    pub fn findings_by_age(&self, rule: RuleId, severity: Severity, age: FindingAge) -> IntGauge {
        let labels = [rule.as_str(), severity.as_str(), age.as_str()];
        self.0.vectors.findings_by_age.with_label_values(&labels)
    }

    /// Takes over what homes amount to, counted as of `now`; shown from the next scrape on.
    pub fn census(&self, tally: &Tally, now: Timestamp) {
        let label = |source: &SourceName| self.source(source).label.clone();
        self.0.census.set(tally, now, label);
    }

    /// Findings stand as of `now`.
    pub fn clock(&self, now: Timestamp) {
        self.0.plain.clock.set(seconds(now.as_micros()));
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

    /// The last account of someone who was terminated has ended, `after` that; negative where it
    /// ended before. `deadline` is when it should have, after that.
    pub fn deprovisioned(&self, after: Span, deadline: Span) {
        let outcome = if after <= deadline {
            Deprovisioned::InTime
        } else {
            Deprovisioned::Late
        };
        let labels = [outcome.as_str()];
        self.0
            .vectors
            .deprovisioned
            .with_label_values(&labels)
            .inc();
        self.0
            .plain
            .deprovision
            .observe(seconds(after.as_micros()).max(0.0));
    }

    /// A secret was replaced. Patterns are ours and the operator's, so their number is bounded.
    pub fn redacted(&self, pattern: &str) {
        self.0.vectors.redacted.with_label_values(&[pattern]).inc();
    }

    pub fn state_committed(&self, took: std::time::Duration) {
        self.0.plain.state_commit.observe(took.as_secs_f64());
    }

    pub fn plain(&self) -> &Plain {
        &self.0.plain
    }

    /// The text that Prometheus scrapes.
    pub fn render(&self) -> prometheus::Result<String> {
        self.0.other.show_newest();
        self.0.sources.each(SourceMetrics::show_newest);
        // Held until all is gathered: another scrape sets the same gauges.
        let _shown = self.0.census.show();
        TextEncoder::new().encode_to_string(&self.0.registry.gather())
    }
}

#[cfg(test)]
mod tests;
