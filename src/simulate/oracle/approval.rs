//! What approves a grant: tickets, and reviews that keep it.

use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::deed::{self, Subject, Ticket, TicketChange, TicketKind};

use super::account::Account;
use super::company::Company;

/// A grant of an account, by kind and name.
pub(super) type GrantName = (Text, Text);

/// Which tickets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Those that name the grant.
    It,
    /// And those that name none.
    ItOrNone,
}

/// The times at which a ticket that asks for access was approved for the account.
pub(super) fn approvals(
    company: &Company<'_>,
    account: &Account<'_>,
    grant: &GrantName,
    naming: Naming,
) -> Vec<Timestamp> {
    let told = company.tickets.values().flatten();
    let approved = told.filter(|(_, ticket)| {
        ticket.change == TicketChange::Approved
            && matches!(
                ticket.kind,
                TicketKind::AccessRequest | TicketKind::Onboarding
            )
    });
    let counts = |ticket: &Ticket| {
        let none = naming == Naming::ItOrNone && ticket.grants.is_empty();
        let mut named = ticket.grants.iter();
        let named = named.any(|(source, named)| {
            *source == account.cast.source && same_grant(grant, &named.kind, &named.name)
        });
        (none || named) && covers(company, &ticket.subject, account)
    };
    let approved = approved.filter(|(_, ticket)| counts(ticket));
    approved.map(|(at, _)| *at).collect()
}

/// "An e-mail subject covers all accounts of the person, `source:uid` that one."
pub(super) fn covers(company: &Company<'_>, subject: &Subject, account: &Account<'_>) -> bool {
    match subject {
        Subject::Account(no) => *no == account.no,
        Subject::Email(email) => {
            let email = email.to_lowercase();
            let persons = company.addresses.get(&email);
            let claimants = account.owner.claimants();
            let mut persons = persons.into_iter().flatten();
            persons.any(|person| claimants.contains(person))
        }
    }
}

/// "Team names match with and without `org/`."
pub(super) fn same_grant((kind, name): &GrantName, other_kind: &str, other_name: &str) -> bool {
    let bare = |name: &str| match name.split_once('/') {
        Some((_org, team)) if &**kind == "team" => team.to_owned(),
        _ => name.to_owned(),
    };
    let one_has_no_org = name.contains('/') != other_name.contains('/');
    let same_name = &**name == other_name || (one_has_no_org && bare(name) == bare(other_name));
    &**kind == other_kind && same_name
}

/// Whether a policy's `source:kind:name` means the grant.
pub(super) fn means(written: &str, account: &deed::Account, grant: &GrantName) -> bool {
    let mut parts = written.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(source), Some(kind), Some(name)) => {
            source == &*account.source && same_grant(grant, kind, name)
        }
        _ => false,
    }
}
