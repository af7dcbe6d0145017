//! `revocation-unfulfilled`.

use tenure::model::fact::{AccountFact, Fact, LifeKind, TicketEventKind};
use tenure::model::finding::{RuleId, SubjectKind};
use tenure::model::policy::Policy;

use crate::node::{Expected, check, minute_past, only};
use crate::people::{JANE, account, account_id, claims, has_address, life, life_change, with};
use crate::tickets::{Ticket, grant};
use LifeKind::{Created, Deactivated, Deleted, Reinstated, Suspended};
use TicketEventKind::{Closed, Reopened, Resolved};

const OFFBOARDING: Ticket = Ticket {
    id: "OPS-7",
    kind: "offboarding",
    subject: JANE,
    grants: &[],
};

fn policy() -> Policy {
    only(RuleId::RevocationUnfulfilled, Policy::default())
}

fn told(facts: &[Fact], now: i64, expected: &[(i64, Option<i64>)]) {
    let subject = |(opened, resolved): &(i64, Option<i64>)| ("ticket:OPS-7", *opened, *resolved);
    let expected: Vec<Expected<'_>> = expected.iter().map(subject).collect();
    check(&policy(), &with(facts), now, &expected);
}

#[test]
fn a_closed_ticket_whose_account_lives_on_is_told_by_address_and_by_account() {
    for subject in [JANE, "okta:1"] {
        let ticket = Ticket {
            subject,
            ..OFFBOARDING
        };
        told(&[ticket.at(Closed, 100)], 103, &[]);
        told(&[ticket.at(Closed, 100)], 104, &[(104, None)]);
    }
    let facts = with(&[OFFBOARDING.at(Resolved, 100), OFFBOARDING.at(Closed, 150)]);
    let found = check(&policy(), &facts, 500, &[("ticket:OPS-7", 104, None)]);
    let found = found.first().expect("one");
    assert_eq!(found.subject_kind, SubjectKind::Ticket);
    assert!(
        found.summary.ends_with("still live: okta:1"),
        "{}",
        found.summary
    );
    let identity = found.identity.as_ref().expect("Jane");
    assert_eq!(
        (&*identity.uid, identity.email.as_deref()),
        ("E1", Some(JANE))
    );
}

#[test]
fn what_ends_or_is_reopened_by_the_deadline_is_in_time() {
    let closed = OFFBOARDING.at(Closed, 100);
    let and = |last: Fact| [closed.clone(), last];
    told(&and(life("okta:1", Deactivated, 104)), 500, &[]);
    told(
        &and(life("okta:1", Deactivated, 105)),
        500,
        &[(104, Some(105))],
    );
    told(&and(OFFBOARDING.at(Reopened, 104)), 500, &[]);
    let late = OFFBOARDING.exactly(Reopened, minute_past(104));
    told(&and(late), 500, &[(104, Some(104))]);
    // Closed again: judged again.
    let again = [
        closed,
        OFFBOARDING.at(Reopened, 110),
        OFFBOARDING.terse().at(Closed, 200),
    ];
    told(&again, 500, &[(104, Some(110)), (204, None)]);
}

#[test]
fn only_what_is_done_and_asks_for_an_end_counts() {
    let declined = |word: &str| {
        let fact = OFFBOARDING.at(Closed, 100);
        let Fact::Ticket(id, tenure::model::fact::TicketFact::Event(mut event)) = fact else {
            panic!("a ticket's event");
        };
        event.resolution = Some(word.into());
        Fact::Ticket(id, tenure::model::fact::TicketFact::Event(event))
    };
    told(&[declined("declined")], 500, &[]);
    told(&[declined("Done")], 500, &[(104, None)]);
    let other = Ticket {
        kind: "access_request",
        ..OFFBOARDING
    };
    told(&[other.at(Closed, 100)], 500, &[]);
    let unknown = Ticket {
        subject: "okta:99",
        ..OFFBOARDING
    };
    told(&[unknown.at(Closed, 100)], 500, &[]);
}

#[test]
fn every_account_of_the_person_must_end_and_nobody_elses() {
    let github = [
        life("github:octo", Created, 50),
        claims("github:octo", JANE),
        OFFBOARDING.at(Closed, 100),
        life("okta:1", Suspended, 120),
    ];
    told(&github, 500, &[(104, None)]);
    let ended = [&github[..], &[life("github:octo", Deleted, 130)]].concat();
    told(&ended, 500, &[(104, Some(130))]);
    // While one lives, the other that comes back keeps it open.
    let back = [&ended[..], &[life("okta:1", Reinstated, 125)]].concat();
    told(&back, 500, &[(104, None)]);
    // Disputed, the account is nobody's that the ticket could mean.
    let disputed = [
        claims("okta:1", "june@corp.example"),
        has_address("E2", "june@corp.example"),
        OFFBOARDING.at(Closed, 100),
    ];
    told(&disputed, 500, &[]);
}

#[test]
fn a_ticket_that_names_grants_means_those() {
    let role = ("role", "Auditor");
    let named = Ticket {
        kind: "revocation",
        grants: &["okta:role:Auditor"],
        ..OFFBOARDING
    };
    told(&[named.at(Closed, 100)], 500, &[]);
    let held = [grant("okta:1", role, Created, 50), named.at(Closed, 100)];
    told(&held, 500, &[(104, None)]);
    let and = |last: Fact| [&held[..], &[last]].concat();
    told(
        &and(grant("okta:1", role, Deleted, 120)),
        500,
        &[(104, Some(120))],
    );
    told(&and(grant("okta:1", role, Deleted, 104)), 500, &[]);
    // The grant needs a live account.
    told(&and(life("okta:1", Suspended, 90)), 500, &[]);
    told(
        &and(grant("okta:1", ("role", "Owner"), Created, 60)),
        500,
        &[(104, None)],
    );
}

#[test]
fn a_name_that_stands_for_an_account_is_answered_by_it() {
    let same = AccountFact::SameAs {
        account: account_id("okta:1"),
    };
    let ticket = Ticket {
        subject: "okta:jane",
        ..OFFBOARDING
    };
    let facts = [
        account(
            "okta:jane",
            AccountFact::Life(life_change(Created, 1, None)),
        ),
        ticket.at(Closed, 100),
        account("okta:jane", same),
        life("okta:1", Suspended, 120),
    ];
    told(&facts, 500, &[(104, Some(120))]);
}
