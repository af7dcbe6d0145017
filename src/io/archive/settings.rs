//! The settings in force, as pages of the archive: `settings/<sha256>.json`, in the chain of what
//! the archive says of itself. The time of the commit says from when on.

use super::store::Put;
use super::{Archive, ArchiveError, about, layout};
use crate::evidence::commit::{Commit, FileRef};
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::settings::Settings;
use crate::model::time::Timestamp;

impl Archive {
    /// Puts the settings down, unless they are those that the archive last recorded.
    pub fn record_settings(
        &mut self,
        settings: &Settings,
        written_at: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.introduce(written_at)?;
        let last = self.last_settings()?;
        if let Some((_, known)) = &last
            && known.says_the_same(settings)
        {
            return Ok(());
        }
        let settings = Settings {
            previous: last.map(|(sha256, _)| sha256),
            ..settings.clone()
        };
        let mut bytes = match serde_json::to_vec(&settings) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("SETTINGS-JSON: plain data does not encode: {error}"),
        };
        bytes.push(b'\n');
        let sha256 = Sha256Hash::of(&bytes);
        let path = layout::settings(sha256);
        let length = bytes.len() as u64;
        if self.store.create("settings", &path, bytes)? == Put::Different {
            let why = "it is not the file of that name";
            return Err(self.store.damaged(&path, &why));
        }
        let file = FileRef {
            path,
            sha256,
            bytes: length,
            rows: 0,
            records: 0,
        };
        self.commit_pages(vec![file], written_at)
    }

    /// The settings that the archive last recorded, with the hash of their file.
    pub fn last_settings(&self) -> Result<Option<(Sha256Hash, Settings)>, ArchiveError> {
        let is_settings = |file: &&FileRef| layout::is_settings(&file.path);
        let of_settings = |commit: &Commit| commit.files.iter().any(|file| is_settings(&file));
        let Some(commit) = self.newest_of(&about::stream(), of_settings)? else {
            return Ok(None);
        };
        let Some(file) = commit.files.iter().rfind(is_settings) else {
            return Ok(None);
        };
        let bytes = self.store.read("settings", &file.path)?;
        let settings = serde_json::from_slice(&bytes)
            .map_err(|error| self.store.unreadable(&file.path, &error))?;
        Ok(Some((file.sha256, settings)))
    }
}
