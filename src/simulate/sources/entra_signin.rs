//! Microsoft Entra ID sign-ins, of users and of service principals.

use serde_json::{Value, json};

use super::telling::{Telling, address, full_name, of_name};
use crate::simulate::deed::Act;

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let actor = telling.actor()?;
    let (application, credential) = match &telling.deed.act {
        Act::SignIn { application } => (application.clone(), None),
        // Whoever has a secret signs in with it.
        Act::Work {
            credential: Some(credential),
        } => (None, Some(*credential)),
        _ => return None,
    };
    // A person signs in for an application; what a service signs in for is no application of its.
    if actor.marked_non_human == application.is_some() {
        return None;
    }
    let failed = telling.deed.failed;
    let ip = telling.ip();
    let mut of = json!({
        "id": telling.noise.uuid(),
        "createdDateTime": telling.time(),
        "ipAddress": ip,
        "correlationId": telling.noise.uuid(),
        "conditionalAccessStatus": if failed { "notApplied" } else { "success" },
        "status": {
            "errorCode": if failed { 50126 } else { 0 },
            "failureReason": if failed { "Error validating credentials due to invalid username or password." } else { "Other." },
            "additionalDetails": null,
        },
        "location": {"city": "Utrecht", "state": "Utrecht", "countryOrRegion": "NL"},
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
    });
    let named = if actor.marked_non_human {
        let key = credential.map(|credential| telling.cast.credential(credential).uid.to_string());
        json!({
            "servicePrincipalId": actor.uid.as_ref(),
            "servicePrincipalName": actor.name.as_ref(),
            "appId": of_name("entra application", &actor.uid).uuid(),
            "servicePrincipalCredentialKeyId": key,
            "isInteractive": false,
        })
    } else {
        let name = application.unwrap_or_default();
        json!({
            "userId": actor.uid.as_ref(),
            "userPrincipalName": address(actor).as_ref(),
            "userDisplayName": full_name(&actor.name),
            "appDisplayName": name.as_ref(),
            "appId": of_name("entra application", &name).uuid(),
            "clientAppUsed": "Browser",
            "userAgent": telling.agent(),
            "isInteractive": true,
            "riskState": "none",
            "authenticationRequirement": "multiFactorAuthentication",
            "deviceDetail": {"deviceId": "", "operatingSystem": "MacOs", "isManaged": true},
        })
    };
    if let (Value::Object(of), Value::Object(named)) = (&mut of, named) {
        of.extend(named);
    }
    Some(enveloped(telling, of, actor.marked_non_human))
}

/// Some tenants read Graph, others have the same sent by a diagnostic setting.
fn enveloped(telling: &mut Telling<'_>, of: Value, service: bool) -> Value {
    if telling.noise.percent(50) {
        return of;
    }
    let failed = telling.deed.failed;
    json!({
        "time": telling.time(),
        "resourceId": "/tenants/2f7c1f6e-5f5a-4a41-9d3c-0e6f6a0d7b11/providers/Microsoft.aadiam",
        "operationName": "Sign-in activity",
        "operationVersion": "1.0",
        "category": if service { "ServicePrincipalSignInLogs" } else { "SignInLogs" },
        "tenantId": "2f7c1f6e-5f5a-4a41-9d3c-0e6f6a0d7b11",
        "resultType": if failed { "50126" } else { "0" },
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": of.get("ipAddress"),
        "Level": 4,
        "properties": of,
    })
}
