//! Letting files go: the tombstone first, then the files.
//!
//! A tombstone is committed at the very place of the archive's own chain that its writer has read
//! up to, so no hold can come before it that was not asked; and it is under a checkpoint before
//! the first file is deleted. Holds that come after it are asked again before the deletion. A crash
//! between the two leaves files that a tombstone names, which the next run deletes.

use serde::Serialize;

use super::papers::{Papers, TOMBSTONES};
use super::retain::{Candidate, Fate, HeldBy, Prepared};
use super::{Archive, ArchiveError, about, layout};
use crate::evidence::commit::FileRef;
use crate::evidence::tombstone::{FORMAT, Tombstone, Tombstoned};
use crate::model::limits::TOMBSTONE_FILES_MAX;
use crate::model::time::Timestamp;

/// Files that are deleted between two looks at the holds.
const FILES_PER_LOOK: usize = 64;

/// What became of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LetGo {
    /// Paths of tombstones that were written.
    pub tombstones: Vec<String>,
    pub deleted: Vec<FileRef>,
    pub held: Vec<(FileRef, Vec<HeldBy>)>,
    /// Files that are not what was committed, and what is wrong.
    pub unsound: Vec<(FileRef, String)>,
    /// Files that a tombstone names and that could not be deleted, and why.
    pub undeleted: Vec<(FileRef, String)>,
}

/// How far letting go came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(LetGo),
    /// Somebody held or released something meanwhile. Nothing was deleted since: prepare again.
    HoldsChanged(LetGo),
}

impl LetGo {
    /// Takes what became of further files.
    pub fn add(&mut self, other: LetGo) {
        self.tombstones.extend(other.tombstones);
        self.deleted.extend(other.deleted);
        self.held.extend(other.held);
        self.unsound.extend(other.unsound);
        self.undeleted.extend(other.undeleted);
    }
}

impl Archive {
    /// Deletes what earlier tombstones let go, unless a later hold keeps it.
    pub fn finish_letting_go(&mut self, prepared: &Prepared) -> Result<Outcome, ArchiveError> {
        let mut went = LetGo::default();
        if prepared.unfinished.is_empty() {
            return Ok(Outcome::Done(went));
        }
        let papers = Papers::read(&self.store)?;
        self.confirm(papers.next)?;
        let mut due = Vec::new();
        for unfinished in &prepared.unfinished {
            let file = &unfinished.file.file;
            let held = prepared.held_late(&self.store, unfinished)?;
            if held.is_empty() {
                due.push(file);
            } else {
                went.held.push((file.clone(), held));
            }
        }
        self.delete_all(prepared, &due, went)
    }

    /// Lets those of the candidates go that no hold keeps and that are what was committed, under
    /// one tombstone.
    pub fn let_go(
        &mut self,
        prepared: &Prepared,
        candidates: &[Candidate],
        at: Timestamp,
    ) -> Result<Outcome, ArchiveError> {
        let mut went = LetGo::default();
        let mut due = Vec::new();
        for candidate in candidates.iter().take(TOMBSTONE_FILES_MAX) {
            let file = candidate.file.file.clone();
            match prepared.fate(&self.store, &candidate.file)? {
                Fate::Due => due.push(candidate),
                Fate::Held(by) => went.held.push((file, by)),
                Fate::Unsound(why) => went.unsound.push((file, why)),
            }
        }
        if due.is_empty() {
            return Ok(Outcome::Done(went));
        }
        // A clock that was set back meanwhile must not let it seem judged before its time.
        let at = at.max(prepared.settings.now);
        self.introduce(at)?;
        let Some((path, number)) = self.commit_tombstone(prepared, &due, at)? else {
            return Ok(Outcome::HoldsChanged(went));
        };
        went.tombstones.push(path);
        self.confirm(number + 1)?;
        let due: Vec<&FileRef> = due.iter().map(|one| &one.file.file).collect();
        self.delete_all(prepared, &due, went)
    }

    /// `None` where the holds, or the files that are gone, are not those that were looked at.
    fn commit_tombstone(
        &mut self,
        prepared: &Prepared,
        due: &[&Candidate],
        at: Timestamp,
    ) -> Result<Option<(String, u64)>, ArchiveError> {
        loop {
            let papers = Papers::read(&self.store)?;
            let gone = |one: &&Candidate| papers.tombstone_of(&one.file.file).is_some();
            if papers.holds != prepared.holds || due.iter().any(gone) {
                return Ok(None);
            }
            let tombstone = tombstone(prepared, due, at);
            let file = self.write_paper(TOMBSTONES, &|number| {
                let tombstone = Tombstone {
                    number,
                    ..tombstone.clone()
                };
                tombstone.to_bytes()
            })?;
            let path = file.path.clone();
            // Each turn that is lost is another writer's commit, so this ends.
            if let Some(number) = self.commit_paper(file, papers.next, at)? {
                return Ok(Some((path, number)));
            }
        }
    }

    /// That all commits of the archive's own chain before `next` are under a checkpoint, as the
    /// store has it.
    fn confirm(&mut self, next: u64) -> Result<(), ArchiveError> {
        self.publish()?;
        let chain = layout::commits(&about::stream());
        let signed = match (&mut self.log, next.checked_sub(1)) {
            (Some(log), Some(last)) => log.has_signed(&self.store, &chain, last)?,
            _ => false,
        };
        if signed {
            return Ok(());
        }
        let why = "the tombstone is not under a checkpoint yet, so its files stay; try again (it \
                   needs the signing key)";
        Err(self.store.refused(why))
    }

    /// Deletes files that a signed tombstone names. A hold that came after it still keeps what is
    /// there.
    fn delete_all(
        &self,
        prepared: &Prepared,
        due: &[&FileRef],
        mut went: LetGo,
    ) -> Result<Outcome, ArchiveError> {
        for some in due.chunks(FILES_PER_LOOK) {
            if Papers::read(&self.store)?.holds != prepared.holds {
                return Ok(Outcome::HoldsChanged(went));
            }
            for file in some.iter().copied().cloned() {
                match self.store.delete("file", &file.path) {
                    Ok(()) => went.deleted.push(file),
                    // The others need not stay for it: the next run tries again.
                    Err(error) => went.undeleted.push((file, error.to_string())),
                }
            }
        }
        Ok(Outcome::Done(went))
    }
}

fn tombstone(prepared: &Prepared, due: &[&Candidate], at: Timestamp) -> Tombstone {
    let settings = &prepared.settings;
    let files = due.iter().map(|candidate| {
        let committed = &candidate.file;
        let file = committed.file.clone();
        Tombstoned {
            path: file.path,
            sha256: file.sha256,
            bytes: file.bytes,
            rows: file.rows,
            records: file.records,
            commit: committed.commit.clone(),
            start: committed.offsets.0,
            end: committed.offsets.1,
            row_root: committed.row_root,
            keep_days: candidate.keep_days,
        }
    });
    Tombstone {
        format: FORMAT,
        number: 0,
        why: "the days that retention keeps them are over".to_owned(),
        retention: settings.retention.clone(),
        as_of: settings.now,
        holds: prepared.considered(),
        by: settings.by.clone(),
        at,
        files: files.collect(),
    }
}

#[cfg(test)]
mod tests;
