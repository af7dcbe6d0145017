//! `[timestamps]` of `tenure.toml`: an authority that says when a checkpoint was there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::Text;

use super::sheet::Table;
use super::tenure_file::path;
use super::tenure_webhook::url;

/// Who stamps the archive's checkpoints, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// Of an RFC 3161 authority. Without TLS too: what it answers is signed.
    pub authority: Text,
    pub every: Duration,
    /// Certificates (PEM) that the authority's TLS may be under besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// Where nothing is said.
const EVERY: Duration = Duration::from_hours(1);

pub(super) fn read(mut table: Table<'_>, base: &Path) -> Option<Timestamps> {
    let authority = table
        .required("authority", "write authority = \"https://tsa.example/tsr\"")
        .and_then(|field| {
            let without = "an answer is worth what its signature is";
            url(&field, "https://tsa.example/tsr", without)
        });
    let every = table.field("every");
    let every = every.and_then(|field| field.duration(Duration::from_secs(1)));
    let ca_file = table.field("ca_file");
    let ca_file = ca_file.and_then(|field| path(&field, base));
    table.finish();
    Some(Timestamps {
        authority: authority?,
        every: every.unwrap_or(EVERY),
        ca_file,
    })
}
