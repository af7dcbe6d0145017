//! Files of signing keys: PKCS#8 in PEM, encrypted with a passphrase or not, as `openssl pkey` reads
//! it, below lines that name the key. Or one line, for environment variables.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use pkcs8::LineEnding;

use crate::evidence::note::{NoteError, SignError, Signer, VerifierKey, is_name};

const PEM: &str = "-----BEGIN ";
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
/// The one-line form of golang.org/x/mod/sumdb/note.
const ONE_LINE: &str = "PRIVATE+KEY+";
/// A key file has some 500 bytes.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;

/// A key in memory.
pub struct LocalKey {
    key: SigningKey,
    verifier: VerifierKey,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("failed to {doing} signing key {}: {source}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{place} is no signing key: {why}")]
    Form { place: String, why: String },
    #[error("{place} is encrypted, and no passphrase was given")]
    PassphraseMissing { place: String },
    #[error("{place} does not open with this passphrase")]
    PassphraseWrong { place: String },
    #[error(
        "`{0}` cannot name a key: write a name without space and `+`, such as corp.example/tenure"
    )]
    Name(String),
    #[error("the system gave no random bytes for a key: {0}")]
    Random(getrandom::Error),
}

impl LocalKey {
    /// A new key. Without a name it gets one of its own.
    pub fn generate(name: Option<&str>) -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(KeyError::Random)?;
        let key = SigningKey::from_bytes(&seed);
        let [a, b, c, d, ..] = key.verifying_key().to_bytes();
        let own = format!("tenure-{a:02x}{b:02x}{c:02x}{d:02x}");
        LocalKey::new(key, name.unwrap_or(&own))
    }

    fn new(key: SigningKey, name: &str) -> Result<Self, KeyError> {
        let verifier = VerifierKey::new(name, key.verifying_key().to_bytes())
            .map_err(|_name| KeyError::Name(name.to_owned()))?;
        Ok(LocalKey { key, verifier })
    }

    /// The key of a file that is made with a new one where there is none.
    pub fn open_or_make(path: &Path) -> Result<Self, KeyError> {
        match LocalKey::read(path, None) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let key = LocalKey::generate(None)?;
                match key.create(path, None) {
                    Ok(()) => Ok(key),
                    // Another process was quicker.
                    Err(KeyError::File { source, .. })
                        if source.kind() == io::ErrorKind::AlreadyExists =>
                    {
                        LocalKey::read(path, None)
                    }
                    Err(error) => Err(error),
                }
            }
            read => read,
        }
    }

    pub fn read(path: &Path, passphrase: Option<&str>) -> Result<Self, KeyError> {
        LocalKey::parse(&path.display().to_string(), &read_text(path)?, passphrase)
    }

    /// Reads a key file's text, or the one-line form. `place` is for messages, which repeat nothing
    /// of the text.
    pub fn parse(place: &str, text: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let form = |why: &str| KeyError::Form {
            place: place.to_owned(),
            why: why.to_owned(),
        };
        if let Some(line) = text.trim().strip_prefix(ONE_LINE) {
            let key = one_line(line).ok_or_else(|| form("its one line is damaged"))?;
            return LocalKey::checked(key, line.split('+').next(), place);
        }
        let start = text
            .find(PEM)
            .ok_or_else(|| form("it has no line `-----BEGIN PRIVATE KEY-----`"))?;
        let (above, pem) = text.split_at(start);
        let key = if pem.starts_with(ENCRYPTED) {
            let passphrase = passphrase.ok_or_else(|| KeyError::PassphraseMissing {
                place: place.to_owned(),
            })?;
            SigningKey::from_pkcs8_encrypted_pem(pem.trim(), passphrase).map_err(|_why| {
                KeyError::PassphraseWrong {
                    place: place.to_owned(),
                }
            })?
        } else {
            SigningKey::from_pkcs8_pem(pem.trim())
                .map_err(|_why| form("its PEM holds no Ed25519 key"))?
        };
        LocalKey::checked(key, stated(above, "name"), place)
    }

    fn checked(key: SigningKey, name: Option<&str>, place: &str) -> Result<Self, KeyError> {
        let name = name.filter(|name| is_name(name)).ok_or(KeyError::Form {
            place: place.to_owned(),
            why: "it has no line `name: …` that names the key".to_owned(),
        })?;
        LocalKey::new(key, name)
    }

    /// The text of a key file.
    pub fn to_text(&self, passphrase: Option<&str>) -> Result<String, KeyError> {
        let bytes = KeypairBytes {
            secret_key: self.key.to_bytes(),
            // With the public key in it OpenSSL 1.1.1 would not read it.
            public_key: None,
        };
        let pem = match passphrase {
            None => bytes.to_pkcs8_pem(LineEnding::LF),
            Some(passphrase) => bytes.to_pkcs8_encrypted_pem(passphrase, LineEnding::LF),
        };
        let pem = pem.map_err(|why| KeyError::Form {
            place: "the new key".to_owned(),
            why: why.to_string(),
        })?;
        Ok(format!(
            "Signing key of Tenure. Keep it secret, and out of the archive.\n\
             name: {}\nverifier: {}\n{}",
            self.verifier.name(),
            self.verifier,
            pem.as_str()
        ))
    }

    /// The key in one line, unencrypted.
    pub fn to_one_line(&self) -> String {
        let typed = [&[1], self.key.to_bytes().as_slice()].concat();
        let (name, id) = (self.verifier.name(), self.verifier.id_text());
        format!("{ONE_LINE}{name}+{id}+{}", STANDARD.encode(typed))
    }

    /// Writes a file that only its owner reads, and that must not be there.
    pub fn create(&self, path: &Path, passphrase: Option<&str>) -> Result<(), KeyError> {
        let text = self.to_text(passphrase)?;
        let failed = |source| KeyError::File {
            doing: "write",
            path: path.to_owned(),
            source,
        };
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)
    }
}

impl Signer for LocalKey {
    fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], SignError> {
        Ok(self.key.sign(text).to_bytes())
    }
}

/// The public key that a file holds or states: a verifier key in one line, the key file of a signer
/// (without its passphrase), or PEM of a public key, which has no name.
pub fn public_key(text: &str) -> Result<PublicKey, NoteError> {
    if text.contains("-----BEGIN PUBLIC KEY-----") {
        let start = text.find(PEM).unwrap_or_default();
        let pem = text.get(start..).unwrap_or_default();
        let nameless = VerifierKey::from_pem("key", pem.trim())?;
        return Ok(match stated(text, "name") {
            Some(name) => PublicKey::Named(nameless.named(name)?),
            None => PublicKey::Nameless(nameless),
        });
    }
    let line = stated(text, "verifier").unwrap_or(text);
    VerifierKey::parse(line).map(PublicKey::Named)
}

/// A key that somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    Named(VerifierKey),
    /// Stands under whatever name the log has.
    Nameless(VerifierKey),
}

impl PublicKey {
    /// The key as it would sign for a log of this name.
    pub fn of_log(&self, origin: &str) -> Result<VerifierKey, NoteError> {
        match self {
            PublicKey::Named(key) => Ok(key.clone()),
            PublicKey::Nameless(key) => key.named(origin),
        }
    }
}

/// The text of a small file.
pub fn read_text(path: &Path) -> Result<String, KeyError> {
    let failed = |source| KeyError::File {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > KEY_FILE_BYTES_MAX {
        return Err(KeyError::Form {
            place: path.display().to_string(),
            why: "it is far too long".to_owned(),
        });
    }
    fs::read_to_string(path).map_err(failed)
}

/// The value of a line `key: value`.
fn stated<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found == key).then_some(value.trim())
    })
}

/// `name+id+base64(type, seed)`
fn one_line(line: &str) -> Option<SigningKey> {
    let (_, encoded) = line.split_once('+')?.1.split_once('+')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (kind, seed) = bytes.split_first()?;
    let seed: &[u8; 32] = seed.try_into().ok()?;
    (*kind == 1).then(|| SigningKey::from_bytes(seed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    fn read_back(text: &str, passphrase: Option<&str>) -> Result<String, String> {
        let key = LocalKey::parse("k", text, passphrase).map_err(|error| error.to_string())?;
        Ok(key.verifier().to_string())
    }

    #[test]
    fn a_key_survives_each_of_its_forms() {
        let key = LocalKey::generate(Some("corp.example/tenure")).expect("key");
        let verifier = key.verifier().to_string();
        let plain = key.to_text(None).expect("text");
        let encrypted = key.to_text(Some("correct horse")).expect("text");
        assert_eq!(read_back(&plain, None).as_ref(), Ok(&verifier));
        assert_eq!(read_back(&key.to_one_line(), None).as_ref(), Ok(&verifier));
        let opened = read_back(&encrypted, Some("correct horse"));
        assert_eq!(opened.as_ref(), Ok(&verifier));
        let told = |passphrase| read_back(&encrypted, passphrase).expect_err("closed");
        assert_eq!(told(None), "k is encrypted, and no passphrase was given");
        assert_eq!(told(Some("x")), "k does not open with this passphrase");
        assert!(!encrypted.contains(plain.lines().nth(4).expect("the key")));
    }

    #[test]
    fn what_is_no_key_says_so_and_is_not_repeated() {
        for text in [
            "",
            "hunter2",
            "PRIVATE+KEY+a+b+hunter2",
            "-----BEGIN PRIVATE KEY-----\n",
        ] {
            let told = read_back(text, None).expect_err("no key");
            assert!(told.starts_with("k is no signing key: "), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        let key = LocalKey::generate(None).expect("key");
        let nameless = key.to_text(None).expect("text").replace("name:", "called:");
        assert!(
            read_back(&nameless, None)
                .expect_err("nameless")
                .contains("`name: …`")
        );
        assert!(matches!(
            LocalKey::generate(Some("a b")),
            Err(KeyError::Name(_))
        ));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("new/signing.key");
        let first = LocalKey::open_or_make(&path).expect("made");
        let again = LocalKey::open_or_make(&path).expect("read");
        assert_eq!(first.verifier(), again.verifier());
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            first.create(&path, None).is_err(),
            "it must not be replaced"
        );
        fs::write(&path, "damaged").expect("write");
        assert!(LocalKey::open_or_make(&path).is_err(), "nor this");
    }

    #[test]
    fn a_public_key_is_found_in_every_file_that_has_it() {
        let key = LocalKey::generate(Some("corp.example/tenure")).expect("key");
        let named = Ok(PublicKey::Named(key.verifier().clone()));
        let encrypted = key.to_text(Some("x")).expect("text");
        let pem = key.verifier().to_pem();
        assert_eq!(public_key(&key.verifier().to_string()), named);
        assert_eq!(public_key(&encrypted), named);
        assert_eq!(
            public_key(&format!("name: corp.example/tenure\n{pem}")),
            named
        );
        let nameless = public_key(&pem).expect("key");
        let of_log = nameless.of_log("corp.example/tenure");
        assert_eq!(of_log.as_ref(), Ok(key.verifier()));
        assert!(public_key("hunter2").is_err());
    }

    #[test]
    fn openssl_reads_our_key_files() {
        let dir = tempfile::tempdir().expect("dir");
        let key = LocalKey::generate(None).expect("key");
        for (name, passphrase) in [("plain", None), ("encrypted", Some("correct horse"))] {
            let path = dir.path().join(name);
            key.create(&path, passphrase).expect("created");
            let output = Command::new("openssl")
                .args(["pkey", "-pubout", "-passin", "pass:correct horse", "-in"])
                .arg(&path)
                .output()
                .expect("openssl runs");
            let pem = String::from_utf8_lossy(&output.stdout);
            assert_eq!(pem, key.verifier().to_pem(), "{name}: {output:?}");
        }
    }
}
