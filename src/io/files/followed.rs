//! One file that is followed.

use std::io;

use super::Desk;
use super::bookmarks::{Bookmark, Identity};
use super::reader::{FileReader, Turn};
use super::walk::{Compression, Stat};
use crate::io::intake::Stopped;
use crate::model::Text;
use crate::model::record::Offset;

pub struct Followed {
    pub reader: FileReader,
    pub generation: u32,
    /// The stream's topic: the path, and the generation from the second on.
    pub topic: Text,
    pub identity: Identity,
    /// As of the last look.
    pub seen: Stat,
    pub queued: bool,
    /// When its turn came, the path led to something else: the next look must tell, even if by then
    /// nothing about it seems to have changed.
    pub doubted: bool,
    /// The last position that was told.
    pub told: Option<Offset>,
}

/// How many files are open.
#[derive(Default)]
pub struct OpenFiles {
    pub plain: usize,
    pub compressed: usize,
}

impl OpenFiles {
    /// Counts a file if it is open.
    pub fn add(&mut self, followed: &Followed) {
        *self.count_of(followed) += usize::from(followed.reader.is_open());
    }

    /// Leaves out a file that was counted, before it changes.
    pub fn leave_out(&mut self, followed: &Followed) {
        let open = usize::from(followed.reader.is_open());
        let count = self.count_of(followed);
        *count = count.saturating_sub(open);
    }

    fn count_of(&mut self, followed: &Followed) -> &mut usize {
        if followed.is_compressed() {
            &mut self.compressed
        } else {
            &mut self.plain
        }
    }
}

impl Followed {
    pub fn is_compressed(&self) -> bool {
        self.reader.found.compression != Compression::None
    }

    pub fn has_unread_bytes(&self) -> bool {
        if self.is_compressed() {
            !self.reader.is_done()
        } else {
            self.reader.bytes_read() < self.seen.size
        }
    }

    /// False where the path leads to another file by now, or the file was written over since the
    /// last look: what was unread would be taken out of the midst of what lies there now.
    pub fn open_right_file(&mut self) -> io::Result<bool> {
        if self.reader.is_open() {
            return match self.identity.is_still_at(&self.reader.found) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                still if !self.is_compressed() => still,
                _ => Ok(true),
            };
        }
        let stat = self.reader.open()?;
        let right = self.identity.is_of(stat.device, stat.inode);
        if !right {
            self.reader.close();
        }
        Ok(right)
    }

    /// What is noted of it: which file its stream's positions are about.
    pub fn bookmark(&self) -> Bookmark {
        Bookmark {
            generation: self.generation,
            identity: Some(self.identity.clone()),
        }
    }

    /// Reads one piece. What came of it is delivered, whatever the turn came to.
    pub fn turn(&mut self, desk: &mut Desk<'_>) -> Result<io::Result<Turn>, Stopped> {
        let at = desk.settings.received_at.stamp();
        let mut out = Vec::new();
        let turn = self.reader.turn(&mut desk.buffer, at, &mut out);
        desk.deliver(&self.topic, &self.reader, out)?;
        Ok(turn)
    }

    /// The file will not grow: what is left is its last record. True where there was one.
    pub fn finish(&mut self, desk: &Desk<'_>) -> Result<bool, Stopped> {
        let at = desk.settings.received_at.stamp();
        let mut out = Vec::new();
        let ended_open = self.reader.finish(at, &mut out);
        desk.deliver(&self.topic, &self.reader, out)?;
        Ok(ended_open)
    }
}
