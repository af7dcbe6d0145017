//! Batches and wrappers around records, whatever put them there.

use super::event::value_time;
use super::json::{Doc, Node};
use super::plan::Plan;
use super::value::Scope;

/// Wrappers within wrappers: a batch in a cloud event in a queue's message is three.
const WRAPPERS_MAX: usize = 6;

/// Fields in which collectors put what they carry: AWS trails, Event Hubs, Google and generic
/// batches, Graph pages, EventBridge, CloudEvents and Kafka Connect.
const FIELDS: &[&str] = &[
    "Records", "events", "value", "detail", "data", "payload", "message",
];

/// Visits every item that can become an event, unwrapped.
pub fn each_item<'a>(plan: &Plan, doc: Doc<'a>, visit: &mut dyn FnMut(Scope<'a>)) {
    unwrap(plan, doc, doc.root(), WRAPPERS_MAX, visit);
}

fn unwrap<'a>(
    plan: &Plan,
    doc: Doc<'a>,
    node: Node,
    depth: usize,
    visit: &mut dyn FnMut(Scope<'a>),
) {
    match node {
        Node::Array(_) if depth > 0 => {
            for element in doc.elements(node) {
                unwrap(plan, doc, element, depth - 1, visit);
            }
        }
        Node::Object(_) => {
            if !is_record(plan, doc, node)
                && depth > 0
                && let Some(inside) = inside(doc, node)
            {
                return unwrap(plan, doc, inside, depth - 1, visit);
            }
            items(plan, doc, node, visit);
        }
        _ => {}
    }
}

/// Whether the mapping finds its action, or its list of events, right here.
fn is_record(plan: &Plan, doc: Doc<'_>, node: Node) -> bool {
    // A cloud event has a `type` of its own beside what it carries.
    if doc.field(node, "specversion").is_some() && doc.field(node, "data").is_some() {
        return false;
    }
    let whole = whole(doc, node);
    let Some(list) = &plan.each else {
        return whole.text(&plan.action).is_some();
    };
    let Some(list) = whole.node(list) else {
        return false;
    };
    // A list without a single event is still this record's, where the record has a time.
    value_time(&whole, &plan.time).is_some()
        || listed(doc, list).any(|item| Scope { item, ..whole }.text(&plan.action).is_some())
}

/// The elements of a list; a lone object stands for a list of one.
fn listed(doc: Doc<'_>, list: Node) -> impl Iterator<Item = Node> {
    let lone = matches!(list, Node::Object(_)).then_some(list);
    doc.elements(list).chain(lone)
}

fn whole(doc: Doc<'_>, node: Node) -> Scope<'_> {
    Scope {
        doc,
        record: node,
        item: node,
    }
}

fn inside(doc: Doc<'_>, node: Node) -> Option<Node> {
    let found = FIELDS.iter().filter_map(|name| doc.field(node, name));
    let holds = |node: &Node| matches!(node, Node::Array(_) | Node::Object(_));
    found.into_iter().find(holds)
}

fn items<'a>(plan: &Plan, doc: Doc<'a>, node: Node, visit: &mut dyn FnMut(Scope<'a>)) {
    let whole = whole(doc, node);
    let list = plan.each.as_ref().and_then(|list| whole.node(list));
    let mut any = false;
    for item in list.into_iter().flat_map(|list| listed(doc, list)) {
        any = true;
        visit(Scope { item, ..whole });
    }
    if !any {
        visit(whole);
    }
}
