//! What an authority says of when checkpoints were there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::timestamps::Part;
use super::Reading;
use super::keys::has_signed;
use super::log::LogView;
use super::report::{About, Problem, Timestamped};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::note::{Checkpoint, Note, VerifierKey};
use crate::evidence::timestamp::Stamp;

pub(super) fn is_of_timestamps(path: &str) -> bool {
    Part::at(path).is_some()
}

/// The newest of them that holds, and what is wrong with any. With the certificates that the auditor
/// trusts, `openssl` is asked whether the authority signed it.
pub(super) fn check(
    reading: &Reading<'_>,
    log: &LogView,
    trusted: &[VerifierKey],
    authorities: Option<&Path>,
) -> (Option<Timestamped>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut newest: Option<Timestamped> = None;
    let stamps = reading.present.keys().filter_map(|path| Part::at(path));
    for (part, size) in stamps {
        let looking = Looking {
            reading,
            log,
            trusted,
            size,
        };
        // A checkpoint alone waits for its timestamp.
        if part != Part::Stamp {
            continue;
        }
        let (path, read) = (part.path(size), looking.stamp());
        match read.and_then(|(stamp, response)| {
            let hash = stamp.hash;
            let proved = authorities.map(|path| signed_by(hash, &response, path));
            Ok((stamp, proved.transpose()?.is_some()))
        }) {
            Ok((stamp, proved)) => {
                let stamped = Timestamped {
                    size,
                    at: stamp.at,
                    path,
                    proved,
                };
                if newest.as_ref().is_none_or(|newest| newest.size < size) {
                    newest = Some(stamped);
                }
            }
            Err(mut problem) => {
                problem.path = path;
                problems.push(problem);
            }
        }
    }
    (newest, problems)
}

struct Looking<'a> {
    reading: &'a Reading<'a>,
    log: &'a LogView,
    trusted: &'a [VerifierKey],
    size: u64,
}

impl Looking<'_> {
    /// The timestamp, if it is of a checkpoint of this log.
    fn stamp(&self) -> Result<(Stamp, Vec<u8>), Problem> {
        let integrity = |what: String| Problem::integrity("", what);
        let of = Part::Checkpoint.path(self.size);
        if !self.reading.present.contains_key(&of) {
            let what = format!("the checkpoint that it is of is missing: {of}");
            return Err(Problem::completeness("", what));
        }
        let read = |what, path: &str| self.reading.store.read(what, path);
        let note = read("checkpoint", &of).map_err(|error| integrity(error.to_string()))?;
        let response = read("timestamp", &Part::Stamp.path(self.size));
        let response = response.map_err(|error| integrity(error.to_string()))?;
        let stamp = Stamp::parse(&response).map_err(|error| integrity(error.to_string()))?;
        stamp
            .is_of(Sha256Hash::of(&note))
            .map_err(|error| integrity(error.to_string()))?;
        self.is_of_log(&note, &of)?;
        Ok((stamp, response.to_vec()))
    }

    fn is_of_log(&self, note: &[u8], path: &str) -> Result<(), Problem> {
        let integrity = |what: String| Problem::integrity("", format!("{path}: {what}"));
        let note = Note::parse(note).map_err(|error| integrity(format!("it {error}")))?;
        let checkpoint = Checkpoint::parse(&note.text);
        let checkpoint = checkpoint.map_err(|error| integrity(format!("it {error}")))?;
        if checkpoint.size != self.size {
            return Err(integrity(
                "it is not of the size that its name says".to_owned(),
            ));
        }
        if !self.trusted.iter().any(|key| has_signed(key, &note)) {
            return Err(integrity(
                "it is not signed by a key that is trusted".to_owned(),
            ));
        }
        let has = self.log.tree.size();
        if self.size > has {
            let what = format!(
                "an authority has seen a checkpoint of {} commits, and this log has {has}: its \
                 tail was cut off",
                self.size
            );
            return Err(Problem::completeness("", what));
        }
        if self.log.tree.root_at(self.size) == Some(checkpoint.root) {
            return Ok(());
        }
        Err(integrity(
            "its commits are not those of this log: history was rewritten".to_owned(),
        ))
    }
}

/// Whether an authority that the certificates allow has signed this, as `openssl` sees it.
fn signed_by(hash: Sha256Hash, response: &[u8], authorities: &Path) -> Result<(), Problem> {
    let unknown = |why: String| {
        let what = format!("openssl could not be asked who signed it: {why}");
        Problem::unknown(About::Integrity, "", what)
    };
    let run = || -> std::io::Result<std::process::Output> {
        let mut child = Command::new("openssl")
            .args(["ts", "-verify", "-digest", &hash.to_string()])
            .args(["-in", "/dev/stdin", "-CAfile"])
            .arg(authorities)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(response)?;
        }
        child.wait_with_output()
    };
    let output = run().map_err(|error| unknown(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let told = told.take(4).collect::<Vec<_>>().join("; ");
    let what = format!("openssl ts -verify does not agree with it: {told}");
    Err(Problem::integrity("", what))
}
