//! A directory with logs, the program in it, and what both amount to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Counts by reason.
pub type Rejects = BTreeMap<String, u64>;

pub struct Place {
    dir: tempfile::TempDir,
}

/// What the program came to.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// What the commits of an archive count, over all streams.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Archived {
    pub records: u64,
    pub events: u64,
    pub rejects: Rejects,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Place { dir }
    }

    /// With a worker who was hired, got an account, and left.
    pub fn with_a_leaver() -> Self {
        let place = Place::new();
        let hr = [
            worker("hire", "2026-01-02T00:00:00Z"),
            worker("terminate", "2026-02-10T17:00:00Z"),
        ];
        place.put("logs/hris/hr.ndjson", hr.join("\n") + "\n");
        let created = okta("user.lifecycle.create", 1, "2026-01-02T08:00:00Z");
        place.put("logs/okta/0.ndjson", created + "\n");
        place
    }

    /// Records that [`with_a_leaver`](Place::with_a_leaver) delivers.
    pub const LEAVERS_RECORDS: u64 = 3;

    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command
            .args(arguments)
            .env_remove("RUST_LOG")
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    pub fn tenure(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().expect("the program runs"))
    }

    pub fn archived(&self, archive: &str) -> Archived {
        let mut archived = Archived::default();
        for stream in entries(&self.path(archive).join("commits")) {
            let mut end = 0;
            for path in entries(&stream.join("0")) {
                let text = fs::read_to_string(&path).expect("a commit");
                let commit: Value = serde_json::from_str(&text).expect("json");
                assert_eq!(commit["start"], end, "{}", path.display());
                end = commit["end"].as_i64().expect("an end");
                archived.add(&commit["counts"]);
            }
        }
        archived
    }

    /// Rules that have an open finding, once for each. That the records are of long ago is none of
    /// these tests' business.
    pub fn open_rules(&self, findings: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(findings)).unwrap_or_default();
        let findings = text.lines().map(|line| {
            let finding: Value = serde_json::from_str(line).expect("a finding");
            finding
        });
        let open = findings
            .filter(|finding| finding["status"] == "open" && finding["rule"] != "source-silent");
        let mut rules: Vec<String> = open
            .map(|finding| finding["rule"].as_str().expect("a rule").to_owned())
            .collect();
        rules.sort();
        rules
    }
}

impl Ended {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let ended = Ended {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        ended
    }

    /// Each of `words` is on standard error, and no line of it says the same thing twice.
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in {self:#?}");
        }
        for line in self.stderr.lines().filter(|it| it.starts_with("error: ")) {
            let parts: Vec<&str> = line.split(": ").collect();
            let repeats = |pair: &[&str]| pair[0] == pair[1];
            assert!(!parts.windows(2).any(repeats), "said twice: {line}");
            assert!(!line.contains(" { "), "no message but its innards: {line}");
        }
    }
}

impl Archived {
    fn add(&mut self, counts: &Value) {
        assert_eq!(counts["gaps"], serde_json::json!([]));
        self.records += counts["records"].as_u64().expect("a count");
        self.events += counts["events"].as_u64().expect("a count");
        for (reason, count) in counts["rejects"].as_object().expect("counts") {
            let count = count.as_u64().expect("a count");
            *self.rejects.entry(reason.clone()).or_default() += count;
        }
    }
}

pub fn rejects(counts: &[(&str, u64)]) -> Rejects {
    let counts = counts.iter();
    counts
        .map(|(why, count)| ((*why).to_owned(), *count))
        .collect()
}

pub fn worker(kind: &str, at: &str) -> String {
    format!(
        r#"{{"id":"hr-{kind}","type":"{kind}","recorded_at":"{at}","effective_at":"{at}","worker":{{"employee_id":"E1","email":"p1@corp.example","name":"Person 1"}}}}"#
    )
}

pub fn okta(kind: &str, record: usize, at: &str) -> String {
    let party = r#"{"id":"00u1","type":"User","alternateId":"p1@corp.example"}"#;
    format!(
        r#"{{"uuid":"u-{record}","published":"{at}","eventType":"{kind}","actor":{party},"outcome":{{"result":"SUCCESS"}},"target":[{party}]}}"#
    )
}

/// A use of the leaver's account: with it, `leaver-activity` is found.
pub fn late_use(record: usize) -> String {
    okta("user.session.start", record, "2026-02-12T09:00:00Z")
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = listing.map(|it| it.expect("an entry").path()).collect();
    // What a store stages before it is complete has another ending.
    paths.retain(|path| path.is_dir() || path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    paths
}
