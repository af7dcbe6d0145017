//! Single files out of an archive: its checkpoint, its settings.

use bytes::Bytes;

use super::error::ArchiveError;
use super::place::Place;
use super::store::Store;

/// An archive of which some files are read. What lies in it is not verified by this.
pub struct Excerpt {
    store: Store,
}

impl Excerpt {
    /// Opens an archive that is there.
    pub fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        Ok(Excerpt {
            store: Store::existing(place)?,
        })
    }

    /// The file at a path from the archive's root; `None` where none lies.
    pub fn file(&self, path: &str) -> Result<Option<Bytes>, ArchiveError> {
        self.store.find("file", path)
    }
}
