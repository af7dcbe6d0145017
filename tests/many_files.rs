//! A replay of very many files holds few of them in memory: what was read to its end is archived.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tenure::io::files::{FilesSettings, ReceivedAt};
use tenure::model::policy::Policy;
use tenure::model::time::Timestamp;
use tenure::normalize::Mappings;
use tenure::service::replay::{ReplaySettings, replay};
use tenure::telemetry::Metrics;

const FILES: u64 = 200;
/// Files that are read at the same time, and batches that may wait between the threads.
const UNDERWAY: u64 = 60;

fn write(logs: &Path) {
    std::fs::create_dir_all(logs.join("hris")).expect("a directory");
    for number in 0..FILES {
        let record = format!(
            r#"{{"id":"h{number}","type":"hire","recorded_at":"2026-01-02T00:00:00Z","effective_at":"2026-01-02T00:00:00Z","worker":{{"employee_id":"E{number}"}}}}"#
        );
        let path = logs.join(format!("hris/{number:03}.ndjson"));
        std::fs::write(path, record + "\n").expect("a file");
    }
}

#[test]
fn a_file_that_is_read_to_its_end_is_archived_before_all_are() {
    let place = tempfile::tempdir().expect("a directory");
    let (logs, out) = (place.path().join("logs"), place.path().join("out"));
    write(&logs);
    let mappings = Arc::new(Mappings::builtin());
    let now: Timestamp = "2026-01-03T00:00:00Z".parse().expect("a time");
    let settings = ReplaySettings {
        files: FilesSettings {
            root: logs,
            received_at: ReceivedAt::At(now),
            known_sources: mappings.sources().into_iter().map(str::to_owned).collect(),
            poll: Duration::ZERO,
        },
        policy: Arc::new(Policy::default()),
        policy_text: None,
        now: Some(now),
        archive: None,
        signing: tenure::config::SigningKey::Own(out.join("signing.key")),
        secrets: tenure::service::redaction::some(),
        out: out.clone(),
        shards: 1,
        threads: 1,
    };
    let metrics = Metrics::new(mappings.sources());
    let mut late = Vec::new();
    let (summary, _) = replay(&settings, &mappings, &metrics, &mut |so_far| {
        if so_far.records > UNDERWAY {
            let commits = std::fs::read_dir(out.join("archive/commits"));
            let archived = commits.map_or(0, Iterator::count) as u64;
            if archived + UNDERWAY < so_far.records {
                late.push((so_far.records, archived));
            }
        }
    })
    .expect("a replay");
    assert_eq!(summary.records, FILES);
    assert_eq!(late, [], "records read, files archived");
}
