//! A small company: what its stories, as its `README.md` tells them, must come to under the
//! rules; and that order, copies, cuts, compression, shards and threads change nothing of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tenure::alert::ChangeKind;
use tenure::config;
use tenure::io::files::{FilesSettings, ReceivedAt};
use tenure::model::fact::Fact;
use tenure::model::finding::Finding;
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::model::time::{Span, Timestamp};
use tenure::normalize::{Mappings, Normalizer};
use tenure::service::replay::{ReplaySettings, ReplaySummary, replay};
use tenure::service::shards::Shards;
use tenure::telemetry::Metrics;

const BEGIN: &str = "2026-01-05T00:00:00Z";
const NOW: &str = "2026-07-01T00:00:00Z";

/// Rule, subject, status, opened, resolved: written from the stories and the rules, in the order
/// of opening. Times are of 2026, UTC.
#[rustfmt::skip]
const EXPECTED: &[[&str; 5]] = &[
    // Nobody's, live since 5 Jan 10:00: 72 h later, accepted by the policy.
    ["orphan-account", "okta:00ubreakglass000x5d7", "exempt", "01-08T10:00:00", "-"],
    // Emil left on 30 Jan 17:00: 72 h later his ended account is still in the group sales.
    ["leaver-grant-live", "okta:00uemil000000000x5d7", "open", "02-02T17:00:00", "-"],
    // Dana left on 6 Feb 17:00: 24 h later GitHub and her token are live. The removal ends the
    // account, not the token; a push is a use.
    ["leaver-account-live", "github:dana-whitlock", "resolved", "02-07T17:00:00", "02-10T16:30:00"],
    ["leaver-credential-live", "github:48210377", "resolved", "02-07T17:00:00", "04-09T10:05:00"],
    ["leaver-activity", "github:dana-whitlock", "resolved", "02-08T20:14:33", "02-10T16:30:00"],
    // Hers at Okta is in eng-all, 72 h after she left.
    ["leaver-grant-live", "okta:00udana000000000x5d7", "open", "02-09T17:00:00", "-"],
    // June's onboarding names GitHub; Google Workspace came on 16 Feb 08:24, and nobody approved it.
    ["grant-unapproved", "okta:00ujune000000000x5d7|app:Google Workspace", "open", "02-17T08:24:00", "-"],
    // June: first seen 16 Feb 09:00, 72 h; linked as of the sign-in that states her name.
    ["orphan-account", "github:octo-june", "resolved", "02-19T09:00:00", "03-18T09:30:00"],
    // Chidi was refused DeleteUser on 25 Feb 11:00, and nobody has deleted it since.
    ["deprovision-failed", "aws_cloudtrail:AIDASVCBACKUPEXAMPLE1", "open", "02-26T11:00:00", "-"],
    // Gus left on 2 Mar 17:00, whenever HR wrote it down.
    ["leaver-account-live", "google_workspace:gus@corp.example", "resolved", "03-03T17:00:00", "03-07T10:20:00"],
    ["leaver-account-live", "okta:00ugus0000000000x5d7", "resolved", "03-03T17:00:00", "03-07T10:15:00"],
    ["leaver-activity", "okta:00ugus0000000000x5d7", "resolved", "03-04T08:55:12", "03-07T10:15:00"],
    ["leaver-activity", "google_workspace:gus@corp.example", "resolved", "03-04T09:02:40", "03-07T10:20:00"],
    // Suspended later than the 72 h: his consent to Calendar Sync is left over.
    ["leaver-grant-live", "google_workspace:gus@corp.example", "open", "03-07T10:20:00", "-"],
    // OPS-9 was resolved on 13 Mar 18:00; Farah's user lived on.
    ["revocation-unfulfilled", "ticket:OPS-9", "resolved", "03-13T22:00:00", "04-02T09:45:00"],
    // Farah left on 13 Mar 17:00: DeleteLoginProfile ends no account, UpdateAccessKey the key
    // alone, DeleteUser the account.
    ["leaver-account-live", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1", "resolved", "03-14T17:00:00", "04-02T09:45:00"],
    ["leaver-credential-live", "aws_cloudtrail:AKIAFARAH0001EXAMPLE", "resolved", "03-14T17:00:00", "03-24T09:15:00"],
    // Farah, 72 h after 13 Mar 17:00: the group eng-all. GitHub's teams ended with her membership.
    ["leaver-grant-live", "okta:00ufarah00000000x5d7", "open", "03-16T17:00:00", "-"],
    ["leaver-activity", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1", "resolved", "03-20T22:31:09", "04-02T09:45:00"],
    // OPS-11 was resolved on 31 Mar 18:10; GitHub lives on, and a rehire ends no account.
    ["revocation-unfulfilled", "ticket:OPS-11", "open", "03-31T22:10:00", "-"],
    // Ivo left on 31 Mar 17:00; the rehire counts from its effective time, not its recording.
    ["leaver-account-live", "github:ivo-brandt", "resolved", "04-01T17:00:00", "04-13T08:00:00"],
    // Calendar Sync, until the rehire.
    ["leaver-grant-live", "google_workspace:ivo@corp.example", "resolved", "04-03T17:00:00", "04-13T08:00:00"],
    // Made on 7 Jan 09:04 and 8 Jan 11:00: 90 days later.
    ["credential-unrotated", "aws_cloudtrail:AKIABACKUP001EXAMPLE", "open", "04-07T09:04:00", "-"],
    ["credential-unrotated", "okta:00Thrsync00000000x5d7", "resolved", "04-08T11:00:00", "05-04T10:30:00"],
    // Chidi leads as of 6 Apr: 14 days later he still has what he had, and no baseline has it.
    ["mover-grant-retained", "aws_cloudtrail:AIDACHIDI0000EXAMPLE1|policy:ReadOnlyAccess", "open", "04-20T00:00:00", "-"],
    ["mover-grant-retained", "github:chidi-renner|team:corp-example/platform", "open", "04-20T00:00:00", "-"],
    ["mover-grant-retained", "okta:00uchidi00000000x5d7|group:eng-all", "open", "04-20T00:00:00", "-"],
    // OPS-15 was resolved on 30 Apr 17:00.
    ["revocation-unfulfilled", "ticket:OPS-15", "resolved", "04-30T21:00:00", "05-02T09:00:00"],
    // Hana left on 30 Apr 16:00, as HR said three weeks before.
    ["leaver-account-live", "google_workspace:hana@corp.example", "resolved", "05-01T16:00:00", "05-02T09:00:00"],
    // Suspended on 2 May, in closing@ and Calendar Sync 72 h after she left.
    ["leaver-grant-live", "google_workspace:hana@corp.example", "open", "05-03T16:00:00", "-"],
    // Lena's last use was on 9 Feb 16:20: 90 days later, leave or not.
    ["account-dormant", "google_workspace:lena@corp.example", "resolved", "05-10T16:20:00", "06-15T08:20:00"],
    // Milo left on 8 May 17:00: dashboards@ and the group analytics.
    ["leaver-grant-live", "google_workspace:milo@corp.example", "open", "05-11T17:00:00", "-"],
    ["leaver-grant-live", "okta:00umilo000000000x5d7", "open", "05-11T17:00:00", "-"],
    // Assigned on 16 Feb and 2 Mar 08:24, and never signed in to through Okta: 90 days later.
    ["grant-unused", "okta:00ujune000000000x5d7|app:Google Workspace", "open", "05-17T08:24:00", "-"],
    ["grant-unused", "okta:00unadia00000000x5d7|app:Google Workspace", "open", "05-31T08:24:00", "-"],
    // Used on 2 Mar 10:00: 90 days later.
    ["account-dormant", "okta:00ubreakglass000x5d7", "exempt", "05-31T10:00:00", "-"],
    // Nadia Sato left on 29 May 17:00: her own account is in the group sales.
    ["leaver-grant-live", "okta:00unadiasato0000x5d7", "open", "06-01T17:00:00", "-"],
    // OPS-18 was resolved on 26 Jun 17:40.
    ["revocation-unfulfilled", "ticket:OPS-18", "open", "06-26T21:40:00", "-"],
    // Kofi left on 26 Jun 17:00.
    ["leaver-account-live", "github:kofidev", "open", "06-27T17:00:00", "-"],
    // Ended in time, but for oncall@ and eng-all.
    ["leaver-grant-live", "google_workspace:kofi@corp.example", "open", "06-29T17:00:00", "-"],
    ["leaver-grant-live", "okta:00ukofi000000000x5d7", "open", "06-29T17:00:00", "-"],
];

/// News in the order in which they are told, subjects up to their first space: Milo's finding is noticed and withdrawn.
#[rustfmt::skip]
const NEWS: &[[&str; 4]] = &[
    ["2026-01-08", "exempted", "orphan-account", "okta:00ubreakglass000x5d7"],
    ["2026-02-02", "opened", "leaver-grant-live", "okta:00uemil000000000x5d7"],
    ["2026-02-07", "opened", "leaver-account-live", "github:dana-whitlock"],
    ["2026-02-07", "opened", "leaver-credential-live", "github:48210377"],
    ["2026-02-09", "opened", "leaver-activity", "github:dana-whitlock"],
    ["2026-02-09", "opened", "leaver-grant-live", "okta:00udana000000000x5d7"],
    ["2026-02-10", "resolved", "leaver-account-live", "github:dana-whitlock"],
    ["2026-02-10", "resolved", "leaver-activity", "github:dana-whitlock"],
    ["2026-02-17", "opened", "grant-unapproved", "okta:00ujune000000000x5d7|app:Google"],
    ["2026-02-19", "opened", "orphan-account", "github:octo-june"],
    ["2026-02-26", "opened", "deprovision-failed", "aws_cloudtrail:AIDASVCBACKUPEXAMPLE1"],
    ["2026-03-07", "opened", "leaver-account-live", "google_workspace:gus@corp.example"],
    ["2026-03-07", "opened", "leaver-account-live", "okta:00ugus0000000000x5d7"],
    ["2026-03-07", "opened", "leaver-activity", "okta:00ugus0000000000x5d7"],
    ["2026-03-07", "opened", "leaver-activity", "google_workspace:gus@corp.example"],
    ["2026-03-07", "resolved", "leaver-account-live", "okta:00ugus0000000000x5d7"],
    ["2026-03-07", "resolved", "leaver-activity", "okta:00ugus0000000000x5d7"],
    ["2026-03-07", "opened", "leaver-grant-live", "google_workspace:gus@corp.example"],
    ["2026-03-07", "resolved", "leaver-account-live", "google_workspace:gus@corp.example"],
    ["2026-03-07", "resolved", "leaver-activity", "google_workspace:gus@corp.example"],
    ["2026-03-14", "opened", "revocation-unfulfilled", "ticket:OPS-9"],
    ["2026-03-14", "opened", "leaver-account-live", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1"],
    ["2026-03-14", "opened", "leaver-credential-live", "aws_cloudtrail:AKIAFARAH0001EXAMPLE"],
    ["2026-03-16", "opened", "leaver-grant-live", "okta:00ufarah00000000x5d7"],
    ["2026-03-18", "resolved", "orphan-account", "github:octo-june"],
    ["2026-03-21", "opened", "leaver-activity", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1"],
    ["2026-03-24", "resolved", "leaver-credential-live", "aws_cloudtrail:AKIAFARAH0001EXAMPLE"],
    ["2026-04-01", "opened", "revocation-unfulfilled", "ticket:OPS-11"],
    ["2026-04-01", "opened", "leaver-account-live", "github:ivo-brandt"],
    ["2026-04-02", "resolved", "leaver-account-live", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1"],
    ["2026-04-02", "resolved", "leaver-activity", "aws_cloudtrail:AIDAFARAH0000EXAMPLE1"],
    ["2026-04-02", "resolved", "revocation-unfulfilled", "ticket:OPS-9"],
    ["2026-04-03", "opened", "leaver-grant-live", "google_workspace:ivo@corp.example"],
    ["2026-04-07", "opened", "credential-unrotated", "aws_cloudtrail:AKIABACKUP001EXAMPLE"],
    ["2026-04-08", "opened", "credential-unrotated", "okta:00Thrsync00000000x5d7"],
    ["2026-04-09", "resolved", "leaver-credential-live", "github:48210377"],
    ["2026-04-13", "resolved", "leaver-account-live", "github:ivo-brandt"],
    ["2026-04-13", "resolved", "leaver-grant-live", "google_workspace:ivo@corp.example"],
    ["2026-04-20", "opened", "mover-grant-retained", "aws_cloudtrail:AIDACHIDI0000EXAMPLE1|policy:ReadOnlyAccess"],
    ["2026-04-20", "opened", "mover-grant-retained", "github:chidi-renner|team:corp-example/platform"],
    ["2026-04-20", "opened", "mover-grant-retained", "okta:00uchidi00000000x5d7|group:eng-all"],
    ["2026-05-01", "opened", "revocation-unfulfilled", "ticket:OPS-15"],
    ["2026-05-01", "opened", "leaver-account-live", "google_workspace:hana@corp.example"],
    ["2026-05-02", "resolved", "leaver-account-live", "google_workspace:hana@corp.example"],
    ["2026-05-02", "resolved", "revocation-unfulfilled", "ticket:OPS-15"],
    ["2026-05-03", "opened", "leaver-grant-live", "google_workspace:hana@corp.example"],
    ["2026-05-04", "resolved", "credential-unrotated", "okta:00Thrsync00000000x5d7"],
    ["2026-05-09", "opened", "revocation-unfulfilled", "ticket:OPS-16"],
    ["2026-05-09", "opened", "leaver-account-live", "google_workspace:milo@corp.example"],
    ["2026-05-10", "opened", "account-dormant", "google_workspace:lena@corp.example"],
    ["2026-05-11", "opened", "leaver-grant-live", "okta:00umilo000000000x5d7"],
    ["2026-05-12", "opened", "leaver-grant-live", "google_workspace:milo@corp.example"],
    ["2026-05-12", "withdrawn", "leaver-account-live", "google_workspace:milo@corp.example"],
    ["2026-05-12", "withdrawn", "revocation-unfulfilled", "ticket:OPS-16"],
    ["2026-05-17", "opened", "grant-unused", "okta:00ujune000000000x5d7|app:Google"],
    ["2026-05-31", "opened", "grant-unused", "okta:00unadia00000000x5d7|app:Google"],
    ["2026-05-31", "exempted", "account-dormant", "okta:00ubreakglass000x5d7"],
    ["2026-06-01", "opened", "leaver-grant-live", "okta:00unadiasato0000x5d7"],
    ["2026-06-15", "resolved", "account-dormant", "google_workspace:lena@corp.example"],
    ["2026-06-27", "opened", "revocation-unfulfilled", "ticket:OPS-18"],
    ["2026-06-27", "opened", "leaver-account-live", "github:kofidev"],
    ["2026-06-29", "opened", "leaver-grant-live", "google_workspace:kofi@corp.example"],
    ["2026-06-29", "opened", "leaver-grant-live", "okta:00ukofi000000000x5d7"],
];

fn company(part: &str) -> PathBuf {
    let company = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small_company");
    company.join(part)
}

/// The example of golang.org/x/mod/sumdb/note: no secret of anybody's.
const SIGNING_KEY: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// What a replay leaves behind.
struct Replayed {
    summary: ReplaySummary,
    findings: Vec<Finding>,
    /// `findings.ndjson`, byte for byte.
    bytes: Vec<u8>,
    out: tempfile::TempDir,
}

fn replayed(logs: &Path, (shards, threads): (usize, usize)) -> Replayed {
    let out = tempfile::tempdir().expect("directory");
    let mappings = Arc::new(Mappings::builtin());
    let loaded = config::load(None, Some(&company("policy.toml"))).expect("policy");
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
    let now: Timestamp = NOW.parse().expect("time");
    // A replay makes a key of its own, and archives are compared byte for byte: so one for all.
    let key = out.path().join("signing.key");
    std::fs::write(&key, SIGNING_KEY).expect("written");
    let settings = ReplaySettings {
        files: FilesSettings {
            root: logs.to_owned(),
            received_at: ReceivedAt::At(now),
            known_sources: mappings.sources().into_iter().map(str::to_owned).collect(),
            poll: Duration::ZERO,
        },
        policy: Arc::new(loaded.policy),
        policy_text: loaded.policy_text,
        now: Some(now),
        out: out.path().to_owned(),
        archive: None,
        signing: tenure::config::SigningKey::Own(key),
        secrets: tenure::service::redaction::some(),
        shards,
        threads,
    };
    let metrics = Metrics::new(mappings.sources());
    let (summary, findings) = replay(&settings, &mappings, &metrics, &mut |_| {}).expect("replay");
    let bytes = std::fs::read(out.path().join("findings.ndjson")).expect("findings");
    Replayed {
        summary,
        findings,
        bytes,
        out,
    }
}

fn as_expected(finding: &Finding) -> [String; 5] {
    let short = |time: Timestamp| {
        let text = time.to_string();
        let text = text.strip_prefix("2026-").expect("2026");
        text.trim_end_matches('Z').to_owned()
    };
    [
        finding.rule.as_str().to_owned(),
        finding.subject.to_string(),
        finding.status.as_str().to_owned(),
        short(finding.opened_at),
        finding.resolved_at.map_or_else(|| "-".to_owned(), short),
    ]
}

/// Content by path below `dir`.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![dir.to_owned()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).expect("directory") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").to_owned();
                found.insert(name, std::fs::read(&path).expect("file"));
            }
        }
    }
    found
}

/// The company's records, written anew: `write` gets each file's path without the ending and its
/// lines.
fn rewritten(write: &mut dyn FnMut(&Path, Vec<Vec<u8>>)) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("directory");
    for (path, content) in tree(&company("logs")) {
        let path = to.path().join(path.with_extension(""));
        std::fs::create_dir_all(path.parent().expect("parent")).expect("directory");
        let lines = content
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec);
        write(&path, lines.collect());
    }
    to
}

/// In an order that the seed decides.
fn shuffled(mut lines: Vec<Vec<u8>>, seed: u64) -> Vec<Vec<u8>> {
    let mut state = seed;
    for place in (1..lines.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).expect("fits") % (place + 1);
        lines.swap(place, other);
    }
    lines
}

fn put(path: &Path, ending: &str, bytes: &[u8]) {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    std::fs::write(name, bytes).expect("write");
}

#[test]
fn the_stories_come_to_what_the_rules_say() {
    let replayed = replayed(&company("logs"), (1, 1));
    let found: Vec<[String; 5]> = replayed.findings.iter().map(as_expected).collect();
    assert_eq!(found, EXPECTED, "{found:#?}");
    assert_eq!(
        replayed.summary.unmapped, 0,
        "every record is of a known kind"
    );
    let rejects: Vec<_> = replayed.summary.rejects.into_iter().collect();
    assert_eq!(rejects, [("invalid_json".to_owned(), 1)]);
}

#[test]
fn findings_name_the_owner_and_weigh_what_the_account_may_do() {
    let replayed = replayed(&company("logs"), (1, 1));
    let check = |subject: &str, owner: Option<&str>, severity: &str| {
        let of_subject = |finding: &&Finding| &*finding.subject == subject;
        let finding = replayed.findings.iter().find(of_subject).expect(subject);
        let identity = finding.identity.as_ref();
        assert_eq!(identity.map(|identity| &*identity.uid), owner, "{subject}");
        assert_eq!(finding.severity.as_str(), severity, "{subject}");
    };
    check("github:kofidev", Some("E1011"), "high");
    check("github:octo-june", Some("E1010"), "high");
    check("okta:00ubreakglass000x5d7", None, "high");
    // Medium, one step up: its owner is super administrator.
    check("okta:00Thrsync00000000x5d7", Some("E1002"), "high");
    // Nobody owns it: it is the service account that it belongs to.
    let service = Some("aws_cloudtrail:AIDASVCBACKUPEXAMPLE1");
    check("aws_cloudtrail:AKIABACKUP001EXAMPLE", service, "medium");
}

#[test]
fn order_copies_cuts_and_compression_change_nothing() {
    let plain = replayed(&company("logs"), (1, 1)).bytes;
    let check = |what: &str, write: &mut dyn FnMut(&Path, Vec<Vec<u8>>)| {
        let logs = rewritten(write);
        for ways in [(1, 1), (8, 3)] {
            let bytes = replayed(logs.path(), ways).bytes;
            assert!(bytes == plain, "{what}, {ways:?}: other findings");
        }
    };
    for seed in 1..=3 {
        check("shuffled", &mut |path, lines| {
            put(path, ".ndjson", &shuffled(lines, seed).concat());
        });
    }
    check("twice", &mut |path, lines| {
        put(
            path,
            ".ndjson",
            &[lines.concat(), shuffled(lines, 4).concat()].concat(),
        );
    });
    check("split", &mut |path, lines| {
        for (number, part) in lines.chunks(lines.len() / 3 + 1).enumerate() {
            // Later parts under names that are read first.
            put(path, &format!("-{}.ndjson", 9 - number), &part.concat());
        }
    });
    check("gzip", &mut |path, lines| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&lines.concat()).expect("gzip");
        put(path, ".ndjson.gz", &gz.finish().expect("gzip"));
    });
    check("zstd", &mut |path, lines| {
        let zst = zstd::encode_all(&*lines.concat(), 3).expect("zstd");
        put(path, ".ndjson.zst", &zst);
    });
}

#[test]
fn shards_and_threads_change_neither_findings_nor_archive() {
    let first = replayed(&company("logs"), (1, 1));
    let archive = tree(&first.out.path().join("archive"));
    assert!(archive.len() > 6, "a segment and a commit a source");
    for ways in [(1, 3), (8, 1), (8, 3)] {
        let again = replayed(&company("logs"), ways);
        assert!(again.bytes == first.bytes, "{ways:?}: other findings");
        assert!(
            tree(&again.out.path().join("archive")) == archive,
            "{ways:?}: another archive"
        );
    }
}

/// Each record of the logs with the time of its arrival: when those before it in its file have.
fn arriving(mappings: &Arc<Mappings>) -> Vec<(Timestamp, Vec<Fact>)> {
    let mut normalizer = Normalizer::new(mappings.clone());
    let mut arriving = Vec::new();
    for (path, content) in tree(&company("logs")) {
        let source = path.components().next().expect("a source").as_os_str();
        let source = SourceName::new(source.to_str().expect("text"));
        let mut arrives = BEGIN.parse().expect("time");
        for line in content.split(|byte| *byte == b'\n') {
            let record = Record {
                offset: 0,
                received_at: None,
                raw: line.to_vec(),
                broken: None,
            };
            let read = normalizer.normalize(&source, &record);
            let happened = read.events.iter().map(|event| event.time).max();
            arrives = happened.map_or(arrives, |at| at.max(arrives));
            arriving.push((arrives, read.facts));
        }
    }
    arriving.sort_by_key(|(arrives, _)| *arrives);
    arriving
}

#[test]
fn news_come_when_they_are_known_and_what_a_late_record_refutes_is_withdrawn() {
    let loaded = config::load(None, Some(&company("policy.toml"))).expect("policy");
    let mut shards = Shards::start(2, &Arc::new(loaded.policy)).expect("threads");
    let mut arriving = arriving(&Arc::new(Mappings::builtin()))
        .into_iter()
        .peekable();
    let end: Timestamp = NOW.parse().expect("time");
    let mut now: Timestamp = BEGIN.parse().expect("time");
    let mut told: Vec<[String; 4]> = Vec::new();
    while now < end {
        let before = now;
        now = now + Span::hours(6);
        while let Some((_, facts)) = arriving.next_if(|(arrives, _)| *arrives <= now) {
            shards.join(facts);
        }
        // In a service they are home before the clock moves over them.
        let mut news = shards.tick(before).changes;
        news.extend(shards.tick(now).changes);
        news.retain(|change| change.kind != ChangeKind::Updated);
        news.sort_by_key(|change| {
            let finding = &change.finding;
            let happened = match change.kind {
                ChangeKind::Resolved => finding.resolved_at.expect("it is resolved"),
                ChangeKind::Withdrawn => now,
                _ => finding.opened_at,
            };
            (happened, change.kind, finding.rule, finding.subject.clone())
        });
        let day = now.to_string();
        told.extend(news.iter().map(|change| {
            let finding = &change.finding;
            let subject = finding.subject.split(' ').next().expect("a subject");
            let parts = [
                &day[..10],
                change.kind.as_str(),
                finding.rule.as_str(),
                subject,
            ];
            parts.map(str::to_owned)
        }));
    }
    assert_eq!(arriving.count(), 0);
    assert_eq!(told, NEWS);
}
