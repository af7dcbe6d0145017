//! A Prometheus of the test's own, with the rules and the config that the containers get.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::http::{encode, get};
use super::place::wait_until;
use super::read;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub struct Prometheus {
    dir: tempfile::TempDir,
    process: Child,
    address: String,
}

impl Prometheus {
    /// One that scrapes `target` and judges the rules each second.
    pub fn start(target: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = dir.path().join("prometheus.yml");
        fs::write(&config, config_for(target)).expect("a config");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.expect("a free port").to_string();
        let log = fs::File::create(dir.path().join("log")).expect("a log");
        let process = Command::new(program("prometheus"))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                dir.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus starts");
        let mut prometheus = Prometheus {
            dir,
            process,
            address,
        };
        wait_until("prometheus is ready", || {
            let ended = prometheus.process.try_wait().expect("a process");
            assert!(ended.is_none(), "it ended: {}", prometheus.log());
            get(&prometheus.address, "/-/ready").is_ok()
        });
        prometheus
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// What an instant query finds, now.
    pub fn query(&self, expr: &str) -> Result<Vec<Value>, String> {
        let path = format!("/api/v1/query?query={}", encode(expr));
        let answer = get(&self.address, &path)?;
        let answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        let result = answer.pointer("/data/result").and_then(Value::as_array);
        result.cloned().ok_or_else(|| answer.to_string())
    }

    /// Every rule as Prometheus sees it.
    pub fn rules(&self) -> Vec<Value> {
        let answer = get(&self.address, "/api/v1/rules").expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("json");
        let groups = answer.pointer("/data/groups").and_then(Value::as_array);
        let groups = groups.expect("groups").iter();
        let rules = groups.filter_map(|group| group.get("rules")?.as_array());
        rules.flatten().cloned().collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("prometheus could not be stopped: {error}");
        }
    }
}

/// What the containers get, with our target and our directory, at a pace for tests.
pub fn config_for(target: &str) -> String {
    let rules = Path::new(ROOT).join("dashboards/rules");
    let mut config = read("deploy/prometheus.yml");
    for (from, to) in [
        ("tenure:8480", target),
        ("/etc/prometheus/rules", &rules.display().to_string()),
        ("interval: 15s", "interval: 1s"),
    ] {
        assert!(config.contains(from), "the config does not name {from}");
        config = config.replace(from, to);
    }
    config
}

/// Runs promtool in the repository; what it says, and whether it was content.
pub fn promtool(arguments: &[&str], input: Stdio) -> Output {
    Command::new(program("promtool"))
        .args(arguments)
        .current_dir(ROOT)
        .stdin(input)
        .output()
        .expect("promtool runs")
}

/// One of the two programs, as `scripts/setup` unpacks them.
#[expect(
    clippy::disallowed_methods,
    reason = "where the tests' Prometheus lies depends on who runs them"
)]
fn program(name: &str) -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = variable("TENURE_CACHE").map_or_else(
        || PathBuf::from(variable("HOME").expect("HOME is set")).join(".cache/tenure"),
        PathBuf::from,
    );
    let program = cache.join("prometheus/usr/bin").join(name);
    assert!(
        program.exists(),
        "{} is missing: run scripts/setup, which brings it with what tests need",
        program.display()
    );
    program
}
