//! Asking a running node over HTTP.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Where a node answers that was started without a config.
pub(super) const DEFAULT_URL: &str = "http://127.0.0.1:8480";
/// How long a node may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer larger than this is no answer of ours.
const ANSWER_BYTES_MAX: usize = 64 << 20;

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// What the node at `url` answers to `path` with those of these parameters that are given.
pub(super) fn ask<T: DeserializeOwned>(
    url: &str,
    path: &str,
    asked: &[(&str, Option<&str>)],
) -> anyhow::Result<T> {
    let asked = asked.iter().filter_map(|(key, it)| Some((*key, (*it)?)));
    let base = format!("{}{path}", url.trim_end_matches('/'));
    let parsed = reqwest::Url::parse_with_params(&base, asked);
    let parsed = parsed.with_context(|| format!("`{url}` is no URL"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    runtime.block_on(fetch(parsed))
}

async fn fetch<T: DeserializeOwned>(url: reqwest::Url) -> anyhow::Result<T> {
    // An error means that a provider is in place already, which is as good.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider was installed before");
    }
    let client = reqwest::Client::builder()
        .timeout(ANSWER_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut response = client.get(url).send().await?;
    let code = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        ensure!(body.len() <= ANSWER_BYTES_MAX, "the answer is too large");
    }
    if !code.is_success() {
        let refusal = serde_json::from_slice::<Refusal>(&body);
        bail!(
            "{}",
            refusal.map_or_else(|_| code.to_string(), |refusal| refusal.error)
        );
    }
    serde_json::from_slice(&body).context("the answer is not in the form of a tenure node")
}
