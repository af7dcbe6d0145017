//! Answers about identities: timelines and access.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::Shown;
use super::answers::refused;
use super::parameters::Parameters;
use crate::model::limits::ACCESS_ROWS_PER_ANSWER_MAX;
use crate::model::time::Timestamp;
use crate::service::Unanswered;
use crate::service::inquire::{self, AccessQuestion, InquiryError, Window};
use crate::service::inventory::{self, HandoffsQuestion};
use crate::service::questions::View;

/// What of the service must be ready before homes are asked: an answer from half of the records
/// would be a wrong one.
const NEEDED: [&str; 2] = ["state", "catching up"];

/// Texts, so that a mistake is answered in our words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelineAsked {
    who: Option<String>,
    from: Option<String>,
    to: Option<String>,
    now: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessAsked {
    as_of: Option<String>,
    who: Option<String>,
    resource: Option<String>,
}

pub(super) async fn timeline(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<TimelineAsked>,
) -> Response {
    let times = (|| {
        let window = Window {
            from: time("from", asked.from.as_deref())?,
            to: time("to", asked.to.as_deref())?,
        };
        Ok::<_, String>((window, time("now", asked.now.as_deref())?))
    })();
    let (window, now) = match times {
        Ok(times) => times,
        Err(why) => return refused(&why),
    };
    let Some(who) = asked.who.filter(|who| !who.is_empty()) else {
        return refused(
            "`who` is missing; write an e-mail address, an employee id, or source:name",
        );
    };
    let inquired = put(&shown, move |view| inquire::inquire(view, &who)).await;
    let inquired = match inquired {
        Ok(inquired) => inquired,
        Err(response) => return response,
    };
    // What it amounts to is worked out here, where it holds up nobody.
    let told = tokio::task::spawn_blocking(move || inquired.timeline(now, window)).await;
    match told {
        Ok(timeline) => Json(timeline).into_response(),
        Err(error) => {
            tracing::error!("a timeline could not be told: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) async fn access(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<AccessAsked>,
) -> Response {
    let as_of = match time("as_of", asked.as_of.as_deref()) {
        Ok(as_of) => as_of,
        Err(why) => return refused(&why),
    };
    let is_set = |text: &String| !text.is_empty();
    let question = AccessQuestion {
        as_of,
        who: asked.who.filter(is_set),
        resource: asked.resource.filter(is_set),
    };
    let max = ACCESS_ROWS_PER_ANSWER_MAX;
    answer(put(&shown, move |view| inquire::access(view, &question, max)).await)
}

/// The same question as for a timeline, but that anybody may be meant.
pub(super) async fn handoffs(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<TimelineAsked>,
) -> Response {
    let question = (|| {
        Ok::<_, String>(HandoffsQuestion {
            from: time("from", asked.from.as_deref())?,
            to: time("to", asked.to.as_deref())?,
            now: time("now", asked.now.as_deref())?,
            who: asked.who.filter(|who| !who.is_empty()),
        })
    })();
    match question {
        Ok(question) => answer(put(&shown, move |view| inventory::handoffs(view, &question)).await),
        Err(why) => refused(&why),
    }
}

/// Puts a question to the homes. Without an answer: the response that says why.
pub(super) async fn put<T: Send + 'static>(
    shown: &Shown,
    question: impl FnOnce(&View<'_>) -> Result<T, InquiryError> + Send + 'static,
) -> Result<T, Response> {
    let reasons = shown.status.reasons();
    if let Some(reason) = NEEDED.iter().find_map(|part| reasons.get(part)) {
        return Err(unavailable(&format!("not ready yet: {reason}")));
    }
    match shown.questions.ask(question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error @ InquiryError::Nobody(_))) => {
            Err(with(StatusCode::NOT_FOUND, &error.to_string()))
        }
        Ok(Err(error)) => Err(refused(&error.to_string())),
        Err(error @ (Unanswered::Busy | Unanswered::Closed | Unanswered::TooLate)) => {
            Err(unavailable(&error.to_string()))
        }
    }
}

pub(super) fn answer(answered: Result<impl Serialize, Response>) -> Response {
    match answered {
        Ok(answer) => Json(answer).into_response(),
        Err(response) => response,
    }
}

/// A time of the question; an empty text asks for nothing, as forms send them.
pub(super) fn time(key: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let time = text.parse::<Timestamp>();
    time.map(Some).map_err(|error| format!("`{key}`: {error}"))
}

fn unavailable(why: &str) -> Response {
    with(StatusCode::SERVICE_UNAVAILABLE, why)
}

fn with(code: StatusCode, why: &str) -> Response {
    let body = std::collections::BTreeMap::from([("error", why)]);
    (code, Json(body)).into_response()
}
