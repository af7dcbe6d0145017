//! Whoever reads an archive leaves a row in it: the one place that every reading command calls.

#![expect(
    clippy::disallowed_methods,
    reason = "the row says what was asked for, as it was asked for"
)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, anyhow};

use crate::evidence::datasets::EvidenceRead;
use crate::evidence::note::Signer;
use crate::io::archive::{Place, reads};
use crate::io::keys::LocalKey;
use crate::model::Text;
use crate::service::wall_clock;

/// `what` is a column that people read; a longer text is cut.
const WHAT_BYTES_MAX: usize = 8 << 10;

/// Whether a read that cannot be recorded is one all the same.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Recording {
    /// Fail where this read cannot be recorded in the archive, such as a copy that is read-only
    #[arg(long)]
    require_record: bool,
}

/// Records that something of the archive is read: `via` a command, `what` by its
/// arguments, and how many rows that gives, where that is known. Called before anything is shown: whoever
/// closes the pipe has read all the same. An archive that cannot be written to is told once, and
/// is an error only where that is asked for.
pub fn record(
    recording: &Recording,
    place: &Place,
    (via, what, rows): (&str, &str, Option<u64>),
) -> anyhow::Result<()> {
    static READS: AtomicU64 = AtomicU64::new(0);
    let at = wall_clock();
    let number = READS.fetch_add(1, Ordering::Relaxed);
    let name = format!("read-{}-{}-{number}", at.as_micros(), std::process::id());
    let read = EvidenceRead {
        at,
        who: Some(user()),
        via: via.into(),
        what: cut(what).into(),
        rows: rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)),
        outcome: "ok".into(),
        host: host(),
    };
    match reads::record(place, &read, &name, key_beside(place.location())) {
        Ok(_) => Ok(()),
        Err(error) if recording.require_record => Err(anyhow!(error))
            .context("this read cannot be recorded, and `--require-record` asks for that"),
        Err(error) => {
            anstream::eprintln!("this read is not recorded: {error}");
            Ok(())
        }
    }
}

/// What was asked for, as it was written.
pub fn command_line() -> String {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

/// The key that the service made beside the archive, if this user may read it: the commit is then
/// signed at once.
fn key_beside(location: &str) -> Option<Box<dyn Signer>> {
    let location = location.strip_prefix("file://").unwrap_or(location);
    let path = Path::new(location).parent()?.join("signing.key");
    let key = LocalKey::read(&path, None).ok()?;
    Some(Box::new(key))
}

/// The user of this process, whatever its environment says.
pub fn user() -> Text {
    let Ok(own) = fs::metadata("/proc/self") else {
        return "unknown".into();
    };
    let uid = own.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == uid).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}")).into()
}

fn host() -> Option<Text> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.into())
}

fn cut(what: &str) -> &str {
    let end = what.floor_char_boundary(WHAT_BYTES_MAX);
    what.get(..end).unwrap_or(what)
}
