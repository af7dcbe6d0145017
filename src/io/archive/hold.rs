//! Legal holds of an archive: adding, releasing and listing them.

use std::ops::ControlFlow;

use super::live;
use super::names::Names;
use super::papers::{self, HOLDS, Papers};
use super::place::Place;
use super::retain::{GoOn, ties};
use super::store::{Put, Store};
use super::{ATTEMPTS_MAX, Archive, ArchiveError, about, layout};
use crate::evidence::commit::FileRef;
use crate::evidence::hold::{FORMAT, HoldAction, HoldInForce, HoldPaper, HoldScope};
use crate::evidence::leaf::Sha256Hash;
use crate::model::time::Timestamp;

/// Times that a document is tried to be committed: so many others can have come between.
const TURNS_MAX: u32 = 100;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    pub id: String,
    /// What to hold; `None` releases.
    pub scope: Option<HoldScope>,
    pub reason: String,
    pub by: String,
}

/// A hold, or its release, that is part of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlaced {
    pub document: String,
    /// Names that are held with those that were stated.
    pub known: Vec<String>,
    /// Those that were stated of which the archive has nothing: misspelt, or still to come.
    pub strangers: Vec<String>,
    /// A file that could not be asked for names: until it can, a hold by identity keeps everything.
    pub unread: Option<String>,
    /// It is under a checkpoint.
    pub signed: bool,
}

/// What an archive says of its holds.
#[derive(Clone, Debug, Default)]
pub struct HoldList {
    pub in_force: Vec<HoldInForce>,
    /// Every hold and release, oldest first, with the paths of their documents.
    pub history: Vec<(String, HoldPaper)>,
}

/// Lists the holds.
pub fn holds(place: impl Into<Place>) -> Result<HoldList, ArchiveError> {
    let papers = Papers::read(&Store::of_archive(place)?)?;
    Ok(HoldList {
        in_force: papers.holds.iter().cloned().collect(),
        history: papers.history,
    })
}

impl Archive {
    /// Makes a hold or its release part of the archive. When this returns it is durable, and in
    /// force; of a signed archive it is under the log.
    pub fn hold(
        &mut self,
        request: &HoldRequest,
        at: Timestamp,
        go_on: &GoOn<'_>,
    ) -> Result<HoldPlaced, ArchiveError> {
        self.introduce(at)?;
        let mut known: Option<(Vec<String>, Option<String>)> = None;
        for _ in 0..TURNS_MAX {
            let papers = Papers::read(&self.store)?;
            self.allows(request, &papers)?;
            let (known, unread) = match &known {
                Some(known) => known.clone(),
                None => known.insert(self.known(request, &papers, go_on)?).clone(),
            };
            // Asked before anything is written: what is in force afterwards must not look refused.
            let strangers = self.strangers(request, &papers, &known)?;
            let paper = HoldPaper {
                format: FORMAT,
                number: 0,
                id: request.id.clone(),
                action: match &request.scope {
                    None => HoldAction::Release,
                    Some(scope) => HoldAction::Add {
                        scope: scope.clone(),
                        known: known.clone(),
                    },
                },
                reason: request.reason.clone(),
                by: request.by.clone(),
                at,
            };
            paper.check().map_err(|why| self.store.refused(why))?;
            let file = self.write_paper(HOLDS, &|number| {
                let paper = HoldPaper {
                    number,
                    ..paper.clone()
                };
                paper.to_bytes()
            })?;
            let document = file.path.clone();
            if self.commit_paper(file, papers.next, at)?.is_none() {
                continue;
            }
            self.publish()?;
            return Ok(HoldPlaced {
                document,
                strangers,
                known,
                unread,
                signed: self.log.is_some(),
            });
        }
        Err(self.store.no_name_left("hold", papers::path(HOLDS, 0)))
    }

    fn allows(&self, request: &HoldRequest, papers: &Papers) -> Result<(), ArchiveError> {
        let (id, has) = (&request.id, papers.holds.has(&request.id));
        let why = match &request.scope {
            Some(_) if has => format!("the hold `{id}` is in force already: release it first"),
            None if !has => format!("no hold `{id}` is in force"),
            None if self.log.is_none() => {
                format!("the release of `{id}` must be signed: give the signing key")
            }
            _ if papers.next == 0 => {
                "it was never signed, so a hold would not be under a log: give the signing key"
                    .to_owned()
            }
            _ => return Ok(()),
        };
        Err(self.store.refused(why))
    }

    /// Names that are the same identities' as those to hold.
    fn known(
        &self,
        request: &HoldRequest,
        papers: &Papers,
        go_on: &GoOn<'_>,
    ) -> Result<(Vec<String>, Option<String>), ArchiveError> {
        let Some(HoldScope::Identities(names)) = &request.scope else {
            return Ok((Vec::new(), None));
        };
        let Some(ties) = ties(&self.store, papers, go_on)? else {
            return Err(self.store.refused("it was stopped".to_owned()));
        };
        let names = Names::new(names).with(&ties);
        Ok((names.to_vec(), ties.unread))
    }

    /// What was to be held and has no trace in the archive. Of identities it can be told where none
    /// of them has another name.
    fn strangers(
        &self,
        request: &HoldRequest,
        papers: &Papers,
        known: &[String],
    ) -> Result<Vec<String>, ArchiveError> {
        match &request.scope {
            Some(HoldScope::Identities(names)) if known.iter().all(|it| names.contains(it)) => {
                Ok(names.clone())
            }
            Some(HoldScope::Sources(names)) => {
                let mut strangers = names.clone();
                live::each(&self.store, papers, &mut |file, _tombstone| {
                    let source = layout::source_of(&file.file.path).unwrap_or_default();
                    let base = source.split('@').next().unwrap_or(source);
                    strangers.retain(|name| name != source && name != base);
                    Ok(if strangers.is_empty() {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    })
                })?;
                Ok(strangers)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Writes a document under the next number that is free.
    pub(super) fn write_paper(
        &self,
        directory: &'static str,
        encode: &dyn Fn(u64) -> Result<Vec<u8>, serde_json::Error>,
    ) -> Result<FileRef, ArchiveError> {
        let names = self.store.list(directory)?;
        let numbers = names.iter().filter_map(|name| layout::commit_number(name));
        let next = numbers.max().map_or(0, |last| last + 1);
        for number in (next..).take(ATTEMPTS_MAX as usize) {
            let path = papers::path(directory, number);
            let bytes = encode(number).map_err(|error| self.store.damaged(&path, &error))?;
            let (sha256, length) = (Sha256Hash::of(&bytes), bytes.len() as u64);
            if self.store.create("document", &path, bytes)? == Put::Created {
                return Ok(FileRef {
                    path,
                    sha256,
                    bytes: length,
                    rows: 0,
                    records: 0,
                });
            }
        }
        Err(self
            .store
            .no_name_left("document", papers::path(directory, next)))
    }

    /// Commits a document as number `next` of the archive's own chain, so that whoever wrote it has
    /// known all documents before it; the number of the commit. `None` where another writer's
    /// commit has that number: the document is gone then, and the writer must look again.
    pub(super) fn commit_paper(
        &mut self,
        file: FileRef,
        next: u64,
        at: Timestamp,
    ) -> Result<Option<u64>, ArchiveError> {
        let stream = about::stream();
        self.forget(&stream);
        let chain = self.chain(&stream)?;
        let path = file.path.clone();
        if chain.next_number() == next {
            match self.commit_next(chain, vec![file], at) {
                Err(ArchiveError::Fenced { .. }) => {}
                Err(error) => return Err(error),
                Ok(commit) => return Ok(Some(commit.number)),
            }
        }
        self.store.delete("document", &path)?;
        Ok(None)
    }
}
