//! The files that an archive consists of now: those that commits name, less those that tombstones
//! let go. Whoever reads datasets reads these and no others.

use std::ops::ControlFlow;

use super::error::ArchiveError;
use super::layout;
use super::papers::Papers;
use super::reader::{StoredCommit, chain_commits};
use super::store::Store;
use crate::evidence::commit::{Commit, FileRef, TimeRange};
use crate::evidence::leaf::Sha256Hash;
use crate::model::record::{Offset, Stream};

/// A file that a commit made part of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedFile {
    pub file: FileRef,
    /// The path of the commit.
    pub commit: String,
    pub stream: Stream,
    /// What the commit covers, as `[from, to)`.
    pub offsets: (Offset, Offset),
    pub row_root: Sha256Hash,
    /// Of the events in the commit.
    pub times: Option<TimeRange>,
}

/// A file that retention let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedFile {
    pub file: CommittedFile,
    /// The path of the tombstone.
    pub tombstone: String,
}

/// All files of all commits, in the order of chains and commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveFiles {
    pub live: Vec<CommittedFile>,
    pub pruned: Vec<PrunedFile>,
}

/// The files of the archive at `location`. Whether they lie there, and are what was written, is for
/// whoever opens them to see, and for `tenure verify`.
pub fn live_files(location: &str) -> Result<ArchiveFiles, ArchiveError> {
    let store = Store::existing(location)?;
    let papers = Papers::read(&store)?;
    read(&store, &papers)
}

pub(super) fn read(store: &Store, papers: &Papers) -> Result<ArchiveFiles, ArchiveError> {
    let mut files = ArchiveFiles::default();
    each(store, papers, &mut |file, tombstone| {
        match tombstone {
            None => files.live.push(file),
            Some(tombstone) => files.pruned.push(PrunedFile {
                file,
                tombstone: tombstone.to_owned(),
            }),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(files)
}

/// Shows every file, with the path of its tombstone if it was let go, until `look` has seen enough.
pub(super) fn each(
    store: &Store,
    papers: &Papers,
    look: &mut Look<'_>,
) -> Result<(), ArchiveError> {
    for topic in store.directories(layout::COMMITS)? {
        for chain in store.directories(&topic)? {
            for StoredCommit { path, commit, .. } in chain_commits(store, &chain)? {
                for file in committed(&path, &commit) {
                    let tombstone = papers.tombstone_of(&file.file);
                    if look(file, tombstone)?.is_break() {
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

type Look<'l> =
    dyn FnMut(CommittedFile, Option<&str>) -> Result<ControlFlow<()>, ArchiveError> + 'l;

fn committed<'c>(path: &'c str, commit: &'c Commit) -> impl Iterator<Item = CommittedFile> + 'c {
    commit.files.iter().map(|file| CommittedFile {
        file: file.clone(),
        commit: path.to_owned(),
        stream: Stream {
            topic: commit.stream.topic.as_str().into(),
            partition: commit.stream.partition,
        },
        offsets: (commit.start, commit.end),
        row_root: commit.row_root,
        times: commit.event_times,
    })
}
