//! What the rules about leavers share: who left, when, and whose accounts they had.

use crate::model::Text;
use crate::model::time::{Span, Timestamp};
use crate::simulate::oracle::account::Account;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after};
use crate::simulate::oracle::person::Person;

use super::Opinion;

/// One account of somebody who left once.
pub(super) struct Leaver<'c> {
    pub account: &'c Account<'c>,
    pub person: &'c Person<'c>,
    pub terminated_at: Timestamp,
}

/// Every account, or session, with every leave of the person that it belongs to. Non-human ones
/// belong to themselves, and disputed ones to nobody.
pub(super) fn all<'c>(company: &'c Company<'_>) -> Vec<Leaver<'c>> {
    let owned = company.accounts.iter().filter_map(|account| {
        let person = company.person(account.owner.person()?)?;
        Some((account, person))
    });
    let leaves = owned.flat_map(|(account, person)| {
        let leaves = person.leaves().into_iter();
        leaves.map(move |terminated_at| Leaver {
            account,
            person,
            terminated_at,
        })
    });
    leaves.collect()
}

/// Likewise, but for accounts alone.
pub(super) fn of_accounts<'c>(company: &'c Company<'_>) -> Vec<Leaver<'c>> {
    let mut leavers = all(company);
    leavers.retain(|leaver| !leaver.account.cast.session);
    leavers
}

impl Leaver<'_> {
    /// Whether the person is gone, since this leave.
    pub(super) fn gone(&self, at: Timestamp) -> bool {
        self.person.terminated_at(at) == Some(self.terminated_at)
    }

    /// From the deadline, if `bad` then, until it is not any more or the person is back.
    pub(super) fn judged(
        &self,
        grace: Span,
        instants: Vec<Timestamp>,
        bad: impl Fn(Timestamp) -> bool,
    ) -> Option<Stretch> {
        let holds = |at| self.gone(at) && bad(at);
        let from = self.terminated_at + grace;
        let instants = instants.into_iter().chain(self.person.instants());
        holds(from).then(|| Stretch {
            from,
            to: first_after(instants, from, |at| !holds(at)),
        })
    }

    pub(super) fn opinion(&self, subject: Text, stretch: Stretch) -> Opinion {
        Opinion {
            subject,
            ..self.account.opinion(stretch)
        }
    }
}
