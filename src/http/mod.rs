//! The HTTP edge: metrics, health, and findings for people and programs to look at.
//!
//! It only reads. It asks nobody to sign in, so it listens on loopback unless told otherwise.

mod answers;
mod explain;
mod inquiries;
mod page;
mod parameters;
mod registry;

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::service::{Questions, Status, wall_clock};
use crate::telemetry::Metrics;

/// How long requests in flight may take once the service stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// What requests are answered from.
#[derive(Clone)]
pub struct Shown {
    pub status: Status,
    pub questions: Questions,
    pub metrics: Metrics,
}

/// Answers on `listener` until `stop` turns true or its sender is gone; requests in flight get
/// five seconds to end.
pub async fn serve(
    listener: TcpListener,
    shown: Shown,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let router = router(shown).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped(stop.clone()));
    tokio::select! {
        ended = server.into_future() => ended,
        () = too_late(stop) => {
            tracing::warn!("requests were still in flight when the service stopped");
            Ok(())
        }
    }
}

/// All routes, with their headers.
pub fn router(shown: Shown) -> Router {
    let api = Router::new()
        .route("/api/findings", get(answers::findings))
        .route("/api/timeline", get(inquiries::timeline))
        .route("/api/access", get(inquiries::access))
        .route("/api/links", get(registry::links))
        .route("/api/nhi", get(registry::nhi))
        .route("/api/handoffs", get(inquiries::handoffs))
        .route("/api/sources", get(answers::sources))
        .route("/api/explain", get(explain::answer))
        .route_layer(from_fn_with_state(shown.clone(), record));
    Router::new()
        .route("/", get(page::index))
        .route("/metrics", get(answers::metrics))
        .route("/healthz", get(answers::health))
        .route("/readyz", get(answers::readiness))
        .merge(api)
        .with_state(shown)
        .layer(map_response(guard))
}

/// Who reads evidence is evidence: the archive will say so.
async fn record(State(shown): State<Shown>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let caller = caller.map(|ConnectInfo(address)| address.ip().to_string().into());
    let asked = request.uri().path_and_query();
    let asked = asked.map_or_else(String::new, |asked| asked.as_str().to_owned());
    let response = next.run(request).await;
    let outcome = match response.status() {
        StatusCode::OK => "ok".into(),
        refused => refused.to_string().into(),
    };
    let reads = shown.status.reads();
    reads.note(wall_clock(), caller, (asked.into(), outcome));
    response
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("whoever could stop the HTTP edge is gone: it stops");
    }
}

async fn too_late(stop: watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(SHUTDOWN_GRACE).await;
}

/// Names in findings come from logs, so from strangers: a browser must run none of them.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, page::policy());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
