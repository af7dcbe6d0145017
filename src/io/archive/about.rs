//! What an archive says of itself, in its own chain of commits: how to read it, how to verify it
//! without us, and whose key has signed. So these files are under the log like all others.

use bytes::Bytes;

use super::store::{Put, Store};
use super::{Archive, ArchiveError, CommitRef, Place, VIEWS, layout};
use crate::evidence::commit::{Chain, Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::note::VerifierKey;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

const VERIFY_PAGE: &str = include_str!("VERIFY.md");
pub(super) const VERIFY_SCRIPT: &str = include_str!("verify.sh");

/// Files for people, which every archive has, with their text. Those of an older version stay as
/// they are.
pub const PAGES: [(&str, &str); 5] = [
    ("views.sql", VIEWS),
    ("VERIFY.md", VERIFY_PAGE),
    ("verify.sh", VERIFY_SCRIPT),
    ("athena.sql", include_str!("athena.sql")),
    ("trino.sql", include_str!("trino.sql")),
];

/// The chain of what an archive says of itself. No topic of Kafka has a colon.
pub(super) fn stream() -> Stream {
    Stream {
        topic: "tenure:archive".into(),
        partition: 0,
    }
}

/// Where a public key lies.
pub(super) fn key_path(key: &VerifierKey) -> String {
    format!("{}/{}.pem", layout::KEYS, key.id_text())
}

/// A public key with its name, as `openssl` reads it.
pub(super) fn key_text(key: &VerifierKey) -> String {
    format!("name: {}\n{}", key.name(), key.to_pem())
}

/// The public keys that lie in an archive, by path.
pub fn public_keys(place: impl Into<Place>) -> Result<Vec<(String, Bytes)>, ArchiveError> {
    let store = Store::existing(place)?;
    let mut names = store.list(layout::KEYS)?;
    names.retain(|name| name.strip_suffix(".pem").is_some());
    names.sort();
    let paths = names
        .into_iter()
        .map(|name| format!("{}/{name}", layout::KEYS));
    paths
        .map(|path| Ok((path.clone(), store.read("key", &path)?)))
        .collect()
}

impl Archive {
    /// Makes the pages and the first key part of the archive, before its first commit.
    pub(super) fn introduce(&mut self, written_at: Timestamp) -> Result<(), ArchiveError> {
        let Some(log) = &self.log else { return Ok(()) };
        if self.introduced {
            return Ok(());
        }
        let key = log.verifier().clone();
        let stream = stream();
        self.forget(&stream);
        // Taken before anything is written: a writer that is first in the meantime fences this one.
        let chain = self.chain(&stream)?;
        if chain.next_number() == 0 {
            let mut files = Vec::new();
            for (path, text) in PAGES {
                self.store.create("page", path, text.as_bytes().to_vec())?;
                files.push(self.page(path)?);
            }
            files.push(self.key_file(&key)?);
            match self.commit_next(chain, files, written_at) {
                // Another writer of this archive said the same a moment before.
                Ok(_) | Err(ArchiveError::Fenced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.introduced = true;
        Ok(())
    }

    /// Commits files that hold no records.
    pub(super) fn commit_pages(
        &mut self,
        files: Vec<FileRef>,
        written_at: Timestamp,
    ) -> Result<(), ArchiveError> {
        let stream = stream();
        self.forget(&stream);
        let chain = self.chain(&stream)?;
        self.commit_next(chain, files, written_at).map(drop)
    }

    /// Commits files that hold no records, where the archive's own chain is known to stand.
    pub(super) fn commit_next(
        &mut self,
        chain: Chain,
        files: Vec<FileRef>,
        written_at: Timestamp,
    ) -> Result<CommitRef, ArchiveError> {
        let commit = Commit {
            heartbeat: false,
            files,
            ..chain.heartbeat(written_at)
        };
        self.commit(&stream(), chain, &commit)
    }

    /// The file of a public key, made if it is not there.
    fn key_file(&self, key: &VerifierKey) -> Result<FileRef, ArchiveError> {
        self.new_key_file(key)?;
        self.page(&key_path(key))
    }

    /// The file of a public key, unless it was there.
    pub(super) fn new_key_file(&self, key: &VerifierKey) -> Result<Option<FileRef>, ArchiveError> {
        let path = key_path(key);
        match self.store.create("key", &path, key_text(key))? {
            Put::Created => self.page(&path).map(Some),
            Put::Same => Ok(None),
            Put::Different => Err(self.store.damaged(&path, &"it is not the key of that id")),
        }
    }

    fn page(&self, path: &str) -> Result<FileRef, ArchiveError> {
        let bytes = self.store.read("page", path)?;
        Ok(FileRef {
            path: path.to_owned(),
            sha256: Sha256Hash::of(&bytes),
            bytes: bytes.len() as u64,
            rows: 0,
            records: 0,
        })
    }
}
