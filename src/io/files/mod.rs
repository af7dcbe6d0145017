//! A directory of log files: read to its end for a replay, or followed while it grows.

pub mod split;
pub mod walk;
mod bookmarks;
mod generations;
mod followed;
mod reader;
mod replay;
mod tail;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::intake::{Outlet, Stopped};
use crate::model::Text;
use crate::model::record::{Offset, Record, Stream};
use crate::model::time::Timestamp;
use walk::Walk;

pub use replay::read_all;
pub use tail::tail;

/// The directory and how its records are stamped.
#[derive(Clone, Debug)]
pub struct FilesSettings {
    pub root: PathBuf,
    pub received_at: ReceivedAt,
    /// Sources that have a mapping, without instances. Others are delivered all the same.
    pub known_sources: HashSet<String>,
    /// Between two looks at growing files, at least.
    pub poll: Duration,
}

/// The time of receipt of a file's records.
#[derive(Clone)]
pub enum ReceivedAt {
    /// What this clock says when it is read.
    Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>),
    /// The `--now` of a replay.
    At(Timestamp),
    /// A replay without `--now`: there is no receipt.
    Unknown,
}

/// Why a directory of logs cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("failed to list the directory of logs {}: {source}", path.display())]
    Root { path: PathBuf, source: io::Error },
    #[error("failed to keep the bookmarks of files in {}: {source}", path.display())]
    Bookmarks { path: PathBuf, source: io::Error },
}

impl FilesSettings {
    fn walk(&self) -> Result<Walk, FilesError> {
        walk::walk(&self.root).map_err(|source| FilesError::Root {
            path: self.root.clone(),
            source,
        })
    }
}

impl ReceivedAt {
    fn stamp(&self) -> Option<Timestamp> {
        match self {
            ReceivedAt::Clock(clock) => Some(clock()),
            ReceivedAt::At(time) => Some(*time),
            ReceivedAt::Unknown => None,
        }
    }
}

impl fmt::Debug for ReceivedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceivedAt::Clock(_) => f.write_str("Clock"),
            ReceivedAt::At(time) => write!(f, "At({time})"),
            ReceivedAt::Unknown => f.write_str("Unknown"),
        }
    }
}

/// What the readers share.
struct Desk<'a> {
    settings: &'a FilesSettings,
    outlet: &'a Outlet,
    /// Warnings are said once.
    said: HashSet<String>,
    buffer: Vec<u8>,
}

impl<'a> Desk<'a> {
    fn new(settings: &'a FilesSettings, outlet: &'a Outlet) -> Self {
        Desk {
            settings,
            outlet,
            said: HashSet::new(),
            buffer: Vec::new(),
        }
    }

    fn warn_once(&mut self, warning: String) -> Result<(), Stopped> {
        if self.said.contains(&warning) {
            return Ok(());
        }
        self.outlet.lost(warning.clone())?;
        self.said.insert(warning);
        Ok(())
    }

    fn warn_of(&mut self, walk: &Walk) -> Result<(), Stopped> {
        for warning in &walk.warnings {
            self.warn_once(warning.clone())?;
        }
        let mut last = None;
        for file in &walk.files {
            if last == Some(&file.source) {
                continue;
            }
            last = Some(&file.source);
            if !self.settings.known_sources.contains(file.source.base()) {
                let source = &file.source;
                self.warn_once(format!(
                    "no mapping for source `{source}`: its records will be rejected"
                ))?;
            }
        }
        Ok(())
    }

    fn deliver(
        &self,
        topic: &Text,
        reader: &reader::FileReader,
        out: Vec<Record>,
    ) -> Result<(), Stopped> {
        if out.is_empty() {
            return Ok(());
        }
        self.outlet
            .send_records(&stream(topic), &reader.found.source, out)
    }
}

/// Where a file was left by an earlier run: the next record of each of its streams.
pub type StartPositions = std::collections::HashMap<Stream, Offset>;

fn stream(topic: &Text) -> Stream {
    Stream {
        topic: topic.clone(),
        partition: 0,
    }
}
