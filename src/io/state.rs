//! The state store: homes, offsets and the outbox, each batch of them durable as one.
//!
//! A keyspace for each logical partition, so that a partition can later move to another node as a
//! whole. Nothing is read back while running: homes live in memory, the store is for the restart.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fjall::config::FilterPolicy;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};

use crate::model::id::Partition;
use crate::model::limits::{PARTITIONS, STATE_CACHE_BYTES, STATE_JOURNAL_BYTES_MAX};
use crate::model::limits::{STATE_KEY_BYTES_MAX, STATE_MEMTABLE_BYTES};
use crate::model::record::{Offset, Stream};

/// The form of keys and values in the store. Raise it with every change of theirs.
const FORMAT: &[u8] = b"tenure-state-4";
const FORMAT_KEY: &str = "format";
const OUTBOX_NEXT_KEY: &str = "outbox.next";
const OUTBOX_ID_KEY: &str = "outbox.id";
/// Keys that callers name are apart from the store's own.
const CALLER_PREFIX: &str = "m.";

/// The store in one directory, locked against other processes while it is open.
pub struct StateStore {
    path: PathBuf,
    database: Database,
    homes: Vec<Keyspace>,
    offsets: Keyspace,
    outbox: Keyspace,
    meta: Keyspace,
    outbox_id: String,
    /// Number of the next entry of the outbox. Held during a commit: numbers are given in order.
    outbox_next: Mutex<u64>,
}

/// What becomes durable together or not at all.
#[derive(Clone, Default)]
pub struct StateBatch {
    /// Replaces the value of each key.
    pub homes: Vec<(Partition, Vec<u8>, Vec<u8>)>,
    /// The next record to read of each stream.
    pub offsets: Vec<(Stream, Offset)>,
    /// What is to be sent, in order.
    pub outbox_add: Vec<Vec<u8>>,
    /// What was delivered, by number.
    pub outbox_remove: Vec<u64>,
    pub meta: Vec<(String, Vec<u8>)>,
}

/// Why the state cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("the state in {} is in use by another process", path.display())]
    Locked { path: PathBuf },
    #[error(
        "the state in {} is of another version ({found}, and this program writes {expected}); \
         run the version that wrote it, or begin anew in an empty directory",
        path.display()
    )]
    Version {
        path: PathBuf,
        found: String,
        expected: String,
    },
    #[error("failed to {doing} the state in {}: {}", path.display(), innermost(cause))]
    Storage {
        doing: &'static str,
        path: PathBuf,
        /// Not `source`: the store's own words for it are the innards of its types.
        cause: fjall::Error,
    },
    #[error("the system gave no random bytes to name the state in {} by: {cause}", path.display())]
    Unnamed {
        path: PathBuf,
        cause: getrandom::Error,
    },
    #[error("the state in {} holds {what} that cannot be read", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error(
        "failed to write the state in {}: a key of {bytes} bytes is empty or above {}",
        path.display(),
        STATE_KEY_BYTES_MAX
    )]
    Key { path: PathBuf, bytes: usize },
}

impl StateStore {
    /// Opens the directory, or makes it where there is none.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        begin(path).map_err(|source| opening(path, source))?;
        StateStore::open_at(path)
    }

    fn open_at(path: &Path) -> Result<Self, StateError> {
        let failed = |source| opening(path, source);
        let database = Database::builder(path)
            .cache_size(STATE_CACHE_BYTES)
            .max_journaling_size(STATE_JOURNAL_BYTES_MAX)
            .worker_threads(1)
            .open()
            .map_err(failed)?;
        let keyspace = |name: &str| database.keyspace(name, options).map_err(failed);
        let meta = keyspace("meta")?;
        check_format(path, &meta)?;
        let homes: Result<Vec<Keyspace>, StateError> = (0..PARTITIONS)
            .map(|partition| keyspace(&format!("home-{partition:02}")))
            .collect();
        let (homes, offsets, outbox) = (homes?, keyspace("offsets")?, keyspace("outbox")?);
        let store = StateStore {
            outbox_id: outbox_id(path, &meta)?,
            path: path.to_owned(),
            homes,
            offsets,
            outbox,
            meta,
            outbox_next: Mutex::new(0),
            database,
        };
        let next = store.own_meta(OUTBOX_NEXT_KEY)?;
        let next =
            next.map(|bytes| number(&bytes).ok_or_else(|| store.damaged("an outbox number")));
        *store.lock_outbox() = next.transpose()?.unwrap_or(0);
        Ok(store)
    }

    /// Calls `each` with the key and value of every home.
    pub fn load(&self, mut each: impl FnMut(&[u8], &[u8])) -> Result<(), StateError> {
        for home in &self.homes {
            for entry in home.iter() {
                let (key, value) = entry.into_inner().map_err(self.failed("load homes from"))?;
                each(&key, &value);
            }
        }
        Ok(())
    }

    /// The next record to read of each stream.
    pub fn offsets(&self) -> Result<HashMap<Stream, Offset>, StateError> {
        let mut offsets = HashMap::new();
        for entry in self.offsets.iter() {
            let (key, value) = entry
                .into_inner()
                .map_err(self.failed("load offsets from"))?;
            let offset = read_stream(&key).zip(number(&value).map(u64::cast_signed));
            let (stream, offset) = offset.ok_or_else(|| self.damaged("an offset"))?;
            offsets.insert(stream, offset);
        }
        Ok(offsets)
    }

    /// Sixteen digits that no other store has: numbers of the outbox mean something only with
    /// them, since a store that is begun anew counts from 0 again.
    pub fn outbox_id(&self) -> &str {
        &self.outbox_id
    }

    /// What is still to be sent, in the order in which it was added.
    pub fn outbox(&self) -> impl Iterator<Item = Result<(u64, Vec<u8>), StateError>> {
        self.outbox_from(0)
    }

    /// The same, beginning at a number.
    pub fn outbox_from(
        &self,
        first: u64,
    ) -> impl Iterator<Item = Result<(u64, Vec<u8>), StateError>> {
        self.outbox.range(first.to_be_bytes()..).map(|entry| {
            let (key, value) = entry
                .into_inner()
                .map_err(self.failed("load the outbox from"))?;
            let sequence = number(&key).ok_or_else(|| self.damaged("an outbox number"))?;
            Ok((sequence, value.to_vec()))
        })
    }

    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        self.own_meta(&format!("{CALLER_PREFIX}{key}"))
    }

    /// Makes the batch durable, synced to disk. Returns the numbers of what was added to the
    /// outbox; a number is never given twice. After an error nothing of the batch is to be
    /// believed and no later one succeeds: stop and start again from what is stored.
    pub fn commit(&self, batch: StateBatch) -> Result<Range<u64>, StateError> {
        let mut outbox_next = self.lock_outbox();
        let first = *outbox_next;
        let mut next = first;
        let mut writes = self.database.batch().durability(Some(PersistMode::SyncAll));
        for (partition, key, value) in batch.homes {
            let home = self.homes.get(usize::from(partition.0));
            let home = home.ok_or_else(|| self.damaged("a partition"))?;
            self.insert(&mut writes, home, key, value)?;
        }
        for (stream, offset) in batch.offsets {
            let value = offset.to_be_bytes().to_vec();
            self.insert(&mut writes, &self.offsets, write_stream(&stream), value)?;
        }
        for entry in batch.outbox_add {
            writes.insert(&self.outbox, next.to_be_bytes(), entry);
            next += 1;
        }
        for sequence in batch.outbox_remove {
            writes.remove(&self.outbox, sequence.to_be_bytes());
        }
        if next > first {
            writes.insert(&self.meta, OUTBOX_NEXT_KEY, next.to_be_bytes());
        }
        for (key, value) in batch.meta {
            let key = format!("{CALLER_PREFIX}{key}").into_bytes();
            self.insert(&mut writes, &self.meta, key, value)?;
        }
        writes.commit().map_err(self.failed("commit to"))?;
        *outbox_next = next;
        Ok(first..next)
    }

    /// The store asserts what is checked here.
    fn insert(
        &self,
        writes: &mut OwnedWriteBatch,
        keyspace: &Keyspace,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> Result<(), StateError> {
        if key.is_empty() || key.len() > STATE_KEY_BYTES_MAX {
            let (path, bytes) = (self.path.clone(), key.len());
            return Err(StateError::Key { path, bytes });
        }
        writes.insert(keyspace, key, value);
        Ok(())
    }

    fn own_meta(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        let value = self.meta.get(key).map_err(self.failed("read"))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn lock_outbox(&self) -> std::sync::MutexGuard<'_, u64> {
        // A number is raised only after a commit: a panic before it leaves it right.
        self.outbox_next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(fjall::Error) -> StateError {
        let path = self.path.clone();
        move |cause| StateError::Storage { doing, path, cause }
    }

    fn damaged(&self, what: &'static str) -> StateError {
        let path = self.path.clone();
        StateError::Damaged { path, what }
    }
}

/// Makes the files of a store beside their place, and puts them there as a whole: the storage engine
/// does not open again what a crash left of its first moments. Where that cannot be (the place is a
/// volume of its own, or what is around it is not ours) they are made in place.
fn begin(path: &Path) -> Result<(), fjall::Error> {
    std::fs::create_dir_all(path)?;
    if std::fs::read_dir(path)?.next().is_some() {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let making = path.with_file_name(name);
    let made = make_whole(&making).and_then(|()| Ok(std::fs::rename(&making, path)?));
    if let Err(error) = made {
        tracing::debug!("the state is made in place: {error}");
        if making.exists() {
            std::fs::remove_dir_all(&making)?;
        }
    }
    Ok(())
}

fn make_whole(making: &Path) -> Result<(), fjall::Error> {
    if making.exists() {
        std::fs::remove_dir_all(making)?;
    }
    let database = Database::builder(making).worker_threads(1).open()?;
    database.persist(PersistMode::SyncAll)
}

fn opening(path: &Path, source: fjall::Error) -> StateError {
    let path = path.to_owned();
    match source {
        fjall::Error::Locked => StateError::Locked { path },
        fjall::Error::InvalidVersion(version) => StateError::Version {
            path,
            found: format!("storage {version:?}"),
            expected: "storage V3".to_owned(),
        },
        cause => StateError::Storage {
            doing: "open",
            path,
            cause,
        },
    }
}

/// The operating system's word where there is one.
fn innermost(error: &fjall::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Marks a new store, refuses one of another form.
fn check_format(path: &Path, meta: &Keyspace) -> Result<(), StateError> {
    let found = meta
        .get(FORMAT_KEY)
        .map_err(|source| opening(path, source))?;
    match found {
        Some(found) if *found == *FORMAT => Ok(()),
        Some(found) => Err(StateError::Version {
            path: path.to_owned(),
            found: String::from_utf8_lossy(&found).into_owned(),
            expected: String::from_utf8_lossy(FORMAT).into_owned(),
        }),
        None => meta
            .insert(FORMAT_KEY, FORMAT)
            .map_err(|source| opening(path, source)),
    }
}

/// Given once, when a store is first opened.
fn outbox_id(path: &Path, meta: &Keyspace) -> Result<String, StateError> {
    let failed = |source| opening(path, source);
    if let Some(known) = meta.get(OUTBOX_ID_KEY).map_err(failed)? {
        return Ok(String::from_utf8_lossy(&known).into_owned());
    }
    let random = getrandom::u64().map_err(|cause| StateError::Unnamed {
        path: path.to_owned(),
        cause,
    })?;
    let id = format!("{random:016x}");
    meta.insert(OUTBOX_ID_KEY, &id).map_err(failed)?;
    Ok(id)
}

fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(STATE_MEMTABLE_BYTES)
        // Filters serve look-ups of single keys, and there are none.
        .filter_policy(FilterPolicy::disabled())
}

fn write_stream(stream: &Stream) -> Vec<u8> {
    let mut key = stream.partition.to_be_bytes().to_vec();
    key.extend_from_slice(stream.topic.as_bytes());
    key
}

fn read_stream(key: &[u8]) -> Option<Stream> {
    let (partition, topic) = key.split_first_chunk()?;
    Some(Stream {
        topic: std::str::from_utf8(topic).ok()?.into(),
        partition: i32::from_be_bytes(*partition),
    })
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(n: u8) -> StateBatch {
        let stream = Stream {
            topic: "okta/a.ndjson#2".into(),
            partition: 7,
        };
        StateBatch {
            homes: vec![(Partition(3), b"key".to_vec(), vec![n])],
            offsets: vec![(stream, i64::from(n))],
            outbox_add: vec![vec![n], vec![n, n]],
            outbox_remove: Vec::new(),
            meta: vec![("archive".to_owned(), vec![n])],
        }
    }

    #[test]
    fn what_was_committed_is_there_after_a_restart() {
        let directory = tempfile::tempdir().expect("directory");
        let store = StateStore::open(directory.path()).expect("open");
        assert_eq!(store.commit(batch(1)).expect("commit"), 0..2);
        assert_eq!(store.commit(batch(2)).expect("commit"), 2..4);
        let id = store.outbox_id().to_owned();
        drop(store);
        let store = StateStore::open(directory.path()).expect("open");
        assert_eq!((store.outbox_id(), id.len()), (id.as_str(), 16));
        let mut homes = Vec::new();
        store
            .load(|key, value| homes.push((key.to_vec(), value.to_vec())))
            .expect("load");
        assert_eq!(homes, [(b"key".to_vec(), vec![2])]);
        let offsets = store.offsets().expect("offsets");
        let (stream, offset) = offsets.iter().next().expect("one");
        assert_eq!(
            (&*stream.topic, stream.partition, *offset),
            ("okta/a.ndjson#2", 7, 2)
        );
        assert_eq!(store.meta("archive").expect("meta"), Some(vec![2]));
        let outbox: Result<Vec<_>, _> = store.outbox().collect();
        let expected = [(0, vec![1]), (1, vec![1, 1]), (2, vec![2]), (3, vec![2, 2])];
        assert_eq!(outbox.expect("outbox"), expected);
        assert_eq!(store.outbox_from(3).count(), 1);
    }

    #[test]
    fn a_number_of_the_outbox_is_never_given_twice() {
        let directory = tempfile::tempdir().expect("directory");
        let store = StateStore::open(directory.path()).expect("open");
        store.commit(batch(1)).expect("commit");
        let remove = StateBatch {
            outbox_remove: vec![0, 1],
            ..StateBatch::default()
        };
        assert!(store.commit(remove).expect("commit").is_empty());
        drop(store);
        let store = StateStore::open(directory.path()).expect("open");
        assert_eq!(store.outbox().count(), 0);
        assert_eq!(store.commit(batch(1)).expect("commit"), 2..4);
    }

    #[test]
    fn a_directory_in_use_or_of_another_version_is_refused_by_name() {
        let directory = tempfile::tempdir().expect("directory");
        let store = StateStore::open(directory.path()).expect("open");
        let error = StateStore::open(directory.path()).err().expect("locked");
        assert!(error.to_string().contains("in use"), "{error}");
        store
            .meta
            .insert(FORMAT_KEY, "tenure-state-0")
            .expect("write");
        drop(store);
        let error = StateStore::open(directory.path()).err().expect("version");
        assert!(error.to_string().contains("tenure-state-0"), "{error}");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let error = StateStore::open(&file.path().join("state")).err();
        assert!(matches!(error, Some(StateError::Storage { .. })));
        let told = error.expect("an error").to_string();
        assert!(
            told.ends_with("state: Not a directory (os error 20)"),
            "{told}"
        );
    }

    #[test]
    fn a_key_that_the_store_cannot_hold_is_an_error_and_writes_nothing() {
        let directory = tempfile::tempdir().expect("directory");
        let store = StateStore::open(directory.path()).expect("open");
        let mut batch = batch(1);
        batch.homes.push((Partition(0), Vec::new(), Vec::new()));
        assert!(matches!(store.commit(batch), Err(StateError::Key { .. })));
        assert!(store.offsets().expect("offsets").is_empty());
    }
}
