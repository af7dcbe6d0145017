//! What a request asks, in the parameters of its URL.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::answers::refused;

/// The parameters in a form that refuses those that it does not know; a mistake is answered as all
/// others are.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Parameters(asked)),
            Err(rejection) => Err(refused(&rejection.body_text())),
        }
    }
}
