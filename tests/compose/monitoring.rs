//! Prometheus and Grafana find what they read.

use std::path::Path;

use crate::form::{Compose, Service};
use crate::{Deployment, ROOT};

pub fn faults(deployment: &Deployment, compose: &Compose) -> Vec<String> {
    let service = |name| compose.services.get(name);
    let (Some(prometheus), Some(grafana)) = (service("prometheus"), service("grafana")) else {
        return vec!["there is no service prometheus or grafana".to_owned()];
    };
    let mut faults = rule_faults(deployment, prometheus);
    faults.extend(dashboard_faults(deployment, compose, grafana));
    faults
}

/// Prometheus finds its config, and the rules that it names.
fn rule_faults(deployment: &Deployment, prometheus: &Service) -> Vec<String> {
    let mut faults = Vec::new();
    let config = prometheus
        .command
        .iter()
        .find_map(|word| word.strip_prefix("--config.file="));
    if config.and_then(|path| prometheus.mounted_from(path))
        != Some("./deploy/prometheus.yml".into())
    {
        faults.push("prometheus does not start with deploy/prometheus.yml".to_owned());
    }
    let rules = deployment.prometheus.lines().filter_map(|line| {
        let path = line.trim().strip_prefix("- /")?;
        path.strip_suffix("/*.yml").map(|path| format!("/{path}"))
    });
    let rules: Vec<String> = rules.collect();
    let found = |path: &String| prometheus.mounted_from(path) == Some("./dashboards/rules".into());
    if rules.is_empty() || !rules.iter().all(found) {
        faults.push("prometheus does not read dashboards/rules".to_owned());
    }
    faults
}

/// Grafana finds its provisioning, by that the dashboards, and by name a Prometheus to ask.
fn dashboard_faults(deployment: &Deployment, compose: &Compose, grafana: &Service) -> Vec<String> {
    let mut faults = Vec::new();
    let provisioning = grafana.mounted_from("/etc/grafana/provisioning");
    if provisioning != Some("./dashboards/provisioning".into()) {
        faults.push("grafana does not read dashboards/provisioning".to_owned());
    }
    let value = |text: &str, key: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key));
        line.unwrap_or_default().trim().to_owned()
    };
    let path = value(&deployment.provider, "path:");
    if grafana.mounted_from(&path) != Some("./dashboards".into()) {
        faults.push(format!("no dashboards are mounted at `{path}`"));
    }
    let url = value(&deployment.datasource, "url: http://");
    let host = url.split(':').next().unwrap_or_default();
    if !compose.services.contains_key(host) {
        faults.push(format!("grafana asks `{url}`, which is no service"));
    }
    let home = grafana
        .environment
        .get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
        .and_then(|path| grafana.mounted_from(path));
    if !home.is_some_and(|home| Path::new(ROOT).join(home).is_file()) {
        faults.push("grafana's home dashboard is not there".to_owned());
    }
    let anonymous = ["GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_ANONYMOUS_ORG_ROLE"];
    let anonymous = anonymous.map(|key| grafana.environment.get(key).map(String::as_str));
    if anonymous != [Some("true"), Some("Viewer")] {
        faults.push("anonymous people are not viewers at grafana".to_owned());
    }
    faults
}
