//! `/api/explain?rule=…&who=…`: which conditions of a rule hold of somebody, and since when.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Shown;
use super::answers::refused;
use super::inquiries::put;
use super::parameters::Parameters;
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
    Parameters(asked): Parameters<Asked>,
) -> Response {
    let Some(rule) = RuleId::parse(&asked.rule) else {
        let known = RuleId::ALL.map(RuleId::as_str);
        let hint = suggestion(&asked.rule, &known);
        return refused(&format!("`rule` is `{}`; {hint}", asked.rule));
    };
    let about: About = match asked.who.parse() {
        Ok(about) => about,
        Err(error) => return refused(&format!("`who`: {error}")),
    };
    match put(&shown, move |view| Ok(explain(view, rule, &about))).await {
        Ok(explained) => Json(explained).into_response(),
        Err(response) => response,
    }
}
