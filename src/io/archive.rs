//! The archive: segments and their commit chain in an object store.
//!
//! Every object is created if absent and never changed. A segment counts from the moment at
//! which a commit names it: files first, then the commit. A crash in between leaves an orphan
//! that no reader sees. Two writers of one stream collide on the number of the next commit, and
//! the one that comes second is fenced.
//!
//! A signed archive has a log of its commits as well. A commit is durable before it is logged; one
//! that a crash left out of the log is logged when the archive is opened again.

mod error;
mod place;
mod layout;
mod reader;
mod leaves;
pub mod reads;
mod dataset;
mod told;
mod snapshot;
mod about;
mod settings;
mod rotate;
mod papers;
mod live;
mod names;
pub mod retain;
mod let_go;
pub mod hold;
mod log;
mod timestamps;
pub mod verify;
pub mod prove;
mod excerpt;
mod remote;
mod object_lock;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use crate::evidence::commit::{Chain, Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::note::Signer;
use crate::evidence::segment::FinishedSegment;
use crate::model::record::{Offset, Stream};
use crate::model::time::Timestamp;

pub use about::{PAGES, public_keys};
pub use dataset::DatasetFile;
pub use error::ArchiveError;
pub use excerpt::Excerpt;
pub use let_go::{LetGo, Outcome};
pub use live::{ArchiveFiles, CommittedFile, PrunedFile, live_files};
use log::LogWriter;
use object_store::ObjectStore;
pub use place::Place;
pub use reader::{ArchiveReader, StoredCommit};
pub use snapshot::{AccessSnapshot, PeopleSnapshot};
use store::{Put, Store};
pub use timestamps::{Timestamps, Unstamped};
pub use told::{Fingerprint, ToldLinks};

/// DuckDB views over the files that commits list.
const VIEWS: &str = include_str!("archive/views.sql");
/// Names tried for a file whose name is taken by an orphan with other bytes.
const ATTEMPTS_MAX: u32 = 1_000;

/// Writes to one archive. Blocking: for a plain thread, never within an async task.
pub struct Archive {
    store: Store,
    /// Chains already found, by stream. Forgotten when a commit fails, so that the store decides.
    chains: HashMap<Stream, Chain>,
    log: Option<LogWriter>,
    /// Commits that are durable and not in the log yet: the directory of the chain, and the number.
    unlogged: Vec<(String, u64, Sha256Hash)>,
    /// So many commits may wait for a checkpoint.
    unsigned_max: u64,
    /// The pages and the key are part of the archive.
    introduced: bool,
}

/// A commit that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRef {
    pub number: u64,
    /// The stream's archive ends here now.
    pub end: Offset,
    pub sha256: Sha256Hash,
    /// From the archive's root.
    pub path: String,
    /// Bytes of files written for it.
    pub file_bytes: u64,
}

impl Archive {
    /// Opens the archive at a path or a URL, and makes it where there is none.
    pub fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        let store = Store::open(place)?;
        // The views are for people: those of an older version, or changed by hand, stay.
        store.create("views", "views.sql", VIEWS.as_bytes().to_vec())?;
        Ok(Archive {
            store,
            chains: HashMap::new(),
            log: None,
            unlogged: Vec::new(),
            unsigned_max: 1,
            introduced: false,
        })
    }

    /// Like [`open`](Archive::open), and keeps a log of all commits that the signer signs. What was
    /// committed and not logged, by a crash or before there was a log, is logged now.
    pub fn signed(place: impl Into<Place>, signer: Box<dyn Signer>) -> Result<Self, ArchiveError> {
        let mut archive = Archive::open(place)?;
        archive.log = Some(LogWriter::open(&archive.store, signer)?);
        archive.reconcile_all()?;
        match archive.publish() {
            // It will be asked again: what is archived does not wait for a signer.
            Err(error @ ArchiveError::Unsigned { .. }) => {
                tracing::error!("commits are not signed yet: {error}");
            }
            published => published?,
        }
        Ok(archive)
    }

    /// Lets so many commits wait for a checkpoint that covers them all: for whoever writes very
    /// many at once, and can begin again.
    #[must_use]
    pub fn sign_each(mut self, commits: u64) -> Self {
        self.unsigned_max = commits;
        self
    }

    /// Brings every commit into the log and signs it. After an error it may be tried again.
    pub fn publish(&mut self) -> Result<(), ArchiveError> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        append_all(&self.store, log, &mut self.unlogged)?;
        log.publish(&self.store)
    }

    /// Commits that no checkpoint covers yet; 0 without a log.
    pub fn unsigned(&self) -> u64 {
        let logged = self.log.as_ref().map_or(0, LogWriter::unpublished);
        logged + self.unlogged.len() as u64
    }

    /// Offset up to which the stream is archived: 0 where nothing is. Records below it are not
    /// needed again.
    pub fn end(&mut self, stream: &Stream) -> Result<Offset, ArchiveError> {
        Ok(self.chain(stream)?.end())
    }

    /// Asks the store for the stream's chain again when it is next needed: another writer may
    /// have gone on with it.
    pub fn forget(&mut self, stream: &Stream) {
        self.chains.remove(stream);
    }

    /// Makes a segment part of the archive. When this returns, it is durable. After an error the
    /// caller asks for [`end`](Archive::end) again: a write whose confirmation was lost may have
    /// been done.
    pub fn append(
        &mut self,
        segment: &FinishedSegment,
        written_at: Timestamp,
    ) -> Result<CommitRef, ArchiveError> {
        self.introduce(written_at)?;
        let chain = self.chain(&segment.stream)?;
        if segment.start != chain.end() {
            if let Some(commit) = self.written_before(segment)? {
                return Ok(commit);
            }
            return Err(ArchiveError::NotNext {
                start: segment.start,
                end: chain.end(),
                stream: segment.stream.clone(),
            });
        }
        let file = self.write_file(segment, written_at)?;
        let commit = chain.next(segment, file, written_at);
        self.commit(&segment.stream, chain, &commit)
    }

    /// The stream's last commit, if it is this very segment's: a store that was asked to write it
    /// and could not say that it had.
    fn written_before(&self, segment: &FinishedSegment) -> Result<Option<CommitRef>, ArchiveError> {
        let names = self.store.list(&layout::commits(&segment.stream))?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let Some(number) = numbers.max() else {
            return Ok(None);
        };
        let path = layout::commit(&segment.stream, number);
        let bytes = self.store.read("commit", &path)?;
        let commit: Commit =
            serde_json::from_slice(&bytes).map_err(|error| self.store.damaged(&path, &error))?;
        let hashes = commit.files.iter().map(|file| file.sha256);
        let ours = (segment.rows > 0).then_some(segment.sha256);
        let same = (commit.start, commit.end) == (segment.start, segment.end)
            && commit.row_root == segment.row_root
            && hashes.eq(ours);
        Ok(same.then(|| CommitRef {
            number,
            end: commit.end,
            sha256: Sha256Hash::of(&bytes),
            path,
            file_bytes: commit.files.iter().map(|file| file.bytes).sum(),
        }))
    }

    /// Says that nothing came to the stream since its last commit.
    pub fn heartbeat(
        &mut self,
        stream: &Stream,
        written_at: Timestamp,
    ) -> Result<CommitRef, ArchiveError> {
        self.introduce(written_at)?;
        let chain = self.chain(stream)?;
        let commit = chain.heartbeat(written_at);
        self.commit(stream, chain, &commit)
    }

    /// The chain as far as the store has it. The commit with the greatest number is the tail,
    /// whatever may be missing before it: that is for `verify` to tell, and no reason to write
    /// over what is there.
    fn chain(&mut self, stream: &Stream) -> Result<Chain, ArchiveError> {
        if let Some(chain) = self.chains.get(stream) {
            return Ok(chain.clone());
        }
        let chain = match self.reconcile(&layout::commits(stream))? {
            None => Chain::new(stream.clone()),
            Some(number) => {
                let path = layout::commit(stream, number);
                let bytes = self.store.read("commit", &path)?;
                Chain::after(stream.clone(), &bytes)
                    .map_err(|source| self.store.unsound(path, source))?
            }
        };
        self.chains.insert(stream.clone(), chain.clone());
        Ok(chain)
    }

    /// Compares the chain with the log, and logs what it is behind with. The number of the chain's
    /// last commit.
    fn reconcile(&mut self, chain: &str) -> Result<Option<u64>, ArchiveError> {
        let names = self.store.list(chain)?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let last = numbers.max();
        let Some(log) = &mut self.log else {
            return Ok(last);
        };
        append_all(&self.store, log, &mut self.unlogged)?;
        let mut logged = log.logged(chain);
        let damaged = |number: u64, why: &'static str| {
            Err(self.store.damaged(&layout::commit_of(chain, number), &why))
        };
        if let Some(known) = logged
            && last.is_none_or(|last| last < known.number)
        {
            return damaged(known.number, "the log names it, and it is missing");
        }
        let from = logged.map_or(0, |known| known.number);
        for number in last.into_iter().flat_map(|last| from..=last) {
            let path = layout::commit_of(chain, number);
            let bytes = self.store.read("commit", &path)?;
            let sha256 = Sha256Hash::of(&bytes);
            match logged {
                Some(known) if known.number == number && known.sha256 != sha256 => {
                    return damaged(number, "it is not the commit that the log names");
                }
                Some(known) if known.number == number => continue,
                _ => {}
            }
            let commit: Commit = serde_json::from_slice(&bytes)
                .map_err(|error| self.store.damaged(&path, &error))?;
            if commit.previous != logged.map(|known| known.sha256) {
                return damaged(number, "it does not follow the commit before it");
            }
            log.append(&self.store, (chain, number), sha256)?;
            logged = log.logged(chain);
        }
        Ok(last)
    }

    fn reconcile_all(&mut self) -> Result<(), ArchiveError> {
        let mut chains: Vec<String> = Vec::new();
        for topic in self.store.directories(layout::COMMITS)? {
            chains.extend(self.store.directories(&topic)?);
        }
        // A chain that is gone as a whole is missed too.
        let logged = self.log.iter().flat_map(LogWriter::logged_chains);
        chains.extend(logged.cloned());
        chains.sort_unstable();
        chains.dedup();
        for chain in chains {
            self.reconcile(&chain)?;
        }
        Ok(())
    }

    /// Logs a commit that is durable. If that fails it stays for [`publish`](Archive::publish): the
    /// commit itself must not be taken for one that failed.
    fn log_commit(&mut self, (chain, number): (String, u64), sha256: Sha256Hash) {
        let Some(log) = &mut self.log else { return };
        self.unlogged.push((chain, number, sha256));
        let logged = append_all(&self.store, log, &mut self.unlogged).and_then(|()| {
            if log.unpublished() >= self.unsigned_max {
                log.publish(&self.store)
            } else {
                Ok(())
            }
        });
        if let Err(error) = logged {
            tracing::warn!("a commit is not signed yet, it will be: {error}");
        }
    }

    /// Writes the segment's file, if it has one.
    fn write_file(
        &self,
        segment: &FinishedSegment,
        written_at: Timestamp,
    ) -> Result<Option<FileRef>, ArchiveError> {
        if segment.rows == 0 {
            return Ok(None);
        }
        let parquet = &segment.parquet;
        for attempt in 0..ATTEMPTS_MAX {
            let path = layout::segment(segment, written_at, attempt);
            // The same bytes from before a crash will do; other bytes are an orphan, which stays.
            if self.store.create("segment", &path, parquet.clone())? == Put::Different {
                continue;
            }
            return Ok(Some(FileRef {
                path,
                sha256: segment.sha256,
                bytes: parquet.len() as u64,
                rows: segment.rows,
                records: segment.counts.records,
            }));
        }
        Err(self
            .store
            .no_name_left("segment", layout::segment(segment, written_at, 0)))
    }

    fn commit(
        &mut self,
        stream: &Stream,
        mut chain: Chain,
        commit: &Commit,
    ) -> Result<CommitRef, ArchiveError> {
        // Whatever happens now, what we knew of the tail is only true again if it succeeds.
        self.chains.remove(stream);
        let path = layout::commit(stream, commit.number);
        let bytes = self.store.encode(&path, commit)?;
        chain
            .follow(&bytes)
            .map_err(|source| self.store.unsound(path.clone(), source))?;
        let sha256 = Sha256Hash::of(&bytes);
        if self.store.create("commit", &path, bytes)? == Put::Different {
            return Err(ArchiveError::Fenced {
                stream: stream.clone(),
                number: commit.number,
            });
        }
        self.chains.insert(stream.clone(), chain);
        self.log_commit((layout::commits(stream), commit.number), sha256);
        Ok(CommitRef {
            number: commit.number,
            end: commit.end,
            sha256,
            path,
            file_bytes: commit.files.iter().map(|file| file.bytes).sum(),
        })
    }
}

/// The objects of an archive that is there, for reading them asynchronously: listings, and ranges of
/// files. Paths are relative to the archive's root, as commits write them. Connections live on the
/// runtime that opened them, so one handle is for one runtime.
pub fn objects(place: impl Into<Place>) -> Result<Arc<dyn ObjectStore>, ArchiveError> {
    store::objects(&place.into(), store::Opening::Existing)
}

/// Logs what waits, in its order.
fn append_all(
    store: &Store,
    log: &mut LogWriter,
    unlogged: &mut Vec<(String, u64, Sha256Hash)>,
) -> Result<(), ArchiveError> {
    while let Some((chain, number, sha256)) = unlogged.first() {
        log.append(store, (chain, *number), *sha256)?;
        unlogged.remove(0);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
