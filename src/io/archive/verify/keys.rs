//! Whose signatures there are, and whether they are to be trusted.
//!
//! Trust comes from pinned keys alone. The keys beside the data tell who else may have signed, so
//! that every signature can be looked at. A rotation is a checkpoint that the old and the new key
//! both signed: who trusts the old one trusts the new one from there on.

use std::collections::BTreeMap;

use super::super::about::{key_path, key_text};
use super::super::layout::KEYS;
use super::super::log::CHECKPOINT;
use super::log::LogView;
use super::report::{About, Problem};
use super::{Reading, VerifySettings};
use crate::evidence::note::{Checkpoint, Note, NoteSignature, VerifierKey};
use crate::io::keys::{PublicKey, public_key};

/// What the signatures amount to.
pub(super) struct Trust {
    /// Trusted keys that signed the checkpoint.
    pub(super) signed_by: Vec<String>,
    /// Keys that were pinned, and those that they led to.
    pub(super) keys: Vec<VerifierKey>,
}

/// A checkpoint that several keys signed.
struct Rotation {
    path: String,
    size: u64,
    note: Note,
}

/// Whether a rotation's checkpoint may lie there.
pub(in crate::io::archive) fn is_rotation(path: &str) -> bool {
    rotation_size(path).is_some()
}

/// Where the rotation at this size of the log lies.
pub(in crate::io::archive) fn rotation_path(size: u64) -> String {
    format!("{KEYS}/rotation-{size:012}.checkpoint")
}

fn rotation_size(path: &str) -> Option<u64> {
    let digits = path
        .strip_prefix("keys/rotation-")?
        .strip_suffix(".checkpoint")?;
    let size = digits.parse().ok()?;
    (rotation_path(size) == path).then_some(size)
}

pub(super) fn has_signed(key: &VerifierKey, note: &Note) -> bool {
    note.signatures
        .iter()
        .any(|one| key.has_signed(&note.text, one))
}

pub(super) fn judge(
    reading: &Reading<'_>,
    log: &LogView,
    settings: &VerifySettings,
) -> (Trust, Vec<Problem>) {
    let mut problems = Vec::new();
    let origin = log.checkpoint.as_ref().map_or("", |it| it.origin.as_str());
    let pinned = settings
        .keys
        .iter()
        .filter_map(|key| key.of_log(origin).ok());
    let pinned: Vec<VerifierKey> = pinned.collect();
    let beside = beside(reading, &mut problems);
    let mut trusted = pinned.clone();
    if settings.keys.is_empty() {
        let what = "no key was pinned: whoever rewrote the archive could have signed it with a key \
                    of their own. Pass --key with the key that you got from a place you trust";
        problems.push(Problem::unknown(About::Integrity, CHECKPOINT, what));
        trusted.extend(beside.iter().cloned());
    }
    let known: Vec<VerifierKey> = pinned.into_iter().chain(beside.iter().cloned()).collect();
    let rotations = rotations(reading, log, &known, &mut problems);
    for rotation in rotations.values() {
        let signed = |key: &&VerifierKey| has_signed(key, &rotation.note);
        if trusted.iter().any(|key| signed(&key)) {
            trusted.extend(known.iter().filter(signed).cloned());
        }
    }
    let mut signed_by = Vec::new();
    if let Some(note) = &log.note {
        signatures(CHECKPOINT, note, &known, &mut problems);
        let by = trusted
            .iter()
            .filter(|key| key.name() == origin && has_signed(key, note));
        signed_by = by.map(ToString::to_string).collect();
        signed_by.sort_unstable();
        signed_by.dedup();
        if signed_by.is_empty() {
            problems.push(untrusted(note, settings));
        }
    }
    let idle = |key: &&VerifierKey| {
        let mut notes = rotations
            .values()
            .map(|rotation| &rotation.note)
            .chain(&log.note);
        !notes.any(|note| has_signed(key, note))
    };
    for key in beside.iter().filter(idle) {
        let what = "nothing here is signed with this key: the checkpoint of a rotation is missing";
        problems.push(Problem::completeness(&key_path(key), what));
    }
    let trust = Trust {
        signed_by,
        keys: trusted,
    };
    (trust, problems)
}

fn untrusted(note: &Note, settings: &VerifySettings) -> Problem {
    let theirs: Vec<String> = note.signatures.iter().map(NoteSignature::key).collect();
    let pinned = settings.keys.iter().map(|key| match key {
        PublicKey::Named(key) => format!("{}+{}", key.name(), key.id_text()),
        PublicKey::Nameless(_) => "a key without a name".to_owned(),
    });
    let pinned: Vec<String> = pinned.collect();
    let what = format!(
        "it is signed by {}, which is not the pinned key ({})",
        theirs.join(", "),
        pinned.join(", ")
    );
    Problem::integrity(CHECKPOINT, what)
}

/// The key of a file in the one form that we write, under the name that it must have.
fn key_at(path: &str, bytes: &[u8]) -> Option<VerifierKey> {
    let text = std::str::from_utf8(bytes).ok()?;
    match public_key(text).ok()? {
        PublicKey::Named(key) => (key_text(&key) == text && key_path(&key) == path).then_some(key),
        PublicKey::Nameless(_) => None,
    }
}

/// The keys that lie in the archive. Each file must have the one form that we write.
fn beside(reading: &Reading<'_>, problems: &mut Vec<Problem>) -> Vec<VerifierKey> {
    let mut keys = Vec::new();
    for path in reading.present.keys() {
        let name = path.strip_prefix("keys/");
        if name.and_then(|name| name.strip_suffix(".pem")).is_none() {
            continue;
        }
        match reading.store.read("key", path) {
            Err(error) => problems.push(Problem::integrity(path, error.to_string())),
            Ok(bytes) => match key_at(path, &bytes) {
                Some(key) => keys.push(key),
                None => problems.push(Problem::integrity(
                    path,
                    "it is not the key that its name says",
                )),
            },
        }
    }
    keys
}

/// In the order of the log.
fn rotations(
    reading: &Reading<'_>,
    log: &LogView,
    known: &[VerifierKey],
    problems: &mut Vec<Problem>,
) -> BTreeMap<u64, Rotation> {
    let mut rotations = BTreeMap::new();
    for path in reading.present.keys() {
        let Some(size) = rotation_size(path) else {
            continue;
        };
        let read = reading.store.read("rotation", path).ok();
        let note = read.and_then(|bytes| Note::parse(&bytes).ok());
        let Some(note) = note else {
            problems.push(Problem::integrity(path, "it is no signed checkpoint"));
            continue;
        };
        let rotation = Rotation {
            path: path.clone(),
            size,
            note,
        };
        if rotation.is_of(log) {
            signatures(path, &rotation.note, known, problems);
            rotations.insert(size, rotation);
        } else {
            let what = "it is not a checkpoint of this log at the size that its name says";
            problems.push(Problem::integrity(&rotation.path, what));
        }
    }
    rotations
}

impl Rotation {
    fn is_of(&self, log: &LogView) -> bool {
        let (Ok(checkpoint), Some(newest)) = (Checkpoint::parse(&self.note.text), &log.checkpoint)
        else {
            return false;
        };
        checkpoint.to_text() == self.note.text
            && checkpoint.size == self.size
            && checkpoint.origin == newest.origin
            && log.tree.root_at(checkpoint.size) == Some(checkpoint.root)
    }
}

/// Every signature must be one of a key that is known, or a change of it would go unnoticed.
fn signatures(path: &str, note: &Note, known: &[VerifierKey], problems: &mut Vec<Problem>) {
    for one in &note.signatures {
        let of_key = |key: &&VerifierKey| key.name() == one.name && key.id() == one.key_id;
        let name = &one.name;
        let what = match known.iter().find(of_key) {
            Some(key) if key.has_signed(&note.text, one) => continue,
            Some(_) => {
                format!("the signature of `{name}` does not hold: text or signature was changed")
            }
            None => {
                format!("it bears a signature of `{name}` whose key is neither pinned nor here")
            }
        };
        problems.push(Problem::integrity(path, what));
    }
}
