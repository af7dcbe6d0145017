//! Over a real socket, with requests written by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::model::Text;
use crate::model::finding::Status as FindingStatus;
use crate::model::id::SourceName;
use crate::model::policy::Policy;
use crate::model::record::RejectReason;
use crate::model::time::Timestamp;
use crate::service::Questions;
use crate::service::questions::View;
use crate::service::shards::Shards;
use crate::service::status::tests::finding;

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
    shown: Shown,
}

async fn running() -> Running {
    running_with(Questions::new().0).await
}

async fn running_with(questions: Questions) -> Running {
    let shown = Shown {
        questions,
        status: Status::default(),
        metrics: Metrics::new(["okta"]),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, shown.clone(), stopped));
    Running {
        address,
        stop,
        server,
        shown,
    }
}

impl Running {
    /// Status code, head and body.
    async fn get(&self, path: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("connect");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("write");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("read");
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (code.expect("code"), head.to_lowercase(), body.to_owned())
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        let (code, _, body) = self.get(path).await;
        (code, serde_json::from_str(&body).expect("json"))
    }

    fn put(&self, name: &str, at: i64, status: FindingStatus) {
        self.shown.status.put(Arc::new(finding(name, at, status)));
    }
}

#[tokio::test]
async fn a_source_is_reported_with_what_nobody_understands() {
    let running = running().await;
    let okta = running.shown.metrics.source(&SourceName::new("okta"));
    okta.records.inc_by(3);
    okta.events.inc_by(2);
    okta.reject(RejectReason::NoTime);
    okta.unmapped(&Text::from("user.strange"));
    okta.unmapped(&Text::from("user.strange"));
    okta.mistyped(&Text::from("actor"));
    let (code, answer) = running.json("/api/sources").await;
    assert_eq!(code, 200);
    let expected = serde_json::json!({"sources": [{
        "source": "okta", "records": 3, "events": 2, "rejects": [["no_time", 1]],
        "unmapped": [["user.strange", 2]], "mistyped": [["actor", 1]],
    }]});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn it_is_alive_before_it_is_ready() {
    let running = running().await;
    running.shown.status.unready("kafka", "no broker answers");
    assert_eq!(running.get("/healthz").await.0, 200);
    let (code, body) = running.json("/readyz").await;
    assert_eq!(code, 503);
    assert_eq!(body["reasons"]["kafka"], "no broker answers");
    running.shown.status.ready("kafka");
    let (code, body) = running.json("/readyz").await;
    assert_eq!((code, &body["ready"]), (200, &Value::Bool(true)));
}

#[tokio::test]
async fn findings_are_filtered_and_the_newest_come_first() {
    let running = running().await;
    running.put("jane", 10, FindingStatus::Open);
    running.put("jane", 20, FindingStatus::Open);
    running.put("bob", 30, FindingStatus::Resolved);
    let (code, all) = running.json("/api/findings").await;
    assert_eq!((code, &all["total"]), (200, &Value::from(3)));
    let (_, open) = running
        .json("/api/findings?status=open&who=JANE%40corp&limit=1&rule=")
        .await;
    assert_eq!(open["total"], 2);
    assert_eq!(open["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(open["findings"][0]["opened_at"], "1970-01-01T00:00:20Z");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused_in_words() {
    let running = running().await;
    for (query, expected) in [
        (
            "status=shut",
            "`status` is `shut`; write open, resolved, withdrawn, exempt",
        ),
        ("limit=0", "`limit` is `0`; write a number from 1 to 1000"),
        (
            "limit=1001",
            "`limit` is `1001`; write a number from 1 to 1000",
        ),
        ("colour=red", "unknown field `colour`"),
    ] {
        let (code, body) = running.json(&format!("/api/findings?{query}")).await;
        assert_eq!(code, 400, "{query}");
        let said = body["error"].as_str().expect("error");
        assert!(said.contains(expected), "{query}: {said}");
    }
    assert_eq!(running.get("/api").await.0, 404);
}

#[tokio::test]
async fn metrics_are_text_and_count_what_is_shown() {
    let running = running().await;
    running.put("jane", 10, FindingStatus::Open);
    let (code, head, body) = running.get("/metrics").await;
    assert_eq!(code, 200);
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    let line = "tenure_findings{rule=\"orphan-account\",severity=\"high\",status=\"open\"} 1\n";
    assert!(body.contains(line), "{body}");
}

#[tokio::test]
async fn every_answer_has_its_guards_and_the_page_is_served() {
    let running = running().await;
    for path in ["/", "/api/findings", "/nowhere"] {
        let (_, head, _) = running.get(path).await;
        assert!(head.contains("content-security-policy: default-src 'self'; script-src 'sha256-"));
        assert!(head.contains("x-content-type-options: nosniff"), "{path}");
    }
    let (code, head, body) = running.get("/").await;
    assert_eq!(code, 200);
    assert!(head.contains("content-type: text/html; charset=utf-8"));
    assert!(body.starts_with("<!doctype html>"));
}

#[tokio::test]
async fn it_stops_when_told_and_when_nobody_is_left_to_tell() {
    let told = running().await;
    // An idle connection does not hold it up.
    let idle = TcpStream::connect(told.address).await.expect("connect");
    told.stop.send(true).expect("send");
    told.server.await.expect("joined").expect("stopped");
    drop(idle);
    let left = running().await;
    drop(left.stop);
    left.server.await.expect("joined").expect("stopped");
}

#[tokio::test]
async fn a_rule_is_explained_of_somebody_by_the_thread_that_owns_the_homes() {
    let running = running().await;
    let (code, refused) = running.json("/api/explain?rule=orphan&who=okta:1").await;
    assert_eq!(code, 400);
    let error = refused["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("`rule` is `orphan`"), "{error}");
    // Nobody owns any homes here.
    let closed = running.json("/api/explain?rule=orphan-account&who=okta:1");
    assert_eq!(closed.await.0, 503);

    let (questions, asked) = Questions::new();
    let running = running_with(questions).await;
    let shards = Shards::start(2, &Arc::new(Policy::default())).expect("shards");
    let answering = std::thread::spawn(move || {
        let now = Timestamp::from_seconds(7);
        let view = View {
            shards: &shards,
            now,
        };
        asked.recv().expect("a question").answer(&view);
    });
    let (code, explained) = running
        .json("/api/explain?rule=orphan-account&who=okta:1")
        .await;
    answering.join().expect("joined");
    let expected = serde_json::json!({
        "rule": "orphan-account", "now": "1970-01-01T00:00:07Z", "explanations": [], "total": 0,
    });
    assert_eq!((code, explained), (200, expected));
}

#[tokio::test]
async fn a_question_about_homes_is_refused_until_they_can_answer() {
    let running = running().await;
    let status = &running.shown.status;
    for part in ["state", "catching up"] {
        status.unready(part, "so it is");
        let (code, body) = running.json("/api/access").await;
        assert_eq!(code, 503, "{part}");
        assert_eq!(body["error"], "not ready yet: so it is");
        status.ready(part);
    }
    // A store that refuses keeps nobody from asking; here there is nobody who answers.
    status.unready("archive", "the disk is full");
    for path in [
        "/api/timeline?who=E1",
        "/api/access?who=&as_of=",
        "/api/handoffs",
        "/api/links?state=disputed&source=",
        "/api/nhi?ownerless=true&now=",
    ] {
        let (code, body) = running.json(path).await;
        assert_eq!(code, 503, "{path}");
        let error = body["error"].as_str().expect("an error");
        assert!(error.contains("starting or stopping"), "{error}");
    }
    for (path, expected) in [
        ("/api/timeline", "`who` is missing"),
        (
            "/api/timeline?who=E1&from=today",
            "`from`: `today` is not an RFC 3339 time",
        ),
        ("/api/access?as_of=1", "`as_of`: `1` is not"),
        ("/api/access?asof=1", "unknown field `asof`"),
        ("/api/handoffs?to=x", "`to`: `x` is not"),
        (
            "/api/nhi?ownerless=yes",
            "`ownerless` is `yes`; write true or false",
        ),
        (
            "/api/links?state=mine",
            "`state` is `mine`; write linked, disputed, unlinked or non_human",
        ),
    ] {
        let (code, body) = running.json(path).await;
        assert_eq!(code, 400, "{path}");
        let error = body["error"].as_str().expect("an error");
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn who_asks_the_api_is_noted_and_who_looks_at_health_is_not() {
    let running = running().await;
    running.get("/healthz").await;
    running.get("/metrics").await;
    running.get("/api/findings?status=open").await;
    running.get("/api/findings?status=open").await;
    running.get("/api/timeline").await;
    let noted = running.shown.status.reads().take();
    let rows: Vec<_> = noted
        .iter()
        .map(|read| (read.who.as_deref(), &*read.what, &*read.outcome, read.rows))
        .collect();
    let caller = Some("127.0.0.1");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(
        rows[0],
        (caller, "/api/findings?status=open", "ok", Some(2))
    );
    assert_eq!((rows[1].0, rows[1].1), (caller, "/api/timeline"));
    assert_ne!(rows[1].2, "ok", "it names nobody");
}
