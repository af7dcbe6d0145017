//! The archive: segments and their commit chain in an object store.
//!
//! Every object is created if absent and never changed. A segment counts from the moment at
//! which a commit names it: files first, then the commit. A crash in between leaves an orphan
//! that no reader sees. Two writers of one stream collide on the number of the next commit, and
//! the one that comes second is fenced.

mod error;
mod layout;
mod reader;
mod store;

use std::collections::HashMap;

use crate::evidence::commit::{Chain, Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::segment::FinishedSegment;
use crate::model::record::{Offset, Stream};
use crate::model::time::Timestamp;

pub use error::ArchiveError;
pub use reader::ArchiveReader;
use store::{Put, Store};

/// DuckDB views over the files that commits list.
const VIEWS: &str = include_str!("archive/views.sql");
/// Names tried for a file whose name is taken by an orphan with other bytes.
const ATTEMPTS_MAX: u32 = 1_000;

/// Writes to one archive. Blocking: for a plain thread, never within an async task.
pub struct Archive {
    store: Store,
    /// Chains already found, by stream. Forgotten when a commit fails, so that the store decides.
    chains: HashMap<Stream, Chain>,
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
    /// Opens the archive at a path or a `file://` URL, and makes it where there is none.
    pub fn open(location: &str) -> Result<Self, ArchiveError> {
        let store = Store::open(location)?;
        // The views are for people: those of an older version, or changed by hand, stay.
        store.create("views", "views.sql", VIEWS.as_bytes().to_vec())?;
        Ok(Archive {
            store,
            chains: HashMap::new(),
        })
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
        let chain = self.chain(&segment.stream)?;
        if segment.start != chain.end() {
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

    /// Says that nothing came to the stream since its last commit.
    pub fn heartbeat(
        &mut self,
        stream: &Stream,
        written_at: Timestamp,
    ) -> Result<CommitRef, ArchiveError> {
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
        let names = self.store.list(&layout::commits(stream))?;
        let last = names
            .iter()
            .filter_map(|name| layout::commit_number(name))
            .max();
        let chain = match last {
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
            .no_name_left(layout::segment(segment, written_at, 0)))
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
        Ok(CommitRef {
            number: commit.number,
            end: commit.end,
            sha256,
            path,
            file_bytes: commit.files.iter().map(|file| file.bytes).sum(),
        })
    }
}

#[cfg(test)]
mod tests;
