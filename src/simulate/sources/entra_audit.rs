//! Microsoft Entra ID's audit log.

use serde_json::{Value, json};

use super::telling::{Telling, address, full_name, of_name};
use crate::simulate::deed::{Account, Act, Grant, Life};

/// What happened, in Entra's words.
struct Said {
    activity: &'static str,
    category: &'static str,
    targets: Vec<Value>,
}

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let Said {
        activity,
        category,
        targets,
    } = said(telling)?;
    let failed = telling.deed.failed;
    let ip = telling.ip();
    let by = match telling.actor() {
        Some(actor) if actor.marked_non_human => json!({"user": null, "app": {
            "appId": of_name("entra application", &actor.uid).uuid(),
            "servicePrincipalId": actor.uid.as_ref(), "displayName": actor.name.as_ref(),
            "servicePrincipalName": null}}),
        Some(actor) => json!({"app": null, "user": {
            "id": actor.uid.as_ref(), "userPrincipalName": address(actor).as_ref(),
            "displayName": full_name(&actor.name), "ipAddress": ip, "roles": []}}),
        None => json!({"user": null, "app": {"appId": null, "servicePrincipalId": null,
            "displayName": "Microsoft Azure AD Group-Based Licensing"}}),
    };
    let of = json!({
        "id": format!("Directory_{}_{}", telling.noise.uuid(), telling.noise.word("0123456789", 8)),
        "activityDateTime": telling.time(),
        "activityDisplayName": activity,
        "category": category,
        "correlationId": telling.noise.uuid(),
        "result": if failed { "failure" } else { "success" },
        "resultReason": if failed { "Authorization_RequestDenied" } else { "" },
        "loggedByService": "Core Directory",
        "operationType": if activity.starts_with("Add") { "Add" } else { "Update" },
        "initiatedBy": by,
        "targetResources": targets,
        "additionalDetails": [{"key": "User-Agent", "value": telling.agent()}],
    });
    if telling.noise.percent(70) {
        return Some(of);
    }
    Some(json!({
        "time": telling.time(),
        "resourceId": "/tenants/2f7c1f6e-5f5a-4a41-9d3c-0e6f6a0d7b11/providers/Microsoft.aadiam",
        "operationName": activity,
        "operationVersion": "1.0",
        "category": "AuditLogs",
        "tenantId": "2f7c1f6e-5f5a-4a41-9d3c-0e6f6a0d7b11",
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": ip,
        "Level": 4,
        "properties": of,
    }))
}

fn said(telling: &Telling<'_>) -> Option<Said> {
    let on = |number, changed| target(telling.account(number), changed);
    Some(match &telling.deed.act {
        Act::Life { account, change } => life(telling.account(*account), *change)?,
        Act::Grant { account, grant } if grant.kind.as_ref() == "oauth" => {
            telling.is_actor(*account).then_some(())?;
            let consent = vec![changed("ConsentContext.IsAdminConsent", "False", "")];
            Said {
                activity: "Consent to application",
                category: "ApplicationManagement",
                targets: vec![principal(&grant.name, consent)],
            }
        }
        Act::Grant { account, grant } => {
            let account = telling.account(*account);
            granted(
                grant,
                account,
                (
                    "Add member to group",
                    "Add member to role",
                    "Add app role assignment grant to user",
                ),
            )?
        }
        Act::Revoke { account, grant } => {
            let account = telling.account(*account);
            revoked(grant, account)?
        }
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            let credential = telling.cast.credential(*credential);
            let key = format!(
                "[\"[KeyIdentifier={},KeyType=Password,KeyUsage=Verify,DisplayName=rotated]\"]",
                credential.uid
            );
            let made = matches!(telling.deed.act, Act::CredentialCreate { .. });
            let (new, old) = if made {
                (key.as_str(), "[]")
            } else {
                ("[]", key.as_str())
            };
            Said {
                activity: if made {
                    "Add service principal credentials"
                } else {
                    "Remove service principal credentials"
                },
                category: "ApplicationManagement",
                targets: vec![on(
                    credential.account,
                    vec![changed("KeyDescription", new, old)],
                )],
            }
        }
        _ => return None,
    })
}

fn life(account: &Account, change: Life) -> Option<Said> {
    let of = |activity, category, properties| Said {
        activity,
        category,
        targets: vec![target(account, properties)],
    };
    let enabled =
        |new, old| vec![json!({"displayName": "AccountEnabled", "newValue": new, "oldValue": old})];
    Some(match (account.marked_non_human, change) {
        (true, Life::Create) => of("Add service principal", "ApplicationManagement", vec![]),
        (true, Life::Delete) => of("Remove service principal", "ApplicationManagement", vec![]),
        (true, Life::Suspend) => of(
            "Update service principal",
            "ApplicationManagement",
            enabled("[false]", "[true]"),
        ),
        (true, Life::Reinstate) => of(
            "Update service principal",
            "ApplicationManagement",
            enabled("[true]", "[false]"),
        ),
        (false, Life::Create) => of("Add user", "UserManagement", vec![]),
        (false, Life::Suspend) => of(
            "Disable account",
            "UserManagement",
            enabled("[false]", "[true]"),
        ),
        (false, Life::Reinstate) => of(
            "Enable account",
            "UserManagement",
            enabled("[true]", "[false]"),
        ),
        (false, Life::Delete) => of("Delete user", "UserManagement", vec![]),
        _ => return None,
    })
}

fn granted(
    grant: &Grant,
    account: &Account,
    names: (&'static str, &'static str, &'static str),
) -> Option<Said> {
    let (group, role, app) = names;
    Some(match grant.kind.as_ref() {
        "group" => Said {
            activity: group,
            category: "GroupManagement",
            targets: vec![
                target(
                    account,
                    vec![
                        changed(
                            "Group.ObjectID",
                            &quoted(&of_name("entra group", &grant.name).uuid()),
                            "",
                        ),
                        changed("Group.DisplayName", &quoted(&grant.name), ""),
                    ],
                ),
                json!({"id": of_name("entra group", &grant.name).uuid(), "displayName": null,
                    "type": "Group", "groupType": "azureAD", "modifiedProperties": []}),
            ],
        },
        "role" => Said {
            activity: role,
            category: "RoleManagement",
            targets: vec![target(
                account,
                vec![
                    changed(
                        "Role.ObjectID",
                        &quoted(&of_name("entra role", &grant.name).uuid()),
                        "",
                    ),
                    changed("Role.DisplayName", &quoted(&grant.name), ""),
                ],
            )],
        },
        "app" if !account.marked_non_human => Said {
            activity: app,
            category: "UserManagement",
            targets: vec![principal(&grant.name, vec![]), target(account, vec![])],
        },
        _ => return None,
    })
}

/// What a removal says was there before.
fn revoked(grant: &Grant, account: &Account) -> Option<Said> {
    let names = (
        "Remove member from group",
        "Remove member from role",
        "Remove app role assignment from user",
    );
    let mut said = granted(grant, account, names)?;
    for target in &mut said.targets {
        let properties = target
            .get_mut("modifiedProperties")
            .and_then(Value::as_array_mut);
        for property in properties.into_iter().flatten() {
            let new = property.get("newValue").cloned().unwrap_or_default();
            let name = property.get("displayName").cloned().unwrap_or_default();
            *property = json!({"displayName": name, "newValue": null, "oldValue": new});
        }
    }
    Some(said)
}

fn target(account: &Account, properties: Vec<Value>) -> Value {
    if account.marked_non_human {
        return json!({"id": account.uid.as_ref(), "displayName": account.name.as_ref(),
            "type": "ServicePrincipal", "userPrincipalName": null,
            "modifiedProperties": Value::Array(properties)});
    }
    json!({"id": account.uid.as_ref(), "displayName": full_name(&account.name), "type": "User",
        "userPrincipalName": address(account).as_ref(), "groupType": null,
        "modifiedProperties": Value::Array(properties)})
}

fn principal(name: &str, properties: Vec<Value>) -> Value {
    json!({"id": of_name("entra application", name).uuid(), "displayName": name,
        "type": "ServicePrincipal", "userPrincipalName": null, "modifiedProperties": Value::Array(properties)})
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn changed(name: &str, new: &str, old: &str) -> Value {
    let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({"displayName": name, "newValue": stated(new), "oldValue": stated(old)})
}
