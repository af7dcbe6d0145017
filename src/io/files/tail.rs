//! Follows a directory: new files, files that grow, files that are replaced.
//!
//! A replaced file is another stream, `path#2`, so that record numbers stay true. What the log
//! rotation leaves unread is read from the old file through its open handle before the new one.

#![expect(clippy::disallowed_methods, reason = "polling is paced by the clock")]

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::time::Instant;

use super::bookmarks::{Bookmark, Bookmarks, Identity};
use super::followed::{Followed, OpenFiles, Rest, topic};
use super::reader::{FileReader, Turn};
use super::walk::{Compression, Found, Stat};
use super::{Desk, FilesError, FilesSettings, StartPositions, stream};
use crate::io::intake::{Arrival, Outlet, Stopped};
use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::limits::{FILES_ACTIVE_MAX, FILES_OPEN_MAX, FIRST_PASS_LOOKS_MAX};
use crate::model::record::{Offset, Stream};

/// Follows the directory until told to stop. `positions` are the durable next offsets of an
/// earlier run; `bookmarks` is a file that tells, across runs, which file each of them is about.
pub fn tail(
    settings: &FilesSettings,
    positions: StartPositions,
    bookmarks: &Path,
    outlet: &Outlet,
) -> Result<(), FilesError> {
    let bookmarks = Bookmarks::open(bookmarks).map_err(|source| FilesError::Bookmarks {
        path: bookmarks.to_owned(),
        source,
    })?;
    let mut tail = Tail::new(Desk::new(settings, outlet), positions, bookmarks);
    if outlet
        .send(Arrival::Assigned(vec![whole_directory()]))
        .is_ok()
    {
        while tail.round().is_ok() {}
    }
    Ok(())
}

struct Tail<'a> {
    desk: Desk<'a>,
    positions: StartPositions,
    bookmarks: Bookmarks,
    /// By path below the root.
    followed: BTreeMap<Text, Followed>,
    /// Compressed files that may still be written to: they are read once they rest.
    settling: BTreeMap<Text, Stat>,
    /// Paths with something to read, in the order of their turns.
    queue: VecDeque<Text>,
    open: OpenFiles,
    /// What cannot be read now, and has been told.
    failing: BTreeMap<Text, String>,
    /// Every file that was there at the start was read to its end once.
    first_pass_told: bool,
    looks: u32,
}

/// What stands for all files together until they were read to their ends once. Streams of single
/// files would not do: a file may be replaced, or vanish, before it is read.
fn whole_directory() -> Stream {
    Stream {
        topic: Text::from("/"),
        partition: 0,
    }
}

/// Why looking at a file was given up.
enum Halt {
    Stopped,
    File(io::Error),
}

impl From<Stopped> for Halt {
    fn from(_: Stopped) -> Self {
        Halt::Stopped
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Halt::File(error)
    }
}

impl<'a> Tail<'a> {
    fn new(desk: Desk<'a>, positions: StartPositions, bookmarks: Bookmarks) -> Self {
        Tail {
            desk,
            positions,
            bookmarks,
            followed: BTreeMap::new(),
            settling: BTreeMap::new(),
            queue: VecDeque::new(),
            open: OpenFiles::default(),
            failing: BTreeMap::new(),
            first_pass_told: false,
            looks: 0,
        }
    }

    /// One look at the directory, and reading until the next is due. A look that takes long is
    /// followed by a longer pause.
    fn round(&mut self) -> Result<(), Stopped> {
        let poll = self.desk.settings.poll;
        let began = Instant::now();
        self.look()?;
        let looked = began.elapsed();
        self.count_open_files();
        // What a turn notes has to be durable before the next one.
        while began.elapsed() < poll + looked && self.flush_bookmarks()? && self.read_one()? {}
        let pause = poll.max(looked * 10);
        if self.queue.is_empty() {
            self.tell_first_pass()?;
            let pause = pause.saturating_sub(began.elapsed());
            self.desk.outlet.pause(pause)?;
        }
        if self.desk.outlet.stopped() {
            return Err(Stopped);
        }
        Ok(())
    }

    /// Says once that all there was at the start is read.
    fn tell_first_pass(&mut self) -> Result<(), Stopped> {
        // Compressed files wait for a second look; one that never rests does not hold the clock.
        self.looks += 1;
        let rests = self.settling.is_empty() || self.looks > FIRST_PASS_LOOKS_MAX;
        if self.first_pass_told || !rests {
            return Ok(());
        }
        self.first_pass_told = true;
        let (stream, source) = (whole_directory(), SourceName::new(""));
        self.desk.outlet.send(Arrival::Position {
            stream,
            source,
            next: 0,
        })
    }

    fn look(&mut self) -> Result<(), Stopped> {
        let root = Text::from(self.desk.settings.root.to_string_lossy());
        let walk = match self.desk.settings.walk() {
            Ok(walk) => walk,
            Err(error) => return self.failing(&root, error.to_string()),
        };
        self.restored(&root)?;
        self.desk.warn_of(&walk)?;
        self.close_vanished(&walk.files)?;
        for found in walk.files {
            let path = found.topic.clone();
            match self.look_at(found) {
                Ok(()) if self.followed.get(&path).is_some_and(|it| it.queued) => {}
                Ok(()) => self.restored(&path)?,
                Err(Halt::Stopped) => return Err(Stopped),
                Err(Halt::File(error)) => {
                    self.failing(&path, format!("failed to look at {path}: {error}"))?;
                }
            }
        }
        Ok(())
    }

    fn look_at(&mut self, found: Found) -> Result<(), Halt> {
        let Some(followed) = self.followed.get(&found.topic) else {
            return self.first_sight(found);
        };
        // A file that failed is tried again even if nothing about it changed.
        let again = followed.doubted || self.failing.contains_key(&found.topic);
        if !again && followed.seen == found.stat {
            return Ok(());
        }
        let plain = found.compression == Compression::None;
        let shrunk = plain && found.stat.size < followed.reader.bytes_read();
        if shrunk || !followed.identity.is_still_at(&found)? {
            let here = followed.identity.is_of(found.stat.device, found.stat.inode);
            let rest = if here {
                Rest::Overwritten
            } else {
                Rest::Readable
            };
            self.close_out(&found.topic, rest)?;
            return self.first_sight(found);
        }
        let identity = if followed.identity.is_short() {
            Identity::read(&found, None)?
        } else {
            followed.identity.clone()
        };
        Ok(self.grew(&found, identity)?)
    }

    fn grew(&mut self, found: &Found, identity: Identity) -> io::Result<()> {
        let Some(followed) = self.followed.get_mut(&found.topic) else {
            return Ok(());
        };
        followed.seen = found.stat;
        followed.doubted = false;
        if followed.identity != identity {
            followed.identity = identity.clone();
            let generation = followed.generation;
            let identity = Some(identity);
            self.bookmarks.set(
                &found.topic,
                Bookmark {
                    generation,
                    identity,
                },
            )?;
        }
        if !followed.reader.is_done() && !std::mem::replace(&mut followed.queued, true) {
            self.queue.push_back(found.topic.clone());
        }
        Ok(())
    }

    /// A path that is not followed yet, or leads to another file than the one that was.
    fn first_sight(&mut self, found: Found) -> Result<(), Halt> {
        if found.stat.size == 0 {
            return Ok(());
        }
        let path = found.topic.clone();
        if found.compression != Compression::None {
            let before = self.settling.insert(path.clone(), found.stat);
            if before != Some(found.stat) {
                return Ok(());
            }
            self.settling.remove(&path);
        }
        let identity = Identity::read(&found, None)?;
        let (generation, start) = self.resume(&found, &identity)?;
        Ok(self.follow(found, identity, generation, start)?)
    }

    fn follow(
        &mut self,
        found: Found,
        identity: Identity,
        generation: u32,
        start: Offset,
    ) -> io::Result<()> {
        let path = found.topic.clone();
        let bookmark = Bookmark {
            generation,
            identity: Some(identity.clone()),
        };
        if self.bookmarks.get(&path) != Some(&bookmark) {
            self.bookmarks.set(&path, bookmark)?;
        }
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
        self.queue.push_back(path.clone());
        self.followed.insert(path, followed);
        Ok(())
    }

    /// The generation of the file at hand, and where to go on in it.
    fn resume(&self, found: &Found, identity: &Identity) -> io::Result<(u32, Offset)> {
        let path = &found.topic;
        let mut newest_known = 1_u32;
        let is_known = |it| self.positions.contains_key(&stream(&topic(path, it)));
        while is_known(newest_known.saturating_add(1)) && newest_known < u32::MAX {
            newest_known += 1;
        }
        let generation = match self.bookmarks.get(path) {
            // Positions and no bookmark: the bookmarks were lost. Take the file for the newest.
            None => newest_known,
            Some(bookmark) => {
                let same = match &bookmark.identity {
                    Some(known) => known == identity || known.is_still_at(found)?,
                    None => false,
                };
                let newest = bookmark.generation.max(newest_known);
                if same && newest == bookmark.generation {
                    newest
                } else {
                    newest.saturating_add(1)
                }
            }
        };
        let stream = stream(&topic(path, generation));
        Ok((
            generation,
            self.positions.get(&stream).copied().unwrap_or(0),
        ))
    }

    fn close_vanished(&mut self, files: &[Found]) -> Result<(), Stopped> {
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
        let mut out = Vec::new();
        let at = self.desk.settings.received_at.stamp();
        let ended_open = followed.reader.finish(at, &mut out);
        self.desk.deliver(&followed.topic, &followed.reader, out)?;
        let stream = stream(&followed.topic);
        self.positions.insert(stream, followed.reader.resume_from());
        let bookmark = Bookmark {
            generation: followed.generation,
            // The same file again, its last line completed, would number its records otherwise.
            identity: Some(followed.identity).filter(|_| !ended_open),
        };
        if let Err(error) = self.bookmarks.set(path, bookmark) {
            let bookmarks = self.bookmarks.path().display();
            let why = format!("failed to note in {bookmarks} that {path} is over: {error}");
            self.desk.outlet.lost(why)?;
        }
        Ok(())
    }

    /// What the open handle still gives of a file that no path leads to.
    fn read_rest(&mut self, path: &Text, followed: &mut Followed) -> Result<(), Stopped> {
        loop {
            let at = self.desk.settings.received_at.stamp();
            let mut out = Vec::new();
            let turn = followed.reader.turn(&mut self.desk.buffer, at, &mut out);
            self.desk.deliver(&followed.topic, &followed.reader, out)?;
            match turn {
                Ok(Turn::More) => {}
                Ok(Turn::AtEnd | Turn::Broken) => return Ok(()),
                Err(error) => {
                    let why = format!("failed to read the rest of {path}: {error}");
                    return self.desk.outlet.lost(why);
                }
            }
        }
    }

    /// False where nothing may be read: its bookmark might not survive.
    fn flush_bookmarks(&mut self) -> Result<bool, Stopped> {
        let path = Text::from(self.bookmarks.path().to_string_lossy());
        match self.bookmarks.flush() {
            Ok(()) => self.restored(&path).map(|()| true),
            Err(error) => {
                let why = format!("failed to write {path}, so files wait: {error}");
                self.failing(&path, why).map(|()| false)
            }
        }
    }

    /// A turn of the next file. False where none has anything to read.
    fn read_one(&mut self) -> Result<bool, Stopped> {
        let Some(path) = self.queue.pop_front() else {
            return Ok(false);
        };
        let Some(followed) = self.followed.get_mut(&path) else {
            return Ok(true);
        };
        let (was_open, compressed) = (followed.reader.is_open(), followed.is_compressed());
        if compressed && !was_open && self.open.compressed >= FILES_ACTIVE_MAX {
            self.queue.push_back(path);
            return Ok(true);
        }
        let at = self.desk.settings.received_at.stamp();
        let mut out = Vec::new();
        self.open.leave_out(followed);
        let turn = match followed.open_right_file() {
            Ok(true) => followed.reader.turn(&mut self.desk.buffer, at, &mut out),
            Ok(false) => {
                // Replaced since the last look; the next one will see it.
                self.open.add(followed);
                followed.queued = false;
                followed.doubted = true;
                return Ok(true);
            }
            Err(error) => Err(error),
        };
        if turn.is_err() || (!compressed && !was_open && self.open.plain >= FILES_OPEN_MAX) {
            followed.reader.close();
        }
        self.open.add(followed);
        followed.queued = matches!(turn, Ok(Turn::More));
        if followed.queued {
            self.queue.push_back(path.clone());
        }
        self.desk.deliver(&followed.topic, &followed.reader, out)?;
        match turn {
            Ok(Turn::More) => self.restored(&path)?,
            Ok(end) => self.at_end(&path, &end)?,
            Err(error) => self.failing(&path, format!("failed to read {path}: {error}"))?,
        }
        Ok(true)
    }

    fn at_end(&mut self, path: &Text, end: &Turn) -> Result<(), Stopped> {
        self.restored(path)?;
        let Some(followed) = self.followed.get_mut(path) else {
            return Ok(());
        };
        if followed.is_compressed() && followed.reader.is_open() {
            if *end == Turn::AtEnd {
                let mut out = Vec::new();
                let at = self.desk.settings.received_at.stamp();
                followed.reader.finish(at, &mut out);
                self.desk.deliver(&followed.topic, &followed.reader, out)?;
            }
            self.open.leave_out(followed);
            followed.reader.done();
        }
        if !followed.reader.reached_start() {
            return self.start_over(path);
        }
        let next = followed.reader.next();
        if followed.told.replace(next) != Some(next) {
            let (stream, source) = (
                stream(&followed.topic),
                followed.reader.found.source.clone(),
            );
            let position = Arrival::Position {
                stream,
                source,
                next,
            };
            self.desk.outlet.send(position)?;
        }
        Ok(())
    }

    /// The file has fewer records than were read of it: it is another one.
    fn start_over(&mut self, path: &Text) -> Result<(), Stopped> {
        let Some(followed) = self.followed.remove(path) else {
            return Ok(());
        };
        let generation = followed.generation.saturating_add(1);
        let found = followed.reader.found;
        match self.follow(found, followed.identity, generation, 0) {
            Ok(()) => Ok(()),
            Err(error) => self.failing(path, format!("failed to note {path} anew: {error}")),
        }
    }

    fn count_open_files(&mut self) {
        self.open = OpenFiles::default();
        for followed in self.followed.values() {
            self.open.add(followed);
        }
    }

    fn failing(&mut self, what: &Text, why: String) -> Result<(), Stopped> {
        if self.failing.get(what) == Some(&why) {
            return Ok(());
        }
        self.failing.insert(what.clone(), why.clone());
        self.desk.outlet.lost(why)
    }

    fn restored(&mut self, what: &Text) -> Result<(), Stopped> {
        if self.failing.remove(what).is_some() {
            let restored = Arrival::Restored(format!("{what}: works again"));
            self.desk.outlet.send(restored)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
