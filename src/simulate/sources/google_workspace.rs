//! Google Workspace's Reports API.

use serde_json::{Value, json};

use super::telling::{Telling, of_name};
use crate::simulate::deed::{Act, Grant, Life};

/// The application that logs it, the kind and name of the event, and its parameters.
type Said = (&'static str, &'static str, &'static str, Vec<Value>);

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let failed = telling.deed.failed;
    let sign_in = matches!(telling.deed.act, Act::SignIn { .. });
    // Nothing else that fails is logged.
    if failed && !sign_in {
        return None;
    }
    let (application, kind, name, parameters) = said(telling)?;
    let actor = match telling.actor() {
        Some(actor) => json!({"callerType": "USER", "email": actor.uid.as_ref(),
            "profileId": of_name("google profile", &actor.uid).word("0123456789", 21)}),
        None => json!({"callerType": "KEY", "key": "SYSTEM"}),
    };
    Some(json!({
        "kind": "admin#reports#activity",
        "id": {
            "time": telling.time(),
            "uniqueQualifier": format!("-{}", telling.noise.below(1 << 62)),
            "applicationName": application,
            "customerId": "C03az79cb",
        },
        "etag": format!("\"{}\"", telling.noise.hex(27)),
        "actor": actor,
        "ipAddress": telling.ip(),
        "events": [{"type": kind, "name": name, "parameters": parameters}],
    }))
}

fn said(telling: &Telling<'_>) -> Option<Said> {
    let on = |number| telling.account(number).uid.to_string();
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let name = life(*change)?;
            (
                "admin",
                "USER_SETTINGS",
                name,
                vec![text("USER_EMAIL", &on(*account))],
            )
        }
        Act::SignIn { application: None } => {
            let name = if telling.deed.failed {
                "login_failure"
            } else {
                "login_success"
            };
            let how = vec![
                text("login_type", "google_password"),
                json!({"name": "is_suspicious", "boolValue": false}),
            ];
            ("login", "login", name, how)
        }
        Act::SignIn {
            application: Some(name),
        } => {
            let event = if telling.deed.failed {
                "login_failure"
            } else {
                "login_success"
            };
            (
                "saml",
                "login",
                event,
                vec![text("application_name", name), text("initiated_by", "sp")],
            )
        }
        Act::LogOut => (
            "login",
            "login",
            "logout",
            vec![text("login_type", "google_password")],
        ),
        Act::Work { credential: None } => (
            "drive",
            "access",
            "view",
            vec![
                text("doc_type", "document"),
                text("visibility", "people_within_domain_with_link"),
            ],
        ),
        Act::Grant { account, grant } | Act::Revoke { account, grant } => {
            let gives = matches!(telling.deed.act, Act::Grant { .. });
            if grant.kind.as_ref() == "oauth" {
                telling.is_actor(*account).then_some(())?;
                return Some(consent(&grant.name, gives));
            }
            granted(grant, &on(*account), gives)?
        }
        _ => return None,
    })
}

const fn life(change: Life) -> Option<&'static str> {
    Some(match change {
        Life::Create => "CREATE_USER",
        Life::Suspend => "SUSPEND_USER",
        Life::Reinstate => "UNSUSPEND_USER",
        Life::Deactivate => "ARCHIVE_USER",
        Life::Delete => "DELETE_USER",
        _ => return None,
    })
}

/// What somebody lets an application do in their name.
fn consent(name: &str, gives: bool) -> Said {
    let client = of_name("google client", name).word("0123456789", 21);
    let scope = ["https://www.googleapis.com/auth/calendar"];
    let scope = json!({"name": "scope", "multiValue": scope});
    let event = if gives { "authorize" } else { "revoke" };
    let parameters = vec![text("client_id", &client), text("app_name", name), scope];
    ("token", "auth", event, parameters)
}

fn granted(grant: &Grant, user: &str, gives: bool) -> Option<Said> {
    Some(match (grant.kind.as_ref(), grant.name.as_ref()) {
        ("group", group) => (
            "admin",
            "GROUP_SETTINGS",
            if gives {
                "ADD_GROUP_MEMBER"
            } else {
                "REMOVE_GROUP_MEMBER"
            },
            vec![text("USER_EMAIL", user), text("GROUP_EMAIL", group)],
        ),
        ("role", "Super Admin") => (
            "admin",
            "USER_SETTINGS",
            if gives {
                "GRANT_ADMIN_PRIVILEGE"
            } else {
                "REVOKE_ADMIN_PRIVILEGE"
            },
            vec![text("USER_EMAIL", user)],
        ),
        ("role", role) => (
            "admin",
            "DELEGATED_ADMIN_SETTINGS",
            if gives {
                "ASSIGN_ROLE"
            } else {
                "UNASSIGN_ROLE"
            },
            vec![
                text("ROLE_NAME", role),
                text(
                    "ROLE_ID",
                    &of_name("google role", role).word("0123456789", 17),
                ),
                text("USER_EMAIL", user),
            ],
        ),
        _ => return None,
    })
}

fn text(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}
