//! `tenure keys`: the keys that sign an archive's log.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use clap::{Args, Subcommand};
use serde_json::json;

use super::place::archive_at;
use super::verify::trusted;
use crate::config::SecretFrom;
use crate::evidence::note::{Signer, VerifierKey};
use crate::io::archive::{Archive, public_keys};
use crate::io::keys::{LocalKey, PublicKey, public_key};
use crate::service::wall_clock;

/// Make, show and change the keys that sign an archive
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Generate(Generate),
    Show(Show),
    Rotate(Rotate),
}

/// Make a new signing key, and print the key to verify with
#[derive(Debug, Args)]
struct Generate {
    /// The file to write; it must not be there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The name of the key and of the log that it signs, such as corp.example/tenure
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// Print the public key of a key file, or those of an archive
#[derive(Debug, Args)]
struct Show {
    /// A signing key, a public key, or an archive: a directory or a URL
    of: PathBuf,
    /// As PEM, for openssl
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Let an archive go on under a new key: the old one signs that it does. Stop the service first
#[derive(Debug, Args)]
struct Rotate {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// The signing key until now
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The new signing key; made where there is none, under the same name
    #[arg(long, value_name = "FILE")]
    new: PathBuf,
    /// A file with the passphrase of both
    #[command(flatten)]
    passphrase: Passphrase,
}

#[derive(Clone, Debug, Args)]
pub struct Passphrase {
    /// A file with the passphrase that encrypts the key
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The environment variable that holds it
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file")]
    passphrase_env: Option<String>,
}

impl Keys {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Generate(generate) => generate.run(),
            Command::Show(show) => show.run(),
            Command::Rotate(rotate) => rotate.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Passphrase {
    pub(super) fn read(&self) -> anyhow::Result<Option<String>> {
        let from = match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => SecretFrom::File(path.clone()),
            (None, Some(name)) => SecretFrom::Environment(name.as_str().into()),
            (None, None) => return Ok(None),
        };
        Ok(Some(from.read().context("failed to get the passphrase")?))
    }
}

impl Generate {
    fn run(&self) -> anyhow::Result<()> {
        let passphrase = self.passphrase.read()?;
        let key = LocalKey::generate(self.name.as_deref())?;
        key.create(&self.out, passphrase.as_deref())?;
        writeln!(io::stdout().lock(), "{}", key.verifier())?;
        anstream::eprintln!(
            "wrote {}; keep it secret, and give the line above to whoever verifies",
            self.out.display()
        );
        Ok(())
    }
}

impl Show {
    fn run(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        for key in self.keys()? {
            if self.pem {
                write!(out, "{}", key.to_pem())?;
            } else if self.json {
                let line = json!({
                    "name": key.name(),
                    "id": key.id_text(),
                    "verifier": key.to_string(),
                    "pem": key.to_pem(),
                });
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "{key}")?;
            }
        }
        out.flush()?;
        Ok(())
    }

    fn keys(&self) -> anyhow::Result<Vec<VerifierKey>> {
        let of = self.of.display().to_string();
        if !self.of.is_dir() && !of.contains("://") {
            return Ok(vec![named(&self.of)?]);
        }
        let keys = public_keys(archive_at(&of))?;
        ensure!(!keys.is_empty(), "{of} holds no keys");
        let named = |(path, text): &(String, Bytes)| {
            let key = std::str::from_utf8(text).context("it is no text");
            match key.and_then(|key| Ok(public_key(key)?)) {
                Ok(PublicKey::Named(key)) => Ok(key),
                Ok(PublicKey::Nameless(_)) => bail!("{of}/{path} has no name, so it has no id"),
                Err(error) => Err(error.context(format!("{of}/{path} holds no key"))),
            }
        };
        keys.iter().map(named).collect()
    }
}

impl Rotate {
    fn run(&self) -> anyhow::Result<()> {
        let passphrase = self.passphrase.read()?;
        let passphrase = passphrase.as_deref();
        let old = LocalKey::read(&self.key, passphrase)?;
        let new = if self.new.exists() {
            LocalKey::read(&self.new, passphrase)?
        } else {
            let key = LocalKey::generate(Some(old.verifier().name()))?;
            key.create(&self.new, passphrase)?;
            key
        };
        let size = Archive::rotate(archive_at(&self.archive), Box::new(old), &new, wall_clock())?;
        writeln!(io::stdout().lock(), "{}", new.verifier())?;
        anstream::eprintln!(
            "{} goes on under this key from commit {size} on; give the service {}",
            self.archive,
            self.new.display()
        );
        Ok(())
    }
}

fn named(path: &Path) -> anyhow::Result<VerifierKey> {
    match trusted(&path.display().to_string())? {
        PublicKey::Named(key) => Ok(key),
        PublicKey::Nameless(_) => bail!("{} has no name, so it has no id", path.display()),
    }
}
