//! What each route answers with.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::model::census::FindingAge;
use crate::model::finding::{Finding, RuleId, Severity, Status as FindingStatus};
use crate::service::filter::{self, Filter, FilterError};

use super::Shown;
use super::parameters::Parameters;

/// The form that `/api/findings` answers in.
#[derive(Serialize)]
struct Answer<'f> {
    findings: Vec<&'f Finding>,
    /// How many match, shown or not.
    total: usize,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// By what is not ready, why.
    reasons: BTreeMap<&'static str, String>,
}

/// Texts, so that a mistake is answered in our words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    status: Option<String>,
    rule: Option<String>,
    severity: Option<String>,
    who: Option<String>,
    limit: Option<String>,
}

pub(super) async fn health() -> &'static str {
    "alive\n"
}

pub(super) async fn readiness(State(shown): State<Shown>) -> Response {
    let reasons = shown.status.reasons();
    let ready = reasons.is_empty();
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(Readiness { ready, reasons })).into_response()
}

pub(super) async fn metrics(State(shown): State<Shown>) -> Response {
    show_status(&shown);
    match shown.metrics.render() {
        Ok(text) => {
            let kind = prometheus::TEXT_FORMAT;
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "failed to write the metrics as text");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) async fn findings(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<Asked>,
) -> Response {
    match question(&asked) {
        Err(error) => refused(&error.to_string()),
        Ok((filter, limit)) => {
            let found = shown.status.find(&filter, limit);
            Json(Answer {
                findings: found.shown.iter().map(Arc::as_ref).collect(),
                total: found.total,
            })
            .into_response()
        }
    }
}

/// What was counted of each source since the node started.
pub(super) async fn sources(State(shown): State<Shown>) -> Response {
    let sources = shown.metrics.report();
    Json(BTreeMap::from([("sources", sources)])).into_response()
}

fn question(asked: &Asked) -> Result<(Filter, usize), FilterError> {
    let filter = Filter::new(
        asked.status.as_deref(),
        asked.rule.as_deref(),
        asked.severity.as_deref(),
        asked.who.as_deref(),
    )?;
    Ok((filter, filter::limit(asked.limit.as_deref())?))
}

pub(super) fn refused(why: &str) -> Response {
    let body = BTreeMap::from([("error", why)]);
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// The gauges are set from what is shown when it is shown: no change can be missed in between.
fn show_status(shown: &Shown) {
    let counts = shown.status.live_counts();
    let ages = shown.status.open_ages();
    let gauge_of = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let unready = &shown.metrics.plain().unready_parts;
    unready.set(gauge_of(shown.status.reasons().len()));
    for rule in RuleId::ALL {
        for severity in Severity::ALL {
            for status in [FindingStatus::Open, FindingStatus::Exempt] {
                let count = counts.get(&(rule, severity, status)).copied().unwrap_or(0);
                let gauge = shown.metrics.findings(rule, severity, status);
                gauge.set(gauge_of(count));
            }
            for age in FindingAge::ALL {
                let count = ages.get(&(rule, severity, *age)).copied().unwrap_or(0);
                let gauge = shown.metrics.findings_by_age(rule, severity, *age);
                gauge.set(gauge_of(count));
            }
        }
    }
}
