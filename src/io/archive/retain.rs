//! What retention would let go: files whose days are over, and what a hold says of each.
//!
//! Only what lies there as it was committed is let go: a tombstone for what was lost before, or
//! changed, would hide that. Where it cannot be told whether a hold keeps a file, it does.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use serde::Serialize;

use super::error::ArchiveError;
use super::live::{self, CommittedFile};
use super::names::{Names, Ties};
use super::papers::Papers;
use super::place::Place;
use super::store::Store;
use crate::evidence::hold::{HoldInForce, HoldScope, Holds, Touch};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::tombstone::{Considered, Tombstone};
use crate::model::retention::{FilePlace, Retention};
use crate::model::time::Timestamp;

/// Told of the path of each file that is looked at; `false` stops.
pub type GoOn<'g> = dyn Fn(&str) -> bool + 'g;

/// What is asked of retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainSettings {
    pub retention: Retention,
    /// The time as of which days are over.
    pub now: Timestamp,
    /// Who says so: for the tombstone.
    pub by: String,
}

/// A file whose days are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub file: CommittedFile,
    pub keep_days: u32,
}

/// A file that a tombstone let go, and that is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub file: CommittedFile,
    /// The path of the tombstone.
    pub tombstone: String,
    /// Documents of holds that came after the tombstone.
    late: Vec<String>,
}

/// What retention knows of the archive: what it may look at, and which holds there are.
#[derive(Debug)]
pub struct Prepared {
    pub settings: RetainSettings,
    /// Oldest day first.
    pub candidates: Vec<Candidate>,
    pub unfinished: Vec<Unfinished>,
    pub(super) holds: Holds,
    /// By document of a hold by identity.
    names: BTreeMap<String, Names>,
    /// Why there may be more names than these.
    unread: Option<String>,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It may go.
    Due,
    Held(Vec<HeldBy>),
    /// It is not what was committed, so it stays as it is for `verify` to tell of.
    Unsound(String),
}

/// A hold that keeps a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldBy {
    pub id: String,
    /// Of the hold.
    pub reason: String,
    /// What of the file it is that the hold keeps.
    pub why: String,
}

/// Looks through all commits and holds. `None` where it was stopped.
pub fn prepare(
    place: impl Into<Place>,
    settings: &RetainSettings,
    go_on: &GoOn<'_>,
) -> Result<Option<Prepared>, ArchiveError> {
    prepare_in(&Store::of_archive(place)?, settings, go_on)
}

pub(super) fn prepare_in(
    store: &Store,
    settings: &RetainSettings,
    go_on: &GoOn<'_>,
) -> Result<Option<Prepared>, ArchiveError> {
    let papers = Papers::read(store)?;
    let present = store.everything()?;
    let mut prepared = Prepared {
        settings: settings.clone(),
        candidates: Vec::new(),
        unfinished: Vec::new(),
        holds: papers.holds.clone(),
        names: BTreeMap::new(),
        unread: None,
    };
    let mut stopped = false;
    live::each(store, &papers, &mut |file, tombstone| {
        stopped = !go_on(&file.file.path);
        if stopped {
            return Ok(ControlFlow::Break(()));
        }
        let path = &file.file.path;
        match tombstone.map(str::to_owned) {
            Some(tombstone) if present.contains_key(path) => {
                let late = papers.late(&tombstone);
                prepared.unfinished.push(Unfinished {
                    file,
                    tombstone,
                    late,
                });
            }
            Some(_) => {}
            None => {
                let place = FilePlace::of(path);
                let over = place.and_then(|it| settings.retention.is_over(&it, settings.now));
                if let Some(keep_days) = over {
                    prepared.candidates.push(Candidate { file, keep_days });
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let day = |one: &Candidate| FilePlace::of(&one.file.file.path).map(|place| place.day);
    prepared.candidates.sort_by_key(day);
    if stopped || !prepared.learn_names(store, &papers, go_on)? {
        return Ok(None);
    }
    Ok(Some(prepared))
}

/// What would become of each candidate, in their order. Nothing is changed. It ends early where it
/// is stopped.
pub fn fates(
    place: impl Into<Place>,
    prepared: &Prepared,
    go_on: &GoOn<'_>,
) -> Result<Vec<Fate>, ArchiveError> {
    let store = Store::existing(place)?;
    let candidates = prepared.candidates.iter();
    candidates
        .take_while(|one| go_on(&one.file.file.path))
        .map(|one| prepared.fate(&store, &one.file))
        .collect()
}

impl Papers {
    /// Documents of holds in force that a tombstone does not know of.
    fn late(&self, path: &str) -> Vec<String> {
        let tombstone: Option<&Tombstone> = self
            .tombstones
            .iter()
            .find(|(of, _)| of == path)
            .map(|(_, tombstone)| tombstone);
        let considered = |hold: &&HoldInForce| {
            tombstone.is_some_and(|it| it.considered(&hold.document, hold.sha256))
        };
        let late = self.holds.iter().filter(|hold| !considered(hold));
        late.map(|hold| hold.document.clone()).collect()
    }
}

impl Prepared {
    /// Gathers all names of the identities that are held, if a file may have to be asked for them.
    fn learn_names(
        &mut self,
        store: &Store,
        papers: &Papers,
        go_on: &GoOn<'_>,
    ) -> Result<bool, ArchiveError> {
        let by_identity = |hold: &&HoldInForce| matches!(hold.scope, HoldScope::Identities(_));
        let asked = self.holds.iter().any(|hold| by_identity(&hold));
        if !asked || (self.candidates.is_empty() && self.unfinished.is_empty()) {
            return Ok(true);
        }
        let Some(ties) = ties(store, papers, go_on)? else {
            return Ok(false);
        };
        for hold in self.holds.iter().filter(by_identity) {
            let names = names_of(hold).with(&ties);
            self.names.insert(hold.document.clone(), names);
        }
        self.unread = ties.unread;
        Ok(true)
    }

    /// What becomes of a file whose days are over.
    pub(super) fn fate(&self, store: &Store, file: &CommittedFile) -> Result<Fate, ArchiveError> {
        let by_name = self.held(file, |_| true, &mut |_| None);
        if !by_name.is_empty() {
            return Ok(Fate::Held(by_name));
        }
        let path = &file.file.path;
        let Some(bytes) = store.find("file", path)? else {
            let why = "it is missing without a tombstone";
            return Ok(Fate::Unsound(why.to_owned()));
        };
        if Sha256Hash::of(&bytes) != file.file.sha256 {
            let why = "it is not the file that its commit names";
            return Ok(Fate::Unsound(why.to_owned()));
        }
        let held = self.held(file, |_| true, &mut |hold| self.keeps_rows(hold, &bytes));
        Ok(if held.is_empty() {
            Fate::Due
        } else {
            Fate::Held(held)
        })
    }

    /// The holds that came after the tombstone of a file and keep it.
    pub(super) fn held_late(
        &self,
        store: &Store,
        unfinished: &Unfinished,
    ) -> Result<Vec<HeldBy>, ArchiveError> {
        let file = &unfinished.file;
        if unfinished.late.is_empty() {
            return Ok(Vec::new());
        }
        let Some(bytes) = store.find("file", &file.file.path)? else {
            return Ok(Vec::new());
        };
        let is_late = |hold: &HoldInForce| unfinished.late.contains(&hold.document);
        Ok(self.held(file, is_late, &mut |hold| self.keeps_rows(hold, &bytes)))
    }

    /// The holds among those chosen that keep the file; `rows` is asked where its rows tell.
    fn held(
        &self,
        file: &CommittedFile,
        chosen: impl Fn(&HoldInForce) -> bool,
        rows: &mut dyn FnMut(&HoldInForce) -> Option<String>,
    ) -> Vec<HeldBy> {
        let Some(place) = FilePlace::of(&file.file.path) else {
            return Vec::new();
        };
        let holds = self.holds.iter().filter(|hold| chosen(hold));
        let held = holds.filter_map(|hold| {
            let why = match hold.scope.touches(&place, file.times) {
                Touch::No => None,
                Touch::Yes(why) => Some(why),
                Touch::AskRows => rows(hold),
            }?;
            Some(HeldBy {
                id: hold.id.clone(),
                reason: hold.reason.clone(),
                why,
            })
        });
        held.collect()
    }

    /// Why a hold by identity keeps a file with these bytes.
    fn keeps_rows(&self, hold: &HoldInForce, bytes: &Bytes) -> Option<String> {
        if let Some(why) = &self.unread {
            return Some(format!("not all names may be known: {why}"));
        }
        let Some(names) = self.names.get(&hold.document) else {
            return Some("its names are not known".to_owned());
        };
        match names.are_in(bytes.clone()) {
            Ok(None) => None,
            Ok(Some(name)) => Some(format!("it has rows of {name}")),
            Err(error) => Some(format!("its rows cannot be read: {error}")),
        }
    }

    /// The holds in force, for a tombstone.
    pub(super) fn considered(&self) -> Vec<Considered> {
        let holds = self.holds.iter().map(|hold| Considered {
            id: hold.id.clone(),
            document: hold.document.clone(),
            sha256: hold.sha256,
            looked_for: self
                .names
                .get(&hold.document)
                .map_or_else(Vec::new, Names::to_vec),
        });
        holds.collect()
    }
}

/// The names that the hold's document states.
fn names_of(hold: &HoldInForce) -> Names {
    match &hold.scope {
        HoldScope::Identities(names) => Names::new(names.iter().chain(&hold.known)),
        HoldScope::Sources(_) | HoldScope::Days { .. } | HoldScope::All => Names::default(),
    }
}

/// All that live files say of whose names are whose. `None` where it was stopped.
pub(super) fn ties(
    store: &Store,
    papers: &Papers,
    go_on: &GoOn<'_>,
) -> Result<Option<Ties>, ArchiveError> {
    let mut ties = Ties::default();
    let mut stopped = false;
    live::each(store, papers, &mut |file, tombstone| {
        let path = &file.file.path;
        if tombstone.is_some() || FilePlace::of(path).is_none_or(|it| it.dataset == "reads") {
            return Ok(ControlFlow::Continue(()));
        }
        stopped = !go_on(path);
        if stopped {
            return Ok(ControlFlow::Break(()));
        }
        let learnt = match store.find("file", path)? {
            None => Err("it is missing".to_owned()),
            Some(bytes) => ties.learn(bytes).map_err(|error| error.to_string()),
        };
        if let Err(why) = learnt {
            ties.unread = Some(format!("{path} cannot be read: {why}"));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((!stopped).then_some(ties))
}
