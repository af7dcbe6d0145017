//! Going over to another signing key.

use super::store::Put;
use super::verify::rotation_path;
use super::{Archive, ArchiveError, Place};
use crate::evidence::note::{SignError, Signer};
use crate::model::time::Timestamp;

impl Archive {
    /// Lets the old key sign that the log goes on under the new one: one checkpoint that both have
    /// signed, over a log that holds the new public key. It stays in the archive, so that whoever
    /// pinned the old key can follow. From then on the writer needs the new key alone.
    pub fn rotate(
        place: impl Into<Place>,
        old: Box<dyn Signer>,
        new: &dyn Signer,
        written_at: Timestamp,
    ) -> Result<u64, ArchiveError> {
        let mut archive = Archive::signed(place, old)?;
        archive.introduce(written_at)?;
        let key = new.verifier();
        if let Some(log) = &archive.log
            && log.origin() != key.name()
        {
            let reason = format!("it must be named `{}`, as the log is", log.origin());
            let key = key.to_string();
            return Err(archive.store.unsigned(&SignError { key, reason }));
        }
        if let Some(file) = archive.new_key_file(key)? {
            archive.commit_pages(vec![file], written_at)?;
        }
        archive.publish()?;
        let Some(log) = &mut archive.log else {
            return Ok(0);
        };
        let note = log.sign(&archive.store, &[new])?;
        let path = rotation_path(log.size());
        if archive.store.create("rotation", &path, note.to_text())? == Put::Different {
            return Err(archive.store.damaged(&path, &"another rotation lies there"));
        }
        log.put(&archive.store, &note)?;
        Ok(log.size())
    }
}
