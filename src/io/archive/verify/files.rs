//! The files that commits name: their hashes, and the records in them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::leaves::Kind;
use super::super::papers::Papers;
use super::chains::SoundCommit;
use super::contents::Contents;
use super::remains::{self, Stretches};
use super::report::{Counted, Problem};
use super::retention::{Notice, Pruned};
use super::{Progress, Reading, in_parallel};
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::model::limits::VERIFY_CHANGED_BYTES_MAX;
use crate::model::record::{Offset, Stream};

#[derive(Default)]
pub(super) struct Files {
    pub(super) problems: Vec<Problem>,
    pub(super) counted: Counted,
    /// Paths of all files.
    pub(super) known: BTreeSet<String>,
    pub(super) pruned: Vec<Pruned>,
    pub(super) notices: Vec<Notice>,
}

pub(super) fn check(
    reading: &Reading<'_>,
    (commits, papers): (&[SoundCommit], &Papers),
    threads: usize,
    progress: &(dyn Fn(Progress) + Sync),
) -> Files {
    let done = AtomicUsize::new(0);
    let one = |commit: &SoundCommit| {
        let files = check_commit(reading, papers, commit);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(Progress {
            done,
            of: commits.len(),
        });
        files
    };
    let mut all = Files::default();
    for one in in_parallel(commits, threads, &one) {
        all.problems.extend(one.problems);
        all.counted.add(&one.counted);
        all.pruned.extend(one.pruned);
        all.notices.extend(one.notices);
        for path in one.known {
            if let Some(twice) = all.known.replace(path) {
                let what = "two commits name this file, and each file belongs to one";
                all.problems.push(Problem::integrity(&twice, what));
            }
        }
    }
    all
}

fn check_commit(reading: &Reading<'_>, papers: &Papers, sound: &SoundCommit) -> Files {
    let commit = &sound.commit;
    let stream = Stream {
        topic: commit.stream.topic.as_str().into(),
        partition: commit.stream.partition,
    };
    let mut found = Files::default();
    let mut contents = Contents::default();
    let mut whole = !sound.before;
    for file in &commit.files {
        found.known.insert(file.path.clone());
        found.counted.files += 1;
        found.counted.bytes += file.bytes;
        let tombstone = papers.tombstone_of(file);
        if !reading.present.contains_key(&file.path) {
            found.gone(file, tombstone);
            whole = false;
            continue;
        }
        if let Some(tombstone) = tombstone {
            let what = format!("{tombstone} lets it go, and it is still there");
            let path = file.path.clone();
            found.notices.push(Notice { path, what });
        }
        if !sound.before
            && let Err(wrong) = check_file(reading, (commit, file), &stream, &mut contents)
        {
            found.problems.extend(wrong.problems(&file.path));
            whole = false;
        }
    }
    if whole {
        let problems = contents.compare(commit);
        let problem = |what| Problem::integrity(&sound.path, what);
        found.problems.extend(problems.into_iter().map(problem));
    }
    let counts = &commit.counts;
    found.counted.records += counts.records;
    found.counted.events += counts.events;
    found.counted.rejects += counts.rejects.values().sum::<u64>();
    let place = |problem: Problem| {
        let problem = problem.at(&stream, commit.number);
        if commit.start < commit.end && problem.offsets.is_none() {
            problem.over(commit.start, commit.end)
        } else {
            problem
        }
    };
    found.problems = found.problems.into_iter().map(place).collect();
    found
}

impl Files {
    /// A file that is not there: let go, or missing.
    fn gone(&mut self, file: &FileRef, tombstone: Option<&str>) {
        let Some(tombstone) = tombstone else {
            let what = "the file is missing, with all its records";
            self.problems.push(Problem::completeness(&file.path, what));
            return;
        };
        self.counted.pruned_files += 1;
        self.counted.pruned_bytes += file.bytes;
        self.counted.pruned_records += file.records;
        self.pruned.push(Pruned {
            path: file.path.clone(),
            tombstone: tombstone.to_owned(),
            bytes: file.bytes,
            records: file.records,
        });
    }
}

/// What is wrong with a file, and with which of its records if that can be told.
struct Wrong {
    what: String,
    offsets: Option<(Offset, Offset)>,
    /// What was written and is not there.
    missing: Vec<(Offset, Offset)>,
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Wrong {
            what,
            offsets: None,
            missing: Vec::new(),
        }
    }
}

impl Wrong {
    /// A changed file is no longer what was written; what is gone from it is no longer all.
    fn problems(self, path: &str) -> Vec<Problem> {
        let over = |problem: Problem, offsets: Option<(Offset, Offset)>| match offsets {
            Some((from, to)) => problem.over(from, to),
            None => problem,
        };
        let mut problems = vec![over(Problem::integrity(path, self.what), self.offsets)];
        if let Some(((from, _), (_, to))) = self.missing.first().zip(self.missing.last()) {
            let what = format!("it lacks what was written: {}", Stretches(&self.missing));
            problems.push(over(Problem::completeness(path, what), Some((*from, *to))));
        }
        problems
    }
}

/// Compares one file with what its commit says, and takes what is in it; else what is wrong.
fn check_file(
    reading: &Reading<'_>,
    (commit, file): (&Commit, &FileRef),
    stream: &Stream,
    contents: &mut Contents,
) -> Result<(), Wrong> {
    let length = reading.present.get(&file.path).copied();
    let length = length.unwrap_or(file.bytes);
    let other_length = format!("it has {length} bytes in place of {}", file.bytes);
    // Asked before it is read: somebody may have put a very large one there.
    if length != file.bytes && length > VERIFY_CHANGED_BYTES_MAX {
        return Err(other_length.into());
    }
    let bytes = reading
        .store
        .read("file", &file.path)
        .map_err(|error| error.to_string())?;
    let sha256 = Sha256Hash::of(&bytes);
    if sha256 != file.sha256 {
        let what = if length == file.bytes {
            format!("its SHA-256 is {sha256} in place of {}", file.sha256)
        } else {
            other_length
        };
        return Err(match remains::of(bytes, (commit, file), stream) {
            None => what.into(),
            Some(Err(why)) => format!("{what}; {why}").into(),
            Some(Ok(remains)) => Wrong {
                what: format!("{what}; {remains}"),
                offsets: remains.offsets(),
                missing: remains.missing().to_vec(),
            },
        });
    }
    match Kind::of(file) {
        None => return Ok(()),
        Some(Kind::Findings) => return Ok(contents.take_changes(bytes, (file, stream))?),
        Some(Kind::Events) => {}
    }
    let before = (contents.rows, contents.records);
    contents.take(bytes, stream)?;
    let (rows, records) = (contents.rows - before.0, contents.records - before.1);
    if (rows, records) != (file.rows, file.records) {
        let what = format!(
            "it has {rows} rows and {records} records in place of {} and {}",
            file.rows, file.records
        );
        return Err(what.into());
    }
    Ok(())
}
