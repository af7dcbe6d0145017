//! GitLab's audit events, as it streams them.

use serde_json::{Value, json};

use super::telling::{Telling, full_name, of_name, with};
use crate::simulate::deed::{AccountNo, Act, Actor, Grant, Life};

/// What happened, to what, and more of the details.
struct Said {
    event: &'static str,
    /// Kind, number and path of what the event belongs to.
    entity: (&'static str, String, String),
    /// Kind, number and name of what it is about.
    target: (&'static str, String, String),
    details: Vec<(&'static str, Value)>,
}

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    if telling.deed.failed {
        return None;
    }
    let said = said(telling)?;
    let ip = telling.ip();
    let (author, name) = match telling.actor() {
        Some(actor) => (actor.uid.parse().unwrap_or(0_i64), actor.name.to_string()),
        None => (-1, "(System)".to_owned()),
    };
    let (target_type, target_id, target_name) = &said.target;
    let (entity_type, entity_id, entity_path) = &said.entity;
    let details = json!({
        "author_name": name,
        "author_class": "User",
        "target_id": numbered(target_id),
        "target_type": target_type,
        "target_details": target_name,
        "ip_address": ip,
        "entity_path": entity_path,
    });
    Some(json!({
        "id": telling.noise.uuid(),
        "author_id": author,
        "author_name": name,
        "entity_id": numbered(entity_id),
        "entity_type": entity_type,
        "entity_path": entity_path,
        "event_type": said.event,
        "created_at": telling.time(),
        "ip_address": ip,
        "target_id": numbered(target_id),
        "target_type": target_type,
        "target_details": target_name,
        "details": with(details, &said.details),
    }))
}

fn said(telling: &Telling<'_>) -> Option<Said> {
    let user = |number| {
        let account = telling.account(number);
        ("User", account.uid.to_string(), account.name.to_string())
    };
    let about = |event, number, details| Said {
        event,
        entity: user(number),
        target: user(number),
        details,
    };
    let actor = || match telling.deed.actor {
        Actor::Account(number) => Some(number),
        Actor::System => None,
    };
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let event = match change {
                Life::Create => "user_created",
                Life::Suspend => "user_blocked",
                Life::Reinstate => "unblock_user",
                Life::Deactivate => "user_deactivate",
                Life::Delete => "user_destroyed",
                _ => return None,
            };
            about(event, *account, vec![])
        }
        Act::SignIn { application: None } => about(
            "authenticated_with_oauth",
            actor()?,
            vec![("with", Value::from("saml"))],
        ),
        Act::Work { credential: None } => Said {
            event: "repository_git_operation",
            entity: ("Project", "4711".to_owned(), "corp/platform/api".to_owned()),
            target: ("Project", "4711".to_owned(), "corp/platform/api".to_owned()),
            details: vec![("custom_message", Value::from("Repository was pulled"))],
        },
        Act::Grant { account, grant } | Act::Revoke { account, grant } => {
            granted(telling, *account, grant)?
        }
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            let made = matches!(telling.deed.act, Act::CredentialCreate { .. });
            let credential = telling.cast.credential(*credential);
            if credential.kind.as_ref() != "personal_access_token" {
                return None;
            }
            let word = if made { "Created" } else { "Revoked" };
            let message = format!("{word} personal access token with id {}", credential.uid);
            let event = if made {
                "personal_access_token_created"
            } else {
                "personal_access_token_revoked"
            };
            about(
                event,
                credential.account,
                vec![("custom_message", Value::from(message))],
            )
        }
        _ => return None,
    })
}

/// A membership, or the rights of an administrator.
fn granted(telling: &Telling<'_>, account: AccountNo, grant: &Grant) -> Option<Said> {
    let gives = matches!(telling.deed.act, Act::Grant { .. });
    let user = telling.account(account);
    let target = ("User", user.uid.to_string(), user.name.to_string());
    Some(match (grant.kind.as_ref(), grant.name.as_ref()) {
        ("group", path) => Said {
            event: if gives {
                "member_created"
            } else {
                "member_destroyed"
            },
            entity: ("Group", group(path), path.to_owned()),
            target,
            details: if gives {
                vec![
                    ("add", Value::from("user_access")),
                    ("as", Value::from("Developer")),
                ]
            } else {
                vec![("remove", Value::from("user_access"))]
            },
        },
        ("role", "Administrator") => Said {
            event: "user_admin_status_updated",
            entity: target.clone(),
            target,
            details: vec![
                ("change", Value::from("admin status")),
                ("from", Value::from(!gives)),
                ("to", Value::from(gives)),
            ],
        },
        _ => return None,
    })
}

fn numbered(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| Value::from(full_name(text)), Value::from)
}

fn group(path: &str) -> String {
    of_name("gitlab group", path).below(90_000).to_string()
}
