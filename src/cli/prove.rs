//! `tenure prove ARCHIVE`: one record or finding with all that proves it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;

use super::evidence_read::{self, Recording};
use super::place::archive_at;
use super::table::harmless;
use crate::io::archive::prove::{Wanted, prove};
use crate::model::record::{Offset, Stream};

/// Take one record or finding out of an archive with all that proves it
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("wanted").required(true)))]
pub struct Prove {
    /// The archive's directory, or its URL, such as `s3://bucket/tenure`
    archive: String,
    /// The record, as topic/partition/offset; of a log file the path is the topic and 0 the partition
    #[arg(long, value_name = "ORIGIN", group = "wanted", value_parser = origin)]
    record: Option<Origin>,
    /// The record of which this event was made: a uid, as findings cite them
    #[arg(long, value_name = "UID", group = "wanted")]
    event: Option<String>,
    /// The newest change of this finding: an id, as findings have it
    #[arg(long, value_name = "ID", group = "wanted")]
    finding: Option<String>,
    /// A new directory for the proof
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print what was proved as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    recording: Recording,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    stream: Stream,
    offset: Offset,
}

fn origin(text: &str) -> Result<Origin, String> {
    let mut parts = text.rsplitn(3, '/');
    let offset = parts.next().and_then(|offset| offset.parse().ok());
    let partition = parts.next().and_then(|partition| partition.parse().ok());
    let topic = parts.next().filter(|topic| !topic.is_empty());
    match (topic, partition, offset) {
        (Some(topic), Some(partition), Some(offset)) => Ok(Origin {
            stream: Stream {
                topic: topic.into(),
                partition,
            },
            offset,
        }),
        _ => Err("write topic/partition/offset, such as identity.okta/0/1234".to_owned()),
    }
}

impl Prove {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let out = self.out.display();
        ensure!(
            !self.out.exists(),
            "{out} is there already: name a new directory"
        );
        let wanted = match (&self.record, &self.finding) {
            (Some(origin), _) => Wanted::Record {
                stream: origin.stream.clone(),
                offset: origin.offset,
            },
            (None, Some(id)) => Wanted::Finding(id.clone()),
            (None, None) => Wanted::Event(self.event.clone().unwrap_or_default()),
        };
        let place = archive_at(&self.archive);
        let proof = prove(&place, &wanted)?;
        let what = harmless(&format!("{}/{}", proof.stream, proof.offset));
        evidence_read::record(&self.recording, &place, ("prove", &what, Some(1)))?;
        std::fs::create_dir_all(&self.out).with_context(|| format!("failed to make {out}"))?;
        for (name, bytes) in &proof.files {
            let path = self.out.join(name);
            std::fs::write(&path, bytes)
                .with_context(|| format!("failed to write {}", path.display()))?;
        }
        let mut stdout = io::stdout().lock();
        if self.json {
            let names: Vec<&String> = proof.files.iter().map(|(name, _)| name).collect();
            let line = json!({
                "topic": &*proof.stream.topic,
                "partition": proof.stream.partition,
                "offset": proof.offset,
                "files": names,
            });
            writeln!(stdout, "{line}")?;
        } else {
            let record = harmless(&format!("{}/{}", proof.stream, proof.offset));
            writeln!(stdout, "wrote the proof of {record} into {out}")?;
            writeln!(
                stdout,
                "check it with: sh {out}/verify.sh --key KEY.pem --proof {out}"
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_from_its_end() {
        let read = |text| origin(text).map(|it| (it.stream.to_string(), it.offset));
        assert_eq!(
            read("identity.okta/3/12"),
            Ok(("identity.okta/3".to_owned(), 12))
        );
        assert_eq!(
            read("okta/2026/a.ndjson/0/7"),
            Ok(("okta/2026/a.ndjson/0".to_owned(), 7))
        );
        for text in ["", "okta", "okta/1", "/0/1", "okta/x/1", "okta/1/x"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
