//! Any bytes, as what an archive's log is made of: it is read or refused, and what is read is written
//! again as the same bytes, so that there is no second form of anything signed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure::evidence::log::{self, TileId};
use tenure::evidence::note::{Checkpoint, Note, VerifierKey};

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_text().as_bytes(), data);
        if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
            assert!(note.text.starts_with(&checkpoint.to_text()));
        }
    }
    if let Some(entries) = log::entries(data) {
        let mut written = Vec::new();
        entries.iter().for_each(|entry| log::push_entry(&mut written, entry));
        assert_eq!(written, data);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(id) = TileId::parse(text) {
        assert_eq!(id.path(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text.trim());
    }
});
