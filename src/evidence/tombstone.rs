//! Tombstones: what was let go by retention, and why. A tombstone is under the log before the
//! first of its files is deleted, so a file that is gone without one was lost, or taken away.
//!
//! Commits and the log stay for ever: the row roots still prove which records there were.

use serde::{Deserialize, Serialize};

use super::commit::FileRef;
use super::hold::Holds;
use super::leaf::Sha256Hash;
use crate::model::record::Offset;
use crate::model::retention::{FilePlace, Retention};
use crate::model::time::Timestamp;

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A tombstone as it is stored: JSON on one line, the fields in this order, a line feed at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    pub format: u32,
    /// That of its file.
    pub number: u64,
    /// For people.
    pub why: String,
    /// What was in force.
    pub retention: Retention,
    /// The time as of which it was judged what is over.
    pub as_of: Timestamp,
    /// The holds in force, none of which keeps any of the files.
    pub holds: Vec<Considered>,
    /// Who said so, as far as the program knows.
    pub by: String,
    pub at: Timestamp,
    pub files: Vec<Tombstoned>,
}

/// A hold that was asked before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Considered {
    pub id: String,
    /// The path of its document. Not `path`: that word names what is deleted.
    pub document: String,
    pub sha256: Sha256Hash,
    /// Names of which no row was found in any of the files, of a hold by identity.
    pub looked_for: Vec<String>,
}

/// A file that is let go. The hash stands after the path, as in a commit: scripts rely on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tombstoned {
    pub path: String,
    pub sha256: Sha256Hash,
    pub bytes: u64,
    pub rows: u64,
    pub records: u64,
    /// The path of the commit that made it part of the archive.
    pub commit: String,
    /// The offsets that this commit covers.
    pub start: Offset,
    pub end: Offset,
    /// Root over the records of that commit.
    pub row_root: Sha256Hash,
    /// So many days it was to be kept.
    pub keep_days: u32,
}

impl Tombstone {
    /// The bytes that are stored and hashed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a stored document.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let read: Tombstone = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if read.format != FORMAT {
            return Err(format!("it has format {}, not {FORMAT}", read.format));
        }
        Ok(read)
    }

    /// Whether the hold of this document was asked before the files were let go.
    pub fn considered(&self, document: &str, sha256: Sha256Hash) -> bool {
        self.holds
            .iter()
            .any(|hold| hold.document == document && hold.sha256 == sha256)
    }

    /// Holds in force that it does not know of.
    pub fn not_considered(&self, holds: &Holds) -> Vec<String> {
        let missed = holds
            .iter()
            .filter(|hold| !self.considered(&hold.document, hold.sha256));
        missed.map(|hold| hold.id.clone()).collect()
    }

    /// Why its own words do not allow the file to go, if they do not.
    pub fn objection(&self, file: &Tombstoned) -> Option<String> {
        let Some(place) = FilePlace::of(&file.path) else {
            return Some("it is no file of a dataset, and no retention is about it".to_owned());
        };
        match self.retention.is_over(&place, self.as_of) {
            Some(days) if days == file.keep_days => None,
            _ => Some(format!(
                "the retention that it states was not over on {}",
                self.as_of
            )),
        }
    }
}

impl Tombstoned {
    /// Whether it is about this very file.
    pub fn is_of(&self, file: &FileRef) -> bool {
        self.path == file.path && self.sha256 == file.sha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tombstone(path: &str, as_of: &str) -> Tombstone {
        let sha256 = Sha256Hash::of(b"x");
        Tombstone {
            format: FORMAT,
            number: 3,
            why: "retention".to_owned(),
            retention: Retention {
                datasets: [("events".into(), 30)].into(),
                ..Retention::default()
            },
            as_of: as_of.parse().expect("time"),
            holds: vec![Considered {
                id: "a".to_owned(),
                document: "holds/000000000000.json".to_owned(),
                sha256,
                looked_for: vec!["\"path\":\"x\",\"sha256\":\"00\"".to_owned()],
            }],
            by: "root".to_owned(),
            at: Timestamp::default(),
            files: vec![Tombstoned {
                path: path.to_owned(),
                sha256,
                bytes: 1,
                rows: 1,
                records: 1,
                commit: "commits/a/0/000000000000.json".to_owned(),
                start: 0,
                end: 1,
                row_root: sha256,
                keep_days: 30,
            }],
        }
    }

    #[test]
    fn its_bytes_are_read_again_and_a_script_finds_its_files_and_nothing_else() {
        let one = tombstone(
            "events/day=2026-03-01/source=okta/x",
            "2026-04-02T00:00:00Z",
        );
        let bytes = one.to_bytes().expect("bytes");
        assert_eq!(Tombstone::parse(&bytes), Ok(one));
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(text.matches("\"path\":\"").count(), 1, "{text}");
        let hash = Sha256Hash::of(b"x");
        let expected =
            format!("\"path\":\"events/day=2026-03-01/source=okta/x\",\"sha256\":\"{hash}\"");
        assert!(text.contains(&expected), "{text}");
        assert!(Tombstone::parse(b"{\"format\":1}").is_err());
    }

    #[test]
    fn a_tombstone_speaks_against_itself_where_its_retention_was_not_over() {
        let check = |path: &str, as_of: &str, objects: bool| {
            let one = tombstone(path, as_of);
            let objection = one.objection(&one.files[0]);
            assert_eq!(objection.is_some(), objects, "{path} {as_of} {objection:?}");
        };
        let path = "events/day=2026-03-01/source=okta/x";
        check(path, "2026-04-01T00:00:00Z", false);
        check(path, "2026-03-31T23:59:59Z", true);
        check(
            "access/day=2026-03-01/access.parquet",
            "2026-04-01T00:00:00Z",
            true,
        );
        check("keys/1a2b3c4d.pem", "2026-04-01T00:00:00Z", true);
    }
}
