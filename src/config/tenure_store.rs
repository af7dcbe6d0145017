//! How an archive in a bucket is reached: the keys of `[archive]` besides its path. Secrets are
//! named, never written; what is not named comes from the vendors' own environment variables.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::Text;

use super::field::Field;
use super::load::SecretFrom;
use super::sheet::Table;
use super::tenure_file::{ArchivePlace, path};
use super::tenure_signing::secret;

/// How a bucket is reached. What is absent is the vendor's default, or in its environment variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// Of a compatible server, in the place of the vendor's own.
    pub endpoint: Option<Text>,
    pub region: Option<Text>,
    /// Whether the bucket is named in the path of URLs, not in their host.
    pub path_style: Option<bool>,
    /// Whether an endpoint without TLS may be another machine.
    pub allow_http: bool,
    /// How long one request may take.
    pub timeout: Option<Duration>,
    /// S3: both or none.
    pub access_key_id: Option<SecretFrom>,
    pub secret_access_key: Option<SecretFrom>,
    /// Azure: the storage account, and its key.
    pub account: Option<Text>,
    pub account_key: Option<SecretFrom>,
    /// Google: a service account's key file.
    pub credentials_file: Option<PathBuf>,
    pub lock: Option<ObjectLock>,
}

/// S3 Object Lock for what is never replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectLock {
    pub mode: LockMode,
    /// From the time of writing.
    pub retain: Duration,
}

/// Whether somebody may end a lock before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Nobody.
    Compliance,
    /// Whoever has the permission to.
    Governance,
}

/// Where a bucket is, as far as keys are for one vendor only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Directory,
    S3,
    Google,
    Azure,
}

const BUCKETS: &[At] = &[At::S3, At::Google, At::Azure];

impl LockMode {
    /// As S3 spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            LockMode::Compliance => "COMPLIANCE",
            LockMode::Governance => "GOVERNANCE",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "compliance" => Some(LockMode::Compliance),
            "governance" => Some(LockMode::Governance),
            _ => None,
        }
    }
}

impl At {
    fn of(place: &ArchivePlace) -> Self {
        let ArchivePlace::Url(url) = place else {
            return At::Directory;
        };
        match url.split("://").next() {
            Some("s3") => At::S3,
            Some("gs") => At::Google,
            _ => At::Azure,
        }
    }

    fn name(self) -> &'static str {
        match self {
            At::Directory => "a directory",
            At::S3 => "`s3://`",
            At::Google => "`gs://`",
            At::Azure => "`az://`",
        }
    }
}

pub(super) fn read(table: &mut Table<'_>, base: &Path, place: &ArchivePlace) -> StoreSettings {
    let at = At::of(place);
    let mut keys = Keys { table, base, at };
    let text = |field: Field<'_>| field.text().map(Text::from);
    let mut settings = StoreSettings {
        allow_http: keys
            .field("allow_http", BUCKETS)
            .and_then(|field| field.boolean())
            .unwrap_or_default(),
        ..StoreSettings::default()
    };
    let endpoint = keys.field("endpoint", BUCKETS);
    settings.endpoint = endpoint.and_then(|field| endpoint_url(&field, settings.allow_http));
    settings.region = keys.field("region", &[At::S3]).and_then(text);
    let path_style = keys.field("path_style", &[At::S3]);
    settings.path_style = path_style.and_then(|field| field.boolean());
    let timeout = keys.field("timeout", BUCKETS);
    settings.timeout = timeout.and_then(|field| field.duration(Duration::from_millis(100)));
    settings.access_key_id = keys.secret("access_key_id", At::S3);
    settings.secret_access_key = keys.secret("secret_access_key", At::S3);
    if settings.access_key_id.is_some() != settings.secret_access_key.is_some() {
        let names = [
            "access_key_id_env",
            "access_key_id_file",
            "secret_access_key_env",
            "secret_access_key_file",
        ];
        let message = "is one half of a key";
        let hint = "name both the access key's id and its secret, or neither";
        keys.table.wrong_at(&names, message, hint);
    }
    settings.account = keys.field("account", &[At::Azure]).and_then(text);
    settings.account_key = keys.secret("account_key", At::Azure);
    let file = keys.field("credentials_file", &[At::Google]);
    settings.credentials_file = file.and_then(|field| path(&field, base));
    settings.lock = keys.lock();
    settings
}

/// The table, and what its keys may be for.
struct Keys<'t, 's> {
    table: &'t mut Table<'s>,
    base: &'t Path,
    at: At,
}

impl<'s> Keys<'_, 's> {
    fn field(&mut self, key: &str, of: &[At]) -> Option<Field<'s>> {
        let field = self.table.field(key)?;
        if of.contains(&self.at) {
            return Some(field);
        }
        let of: Vec<&str> = of.iter().map(|at| at.name()).collect();
        let message = format!("is for archives at {}", of.join(", "));
        let hint = format!("leave it out: this one is at {}", self.at.name());
        field.wrong(message, &hint)
    }

    /// Messages about it repeat no value: one of these may be the secret itself.
    fn secret(&mut self, name: &str, of: At) -> Option<SecretFrom> {
        let [file, env] = [format!("{name}_file"), format!("{name}_env")];
        if let Some(field) = self.table.field(name) {
            let hint = format!(
                "write {env} = \"NAME\", the name of an environment variable, or {file} = \"path\""
            );
            let message = "stands in the file, where every reader of it sees it";
            return field.wrong(message, &hint);
        }
        if self.at == of {
            return secret(self.table, self.base, [&file, &env]);
        }
        // Of another vendor: `field` says so.
        [file, env]
            .iter()
            .for_each(|key| drop(self.field(key, &[of])));
        None
    }

    fn lock(&mut self) -> Option<ObjectLock> {
        let mode = self.field("object_lock", &[At::S3]);
        let retain = self.field("retain", &[At::S3]);
        match (mode, retain) {
            (Some(mode), Some(retain)) => {
                let mode = mode.word(&["compliance", "governance"], LockMode::parse);
                let retain = retain.duration(Duration::from_secs(1));
                Some(ObjectLock {
                    mode: mode?,
                    retain: retain?,
                })
            }
            (Some(mode), None) => mode.wrong(
                "stands without a time",
                "write how long each object is locked beside it, such as retain = \"400d\"",
            ),
            (None, Some(retain)) => retain.wrong(
                "stands without `object_lock`",
                "write object_lock = \"compliance\" or \"governance\" beside it",
            ),
            (None, None) => None,
        }
    }
}

fn endpoint_url(field: &Field<'_>, allow_http: bool) -> Option<Text> {
    let text = field.text()?.trim_end_matches('/');
    let secure = text.strip_prefix("https://");
    let rest = secure.or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let Some(host) = host.filter(|host| !host.is_empty() && !text.contains(char::is_whitespace))
    else {
        let hint = "write a URL such as \"https://minio.example:9000\"";
        return field.wrong("is no address of a server", hint);
    };
    if host.contains('@') {
        return field.wrong(
            "holds a name or password, which every reader of the file sees",
            "leave it out: keys are named by `…_env` and `…_file`",
        );
    }
    if secure.is_none() && !allow_http && !is_loopback(host) {
        return field.wrong(
            "has no TLS: whoever is on the way reads and changes what is sent",
            "write https://, or allow_http = true beside it where the network is trusted",
        );
    }
    Some(Text::from(text))
}

/// Whether a host, with or without its port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
