//! The object store behind an archive, blocking.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tokio::runtime::{Builder, Runtime};

use super::error::{ArchiveError, reason};
use crate::evidence::commit::{ChainError, Commit};
use crate::evidence::note::{SignError, VerifierKey};
use crate::model::time::Timestamp;

pub(super) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// The store's own: an archive is written from a thread of its own, and a busy service must
    /// not delay it.
    runtime: Runtime,
    /// As the operator wrote it.
    location: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    Existing,
    OrMade,
}

/// What creating an object came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Created,
    /// It was there, with the same bytes.
    Same,
    /// It was there, with other bytes, and was left alone.
    Different,
}

impl Store {
    /// The store at `location`, made where there is none.
    pub(super) fn open(location: &str) -> Result<Self, ArchiveError> {
        Store::at(location, Opening::OrMade)
    }

    /// A store that is there already.
    pub(super) fn existing(location: &str) -> Result<Self, ArchiveError> {
        Store::at(location, Opening::Existing)
    }

    fn at(location: &str, opening: Opening) -> Result<Self, ArchiveError> {
        let failed = |reason| ArchiveError::Open {
            location: location.to_owned(),
            reason,
        };
        let directory = match location.split_once("://") {
            None => location,
            Some(("file", path)) => path,
            Some((scheme, _)) => {
                return Err(failed(format!(
                    "`{scheme}://` is not supported by this build, use a directory"
                )));
            }
        };
        if opening == Opening::OrMade {
            std::fs::create_dir_all(directory).map_err(|error| failed(error.to_string()))?;
        }
        let objects =
            LocalFileSystem::new_with_prefix(directory).map_err(|error| failed(reason(&error)))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Store {
            objects: Arc::new(objects.with_fsync(true)),
            runtime,
            location: location.to_owned(),
        })
    }

    /// A store of what tests put into it.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Store {
            objects: Arc::new(object_store::memory::InMemory::new()),
            runtime: Builder::new_current_thread().build().expect("runtime"),
            location: "memory".to_owned(),
        }
    }

    /// Creates an object that must not be there. When this returns, it is durable.
    pub(super) fn create(
        &self,
        what: &'static str,
        path: &str,
        bytes: impl Into<Bytes>,
    ) -> Result<Put, ArchiveError> {
        let bytes = bytes.into();
        let options = PutOptions::from(PutMode::Create);
        let object = Path::from(path);
        let put = self
            .objects
            .put_opts(&object, bytes.clone().into(), options);
        match self.runtime.block_on(put) {
            Ok(_) => Ok(Put::Created),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let same = self.read(what, path)? == bytes;
                Ok(if same { Put::Same } else { Put::Different })
            }
            Err(error) => Err(self.failed("write", what, path, &error)),
        }
    }

    pub(super) fn read(&self, what: &'static str, path: &str) -> Result<Bytes, ArchiveError> {
        let location = Path::from(path);
        let read = async { self.objects.get(&location).await?.bytes().await };
        self.runtime
            .block_on(read)
            .map_err(|error| self.failed("read", what, path, &error))
    }

    /// The object, if it is there.
    pub(super) fn find(
        &self,
        what: &'static str,
        path: &str,
    ) -> Result<Option<Bytes>, ArchiveError> {
        let location = Path::from(path);
        let read = async { self.objects.get(&location).await?.bytes().await };
        match self.runtime.block_on(read) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", what, path, &error)),
        }
    }

    /// Puts an object in the place of another, whole. When this returns, it is durable.
    pub(super) fn replace(
        &self,
        what: &'static str,
        path: &str,
        bytes: impl Into<Bytes>,
    ) -> Result<(), ArchiveError> {
        let object = Path::from(path);
        let put = self.objects.put(&object, bytes.into().into());
        let put = self.runtime.block_on(put);
        put.map(drop)
            .map_err(|error| self.failed("write", what, path, &error))
    }

    /// Removes the partial forms of a tile that is full now. One that stays harms nobody.
    pub(super) fn forget_partial(&self, full: &str) {
        let directory = format!("{full}.p");
        for name in self.list(&directory).unwrap_or_default() {
            let path = format!("{directory}/{name}");
            let deleted = self
                .runtime
                .block_on(self.objects.delete(&Path::from(path.as_str())));
            if let Err(error) = deleted {
                tracing::debug!("{path} stays, though its tile is full: {error}");
            }
        }
    }

    /// Paths of all objects, sorted, with their sizes.
    pub(super) fn everything(&self) -> Result<BTreeMap<String, u64>, ArchiveError> {
        let all: Result<Vec<_>, _> = self.runtime.block_on(self.objects.list(None).try_collect());
        let all = all.map_err(|error| self.failed("list", "files", "/", &error))?;
        let paths = all
            .into_iter()
            .map(|object| (object.location.to_string(), object.size));
        Ok(paths.collect())
    }

    /// Paths of all objects, sorted, with their sizes and when they were last written.
    pub(super) fn modified(&self) -> Result<BTreeMap<String, (u64, Timestamp)>, ArchiveError> {
        let all: Result<Vec<_>, _> = self.runtime.block_on(self.objects.list(None).try_collect());
        let all = all.map_err(|error| self.failed("list", "files", "/", &error))?;
        let objects = all.into_iter().map(|object| {
            let at = Timestamp::from_micros(object.last_modified.timestamp_micros());
            (object.location.to_string(), (object.size, at))
        });
        Ok(objects.collect())
    }

    /// Deletes an object.
    pub(super) fn delete(&self, what: &'static str, path: &str) -> Result<(), ArchiveError> {
        let deleted = self
            .runtime
            .block_on(self.objects.delete(&Path::from(path)));
        deleted.map_err(|error| self.failed("delete", what, path, &error))
    }

    /// Names of the objects directly below `directory`.
    pub(super) fn list(&self, directory: &str) -> Result<Vec<String>, ArchiveError> {
        let prefix = Path::from(directory);
        let listing = self
            .runtime
            .block_on(self.objects.list_with_delimiter(Some(&prefix)))
            .map_err(|error| self.failed("list", "commits", directory, &error))?;
        let objects = listing.objects.iter();
        Ok(objects
            .filter_map(|object| object.location.filename().map(str::to_owned))
            .collect())
    }

    /// Paths of the directories directly below `directory`, ascending.
    pub(super) fn directories(&self, directory: &str) -> Result<Vec<String>, ArchiveError> {
        let prefix = Path::from(directory);
        let listing = self
            .runtime
            .block_on(self.objects.list_with_delimiter(Some(&prefix)))
            .map_err(|error| self.failed("list", "commits", directory, &error))?;
        let mut paths: Vec<String> = listing
            .common_prefixes
            .iter()
            .map(ToString::to_string)
            .collect();
        paths.sort_unstable();
        Ok(paths)
    }

    pub(super) fn encode(&self, path: &str, commit: &Commit) -> Result<Vec<u8>, ArchiveError> {
        commit
            .to_bytes()
            .map_err(|error| self.failed("write", "commit", path, &error))
    }

    pub(super) fn unsound(&self, path: String, source: ChainError) -> ArchiveError {
        ArchiveError::Unsound {
            path,
            location: self.location.clone(),
            source: Box::new(source),
        }
    }

    /// Something that is there is not what it must be.
    pub(super) fn damaged(&self, path: &str, why: &dyn std::fmt::Display) -> ArchiveError {
        ArchiveError::Damaged {
            path: path.to_owned(),
            location: self.location.clone(),
            reason: why.to_string(),
        }
    }

    pub(super) fn unproved(&self, what: &str, reason: impl Into<String>) -> ArchiveError {
        ArchiveError::Unproved {
            what: what.to_owned(),
            location: self.location.clone(),
            reason: reason.into(),
        }
    }

    pub(super) fn unsigned(&self, error: &SignError) -> ArchiveError {
        ArchiveError::Unsigned {
            location: self.location.clone(),
            reason: error.to_string(),
        }
    }

    pub(super) fn of_another_key(&self, theirs: &str, ours: &VerifierKey) -> ArchiveError {
        ArchiveError::AnotherKey {
            location: self.location.clone(),
            theirs: theirs.to_owned(),
            ours: format!("{}+{}", ours.name(), ours.id_text()),
        }
    }

    pub(super) fn unreadable(&self, path: &str, why: &dyn std::fmt::Display) -> ArchiveError {
        ArchiveError::Store {
            doing: "read",
            what: "segment",
            path: path.to_owned(),
            location: self.location.clone(),
            reason: why.to_string(),
        }
    }

    pub(super) fn no_name_left(&self, what: &'static str, path: String) -> ArchiveError {
        ArchiveError::Store {
            doing: "write",
            what,
            path,
            location: self.location.clone(),
            reason: "its name and all names for further attempts are taken".to_owned(),
        }
    }

    fn failed(
        &self,
        doing: &'static str,
        what: &'static str,
        path: &str,
        error: &(dyn std::error::Error + 'static),
    ) -> ArchiveError {
        ArchiveError::Store {
            doing,
            what,
            path: path.to_owned(),
            location: self.location.clone(),
            reason: reason(error),
        }
    }
}
