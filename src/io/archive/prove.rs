//! `tenure prove`: one record, or one change of a finding, with all that proves it, without the archive.
//!
//! Its leaf, the way from it to the commit's row root, the commit, the way from it to the
//! log's root, and the signed checkpoint: each a small file that `verify.sh` reads.

use bytes::Bytes;
use serde_json::json;

use super::about::{VERIFY_SCRIPT, key_text};
use super::error::ArchiveError;
use super::layout;
use super::leaves::{Kind, Row};
use super::papers::Papers;
use super::place::Place;
use super::store::Store;
use super::verify::log::{LogView, read as read_log};
use super::verify::{Reading, is_rotation};
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::leaf::{LeafHasher, Sha256Hash, leaf_bytes};
use crate::evidence::tree::{Tree, sides};
use crate::io::keys::{PublicKey, public_key};
use crate::model::record::{Offset, Stream};

/// What to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Record {
        stream: Stream,
        offset: Offset,
    },
    /// The record of which the event with this uid was made.
    Event(String),
    /// The newest change of the finding with this id.
    Finding(String),
}

/// A proof: files by name, and what is proved.
#[derive(Clone, Debug)]
pub struct Proof {
    pub stream: Stream,
    pub offset: Offset,
    pub files: Vec<(String, Vec<u8>)>,
}

/// A commit, and where it lies.
struct Found {
    path: String,
    bytes: Bytes,
    commit: Commit,
    offset: Offset,
}

/// Gathers the proof, and checks each step of it.
pub fn prove(place: impl Into<Place>, wanted: &Wanted) -> Result<Proof, ArchiveError> {
    Prover::open(place)?.prove(wanted)
}

/// An archive with its log read, of which many records are proved.
pub struct Prover {
    store: Store,
    log: LogView,
    papers: Papers,
    /// Public keys and their rotations that lie beside the log, as files of a proof.
    keys: Vec<(String, Vec<u8>)>,
}

impl Prover {
    /// Reads the log, as it is now.
    pub fn open(place: impl Into<Place>) -> Result<Self, ArchiveError> {
        let store = Store::existing(place)?;
        let reading = Reading {
            present: store.everything()?,
            store: &store,
        };
        let log = read_log(&reading);
        let mut keys = Vec::new();
        let paths = reading.present.keys();
        for path in paths.filter(|path| path.starts_with("keys/")) {
            let bytes = store.read("key", path)?;
            if let Some(name) = path.strip_prefix("keys/").filter(|_| is_rotation(path)) {
                keys.push((name.to_owned(), bytes.to_vec()));
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(PublicKey::Named(key)) = public_key(&text) {
                let name = format!("{}.pem", key.id_text());
                keys.push((name, key_text(&key).into_bytes()));
            }
        }
        let papers = Papers::read(&store)?;
        Ok(Prover {
            store,
            log,
            papers,
            keys,
        })
    }

    pub fn prove(&self, wanted: &Wanted) -> Result<Proof, ArchiveError> {
        let Prover {
            store,
            log,
            papers,
            keys,
        } = self;
        let name = wanted.name();
        if let Some(problem) = log.problems.first() {
            let why = format!(
                "{}: {} (`tenure verify` tells more)",
                problem.path, problem.what
            );
            return Err(store.unproved(&name, why));
        }
        let found = match wanted {
            Wanted::Record { stream, offset } => find_record(store, log, stream, *offset)?,
            Wanted::Event(uid) => find_row(store, (log, papers), (Kind::Events, uid))?,
            Wanted::Finding(id) => find_row(store, (log, papers), (Kind::Findings, id))?,
        };
        let found = found.ok_or_else(|| store.unproved(&name, not_there(wanted, papers)))?;
        if let Some(why) = pruned(&found, papers) {
            return Err(store.unproved(&name, why));
        }
        let stream = Stream {
            topic: found.commit.stream.topic.as_str().into(),
            partition: found.commit.stream.partition,
        };
        let mut files = row_proof(store, &found, &stream)
            .map_err(|why| store.unproved(&name, format!("{}: {why}", found.path)))?;
        files.extend(log_proof(log, &found).map_err(|why| store.unproved(&name, why))?);
        files.push(("commit.json".to_owned(), found.bytes.to_vec()));
        files.push(("verify.sh".to_owned(), VERIFY_SCRIPT.as_bytes().to_vec()));
        files.extend(keys.iter().cloned());
        Ok(Proof {
            stream,
            offset: found.offset,
            files,
        })
    }
}

impl Wanted {
    fn name(&self) -> String {
        match self {
            Wanted::Record { stream, offset } => format!("the record {stream}/{offset}"),
            Wanted::Event(uid) => format!("the event {uid}"),
            Wanted::Finding(id) => format!("the finding {id}"),
        }
    }
}

/// Commits of a chain cover ascending offsets, so half of them can be passed over each time.
fn find_record(
    store: &Store,
    log: &LogView,
    stream: &Stream,
    offset: Offset,
) -> Result<Option<Found>, ArchiveError> {
    let chain = layout::commits(stream);
    let logged = log.entries.iter().map(|entry| &entry.path);
    let paths: Vec<&String> = logged
        .filter(|path| layout::chain_of(path).is_some_and(|(of, _)| of == chain))
        .collect();
    let (mut from, mut to) = (0, paths.len());
    while from < to {
        let middle = usize::midpoint(from, to);
        let Some(path) = paths.get(middle) else { break };
        let (bytes, commit) = read_commit(store, path)?;
        if offset >= commit.end {
            from = middle + 1;
        } else if offset < commit.start {
            to = middle;
        } else {
            let path = (*path).clone();
            return Ok(Some(Found {
                path,
                bytes,
                commit,
                offset,
            }));
        }
    }
    Ok(None)
}

/// Looks through the files of all commits, the newest first, for the last row with this uid.
fn find_row(
    store: &Store,
    (log, papers): (&LogView, &Papers),
    (kind, uid): (Kind, &str),
) -> Result<Option<Found>, ArchiveError> {
    for entry in log.entries.iter().rev() {
        let (bytes, commit) = read_commit(store, &entry.path)?;
        let live =
            |file: &&FileRef| Kind::of(file) == Some(kind) && papers.tombstone_of(file).is_none();
        for file in commit.files.iter().filter(live) {
            let parquet = store.read("segment", &file.path)?;
            let mut offset = None;
            let mut look = |row: &Row<'_>| {
                if row.uid == Some(uid) {
                    offset = Some(row.offset);
                }
            };
            let read = kind.rows(parquet, &mut look);
            read.map_err(|why| store.unreadable(&file.path, &why))?;
            if let Some(offset) = offset {
                let path = entry.path.clone();
                return Ok(Some(Found {
                    path,
                    bytes,
                    commit,
                    offset,
                }));
            }
        }
    }
    Ok(None)
}

/// Why the record cannot be proved, if its commit's file was let go. That it was there is proved by
/// the row root, for whoever kept the record.
fn pruned(found: &Found, papers: &Papers) -> Option<String> {
    let mut files = found.commit.files.iter();
    let tombstone = files.find_map(|file| papers.tombstone_of(file))?;
    let what = format!(
        "its file was let go by retention: pruned by {tombstone}. The commit {} still has the row \
         root over its records",
        found.path
    );
    Some(what)
}

fn not_there(wanted: &Wanted, papers: &Papers) -> String {
    let files = papers.tombstones.iter().map(|(_, it)| it.files.len());
    match (wanted, files.sum::<usize>()) {
        (Wanted::Event(_) | Wanted::Finding(_), pruned) if pruned > 0 => format!(
            "it is not there; it may have been in one of the {pruned} files that retention let go"
        ),
        _ => "it is not there".to_owned(),
    }
}

fn read_commit(store: &Store, path: &str) -> Result<(Bytes, Commit), ArchiveError> {
    let bytes = store.read("commit", path)?;
    let commit = serde_json::from_slice(&bytes).map_err(|error| store.damaged(path, &error))?;
    Ok((bytes, commit))
}

/// `record`, `leaf`, `row.proof`
fn row_proof(
    store: &Store,
    found: &Found,
    stream: &Stream,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    let hasher = LeafHasher::new(stream);
    let mut leaves: Vec<(Offset, Sha256Hash)> = Vec::new();
    let mut record: Option<Vec<u8>> = None;
    for file in &found.commit.files {
        let Some(kind) = Kind::of(file) else { continue };
        let bytes = store
            .read("segment", &file.path)
            .map_err(|error| error.to_string())?;
        let mut take = |row: &Row<'_>| {
            if row.index == 0 {
                leaves.push((row.offset, hasher.leaf(row.offset, row.raw)));
                if row.offset == found.offset {
                    record = Some(row.raw.to_vec());
                }
            }
        };
        kind.rows(bytes, &mut take)?;
    }
    let record = record.ok_or("this offset is named as a gap: no record came")?;
    leaves.sort_unstable();
    let mut tree = Tree::default();
    leaves.iter().for_each(|(_, leaf)| tree.push(*leaf));
    let size = tree.size();
    if tree.root_at(size) != Some(found.commit.row_root) {
        return Err("its records are not those that it was written with".to_owned());
    }
    let place = leaves.partition_point(|(offset, _)| *offset < found.offset) as u64;
    let path = tree.inclusion(place, size).ok_or("its tree is too small")?;
    let leaf = leaf_bytes(stream, found.offset, &record);
    Ok(vec![
        ("record".to_owned(), record),
        ("leaf".to_owned(), leaf),
        (
            "row.proof".to_owned(),
            proof_text(&path, &sides(place, size)),
        ),
    ])
}

/// `entry`, `log.proof`, `checkpoint`, `proof.json`
fn log_proof(log: &LogView, found: &Found) -> Result<Vec<(String, Vec<u8>)>, String> {
    let (Some(note), Some(checkpoint)) = (&log.note, &log.checkpoint) else {
        return Err("the archive has no signed checkpoint".to_owned());
    };
    let entries = (0..).zip(&log.entries);
    let place = entries
        .into_iter()
        .find(|(_, entry)| entry.path == found.path);
    let (place, entry) = place
        .filter(|(place, _)| *place < checkpoint.size)
        .ok_or("its commit is not under the checkpoint yet: try again in a moment")?;
    if entry.sha256 != Sha256Hash::of(&found.bytes) {
        return Err(format!(
            "{} is not the commit that the log names",
            found.path
        ));
    }
    let path = log.tree.inclusion(place, checkpoint.size);
    let path = path.ok_or("the log is shorter than its checkpoint says")?;
    let summary = json!({
        "topic": found.commit.stream.topic,
        "partition": found.commit.stream.partition,
        "offset": found.offset,
        "commit": found.path,
        "entry": place,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
    });
    Ok(vec![
        ("entry".to_owned(), entry.to_line().into_bytes()),
        (
            "log.proof".to_owned(),
            proof_text(&path, &sides(place, checkpoint.size)),
        ),
        ("checkpoint".to_owned(), note.to_text().into_bytes()),
        ("proof.json".to_owned(), format!("{summary}\n").into_bytes()),
    ])
}

/// A line `left HASH` or `right HASH` for each sibling, lowest first.
fn proof_text(path: &[Sha256Hash], sides: &[bool]) -> Vec<u8> {
    let lines = path.iter().zip(sides).map(|(hash, left)| {
        let side = if *left { "left" } else { "right" };
        format!("{side} {hash}\n")
    });
    lines.collect::<String>().into_bytes()
}
