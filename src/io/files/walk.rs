//! Finds the log files below a directory: `<root>/<source>/**/*.{ndjson,jsonl,json}[.gz|.zst]`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::split::Form;
use crate::model::Text;
use crate::model::id::SourceName;
use crate::model::limits::DIRECTORY_DEPTH_MAX;

/// One file of records.
#[derive(Clone, Debug)]
pub struct Found {
    pub path: PathBuf,
    /// The path below the root: the name of the stream.
    pub topic: Text,
    pub source: SourceName,
    pub form: Form,
    pub compression: Compression,
    pub stat: Stat,
}

/// What tells that a file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: (i64, i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// What lies below the root, in the order of names.
#[derive(Debug, Default)]
pub struct Walk {
    pub files: Vec<Found>,
    /// What is there and is not read, with the reason. Stable from one walk to the next.
    pub warnings: Vec<String>,
}

/// The way from the source's directory to the one at hand.
struct Above {
    source: SourceName,
    /// Device and number of each.
    directories: Vec<(u64, u64)>,
}

/// Names that begin with a dot are left out: they are temporary files of whoever writes here, or
/// the hidden half of a mounted volume whose visible half is a symbolic link.
pub fn walk(root: &Path) -> io::Result<Walk> {
    let mut walk = Walk::default();
    for (name, path) in entries(root)? {
        let below = std::fs::metadata(&path);
        match below {
            Ok(metadata) if metadata.is_dir() => {
                let name = text(&name);
                let mut above = Above {
                    source: SourceName::new(&name),
                    directories: Vec::new(),
                };
                walk.directory(&path, &metadata, &name, &mut above);
            }
            Ok(_) if form(&name).is_some() => walk.warnings.push(format!(
                "{} is not read: logs lie in a directory named after their source",
                path.display()
            )),
            Ok(_) => {}
            Err(error) => walk.unreadable(&path, &error),
        }
    }
    walk.files.sort_by(|a, b| a.topic.cmp(&b.topic));
    walk.files.dedup_by(|later, first| {
        let same = later.topic == first.topic;
        if same {
            walk.warnings.push(format!(
                "{} is not read: its name reads like that of {}",
                later.path.display(),
                first.path.display()
            ));
        }
        same
    });
    Ok(walk)
}

impl Stat {
    pub fn of(metadata: &Metadata) -> Self {
        Stat {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Walk {
    fn directory(&mut self, path: &Path, metadata: &Metadata, topic: &str, above: &mut Above) {
        let here = (metadata.dev(), metadata.ino());
        if above.directories.len() == DIRECTORY_DEPTH_MAX || above.directories.contains(&here) {
            let why = "too many directories deep, or a link that leads back up";
            self.warnings
                .push(format!("{} is not read: {why}", path.display()));
            return;
        }
        let entries = match entries(path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        above.directories.push(here);
        for (name, path) in entries {
            let topic = format!("{topic}/{}", text(&name));
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    self.directory(&path, &metadata, &topic, above);
                }
                Ok(metadata) => self.file(path, topic, &above.source, &metadata),
                Err(error) => self.unreadable(&path, &error),
            }
        }
        above.directories.pop();
    }

    fn file(&mut self, path: PathBuf, topic: String, source: &SourceName, metadata: &Metadata) {
        let form = path.file_name().and_then(form);
        // A pipe or a device would hold up every other file.
        let Some((form, compression)) = form.filter(|_| metadata.is_file()) else {
            return;
        };
        self.files.push(Found {
            path,
            topic: Text::from(topic),
            source: source.clone(),
            form,
            compression,
            stat: Stat::of(metadata),
        });
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        // Gone between listing and looking: the next walk will not see it either.
        if error.kind() != io::ErrorKind::NotFound {
            self.warnings
                .push(format!("failed to read {}: {error}", path.display()));
        }
    }
}

fn entries(directory: &Path) -> io::Result<Vec<(std::ffi::OsString, PathBuf)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_name().as_bytes().starts_with(b".") {
            entries.push((entry.file_name(), entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}

fn form(name: &OsStr) -> Option<(Form, Compression)> {
    let name = name.as_bytes();
    let (stem, compression) = if let Some(stem) = name.strip_suffix(b".gz") {
        (stem, Compression::Gzip)
    } else if let Some(stem) = name.strip_suffix(b".zst") {
        (stem, Compression::Zstd)
    } else {
        (name, Compression::None)
    };
    let form = match stem.rsplit(|byte| *byte == b'.').next()? {
        b"ndjson" | b"jsonl" => Form::Lines,
        b"json" => Form::Values,
        _ => return None,
    };
    Some((form, compression))
}

/// A name as text: bytes that are no UTF-8 become `%XX`, so that two names stay two.
fn text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into a String does not fail.
            write!(text, "%{byte:02X}").expect("memory");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("directory");
        std::fs::write(path, "{}\n").expect("file");
    }

    #[test]
    fn files_come_in_the_order_of_their_names_with_source_and_form() {
        let root = tempfile::tempdir().expect("directory");
        for path in [
            "okta/b.ndjson",
            "okta/a.jsonl.gz",
            "okta/2026/03/c.json",
            "github@corp/x.json.zst",
            "okta/.hidden.json",
            "okta/readme.txt",
            "stray.ndjson",
        ] {
            write(root.path(), path);
        }
        let found = walk(root.path()).expect("walk");
        let files: Vec<(&str, &str, Form, Compression)> = found
            .files
            .iter()
            .map(|file| {
                (
                    &*file.topic,
                    file.source.as_str(),
                    file.form,
                    file.compression,
                )
            })
            .collect();
        assert_eq!(
            files,
            [
                (
                    "github@corp/x.json.zst",
                    "github@corp",
                    Form::Values,
                    Compression::Zstd
                ),
                (
                    "okta/2026/03/c.json",
                    "okta",
                    Form::Values,
                    Compression::None
                ),
                ("okta/a.jsonl.gz", "okta", Form::Lines, Compression::Gzip),
                ("okta/b.ndjson", "okta", Form::Lines, Compression::None),
            ]
        );
        assert_eq!(found.warnings.len(), 1);
        assert!(found.warnings[0].contains("stray.ndjson"));
    }

    #[test]
    fn a_link_that_leads_back_up_ends_with_a_warning() {
        let root = tempfile::tempdir().expect("directory");
        write(root.path(), "okta/a.ndjson");
        std::os::unix::fs::symlink("../okta", root.path().join("okta/again")).expect("link");
        let found = walk(root.path()).expect("walk");
        assert_eq!(found.files.len(), 1);
        assert!(found.warnings.iter().any(|it| it.contains("leads back up")));
    }

    #[test]
    fn names_that_are_no_text_stay_apart() {
        let (a, b) = (OsStr::from_bytes(b"\xff"), OsStr::from_bytes(b"\xfe"));
        assert_eq!((text(a), text(b)), ("%FF".to_owned(), "%FE".to_owned()));
    }
}
