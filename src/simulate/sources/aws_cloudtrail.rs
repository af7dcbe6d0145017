//! AWS CloudTrail: IAM users, their keys, and sessions of roles.

use serde_json::{Value, json};

use super::telling::Telling;
use crate::simulate::deed::{Account, Act, Grant, Life};

const NUMBER: &str = "111122223333";

/// Service, event, request and answer.
struct Said {
    service: &'static str,
    event: &'static str,
    request: Value,
    answer: Value,
    key: Option<String>,
}

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let Said {
        service,
        event,
        request,
        answer,
        key,
    } = said(telling)?;
    let failed = telling.deed.failed;
    let identity = match telling.actor() {
        Some(actor) => identity(telling, actor, key),
        None => json!({"type": "AWSService", "invokedBy": "sso.amazonaws.com"}),
    };
    let sign_in = event == "ConsoleLogin";
    let answer = match (sign_in, failed) {
        (true, _) => json!({"ConsoleLogin": if failed { "Failure" } else { "Success" }}),
        (false, true) => Value::Null,
        (false, false) => answer,
    };
    let mut of = json!({
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": telling.deed.at.to_string(),
        "eventSource": service,
        "eventName": event,
        "awsRegion": "us-east-1",
        "sourceIPAddress": telling.ip(),
        "userAgent": telling.agent(),
        "requestParameters": request,
        "responseElements": answer,
        "requestID": telling.noise.uuid(),
        "eventID": telling.noise.uuid(),
        "readOnly": service == "s3.amazonaws.com",
        "eventType": if sign_in { "AwsConsoleSignIn" } else { "AwsApiCall" },
        "managementEvent": true,
        "recipientAccountId": NUMBER,
        "eventCategory": "Management",
    });
    if let (true, false, Value::Object(of)) = (failed, sign_in, &mut of) {
        of.insert("errorCode".to_owned(), Value::from("DeleteConflict"));
        let why = "Cannot delete entity, must detach all policies first.";
        of.insert("errorMessage".to_owned(), Value::from(why));
    }
    Some(of)
}

/// Who acts, with what: a key of their own where the deed says so, else a key for a while.
fn identity(telling: &mut Telling<'_>, actor: &Account, key: Option<String>) -> Value {
    let key = key.unwrap_or_else(|| format!("ASIA{}", telling.noise.word(CAPITALS, 16)));
    if actor.session {
        let (role, session) = actor.uid.split_once(':').unwrap_or((&actor.uid, ""));
        return json!({
            "type": "AssumedRole",
            "principalId": actor.uid.as_ref(),
            "arn": format!("arn:aws:sts::{NUMBER}:assumed-role/PowerUser/{session}"),
            "accountId": NUMBER,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": role, "accountId": NUMBER,
                    "arn": format!("arn:aws:iam::{NUMBER}:role/PowerUser"), "userName": "PowerUser"},
                "attributes": {"mfaAuthenticated": "true"},
            },
        });
    }
    json!({
        "type": "IAMUser",
        "principalId": actor.uid.as_ref(),
        "arn": format!("arn:aws:iam::{NUMBER}:user/{}", actor.name),
        "accountId": NUMBER,
        "accessKeyId": key,
        "userName": actor.name.as_ref(),
    })
}

fn said(telling: &mut Telling<'_>) -> Option<Said> {
    let iam = |event, request, answer| Said {
        service: "iam.amazonaws.com",
        event,
        request,
        answer,
        key: None,
    };
    let cast = telling.cast;
    let named = |number| json!({"userName": cast.account(number).name.as_ref()});
    if telling.actor().is_some_and(|actor| actor.session)
        && !matches!(telling.deed.act, Act::Work { credential: None })
    {
        return None;
    }
    Some(match &telling.deed.act {
        Act::Life {
            account,
            change: Life::Create,
        } => {
            let user = telling.account(*account);
            let made = json!({"user": {"path": "/", "userName": user.name.as_ref(),
                "userId": user.uid.as_ref(), "arn": format!("arn:aws:iam::{NUMBER}:user/{}", user.name)}});
            iam("CreateUser", named(*account), made)
        }
        Act::Life {
            account,
            change: Life::Delete,
        } => iam("DeleteUser", named(*account), Value::Null),
        Act::SignIn { application: None } => Said {
            service: "signin.amazonaws.com",
            ..iam("ConsoleLogin", Value::Null, Value::Null)
        },
        Act::Work { credential } => {
            let key = credential.map(|credential| cast.credential(credential).uid.to_string());
            let (service, event) = *telling.noise.pick(&WORK);
            Said {
                service,
                key,
                ..iam(event, Value::Null, Value::Null)
            }
        }
        Act::Grant { account, grant } => granted(grant, &telling.account(*account).name, true)?,
        Act::Revoke { account, grant } => granted(grant, &telling.account(*account).name, false)?,
        Act::CredentialCreate { credential } => {
            let credential = cast.credential(*credential);
            let owner = &telling.account(credential.account).name;
            let made = json!({"accessKey": {"userName": owner.as_ref(), "status": "Active",
                "accessKeyId": credential.uid.as_ref()}});
            iam("CreateAccessKey", named(credential.account), made)
        }
        Act::CredentialEnd { credential } => {
            let credential = cast.credential(*credential);
            let owner = telling.account(credential.account).name.to_string();
            let request = json!({"userName": owner, "accessKeyId": credential.uid.as_ref()});
            if telling.noise.percent(50) {
                iam("DeleteAccessKey", request, Value::Null)
            } else {
                let request = json!({"userName": owner, "accessKeyId": credential.uid.as_ref(),
                    "status": "Inactive"});
                iam("UpdateAccessKey", request, Value::Null)
            }
        }
        _ => return None,
    })
}

fn granted(grant: &Grant, user: &str, gives: bool) -> Option<Said> {
    let (event, request) = match (grant.kind.as_ref(), gives) {
        ("group", true) => (
            "AddUserToGroup",
            json!({"userName": user, "groupName": grant.name.as_ref()}),
        ),
        ("group", false) => (
            "RemoveUserFromGroup",
            json!({"userName": user, "groupName": grant.name.as_ref()}),
        ),
        ("policy", _) => {
            let arn = format!("arn:aws:iam::aws:policy/{}", grant.name);
            let event = if gives {
                "AttachUserPolicy"
            } else {
                "DetachUserPolicy"
            };
            (event, json!({"userName": user, "policyArn": arn}))
        }
        _ => return None,
    };
    Some(Said {
        service: "iam.amazonaws.com",
        event,
        request,
        answer: Value::Null,
        key: None,
    })
}

const WORK: [(&str, &str); 5] = [
    ("s3.amazonaws.com", "ListBuckets"),
    ("ec2.amazonaws.com", "DescribeInstances"),
    ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2"),
    ("logs.amazonaws.com", "DescribeLogGroups"),
    ("ssm.amazonaws.com", "GetParameters"),
];

const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
