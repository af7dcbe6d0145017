//! An event as OCSF 1.8.0 JSON, with the `lifecycle` profile and two classes of our extension
//! (`schemas/ocsf`).

use serde_json::{Map, Value, json};

use super::verb::{Activity, HR_ACTIVITIES, OTHER, REQUEST_ACTIVITIES, class};
use crate::model::event::{Event, Lifecycle, Named, Outcome, Party, PartyKind};
use crate::model::time::Timestamp;

/// Our extension's uid until one is registered.
pub const EXTENSION_UID: u32 = 999;

/// A valid OCSF event. What the event does not state is absent. `product` is the vendor and the
/// product whose log its source is.
pub fn render(event: &Event, product: Option<(&str, &str)>) -> Value {
    let mut out = Map::new();
    header(event, &mut out);
    out.insert("metadata".into(), metadata(event, product));
    status(event, &mut out);
    put(&mut out, "message", event.message.as_deref());
    if let Some(actor) = actor(event) {
        out.insert("actor".into(), actor);
    }
    if has_endpoint(event.class_uid) {
        if let Some(ip) = &event.src_ip {
            out.insert("src_endpoint".into(), json!({ "ip": &**ip }));
        }
        if let Some(agent) = &event.user_agent {
            out.insert("http_request".into(), json!({ "user_agent": &**agent }));
        }
    } else {
        observables(event, &mut out);
    }
    if event.class_uid == class::API_ACTIVITY {
        out.insert("api".into(), json!({ "operation": &*event.event_code }));
    }
    of_class(event, &mut out);
    out.insert("lifecycle".into(), lifecycle(&event.lifecycle));
    if let Some(unmapped) = &event.unmapped {
        out.insert("unmapped".into(), Value::Object((**unmapped).clone()));
    }
    Value::Object(out)
}

/// Whether the class says where an event came from.
const fn has_endpoint(class: u32) -> bool {
    !matches!(
        class,
        class::BASE_EVENT | class::USER_INVENTORY | class::DETECTION_FINDING
    )
}

/// What a class has no attribute for can still be found in any event.
fn observables(event: &Event, out: &mut Map<String, Value>) {
    let user = event.user.as_ref();
    let user = user.filter(|_| event.class_uid != class::USER_INVENTORY);
    let email = user.and_then(|user| user.email.as_ref());
    let name = user.and_then(|user| user.name.as_ref().or(user.uid.as_ref()));
    let found = [
        (2, "IP Address", event.src_ip.as_ref()),
        (4, "User Name", name),
        (5, "Email Address", email),
    ];
    let found = found.into_iter().filter_map(|(id, kind, value)| {
        let value = &**value?;
        Some(json!({ "type_id": id, "type": kind, "value": value }))
    });
    let found: Vec<Value> = found.collect();
    if !found.is_empty() {
        out.insert("observables".into(), Value::Array(found));
    }
}

fn header(event: &Event, out: &mut Map<String, Value>) {
    let class = event.class_uid;
    let category = match class {
        class::BASE_EVENT => (0, "Uncategorized"),
        class::API_ACTIVITY => (6, "Application Activity"),
        class::USER_INVENTORY => (5, "Discovery"),
        class::DETECTION_FINDING => (2, "Findings"),
        _ => (3, "Identity & Access Management"),
    };
    out.insert("class_uid".into(), json!(class));
    out.insert("class_name".into(), json!(class_name(class)));
    out.insert("category_uid".into(), json!(category.0));
    out.insert("category_name".into(), json!(category.1));
    out.insert("activity_id".into(), json!(event.activity_id));
    out.insert("activity_name".into(), json!(activity_name(event)));
    out.insert(
        "type_uid".into(),
        json!(u64::from(class) * 100 + u64::from(event.activity_id)),
    );
    out.insert("time".into(), json!(millis(event.time)));
    // How grave a detection is, its vendor may say in many ways: not known.
    let severity = u8::from(class != class::DETECTION_FINDING);
    out.insert("severity_id".into(), json!(severity));
}

fn metadata(event: &Event, product: Option<(&str, &str)>) -> Value {
    let (vendor, product) = product.unwrap_or(("Unknown", event.source.base()));
    let mut metadata = json!({
        "version": "1.8.0",
        "product": { "name": product, "vendor_name": vendor },
        "profiles": profiles(event),
        "extensions": [{ "name": "tenure", "uid": EXTENSION_UID.to_string(), "version": "1.0.0" }],
        "uid": event.uid.to_string(),
        "event_code": &*event.event_code,
        "log_name": event.source.as_str(),
    });
    if let (Some(uid), Some(fields)) = (&event.vendor_uid, metadata.as_object_mut()) {
        fields.insert("original_event_uid".into(), json!(&**uid));
    }
    metadata
}

/// The base event and findings have an actor by the profile `host` only.
fn profiles(event: &Event) -> &'static [&'static str] {
    if matches!(
        event.class_uid,
        class::BASE_EVENT | class::DETECTION_FINDING
    ) {
        &["host", "lifecycle"]
    } else {
        &["lifecycle"]
    }
}

fn status(event: &Event, out: &mut Map<String, Value>) {
    let finding = event.class_uid == class::DETECTION_FINDING;
    let (id, name) = match event.outcome {
        // The status of a finding is that of its handling.
        _ if finding => match event.activity_id {
            1 => (1, "New"),
            2 => (2, "In Progress"),
            3 => (4, "Resolved"),
            _ => (0, "Unknown"),
        },
        Outcome::Success => (1, "Success"),
        Outcome::Failure => (2, "Failure"),
        Outcome::Unknown => (0, "Unknown"),
    };
    out.insert("status_id".into(), json!(id));
    out.insert("status".into(), json!(name));
    put(out, "status_detail", event.outcome_detail.as_deref());
}

fn actor(event: &Event) -> Option<Value> {
    let mut actor = Map::new();
    if let Some(user) = event.actor.as_ref().and_then(user) {
        actor.insert("user".into(), user);
    }
    let has_session = event.class_uid == class::AUTHENTICATION;
    if let Some(session) = event.session_uid.as_ref().filter(|_| !has_session) {
        actor.insert("session".into(), json!({ "uid": &**session }));
    }
    (!actor.is_empty()).then_some(Value::Object(actor))
}

/// What the class demands and allows beyond what all have.
fn of_class(event: &Event, out: &mut Map<String, Value>) {
    let party = event.user.as_ref().or(event.actor.as_ref());
    let needs_user = matches!(event.class_uid, 3001 | 3002 | 3003 | 3005 | 3006 | 5003)
        || event.class_uid >= class::WORKER_LIFECYCLE;
    let target = match event.class_uid {
        class::AUTHENTICATION | class::AUTHORIZE_SESSION => party,
        _ => event.user.as_ref(),
    };
    if let Some(user) = target.and_then(user).filter(|_| needs_user) {
        out.insert("user".into(), user);
    }
    match event.class_uid {
        class::ACCOUNT_CHANGE => {
            if let Some(policy) = event
                .resource
                .as_ref()
                .filter(|thing| &*thing.kind == "policy")
            {
                out.insert("policies".into(), json!([named(policy)]));
            }
        }
        class::AUTHENTICATION => {
            let service = event
                .resource
                .as_ref()
                .and_then(|thing| thing.name.as_deref());
            out.insert(
                "service".into(),
                json!({ "name": service.unwrap_or(event.source.base()) }),
            );
            if let Some(session) = &event.session_uid {
                out.insert("session".into(), json!({ "uid": &**session }));
            }
        }
        class::ENTITY_MANAGEMENT => {
            out.insert("entity".into(), entity(event));
        }
        class::USER_ACCESS | class::AUTHORIZE_SESSION => {
            out.insert("privileges".into(), json!(privileges(event)));
            if let Some(thing) = &event.resource
                && event.class_uid == class::USER_ACCESS
            {
                out.insert("resources".into(), json!([typed(thing)]));
            }
        }
        class::GROUP_MANAGEMENT => {
            if let Some(group) = &event.group {
                out.insert("group".into(), typed(group));
            }
            if event.resource.is_some() {
                out.insert("privileges".into(), json!(privileges(event)));
            }
        }
        class::DETECTION_FINDING => {
            let title = event.message.as_deref().unwrap_or(&event.event_code);
            let uid = event.vendor_uid.as_ref().map(ToString::to_string);
            let uid = uid.unwrap_or_else(|| event.uid.to_string());
            out.insert("finding_info".into(), json!({ "uid": uid, "title": title }));
        }
        class::API_ACTIVITY => {
            if let Some(thing) = &event.resource {
                out.insert("resources".into(), json!([typed(thing)]));
            }
        }
        _ => {}
    }
}

fn privileges(event: &Event) -> Vec<&str> {
    let thing = event.resource.as_ref().or(event.group.as_ref());
    let name = thing.and_then(|thing| thing.name.as_deref().or(thing.uid.as_deref()));
    name.into_iter().collect()
}

fn entity(event: &Event) -> Value {
    let thing = event.resource.as_ref().or(event.group.as_ref());
    match (thing, event.user.as_ref().and_then(user)) {
        (Some(thing), _) => {
            let mut entity = typed(thing);
            let (type_id, kind) = match &*thing.kind {
                "device" => (1, "Device"),
                "group" | "team" => (3, "Group"),
                "policy" => (5, "Policy"),
                other => (OTHER, other),
            };
            if let Some(fields) = entity.as_object_mut() {
                fields.insert("type_id".into(), json!(type_id));
                fields.insert("type".into(), json!(kind));
            }
            entity
        }
        (None, Some(user)) => json!({ "user": user, "type_id": 2, "type": "User" }),
        (None, None) => json!({ "name": &*event.event_code }),
    }
}

/// `None` where the party has nothing that OCSF takes for an identity.
fn user(party: &Party) -> Option<Value> {
    let name = party.name.as_deref().or(party.email.as_deref());
    if name.is_none() && party.uid.is_none() {
        return None;
    }
    let mut user = Map::new();
    put(&mut user, "uid", party.uid.as_deref());
    put(&mut user, "name", name);
    put(&mut user, "full_name", party.full_name.as_deref());
    put(
        &mut user,
        "email_addr",
        party.email.as_deref().filter(|email| is_ocsf_email(email)),
    );
    put(&mut user, "uid_alt", party.alt_uid.as_deref());
    put(&mut user, "credential_uid", party.credential_uid.as_deref());
    let (type_id, kind) = match party.kind {
        PartyKind::User => (1, "User"),
        PartyKind::Service => (4, "Service"),
        PartyKind::System => (3, "System"),
        PartyKind::Role => (99, "Role"),
        PartyKind::Unknown => (0, "Unknown"),
    };
    user.insert("type_id".into(), json!(type_id));
    user.insert("type".into(), json!(kind));
    Some(Value::Object(user))
}

/// OCSF's pattern for addresses is narrower than the mail standards.
fn is_ocsf_email(email: &str) -> bool {
    let local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    email.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && name.chars().all(local)
            && domain.chars().all(host)
            && domain.split('.').count() > 1
            && domain
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-'))
    })
}

fn named(thing: &Named) -> Value {
    let mut out = Map::new();
    put(&mut out, "uid", thing.uid.as_deref());
    put(&mut out, "name", thing.name.as_deref());
    Value::Object(out)
}

fn typed(thing: &Named) -> Value {
    let mut out = named(thing);
    if let Some(fields) = out.as_object_mut() {
        fields.insert("type".into(), json!(&*thing.kind));
    }
    out
}

fn lifecycle(lifecycle: &Lifecycle) -> Value {
    let mut out = Map::new();
    put(
        &mut out,
        "verb",
        lifecycle.verb.map(super::super::model::event::Verb::as_str),
    );
    if let Some(time) = lifecycle.effective_time {
        out.insert("effective_time".into(), json!(millis(time)));
    }
    put(&mut out, "ticket", lifecycle.ticket.as_deref());
    if let Some(nhi) = lifecycle.nhi {
        out.insert("nhi".into(), json!(nhi));
    }
    put(&mut out, "entitlement", lifecycle.entitlement.as_deref());
    put(
        &mut out,
        "credential_uid",
        lifecycle.credential_uid.as_deref(),
    );
    Value::Object(out)
}

fn put(out: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), Value::from(value));
    }
}

fn millis(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1_000)
}

fn class_name(class: u32) -> &'static str {
    match class {
        class::ACCOUNT_CHANGE => "Account Change",
        class::AUTHENTICATION => "Authentication",
        class::AUTHORIZE_SESSION => "Authorize Session",
        class::ENTITY_MANAGEMENT => "Entity Management",
        class::USER_ACCESS => "User Access Management",
        class::GROUP_MANAGEMENT => "Group Management",
        class::API_ACTIVITY => "API Activity",
        class::USER_INVENTORY => "User Inventory Info",
        class::DETECTION_FINDING => "Detection Finding",
        class::WORKER_LIFECYCLE => "Worker Lifecycle",
        class::REQUEST_ACTIVITY => "Request Activity",
        _ => "Base Event",
    }
}

/// The vendor's own word where OCSF's list has none.
fn activity_name(event: &Event) -> &str {
    let names: &[&str] = match event.class_uid {
        class::ACCOUNT_CHANGE => &[
            "Create",
            "Enable",
            "Password Change",
            "Password Reset",
            "Disable",
            "Delete",
            "Attach Policy",
            "Detach Policy",
            "Lock",
            "MFA Factor Enable",
            "MFA Factor Disable",
            "Unlock",
        ],
        class::AUTHENTICATION => &[
            "Logon",
            "Logoff",
            "Authentication Ticket",
            "Service Ticket Request",
            "Service Ticket Renew",
            "Preauth",
            "Account Switch",
        ],
        class::ENTITY_MANAGEMENT => &[
            "Create",
            "Read",
            "Update",
            "Delete",
            "Move",
            "Enroll",
            "Unenroll",
            "Enable",
            "Disable",
            "Activate",
            "Deactivate",
            "Suspend",
            "Resume",
        ],
        class::AUTHORIZE_SESSION => &["Assign Privileges", "Assign Groups"],
        class::USER_ACCESS => &["Assign Privileges", "Revoke Privileges"],
        class::GROUP_MANAGEMENT => &[
            "Assign Privileges",
            "Revoke Privileges",
            "Add User",
            "Remove User",
            "Delete",
            "Create",
            "Add Subgroup",
            "Remove Subgroup",
        ],
        class::API_ACTIVITY => &["Create", "Read", "Update", "Delete"],
        class::USER_INVENTORY => &["Log", "Collect"],
        class::DETECTION_FINDING => &["Create", "Update", "Close"],
        class::WORKER_LIFECYCLE => return caption(HR_ACTIVITIES, event),
        class::REQUEST_ACTIVITY => return caption(REQUEST_ACTIVITIES, event),
        _ => &[],
    };
    let index = usize::from(event.activity_id).wrapping_sub(1);
    names.get(index).copied().unwrap_or(&event.event_code)
}

fn caption<'e>(activities: &[Activity], event: &'e Event) -> &'e str {
    let index = usize::from(event.activity_id).wrapping_sub(1);
    activities
        .get(index)
        .map_or(&event.event_code, |(_, caption)| caption)
}
