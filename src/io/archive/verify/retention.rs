//! What was let go on purpose: tombstones that the checkpoint covers, and whether each was right.
//!
//! A tombstone explains why a file is not there. It must be one of the documents that the log
//! fixes, its retention must have been over, and no hold of its time may have kept the file. That
//! no row of a held identity was in a file that is gone cannot be seen any more; that the hold was
//! asked can.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::about;
use super::super::papers::{self, Paper, Papers};
use super::Reading;
use super::chains::SoundCommit;
use super::report::Problem;
use crate::evidence::commit::{Commit, FileRef, TimeRange};
use crate::evidence::hold::Touch;
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::tombstone::{Tombstone, Tombstoned};
use crate::model::retention::FilePlace;

/// A file that is gone, and the tombstone that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pruned {
    pub path: String,
    pub tombstone: String,
    pub bytes: u64,
    pub records: u64,
}

/// Something worth knowing that is no fault of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub path: String,
    pub what: String,
}

/// What commits name, by path.
type Named<'c> = BTreeMap<&'c str, (&'c FileRef, Option<TimeRange>)>;

/// Takes the documents in the order of their commits, and judges each tombstone by what was held
/// when it was written.
pub(super) fn read(reading: &Reading<'_>, commits: &[SoundCommit]) -> (Papers, Vec<Problem>) {
    let (mut papers, mut problems) = (Papers::default(), Vec::new());
    let own = about::stream();
    let is_own = |sound: &&SoundCommit| {
        let stream = &sound.commit.stream;
        stream.topic == *own.topic && stream.partition == own.partition
    };
    let mut named: Option<Named<'_>> = None;
    for sound in commits.iter().filter(is_own).filter(|sound| sound.signed) {
        let files = sound.commit.files.iter();
        for file in files.filter(|file| papers::is_paper(&file.path)) {
            // A document that is not there, or is another, is told of with all other files.
            let Some(bytes) = document(reading, file) else {
                continue;
            };
            match papers::parse(file, &bytes) {
                None => {}
                Some(Err(why)) => {
                    let what = format!("the document cannot be understood: {why}");
                    problems.push(Problem::integrity(&file.path, what));
                }
                Some(Ok(paper)) => {
                    if let Paper::Tombstone(tombstone) = &paper {
                        let named = named.get_or_insert_with(|| names(commits));
                        let wrong = judge(tombstone, &papers, named, &sound.commit);
                        let wrong = wrong.into_iter();
                        problems.extend(wrong.map(|what| Problem::integrity(&file.path, what)));
                    }
                    papers.take(file, paper);
                }
            }
        }
    }
    (papers, problems)
}

fn document(reading: &Reading<'_>, file: &FileRef) -> Option<bytes::Bytes> {
    // Asked before it is read: somebody may have put a very large one there.
    let length = reading.present.get(&file.path)?;
    let bytes = (*length == file.bytes).then(|| reading.store.read("document", &file.path));
    let bytes = bytes?.ok()?;
    (Sha256Hash::of(&bytes) == file.sha256).then_some(bytes)
}

fn names(commits: &[SoundCommit]) -> Named<'_> {
    let files = commits.iter().flat_map(|sound| {
        let times = sound.commit.event_times;
        let files = sound.commit.files.iter();
        files.map(move |file| (file.path.as_str(), (file, times)))
    });
    files.collect()
}

/// What is wrong with a tombstone, given all that was said before it.
fn judge(tombstone: &Tombstone, before: &Papers, named: &Named<'_>, of: &Commit) -> Vec<String> {
    let mut wrong = Vec::new();
    if tombstone.as_of > of.written_at {
        wrong.push(format!(
            "it was judged as of {}, after it was written",
            tombstone.as_of
        ));
    }
    for id in tombstone.not_considered(&before.holds) {
        wrong.push(format!(
            "the hold `{id}` was in force, and it does not say that it was asked"
        ));
    }
    let mut once = BTreeSet::new();
    for file in &tombstone.files {
        if !once.insert(&file.path) {
            wrong.push(format!("it names {} twice", file.path));
        }
        wrong.extend(judge_file(tombstone, file, before, named));
    }
    wrong
}

fn judge_file(
    tombstone: &Tombstone,
    file: &Tombstoned,
    before: &Papers,
    named: &Named<'_>,
) -> Vec<String> {
    let path = &file.path;
    let mut wrong = Vec::new();
    if let Some(objection) = tombstone.objection(file) {
        wrong.push(format!("it lets {path} go: {objection}"));
    }
    let committed = named.get(path.as_str());
    let Some((_, times)) = committed.filter(|(committed, _)| file.is_of(committed)) else {
        wrong.push(format!(
            "it lets {path} go, and no commit names that file with that hash"
        ));
        return wrong;
    };
    let Some(place) = FilePlace::of(path) else {
        return wrong;
    };
    for hold in before.holds.iter() {
        if let Touch::Yes(why) = hold.scope.touches(&place, *times) {
            let id = &hold.id;
            wrong.push(format!(
                "it lets {path} go, which the hold `{id}` kept: {why}"
            ));
        }
    }
    wrong
}
