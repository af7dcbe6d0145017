//! Buckets: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.
//!
//! Settings that the config leaves out come from the vendors' environment variables, by which the
//! commands that are given a URL alone reach it as well. A request that fails is tried again for
//! some seconds only: whoever asked knows better how long to wait, and says that it does.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{
    AmazonS3Builder, AmazonS3ConfigKey, AwsCredential, Checksum, S3ConditionalPut,
};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig, StaticCredentialProvider,
};

use super::error::reason;
use super::object_lock::LockConnector;
use super::place::{Bucket, Vendor};
use crate::config::{ObjectLock, SecretFrom, StoreSettings, is_loopback};
use crate::io::webhook::install_tls;

/// A whole segment goes in one request.
const TIMEOUT: Duration = Duration::from_mins(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRIES_MAX: usize = 2;
/// No further attempt begins later than this.
const RETRY_FOR: Duration = Duration::from_secs(10);
/// Where S3's signatures count as made in when nobody says.
const REGION: &str = "us-east-1";

/// The objects below the bucket's prefix; else why there is no way to them. Nothing is asked of
/// the server yet.
pub(super) fn connect(
    bucket: &Bucket<'_>,
    settings: &StoreSettings,
) -> Result<Arc<dyn ObjectStore>, String> {
    install_tls();
    if settings.lock.is_some() && bucket.vendor != Vendor::S3 {
        return Err("object_lock is for archives at `s3://`".to_owned());
    }
    let objects = match bucket.vendor {
        Vendor::S3 => s3(bucket, settings)?,
        Vendor::Google => google(bucket, settings)?,
        Vendor::Azure => azure(bucket, settings)?,
    };
    Ok(if bucket.prefix.is_root() {
        objects
    } else {
        Arc::new(PrefixStore::new(objects, bucket.prefix.clone()))
    })
}

fn s3(bucket: &Bucket<'_>, settings: &StoreSettings) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket.name)
        .with_retry(retries())
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        // A put under a lock must bear one, and it is good for all.
        .with_checksum_algorithm(Checksum::SHA256);
    if let Some(region) = &settings.region {
        builder = builder.with_region(&**region);
    }
    if let (Some(id), Some(key)) = (&settings.access_key_id, &settings.secret_access_key) {
        builder =
            builder.with_credentials(Arc::new(StaticCredentialProvider::new(AwsCredential {
                key_id: secret(id)?,
                secret_key: secret(key)?,
                // One in the environment belongs to another key.
                token: None,
            })));
    }
    let named = |key| builder.get_config_value(&key);
    let in_environment = named(AmazonS3ConfigKey::S3Endpoint);
    let in_environment = in_environment.or_else(|| named(AmazonS3ConfigKey::Endpoint));
    let endpoint = settings.endpoint.as_deref().map(str::to_owned);
    let endpoint = endpoint.or(in_environment);
    let allowed = named(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    for (key, value) in client(settings, endpoint.as_deref(), allowed.as_deref())? {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    if let Some(endpoint) = &endpoint {
        let mut endpoint = endpoint.trim_end_matches('/').to_owned();
        if settings.path_style == Some(false) {
            // With an endpoint the library leaves this to whoever gave it.
            endpoint = endpoint.replacen("://", &format!("://{}.", bucket.name), 1);
        }
        builder = builder
            .with_config(AmazonS3ConfigKey::S3Endpoint, &endpoint)
            .with_endpoint(endpoint);
    }
    if let Some(path_style) = settings.path_style {
        builder = builder.with_virtual_hosted_style_request(!path_style);
    }
    match settings.lock {
        Some(lock) => locked(builder, lock),
        None => Ok(Arc::new(builder.build().map_err(|error| reason(&error))?)),
    }
}

/// The same store, whose marked puts are locked.
fn locked(builder: AmazonS3Builder, lock: ObjectLock) -> Result<Arc<dyn ObjectStore>, String> {
    let region = builder.get_config_value(&AmazonS3ConfigKey::Region);
    let plain = builder.clone().build().map_err(|error| reason(&error))?;
    let credentials = plain.credentials().clone();
    let connector = LockConnector {
        credentials: credentials.clone(),
        region: region.unwrap_or_else(|| REGION.to_owned()),
        lock,
    };
    let builder = builder
        .with_credentials(credentials)
        .with_http_connector(connector);
    Ok(Arc::new(builder.build().map_err(|error| reason(&error))?))
}

fn google(bucket: &Bucket<'_>, settings: &StoreSettings) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(bucket.name)
        .with_retry(retries());
    if let Some(path) = &settings.credentials_file {
        builder = builder.with_service_account_path(path.to_string_lossy());
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_base_url(endpoint);
    }
    for (key, value) in client(settings, settings.endpoint.as_deref(), None)? {
        builder = builder.with_config(GoogleConfigKey::Client(key), value);
    }
    Ok(Arc::new(builder.build().map_err(|error| reason(&error))?))
}

fn azure(bucket: &Bucket<'_>, settings: &StoreSettings) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = MicrosoftAzureBuilder::from_env()
        .with_url(&bucket.url)
        .with_retry(retries());
    if let Some(account) = &settings.account {
        builder = builder.with_account(&**account);
    }
    if let Some(key) = &settings.account_key {
        builder = builder.with_access_key(secret(key)?);
    }
    let in_environment = builder.get_config_value(&AzureConfigKey::Endpoint);
    let endpoint = settings.endpoint.as_deref().map(str::to_owned);
    let endpoint = endpoint.or(in_environment);
    let allowed = AzureConfigKey::Client(ClientConfigKey::AllowHttp);
    let allowed = builder.get_config_value(&allowed);
    for (key, value) in client(settings, endpoint.as_deref(), allowed.as_deref())? {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build().map_err(|error| reason(&error))?))
}

/// How the server is talked to. `allowed` is what the environment says of servers without TLS.
fn client(
    settings: &StoreSettings,
    endpoint: Option<&str>,
    allowed: Option<&str>,
) -> Result<Vec<(ClientConfigKey, String)>, String> {
    let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
    let timeout = settings.timeout.unwrap_or(TIMEOUT);
    let mut options = vec![
        (ClientConfigKey::Timeout, milliseconds(timeout)),
        (
            ClientConfigKey::ConnectTimeout,
            milliseconds(CONNECT_TIMEOUT),
        ),
    ];
    let plain = endpoint.and_then(|endpoint| endpoint.strip_prefix("http://"));
    if let Some(host) = plain {
        let host = host.split('/').next().unwrap_or(host);
        if !settings.allow_http && allowed != Some("true") && !is_loopback(host) {
            return Err(format!(
                "its endpoint http://{host} has no TLS: whoever is on the way reads and changes \
                 what is sent. Where the network is trusted, write allow_http = true in [archive], \
                 or set AWS_ALLOW_HTTP or AZURE_ALLOW_HTTP to true"
            ));
        }
        options.push((ClientConfigKey::AllowHttp, "true".to_owned()));
    }
    Ok(options)
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_FOR,
    }
}

fn secret(from: &SecretFrom) -> Result<String, String> {
    from.read().map_err(|error| error.to_string())
}
