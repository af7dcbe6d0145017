//! 1Password's Events API: audit events, sign-in attempts, item usages.

use serde_json::{Value, json};

use super::telling::{Telling, address, full_name};
use crate::simulate::deed::{Account, Act, Life};

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let failed = telling.deed.failed;
    let actor = telling.actor()?;
    let user = details(actor);
    let ip = telling.ip();
    match &telling.deed.act {
        Act::SignIn { application: None } => {
            return Some(json!({
                "uuid": telling.noise.word(BASE32, 26),
                "session_uuid": telling.noise.word(BASE32, 26),
                "timestamp": telling.time(),
                "category": if failed { "credentials_failed" } else { "success" },
                "type": if failed { "password_secret_bad" } else { "credentials_ok" },
                "country": "NL",
                "target_user": user,
                "client": {"app_name": "1Password Browser", "platform_name": "Chrome", "ip_address": ip},
            }));
        }
        Act::Work { credential: None } if !failed => {
            return Some(json!({
                "uuid": telling.noise.word(BASE32, 26),
                "timestamp": telling.time(),
                "used_version": 1,
                "vault_uuid": telling.noise.word(BASE32, 26),
                "item_uuid": telling.noise.word(BASE32, 26),
                "action": "fill",
                "user": user,
                "client": {"app_name": "1Password Browser", "platform_name": "Chrome", "ip_address": ip},
            }));
        }
        _ if failed => return None,
        _ => {}
    }
    let (kind, action, object, more) = said(telling)?;
    let mut of = json!({
        "uuid": telling.noise.word(BASE32, 26),
        "timestamp": telling.time(),
        "actor_uuid": actor.uid.as_ref(),
        "actor_details": user,
        "action": action,
        "object_type": kind,
        "object_uuid": object,
        "session": {"uuid": telling.noise.word(BASE32, 26), "ip": ip,
            "device_uuid": telling.noise.word(BASE32, 26), "login_time": telling.time()},
        "location": {"country": "NL", "region": "Utrecht", "city": "Utrecht"},
    });
    if let (Value::Object(of), Value::Object(more)) = (&mut of, more) {
        of.extend(more);
    }
    Some(of)
}

fn said(telling: &Telling<'_>) -> Option<(&'static str, &'static str, String, Value)> {
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let account = telling.account(*account);
            let action = match change {
                Life::Create => "create",
                Life::Suspend => "suspend",
                Life::Reinstate => "reactive",
                Life::Delete => "delete",
                _ => return None,
            };
            (
                "user",
                action,
                account.uid.to_string(),
                json!({"object_details": details(account)}),
            )
        }
        Act::Grant { account, grant } | Act::Revoke { account, grant }
            if grant.kind.as_ref() == "group" =>
        {
            let gives = matches!(telling.deed.act, Act::Grant { .. });
            let account = telling.account(*account);
            let member = json!({"aux_uuid": account.uid.as_ref(), "aux_details": details(account)});
            (
                "gm",
                if gives { "join" } else { "leave" },
                grant.name.to_string(),
                member,
            )
        }
        _ => return None,
    })
}

fn details(account: &Account) -> Value {
    json!({"uuid": account.uid.as_ref(), "name": full_name(&account.name),
        "email": address(account).as_ref()})
}

const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
