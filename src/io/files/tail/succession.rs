//! What became of a file since the last look: it grew, another took its place, or it is gone.
//!
//! What the log rotation leaves unread is read from the old file, through its open handle, before
//! the new one.

use std::io;

use super::{Halt, Tail};
use crate::io::files::bookmarks::Identity;
use crate::io::files::followed::Followed;
use crate::io::files::generations::topic;
use crate::io::files::reader::{FileReader, Turn};
use crate::io::files::walk::{Compression, Found};
use crate::io::intake::Stopped;
use crate::model::Text;
use crate::model::record::Offset;

/// What a path leads to now, compared with the file that is followed under it.
enum Became {
    /// The same file, of which perhaps more is known by now.
    Same(Identity),
    /// Another one.
    Another(Rest),
}

/// What is to be done about the unread bytes of a file that is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// It was renamed or removed: they are read through the open handle.
    Readable,
    /// It was written over in place: what lies there now is another file's.
    Overwritten,
}

fn became(followed: &Followed, found: &Found) -> io::Result<Became> {
    let plain = found.compression == Compression::None;
    let shrunk = plain && found.stat.size < followed.reader.bytes_read();
    if shrunk || !followed.identity.is_still_at(found)? {
        let in_place = followed.identity.is_of(found.stat.device, found.stat.inode);
        return Ok(Became::Another(if in_place {
            Rest::Overwritten
        } else {
            Rest::Readable
        }));
    }
    // A longer head tells it better from files that begin alike.
    Ok(Became::Same(if followed.identity.is_short() {
        Identity::read(found, None)?
    } else {
        followed.identity.clone()
    }))
}

impl Tail<'_> {
    /// Something about a file that is followed changed, or is in doubt.
    pub(super) fn look_closely(&mut self, found: Found) -> Result<(), Halt> {
        let Some(followed) = self.followed.get(&found.topic) else {
            return Ok(());
        };
        match became(followed, &found)? {
            Became::Same(identity) => Ok(self.grew(&found, identity)?),
            Became::Another(rest) => {
                self.close_out(&found.topic, rest)?;
                self.first_sight(found)
            }
        }
    }

    fn grew(&mut self, found: &Found, identity: Identity) -> io::Result<()> {
        let Some(followed) = self.followed.get_mut(&found.topic) else {
            return Ok(());
        };
        followed.seen = found.stat;
        followed.doubted = false;
        followed.identity = identity;
        self.generations.note(&found.topic, followed.bookmark())?;
        if !followed.reader.is_done() && !std::mem::replace(&mut followed.queued, true) {
            self.queue.push_back(found.topic.clone());
        }
        Ok(())
    }

    /// A path that is not followed yet, or leads to another file than the one that was.
    pub(super) fn first_sight(&mut self, found: Found) -> Result<(), Halt> {
        if found.stat.size == 0 {
            return Ok(());
        }
        if found.compression != Compression::None {
            let before = self.settling.insert(found.topic.clone(), found.stat);
            if before != Some(found.stat) {
                return Ok(());
            }
            self.settling.remove(&found.topic);
        }
        let identity = Identity::read(&found, None)?;
        let (generation, start) = self.generations.resume(&found, &identity)?;
        Ok(self.follow(found, identity, (generation, start))?)
    }

    fn follow(
        &mut self,
        found: Found,
        identity: Identity,
        (generation, start): (u32, Offset),
    ) -> io::Result<()> {
        let path = found.topic.clone();
        let followed = Followed {
            topic: topic(&path, generation),
            generation,
            identity,
            seen: found.stat,
            queued: true,
            doubted: false,
            told: None,
            reader: FileReader::new(found, start),
        };
        self.generations.note(&path, followed.bookmark())?;
        self.queue.push_back(path.clone());
        self.followed.insert(path, followed);
        Ok(())
    }

    /// The file has fewer records than were read of it: it is another one.
    pub(super) fn start_over(&mut self, path: &Text) -> Result<(), Stopped> {
        let Some(followed) = self.followed.remove(path) else {
            return Ok(());
        };
        let generation = followed.generation.saturating_add(1);
        let found = followed.reader.found;
        match self.follow(found, followed.identity, (generation, 0)) {
            Ok(()) => Ok(()),
            Err(error) => self.failing(path, format!("failed to note {path} anew: {error}")),
        }
    }

    /// `files` are all that there are, in the order of their paths.
    pub(super) fn close_vanished(&mut self, files: &[Found]) -> Result<(), Stopped> {
        let gone: Vec<Text> = self
            .followed
            .keys()
            .filter(|path| files.binary_search_by(|it| it.topic.cmp(path)).is_err())
            .cloned()
            .collect();
        for path in gone {
            self.close_out(&path, Rest::Readable)?;
        }
        Ok(())
    }

    /// The path no longer leads to this file.
    fn close_out(&mut self, path: &Text, rest: Rest) -> Result<(), Stopped> {
        let Some(mut followed) = self.followed.remove(path) else {
            return Ok(());
        };
        self.queue.retain(|queued| queued != path);
        if rest == Rest::Readable && followed.reader.is_open() {
            self.read_rest(path, &mut followed)?;
        } else if followed.has_unread_bytes() {
            self.desk.outlet.lost(format!(
                "{path} is gone or overwritten, and not all of it was read: its records from {} on",
                followed.reader.next()
            ))?;
        }
        let mut bookmark = followed.bookmark();
        if followed.finish(&self.desk)? {
            // The same file again, its last line completed, would number its records otherwise.
            bookmark.identity = None;
        }
        let next = followed.reader.resume_from();
        if let Err(error) = self.generations.close(path, bookmark, next) {
            let bookmarks = self.generations.path().display();
            let why = format!("failed to note in {bookmarks} that {path} is over: {error}");
            self.desk.outlet.lost(why)?;
        }
        Ok(())
    }

    /// What the open handle still gives of a file that no path leads to.
    fn read_rest(&mut self, path: &Text, followed: &mut Followed) -> Result<(), Stopped> {
        loop {
            match followed.turn(&mut self.desk)? {
                Ok(Turn::More) => {}
                Ok(Turn::AtEnd | Turn::Broken) => return Ok(()),
                Err(error) => {
                    let why = format!("failed to read the rest of {path}: {error}");
                    return self.desk.outlet.lost(why);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
