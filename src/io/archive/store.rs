//! The object store behind an archive, blocking.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tokio::runtime::{Builder, Runtime};

use super::error::{ArchiveError, reason};
use super::layout;
use super::log::is_replaced;
use super::object_lock::Unreplaced;
use super::place::{Place, Site};
use super::remote;
use crate::evidence::commit::{ChainError, Commit};
use crate::evidence::note::{SignError, VerifierKey};
use crate::model::time::Timestamp;

/// Requests that wait for a remote store at the same time.
const READS_AT_ONCE: usize = 16;

pub(super) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// The store's own: an archive is written from a thread of its own, and a busy service must
    /// not delay it.
    runtime: Runtime,
    /// As the operator wrote it.
    location: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
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

/// What shows that a bucket does not put one object in the place of another. It stays, so that
/// whoever may not delete can open an archive, and is no part of it.
const PROBE: &str = "create-if-absent";
const PROBE_TEXT: &str = "Put here with If-None-Match to see that the store keeps what is there.\n";
const WITHOUT_CONDITIONS: &str = "its server does not create objects only if they are absent \
                                  (If-None-Match: *), so nothing would keep two writers from \
                                  writing over each other: use one that does";
/// Threads that talk to a server.
const NETWORK_THREADS: usize = 2;

impl Store {
    /// The store at `place`, made where there is none: a directory, never a bucket.
    pub(super) fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        Store::at(&place.into(), Opening::OrMade)
    }

    /// The store of an archive: something was committed to it.
    pub(super) fn of_archive(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        let place = place.into();
        let store = Store::existing(&place)?;
        if store.directories(layout::COMMITS)?.is_empty() {
            let reason = "it holds no commits, so it is no archive, or nothing was archived yet";
            return Err(failed_to_open(&place, reason.to_owned()));
        }
        Ok(store)
    }

    /// A store that is there already.
    pub(super) fn existing(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        Store::at(&place.into(), Opening::Existing)
    }

    fn at(place: &Place, opening: Opening) -> Result<Self, ArchiveError> {
        let objects = objects(place, opening)?;
        let is_remote = matches!(place.site(), Ok(Site::Bucket(_)));
        let mut runtime = if is_remote {
            // Connections are looked after while nobody asks for anything.
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(NETWORK_THREADS);
            builder
        } else {
            Builder::new_current_thread()
        };
        let runtime = runtime
            .thread_name("store")
            .enable_all()
            .build()
            .map_err(|error| failed_to_open(place, error.to_string()))?;
        let store = Store {
            objects,
            runtime,
            location: place.location.clone(),
        };
        if is_remote && opening == Opening::OrMade {
            store.probe()?;
        }
        Ok(store)
    }

    /// Whether the store creates an object only if it is absent. All that holds two writers apart
    /// rests on it, and some servers read over the condition.
    fn probe(&self) -> Result<(), ArchiveError> {
        let failed = |reason| ArchiveError::Open {
            location: self.location.clone(),
            reason,
        };
        let path = Path::from(PROBE);
        let put = || {
            let options = PutOptions::from(PutMode::Create);
            let put = self.objects.put_opts(&path, PROBE_TEXT.into(), options);
            self.runtime.block_on(put)
        };
        for _first_and_second in 0..2 {
            match put() {
                Ok(_) => {}
                Err(object_store::Error::AlreadyExists { .. }) => return Ok(()),
                Err(error) => {
                    let reason = reason(&error);
                    let refused = reason.contains("501 ") || reason.contains("NotImplemented");
                    return Err(failed(if refused {
                        format!("{WITHOUT_CONDITIONS} ({reason})")
                    } else {
                        reason
                    }));
                }
            }
        }
        Err(failed(WITHOUT_CONDITIONS.to_owned()))
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
        let mut options = PutOptions::from(PutMode::Create);
        let object = Path::from(path);
        if !is_replaced(path) {
            options.extensions.insert(Unreplaced);
        }
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

    /// Deletes an object. One that is not there is deleted already.
    pub(super) fn delete(&self, what: &'static str, path: &str) -> Result<(), ArchiveError> {
        let object = Path::from(path);
        match self.runtime.block_on(self.objects.delete(&object)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("delete", what, path, &error)),
        }
    }

    /// Removes the partial forms of a tile that is full now. One that stays harms nobody.
    pub(super) fn forget_partial(&self, full: &str) {
        let directory = format!("{full}.p");
        let names = match self.list(&directory) {
            Ok(names) => names,
            Err(error) => {
                tracing::warn!("partial tiles stay, though theirs is full: {error}");
                return;
            }
        };
        for name in names {
            let path = format!("{directory}/{name}");
            let deleted = self
                .runtime
                .block_on(self.objects.delete(&Path::from(path.as_str())));
            if let Err(error) = deleted {
                tracing::warn!("{path} stays, though its tile is full: {error}");
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
        Ok(paths.filter(|(path, _)| path != PROBE).collect())
    }

    /// Several objects, a few at a time, in the order of `paths`.
    pub(super) fn read_all(
        &self,
        what: &'static str,
        paths: &[String],
    ) -> Result<Vec<Bytes>, ArchiveError> {
        let reads = paths.iter().map(|path| async move {
            let location = Path::from(path.as_str());
            let read = async { self.objects.get(&location).await?.bytes().await };
            read.await
                .map_err(|error| self.failed("read", what, path, &error))
        });
        let reads = futures_util::stream::iter(reads).buffered(READS_AT_ONCE);
        self.runtime.block_on(reads.try_collect())
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

    pub(super) fn refused(&self, reason: impl Into<String>) -> ArchiveError {
        ArchiveError::Refused {
            location: self.location.clone(),
            reason: reason.into(),
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

/// The objects of an archive, from its root. Connections belong to the runtime that first asks.
pub(super) fn objects(
    place: &Place,
    opening: Opening,
) -> Result<Arc<dyn ObjectStore>, ArchiveError> {
    let failed = |reason| failed_to_open(place, reason);
    let directory = match place.site().map_err(failed)? {
        Site::Directory(directory) => directory,
        Site::Bucket(bucket) => return remote::connect(&bucket, &place.settings).map_err(failed),
    };
    if place.settings.lock.is_some() {
        return Err(failed("object_lock is for archives at `s3://`".to_owned()));
    }
    if opening == Opening::OrMade {
        std::fs::create_dir_all(directory).map_err(|error| failed(error.to_string()))?;
    }
    let objects =
        LocalFileSystem::new_with_prefix(directory).map_err(|error| failed(reason(&error)))?;
    Ok(Arc::new(objects.with_fsync(true)))
}

fn failed_to_open(place: &Place, reason: String) -> ArchiveError {
    ArchiveError::Open {
        location: place.location.clone(),
        reason,
    }
}
