//! Which of the files that a path led to, one after another, is at hand, and where to go on in it.
//!
//! The files under one path are counted: each is a generation, and a stream of its own, `path#2`
//! from the second on, so that record numbers stay true.

use std::io;
use std::path::Path;

use super::bookmarks::{Bookmark, Bookmarks, Identity};
use super::walk::Found;
use super::{StartPositions, stream};
use crate::model::Text;
use crate::model::record::Offset;

pub struct Generations {
    /// The next offset of each stream: as an earlier run left it durably, and of the files that
    /// were over in this one.
    positions: StartPositions,
    bookmarks: Bookmarks,
}

impl Generations {
    /// `bookmarks` is a file that tells, across runs, which file the newest positions of a path are
    /// about.
    pub fn open(bookmarks: &Path, positions: StartPositions) -> io::Result<Self> {
        Ok(Generations {
            positions,
            bookmarks: Bookmarks::open(bookmarks)?,
        })
    }

    /// Where all this is noted.
    pub fn path(&self) -> &Path {
        self.bookmarks.path()
    }

    /// The generation of the file at hand, and where to go on in it.
    pub fn resume(&self, found: &Found, identity: &Identity) -> io::Result<(u32, Offset)> {
        let path = &found.topic;
        let newest_known = self.newest_with_positions(path);
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
        let position = self.positions.get(&stream(&topic(path, generation)));
        Ok((generation, position.copied().unwrap_or(0)))
    }

    fn newest_with_positions(&self, path: &Text) -> u32 {
        let mut newest = 1_u32;
        let is_known = |it| self.positions.contains_key(&stream(&topic(path, it)));
        while is_known(newest.saturating_add(1)) && newest < u32::MAX {
            newest += 1;
        }
        newest
    }

    /// Notes which file the path leads to, if that is news. Durable after the next
    /// [`Generations::flush`]; before that, nothing of the file may be delivered.
    pub fn note(&mut self, path: &Text, bookmark: Bookmark) -> io::Result<()> {
        if self.bookmarks.get(path) == Some(&bookmark) {
            return Ok(());
        }
        self.bookmarks.set(path, bookmark)
    }

    /// The path no longer leads to this file; should it come back, it goes on at `next`.
    pub fn close(&mut self, path: &Text, bookmark: Bookmark, next: Offset) -> io::Result<()> {
        let stream = stream(&topic(path, bookmark.generation));
        self.positions.insert(stream, next);
        self.bookmarks.set(path, bookmark)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.bookmarks.flush()
    }
}

/// The topic of a file's stream: its path, and its generation from the second on.
pub fn topic(path: &Text, generation: u32) -> Text {
    match generation {
        1 => path.clone(),
        _ => Text::from(format!("{path}#{generation}")),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::io::files::walk::walk;

    const PATH: &str = "okta/a.ndjson";

    /// A directory with one log, which holds `text`.
    fn logs(text: &str) -> TempDir {
        let directory = TempDir::new().expect("directory");
        std::fs::create_dir_all(directory.path().join("logs/okta")).expect("logs");
        write(&directory, text);
        directory
    }

    fn write(directory: &TempDir, text: &str) {
        std::fs::write(directory.path().join("logs").join(PATH), text).expect("written");
    }

    fn found(directory: &TempDir) -> (Found, Identity) {
        let walk = walk(&directory.path().join("logs")).expect("walk");
        let [found]: [Found; 1] = walk.files.try_into().expect("one file");
        let identity = Identity::read(&found, None).expect("identity");
        (found, identity)
    }

    fn generations(directory: &TempDir, positions: &[(u32, Offset)]) -> Generations {
        let positions = positions.iter().map(|(generation, next)| {
            let topic = topic(&PATH.into(), *generation);
            (stream(&topic), *next)
        });
        let bookmarks = directory.path().join("bookmarks");
        Generations::open(&bookmarks, positions.collect()).expect("bookmarks")
    }

    /// Where reading begins, given the positions of an earlier run and what it noted last.
    fn check(positions: &[(u32, Offset)], noted: Option<&Bookmark>, expected: (u32, Offset)) {
        let directory = logs("{\"n\":1}\n");
        let (found, identity) = found(&directory);
        let mut generations = generations(&directory, positions);
        if let Some(bookmark) = noted.cloned() {
            generations.note(&PATH.into(), bookmark).expect("noted");
        }
        let resumed = generations.resume(&found, &identity).expect("read");
        assert_eq!(resumed, expected, "{positions:?} {noted:?}");
    }

    #[test]
    fn without_a_bookmark_a_file_is_taken_for_the_newest_that_has_positions() {
        check(&[], None, (1, 0));
        check(&[(1, 7)], None, (1, 7));
        check(&[(1, 7), (2, 3)], None, (2, 3));
    }

    #[test]
    fn a_file_that_is_known_to_be_over_is_followed_by_another() {
        let over = Bookmark {
            generation: 1,
            identity: None,
        };
        check(&[(1, 7)], Some(&over), (2, 0));
        // Positions that are newer than the bookmark are about a file of which nothing is known.
        check(&[(1, 7), (2, 3)], Some(&over), (3, 0));
    }

    #[test]
    fn a_file_that_comes_back_goes_on_and_one_that_was_written_over_does_not() {
        let directory = logs("{\"n\":1}\n");
        let (noted, identity) = found(&directory);
        let mut generations = generations(&directory, &[]);
        let bookmark = Bookmark {
            generation: 1,
            identity: Some(identity.clone()),
        };
        let closed = generations.close(&noted.topic, bookmark, 1);
        closed.expect("noted");
        let resumed = generations.resume(&noted, &identity);
        assert_eq!(resumed.expect("read"), (1, 1));
        write(&directory, "{\"n\":1}\n{\"n\":2}\n");
        let (grown, identity) = found(&directory);
        let resumed = generations.resume(&grown, &identity);
        assert_eq!(resumed.expect("read"), (1, 1));
        write(&directory, "{\"m\":1}\n{\"m\":2}\n");
        let (other, identity) = found(&directory);
        let resumed = generations.resume(&other, &identity);
        assert_eq!(resumed.expect("read"), (2, 0));
    }
}
