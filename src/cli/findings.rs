//! `tenure findings`: those of a running node, or those that a replay wrote.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use indexmap::IndexMap;
use serde::Deserialize;

use crate::model::finding::{Finding, FindingId};
use crate::model::limits::{FINDING_LINE_BYTES_MAX, FINDINGS_READ_MAX};
use crate::service::Filter;

use super::node;
use super::table::{self, Look};

/// Show findings of a running node, or of a replay's output
#[derive(Debug, Args)]
pub struct Findings {
    /// The node to ask
    #[arg(long, visible_alias = "node", value_name = "URL", default_value = node::DEFAULT_URL)]
    url: String,
    /// Read this file instead, as `tenure replay` writes it, or `findings.ndjson` of this directory
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    file: Option<PathBuf>,
    /// open, resolved, withdrawn or exempt; all of them without it
    #[arg(long)]
    status: Option<String>,
    /// The id of a rule
    #[arg(long)]
    rule: Option<String>,
    /// low, medium, high or critical
    #[arg(long)]
    severity: Option<String>,
    /// Part of a name, address or account
    #[arg(long)]
    who: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What a node answers.
#[derive(Deserialize)]
struct Answer {
    findings: Vec<Finding>,
    total: usize,
}

impl Findings {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        // A mistyped word is refused here, whoever is asked.
        let filter = Filter::new(
            self.status.as_deref(),
            self.rule.as_deref(),
            self.severity.as_deref(),
            self.who.as_deref(),
        )?;
        let (findings, total) = if let Some(path) = &self.file {
            let findings = read_file(path, &filter)?;
            let total = findings.len();
            (findings, total)
        } else {
            let answer = self.ask()?;
            (answer.findings, answer.total)
        };
        let mut out = io::stdout().lock();
        if self.json {
            table::write_json(&mut out, &findings)?;
        } else {
            out.write_all(table::render(&findings, Look::of_stdout()).as_bytes())?;
            out.flush()?;
        }
        if total > findings.len() {
            let shown = findings.len();
            anstream::eprintln!("{shown} of {total} findings; ask for fewer with --rule or --who");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn ask(&self) -> anyhow::Result<Answer> {
        let asked = [
            ("status", self.status.as_deref()),
            ("rule", self.rule.as_deref()),
            ("severity", self.severity.as_deref()),
            ("who", self.who.as_deref()),
        ];
        let answer = node::ask(&self.url, "/api/findings", &asked);
        answer.with_context(|| format!("failed to ask {} for findings", self.url))
    }
}

/// The last form of each finding that matches, the gravest and newest first.
fn read_file(path: &Path, filter: &Filter) -> anyhow::Result<Vec<Finding>> {
    let below = path.is_dir().then(|| path.join("findings.ndjson"));
    let path = below.as_deref().unwrap_or(path);
    let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
    let mut reader = BufReader::new(file);
    let mut newest: IndexMap<FindingId, Finding> = IndexMap::new();
    for number in 1_usize.. {
        let line = read_line(&mut reader)
            .with_context(|| format!("failed to read {}, line {number}", path.display()))?;
        let Some(line) = line else { break };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let finding: Finding = serde_json::from_slice(&line)
            .with_context(|| format!("{}, line {number}, is no finding", path.display()))?;
        newest.insert(finding.finding_id, finding);
        ensure!(
            newest.len() <= FINDINGS_READ_MAX,
            "{} holds more than {FINDINGS_READ_MAX} findings",
            path.display()
        );
    }
    let mut found: Vec<Finding> = newest
        .into_values()
        .filter(|finding| filter.matches(finding))
        .collect();
    found.sort_by_key(|finding| (Reverse(finding.severity), Reverse(finding.opened_at)));
    Ok(found)
}

/// The next line; `None` at the end.
fn read_line(reader: &mut impl BufRead) -> anyhow::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let max = u64::try_from(FINDING_LINE_BYTES_MAX).unwrap_or(u64::MAX);
    let count = reader.take(max).read_until(b'\n', &mut line)?;
    let cut = count == FINDING_LINE_BYTES_MAX && !line.ends_with(b"\n");
    ensure!(!cut, "it is longer than {FINDING_LINE_BYTES_MAX} bytes");
    Ok((count > 0).then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::service::status::tests::finding;

    fn written(findings: &[Finding], rest: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        table::write_json(&mut file, findings).expect("write");
        file.write_all(rest.as_bytes()).expect("write");
        file
    }

    #[test]
    fn a_file_gives_the_last_form_of_each_finding() {
        let open = finding("a", 1, Status::Open);
        let closed = finding("a", 1, Status::Resolved);
        let other = finding("b", 2, Status::Open);
        let file = written(&[open, closed.clone(), other.clone()], "\n");
        let all = read_file(file.path(), &Filter::default()).expect("read");
        assert_eq!(all, [other, closed]);
        let open = Filter::new(Some("open"), None, None, None).expect("filter");
        assert_eq!(read_file(file.path(), &open).expect("read").len(), 1);
    }

    #[test]
    fn a_line_that_is_no_finding_is_named() {
        let file = written(&[finding("a", 1, Status::Open)], "{\"a\":1}\n");
        let error = read_file(file.path(), &Filter::default()).expect_err("no finding");
        assert!(format!("{error:#}").contains(", line 2, is no finding: missing field"));
        let absent = read_file(Path::new("absent"), &Filter::default()).expect_err("absent");
        assert!(format!("{absent:#}").starts_with("failed to open absent: No such file"));
    }

    #[test]
    fn of_a_directory_the_file_that_a_replay_wrote_there_is_read() {
        let out = tempfile::tempdir().expect("directory");
        let file = written(&[finding("a", 1, Status::Open)], "");
        std::fs::copy(file.path(), out.path().join("findings.ndjson")).expect("copied");
        let all = read_file(out.path(), &Filter::default()).expect("read");
        assert_eq!(all.len(), 1);
    }

    fn asking(url: String, rule: Option<&str>) -> Findings {
        Findings {
            url,
            file: None,
            status: Some("open".to_owned()),
            rule: rule.map(str::to_owned),
            severity: None,
            who: Some("a@corp".to_owned()),
            json: false,
        }
    }

    #[test]
    fn a_node_answers_and_one_that_is_down_is_named() {
        let shown = crate::http::Shown {
            status: crate::service::Status::default(),
            metrics: crate::telemetry::Metrics::new([]),
            questions: crate::service::Questions::new().0,
        };
        let expected = finding("a", 1, Status::Open);
        for finding in [expected.clone(), finding("b", 2, Status::Open)] {
            shown.status.put(std::sync::Arc::new(finding));
        }
        let runtime = tokio::runtime::Runtime::new().expect("runtime");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (address, server) = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("bind");
            let address = listener.local_addr().expect("address");
            let server = tokio::spawn(crate::http::serve(listener, shown, stopped));
            (address, server)
        });
        let url = format!("http://{address}/");
        let answer = asking(url.clone(), None).ask().expect("answer");
        assert_eq!((answer.total, answer.findings), (1, vec![expected]));
        let refused = asking(url.clone(), Some("no-rule")).ask();
        let error = format!("{:#}", refused.err().expect("refused"));
        assert!(
            error.contains("for findings: `rule` is `no-rule`; write leaver"),
            "{error}"
        );
        stop.send(true).expect("send");
        runtime.block_on(server).expect("joined").expect("stopped");
        let error = format!("{:#}", asking(url.clone(), None).ask().err().expect("down"));
        assert!(
            error.starts_with(&format!("failed to ask {url} for findings: ")),
            "{error}"
        );
        assert!(error.contains("onnection refused"), "{error}");
    }

    #[test]
    fn an_endless_line_is_refused() {
        let file = written(&[], &"x".repeat(FINDING_LINE_BYTES_MAX + 1));
        let error = read_file(file.path(), &Filter::default()).expect_err("endless");
        assert!(format!("{error:#}").contains("it is longer than"));
    }
}
