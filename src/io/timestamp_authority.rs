//! A timestamp authority ([RFC 3161](https://www.rfc-editor.org/rfc/rfc3161) over HTTP), asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};

use super::webhook::install_tls;
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::timestamp::{Nonce, Stamp, StampError, request};
use crate::model::limits::TIMESTAMP_BYTES_MAX;

/// From the first byte sent to the whole answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One authority.
#[derive(Clone, Debug)]
pub struct TimestampAuthority {
    client: Client,
    url: Url,
}

/// A timestamp as the authority gave it, and what it says.
#[derive(Clone, Debug)]
pub struct Stamped {
    pub response: Vec<u8>,
    pub stamp: Stamp,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("the authority's URL is not an http or https address: {0}")]
    Url(String),
    #[error("failed to read the certificates {}: {why}", path.display())]
    Certificates { path: PathBuf, why: String },
    #[error("failed to set up the HTTP client of timestamps: {0}")]
    Client(reqwest::Error),
    #[error("the system gave no random bytes for a nonce: {0}")]
    Random(getrandom::Error),
    #[error("the timestamp authority cannot be reached: {0}")]
    Unreachable(String),
    #[error("the timestamp authority answered {0}")]
    Refused(StatusCode),
    #[error("the timestamp authority's answer is larger than {TIMESTAMP_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the timestamp authority's answer is not used: {0}")]
    Answer(#[from] StampError),
}

impl TimestampAuthority {
    /// `ca_file`: certificates (PEM) that count besides those of the system.
    pub fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, AuthorityError> {
        let url = Url::parse(url).map_err(|error| AuthorityError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AuthorityError::Url(format!(
                "its scheme is `{}`",
                url.scheme()
            )));
        }
        install_tls();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .user_agent(concat!("tenure/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(certificates(ca_file)?)
            .build()
            .map_err(AuthorityError::Client)?;
        Ok(TimestampAuthority { client, url })
    }

    /// Asks for a timestamp of a hash. What comes back is about that hash and answers this
    /// question; whether the authority signed it is for whoever has its certificate.
    pub async fn stamp(&self, of: Sha256Hash) -> Result<Stamped, AuthorityError> {
        let mut nonce: Nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(AuthorityError::Random)?;
        let sent = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/timestamp-query")
            .body(request(of, nonce)?)
            .send();
        let response = body(sent.await.map_err(unreachable)?).await?;
        let stamp = Stamp::parse(&response)?;
        stamp.answers(of, nonce)?;
        Ok(Stamped { response, stamp })
    }
}

fn certificates(ca_file: Option<&Path>) -> Result<Vec<Certificate>, AuthorityError> {
    let Some(path) = ca_file else {
        return Ok(Vec::new());
    };
    let failed = |why: String| AuthorityError::Certificates {
        path: path.to_owned(),
        why,
    };
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&text).map_err(|error| failed(error.to_string()))?;
    if found.is_empty() {
        return Err(failed("it holds no certificate in PEM".to_owned()));
    }
    Ok(found)
}

async fn body(mut response: Response) -> Result<Vec<u8>, AuthorityError> {
    if !response.status().is_success() {
        return Err(AuthorityError::Refused(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > TIMESTAMP_BYTES_MAX {
            return Err(AuthorityError::TooLarge);
        }
    }
    Ok(body)
}

/// The innermost cause, without the address: it may hold a token.
fn unreachable(error: reqwest::Error) -> AuthorityError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    AuthorityError::Unreachable(cause.to_string())
}
