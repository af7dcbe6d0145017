//! A credential is live at created + max_age; until it ends. Whose creation nobody logged and no
//! listing tells is of unknown age.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let max_age = company.delay(RuleId::CredentialUnrotated);
    for (account, credential) in company.credentials() {
        let history = &credential.history;
        let Some(from) = history.made().map(|made| made + max_age) else {
            continue;
        };
        if !history.live(from) {
            continue;
        }
        let to = first_after(history.instants(), from, |at| !history.live(at));
        opinions.push(Opinion {
            subject: credential.subject(account),
            ..account.opinion(Stretch { from, to })
        });
    }
}
