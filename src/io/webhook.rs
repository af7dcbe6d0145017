//! Webhooks: a signed POST, repeated until it is taken.

#![expect(
    clippy::disallowed_methods,
    reason = "a signature carries the time at which it was made"
)]

use std::fmt;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use sha2::Sha256;

const DELIVERY_HEADER: &str = "Tenure-Delivery";
const SIGNATURE_HEADER: &str = "Tenure-Signature";

/// A secret that no log shows.
#[derive(Clone)]
pub struct Secret(String);

/// One receiver.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    pub url: Secret,
    /// The key of the signature.
    pub secret: Secret,
    /// From the first byte sent to the answer.
    pub timeout: Duration,
    pub retry: RetrySchedule,
}

/// After the n-th failure in a row: `first_delay` doubled n-1 times, at most `delay_max`. Without
/// chance, so that a run can be foretold; one receiver has one sender, so nothing has to be spread.
#[derive(Clone, Copy, Debug)]
pub struct RetrySchedule {
    pub first_delay: Duration,
    pub delay_max: Duration,
    /// So many answers in a row that this body will never do, and it is parked.
    pub refusals_max: u32,
}

/// One message. Its id stays the same over retries and restarts: receivers drop copies by it.
#[derive(Clone)]
pub struct Delivery {
    pub id: String,
    pub body: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// The receiver refuses this very body. It is for a person to look at; the next one goes on.
    Parked {
        why: String,
    },
}

/// An attempt that failed, for logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    /// From 1.
    pub number: u32,
    pub why: String,
    /// Until the next attempt.
    pub delay: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("the webhook's URL is not an http or https address: {why}")]
    Url { why: String },
    #[error("failed to set up the webhook's HTTP client")]
    Client { source: reqwest::Error },
}

/// Sends to one receiver.
#[derive(Clone)]
pub struct Webhook {
    client: Client,
    url: Url,
    settings: WebhookSettings,
}

enum Failure {
    /// Someone may mend it: the network, the receiver, its address, our credentials.
    Passing {
        why: String,
        retry_after: Option<Duration>,
    },
    /// The answer is about the body.
    Refused { why: String },
}

impl Webhook {
    pub fn new(settings: WebhookSettings) -> Result<Self, WebhookError> {
        let url = Url::parse(settings.url.expose());
        let url = url.map_err(|error| WebhookError::Url {
            why: error.to_string(),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            let why = format!("its scheme is `{}`", url.scheme());
            return Err(WebhookError::Url { why });
        }
        install_tls();
        let client = Client::builder()
            .timeout(settings.timeout)
            // A redirect would carry findings to a host that nobody configured.
            .redirect(Policy::none())
            .user_agent(concat!("tenure/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| WebhookError::Client { source })?;
        Ok(Webhook {
            client,
            url,
            settings,
        })
    }

    /// Sends until the receiver takes it, however long that is; give up by dropping the future.
    /// `failed` hears of every attempt that failed.
    pub async fn deliver(
        &self,
        delivery: &Delivery,
        mut failed: impl FnMut(FailedAttempt),
    ) -> Outcome {
        let mut number = 0;
        let mut refusals = 0;
        loop {
            let Err(failure) = self.attempt(delivery).await else {
                return Outcome::Delivered;
            };
            number += 1;
            let planned = self.settings.retry.delay(number);
            let (why, delay) = match failure {
                Failure::Passing { why, retry_after } => {
                    refusals = 0;
                    let asked = retry_after.unwrap_or_default();
                    (why, planned.max(asked.min(self.settings.retry.delay_max)))
                }
                Failure::Refused { why } => {
                    refusals += 1;
                    if refusals >= self.settings.retry.refusals_max {
                        return Outcome::Parked { why };
                    }
                    (why, planned)
                }
            };
            failed(FailedAttempt { number, why, delay });
            tokio::time::sleep(delay).await;
        }
    }

    async fn attempt(&self, delivery: &Delivery) -> Result<(), Failure> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let signature = sign(
            &self.settings.secret,
            since.unwrap_or_default().as_secs(),
            &delivery.body,
        );
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(DELIVERY_HEADER, &delivery.id)
            .header(SIGNATURE_HEADER, signature)
            .body(delivery.body.clone())
            .build()
            // Only an id that is no header value gets here, and it will not become one.
            .map_err(|error| Failure::Refused { why: chain(error) })?;
        let response = self.client.execute(request).await;
        judge(&response.map_err(|error| Failure::Passing {
            why: chain(error),
            retry_after: None,
        })?)
    }
}

impl RetrySchedule {
    fn delay(&self, failures: u32) -> Duration {
        let factor = 1_u32
            .checked_shl(failures.saturating_sub(1))
            .filter(|factor| *factor > 0)
            .unwrap_or(u32::MAX);
        self.first_delay.saturating_mul(factor).min(self.delay_max)
    }
}

impl Default for RetrySchedule {
    fn default() -> Self {
        RetrySchedule {
            first_delay: Duration::from_secs(1),
            delay_max: Duration::from_mins(5),
            refusals_max: 8,
        }
    }
}

/// The value of `Tenure-Signature`: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. The time
/// is signed too, so that a receiver can refuse an old message that is sent again.
pub fn sign(secret: &Secret, unix_seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(format!("{unix_seconds}.").as_bytes());
    mac.update(body);
    let mut signature = format!("t={unix_seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        write!(signature, "{byte:02x}").expect("a String takes all");
    }
    signature
}

fn judge(response: &Response) -> Result<(), Failure> {
    let status = response.status();
    let why = format!("the receiver answered {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::BAD_REQUEST
        | StatusCode::GONE
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Err(Failure::Refused { why }),
        _ => {
            let seconds = response.headers().get(RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            Err(Failure::Passing {
                why,
                retry_after: seconds.map(Duration::from_secs),
            })
        }
    }
}

/// The error and its causes, without the address: it may hold a token.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        write!(text, ": {error}").expect("a String takes all");
        cause = error.source();
    }
    text
}

/// TLS needs to be told once which cryptography to use.
pub(super) fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Err: another thread was first, with the same.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Secret(secret.into())
    }

    fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1700000000.{}' | openssl dgst -sha256 -hmac key`
    #[test]
    fn a_signature_is_what_openssl_says() {
        assert_eq!(
            sign(&Secret::new("key"), 1_700_000_000, b"{}"),
            "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
        );
    }

    #[test]
    fn delays_double_up_to_a_bound() {
        let schedule = RetrySchedule::default();
        let seconds = |failures| schedule.delay(failures).as_secs();
        let delays: Vec<u64> = [1, 2, 3, 9, 10, 33, u32::MAX].map(seconds).to_vec();
        assert_eq!(delays, [1, 2, 4, 256, 300, 300, 300]);
    }

    #[test]
    fn a_secret_does_not_show() {
        let settings = WebhookSettings {
            url: Secret::new("ftp://token@example.com"),
            secret: Secret::new("key"),
            timeout: Duration::from_secs(1),
            retry: RetrySchedule::default(),
        };
        let text = format!("{settings:?}");
        assert!(!text.contains("token") && !text.contains("key"), "{text}");
        let error = Webhook::new(settings).err().expect("no http");
        assert!(!error.to_string().contains("token"), "{error}");
    }
}
