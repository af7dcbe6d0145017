//! A non-human identity's account is live and has had no owner for grace since first_seen, or its
//! only owner has been terminated for grace; as long as that is so.

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::{Stretch, first_after, just_before};
use crate::simulate::oracle::owner::{Link, Owner};
use crate::simulate::oracle::person::Person;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::NhiOwnerless);
    for account in company.real_accounts() {
        let (Owner::NonHuman(links), Some(seen)) = (&account.owner, account.first_seen) else {
            continue;
        };
        let gone = |link: &Link, at: Timestamp| {
            let person = company.person(link.person);
            let left = person.and_then(|person| person.terminated_at(at));
            left.is_some_and(|left| left + grace <= at)
        };
        let ownerless = |at| {
            // Who had left before the link was stated never owned it.
            let owned = |link: &&Link| {
                let person = company.person(link.person);
                let left = person.and_then(|person| person.terminated_at(at));
                link.since <= at && left.is_none_or(|left| link.since < left)
            };
            let linked: Vec<&Link> = links.iter().filter(owned).collect();
            if linked.is_empty() {
                at >= seen + grace
            } else {
                linked.iter().all(|link| gone(link, at))
            }
        };
        let mut instants = account.life.instants();
        instants.push(seen + grace);
        for link in links {
            instants.push(link.since);
            let person = company.person(link.person).into_iter();
            for at in person.flat_map(Person::instants) {
                instants.extend([at, at + grace]);
            }
        }
        let holds = |at| account.life.live(at) && ownerless(at);
        // Once it is so, only an owner who is employed ends it.
        let over = |at| {
            let mut linked = links.iter().filter(|link| link.since <= at);
            let employed = linked.any(|link| {
                let person = company.person(link.person);
                person.is_some_and(|person| person.terminated_at(at).is_none())
            });
            employed || !account.life.live(at)
        };
        let mut next = first_after(instants.clone(), Timestamp::MIN, holds);
        while let Some(from) = next {
            let to = first_after(instants.clone(), from, over);
            opinions.push(account.opinion(Stretch { from, to }));
            next = to.and_then(|to| first_after(instants.clone(), just_before(to), holds));
        }
    }
}
