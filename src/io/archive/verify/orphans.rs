//! Files of datasets that no commit names: the rest of writes that a crash cut short. Nobody reads
//! them; here they are found, and deleted.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::error::ArchiveError;
use super::super::layout;
use super::super::place::Place;
use super::super::store::Store;
use super::report::{Problem, Verdict};
use super::{Reading, chains, log};
use crate::model::time::Timestamp;

/// What is to be done with what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaning {
    /// Nothing.
    Look,
    Delete,
}

/// What was found, and deleted where that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Orphans {
    /// Old enough to be nobody's any more. Ascending by path.
    pub old: Vec<Orphan>,
    /// A commit may be about to name them.
    pub young: Vec<Orphan>,
    pub deleted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// From the archive's root.
    pub path: String,
    pub bytes: u64,
    pub modified_at: Timestamp,
}

/// Finds files of datasets that no commit names; deletes those that were last written before
/// `limit`. An archive whose log or commits are not whole is left alone: what belongs to a commit
/// that is gone is no orphan.
pub fn clean(
    place: impl Into<Place>,
    limit: Timestamp,
    cleaning: Cleaning,
) -> Result<Orphans, ArchiveError> {
    clean_in(&Store::existing(place)?, limit, cleaning)
}

fn clean_in(store: &Store, limit: Timestamp, cleaning: Cleaning) -> Result<Orphans, ArchiveError> {
    // Listed before the commits are read: what is committed meanwhile is not listed, or is named.
    let listed = store.modified()?;
    let named = named(store)?;
    let mut orphans = Orphans::default();
    for (path, (bytes, modified_at)) in listed {
        if !layout::is_of_dataset(&path) || named.contains(&path) {
            continue;
        }
        let orphan = Orphan {
            path,
            bytes,
            modified_at,
        };
        if modified_at < limit {
            orphans.old.push(orphan);
        } else {
            orphans.young.push(orphan);
        }
    }
    if cleaning == Cleaning::Delete {
        for orphan in &orphans.old {
            store.delete("file", &orphan.path)?;
        }
        orphans.deleted = true;
    }
    Ok(orphans)
}

/// Every file that a commit names.
fn named(store: &Store) -> Result<BTreeSet<String>, ArchiveError> {
    let reading = Reading {
        present: store.everything()?,
        store,
    };
    let log = log::read(&reading);
    let chains = chains::check(&reading, &log, 1);
    let mut problems = log.problems.iter().chain(&chains.problems);
    let broken = |problem: &&Problem| problem.verdict == Verdict::Broken;
    if let Some(problem) = problems.find(broken) {
        let why = format!("{}: files of it may be missed as orphans", problem.what);
        return Err(store.damaged(&problem.path, &why));
    }
    if chains.commits.is_empty() {
        let why = "it holds no commits, so no file of it can be told from an orphan";
        return Err(store.damaged(layout::COMMITS, &why));
    }
    let files = chains.commits.into_iter().flat_map(|it| it.commit.files);
    Ok(files.map(|file| file.path).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::io::archive::verify::tests::archive;
    use crate::model::time::Span;

    fn paths(orphans: &[Orphan]) -> Vec<&str> {
        orphans.iter().map(|orphan| &*orphan.path).collect()
    }

    #[test]
    fn only_old_files_of_datasets_that_no_commit_names_are_deleted() {
        let directory = archive();
        let root = directory.path();
        let location = root.to_str().expect("path");
        let day = root.join("findings/day=2026-03-01");
        fs::create_dir_all(&day).expect("directory");
        fs::write(day.join("seg-x.parquet"), "half a file").expect("orphan");
        fs::write(root.join("events/note.txt"), "of somebody").expect("orphan");
        fs::write(root.join("note.txt"), "no dataset").expect("foreign");
        let before = Store::existing(location)
            .and_then(|store| store.everything())
            .expect("listing");
        let past = Timestamp::from_seconds(0);
        let future = Timestamp::MAX;
        let young = clean(location, past, Cleaning::Delete).expect("cleaned");
        assert_eq!(young.old, []);
        let orphans = ["events/note.txt", "findings/day=2026-03-01/seg-x.parquet"];
        assert_eq!(paths(&young.young), orphans);
        let looked = clean(location, future, Cleaning::Look).expect("looked");
        assert_eq!(
            (paths(&looked.old), looked.deleted),
            (orphans.to_vec(), false)
        );
        let cleaned = clean(location, future, Cleaning::Delete).expect("cleaned");
        assert_eq!(
            (paths(&cleaned.old), cleaned.deleted),
            (orphans.to_vec(), true)
        );
        let after = Store::existing(location)
            .and_then(|store| store.everything())
            .expect("listing");
        let gone = before.keys().filter(|path| !after.contains_key(*path));
        assert_eq!(gone.collect::<Vec<_>>(), orphans);
        let recent = cleaned.old.iter().all(|orphan| {
            orphan.modified_at > Timestamp::from_seconds(1_700_000_000)
                && orphan.modified_at.since(past) > Span::ZERO
        });
        assert!(recent, "{cleaned:?}");
    }

    /// A commit that was taken away would make orphans of its files.
    #[test]
    fn an_archive_of_which_a_commit_is_missing_is_left_alone() {
        let directory = archive();
        let location = directory.path().to_str().expect("path");
        let commits = directory.path().join("commits");
        let chain = fs::read_dir(&commits).expect("chains").next();
        let chain = chain.expect("a chain").expect("an entry").path();
        fs::remove_dir_all(chain).expect("removed");
        let error = clean(location, Timestamp::MAX, Cleaning::Delete).expect_err("refused");
        assert!(error.to_string().contains("damaged"), "{error}");
        fs::remove_dir_all(&commits).expect("removed");
        assert!(clean(location, Timestamp::MAX, Cleaning::Delete).is_err());
    }
}
