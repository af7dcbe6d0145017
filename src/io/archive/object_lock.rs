//! S3 Object Lock: what is never replaced is written with a time before which nobody deletes it.
//!
//! `object_store` knows no such headers, and S3 wants every `x-amz-` header under the signature, so
//! a put that is marked is signed anew after they were added, below the store and above HTTP.

#![expect(
    clippy::disallowed_methods,
    reason = "a lock ends at a time of the calendar, counted from the put"
)]

use std::pin::Pin;
use std::time::{SystemTime, UNIX_EPOCH};

use object_store::aws::{AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, HeaderValue};

use crate::config::ObjectLock;
use crate::evidence::leaf::Sha256Hash;
use crate::model::time::{Span, Timestamp};

const MODE: &str = "x-amz-object-lock-mode";
const UNTIL: &str = "x-amz-object-lock-retain-until-date";
const BODY_HASH: &str = "x-amz-content-sha256";
const AUTHORIZATION: &str = "authorization";

/// Marks a put of what is never replaced. Travels with the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreplaced;

/// Connects as usual, and locks what is marked.
#[derive(Debug)]
pub(super) struct LockConnector {
    pub(super) credentials: AwsCredentialProvider,
    pub(super) region: String,
    pub(super) lock: ObjectLock,
}

#[derive(Debug)]
struct Locking {
    client: HttpClient,
    credentials: AwsCredentialProvider,
    region: String,
    lock: ObjectLock,
}

impl HttpConnector for LockConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Locking {
            client: ReqwestConnector::default().connect(options)?,
            credentials: self.credentials.clone(),
            region: self.region.clone(),
            lock: self.lock,
        }))
    }
}

type Answer<'f> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>;

impl HttpService for Locking {
    fn call<'s, 'f>(&'s self, mut request: HttpRequest) -> Answer<'f>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            if request.extensions_mut().remove::<Unreplaced>().is_some() {
                self.lock(&mut request).await?;
            }
            self.client.execute(request).await
        })
    }
}

impl Locking {
    async fn lock(&self, request: &mut HttpRequest) -> Result<(), HttpError> {
        let failed = |error| HttpError::new(HttpErrorKind::Unknown, error);
        let until = until(&self.lock);
        let until = HeaderValue::from_str(&until)
            .map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let headers = request.headers_mut();
        headers.insert(MODE, HeaderValue::from_static(self.lock.mode.as_str()));
        headers.insert(UNTIL, until);
        if headers.remove(AUTHORIZATION).is_none() {
            // An open bucket: there was nothing to sign with.
            return Ok(());
        }
        let hash = headers.get(BODY_HASH).and_then(|value| value.to_str().ok());
        let hash = hash.and_then(Sha256Hash::parse);
        let credential = self.credentials.get_credential().await.map_err(failed)?;
        AwsAuthorizer::new(&credential, "s3", &self.region)
            .try_authorize(request, hash.as_ref().map(|hash| hash.0.as_slice()))
            .map_err(failed)
    }
}

fn until(lock: &ObjectLock) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // Up to the next full second, so that what is kept is never kept for less.
    let now = now.map_or(0, |since| since.as_secs().saturating_add(1));
    let now = Timestamp::from_seconds(i64::try_from(now).unwrap_or(i64::MAX));
    let retain = i64::try_from(lock.retain.as_secs()).unwrap_or(i64::MAX);
    (now + Span::from_seconds(retain)).to_string()
}
