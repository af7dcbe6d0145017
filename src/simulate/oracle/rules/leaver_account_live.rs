//! The owner is terminated and the account is live at terminated_at + grace; until the account
//! stops being live, or the owner is rehired.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;

use super::{Opinion, leaving};

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::LeaverAccountLive);
    for leaver in leaving::of_accounts(company) {
        let life = &leaver.account.life;
        let stretch = leaver.judged(grace, life.instants(), |at| life.live(at));
        opinions.extend(stretch.map(|stretch| leaver.opinion(leaver.account.subject(), stretch)));
    }
}
