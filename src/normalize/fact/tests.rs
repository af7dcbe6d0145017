//! What the sections and keys of a mapping state, where no mapping of ours shows it.

use std::sync::Arc;

use crate::model::fact::{Fact, TicketFact};
use crate::model::id::SourceName;
use crate::model::record::Record;
use crate::normalize::explain::fact_line;
use crate::normalize::{Mappings, Normalizer};

const HEAD: &str = "vendor: V\nproduct: P\ntime: at\naction: is\n";

fn mappings(text: &str) -> Mappings {
    let text = format!("{HEAD}{text}");
    Mappings::with(vec![("mine.yaml".to_owned(), text)]).expect("sound")
}

fn facts(mapping: &str, source: &str, raw: &str) -> Vec<Fact> {
    let record = Record {
        offset: 0,
        received_at: None,
        raw: raw.as_bytes().to_vec(),
        broken: None,
    };
    let mut normalizer = Normalizer::new(Arc::new(mappings(mapping)));
    normalizer
        .normalize(&SourceName::new(source), &record)
        .facts
}

fn check(mapping: &str, source: &str, raw: &str, expected: &[&str]) {
    let shown: Vec<String> = facts(mapping, source, raw).iter().map(fact_line).collect();
    assert_eq!(shown, expected, "{raw}");
}

const DEVICES: &str = "source: mdm
parties:
  target: {uid: user, email: email, account: user}
things:
  device: {uid: serial, name: name}
  phone: {kind: device, uid: imei}
events:
  held: {is: device.assign, states: no sighting}
  left: {is: device.unenroll, target: none}
  phone: {is: device.enroll, device: phone, states: no sighting}
  unknown: {is: device.wipe, device: none}
";

#[test]
fn a_device_is_held_by_an_account_or_else_by_an_address() {
    let check = |raw: &str, expected: &[&str]| check(DEVICES, "mdm", raw, expected);
    check(
        r#"{"is":"held","at":"2026-01-01T00:00:00Z","serial":"C02","name":"Mira's","user":"mira","email":"mira@corp.example"}"#,
        &["device mdm:C02 assigned at 2026-01-01T00:00:00Z name=Mira's holder=mdm:mira"],
    );
    check(
        r#"{"is":"held","at":"2026-01-01T00:00:00Z","name":"Mira's","email":"Mira@corp.example"}"#,
        &[
            "device mdm:Mira's assigned at 2026-01-01T00:00:00Z name=Mira's holder=mira@corp.example",
        ],
    );
    check(
        r#"{"is":"left","at":"2026-01-01T00:00:00Z","serial":"C02","user":"mira"}"#,
        &["device mdm:C02 unenrolled at 2026-01-01T00:00:00Z"],
    );
    check(
        r#"{"is":"phone","at":"2026-01-01T00:00:00Z","imei":"35","serial":"C02","user":"mira"}"#,
        &["device mdm:35 enrolled at 2026-01-01T00:00:00Z holder=mdm:mira"],
    );
    check(
        r#"{"is":"unknown","at":"2026-01-01T00:00:00Z","serial":"C02"}"#,
        &[],
    );
    check(r#"{"is":"held","at":"2026-01-01T00:00:00Z"}"#, &[]);
}

#[test]
fn a_row_lists_an_account_whether_or_not_it_has_a_verb() {
    let rows = "source: rows
parties:
  target: {uid: user, account: user}
events:
  row:
    - {when: active = false, is: account.update, life: listed_ended}
    - {is: none, life: listed}
";
    let row = |active: &str| {
        format!(r#"{{"is":"row","at":"2026-01-01T00:00:00Z","user":"mira","active":{active}}}"#)
    };
    check(
        rows,
        "rows",
        &row("true"),
        &["rows:mira listed at 2026-01-01T00:00:00Z"],
    );
    check(
        rows,
        "rows",
        &row("false"),
        &["rows:mira listed as ended at 2026-01-01T00:00:00Z"],
    );
}

#[test]
fn a_version_of_a_ticket_is_marked_as_one() {
    let tickets = "source: desk
ticket: {id: id, versions: true}
events: {open: ticket.create, note: ticket.update}
";
    let restates = |raw: &str| {
        let facts = facts(tickets, "desk", raw);
        let tickets = facts.into_iter().filter_map(|fact| match fact {
            Fact::Ticket(_, TicketFact::Event(event)) => Some(event.restates),
            _ => None,
        });
        tickets.collect::<Vec<bool>>()
    };
    let open = r#"{"is":"open","at":"2026-01-01T00:00:00Z","id":"OPS-1"}"#;
    assert_eq!(restates(open), [true]);
    let note = r#"{"is":"note","at":"2026-01-01T00:00:00Z","id":"OPS-1"}"#;
    assert!(restates(note).is_empty());
}

#[test]
fn a_source_that_shares_its_accounts_is_named_by_what_they_are_called() {
    let signins = "source: signins\naccounts: directory\n";
    check(
        signins,
        "inventory",
        r#"{"source":"signins@eu","as_of":"2026-01-01T00:00:00Z","account":{"uid":"u1"}}"#,
        &["directory@eu:u1 listed at 2026-01-01T00:00:00Z"],
    );
    check(
        signins,
        "review",
        r#"{"id":"rv-1","at":"2026-01-01T00:00:00Z","reviewer":"boss@corp.example","account":"signins:u1","grant":"signins:role:admin","decision":"keep"}"#,
        &["directory:u1 review keep role:admin at 2026-01-01T00:00:00Z reviewer=boss@corp.example"],
    );
    let ticket = r#"{"id":"OPS-1","type":"approved","at":"2026-01-01T00:00:00Z","kind":"access_request","subject":"signins:u1","grants":["signins:role:admin"]}"#;
    let found = facts(signins, "ticket", ticket);
    let Some(Fact::Ticket(_, TicketFact::Event(event))) = found.first() else {
        panic!("a ticket's fact: {found:?}");
    };
    assert_eq!(event.subject.as_deref(), Some("directory:u1"));
    assert_eq!(event.grants, ["directory:role:admin".into()]);
}

#[test]
fn a_section_that_says_nothing_is_a_mistake() {
    let text = format!(
        "source: mine\n{HEAD}things: {{device: {{uid: id}}}}\n\
         inventory: {{grants: {{each: =all, name: \"@.name\"}}}}\n\
         workflow: {{name: workflow}}\n"
    );
    let problems = Mappings::with(vec![("mine.yaml".to_owned(), text.clone())]);
    let shown = problems
        .expect_err("no run")
        .first()
        .map(ToString::to_string);
    assert!(shown.is_some_and(|shown| shown.contains("run")));
    let text = text.replace(
        "workflow: {name: workflow}",
        "events: {a: {is: none, device: device}}",
    );
    let problems = Mappings::with(vec![("mine.yaml".to_owned(), text)]).expect_err("two mistakes");
    let keys: Vec<&str> = problems.iter().map(|problem| &*problem.key).collect();
    assert_eq!(keys, ["inventory.grants.each", "events.a.device"]);
}
