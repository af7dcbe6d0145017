use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use tempfile::TempDir;

use crate::{LOGS, told};

/// Method, path, and the header that makes a put conditional, of each request.
type Asked = Arc<Mutex<Vec<(Method, String, Option<String>)>>>;

/// Takes everything, whatever the condition.
async fn take(State(asked): State<Asked>, request: Request) -> impl IntoResponse {
    let names = ["x-goog-if-generation-match", "if-none-match"];
    let header = names.iter().find_map(|name| {
        let value = request.headers().get(*name)?.to_str().expect("text");
        Some(format!("{name}: {value}"))
    });
    let path = request.uri().path().to_owned();
    let mut asked = asked.lock().expect("lock");
    asked.push((request.method().clone(), path, header));
    let date = [
        ("etag", "\"1\""),
        ("last-modified", "Mon, 02 Mar 2026 00:00:00 GMT"),
    ];
    (StatusCode::CREATED, date)
}

#[test]
fn google_and_azure_are_asked_for_the_same_condition() {
    let asked = Asked::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    listener.set_nonblocking(true).expect("it can");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = axum::Router::new().fallback(take).with_state(asked.clone());
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        axum::serve(listener, app).await.expect("it serves");
    });
    let check = |archive: &str, environment: &[(&str, &str)], expected: (&str, &str)| {
        asked.lock().expect("lock").clear();
        let out = TempDir::new().expect("a directory");
        let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
            .args(["replay", LOGS, "--archive", archive, "--out"])
            .arg(out.path())
            .envs(environment.iter().copied())
            .output();
        let told = told(&output.expect("it runs"));
        assert!(
            told.contains("does not create objects only if they are absent"),
            "{told}"
        );
        let (path, condition) = expected;
        let put = (Method::PUT, path.to_owned(), Some(condition.to_owned()));
        assert_eq!(*asked.lock().expect("lock"), [put.clone(), put]);
    };
    check(
        "gs://evidence/tenure",
        &[
            ("GOOGLE_BASE_URL", &endpoint),
            ("GOOGLE_BEARER_TOKEN", "token"),
        ],
        (
            "/evidence/tenure%2Fcreate%2Dif%2Dabsent",
            "x-goog-if-generation-match: 0",
        ),
    );
    check(
        "az://evidence/tenure",
        &[
            ("AZURE_STORAGE_ACCOUNT_NAME", "corp"),
            ("AZURE_STORAGE_ENDPOINT", &endpoint),
            ("AZURE_SKIP_SIGNATURE", "true"),
        ],
        ("/evidence/tenure/create-if-absent", "if-none-match: *"),
    );
}
