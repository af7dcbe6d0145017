//! The checkpoint, the entries below it, and the tiles beside them.

use super::super::log::{CHECKPOINT, LOG};
use super::Reading;
use super::keys::Trust;
use super::report::{About, Problem, Signed};
use crate::evidence::log::{self, LogEntry, TILE_HEIGHT, TILE_WIDTH, TileId, TileKind};
use crate::evidence::note::{Checkpoint, Note, VerifierKey};
use crate::evidence::tree::Tree;

/// The log as it lies there.
pub(in crate::io::archive) struct LogView {
    pub(in crate::io::archive) note: Option<Note>,
    pub(in crate::io::archive) checkpoint: Option<Checkpoint>,
    pub(in crate::io::archive) entries: Vec<LogEntry>,
    pub(in crate::io::archive) tree: Tree,
    /// Entries that the checkpoint covers and that are there.
    pub(super) signed: u64,
    /// Entries that a kept checkpoint covers.
    pub(super) kept: u64,
    pub(in crate::io::archive) problems: Vec<Problem>,
}

pub(super) fn is_of_log(path: &str) -> bool {
    let below = path.strip_prefix("log/");
    path == CHECKPOINT || below.is_some_and(|below| TileId::parse(below).is_some())
}

/// Reads the log and compares all its parts with each other. Whose signature it has is for
/// `keys` to judge.
pub(in crate::io::archive) fn read(reading: &Reading<'_>) -> LogView {
    let mut problems = Vec::new();
    let (note, checkpoint) = checkpoint(reading, &mut problems);
    let entries = entries(reading, &mut problems);
    let mut tree = Tree::default();
    entries.iter().for_each(|entry| tree.push(entry.leaf()));
    let mut view = LogView {
        signed: checkpoint.as_ref().map_or(0, |it| it.size.min(tree.size())),
        kept: 0,
        note,
        checkpoint,
        entries,
        tree,
        problems,
    };
    view.compare_root(reading);
    view.compare_tiles(reading);
    view
}

fn checkpoint(
    reading: &Reading<'_>,
    problems: &mut Vec<Problem>,
) -> (Option<Note>, Option<Checkpoint>) {
    let bytes = match reading.store.find("checkpoint", CHECKPOINT) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let what = "there is no signed checkpoint. If the archive is older than signed logs, \
                        start the service on it once: it signs what is there";
            problems.push(Problem::completeness(CHECKPOINT, what));
            return (None, None);
        }
        Err(error) => {
            problems.push(Problem::integrity(CHECKPOINT, error.to_string()));
            return (None, None);
        }
    };
    let note = match Note::parse(&bytes) {
        Ok(note) => note,
        Err(error) => {
            problems.push(Problem::integrity(CHECKPOINT, format!("it {error}")));
            return (None, None);
        }
    };
    match Checkpoint::parse(&note.text) {
        Ok(checkpoint) => (Some(note), Some(checkpoint)),
        Err(error) => {
            problems.push(Problem::integrity(CHECKPOINT, format!("it {error}")));
            (Some(note), None)
        }
    }
}

/// All entries, from the widest bundle at each place.
fn entries(reading: &Reading<'_>, problems: &mut Vec<Problem>) -> Vec<LogEntry> {
    let mut entries = Vec::new();
    for index in 0.. {
        let at = |width| TileId {
            kind: TileKind::Entries,
            index,
            width,
        };
        let widest = (1..=TILE_WIDTH).rev().map(at);
        let mut present = widest.filter(|id| reading.present.contains_key(&below(id)));
        let Some(id) = present.next() else { break };
        let bytes = match reading.store.read("log entry", &below(&id)) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(Problem::integrity(&below(&id), error.to_string()));
                break;
            }
        };
        let Some(read) = log::entries(&bytes).filter(|read| read.len() as u64 == id.width) else {
            let what = "it does not hold the entries of the log that its name says";
            problems.push(Problem::integrity(&below(&id), what));
            break;
        };
        entries.extend(read);
        if !id.is_full() {
            break;
        }
    }
    entries
}

impl LogView {
    /// What the report says of the checkpoint.
    pub(super) fn signed(&self, trust: Trust) -> Option<Signed> {
        let checkpoint = self.checkpoint.as_ref()?;
        Some(Signed {
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root,
            by: trust.signed_by,
        })
    }

    fn compare_root(&mut self, reading: &Reading<'_>) {
        let Some(checkpoint) = &self.checkpoint else {
            return;
        };
        let found = self.tree.size();
        if found < checkpoint.size {
            let what = format!(
                "it covers {} commits, and the log has {found} entries that can be read",
                checkpoint.size
            );
            self.problems.push(Problem::completeness(CHECKPOINT, what));
            return;
        }
        if self.tree.root_at(checkpoint.size) != Some(checkpoint.root) {
            let where_ = self.first_changed(reading);
            let what = format!("the entries of the log are not those that were signed{where_}");
            self.problems.push(Problem::integrity(CHECKPOINT, what));
        }
    }

    /// The first entry that its tile does not know, as the end of a sentence.
    fn first_changed(&self, reading: &Reading<'_>) -> String {
        for id in log::tiles(self.signed) {
            if id.kind != (TileKind::Hashes { level: 0 }) {
                continue;
            }
            let Ok(bytes) = reading.store.read("log tile", &below(&id)) else {
                continue;
            };
            let (hashes, _) = bytes.as_chunks::<32>();
            for (number, hash) in (id.first()..).zip(hashes) {
                let ours = self
                    .tree
                    .nodes(0, number, number + 1)
                    .and_then(<[_]>::first);
                if ours.is_some_and(|ours| ours.0 != *hash) {
                    let place = usize::try_from(number).ok();
                    let entry = place.and_then(|place| self.entries.get(place));
                    let path = entry.map_or("", |entry| entry.path.as_str());
                    return format!(", from entry {number} on ({path})");
                }
            }
        }
        String::new()
    }

    /// Each bundle and tile must be what the entries make it, and those of the checkpoint be there.
    fn compare_tiles(&mut self, reading: &Reading<'_>) {
        for path in reading.present.keys() {
            let Some(id) = path.strip_prefix("log/").and_then(TileId::parse) else {
                continue;
            };
            let right = match reading.store.read("log tile", path) {
                Ok(bytes) => self.expected(&id).is_some_and(|expected| bytes == expected),
                Err(_) => false,
            };
            if !right {
                let what = "it is not the tile that the log's entries make";
                self.problems.push(Problem::integrity(path, what));
            }
        }
        // The entries that are missing are within the next bundle, whatever a checkpoint claims.
        let stated = self.checkpoint.as_ref().map_or(0, |it| it.size);
        let size = stated.min(self.tree.size().saturating_add(TILE_WIDTH));
        for id in log::bundles(size).chain(log::tiles(size)) {
            if !reading.present.contains_key(&below(&id)) {
                let what = "a tile of the log is missing";
                self.problems.push(Problem::completeness(&below(&id), what));
            }
        }
    }

    fn expected(&self, id: &TileId) -> Option<Vec<u8>> {
        let (from, to) = (id.first(), id.first().checked_add(id.width)?);
        match id.kind {
            TileKind::Hashes { level } => {
                let hashes = self.tree.nodes(level * TILE_HEIGHT, from, to)?;
                Some(log::tile_bytes(hashes))
            }
            TileKind::Entries => {
                let range = usize::try_from(from).ok()?..usize::try_from(to).ok()?;
                let mut bundle = Vec::new();
                let entries = self.entries.get(range)?;
                entries
                    .iter()
                    .for_each(|entry| log::push_entry(&mut bundle, entry));
                Some(bundle)
            }
        }
    }

    /// The log must continue the one that was verified before.
    pub(super) fn compare_kept(&mut self, kept: &[u8], trusted: &[VerifierKey]) {
        let read = Note::parse(kept).and_then(|note| Ok((Checkpoint::parse(&note.text)?, note)));
        let (checkpoint, note) = match read {
            Ok(read) => read,
            Err(error) => {
                // Another file was given: it says nothing of this archive.
                let what = format!("the kept checkpoint {error}");
                let unknown = Problem::unknown(About::Integrity, CHECKPOINT, what);
                self.problems.push(unknown);
                return;
            }
        };
        if !trusted
            .iter()
            .any(|key| super::keys::has_signed(key, &note))
        {
            let what = "the kept checkpoint is not signed by a key that is trusted";
            self.problems.push(Problem::integrity(CHECKPOINT, what));
            return;
        }
        let (size, ours) = (checkpoint.size, self.checkpoint.as_ref());
        if ours.is_some_and(|ours| ours.origin != checkpoint.origin) {
            let what = format!("the kept checkpoint is of the log `{}`", checkpoint.origin);
            self.problems.push(Problem::integrity(CHECKPOINT, what));
        } else if size > self.signed {
            let what = format!(
                "the kept checkpoint covers {size} commits, and this log only {}: its tail was cut off",
                self.signed
            );
            self.problems.push(Problem::completeness(CHECKPOINT, what));
        } else if self.tree.root_at(size) == Some(checkpoint.root) {
            self.kept = size;
        } else {
            let what = format!(
                "the first {size} commits are not those of the kept checkpoint: history was rewritten"
            );
            self.problems.push(Problem::integrity(CHECKPOINT, what));
        }
    }
}

fn below(id: &TileId) -> String {
    format!("{LOG}/{}", id.path())
}
