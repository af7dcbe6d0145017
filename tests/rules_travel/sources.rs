//! `source-silent`.

use tenure::model::fact::{Delivered, Fact};
use tenure::model::finding::{Finding, RuleId, Status, SubjectKind};
use tenure::model::id::SourceName;
use tenure::model::policy::{Policy, SourceSettings};
use tenure::model::time::{Span, Timestamp};

use crate::node::{Expected, Node, check, hour, minute_past, only, uid};

fn delivered_at(source: &str, at: Timestamp) -> Fact {
    let event = uid(at);
    Fact::Source(SourceName::new(source), Delivered { at, event })
}

fn delivered(source: &str, at: i64) -> Fact {
    delivered_at(source, hour(at))
}

fn policy() -> Policy {
    only(RuleId::SourceSilent, Policy::default())
}

fn told(facts: &[Fact], now: i64, expected: &[Expected<'_>]) -> Vec<Finding> {
    check(&policy(), facts, now, expected)
}

#[test]
fn a_source_is_silent_when_its_newest_record_is_too_old() {
    let records = [
        delivered("okta", 10),
        delivered("okta", 4),
        delivered("hris", 30),
    ];
    told(&records, 33, &[]);
    let found = told(&records, 34, &[("source:okta", 34, None)]);
    assert_eq!(
        found.first().map(|it| it.subject_kind),
        Some(SubjectKind::Source)
    );
    told(
        &records,
        54,
        &[("source:okta", 34, None), ("source:hris", 54, None)],
    );
}

#[test]
fn a_policy_knows_which_sources_speak_rarely() {
    let mut policy = policy();
    let rarely = SourceSettings {
        silence: Some(Span::days(7)),
        ..SourceSettings::default()
    };
    policy.sources.insert(SourceName::new("hris"), rarely);
    let records = [delivered("hris@eu", 0), delivered("okta", 0)];
    check(&policy, &records, 167, &[("source:okta", 24, None)]);
    let both = [("source:okta", 24, None), ("source:hris@eu", 168, None)];
    check(&policy, &records, 168, &both);
}

fn news(node: &mut Node, now: Timestamp) -> Vec<(Status, Timestamp, Option<Timestamp>)> {
    let news = node.tick(now).into_iter();
    news.map(|it| (it.status, it.opened_at, it.resolved_at))
        .collect()
}

#[test]
fn a_record_ends_a_silence_and_that_is_the_last_of_it() {
    let mut node = Node::new(&policy(), 8);
    node.take(vec![delivered("okta", 10)]);
    assert_eq!(news(&mut node, hour(33)), []);
    assert_eq!(news(&mut node, hour(34)), [(Status::Open, hour(34), None)]);
    node.take(vec![delivered("okta", 40)]);
    let ended = [(Status::Resolved, hour(34), Some(hour(40)))];
    assert_eq!(news(&mut node, hour(41)), ended);
    assert_eq!(news(&mut node, hour(42)), []);
    assert_eq!(node.findings(), []);
    assert_eq!(news(&mut node, hour(64)), [(Status::Open, hour(64), None)]);
}

#[test]
fn a_late_record_shows_that_a_silence_began_later_or_not_at_all() {
    let mut node = Node::new(&policy(), 1);
    node.take(vec![delivered("okta", 10)]);
    assert_eq!(news(&mut node, hour(40)), [(Status::Open, hour(34), None)]);
    // At the very deadline it is in time; a minute later it ends what had begun.
    node.take(vec![delivered("okta", 34)]);
    assert_eq!(
        news(&mut node, hour(40)),
        [(Status::Withdrawn, hour(34), None)]
    );
    assert_eq!(news(&mut node, hour(58)), [(Status::Open, hour(58), None)]);
    node.take(vec![delivered_at("okta", minute_past(58))]);
    let ended = [(Status::Resolved, hour(58), Some(minute_past(58)))];
    assert_eq!(news(&mut node, hour(60)), ended);
    // Late, but old: it changes nothing.
    node.take(vec![delivered("okta", 20)]);
    assert_eq!(news(&mut node, hour(60)), []);
}
