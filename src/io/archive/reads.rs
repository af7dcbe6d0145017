//! Who read evidence is evidence: a row of the dataset `reads` for each read, in a commit of its
//! own, by whichever program read.

use crate::evidence::datasets::{Dataset, EvidenceRead, reads};
use crate::evidence::note::Signer;
use crate::evidence::table::TableError;
use crate::model::time::Timestamp;

use super::dataset;
use super::place::Place;
use super::{Archive, ArchiveError, ArchiveReader, CommitRef, DatasetFile};

/// Others may commit to the chain at the same time; so many may come between.
const ATTEMPTS_MAX: u32 = 32;

/// Why a read stands nowhere.
#[derive(Debug, thiserror::Error)]
pub enum UnrecordedError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{ATTEMPTS_MAX} other reads came between")]
    Crowded,
}

/// Makes a read part of the archive that was read. `name` tells it from other reads of that time.
/// When this returns, it is durable; with a signer it is under a checkpoint too, without one the
/// running node takes it up.
pub fn record(
    place: impl Into<Place>,
    read: &EvidenceRead,
    name: &str,
    signer: Option<Box<dyn Signer>>,
) -> Result<Option<CommitRef>, UnrecordedError> {
    // Opening to write makes an archive where there is none.
    let place = place.into();
    ArchiveReader::open(&place)?;
    let file = DatasetFile {
        dataset: Dataset::Reads,
        at: read.at,
        name: name.to_owned(),
        parquet: reads(std::slice::from_ref(read))?,
        rows: 1,
        times: (read.at, read.at),
    };
    let mut archive = match signer {
        Some(signer) => Archive::signed(&place, signer)?,
        None => Archive::open(&place)?,
    };
    add(&mut archive, &file, read.at)
}

/// Adds a file of reads, whoever else adds to them at the same time; `None` where it was added before.
pub fn add(
    archive: &mut Archive,
    file: &DatasetFile,
    at: Timestamp,
) -> Result<Option<CommitRef>, UnrecordedError> {
    for _ in 0..ATTEMPTS_MAX {
        archive.forget(&dataset::stream(Dataset::Reads));
        match archive.add(file, at) {
            // These very rows may be there, by a write whose confirmation was lost.
            Ok(written) => return Ok(written),
            Err(ArchiveError::Fenced { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(UnrecordedError::Crowded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::keys::LocalKey;
    use crate::model::record::Stream;

    fn read(at: &str) -> EvidenceRead {
        EvidenceRead {
            at: at.parse().expect("time"),
            who: Some("jane".into()),
            via: "query".into(),
            what: "SELECT 1".into(),
            rows: Some(1),
            outcome: "ok".into(),
            host: None,
        }
    }

    #[test]
    fn reads_are_chained_and_taken_up_by_whoever_has_the_key() {
        let dir = tempfile::tempdir().expect("dir");
        let location = dir.path().join("archive");
        let location = location.to_str().expect("path");
        let at = read("2026-03-02T10:00:00Z");
        assert!(record(location, &at, "a", None).is_err(), "no archive");
        assert!(!dir.path().join("archive").exists());

        let key = || Box::new(LocalKey::read(&dir.path().join("key"), None).expect("key"));
        LocalKey::open_or_make(&dir.path().join("key")).expect("key");
        let mut node = Archive::signed(location, key()).expect("archive");
        let stream = Stream {
            topic: "t".into(),
            partition: 0,
        };
        node.heartbeat(&stream, at.at).expect("commit");
        let numbers = ["a", "b"].map(|name| {
            let done = record(location, &at, name, None).expect("recorded");
            done.expect("a commit").number
        });
        assert_eq!(numbers, [0, 1]);
        let logged = |node: &Archive| {
            let log = node.log.as_ref().expect("log");
            log.logged("commits/tenure_3Areads/0").map(|it| it.number)
        };
        assert_eq!(logged(&node), None);
        node.take_up(Dataset::Reads).expect("taken up");
        node.publish().expect("signed");
        assert_eq!(logged(&node), Some(1));
        let signed = record(location, &at, "c", Some(key())).expect("recorded");
        assert_eq!(signed.expect("a commit").number, 2);
        node.heartbeat(&stream, at.at).expect("the log goes on");
        node.take_up(Dataset::Reads).expect("taken up");
        assert_eq!(logged(&node), Some(2));
    }
}
