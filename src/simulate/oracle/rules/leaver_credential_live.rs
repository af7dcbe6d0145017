//! The owner of the credential's account is terminated and the credential is live at
//! terminated_at + grace, even where the account is not; until it ends, or rehire.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;

use super::{Opinion, leaving};

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::LeaverCredentialLive);
    for leaver in leaving::of_accounts(company) {
        let account = leaver.account;
        for credential in &company.credentials {
            if credential.cast.account != account.no {
                continue;
            }
            let history = &credential.history;
            let stretch = leaver.judged(grace, history.instants(), |at| history.live(at));
            let subject = credential.subject(account);
            opinions.extend(stretch.map(|stretch| leaver.opinion(subject, stretch)));
        }
    }
}
