//! What we use of the forms of dashboards and rules; the first so far as it matters, the second whole.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::read;

pub const DASHBOARDS: [&str; 3] = [
    "dashboards/lifecycle-health.json",
    "dashboards/findings.json",
    "dashboards/pipeline-health.json",
];
pub const RECORDING: &str = "dashboards/rules/recording.yml";
pub const ALERTS: &str = "dashboards/rules/alerts.yml";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    pub uid: String,
    pub title: String,
    pub description: String,
    pub schema_version: u32,
    pub links: Vec<Link>,
    pub templating: Templating,
    pub panels: Vec<Panel>,
}

#[derive(Deserialize)]
pub struct Link {
    pub url: String,
}

#[derive(Deserialize)]
pub struct Templating {
    pub list: Vec<Variable>,
}

#[derive(Deserialize)]
pub struct Variable {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub definition: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    pub id: u32,
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    pub grid_pos: Place,
    #[serde(default)]
    pub targets: Vec<Target>,
    pub field_config: Option<FieldConfig>,
}

#[derive(Deserialize)]
pub struct Place {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

#[derive(Deserialize)]
pub struct Target {
    pub expr: String,
    pub datasource: Datasource,
}

#[derive(Deserialize)]
pub struct Datasource {
    pub uid: String,
}

#[derive(Deserialize)]
pub struct FieldConfig {
    pub defaults: Defaults,
}

#[derive(Deserialize)]
pub struct Defaults {
    pub unit: String,
    pub thresholds: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    pub groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    #[expect(dead_code, reason = "read only so that it is there")]
    pub name: String,
    pub rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub record: Option<String>,
    pub alert: Option<String>,
    pub expr: String,
    #[serde(rename = "for")]
    #[expect(dead_code, reason = "promtool judges it")]
    pub lasts: Option<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

pub fn dashboard(path: &str) -> Dashboard {
    let parsed = serde_json::from_str(&read(path));
    parsed.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All rules of a file.
pub fn rules(path: &str) -> Vec<Rule> {
    let parsed: Result<RuleFile, _> = serde_saphyr::from_str(&read(path));
    let file = parsed.unwrap_or_else(|error| panic!("{path}: {error}"));
    file.groups
        .into_iter()
        .flat_map(|group| group.rules)
        .collect()
}
