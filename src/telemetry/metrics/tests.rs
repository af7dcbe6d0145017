//! What is exposed, within which bounds, and that whoever names a metric names one that exists.

use super::*;
use crate::model::Text;
use crate::model::census::{
    AccountStanding, Counted, CredentialAge, GrantKind, LinkStanding, Privilege,
};
use crate::model::fact::LinkReason;
use crate::model::record::RejectReason;

fn used() -> Metrics {
    let metrics = Metrics::new(["okta", "github"]);
    let okta = metrics.source(&SourceName::new("okta@eu"));
    okta.records.inc_by(3);
    metrics.redacted("github-token");
    okta.reject(RejectReason::NoTime);
    okta.unmapped(&Text::from("user.strange"));
    okta.mistyped(&Text::from("actor"));
    okta.event_at(Timestamp::from_seconds(100));
    okta.event_at(Timestamp::from_seconds(50));
    metrics.source(&SourceName::new("jane")).records.inc();
    metrics.stream(&stream("identity.okta")).lag.set(7);
    metrics.deprovisioned(Span::hours(2), Span::HOUR);
    metrics.census(&tally(), Timestamp::from_seconds(100));
    metrics
}

/// One of everything.
fn tally() -> Tally {
    let okta = || SourceName::new("okta");
    let mut tally = Tally::default();
    for what in [
        Counted::Account(okta(), AccountStanding::Live, LinkStanding::Linked),
        Counted::Link(okta(), LinkReason::Email),
        Counted::Credential(okta(), None, CredentialAge::Unknown),
        Counted::Grant(okta(), GrantKind::Role, Privilege::Privileged),
    ] {
        tally.count(what);
    }
    tally
}

fn stream(topic: &str) -> Stream {
    Stream {
        topic: topic.into(),
        partition: 3,
    }
}

fn text(metrics: &Metrics) -> String {
    metrics.render().expect("text")
}

#[test]
fn what_is_counted_is_exposed_and_a_source_without_a_mapping_is_other() {
    let metrics = used();
    let text = text(&metrics);
    for line in [
        "tenure_records_total{source=\"okta@eu\"} 3",
        "tenure_records_total{source=\"other\"} 1",
        "tenure_rejects_total{reason=\"no_time\",source=\"okta@eu\"} 1",
        "tenure_event_time_seconds{source=\"okta@eu\"} 100",
        "tenure_consumer_lag_records{partition=\"3\",topic=\"identity.okta\"} 7",
        "tenure_deprovision_seconds_bucket{le=\"14400\"} 1",
        "tenure_deprovisioned_total{outcome=\"late\"} 1",
        "tenure_deprovisioned_total{outcome=\"in_time\"} 0",
        "tenure_findings{rule=\"orphan-account\",severity=\"high\",status=\"open\"} 0",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} in\n{text}");
    }
    assert!(!text.contains("jane"));
}

#[test]
fn a_forgotten_partition_is_no_longer_exposed() {
    let metrics = used();
    metrics.forget_stream(&stream("identity.okta"));
    metrics.forget_stream(&stream("never.seen"));
    assert!(!text(&metrics).contains("identity.okta"));
}

#[test]
fn labels_are_bounded() {
    let metrics = Metrics::new(["okta"]);
    for tenant in 0..METRIC_SOURCES_MAX * 2 {
        let source = SourceName::new(format!("okta@{tenant}"));
        metrics.source(&source).records.inc();
    }
    for topic in 0..METRIC_STREAMS_MAX + 5 {
        metrics.stream(&stream(&topic.to_string())).lag.set(1);
    }
    let text = text(&metrics);
    let series = |name| text.lines().filter(|line| line.starts_with(name)).count();
    assert!(series("tenure_records_total{") <= METRIC_SOURCES_MAX + 1);
    assert_eq!(series("tenure_consumer_lag_records{"), METRIC_STREAMS_MAX);
    assert!(text.contains("tenure_streams_unlabelled_total 5\n"));
}

/// The checks of `promtool check metrics`, and that docs/metrics.md names each metric.
#[test]
fn every_metric_is_documented_and_named_by_the_conventions() {
    let docs = include_str!("../../../docs/metrics.md");
    let metrics = used();
    metrics.render().expect("text");
    let families = metrics.0.registry.gather();
    assert!(families.len() > 20);
    for family in &families {
        let name = family.name();
        assert!(
            docs.contains(&format!("`{name}`")),
            "{name} is not documented"
        );
        assert!(!family.help().is_empty(), "{name} has no help");
        let counter = family.get_field_type() == prometheus::proto::MetricType::COUNTER;
        assert_eq!(counter, name.ends_with("_total"), "{name}");
        let lower = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        assert!(name.chars().all(lower), "{name}");
        for unit in [
            "_ms", "_millis", "_minutes", "_hours", "_days", "_kb", "_mb", "_percent",
        ] {
            assert!(!name.contains(unit), "{name} is not in a base unit");
        }
    }
}

/// Everything that people are told to ask for.
const TEXTS: [(&str, &str); 7] = [
    ("docs/metrics.md", include_str!("../../../docs/metrics.md")),
    ("docs/runbook.md", include_str!("../../../docs/runbook.md")),
    (
        "recording.yml",
        include_str!("../../../dashboards/rules/recording.yml"),
    ),
    (
        "alerts.yml",
        include_str!("../../../dashboards/rules/alerts.yml"),
    ),
    (
        "lifecycle-health.json",
        include_str!("../../../dashboards/lifecycle-health.json"),
    ),
    (
        "findings.json",
        include_str!("../../../dashboards/findings.json"),
    ),
    (
        "pipeline-health.json",
        include_str!("../../../dashboards/pipeline-health.json"),
    ),
];

#[test]
fn every_metric_that_docs_rules_and_dashboards_name_is_exposed() {
    let metrics = used();
    metrics.render().expect("text");
    let families = metrics.0.registry.gather();
    let exposed: Vec<&str> = families
        .iter()
        .map(prometheus::proto::MetricFamily::name)
        .collect();
    for (file, text) in TEXTS {
        let named: Vec<&str> = named(text).collect();
        assert!(named.len() > 3, "{file} names {named:?}");
        for name in named {
            assert!(
                exposed.contains(&name),
                "{file} names {name}, which is not exposed"
            );
        }
    }
}

/// The metrics that a text names, queries included; series that rules record are not ours.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let words = text.split(move |letter| !is_part(letter));
    let names = words.filter(|word| word.starts_with("tenure_") && !word.contains(':'));
    names.map(|word| word.trim_end_matches("_bucket"))
}
