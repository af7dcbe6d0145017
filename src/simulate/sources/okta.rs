//! Okta's System Log.

use serde_json::{Value, json};

use super::telling::{Telling, address, full_name, of_name};
use crate::simulate::deed::{Account, Act, Grant, Life};

/// What happened, in Okta's words, and to what.
struct Said {
    event: &'static str,
    message: &'static str,
    targets: Vec<Value>,
    details: Value,
    token: Option<String>,
}

impl Said {
    fn of(event: &'static str, message: &'static str, targets: Vec<Value>) -> Self {
        Said {
            event,
            message,
            targets,
            details: json!({}),
            token: None,
        }
    }
}

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let said = said(telling)?;
    let failed = telling.deed.failed;
    let (ip, agent) = (telling.ip(), telling.agent());
    let session = telling
        .noise
        .word("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 22);
    let actor = match telling.actor() {
        Some(actor) => user(actor, "User"),
        None => {
            json!({"id": "okta.2b1959c8-bcc0-56eb-a589-cfcfb7422f26", "type": "SystemPrincipal",
            "alternateId": "system@okta.com", "displayName": "Okta System", "detailEntry": null})
        }
    };
    let detail = said
        .token
        .map_or_else(|| json!({}), |token| json!({"requestApiTokenId": token}));
    Some(json!({
        "uuid": telling.noise.uuid(),
        "published": telling.time(),
        "eventType": said.event,
        "version": "0",
        "severity": if failed { "WARN" } else { "INFO" },
        "legacyEventType": said.event.replace('.', "_"),
        "displayMessage": said.message,
        "actor": actor,
        "client": {
            "userAgent": {"rawUserAgent": agent, "os": "Unknown", "browser": "UNKNOWN"},
            "zone": "null", "device": "Computer", "id": null, "ipAddress": ip,
            "geographicalContext": {"city": "Utrecht", "country": "Netherlands"},
        },
        "authenticationContext": {"authenticationStep": 0, "externalSessionId": session},
        "outcome": {
            "result": if failed { "FAILURE" } else { "SUCCESS" },
            "reason": failed.then_some("INVALID_STATE"),
        },
        "target": said.targets,
        "transaction": {"type": "WEB", "id": telling.noise.hex(24), "detail": detail},
        "debugContext": {"debugData": said.details},
        "request": {"ipChain": [{"ip": ip, "version": "V4", "source": null}]},
        "securityContext": {"asNumber": 64496, "isp": "example isp", "isProxy": false},
    }))
}

fn said(telling: &Telling<'_>) -> Option<Said> {
    let of = |event, message, targets| Said {
        details: json!({"requestUri": "/api/v1/"}),
        ..Said::of(event, message, targets)
    };
    let on = |number| user(telling.account(number), "User");
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let (event, message) = life(*change)?;
            of(event, message, vec![on(*account)])
        }
        Act::SignIn { application: None } => of("user.session.start", "User login to Okta", vec![]),
        Act::SignIn {
            application: Some(name),
        } => of(
            "user.authentication.sso",
            "User single sign on to app",
            vec![application(name)],
        ),
        Act::Work { credential: None } => of(
            "user.session.access_admin_app",
            "User accessing Okta admin app",
            vec![],
        ),
        Act::Work {
            credential: Some(credential),
        } => Said {
            token: Some(telling.cast.credential(*credential).uid.to_string()),
            ..of("policy.rule.update", "Update policy rule", vec![])
        },
        Act::LogOut => of("user.session.end", "User logout from Okta", vec![]),
        Act::Grant { account, grant } if grant.kind.as_ref() == "oauth" => {
            telling.is_actor(*account).then_some(())?;
            of(
                "app.oauth2.as.consent.grant",
                "OAuth2 consent granted",
                vec![client(&grant.name)],
            )
        }
        Act::Revoke { account, grant } if grant.kind.as_ref() == "oauth" => {
            telling.is_actor(*account).then_some(())?;
            of(
                "app.oauth2.as.consent.revoke",
                "OAuth2 consent revoked",
                vec![client(&grant.name)],
            )
        }
        Act::Grant { account, grant } => granted(grant, on(*account))?,
        Act::Revoke { account, grant } => revoked(grant, on(*account))?,
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            let made = matches!(telling.deed.act, Act::CredentialCreate { .. });
            let credential = telling.cast.credential(*credential);
            (!made || telling.is_actor(credential.account)).then_some(())?;
            // Only its owner makes a token.
            let (event, message) = if made {
                ("system.api_token.create", "Create API token")
            } else {
                ("system.api_token.revoke", "Revoke API token")
            };
            of(event, message, vec![token(&credential.uid)])
        }
        _ => return None,
    })
}

const fn life(change: Life) -> Option<(&'static str, &'static str)> {
    Some(match change {
        Life::Create => ("user.lifecycle.create", "Create Okta user"),
        Life::Activate => ("user.lifecycle.activate", "Activate Okta user"),
        Life::Suspend => ("user.lifecycle.suspend", "Suspend Okta user"),
        Life::Reinstate => ("user.lifecycle.unsuspend", "Unsuspend Okta user"),
        Life::Deactivate => ("user.lifecycle.deactivate", "Deactivate Okta user"),
        Life::Delete => (
            "user.lifecycle.delete.initiated",
            "Delete Okta user initiated",
        ),
        Life::Lock => ("user.account.lock", "Max sign in attempts exceeded"),
        Life::Unlock => ("user.account.unlock_by_admin", "Unlock user account"),
        Life::Join | Life::Remove => return None,
    })
}

fn granted(grant: &Grant, user: Value) -> Option<Said> {
    let of = Said::of;
    Some(match grant.kind.as_ref() {
        "group" => of(
            "group.user_membership.add",
            "Add user to group membership",
            vec![user, group(&grant.name)],
        ),
        "app" => of(
            "application.user_membership.add",
            "Add user to application membership",
            vec![application_user(&user), application(&grant.name), user],
        ),
        "role" => Said {
            details: json!({"privilegeGranted": grant.name.as_ref()}),
            ..of(
                "user.account.privilege.grant",
                "Grant user privilege",
                vec![user],
            )
        },
        _ => return None,
    })
}

fn revoked(grant: &Grant, user: Value) -> Option<Said> {
    let of = Said::of;
    Some(match grant.kind.as_ref() {
        "group" => of(
            "group.user_membership.remove",
            "Remove user from group membership",
            vec![user, group(&grant.name)],
        ),
        "app" => of(
            "application.user_membership.remove",
            "Remove user from application membership",
            vec![application_user(&user), application(&grant.name), user],
        ),
        "role" => Said {
            details: json!({"privilegeRevoked": grant.name.as_ref()}),
            ..of(
                "user.account.privilege.revoke",
                "Revoke user privilege",
                vec![user],
            )
        },
        _ => return None,
    })
}

fn user(account: &Account, kind: &str) -> Value {
    json!({"id": account.uid.as_ref(), "type": kind, "alternateId": address(account).as_ref(),
        "displayName": full_name(&account.name), "detailEntry": null})
}

fn application_user(user: &Value) -> Value {
    let mut user = user.clone();
    if let (Some(kind), Some(id)) = (user.pointer("/id").cloned(), user.get_mut("id")) {
        *id = Value::from(format!(
            "0ua{}",
            kind.as_str().unwrap_or_default().trim_start_matches("00u")
        ));
    }
    if let Some(kind) = user.get_mut("type") {
        *kind = Value::from("AppUser");
    }
    user
}

fn application(name: &str) -> Value {
    let id = of_name("okta application", name).word(BASE62, 17);
    json!({"id": format!("0oa{id}"), "type": "AppInstance", "alternateId": name,
        "displayName": name, "detailEntry": null})
}

fn client(name: &str) -> Value {
    let id = of_name("okta client", name).word(BASE62, 17);
    json!({"id": format!("0oa{id}"), "type": "PublicClientApp", "alternateId": null,
        "displayName": name, "detailEntry": null})
}

fn group(name: &str) -> Value {
    let id = of_name("okta group", name).word(BASE62, 17);
    json!({"id": format!("00g{id}"), "type": "UserGroup", "alternateId": "unknown",
        "displayName": name, "detailEntry": null})
}

fn token(uid: &str) -> Value {
    json!({"id": uid, "type": "Token", "alternateId": "unknown", "displayName": "automation",
        "detailEntry": null})
}

const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
