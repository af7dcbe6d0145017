//! Where things lie in an archive.

use crate::evidence::commit::FileRef;
use crate::evidence::datasets::Dataset;
use crate::evidence::leaf::Sha256Hash;
use crate::evidence::segment::FinishedSegment;
use crate::model::id::SourceName;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

/// Longer names are cut and told apart by a hash: file systems allow 255 bytes, of which offsets,
/// partition and suffixes take up to 80.
const SLUG_BYTES_MAX: usize = 128;
const HEXADECIMAL: &[u8; 16] = b"0123456789ABCDEF";
/// Digits of a commit's number: listings in the order of text are in the order of the chain.
const NUMBER_DIGITS: usize = 12;

/// The directory of all chains of commits.
pub(super) const COMMITS: &str = "commits";
/// Public keys that have signed.
pub(super) const KEYS: &str = "keys";
/// Settings that were in force.
const SETTINGS: &str = "settings";
/// The dataset of records with their events.
const EVENTS: &str = "events";

/// The directory of a stream's commits.
pub(super) fn commits(stream: &Stream) -> String {
    format!("{COMMITS}/{}/{}", slug(&stream.topic), stream.partition)
}

pub(super) fn commit(stream: &Stream, number: u64) -> String {
    commit_of(&commits(stream), number)
}

/// A commit in the directory of its chain.
pub(super) fn commit_of(chain: &str, number: u64) -> String {
    format!("{chain}/{number:0NUMBER_DIGITS$}.json")
}

/// The directory of the chain and the number of the commit that lies at `path`.
pub(super) fn chain_of(path: &str) -> Option<(&str, u64)> {
    let (chain, name) = path.rsplit_once('/')?;
    let (topic, partition) = chain.strip_prefix("commits/")?.split_once('/')?;
    let sound = !topic.is_empty() && partition.parse::<i32>().is_ok();
    let number = commit_number(name)?;
    (sound && commit_of(chain, number) == path).then_some((chain, number))
}

/// The number in a commit's file name; `None` for anything else that lies there.
pub(super) fn commit_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let plain = digits.len() >= NUMBER_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Whether the path is of a file of a dataset, by its directory.
pub(super) fn is_of_dataset(path: &str) -> bool {
    path.split_once('/').is_some_and(|(directory, _)| {
        directory == EVENTS || Dataset::ALL.iter().any(|it| it.as_str() == directory)
    })
}

/// Whether the file holds records with their events.
pub(super) fn is_events(file: &FileRef) -> bool {
    file.path.split('/').next() == Some(EVENTS)
}

/// The source of a segment, from where it lies.
pub(super) fn source_of(path: &str) -> Option<&str> {
    let mut parts = path.split('/');
    (parts.next() == Some(EVENTS)).then(|| parts.find_map(|part| part.strip_prefix("source=")))?
}

/// Whether the file holds changes of findings.
pub(super) fn is_findings(path: &str) -> bool {
    path.split('/').next() == Some(Dataset::Findings.as_str())
}

/// A file of settings, which is called by its hash.
pub(super) fn settings(sha256: Sha256Hash) -> String {
    format!("{SETTINGS}/{sha256}.json")
}

pub(super) fn is_settings(path: &str) -> bool {
    path.split('/').next() == Some(SETTINGS)
}

/// The file of a segment. `last` is inclusive, like the offset that a person looks for. An
/// attempt above 0 evades an orphan of the same range.
pub(super) fn segment(segment: &FinishedSegment, written_at: Timestamp, attempt: u32) -> String {
    let day = day(written_at);
    let source = source(&segment.source);
    let topic = slug(&segment.stream.topic);
    let (partition, first, last) = (segment.stream.partition, segment.start, segment.end - 1);
    let suffix = match attempt {
        0 => String::new(),
        attempt => format!("-attempt{attempt}"),
    };
    format!(
        "{EVENTS}/day={day}/source={source}/seg-{topic}-{partition}-{first}-{last}{suffix}.parquet"
    )
}

/// A file of a dataset that was computed. An attempt above 0 evades an orphan.
pub(super) fn computed(dataset: Dataset, (at, name): (Timestamp, &str), attempt: u32) -> String {
    let (dataset, day) = (dataset.as_str(), day(at));
    match attempt {
        0 => format!("{dataset}/day={day}/{name}.parquet"),
        attempt => format!("{dataset}/day={day}/{name}-attempt{attempt}.parquet"),
    }
}

/// The day, UTC, as directories are called.
fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}

/// A source's name is the value of a partition column, so it stands as it is. Configuration
/// allows no character in it that would need more.
fn source(source: &SourceName) -> String {
    let sound = |character: char| character.is_ascii_alphanumeric() || "_.@-".contains(character);
    let name = source.as_str().chars();
    name.map(|character| if sound(character) { character } else { '-' })
        .collect()
}

/// A topic, or the path of a log file, as one name that is good in every file system, bucket, URL
/// and shell: letters, digits, `.` and `-` as they are, `_` doubled, all other bytes as `_XX`.
/// Percent signs would be decoded by some readers and not by others. A leading dot is escaped too:
/// it would hide the directory.
fn slug(topic: &str) -> String {
    let mut slug = String::with_capacity(topic.len());
    for (place, byte) in topic.bytes().enumerate() {
        match byte {
            b'_' => slug.push_str("__"),
            b'.' if place > 0 => slug.push('.'),
            b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => slug.push(char::from(byte)),
            _ => {
                let [high, low] =
                    [byte >> 4, byte & 15].map(|digit| HEXADECIMAL.get(usize::from(digit)));
                slug.push('_');
                slug.extend([high, low].into_iter().flatten().copied().map(char::from));
            }
        }
    }
    if slug.is_empty() {
        // Kafka has no empty topic, and no file an empty path; the name must still be one.
        return "_E".to_owned();
    }
    if slug.len() > SLUG_BYTES_MAX {
        let hash = Sha256Hash::of(topic.as_bytes()).to_string();
        // All ASCII, so every place is a boundary. `_h` is no escape: `h` is no digit.
        slug.truncate(SLUG_BYTES_MAX - 34);
        slug.push_str("_h");
        slug.extend(hash.chars().take(32));
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    #[test]
    fn a_slug_can_be_read_and_is_one_name() {
        let check = |topic: &str, expected: &str| assert_eq!(slug(topic), expected);
        check("identity.okta", "identity.okta");
        check("identity.aws_cloudtrail", "identity.aws__cloudtrail");
        check("okta/2026/a.ndjson.gz", "okta_2F2026_2Fa.ndjson.gz");
        check("okta@eu/a b.json", "okta_40eu_2Fa_20b.json");
        check("..", "_2E.");
        check("day=1/é", "day_3D1_2F_C3_A9");
        check("", "_E");
    }

    #[test]
    fn no_two_topics_share_a_slug_however_long() {
        let long = "a/".repeat(4_000);
        let topics = [
            "a_2Fb",
            "a/b",
            "a__b",
            "a_b",
            "_E",
            "",
            &long,
            &format!("{long}b"),
        ];
        let slugs: std::collections::BTreeSet<_> = topics.iter().map(|topic| slug(topic)).collect();
        assert_eq!(slugs.len(), topics.len());
        assert!(slugs.iter().all(|slug| slug.len() <= SLUG_BYTES_MAX));
    }

    #[test]
    fn a_commits_name_gives_its_number_and_other_names_none() {
        let stream = Stream {
            topic: Text::from("a/b"),
            partition: 7,
        };
        let path = commit(&stream, 42);
        assert_eq!(path, "commits/a_2Fb/7/000000000042.json");
        assert_eq!(chain_of(&path), Some(("commits/a_2Fb/7", 42)));
        for path in [
            "commits/a/7/42.json",
            "commits/a/x/000000000042.json",
            "a/b/7/000000000042.json",
        ] {
            assert_eq!(chain_of(path), None, "{path}");
        }
        assert_eq!(commit_number("000000000042.json"), Some(42));
        assert_eq!(commit_number("1000000000042.json"), Some(1_000_000_000_042));
        for name in [
            "42.json",
            "000000000042.json#1",
            "+00000000042.json",
            "x.json",
            ".json",
        ] {
            assert_eq!(commit_number(name), None, "{name}");
        }
    }
}
