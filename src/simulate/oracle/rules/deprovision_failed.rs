//! An attempt to suspend, deactivate, delete or revoke the account failed, and no later attempt
//! succeeded by failure + grace; until one does. Steps of workflows count where their target is
//! an account.

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::oracle::account::Outcome;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::stretches;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::DeprovisionFailed);
    let accounts = company.accounts.iter();
    for account in accounts.filter(|account| !account.cast.session) {
        let of = |wanted: Outcome| {
            let attempts = account.end_attempts.iter();
            let attempts = attempts.filter(move |(_, outcome)| *outcome == wanted);
            attempts.map(|(at, _)| *at).collect::<Vec<Timestamp>>()
        };
        let (mut failed, mut ended) = (of(Outcome::Failed), of(Outcome::Ended));
        // Whatever ended it, by whatever name.
        let instants = account.life.instants().into_iter();
        ended.extend(instants.filter(|at| account.life.ends(*at)));
        // What was known to have ended could not be ended.
        failed.retain(|at| {
            account.first_seen.is_none_or(|seen| *at < seen) || account.life.live(*at)
        });
        let instants = failed.iter().map(|at| *at + grace).chain(ended.clone());
        let undone = |at: Timestamp, failure: Timestamp| {
            let mut later = ended.iter();
            failure + grace <= at && !later.any(|ended| failure <= *ended && *ended <= at)
        };
        let holds = |at| failed.iter().any(|failure| undone(at, *failure));
        let stretches = stretches(instants, holds).into_iter();
        opinions.extend(stretches.map(|stretch| account.opinion(stretch)));
    }
}
