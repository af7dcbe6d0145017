use super::*;

use crate::model::id::SourceName;
use crate::model::policy::SourceSettings;

const UNFULFILLED: RuleId = RuleId::RevocationUnfulfilled;
const DONE: TicketChange = TicketChange::Resolved { done: true };

fn hours(at: Timestamp, hours: i64) -> Timestamp {
    at + Span::hours(hours)
}

fn jane() -> Subject {
    Subject::Email(text("e1@corp.example"))
}

#[test]
fn an_offboarding_that_is_done_and_left_something_is_told() {
    for (ended, to) in [(hours(day(10), 4), None), (day(12), Some(day(12)))] {
        let mut scene = Scene::default();
        let (_, account) = scene.owned("e1", "okta", "U1");
        let other = scene.account("slack", "S1", Some("e1@corp.example"));
        scene.life(other, Life::Create, day(0));
        scene.ticket("T1", (TicketKind::Offboarding, DONE), day(10), jane());
        let closed = TicketChange::Closed { done: true };
        scene.ticket("T1", (TicketKind::Offboarding, closed), day(11), jane());
        scene.life(account, Life::Suspend, hours(day(10), 1));
        scene.life(other, Life::Suspend, ended);
        let from = hours(day(10), 4);
        let expected: Vec<_> = to
            .map(|to| told("ticket:T1", from, to))
            .into_iter()
            .collect();
        assert_eq!(scene.tells(UNFULFILLED), expected);
    }
}

#[test]
fn reopening_resolves_and_closing_again_is_judged_again() {
    let mut scene = Scene::default();
    scene.owned("e1", "okta", "U1");
    let kind = TicketKind::Revocation;
    scene.ticket("T1", (kind, DONE), day(10), jane());
    scene.ticket("T1", (kind, TicketChange::Reopened), day(11), jane());
    scene.ticket("T1", (kind, DONE), day(20), jane());
    let expected = [
        told("ticket:T1", hours(day(10), 4), day(11)),
        told("ticket:T1", hours(day(20), 4), None),
    ];
    assert_eq!(scene.tells(UNFULFILLED), expected);
}

#[test]
fn what_was_declined_or_asks_for_something_else_promises_nothing() {
    let declined = TicketChange::Resolved { done: false };
    for asks in [
        (TicketKind::Revocation, declined),
        (TicketKind::Revocation, TicketChange::Approved),
        (TicketKind::AccessRequest, DONE),
    ] {
        let mut scene = Scene::default();
        scene.owned("e1", "okta", "U1");
        scene.ticket("T1", asks, day(10), jane());
        assert_eq!(scene.tells(UNFULFILLED), [], "{asks:?}");
    }
}

#[test]
fn a_named_grant_is_what_was_promised_and_needs_a_live_account() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "okta", "U1");
    let zoom = grant("app", "Zoom");
    scene.granted(account, &zoom, day(1));
    let named = [("okta", zoom.clone())];
    let asks = (TicketKind::Revocation, DONE);
    let subject = Subject::Account(account);
    scene.ticket_naming("T1", asks, day(10), (subject, &named));
    let from = hours(day(10), 4);
    assert_eq!(scene.tells(UNFULFILLED), [told("ticket:T1", from, None)]);
    scene.life(account, Life::Suspend, day(20));
    assert_eq!(scene.tells(UNFULFILLED), [told("ticket:T1", from, day(20))]);
    scene.revoked(account, &zoom, from);
    assert_eq!(scene.tells(UNFULFILLED), []);
}

const INCOMPLETE: RuleId = RuleId::WorkflowIncomplete;
use WorkflowChange::{Failed, Started, Succeeded};

#[test]
fn a_run_that_hangs_is_told_until_it_succeeds() {
    for (at, expected) in [
        (day(2), vec![]),
        (
            second_after(day(2)),
            vec![told("workflow:R1", day(2), second_after(day(2)))],
        ),
    ] {
        let mut scene = Scene::default();
        scene.runs("R1", None, Started, day(1));
        scene.runs("R1", None, Succeeded, at);
        assert_eq!(scene.tells(INCOMPLETE), expected);
    }
}

#[test]
fn a_run_that_failed_has_until_its_limit_for_a_retry() {
    let mut scene = Scene::default();
    scene.runs("R1", None, Started, day(1));
    scene.runs("R1", None, Failed, hours(day(1), 1));
    let from = hours(day(2), 1);
    assert_eq!(scene.tells(INCOMPLETE), [told("workflow:R1", from, None)]);
    scene.runs("R2", Some("R1"), Started, hours(day(1), 2));
    scene.runs("R2", Some("R1"), Failed, hours(day(1), 3));
    scene.runs("R3", Some("R2"), Started, hours(day(1), 4));
    scene.runs("R3", Some("R2"), Succeeded, day(5));
    assert_eq!(scene.tells(INCOMPLETE), [told("workflow:R1", from, day(5))]);
    scene.runs("R3", Some("R2"), Succeeded, from);
    assert_eq!(scene.tells(INCOMPLETE), []);
}

#[test]
fn a_run_that_hung_and_then_failed_stays_open() {
    let mut scene = Scene::default();
    scene.runs("R1", None, Started, day(1));
    scene.runs("R1", None, Failed, day(5));
    assert_eq!(scene.tells(INCOMPLETE), [told("workflow:R1", day(2), None)]);
}

#[test]
fn a_source_is_silent_from_its_newest_record_on() {
    let mut scene = Scene::default();
    scene.runs("R1", None, Started, day(1));
    scene.runs("R1", None, Succeeded, day(2));
    let rule = RuleId::SourceSilent;
    assert_eq!(scene.expected(rule, second_before(day(3))), []);
    assert_eq!(scene.tells(rule), [told("source:workflow", day(3), None)]);
    let settings = SourceSettings {
        silence: Some(Span::hours(6)),
        ..SourceSettings::default()
    };
    let source = SourceName::new("workflow");
    scene.policy.sources.insert(source, settings);
    let from = hours(day(2), 6);
    assert_eq!(scene.tells(rule), [told("source:workflow", from, None)]);
}
