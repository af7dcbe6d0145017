//! Slack's audit logs.

use serde_json::{Value, json};

use super::telling::{Telling, full_name, of_name};
use crate::simulate::deed::{Account, Act, Life};

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let failed = telling.deed.failed;
    let (action, entity, details) = said(telling)?;
    // Whoever is put into a group stands as the actor, and who put them there in the details.
    let joins = action.ends_with("_usergroup");
    let actor = match (&telling.deed.act, joins) {
        (Act::Grant { account, .. } | Act::Revoke { account, .. }, true) => {
            Some(telling.account(*account))
        }
        _ => telling.actor(),
    };
    let actor = match actor {
        Some(actor) => user(actor),
        None => json!({"id": "USLACKUSER", "name": "Slack", "email": null, "team": "E0ORG1"}),
    };
    if failed && action != "user_login_failed" {
        return None;
    }
    Some(json!({
        "id": telling.noise.uuid(),
        "date_create": telling.deed.at.as_micros().div_euclid(1_000_000),
        "action": action,
        "actor": {"type": "user", "user": actor},
        "entity": entity,
        "context": {
            "location": {"type": "enterprise", "id": "E0ORG1", "name": "Corp", "domain": "corp"},
            "ua": telling.agent(),
            "ip_address": telling.ip(),
            "session_id": telling.noise.below(1 << 40),
        },
        "details": details,
    }))
}

fn said(telling: &mut Telling<'_>) -> Option<(&'static str, Value, Value)> {
    let on = |account: &Account| json!({"type": "user", "user": user(account)});
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let action = life(*change)?;
            (action, on(telling.account(*account)), json!({}))
        }
        Act::SignIn { application: None } => {
            let action = if telling.deed.failed {
                "user_login_failed"
            } else {
                "user_login"
            };
            (action, on(telling.actor()?), json!({"type": "saml"}))
        }
        Act::LogOut => ("user_logout", on(telling.actor()?), json!({})),
        Act::Work { credential: None } => {
            let channel = format!("C{}", telling.noise.word(CAPITALS, 10));
            let channel = json!({"id": channel, "name": "general", "privacy": "public"});
            let entity = json!({"type": "channel", "channel": channel});
            (
                *telling
                    .noise
                    .pick(&["user_channel_join", "user_channel_leave"]),
                entity,
                json!({}),
            )
        }
        Act::Grant { account, grant } | Act::Revoke { account, grant } => {
            let gives = matches!(telling.deed.act, Act::Grant { .. });
            match (grant.kind.as_ref(), grant.name.as_ref(), gives) {
                ("role", "admin", true) => (
                    "role_change_to_admin",
                    on(telling.account(*account)),
                    json!({}),
                ),
                ("role", "owner", true) => (
                    "role_change_to_owner",
                    on(telling.account(*account)),
                    json!({}),
                ),
                ("role", "admin" | "owner", false) => (
                    "role_change_to_user",
                    on(telling.account(*account)),
                    json!({}),
                ),
                ("group", name, _) => {
                    let id = format!("S{}", of_name("slack group", name).word(CAPITALS, 10));
                    let entity =
                        json!({"type": "usergroup", "usergroup": {"id": id, "name": name}});
                    let by = telling
                        .actor()
                        .map(|actor| json!({"type": "user", "user": user(actor)}));
                    let key = if gives { "inviter" } else { "kicker" };
                    let action = if gives {
                        "user_added_to_usergroup"
                    } else {
                        "user_removed_from_usergroup"
                    };
                    (action, entity, json!({key: by?}))
                }
                _ => return None,
            }
        }
        _ => return None,
    })
}

const fn life(change: Life) -> Option<&'static str> {
    Some(match change {
        Life::Create => "user_created",
        Life::Deactivate => "user_deactivated",
        Life::Reinstate => "user_reactivated",
        _ => return None,
    })
}

fn user(account: &Account) -> Value {
    json!({"id": account.uid.as_ref(), "name": account.name.as_ref(),
        "email": account.email.as_deref().unwrap_or(&full_name(&account.name)), "team": "T0CORP"})
}

const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
