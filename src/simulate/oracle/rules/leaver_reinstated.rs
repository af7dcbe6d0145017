//! An account of somebody terminated goes from ended to live after terminated_at, or is made or
//! first seen then; until it stops being live, or rehire.

use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::{Opinion, leaving};

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    for leaver in leaving::of_accounts(company) {
        let life = &leaver.account.life;
        for from in life.beginnings() {
            if from <= leaver.terminated_at || !leaver.gone(from) {
                continue;
            }
            let instants = life.instants().into_iter();
            let instants = instants.chain(leaver.person.instants());
            let to = first_after(instants, from, |at| !life.live(at) || !leaver.gone(at));
            let stretch = Stretch { from, to };
            opinions.push(leaver.opinion(leaver.account.subject(), stretch));
        }
    }
}
