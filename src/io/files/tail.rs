//! Follows a directory: when it is looked at, and whose turn it is to be read.
//!
//! What became of a file between two looks is the business of [`succession`].

#![expect(clippy::disallowed_methods, reason = "polling is paced by the clock")]

mod succession;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::time::Instant;

use super::followed::{Followed, OpenFiles};
use super::generations::Generations;
use super::reader::Turn;
use super::walk::{Found, Stat};
use super::{Desk, FilesError, FilesSettings, StartPositions, stream};
use crate::io::intake::{Arrival, Outlet, Stopped};
use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::limits::{FILES_ACTIVE_MAX, FILES_OPEN_MAX, FIRST_PASS_LOOKS_MAX};
use crate::model::record::Stream;

/// Follows the directory until told to stop. `positions` are the durable next offsets of an
/// earlier run; `bookmarks` is a file that tells, across runs, which file each of them is about.
pub fn tail(
    settings: &FilesSettings,
    positions: StartPositions,
    bookmarks: &Path,
    outlet: &Outlet,
) -> Result<(), FilesError> {
    let generations =
        Generations::open(bookmarks, positions).map_err(|source| FilesError::Bookmarks {
            path: bookmarks.to_owned(),
            source,
        })?;
    let mut tail = Tail::new(Desk::new(settings, outlet), generations);
    let assigned = Arrival::Assigned(vec![whole_directory()]);
    if outlet.send(assigned).is_ok() {
        while tail.round().is_ok() {}
    }
    Ok(())
}

struct Tail<'a> {
    desk: Desk<'a>,
    generations: Generations,
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
    stream(&Text::from("/"))
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
    fn new(desk: Desk<'a>, generations: Generations) -> Self {
        Tail {
            desk,
            generations,
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
        self.desk.outlet.send(Arrival::Position {
            stream: whole_directory(),
            source: SourceName::new(""),
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
        self.look_closely(found)
    }

    /// False where nothing may be read: its bookmark might not survive.
    fn flush_bookmarks(&mut self) -> Result<bool, Stopped> {
        let path = Text::from(self.generations.path().to_string_lossy());
        match self.generations.flush() {
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
        self.open.leave_out(followed);
        let turn = match followed.open_right_file() {
            Ok(true) => followed.turn(&mut self.desk)?,
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
                followed.finish(&self.desk)?;
            }
            self.open.leave_out(followed);
            followed.reader.done();
        }
        if !followed.reader.reached_start() {
            return self.start_over(path);
        }
        let next = followed.reader.next();
        if followed.told.replace(next) != Some(next) {
            self.desk.outlet.send(Arrival::Position {
                stream: stream(&followed.topic),
                source: followed.reader.found.source.clone(),
                next,
            })?;
        }
        Ok(())
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
