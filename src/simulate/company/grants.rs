//! What can be granted at each source, and what comes with a department.

use crate::model::Text;
use crate::simulate::deed::Grant;

/// Source, kind, name, and whether the source itself calls it privileged.
type Offer = (&'static str, &'static str, &'static str, bool);

const OFFERS: &[Offer] = &[
    ("okta", "group", "everyone", false),
    ("okta", "group", "prod-admins", false),
    ("okta", "group", "vpn-users", false),
    ("okta", "app", "Google Workspace", false),
    ("okta", "app", "Salesforce", false),
    ("okta", "app", "GitHub", false),
    ("okta", "app", "Datadog", false),
    ("okta", "app", "NetSuite", false),
    ("okta", "role", "Help Desk administrator", false),
    ("okta", "role", "Super administrator", true),
    ("entra", "group", "All Staff", false),
    ("entra", "group", "Finance Reports", false),
    ("entra", "app", "Power BI", false),
    ("entra", "app", "Dynamics", false),
    ("entra", "role", "Reports Reader", false),
    ("entra", "role", "Global Administrator", true),
    ("google_workspace", "group", "all@corp.example", false),
    ("google_workspace", "group", "oncall@corp.example", false),
    ("google_workspace", "role", "_GROUPS_ADMIN_ROLE", false),
    ("google_workspace", "role", "Super Admin", true),
    ("github", "team", "corp-example/all", false),
    ("github", "team", "corp-example/platform", false),
    ("github", "app", "GitHub Copilot", false),
    ("github", "role", "admin", true),
    ("aws_cloudtrail", "group", "developers", false),
    ("aws_cloudtrail", "policy", "ReadOnlyAccess", false),
    ("aws_cloudtrail", "policy", "AdministratorAccess", true),
    ("slack", "group", "incident", false),
    ("slack", "role", "admin", true),
    ("snowflake", "role", "ANALYST", false),
    ("snowflake", "role", "LOADER", false),
    ("snowflake", "role", "ACCOUNTADMIN", true),
    ("gitlab", "group", "corp/platform", false),
    ("gitlab", "role", "Administrator", true),
    ("onepassword", "group", "w5zqxjtmyk3d7n2hsgcvbpr4fe", false),
];

/// All that a source offers for which `wanted` holds: kind, and whether it is privileged.
pub fn offered(source: &str, wanted: impl Fn(&str, bool) -> bool) -> Vec<Grant> {
    let here = OFFERS
        .iter()
        .filter(|(at, kind, _, privileged)| *at == source && wanted(kind, *privileged));
    here.map(|(_, kind, name, privileged)| grant(kind, name, *privileged))
        .collect()
}

pub fn grant(kind: &str, name: &str, privileged: bool) -> Grant {
    Grant {
        kind: Text::from(kind),
        name: Text::from(name),
        privileged,
    }
}

/// What everybody has at a source, with a place in the baseline of all.
pub fn birthright(source: &str) -> Vec<Grant> {
    let names: &[(&str, &str)] = match source {
        "okta" => &[("group", "everyone"), ("app", "Google Workspace")],
        "entra" => &[("group", "All Staff")],
        "google_workspace" => &[("group", "all@corp.example")],
        "github" => &[("team", "corp-example/all")],
        _ => &[],
    };
    names
        .iter()
        .map(|(kind, name)| grant(kind, name, false))
        .collect()
}

/// What a department has beside: the source and the grant.
pub fn of_department(department: &str) -> Vec<(&'static str, Grant)> {
    let names: &[(&'static str, &str, &str)] = match department {
        "Engineering" => &[
            ("okta", "app", "GitHub"),
            ("okta", "app", "Datadog"),
            ("github", "team", "corp-example/platform"),
            ("aws_cloudtrail", "group", "developers"),
            ("gitlab", "group", "corp/platform"),
        ],
        "Sales" => &[("okta", "app", "Salesforce")],
        "Finance" => &[
            ("okta", "app", "NetSuite"),
            ("entra", "group", "Finance Reports"),
        ],
        "Support" => &[("slack", "group", "incident")],
        "IT" => &[
            ("okta", "group", "vpn-users"),
            ("aws_cloudtrail", "policy", "ReadOnlyAccess"),
        ],
        _ => &[],
    };
    let named = names.iter();
    named
        .map(|(source, kind, name)| (*source, grant(kind, name, false)))
        .collect()
}

/// Where people of a department have accounts.
pub fn sources_of(department: &str) -> &'static [&'static str] {
    match department {
        "Engineering" => &[
            "okta",
            "google_workspace",
            "slack",
            "github",
            "aws_cloudtrail",
            "gitlab",
            "onepassword",
        ],
        "Sales" => &["okta", "google_workspace", "slack", "entra"],
        "Finance" => &["okta", "google_workspace", "entra", "snowflake"],
        "Support" => &["okta", "google_workspace", "slack", "onepassword"],
        "IT" => &[
            "okta",
            "google_workspace",
            "slack",
            "entra",
            "aws_cloudtrail",
            "onepassword",
        ],
        _ => &["okta", "google_workspace", "slack"],
    }
}

/// Sources that keep accounts.
pub const SOURCES: [&str; 9] = [
    "okta",
    "entra",
    "google_workspace",
    "github",
    "aws_cloudtrail",
    "slack",
    "snowflake",
    "gitlab",
    "onepassword",
];
