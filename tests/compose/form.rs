//! The form of `docker-compose.yml`: it refuses unknown keys and wrong types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What we use of <https://github.com/compose-spec/compose-spec>; a key that is not here is a typo
/// until somebody adds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    pub services: BTreeMap<String, Service>,
    pub volumes: BTreeMap<String, Option<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "some fields are read only so that their type is checked"
)]
pub struct Service {
    pub image: String,
    #[serde(default)]
    pub command: Vec<String>,
    pub build: Option<Build>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    pub ports: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<String>,
    pub healthcheck: Option<Healthcheck>,
    pub restart: Restart,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub tmpfs: Vec<String>,
    #[serde(default)]
    pub cap_drop: Vec<String>,
    #[serde(default)]
    pub security_opt: Vec<String>,
    pub stop_grace_period: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub context: String,
    pub dockerfile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    pub condition: Condition,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    ServiceStarted,
    ServiceHealthy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only so that its types are checked")]
pub struct Healthcheck {
    pub test: Vec<String>,
    pub interval: String,
    pub timeout: String,
    pub retries: u32,
    pub start_period: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    UnlessStopped,
}

impl Service {
    /// What is mounted at `path` of a container: a file, a directory, or what lies in one.
    pub fn mounted_from(&self, path: &str) -> Option<PathBuf> {
        self.volumes.iter().find_map(|mount| {
            let mut parts = mount.split(':');
            let (from, to) = (parts.next()?, parts.next()?);
            let rest = Path::new(path).strip_prefix(to).ok()?;
            let from = Path::new(from);
            // Joining nothing would leave a slash at the end.
            Some(if rest.as_os_str().is_empty() {
                from.to_owned()
            } else {
                from.join(rest)
            })
        })
    }
}
