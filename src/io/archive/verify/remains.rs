//! What a file that is not the one committed still shows of the records that were.
//!
//! A changed byte condemns a file, and hardly ever all its records: their leaves, block by block, are
//! in the commit. Within a block the record is named that has another's event id: the id is a hash
//! of source and bytes, which whoever changes bytes seldom thinks of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::catch_unwind;

use bytes::Bytes;

use super::super::layout;
use super::super::leaves::{Kind, Row};
use crate::evidence::blocks::BLOCK_LEAVES;
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::leaf::{LeafHasher, RowTree, Sha256Hash};
use crate::model::id::{EventUid, SourceName};
use crate::model::limits::{EVENTS_PER_RECORD_MAX, SEGMENT_ROWS_MAX};
use crate::model::record::{Offset, Stream};

/// Rows of a file of one commit: a segment's, with the events of its last record.
const ROWS_MAX: u64 = (SEGMENT_ROWS_MAX + EVENTS_PER_RECORD_MAX) as u64;
/// Stretches of offsets that a message names; the others are counted.
const STRETCHES_MAX: usize = 8;

/// What can be told of the records of a file.
#[derive(Debug, Default)]
pub(super) struct Remains {
    /// Records, or changes, that were written.
    written: u64,
    /// Offsets, or numbers of changes, as `[from, to)`, ascending: what is there is not what was
    /// written.
    changed: Vec<(Offset, Offset)>,
    /// In each of these is at least one that is not what was written; which, cannot be told.
    doubtful: Vec<(Offset, Offset)>,
    missing: Vec<(Offset, Offset)>,
    /// Are there, and were never written.
    added: Vec<(Offset, Offset)>,
    /// Are there more than once.
    repeated: Vec<(Offset, Offset)>,
    /// How many are as they were written, beyond doubt.
    sound: u64,
    /// How many cannot be told from those of their block that are not.
    untold: u64,
}

/// The rows of a file, as they are found.
#[derive(Default)]
struct Found {
    leaves: BTreeMap<Offset, Sha256Hash>,
    /// Whose event id is not that of their bytes.
    at_odds: BTreeSet<Offset>,
    repeated: BTreeSet<Offset>,
}

/// Looks for what `commit` says of its records in bytes that are not those of `file`; else why they
/// cannot be read. `None` where its rows are no leaves.
pub(super) fn of(
    bytes: Bytes,
    (commit, file): (&Commit, &FileRef),
    stream: &Stream,
) -> Option<Result<Remains, String>> {
    // No writer of ours makes another; what is forged must not take our memory.
    let usual = commit.files.len() == 1 && file.rows.max(file.records) <= ROWS_MAX;
    let kind = Kind::of(file).filter(|_| usual)?;
    // These bytes are known to be wrong, and the library that reads them was made for right ones.
    let read = catch_unwind(|| Found::read(kind, bytes, (file, stream)));
    let read = read.unwrap_or_else(|_panic| Err("its rows cannot be read".to_owned()));
    let compared = read.map(|found| {
        let expected = match kind {
            Kind::Events => offsets(commit),
            Kind::Findings => numbers(&found, file.rows),
        };
        compare(&found, &expected, &stated(commit))
    });
    Some(compared)
}

impl Found {
    fn read(kind: Kind, bytes: Bytes, (file, stream): (&FileRef, &Stream)) -> Result<Self, String> {
        let source = layout::source_of(&file.path).map(SourceName::new);
        let hasher = LeafHasher::new(stream);
        let mut found = Found::default();
        let at_odds = |row: &Row<'_>| match (&source, row.uid) {
            (Some(source), Some(uid)) => EventUid::new(source, row.raw, 0).to_string() != uid,
            _ => false,
        };
        kind.rows(bytes, &mut |row| {
            if row.index != 0 {
                return;
            }
            let leaf = hasher.leaf(row.offset, row.raw);
            if found.leaves.insert(row.offset, leaf).is_some() {
                found.repeated.insert(row.offset);
            }
            if at_odds(row) {
                found.at_odds.insert(row.offset);
            }
        })?;
        Ok(found)
    }
}

/// Every offset that was archived.
fn offsets(commit: &Commit) -> Vec<Offset> {
    let mut gaps = commit.counts.gaps.iter().peekable();
    let mut offsets = Vec::new();
    let mut offset = commit.start;
    while offset < commit.end {
        if let Some((_, to)) = gaps.next_if(|(from, _)| *from == offset) {
            offset = *to;
        } else {
            offsets.push(offset);
            offset += 1;
        }
    }
    offsets
}

/// The numbers of a file's changes follow one another: its commit does not say from which on.
fn numbers(found: &Found, rows: u64) -> Vec<Offset> {
    let first = found.leaves.keys().next().copied().unwrap_or(0);
    let rows = Offset::try_from(rows).unwrap_or(Offset::MAX);
    (first..first.saturating_add(rows)).collect()
}

/// The root over each block; none where a commit of many records does not say.
fn stated(commit: &Commit) -> Vec<Sha256Hash> {
    if commit.row_blocks.is_empty() {
        vec![commit.row_root]
    } else {
        commit.row_blocks.clone()
    }
}

fn compare(found: &Found, expected: &[Offset], stated: &[Sha256Hash]) -> Remains {
    let mut remains = Remains {
        written: expected.len() as u64,
        ..Remains::default()
    };
    let blocks = expected.len().div_ceil(BLOCK_LEAVES);
    // A commit of an earlier version has one root over all.
    let width = if blocks == stated.len() {
        BLOCK_LEAVES
    } else {
        expected.len().max(1)
    };
    for (block, stated) in expected.chunks(width).zip(stated) {
        let leaves: Vec<Sha256Hash> = block
            .iter()
            .filter_map(|offset| found.leaves.get(offset))
            .copied()
            .collect();
        let mut tree = RowTree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        if leaves.len() == block.len() && tree.root() == *stated {
            remains.sound += block.len() as u64;
        } else {
            remains.take_block(block, found);
        }
    }
    let known: BTreeSet<Offset> = expected.iter().copied().collect();
    let added = found.leaves.keys().filter(|offset| !known.contains(offset));
    remains.added = stretches(added.copied());
    remains.repeated = stretches(found.repeated.iter().copied());
    remains
}

impl Remains {
    /// A block whose root is not the one that was signed.
    fn take_block(&mut self, block: &[Offset], found: &Found) {
        let offsets = || block.iter().copied();
        let missing = stretches(offsets().filter(|it| !found.leaves.contains_key(it)));
        let changed = stretches(offsets().filter(|it| found.at_odds.contains(it)));
        // What is named explains why the block is another; whether it explains all cannot be told.
        if missing.is_empty() && changed.is_empty() {
            self.doubtful.extend(stretches(offsets()));
        }
        self.untold += block.len() as u64 - count(&missing) - count(&changed);
        self.missing.extend(missing);
        self.changed.extend(changed);
    }

    /// What was written and is not there, as `[from, to)`.
    pub(super) fn missing(&self) -> &[(Offset, Offset)] {
        &self.missing
    }

    /// The least range that has all of them, as `[from, to)`.
    pub(super) fn offsets(&self) -> Option<(Offset, Offset)> {
        let all = [
            &self.changed,
            &self.doubtful,
            &self.missing,
            &self.added,
            &self.repeated,
        ];
        let all = || all.into_iter().flatten();
        let from = all().map(|(from, _)| *from).min()?;
        Some((from, all().map(|(_, to)| *to).max()?))
    }
}

fn count(stretches: &[(Offset, Offset)]) -> u64 {
    stretches.iter().map(|(from, to)| to.abs_diff(*from)).sum()
}

/// Ascending numbers as stretches without holes, `[from, to)`.
fn stretches(numbers: impl Iterator<Item = Offset>) -> Vec<(Offset, Offset)> {
    let mut stretches: Vec<(Offset, Offset)> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some((_, to)) if *to == number => *to += 1,
            _ => stretches.push((number, number.saturating_add(1))),
        }
    }
    stretches
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.offsets().is_none() {
            return write!(
                f,
                "the bytes of all its {} records are as they were written: what differs is in the other \
                 columns, or in how they are stored",
                self.written
            );
        }
        for (what, stretches) in [
            ("not as written: ", &self.changed),
            ("at least one not as written of each of: ", &self.doubtful),
            ("missing: ", &self.missing),
            ("never written: ", &self.added),
            ("there more than once: ", &self.repeated),
        ] {
            if !stretches.is_empty() {
                write!(f, "{what}{}; ", Stretches(stretches))?;
            }
        }
        write!(
            f,
            "{} of {} are proved to be as they were written",
            self.sound, self.written
        )?;
        match self.untold {
            0 => Ok(()),
            untold => write!(f, ", of {untold} it cannot be told"),
        }
    }
}

pub(super) struct Stretches<'s>(pub(super) &'s [(Offset, Offset)]);

impl fmt::Display for Stretches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (from, to)) in self.0.iter().take(STRETCHES_MAX).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let last = to - 1;
            if *from == last {
                write!(f, "{comma}{from}")?;
            } else {
                write!(f, "{comma}{from} to {last}")?;
            }
        }
        match self.0.len().saturating_sub(STRETCHES_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests;
