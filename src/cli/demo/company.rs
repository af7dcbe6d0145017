//! The bundled company: its log files, and when each record of them arrives.

use std::sync::Arc;

use crate::model::id::SourceName;
use crate::model::record::Record;
use crate::model::time::Timestamp;
use crate::normalize::{Mappings, Normalizer};

/// Every file below `demo/logs`: source, path, content.
const FILES: [(&str, &str, &str); 6] = [
    (
        "hris",
        "hris/hr.ndjson",
        include_str!("../../../demo/logs/hris/hr.ndjson"),
    ),
    (
        "ticket",
        "ticket/desk.ndjson",
        include_str!("../../../demo/logs/ticket/desk.ndjson"),
    ),
    (
        "okta",
        "okta/system-log.ndjson",
        include_str!("../../../demo/logs/okta/system-log.ndjson"),
    ),
    (
        "google_workspace",
        "google_workspace/activity.ndjson",
        include_str!("../../../demo/logs/google_workspace/activity.ndjson"),
    ),
    (
        "github",
        "github/audit.ndjson",
        include_str!("../../../demo/logs/github/audit.ndjson"),
    ),
    (
        "aws_cloudtrail",
        "aws_cloudtrail/trail.ndjson",
        include_str!("../../../demo/logs/aws_cloudtrail/trail.ndjson"),
    ),
];

/// The policy of the company.
pub const POLICY: &str = include_str!("../../../demo/policy.toml");

/// 2026-01-05T00:00:00Z, a Monday, and 2026-07-01T00:00:00Z.
pub const BEGIN: Timestamp = Timestamp::from_seconds(1_767_571_200);
pub const END: Timestamp = Timestamp::from_seconds(1_782_864_000);

/// A log file that grows as the story goes on.
pub struct LogFile {
    /// Below the directory of logs.
    pub path: &'static str,
    /// In the order of arrival.
    pub lines: Vec<Line>,
}

pub struct Line {
    pub arrives: Timestamp,
    pub text: &'static str,
}

/// The company's files. A record arrives when the records before it have: so one that stands below
/// newer ones is late.
pub fn files(mappings: &Arc<Mappings>) -> Vec<LogFile> {
    let mut normalizer = Normalizer::new(mappings.clone());
    FILES
        .into_iter()
        .map(|(source, path, content)| {
            let source = SourceName::new(source);
            let mut arrives = BEGIN;
            let lines = content.lines().map(|text| {
                let happened = happened(&mut normalizer, &source, text);
                arrives = happened.map_or(arrives, |at| arrives.max(at));
                Line { arrives, text }
            });
            LogFile {
                path,
                lines: lines.collect(),
            }
        })
        .collect()
}

/// When it happened, by its mapping; a record that cannot be read does not say.
fn happened(normalizer: &mut Normalizer, source: &SourceName, text: &str) -> Option<Timestamp> {
    let record = Record {
        offset: 0,
        received_at: None,
        raw: text.as_bytes().to_vec(),
        broken: None,
    };
    let events = normalizer.normalize(source, &record).events;
    events.iter().map(|event| event.time).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_arrives_within_the_story_and_in_the_order_of_its_file() {
        let files = files(&Arc::new(Mappings::builtin()));
        let count: usize = files.iter().map(|file| file.lines.len()).sum();
        assert!((300..=500).contains(&count), "{count} records");
        for file in files {
            assert!(file.lines.is_sorted_by_key(|line| line.arrives));
            let within = |line: &Line| (BEGIN..END).contains(&line.arrives);
            assert!(file.lines.iter().all(within), "{}", file.path);
        }
    }

    #[test]
    fn the_table_names_every_file() {
        let logs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/logs");
        let mut found = Vec::new();
        for source in std::fs::read_dir(&logs).expect("demo/logs") {
            for file in std::fs::read_dir(source.expect("entry").path()).expect("source") {
                let path = file.expect("entry").path();
                let path = path.strip_prefix(&logs).expect("below").to_owned();
                found.push(path.to_string_lossy().into_owned());
            }
        }
        found.sort();
        let mut named = FILES.map(|(_, path, _)| path);
        named.sort_unstable();
        assert_eq!(found, named);
        assert_eq!(BEGIN.to_string(), "2026-01-05T00:00:00Z");
        assert_eq!(END.to_string(), "2026-07-01T00:00:00Z");
    }
}
