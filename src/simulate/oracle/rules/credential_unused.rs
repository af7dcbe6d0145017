//! A credential is live and was not used for idle since the latest of last use, creation and the
//! beginning of what we know; until a use, or it ends. Only credentials whose use the source logs.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{latest, stretches};

use super::Opinion;

const LOGS_USE: [(&str, &str); 6] = [
    ("aws_cloudtrail", "access_key"),
    ("okta", "api_token"),
    ("entra", "client_secret"),
    ("entra", "certificate"),
    ("snowflake", "programmatic_access_token"),
    ("databricks", "personal_access_token"),
];

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let idle = company.delay(RuleId::CredentialUnused);
    for (account, credential) in company.credentials() {
        if !LOGS_USE.contains(&(&*account.cast.source, &*credential.cast.kind)) {
            continue;
        }
        let history = &credential.history;
        let last_sign = |at| {
            let signs = [
                latest(&credential.uses, at),
                history.last_beginning(at),
                credential.first_seen,
            ];
            signs.into_iter().flatten().max()
        };
        let mut signs = history.instants();
        signs.extend(credential.first_seen);
        signs.extend(&credential.uses);
        let instants = signs.iter().flat_map(|at| [*at, *at + idle]);
        let unused = |at| history.live(at) && last_sign(at).is_some_and(|last| last + idle <= at);
        let stretches = stretches(instants, unused).into_iter();
        opinions.extend(stretches.map(|stretch| Opinion {
            subject: credential.subject(account),
            ..account.opinion(stretch)
        }));
    }
}
