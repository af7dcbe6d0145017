//! What promtool says of the rules, and that each alert can be acted on.

use std::process::Stdio;

use super::form::{ALERTS, RECORDING, rules};
use super::read;
use super::server::{config_for, promtool};

const TESTS: [&str; 2] = [
    "dashboards/rules/tests/alerts.yml",
    "dashboards/rules/tests/healthy.yml",
];

fn check(arguments: &[&str]) {
    let output = promtool(arguments, Stdio::null());
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}:\n{said}");
}

#[test]
fn rules_and_config_are_sound() {
    check(&["check", "rules", RECORDING, ALERTS]);
    let dir = tempfile::tempdir().expect("a directory");
    let config = dir.path().join("prometheus.yml");
    std::fs::write(&config, config_for("127.0.0.1:8480")).expect("a config");
    check(&["check", "config", &config.display().to_string()]);
}

#[test]
fn each_alert_fires_on_what_it_is_for_and_nothing_fires_at_a_node_that_is_well() {
    let [alerts, healthy] = TESTS;
    check(&["test", "rules", alerts, healthy]);
    let tests = read(alerts);
    for rule in rules(ALERTS) {
        let name = rule.alert.expect("an alert");
        let fires = format!("alertname=\"{name}\"");
        assert!(tests.contains(&fires), "no test makes {name} fire");
    }
}

#[test]
fn each_alert_says_who_must_act_how_soon_and_where_to_read_on() {
    let runbook = read("docs/runbook.md");
    let headings: Vec<&str> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let alerts = rules(ALERTS);
    for rule in &alerts {
        let name = rule.alert.as_deref().expect("an alert");
        let annotation = |key: &str| rule.annotations.get(key).map_or("", String::as_str);
        let label = |key: &str| rule.labels.get(key).map_or("", String::as_str);
        assert!(
            ["page", "ticket", "info"].contains(&label("severity")),
            "{name}"
        );
        assert!(
            ["soc", "identity", "platform"].contains(&label("team")),
            "{name}"
        );
        assert!(!annotation("summary").is_empty(), "{name}");
        assert!(annotation("description").len() > 40, "{name}");
        let anchor = format!("docs/runbook.md#{}", name.to_lowercase());
        assert_eq!(annotation("runbook"), anchor);
        assert!(headings.contains(&name), "docs/runbook.md has no {name}");
        assert!(!rule.expr.is_empty());
    }
    let name = |rule: &super::form::Rule| rule.alert.clone().unwrap_or_default();
    let known: Vec<String> = alerts.iter().map(name).collect();
    for heading in headings.iter().filter(|it| it.starts_with("Tenure")) {
        assert!(known.contains(&(*heading).to_owned()), "no alert {heading}");
    }
}
