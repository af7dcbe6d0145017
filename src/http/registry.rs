//! Registers of all accounts: whose each one is, and which are no person's.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Shown;
use super::answers::refused;
use super::inquiries::{answer, put, time};
use super::parameters::Parameters;
use crate::model::limits::ACCESS_ROWS_PER_ANSWER_MAX;
use crate::service::registry::{self, Link, LinksQuestion, NhiQuestion};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinksAsked {
    state: Option<String>,
    source: Option<String>,
    who: Option<String>,
}

pub(super) async fn links(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<LinksAsked>,
) -> Response {
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

/// Texts, so that a mistake is answered in our words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NhiAsked {
    source: Option<String>,
    ownerless: Option<String>,
    now: Option<String>,
}

pub(super) async fn nhi(
    State(shown): State<Shown>,
    Parameters(asked): Parameters<NhiAsked>,
) -> Response {
    let question = (|| {
        Ok::<_, String>(NhiQuestion {
            source: asked.source.filter(|source| !source.is_empty()),
            ownerless: flag("ownerless", asked.ownerless.as_deref())?,
            now: time("now", asked.now.as_deref())?,
        })
    })();
    let max = ACCESS_ROWS_PER_ANSWER_MAX;
    match question {
        Ok(question) => answer(put(&shown, move |view| registry::nhi(view, &question, max)).await),
        Err(why) => refused(&why),
    }
}

fn flag(key: &str, text: Option<&str>) -> Result<bool, String> {
    match text.unwrap_or_default() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => {
            let other: String = other.chars().take(80).collect();
            Err(format!("`{key}` is `{other}`; write true or false"))
        }
    }
}

fn link(word: &str) -> Result<Link, String> {
    Link::named(word).ok_or_else(|| {
        let word: String = word.chars().take(80).collect();
        format!("`state` is `{word}`; write linked, disputed, unlinked or non_human")
    })
}
