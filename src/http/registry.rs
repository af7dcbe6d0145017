//! Registers of all accounts: whose each one is.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::Shown;
use super::answers::refused;
use super::inquiries::{answer, put};
use crate::model::limits::ACCESS_ROWS_PER_ANSWER_MAX;
use crate::service::registry::{self, Link, LinksQuestion};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinksAsked {
    state: Option<String>,
    source: Option<String>,
    who: Option<String>,
}

pub(super) async fn links(
    State(shown): State<Shown>,
    asked: Result<Query<LinksAsked>, QueryRejection>,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(rejection) => return refused(&rejection.body_text()),
    };
    let is_set = |text: &String| !text.is_empty();
    let state = match asked.state.filter(is_set).as_deref().map(link).transpose() {
        Ok(state) => state,
        Err(why) => return refused(&why),
    };
    let question = LinksQuestion {
        state,
        source: asked.source.filter(is_set),
        who: asked.who.filter(is_set),
    };
    let max = ACCESS_ROWS_PER_ANSWER_MAX;
    answer(put(&shown, move |view| registry::links(view, &question, max)).await)
}

fn link(word: &str) -> Result<Link, String> {
    Link::named(word).ok_or_else(|| {
        let word: String = word.chars().take(80).collect();
        format!("`state` is `{word}`; write linked, disputed, unlinked or non_human")
    })
}
