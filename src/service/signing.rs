//! The key that signs the archive's log.

use crate::config::{SecretFrom, SigningKey};
use crate::io::keys::{KeyError, LocalKey};

/// Why there is no key: without one nothing is archived.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("failed to get the signing key or its passphrase: {0}")]
    Secret(#[from] crate::config::SecretError),
}

/// The key that the config means; the service's own is made where there is none.
pub fn key(from: &SigningKey) -> Result<LocalKey, SigningError> {
    let (key, passphrase) = match from {
        SigningKey::Own(path) => return Ok(LocalKey::open_or_make(path)?),
        SigningKey::Given { key, passphrase } => (key, passphrase),
    };
    let passphrase = passphrase.as_ref().map(SecretFrom::read).transpose()?;
    let place = match key {
        SecretFrom::Environment(name) => format!("the environment variable `{name}`"),
        SecretFrom::File(path) => path.display().to_string(),
    };
    Ok(LocalKey::parse(
        &place,
        &key.read()?,
        passphrase.as_deref(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_key_is_never_made_and_an_own_one_is() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("signing.key");
        let given = |passphrase: Option<&str>| SigningKey::Given {
            key: SecretFrom::File(path.clone()),
            passphrase: passphrase.map(|text| {
                let path = dir.path().join("passphrase");
                std::fs::write(&path, text).expect("write");
                SecretFrom::File(path)
            }),
        };
        assert!(key(&given(None)).is_err());
        assert!(!path.exists());
        let own = key(&SigningKey::Own(path.clone()))
            .expect("made")
            .to_one_line();
        assert_eq!(key(&given(None)).expect("read").to_one_line(), own);
        std::fs::remove_file(&path).expect("removed");
        let locked = LocalKey::generate(None).expect("key");
        locked
            .create(&path, Some("correct horse"))
            .expect("created");
        assert!(key(&given(None)).is_err());
        let opened = key(&given(Some("correct horse\n"))).expect("opened");
        assert_eq!(opened.to_one_line(), locked.to_one_line());
    }
}
