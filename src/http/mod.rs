//! The HTTP edge: metrics, health, and findings for people and programs to look at.
//!
//! It only reads. It asks nobody to sign in, so it listens on loopback unless told otherwise.

mod answers;
mod explain;
mod inquiries;
mod page;
mod registry;

use std::future::IntoFuture;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::service::{Questions, Status};
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
    let server = axum::serve(listener, router(shown)).with_graceful_shutdown(stopped(stop.clone()));
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
    Router::new()
        .route("/", get(page::index))
        .route("/metrics", get(answers::metrics))
        .route("/healthz", get(answers::health))
        .route("/readyz", get(answers::readiness))
        .route("/api/findings", get(answers::findings))
        .route("/api/timeline", get(inquiries::timeline))
        .route("/api/access", get(inquiries::access))
        .route("/api/links", get(registry::links))
        .route("/api/nhi", get(registry::nhi))
        .route("/api/handoffs", get(inquiries::handoffs))
        .route("/api/sources", get(answers::sources))
        .route("/api/explain", get(explain::answer))
        .with_state(shown)
        .layer(map_response(guard))
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
