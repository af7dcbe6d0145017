//! `tenure normalize --source NAME [FILE|-]`: one line per record.

use serde_json::{Value, json};

use crate::model::event::Normalized;
use crate::normalize::ocsf;

/// `{"record":1,"events":[…],"reject":null}`; records count from 1.
pub fn line(number: u64, normalized: &Normalized) -> Value {
    let events: Vec<Value> = normalized.events.iter().map(ocsf::render).collect();
    let reject = normalized
        .reject
        .as_ref()
        .map(|reject| json!({ "reason": reject.reason.as_str(), "detail": &reject.detail }));
    json!({ "record": number, "events": events, "reject": reject })
}
