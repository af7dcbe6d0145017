//! Holds and tombstones, read in the order of their commits from the archive's own chain.
//!
//! A document that cannot be read, or is not the one that its commit names, is an error: what is
//! held, or gone, is then not known, and nothing may be concluded.

use std::collections::BTreeMap;

use super::about;
use super::error::ArchiveError;
use super::layout;
use super::reader::{StoredCommit, chain_commits};
use super::store::Store;
use crate::evidence::commit::FileRef;
use crate::evidence::hold::{HoldPaper, Holds};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::tombstone::Tombstone;

/// The directories of the documents.
pub(super) const HOLDS: &str = "holds";
pub(super) const TOMBSTONES: &str = "tombstones";

/// What the archive says of holds and of what was let go.
#[derive(Default)]
pub(super) struct Papers {
    pub(super) holds: Holds,
    /// With their paths, oldest first.
    pub(super) tombstones: Vec<(String, Tombstone)>,
    /// Holds and releases as they came, with their paths.
    pub(super) history: Vec<(String, HoldPaper)>,
    /// The number of the chain's next commit: whoever commits it knew all that is here.
    pub(super) next: u64,
    /// By path: the hash of what was let go, and the place of its tombstone.
    gone: BTreeMap<String, (Sha256Hash, usize)>,
}

/// A document of one of the two kinds.
pub(super) enum Paper {
    Hold(HoldPaper),
    Tombstone(Tombstone),
}

/// Where a document lies.
pub(super) fn path(directory: &str, number: u64) -> String {
    layout::commit_of(directory, number)
}

/// Whether a file is a hold or a tombstone.
pub(super) fn is_paper(path: &str) -> bool {
    directory(path).is_some()
}

fn directory(path: &str) -> Option<&'static str> {
    let (directory, _) = path.split_once('/')?;
    [HOLDS, TOMBSTONES]
        .into_iter()
        .find(|name| *name == directory)
}

/// The document that these bytes are; `None` for a file that is none.
pub(super) fn parse(file: &FileRef, bytes: &[u8]) -> Option<Result<Paper, String>> {
    let directory = directory(&file.path)?;
    if Sha256Hash::of(bytes) != file.sha256 {
        return Some(Err(
            "it is not the document that its commit names".to_owned()
        ));
    }
    let (read, number) = if directory == HOLDS {
        let read = HoldPaper::parse(bytes);
        let number = read.as_ref().map_or(0, |paper| paper.number);
        (read.map(Paper::Hold), number)
    } else {
        let read = Tombstone::parse(bytes);
        let number = read.as_ref().map_or(0, |paper| paper.number);
        (read.map(Paper::Tombstone), number)
    };
    Some(read.and_then(|paper| {
        if path(directory, number) == file.path {
            Ok(paper)
        } else {
            Err(format!("it says that it is number {number}"))
        }
    }))
}

impl Papers {
    pub(super) fn read(store: &Store) -> Result<Self, ArchiveError> {
        let mut papers = Papers::default();
        let chain = layout::commits(&about::stream());
        for StoredCommit { commit, .. } in chain_commits(store, &chain)? {
            papers.next = commit.number + 1;
            for file in commit.files.iter().filter(|file| is_paper(&file.path)) {
                let bytes = store.read("document", &file.path)?;
                if let Some(paper) = parse(file, &bytes) {
                    let paper = paper.map_err(|why| store.damaged(&file.path, &why))?;
                    papers.take(file, paper);
                }
            }
        }
        Ok(papers)
    }

    /// Takes the next document.
    pub(super) fn take(&mut self, file: &FileRef, paper: Paper) {
        match paper {
            Paper::Hold(paper) => {
                self.history.push((file.path.clone(), paper.clone()));
                self.holds.take(paper, &file.path, file.sha256);
            }
            Paper::Tombstone(tombstone) => {
                let place = self.tombstones.len();
                for gone in &tombstone.files {
                    // The first one counts: a file is let go once.
                    let slot = self.gone.entry(gone.path.clone());
                    slot.or_insert((gone.sha256, place));
                }
                self.tombstones.push((file.path.clone(), tombstone));
            }
        }
    }

    /// The path of the tombstone that lets this very file go.
    pub(super) fn tombstone_of(&self, file: &FileRef) -> Option<&str> {
        let (sha256, place) = self.gone.get(&file.path)?;
        let (path, _) = self.tombstones.get(*place)?;
        (*sha256 == file.sha256).then_some(path.as_str())
    }
}
