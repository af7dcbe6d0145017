//! A ticket that asks for offboarding or revocation is resolved or closed as done, and at
//! closed_at + grace the account (or the named grant) is still live; until nothing that it named
//! is, or it is reopened. Of resolved and closed the first counts.

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Subject, Ticket, TicketChange, TicketKind};
use crate::simulate::oracle::account::Account;
use crate::simulate::oracle::approval::same_grant;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::history::History;
use crate::simulate::oracle::moments::{Stretch, first_after};

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let grace = company.delay(RuleId::RevocationUnfulfilled);
    for (id, told) in &company.tickets {
        for (closed_at, ticket, reopened) in closings(told) {
            let from = closed_at + grace;
            let named = named(company, ticket);
            let open = |at| reopened.is_none_or(|reopened| reopened > at);
            let holds = |at| open(at) && named.iter().any(|named| named.live(at));
            if !holds(from) {
                continue;
            }
            let instants = named.iter().flat_map(Named::instants).chain(reopened);
            let to = first_after(instants, from, |at| !holds(at));
            opinions.push(Opinion::of(format!("ticket:{id}"), Stretch { from, to }));
        }
    }
}

/// Each time that it was closed as done: when, as what, and when it was reopened.
fn closings<'t>(
    told: &[(Timestamp, &'t Ticket)],
) -> Vec<(Timestamp, &'t Ticket, Option<Timestamp>)> {
    let mut closings: Vec<(Timestamp, &Ticket, Option<Timestamp>)> = Vec::new();
    for (at, ticket) in told {
        let closes = matches!(
            ticket.change,
            TicketChange::Resolved { .. } | TicketChange::Closed { .. }
        );
        match closings.last_mut() {
            Some((_, _, reopened @ None)) if ticket.change == TicketChange::Reopened => {
                *reopened = Some(*at);
            }
            Some((_, _, None)) => {}
            _ if closes => closings.push((*at, *ticket, None)),
            _ => {}
        }
    }
    closings.retain(|(_, ticket, _)| {
        let done = matches!(
            ticket.change,
            TicketChange::Resolved { done: true } | TicketChange::Closed { done: true }
        );
        let asks = matches!(
            ticket.kind,
            TicketKind::Offboarding | TicketKind::Revocation
        );
        done && asks
    });
    closings
}

/// An account, or one grant of it.
struct Named<'c> {
    account: &'c Account<'c>,
    grant: Option<&'c History>,
}

fn named<'c>(company: &'c Company<'_>, ticket: &Ticket) -> Vec<Named<'c>> {
    let accounts = company.real_accounts();
    let accounts = accounts.filter(|account| is_of(company, account, &ticket.subject));
    if ticket.grants.is_empty() {
        let whole = |account| Named {
            account,
            grant: None,
        };
        return accounts.map(whole).collect();
    }
    let grants = accounts.flat_map(|account| {
        let wanted = |name: &(crate::model::Text, crate::model::Text)| {
            ticket.grants.iter().any(|(source, grant)| {
                *source == account.cast.source && same_grant(name, &grant.kind, &grant.name)
            })
        };
        let grants = account.grants.iter().filter(move |(name, _)| wanted(name));
        grants.map(move |(_, grant)| Named {
            account,
            grant: Some(&grant.history),
        })
    });
    grants.collect()
}

/// An address means the accounts of the person whose it is.
fn is_of(company: &Company<'_>, account: &Account<'_>, subject: &Subject) -> bool {
    match subject {
        Subject::Account(no) => *no == account.no,
        Subject::Email(email) => {
            let email = email.to_lowercase();
            let persons = company.addresses.get(&email);
            let owner = account.owner.person();
            owner.is_some_and(|owner| persons.is_some_and(|persons| persons.contains(&owner)))
        }
    }
}

impl Named<'_> {
    /// "Named grants need a live account."
    fn live(&self, at: Timestamp) -> bool {
        self.account.life.live(at) && self.grant.is_none_or(|history| history.live(at))
    }

    fn instants(&self) -> Vec<Timestamp> {
        let mut instants = self.account.life.instants();
        let grant = self.grant.iter();
        instants.extend(grant.flat_map(|history| history.instants()));
        instants
    }
}
