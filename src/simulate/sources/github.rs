//! GitHub's audit log of an organisation. It logs nothing that fails.

use serde_json::{Value, json};

use super::telling::{Telling, epoch_milliseconds, of_name, with};
use crate::simulate::deed::{Act, CredentialNo, Grant, Life};

const ORGANISATION: &str = "corp-example";

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    if telling.deed.failed {
        return None;
    }
    let (action, more) = said(telling)?;
    let at = epoch_milliseconds(telling.deed.at);
    let ip = telling.ip();
    let (actor, id) = match telling.actor() {
        Some(actor) => (actor.uid.to_string(), number(&actor.uid)),
        None => ("github-staff".to_owned(), 0),
    };
    let of = json!({
        "@timestamp": at,
        "created_at": at,
        "_document_id": telling.noise.word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 22),
        "action": action,
        "actor": actor,
        "actor_id": id,
        "actor_ip": ip,
        "actor_location": {"country_code": "NL"},
        "actor_is_bot": actor.ends_with("[bot]"),
        "org": ORGANISATION,
        "org_id": 41_220_117,
        "operation_type": "modify",
        "user_agent": telling.agent(),
    });
    Some(with(of, &more))
}

type More = Vec<(&'static str, Value)>;

fn said(telling: &mut Telling<'_>) -> Option<(&'static str, More)> {
    let named = |number_: &str| -> More {
        vec![
            ("user", Value::from(number_)),
            ("user_id", Value::from(number(number_))),
        ]
    };
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let mut more = named(&telling.account(*account).uid);
            let action = match change {
                Life::Join => {
                    more.push(("permission", Value::from("read")));
                    "org.add_member"
                }
                Life::Remove => "org.remove_member",
                Life::Suspend => "org.block_user",
                Life::Reinstate => "org.unblock_user",
                _ => return None,
            };
            (action, more)
        }
        Act::Work { credential } => work(telling, *credential)?,
        Act::Grant { account, grant } => granted(grant, named(&telling.account(*account).uid))?,
        Act::Revoke { account, grant } => revoked(grant, named(&telling.account(*account).uid))?,
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            let owner = telling.cast.credential(*credential).account;
            made(telling, *credential, named(&telling.account(owner).uid))?
        }
        Act::States { account, email } => {
            let mut more = named(&telling.account(*account).uid);
            more.push(("external_identity_nameid", Value::from(email.as_ref())));
            let own = telling.is_actor(*account);
            (
                if own {
                    "org.sso_response"
                } else {
                    "external_identity.update"
                },
                more,
            )
        }
        _ => return None,
    })
}

/// Work on a repository, with a token where there is one.
fn work(telling: &Telling<'_>, with: Option<CredentialNo>) -> Option<(&'static str, More)> {
    let repository = telling.noise.pick(&["platform", "web", "billing", "infra"]);
    let mut more: More = vec![
        ("repo", Value::from(format!("{ORGANISATION}/{repository}"))),
        ("transport_protocol_name", Value::from("ssh")),
    ];
    if let Some(credential) = with {
        let credential = telling.cast.credential(credential);
        if credential.kind.as_ref() != "personal_access_token" {
            return None;
        }
        let kind = Value::from("Fine-grained personal access token");
        more.push(("programmatic_access_type", kind));
        more.push(("token_id", Value::from(credential.uid.as_ref())));
    }
    let action = telling.noise.pick(&["git.push", "git.fetch", "git.clone"]);
    Some((action, more))
}

/// A token or key is made, or ends.
fn made(
    telling: &Telling<'_>,
    credential: CredentialNo,
    mut more: More,
) -> Option<(&'static str, More)> {
    let credential = telling.cast.credential(credential);
    let made = matches!(telling.deed.act, Act::CredentialCreate { .. });
    let (action, key) = match (credential.kind.as_ref(), made) {
        ("personal_access_token", true) => ("personal_access_token.access_granted", "token_id"),
        ("personal_access_token", false) => ("personal_access_token.access_revoked", "token_id"),
        ("ssh_key", true) => ("public_key.create", "key_id"),
        ("ssh_key", false) => ("public_key.delete", "key_id"),
        _ => return None,
    };
    more.push((key, Value::from(credential.uid.as_ref())));
    more.push(("title", Value::from("laptop")));
    Some((action, more))
}

fn granted(grant: &Grant, mut more: More) -> Option<(&'static str, More)> {
    let action = match (grant.kind.as_ref(), grant.name.as_ref()) {
        ("team", team) => {
            more.push(("team", Value::from(team)));
            "team.add_member"
        }
        ("role", "admin") => {
            more.push(("permission", Value::from("admin")));
            more.push(("old_permission", Value::from("read")));
            "org.update_member"
        }
        ("app", "GitHub Copilot") => "copilot.cfb_seat_added",
        _ => return None,
    };
    Some((action, more))
}

fn revoked(grant: &Grant, mut more: More) -> Option<(&'static str, More)> {
    let action = match (grant.kind.as_ref(), grant.name.as_ref()) {
        ("team", team) => {
            more.push(("team", Value::from(team)));
            "team.remove_member"
        }
        ("role", "admin") => {
            more.push(("permission", Value::from("read")));
            more.push(("old_permission", Value::from("admin")));
            "org.update_member"
        }
        ("app", "GitHub Copilot") => "copilot.cfb_seat_cancelled",
        _ => return None,
    };
    Some((action, more))
}

fn number(login: &str) -> u64 {
    of_name("github user", login).below(90_000_000) + 1_000_000
}
