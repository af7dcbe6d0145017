//! `/api/explain?rule=…&who=…`: which conditions of a rule hold of somebody, and since when.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::Shown;
use super::answers::refused;
use crate::config::suggestion;
use crate::model::finding::RuleId;
use crate::service::explain::{About, explain};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    rule: String,
    who: String,
}

pub(super) async fn answer(
    State(shown): State<Shown>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(rejection) => return refused(&rejection.body_text()),
    };
    let Some(rule) = RuleId::parse(&asked.rule) else {
        let known = RuleId::ALL.map(RuleId::as_str);
        let hint = suggestion(&asked.rule, &known);
        return refused(&format!("`rule` is `{}`; {hint}", asked.rule));
    };
    let about: About = match asked.who.parse() {
        Ok(about) => about,
        Err(error) => return refused(&format!("`who`: {error}")),
    };
    let answer = shown.questions.ask(move |view| explain(view, rule, &about));
    match answer.await {
        Ok(explained) => Json(explained).into_response(),
        Err(error) => {
            let body = Json(json!({ "error": error.to_string() }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
