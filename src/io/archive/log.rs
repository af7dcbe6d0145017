//! The writer's side of the log of commits.
//!
//! Entries are fenced like commits: each one creates the bundle of its width, so of two writers at
//! the same place one finds it taken, and takes the next. Bundles and tiles are never changed; only
//! the checkpoint is replaced, and only by a longer one. What a crash leaves (an entry without its
//! tiles, tiles without their checkpoint) is made good when the log is opened again.

use std::collections::BTreeMap;

use super::error::ArchiveError;
use super::layout;
use super::store::{Put, Store};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::log::{self, LogEnd, LogEntry, TILE_WIDTH, TileId, TileKind};
use crate::evidence::note::{Checkpoint, Note, NoteSignature, Signer, VerifierKey};

/// Where the log lies.
pub(super) const LOG: &str = "log";
/// The path of the checkpoint.
pub(super) const CHECKPOINT: &str = "log/checkpoint";
/// Places tried for one entry: so many others can have come between.
const ATTEMPTS_MAX: u32 = 10_000;

/// The last commit of a chain that the log names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Logged {
    pub(super) number: u64,
    pub(super) sha256: Sha256Hash,
}

pub(super) struct LogWriter {
    signer: Box<dyn Signer>,
    origin: String,
    end: LogEnd,
    /// Entries of the last, partial bundle.
    bundle: Vec<u8>,
    /// By the directory of the chain.
    logged: BTreeMap<String, Logged>,
    /// Entries under the newest checkpoint.
    published: u64,
    /// Something failed half-way: the store is asked again before anything else is done.
    stale: bool,
}

impl LogWriter {
    /// Takes the log up where it ended, or begins one.
    pub(super) fn open(store: &Store, signer: Box<dyn Signer>) -> Result<Self, ArchiveError> {
        let origin = signer.verifier().name().to_owned();
        let mut log = LogWriter {
            signer,
            origin,
            end: LogEnd::default(),
            bundle: Vec::new(),
            logged: BTreeMap::new(),
            published: 0,
            stale: true,
        };
        log.refresh(store)?;
        Ok(log)
    }

    fn refresh(&mut self, store: &Store) -> Result<(), ArchiveError> {
        if self.stale {
            self.read(store)?;
            self.stale = false;
        }
        Ok(())
    }

    pub(super) fn logged(&self, chain: &str) -> Option<Logged> {
        self.logged.get(chain).copied()
    }

    pub(super) fn logged_chains(&self) -> impl Iterator<Item = &String> {
        self.logged.keys()
    }

    pub(super) fn size(&self) -> u64 {
        self.end.size()
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// Entries that no checkpoint covers yet.
    pub(super) fn unpublished(&self) -> u64 {
        self.end.size() - self.published
    }

    /// Makes a commit an entry of the log, unless it is one.
    pub(super) fn append(
        &mut self,
        store: &Store,
        (chain, number): (&str, u64),
        sha256: Sha256Hash,
    ) -> Result<(), ArchiveError> {
        let entry = LogEntry {
            path: layout::commit_of(chain, number),
            sha256,
        };
        for _ in 0..ATTEMPTS_MAX {
            self.refresh(store)?;
            if self
                .logged(chain)
                .is_some_and(|logged| logged.number >= number)
            {
                return Ok(());
            }
            let mut bundle = self.bundle.clone();
            log::push_entry(&mut bundle, &entry);
            let id = TileId {
                kind: TileKind::Entries,
                index: self.size() / TILE_WIDTH,
                width: self.size() % TILE_WIDTH + 1,
            };
            let full = TileId {
                width: TILE_WIDTH,
                ..id
            };
            let taken = store.create("log entry", &below(&id), bundle)? == Put::Different
                // Widths of a full bundle may be gone, and with them the fence.
                || (!id.is_full() && store.find("log entry", &below(&full))?.is_some());
            self.stale = true;
            if !taken {
                self.take(store, &entry)?;
                self.stale = false;
                return Ok(());
            }
        }
        Err(store.no_name_left("log entry", CHECKPOINT.to_owned()))
    }

    /// Signs the log as it stands, unless that was done.
    pub(super) fn publish(&mut self, store: &Store) -> Result<(), ArchiveError> {
        self.refresh(store)?;
        if self.unpublished() == 0 {
            return Ok(());
        }
        let note = self.sign(store, &[])?;
        self.put(store, &note)
    }

    /// The checkpoint of the log as it stands, signed with our key and with others.
    pub(super) fn sign(&self, store: &Store, others: &[&dyn Signer]) -> Result<Note, ArchiveError> {
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: self.end.size(),
            root: self.end.root(),
        };
        let ours: &dyn Signer = &*self.signer;
        let signers = std::iter::once(ours).chain(others.iter().copied());
        Note::sign(checkpoint.to_text(), signers).map_err(|error| store.unsigned(&error))
    }

    /// Replaces the checkpoint, unless another writer's is longer.
    pub(super) fn put(&mut self, store: &Store, note: &Note) -> Result<(), ArchiveError> {
        if let Some((newest, _)) = checkpoint(store)?
            && newest.size > self.end.size()
        {
            self.stale = true;
            return self.refresh(store);
        }
        store.replace("checkpoint", CHECKPOINT, note.to_text())?;
        self.published = self.end.size();
        Ok(())
    }

    /// What the store holds of the log. That it begins as our key signed it is asked here, and that
    /// what stands after the checkpoint are commits.
    fn read(&mut self, store: &Store) -> Result<(), ArchiveError> {
        let signed = checkpoint(store)?;
        if let Some((checkpoint, note)) = &signed {
            checkpoint.origin.clone_into(&mut self.origin);
            self.is_ours(store, note)?;
        }
        let signed = signed.map(|(checkpoint, _)| checkpoint);
        let size = signed.as_ref().map_or(0, |signed| signed.size);
        self.end = LogEnd::default();
        self.bundle.clear();
        self.logged.clear();
        self.published = size;
        if let Some(signed) = signed.as_ref().filter(|signed| signed.size == 0) {
            return self.is_as_signed(store, signed);
        }
        for index in 0.. {
            let Some(entries) = bundle_at(store, index)? else {
                break;
            };
            let full = entries.len() as u64 == TILE_WIDTH;
            for entry in &entries {
                if self.end.size() >= size {
                    is_commit(store, entry)?;
                }
                self.take_known(store, entry)?;
                if let Some(signed) = &signed
                    && signed.size == self.end.size()
                {
                    self.is_as_signed(store, signed)?;
                }
            }
            if !full {
                break;
            }
        }
        if self.end.size() < size {
            return Err(store.damaged(CHECKPOINT, &"its log has fewer entries than it says"));
        }
        Ok(())
    }

    fn is_ours(&self, store: &Store, note: &Note) -> Result<(), ArchiveError> {
        let ours = self.signer.verifier();
        let signed = |signature| ours.has_signed(&note.text, signature);
        if note.signatures.iter().any(signed) {
            return Ok(());
        }
        let theirs: Vec<String> = note.signatures.iter().map(NoteSignature::key).collect();
        Err(store.of_another_key(&theirs.join(", "), ours))
    }

    fn is_as_signed(&self, store: &Store, signed: &Checkpoint) -> Result<(), ArchiveError> {
        if self.end.root() == signed.root {
            return Ok(());
        }
        Err(store.damaged(
            CHECKPOINT,
            &"the entries of its log are not those that were signed",
        ))
    }

    /// An entry that is durable: it comes to the end in memory, and its tiles are written.
    fn take(&mut self, store: &Store, entry: &LogEntry) -> Result<(), ArchiveError> {
        for (id, bytes) in self.push(store, entry)? {
            if store.create("log tile", &below(&id), bytes)? == Put::Different {
                return Err(store.damaged(&below(&id), &"it is not the tile of its entries"));
            }
            if id.is_full() {
                store.forget_partial(&below(&id));
            }
        }
        if self.size().is_multiple_of(TILE_WIDTH) {
            let index = self.size() / TILE_WIDTH - 1;
            let id = TileId {
                kind: TileKind::Entries,
                index,
                width: TILE_WIDTH,
            };
            store.forget_partial(&below(&id));
        }
        Ok(())
    }

    /// An entry that was there. The tiles of what no checkpoint covers may be missing.
    fn take_known(&mut self, store: &Store, entry: &LogEntry) -> Result<(), ArchiveError> {
        if self.end.size() >= self.published {
            return self.take(store, entry);
        }
        self.push(store, entry).map(drop)
    }

    fn push(
        &mut self,
        store: &Store,
        entry: &LogEntry,
    ) -> Result<Vec<(TileId, Vec<u8>)>, ArchiveError> {
        let misplaced = || store.damaged(&entry.path, &"the log names it, and it is no commit");
        let (chain, number) = layout::chain_of(&entry.path).ok_or_else(misplaced)?;
        log::push_entry(&mut self.bundle, entry);
        let tiles = self.end.push(entry.leaf());
        if self.size().is_multiple_of(TILE_WIDTH) {
            self.bundle.clear();
        }
        let logged = Logged {
            number,
            sha256: entry.sha256,
        };
        self.logged.insert(chain.to_owned(), logged);
        Ok(tiles)
    }
}

/// Whether what lies at `path` gives way to something else one day: the checkpoint, and tiles that
/// are not full.
pub(super) fn is_replaced(path: &str) -> bool {
    let tile = path.strip_prefix("log/").and_then(TileId::parse);
    path == CHECKPOINT || tile.is_some_and(|tile| !tile.is_full())
}

fn checkpoint(store: &Store) -> Result<Option<(Checkpoint, Note)>, ArchiveError> {
    let Some(bytes) = store.find("checkpoint", CHECKPOINT)? else {
        return Ok(None);
    };
    let damaged = |error| store.damaged(CHECKPOINT, &error);
    let note = Note::parse(&bytes).map_err(damaged)?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(damaged)?;
    Ok(Some((checkpoint, note)))
}

/// An entry that no checkpoint covers is only ours to sign if it names what is there.
fn is_commit(store: &Store, entry: &LogEntry) -> Result<(), ArchiveError> {
    let bytes = store.read("commit", &entry.path)?;
    if Sha256Hash::of(&bytes) == entry.sha256 {
        return Ok(());
    }
    Err(store.damaged(&entry.path, &"it is not the commit that the log names"))
}

/// The entries of the widest bundle there is at this place.
fn bundle_at(store: &Store, index: u64) -> Result<Option<Vec<LogEntry>>, ArchiveError> {
    let full = TileId {
        kind: TileKind::Entries,
        index,
        width: TILE_WIDTH,
    };
    let mut path = below(&full);
    let found = store.find("log entry", &path)?;
    let bytes = if let Some(bytes) = found {
        bytes
    } else {
        let names = store.list(&format!("{path}.p"))?;
        let widths = names.iter().filter_map(|name| name.parse::<u64>().ok());
        let Some(width) = widths.filter(|width| *width < TILE_WIDTH).max() else {
            return Ok(None);
        };
        path = below(&TileId { width, ..full });
        store.read("log entry", &path)?
    };
    let entries = log::entries(&bytes);
    let entries = entries.ok_or_else(|| store.damaged(&path, &"it holds no log entries"))?;
    Ok(Some(entries))
}

fn below(id: &TileId) -> String {
    format!("{LOG}/{}", id.path())
}
