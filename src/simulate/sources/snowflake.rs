//! Snowflake: its history of log-ins and of queries. What was done stands in the statement.

use serde_json::{Value, json};

use super::telling::Telling;
use crate::simulate::deed::{Account, Act, Life};

pub fn record(telling: &mut Telling<'_>) -> Option<Value> {
    let failed = telling.deed.failed;
    if let Act::SignIn { application: None } | Act::LogOut = telling.deed.act {
        let logs_out = matches!(telling.deed.act, Act::LogOut);
        let actor = telling.actor()?;
        return Some(json!({
            "EVENT_ID": telling.noise.below(1 << 50),
            "EVENT_TIMESTAMP": telling.time(),
            "EVENT_TYPE": if logs_out { "LOGOUT" } else { "LOGIN" },
            "USER_NAME": capitals(actor),
            "CLIENT_IP": telling.ip(),
            "REPORTED_CLIENT_TYPE": "SNOWFLAKE_UI",
            "REPORTED_CLIENT_VERSION": "1.13.2",
            "FIRST_AUTHENTICATION_FACTOR": "SAML2_ASSERTION",
            "SECOND_AUTHENTICATION_FACTOR": null,
            "IS_SUCCESS": if failed { "NO" } else { "YES" },
            "ERROR_CODE": failed.then_some(390_144),
            "ERROR_MESSAGE": failed.then_some("INCORRECT_USERNAME_PASSWORD"),
        }));
    }
    let (kind, text) = statement(telling)?;
    let actor = telling
        .actor()
        .map_or_else(|| "SYSTEM".to_owned(), capitals);
    Some(json!({
        "QUERY_ID": telling.noise.uuid(),
        "QUERY_TEXT": text,
        "QUERY_TYPE": kind,
        "DATABASE_NAME": null,
        "SESSION_ID": telling.noise.below(1 << 50),
        "USER_NAME": actor,
        "ROLE_NAME": if kind == "SELECT" { "ANALYST" } else { "USERADMIN" },
        "WAREHOUSE_NAME": "WH_S",
        "EXECUTION_STATUS": if failed { "FAIL" } else { "SUCCESS" },
        "ERROR_CODE": failed.then_some("003001"),
        "ERROR_MESSAGE": failed.then_some("SQL access control error: Insufficient privileges"),
        "START_TIME": telling.time(),
        "TOTAL_ELAPSED_TIME": telling.noise.between(12, 4_000),
    }))
}

fn statement(telling: &mut Telling<'_>) -> Option<(&'static str, String)> {
    let quoted = |number| format!("\"{}\"", capitals(telling.cast.account(number)));
    Some(match &telling.deed.act {
        Act::Life { account, change } => {
            let user = quoted(*account);
            match change {
                Life::Create => (
                    "CREATE_USER",
                    format!("CREATE USER {user} DEFAULT_ROLE = PUBLIC"),
                ),
                Life::Suspend => (
                    "ALTER_USER",
                    format!("ALTER USER {user} SET DISABLED = TRUE"),
                ),
                Life::Reinstate => (
                    "ALTER_USER",
                    format!("ALTER USER {user} SET DISABLED = FALSE"),
                ),
                Life::Delete => ("DROP_USER", format!("DROP USER IF EXISTS {user}")),
                _ => return None,
            }
        }
        Act::Work { credential: None } => {
            let table = telling.noise.pick(&["ORDERS", "SESSIONS", "INVOICES"]);
            ("SELECT", format!("SELECT COUNT(*) FROM {table}"))
        }
        Act::Grant { account, grant } if grant.kind.as_ref() == "role" => (
            "GRANT",
            format!("GRANT ROLE {} TO USER {}", grant.name, quoted(*account)),
        ),
        Act::Revoke { account, grant } if grant.kind.as_ref() == "role" => (
            "REVOKE",
            format!("REVOKE ROLE {} FROM USER {}", grant.name, quoted(*account)),
        ),
        _ => return None,
    })
}

/// As Snowflake keeps a name.
fn capitals(account: &Account) -> String {
    account.uid.to_uppercase()
}
