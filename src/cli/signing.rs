//! Options of commands that sign an archive's log, as the service does.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::check::CONFIG_FILE;
use super::evidence_read::user;
use super::keys::Passphrase;
use crate::config::{self, Config, SigningKey};
use crate::io::archive::{Archive, Place};
use crate::io::keys::LocalKey;
use crate::service::signing;

/// Which key signs.
#[derive(Clone, Debug, clap::Args)]
pub struct Signing {
    /// The configuration; without it, `tenure.toml` here if there is one
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The signing key; without it, that of the configuration
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// Who acts, as the archive will say.
#[derive(Clone, Debug, clap::Args)]
pub struct Operator {
    /// Who says so; by default the user of the system
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

impl Operator {
    /// As named, or else the user of this process, whatever the environment says.
    pub fn by(&self) -> String {
        self.by.clone().unwrap_or_else(|| user().to_string())
    }
}

impl Signing {
    /// The configuration that is meant; `None` where there is none.
    pub fn config(&self) -> anyhow::Result<Option<Config>> {
        let here = Path::new(CONFIG_FILE);
        let file = self.config.as_deref();
        let Some(file) = file.or_else(|| here.exists().then_some(here)) else {
            return Ok(None);
        };
        let loaded =
            config::load(Some(file), None).map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let notes = loaded.notes.iter();
        notes.for_each(|note| anstream::eprintln!("{note}"));
        Ok(Some(loaded.config))
    }

    /// The key; `None` where neither it nor a configuration was named. No key is made here: one that
    /// was made now is not the archive's.
    pub fn key(&self, config: Option<&Config>) -> anyhow::Result<Option<LocalKey>> {
        if let Some(path) = &self.key {
            let passphrase = self.passphrase.read()?;
            return Ok(Some(LocalKey::read(path, passphrase.as_deref())?));
        }
        let Some(config) = config else {
            return Ok(None);
        };
        if let SigningKey::Own(path) = &config.signing {
            ensure!(
                path.exists(),
                "there is no signing key at {}: name it with --key",
                path.display()
            );
        }
        Ok(Some(signing::key(&config.signing)?))
    }

    /// The archive with its key.
    pub fn archive(&self, place: &Place, config: Option<&Config>) -> anyhow::Result<Archive> {
        let key = self.key(config)?.context(
            "this must be signed: name the archive's signing key with --key FILE, or the \
             configuration with -c FILE",
        )?;
        Ok(Archive::signed(place, Box::new(key))?)
    }
}
