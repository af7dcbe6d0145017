//! A use later than terminated_at, from the first; until the account stops being live after it, or
//! rehire. The first use after a resolution opens anew; of an account that is not live, and of a
//! session, a use opens like any and resolves at a rehire.

use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::{Opinion, leaving};

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    for leaver in leaving::all(company) {
        let account = leaver.account;
        let ends = |at| !account.cast.session && account.life.ends(at);
        let mut resolved = Some(leaver.terminated_at);
        while let Some(after) = resolved.take() {
            let uses = account.uses.iter().copied();
            let Some(from) = first_after(uses, after, |at| leaver.gone(at)) else {
                break;
            };
            let instants = account.life.instants().into_iter();
            let instants = instants.chain(leaver.person.instants());
            let to = first_after(instants, from, |at| ends(at) || !leaver.gone(at));
            // The use itself may be what ended it.
            let to = if ends(from) { Some(from) } else { to };
            opinions.push(leaver.opinion(account.subject(), Stretch { from, to }));
            resolved = to;
        }
    }
}
