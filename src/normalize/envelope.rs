//! Batches and wrappers around records, whatever put them there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::event::value_time;
use super::json::{Arena, Doc, Node};
use super::plan::Plan;
use super::scope::Scope;

/// Wrappers within wrappers: a batch in a cloud event in a queue's message is three.
const WRAPPERS_MAX: usize = 6;

/// Pairs of fields that only a wrapper has, the second of which is what it carries: CloudEvents,
/// EventBridge, Kafka Connect, SNS, Event Grid, Pub/Sub, CloudWatch Logs, Elasticsearch, Debezium.
const WRAPPERS: &[(&str, &str)] = &[
    ("specversion", "data"),
    ("detail-type", "detail"),
    ("schema", "payload"),
    ("TopicArn", "Message"),
    ("dataVersion", "data"),
    ("subscription", "message"),
    ("messageType", "logEvents"),
    ("_index", "_source"),
    ("op", "after"),
    ("CloudTrailEvent", "CloudTrailEvent"),
    ("AuditData", "AuditData"),
];

/// Fields in which collectors put what they carry: AWS trails, Event Hubs, Google and generic
/// batches, Graph pages, Splunk, and the wrappers above.
const FIELDS: &[&str] = &[
    "Records",
    "events",
    "items",
    "entries",
    "value",
    "logs",
    "logEvents",
    "results",
    "result",
    "response",
    "authlogs",
    "hits",
    "detail",
    "data",
    "payload",
    "after",
    "_source",
    "event",
    "eventData",
    "audit_log",
    "audit_logs",
    "activity_logs",
    "operation_logs",
    "auditLogEntries",
    "_embedded",
    "activities",
    "organization",
    "auditLog",
    "edges",
    "nodes",
    "node",
    "json",
    "message",
    "log",
    "body",
    "original",
];

/// Visits every item that can become an event, unwrapped.
pub fn each_item(plan: &Plan, doc: Doc<'_>, visit: &mut dyn FnMut(Scope<'_>)) {
    unwrap(plan, doc, doc.root(), WRAPPERS_MAX, visit);
}

fn unwrap(plan: &Plan, doc: Doc<'_>, node: Node, depth: usize, visit: &mut dyn FnMut(Scope<'_>)) {
    match node {
        Node::Array(_) if depth > 0 => {
            for element in doc.elements(node) {
                unwrap(plan, doc, element, depth - 1, visit);
            }
        }
        Node::Object(_) => {
            let is_wrapper = depth > 0 && !is_record(plan, doc, node);
            if !(is_wrapper && unwrap_object(plan, doc, node, depth - 1, visit)) {
                items(plan, doc, node, visit);
            }
        }
        // An element of a batch may be a record's text.
        Node::Str(_) if depth > 0 => {
            unwrap_text(plan, doc, node, depth - 1, visit);
        }
        _ => {}
    }
}

/// Whether something was found in the wrapper.
fn unwrap_object(
    plan: &Plan,
    doc: Doc<'_>,
    node: Node,
    depth: usize,
    visit: &mut dyn FnMut(Scope<'_>),
) -> bool {
    let carried = WRAPPERS
        .iter()
        .filter(|(mark, _)| doc.field(node, mark).is_some())
        .map(|(_, carried)| *carried);
    let fields: Vec<Node> = carried
        .chain(FIELDS.iter().copied())
        .filter_map(|name| doc.field(node, name))
        .collect();
    let holds = |field: &&Node| matches!(field, Node::Array(_) | Node::Object(_));
    let mut inside = fields.iter().filter(holds);
    let first = inside.next();
    // Of several that could carry something, the one in which the mapping finds a record.
    let better = || inside.find(|field| holds_record(plan, doc, **field, depth));
    let chosen = first.filter(|field| holds_record(plan, doc, **field, depth));
    if let Some(inside) = chosen.or_else(better) {
        unwrap(plan, doc, *inside, depth, visit);
        return true;
    }
    if fields
        .iter()
        .any(|field| unwrap_text(plan, doc, *field, depth, visit))
    {
        return true;
    }
    if let Some(inside) = first {
        unwrap(plan, doc, *inside, depth, visit);
    }
    first.is_some()
}

/// Whether the mapping finds a record at `node` or in a list there, or below it in turn.
fn holds_record(plan: &Plan, doc: Doc<'_>, node: Node, depth: usize) -> bool {
    match node {
        Node::Array(_) => doc
            .elements(node)
            .any(|one| holds_record(plan, doc, one, depth)),
        Node::Object(_) => {
            is_record(plan, doc, node)
                || depth > 0
                    && FIELDS.iter().any(|name| {
                        let field = doc.field(node, name);
                        field.is_some_and(|field| holds_record(plan, doc, field, depth - 1))
                    })
        }
        Node::Str(_) => {
            let mut found = false;
            depth > 0 && unwrap_text(plan, doc, node, depth - 1, &mut |_| found = true) && found
        }
        _ => false,
    }
}

/// A text that is JSON, or base64 of JSON, is read like a record of its own.
fn unwrap_text(
    plan: &Plan,
    doc: Doc<'_>,
    node: Node,
    depth: usize,
    visit: &mut dyn FnMut(Scope<'_>),
) -> bool {
    let Node::Str(text) = node else {
        return false;
    };
    let text = doc.str(text).trim();
    let decoded;
    let json = match text.as_bytes() {
        [b'{' | b'[', ..] => text.as_bytes(),
        // `{"` and `[{` in base64.
        [b'e', b'y' | b'w', ..] | [b'W', b'3', ..] => match STANDARD.decode(text) {
            Ok(bytes) => {
                decoded = bytes;
                &decoded
            }
            Err(_) => return false,
        },
        _ => match line(plan, text) {
            Some(object) => {
                decoded = object.into_bytes();
                &decoded
            }
            None => return false,
        },
    };
    let mut arena = Arena::default();
    match arena.parse(json) {
        Ok(inner) => {
            unwrap(plan, inner, inner.root(), depth, visit);
            true
        }
        Err(_) => false,
    }
}

/// A line of a log, where the mapping reads such: as an object of one field.
pub fn line(plan: &Plan, text: &str) -> Option<String> {
    let field = plan.line.as_ref()?;
    let object = serde_json::json!({ &**field: text }).to_string();
    let mut arena = Arena::default();
    let doc = arena.parse(object.as_bytes()).ok()?;
    let found = is_record(plan, doc, doc.root());
    found.then_some(object)
}

/// Whether the mapping finds its action, or its list of events, right here.
fn is_record(plan: &Plan, doc: Doc<'_>, node: Node) -> bool {
    let whole = whole(doc, node);
    let Some(list) = &plan.each else {
        return whole.text(&plan.action).is_some() && !is_marked(doc, node);
    };
    // A list that is a text has yet to be unwrapped.
    let Some(list) = whole
        .node(list)
        .filter(|list| !matches!(list, Node::Str(_)))
    else {
        return false;
    };
    // A list without a single event is still this record's, where the record has a time.
    value_time(&whole, &plan.time).is_some()
        || listed(doc, list).any(|item| Scope { item, ..whole }.text(&plan.action).is_some())
}

/// Whether it is a wrapper by its fields, although it has something where the mapping looks for
/// an action.
fn is_marked(doc: Doc<'_>, node: Node) -> bool {
    doc.keys(node).any(|key| {
        let wrapper = WRAPPERS.iter().find(|(mark, _)| *mark == key);
        wrapper.is_some_and(|(_, carried)| doc.field(node, carried).is_some())
    })
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
        element: Node::Null,
    }
}

fn items(plan: &Plan, doc: Doc<'_>, node: Node, visit: &mut dyn FnMut(Scope<'_>)) {
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
