//! Which file a stream's positions are about.
//!
//! A position counts records from the start of a file. When the path leads to another file after a
//! restart, the same position would silently skip that file's first records. So each file that is
//! read has a bookmark, durable before its first record is delivered: a position can be older than
//! its bookmark, never newer.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::walk::{Compression, Found};

/// Bytes at a file's start by which it is known again.
const HEAD_BYTES: u64 = 1_024;

/// The file that a path led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    device: u64,
    inode: u64,
    /// Of a compressed file, which is read as it is and never as it grows; 0 of any other.
    size: u64,
    head_bytes: u64,
    head_sha256: String,
}

/// The newest file under one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    /// Counts the files under this path, from 1.
    pub generation: u32,
    /// `None` where it is known to be over: whatever comes next is another file.
    pub identity: Option<Identity>,
}

/// All bookmarks, in a file that only grows while it is open: one JSON line a change.
#[derive(Debug)]
pub struct Bookmarks {
    path: PathBuf,
    file: File,
    known: BTreeMap<String, Bookmark>,
    pending: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    #[serde(flatten)]
    bookmark: Bookmark,
}

impl Identity {
    /// Reads the file's head. `like` bounds it to as much as another identity knows.
    pub fn read(found: &Found, like: Option<&Identity>) -> io::Result<Self> {
        let file = File::open(&found.path)?;
        let stat = super::walk::Stat::of(&file.metadata()?);
        let mut head = Vec::new();
        let bound = like.map_or(HEAD_BYTES, |identity| identity.head_bytes);
        file.take(bound).read_to_end(&mut head)?;
        let digest = Sha256::digest(&head);
        Ok(Identity {
            device: stat.device,
            inode: stat.inode,
            size: match found.compression {
                Compression::None => 0,
                Compression::Gzip | Compression::Zstd => stat.size,
            },
            head_bytes: head.len() as u64,
            head_sha256: hexadecimal(&digest),
        })
    }

    /// The path leads to the file that this was read of, grown perhaps.
    pub fn is_still_at(&self, found: &Found) -> io::Result<bool> {
        Ok(Identity::read(found, Some(self))? == *self)
    }

    pub fn is_of(&self, device: u64, inode: u64) -> bool {
        (self.device, self.inode) == (device, inode)
    }

    /// Too little of it is known to tell it from a file that begins alike.
    pub fn is_short(&self) -> bool {
        self.head_bytes < HEAD_BYTES
    }
}

impl Bookmarks {
    /// Reads what an earlier run left and writes it anew, each path once. A last line that was cut
    /// by a crash is left out: no record was delivered on its word.
    pub fn open(path: &Path) -> io::Result<Self> {
        let known = match File::open(path) {
            Ok(file) => read_lines(BufReader::new(file))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        let mut lines = Vec::new();
        for (path, bookmark) in &known {
            push_line(&mut lines, path, bookmark)?;
        }
        file.write_all(&lines)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        if let Some(parent) = path.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(Bookmarks {
            path: path.to_owned(),
            file: OpenOptions::new().append(true).open(path)?,
            known,
            pending: Vec::new(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn get(&self, path: &str) -> Option<&Bookmark> {
        self.known.get(path)
    }

    /// Durable after the next [`Bookmarks::flush`].
    pub fn set(&mut self, path: &str, bookmark: Bookmark) -> io::Result<()> {
        push_line(&mut self.pending, path, &bookmark)?;
        self.known.insert(path.to_owned(), bookmark);
        Ok(())
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        // A failed write may have left half a line; a newline makes the next one whole.
        self.file.write_all(b"\n")?;
        self.file.write_all(&self.pending)?;
        self.file.sync_data()?;
        self.pending.clear();
        Ok(())
    }
}

fn push_line(lines: &mut Vec<u8>, path: &str, bookmark: &Bookmark) -> io::Result<()> {
    let line = Line {
        path: path.to_owned(),
        bookmark: bookmark.clone(),
    };
    serde_json::to_writer(&mut *lines, &line).map_err(io::Error::from)?;
    lines.push(b'\n');
    Ok(())
}

fn read_lines(lines: impl BufRead) -> io::Result<BTreeMap<String, Bookmark>> {
    let mut known = BTreeMap::new();
    for line in lines.split(b'\n') {
        // Half a line is what a crash left of a bookmark that nothing was delivered on.
        if let Ok(line) = serde_json::from_slice::<Line>(&line?) {
            known.insert(line.path, line.bookmark);
        }
    }
    Ok(known)
}

/// Two digits a byte.
fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _infallible: std::fmt::Result = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::files::split::Form;
    use crate::io::files::walk::Stat;
    use crate::model::id::SourceName;

    fn found(path: &Path) -> Found {
        Found {
            path: path.to_owned(),
            topic: "okta/a.ndjson".into(),
            source: SourceName::new("okta"),
            form: Form::Lines,
            compression: Compression::None,
            stat: Stat::of(&path.metadata().expect("stat")),
        }
    }

    #[test]
    fn a_file_is_known_again_when_it_grew_and_not_when_it_was_rewritten() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("a.ndjson");
        std::fs::write(&path, "{\"n\":1}\n").expect("write");
        let identity = Identity::read(&found(&path), None).expect("identity");
        std::fs::write(&path, "{\"n\":1}\n{\"n\":2}\n").expect("write");
        assert!(identity.is_still_at(&found(&path)).expect("read"));
        std::fs::write(&path, "{\"n\":3}\n{\"n\":4}\n").expect("write");
        assert!(!identity.is_still_at(&found(&path)).expect("read"));
    }

    #[test]
    fn bookmarks_survive_and_half_a_line_does_no_harm() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("files.bookmarks");
        let bookmark = |generation| Bookmark {
            generation,
            identity: None,
        };
        let mut bookmarks = Bookmarks::open(&path).expect("open");
        bookmarks.set("okta/a.ndjson", bookmark(1)).expect("set");
        bookmarks.set("okta/a.ndjson", bookmark(2)).expect("set");
        bookmarks.flush().expect("flush");
        let mut file = OpenOptions::new().append(true).open(&path).expect("file");
        file.write_all(b"{\"path\":\"okta/a.nd")
            .expect("half a line");
        let mut bookmarks = Bookmarks::open(&path).expect("open");
        assert_eq!(bookmarks.get("okta/a.ndjson"), Some(&bookmark(2)));
        bookmarks.set("okta/b.ndjson", bookmark(1)).expect("set");
        bookmarks.flush().expect("flush");
        let bookmarks = Bookmarks::open(&path).expect("open");
        assert_eq!(bookmarks.get("okta/b.ndjson"), Some(&bookmark(1)));
    }
}
