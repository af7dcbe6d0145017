//! Files of redaction keys: one line of hexadecimal digits below one that says what it is.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A new key has so many random bytes.
const KEY_BYTES: usize = 32;
/// A key somebody chose has at least so many characters: whoever has the archive may try out keys.
const GIVEN_BYTES_MIN: usize = 16;
/// A key file has some hundred bytes.
const FILE_BYTES_MAX: u64 = 64 << 10;
const HEADING: &str = "# Redaction key of Tenure. Keep it secret, and out of the archive.\n";

#[derive(Debug, thiserror::Error)]
pub enum RedactionKeyError {
    #[error("failed to {doing} redaction key {}: {source}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{place} is no redaction key: it has fewer than {GIVEN_BYTES_MIN} characters")]
    Short { place: String },
    #[error("the system gave no random bytes for a redaction key: {0}")]
    Random(getrandom::Error),
}

/// The key of a file that is made with a new one where there is none.
pub fn open_or_make(path: &Path) -> Result<Vec<u8>, RedactionKeyError> {
    match read(path) {
        Err(RedactionKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
        }
        found => return found,
    }
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(RedactionKeyError::Random)?;
    let mut text = HEADING.to_owned();
    bytes
        .iter()
        .for_each(|byte| text.push_str(&format!("{byte:02x}")));
    text.push('\n');
    match create(path, &text) {
        // Another process was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(source) => Err(failed("write", path)(source)),
        Ok(()) => read(path),
    }
}

/// The key of a file that must be there.
pub fn read(path: &Path) -> Result<Vec<u8>, RedactionKeyError> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text))
        .map_err(failed("read", path))?;
    parse(&path.display().to_string(), &text)
}

/// The key that a text holds, without lines that begin with `#`. `place` is for messages, which
/// repeat nothing of the text.
pub fn parse(place: &str, text: &str) -> Result<Vec<u8>, RedactionKeyError> {
    let lines = text.lines().map(str::trim);
    let key: Vec<&str> = lines.filter(|line| !line.starts_with('#')).collect();
    let key = key.concat();
    if key.len() < GIVEN_BYTES_MIN {
        let place = place.to_owned();
        return Err(RedactionKeyError::Short { place });
    }
    Ok(key.into_bytes())
}

/// Only its owner reads it.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn failed(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> RedactionKeyError {
    move |source| RedactionKeyError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("a/redaction.key");
        assert!(read(&path).is_err());
        let made = open_or_make(&path).expect("made");
        assert_eq!(made.len(), 2 * KEY_BYTES);
        assert_eq!(open_or_make(&path).expect("again"), made);
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = open_or_make(&dir.path().join("other.key")).expect("made");
        assert_ne!(other, made);
    }

    #[test]
    fn a_key_too_short_is_refused_without_repeating_it() {
        let refused = parse("key.txt", "# a\nshort\n").expect_err("short");
        assert_eq!(
            refused.to_string(),
            "key.txt is no redaction key: it has fewer than 16 characters"
        );
        assert!(parse("key.txt", "0123456789abcdef").is_ok());
    }
}
