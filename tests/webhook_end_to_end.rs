//! The service tells a webhook of its findings: signed, in OCSF, once, through outages and
//! restarts on either side.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tenure::io::webhook::{Secret, sign};

use place::{Place, stop, wait_until};
use story::{hire_or_leave, okta};

mod place;
mod story;

/// Bodies taken, by delivery id, each with how often it came.
type Taken = Arc<Mutex<BTreeMap<String, (usize, serde_json::Value)>>>;

async fn take(State(taken): State<Taken>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let signature = header("Tenure-Signature");
    let time = signature
        .split(',')
        .next()
        .and_then(|time| time.strip_prefix("t="));
    let Some(Ok(time)) = time.map(str::parse) else {
        return StatusCode::UNAUTHORIZED;
    };
    if signature != sign(&Secret::new("a key for two"), time, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let mut taken = taken.lock().expect("lock");
    let seen = taken
        .entry(header("Tenure-Delivery").to_owned())
        .or_insert_with(|| (0, serde_json::from_slice(&body).expect("JSON")));
    seen.0 += 1;
    // The first attempt of each is answered with an error although it arrived.
    if seen.0 == 1 {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::NO_CONTENT
    }
}

#[test]
fn findings_reach_a_receiver_that_was_down_under_one_id_each() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let place = Place::new(&format!(
        "[webhook]\nurl = \"http://{address}/hook\"\nsecret_file = \"secret\"\nmin_severity = \"high\"\n"
    ));
    fs::write(place.path().join("secret"), "a key for two\n").expect("a secret");
    place.append("hris", &hire_or_leave(1, "hire", "2026-01-02T00:00:00Z"));
    place.append(
        "okta",
        &okta("user.lifecycle.create", 1, 1, "2026-01-02T08:00:00Z"),
    );
    place.append(
        "okta",
        &okta("user.session.start", 2, 1, "2026-02-12T08:00:00Z"),
    );
    place.append(
        "hris",
        &hire_or_leave(1, "terminate", "2026-02-10T17:00:00Z"),
    );
    // Nobody answers yet; the findings wait in the outbox, over a restart too.
    let service = place.start();
    wait_until("the findings are there", || place.findings().len() >= 3);
    stop(&place, service);

    let taken = Taken::default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = axum::Router::new()
        .route("/hook", post(take))
        .with_state(taken.clone());
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .expect("the port");
        axum::serve(listener, app).await.expect("served");
    });
    let service = place.start();
    let delivered = || {
        taken
            .lock()
            .expect("lock")
            .values()
            .filter(|(times, _)| *times == 2)
            .count()
    };
    wait_until("both findings that are high enough are taken", || {
        delivered() == 2
    });
    stop(&place, service);
    // What was confirmed is not sent again by the next start.
    let service = place.start();
    place.append(
        "okta",
        &okta("user.lifecycle.suspend", 3, 1, "2026-02-13T08:00:00Z"),
    );
    wait_until("the news of the resolution is taken", || delivered() == 4);
    stop(&place, service);

    check(&taken.lock().expect("lock"));
}

fn check(taken: &BTreeMap<String, (usize, serde_json::Value)>) {
    let told: Vec<(u64, String)> = taken
        .values()
        .map(|(times, body)| {
            assert_eq!(*times, 2, "refused once, then taken, and never again");
            let text = |pointer| body.pointer(pointer).and_then(|value| value.as_str());
            let rule = text("/unmapped/finding/rule").expect("a rule");
            let status = text("/unmapped/finding/status").expect("a status");
            let class = body.get("class_uid").and_then(serde_json::Value::as_u64);
            (class.expect("a class"), format!("{rule} {status}"))
        })
        .collect();
    for expected in [
        (2008, "leaver-account-live open"),
        (2008, "leaver-account-live resolved"),
        (2004, "leaver-activity open"),
        (2004, "leaver-activity resolved"),
    ] {
        let expected = (expected.0, expected.1.to_owned());
        assert!(
            told.contains(&expected),
            "{expected:?} is not among {told:?}"
        );
    }
}
