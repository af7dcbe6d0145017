//! Timestamps of checkpoints, by an authority that has nothing to do with us: `<size>.tsr` beside the
//! checkpoint of that size, as it was stamped.

use bytes::Bytes;

use super::error::ArchiveError;
use super::log::CHECKPOINT;
use super::place::Place;
use super::store::{Put, Store};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::note::{Checkpoint, Note};

/// Where they lie.
pub(super) const TIMESTAMPS: &str = "log/timestamps";

/// The archive, for whoever stamps its checkpoints. Blocking.
pub struct Timestamps {
    store: Store,
}

/// A checkpoint that nobody has stamped.
#[derive(Clone, Debug)]
pub struct Unstamped {
    /// Commits that it covers.
    pub size: u64,
    note: Bytes,
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Stamp,
    Checkpoint,
}

impl Part {
    pub(super) fn path(self, size: u64) -> String {
        let ending = match self {
            Part::Stamp => "tsr",
            Part::Checkpoint => "checkpoint",
        };
        format!("{TIMESTAMPS}/{size}.{ending}")
    }

    /// Which part of which timestamp lies at a path.
    pub(super) fn at(path: &str) -> Option<(Part, u64)> {
        let name = path.strip_prefix(TIMESTAMPS)?.strip_prefix('/')?;
        let (size, _) = name.split_once('.')?;
        let size = size.parse().ok()?;
        let parts = [Part::Stamp, Part::Checkpoint].into_iter();
        let mut parts = parts.filter(|part| part.path(size) == path);
        Some((parts.next()?, size))
    }
}

impl Unstamped {
    /// What a timestamp of it must be about.
    pub fn hash(&self) -> Sha256Hash {
        Sha256Hash::of(&self.note)
    }
}

impl Timestamps {
    /// Of an archive that is there.
    pub fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        Ok(Timestamps {
            store: Store::existing(place)?,
        })
    }

    /// The checkpoint, if it covers more than the newest one that was stamped. It is put aside: the
    /// one that the log is known by is replaced.
    pub fn due(&self) -> Result<Option<Unstamped>, ArchiveError> {
        let Some(note) = self.store.find("checkpoint", CHECKPOINT)? else {
            return Ok(None);
        };
        let size = self.size_of(CHECKPOINT, &note)?;
        let names = self.store.list(TIMESTAMPS)?;
        let stamped = names.iter().filter_map(|name| {
            let (part, size) = Part::at(&format!("{TIMESTAMPS}/{name}"))?;
            (part == Part::Stamp).then_some(size)
        });
        if size == 0 || stamped.max().is_some_and(|stamped| stamped >= size) {
            return Ok(None);
        }
        let path = Part::Checkpoint.path(size);
        let note = match self.store.create("checkpoint", &path, note.clone())? {
            Put::Created | Put::Same => note,
            // A rotation signed the same size once more; the first form is as good.
            Put::Different => self.store.read("checkpoint", &path)?,
        };
        if self.size_of(&path, &note)? != size {
            return Err(self
                .store
                .damaged(&path, &"it is not of the size that its name says"));
        }
        Ok(Some(Unstamped { size, note }))
    }

    /// Keeps the authority's answer. Another node's for the same checkpoint is as good.
    pub fn keep(&self, stamped: &Unstamped, response: Vec<u8>) -> Result<(), ArchiveError> {
        let path = Part::Stamp.path(stamped.size);
        self.store.create("timestamp", &path, response).map(drop)
    }

    fn size_of(&self, path: &str, note: &[u8]) -> Result<u64, ArchiveError> {
        let damaged = |error| self.store.damaged(path, &error);
        let note = Note::parse(note).map_err(damaged)?;
        Ok(Checkpoint::parse(&note.text).map_err(damaged)?.size)
    }
}
