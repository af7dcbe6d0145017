//! Webhooks against a real HTTP server.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tenure::io::webhook::{
    Delivery, Outcome, RetrySchedule, Secret, Webhook, WebhookSettings, sign,
};
use tokio::net::TcpListener;

/// What the receiver answers, in order (then 204), and what it was sent.
#[derive(Default)]
struct Receiver {
    answers: VecDeque<u16>,
    ids: Vec<String>,
    verified: Vec<bool>,
    bodies: Vec<Bytes>,
}

const PATIENCE: Duration = Duration::from_secs(5);

type Shared = Arc<Mutex<Receiver>>;

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = header("Tenure-Signature").expect("signature");
    let (time, _) = signature.split_once(',').expect("two parts");
    let time = time.strip_prefix("t=").and_then(|time| time.parse().ok());
    let expected = sign(&Secret::new("shared key"), time.expect("time"), &body);
    let mut receiver = shared.lock().expect("lock");
    receiver.verified.push(signature == expected);
    receiver
        .ids
        .push(header("Tenure-Delivery").expect("id").to_owned());
    assert_eq!(header("Content-Type"), Some("application/json"));
    receiver.bodies.push(body);
    let answer = receiver.answers.pop_front().unwrap_or(204);
    StatusCode::from_u16(answer).expect("status")
}

fn serve(listener: TcpListener, shared: &Shared) {
    let app = Router::new()
        .route("/hook", post(receive))
        .with_state(shared.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serve") });
}

fn webhook(address: SocketAddr, timeout: Duration) -> Webhook {
    Webhook::new(WebhookSettings {
        url: Secret::new(format!("http://{address}/hook")),
        secret: Secret::new("shared key"),
        timeout,
        retry: RetrySchedule {
            first_delay: Duration::from_millis(1),
            delay_max: Duration::from_millis(20),
            refusals_max: 3,
        },
    })
    .expect("webhook")
}

fn delivery() -> Delivery {
    Delivery {
        id: "finding-1.7".to_owned(),
        body: Bytes::from_static(b"{\"finding_id\":\"finding-1\"}"),
    }
}

async fn check(answers: &[u16], expected: Outcome, attempts: usize) {
    let shared = Shared::default();
    shared.lock().expect("lock").answers = answers.iter().copied().collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let webhook = webhook(listener.local_addr().expect("address"), PATIENCE);
    serve(listener, &shared);
    let mut failures = 0;
    let outcome = webhook.deliver(&delivery(), |_| failures += 1).await;
    assert_eq!(outcome, expected, "{answers:?}");
    let receiver = shared.lock().expect("lock");
    assert_eq!(receiver.ids, vec!["finding-1.7"; attempts], "{answers:?}");
    assert!(receiver.verified.iter().all(|verified| *verified));
    assert!(receiver.bodies.iter().all(|body| *body == delivery().body));
    assert_eq!(failures, attempts - 1);
}

#[tokio::test]
async fn a_delivery_is_repeated_with_the_same_id_until_it_is_taken() {
    check(&[], Outcome::Delivered, 1).await;
    check(&[500, 503, 429, 404, 302], Outcome::Delivered, 6).await;
}

#[tokio::test]
async fn a_body_that_is_refused_again_and_again_is_parked() {
    let parked = |status: &str| Outcome::Parked {
        why: format!("the receiver answered {status}"),
    };
    check(&[410, 410, 410], parked("410 Gone"), 3).await;
    check(&[400, 500, 400, 400], Outcome::Delivered, 5).await;
}

#[tokio::test]
async fn a_receiver_that_is_down_gets_it_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);
    let shared = Shared::default();
    let (failed, mut failures) = tokio::sync::mpsc::unbounded_channel();
    let sender = tokio::spawn(async move {
        let report = |failure| drop(failed.send(failure));
        webhook(address, PATIENCE)
            .deliver(&delivery(), report)
            .await
    });
    let first = failures.recv().await.expect("a failure");
    assert_eq!(first.number, 1);
    assert!(first.why.contains("refused"), "{}", first.why);
    assert!(!first.why.contains("hook"), "{}", first.why);
    let listener = TcpListener::bind(address).await.expect("bind again");
    serve(listener, &shared);
    assert_eq!(sender.await.expect("task"), Outcome::Delivered);
    assert_eq!(shared.lock().expect("lock").ids, ["finding-1.7"]);
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_given_up_and_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let webhook = webhook(address, Duration::from_millis(200));
    let failed = Arc::new(tokio::sync::Notify::new());
    let (shared, report) = (Shared::default(), failed.clone());
    let sender = tokio::spawn(async move {
        let report = |_| report.notify_one();
        webhook.deliver(&delivery(), report).await
    });
    failed.notified().await;
    serve(listener, &shared);
    assert_eq!(sender.await.expect("task"), Outcome::Delivered);
}
