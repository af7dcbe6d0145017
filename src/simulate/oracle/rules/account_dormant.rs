//! Live, and no use for idle since the latest of last use, creation, reinstatement and the
//! beginning of what we know; until a use, or the account stops being live.

use crate::model::finding::RuleId;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::stretches;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let idle = company.delay(RuleId::AccountDormant);
    for account in company.real_accounts() {
        let life = &account.life;
        let awake = |at| {
            let signs = [
                account.last_use(at),
                life.last_beginning(at),
                account.first_seen,
            ];
            signs.into_iter().flatten().max()
        };
        let mut signs = life.instants();
        signs.extend(account.first_seen);
        signs.extend(&account.uses);
        let instants = signs.iter().flat_map(|at| [*at, *at + idle]);
        let dormant = |at| life.live(at) && awake(at).is_some_and(|awake| awake + idle <= at);
        let stretches = stretches(instants, dormant).into_iter();
        opinions.extend(stretches.map(|stretch| account.opinion(stretch)));
    }
}
