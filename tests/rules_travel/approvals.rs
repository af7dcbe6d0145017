//! `grant-unapproved`.

use tenure::model::fact::{Fact, LifeKind, TicketEventKind};
use tenure::model::finding::{RuleId, SubjectKind};
use tenure::model::id::SourceName;
use tenure::model::policy::{Policy, SourceSettings};

use crate::node::{check, minute_past, only};
use crate::people::{JANE, claims, has_address, life, with};
use crate::tickets::{Ticket, grant, granted};
use LifeKind::{Created, Deleted, Listed, Suspended};
use TicketEventKind::{Approved, Created as Asked, Rejected};

const ROLE: (&str, &str) = ("role", "Auditor");

const REQUEST: Ticket = Ticket {
    id: "OPS-1",
    kind: "access_request",
    subject: JANE,
    grants: &[],
};

fn policy() -> Policy {
    only(RuleId::GrantUnapproved, Policy::default())
}

fn told(facts: &[Fact], now: i64, expected: &[(i64, Option<i64>)]) {
    let subject = "okta:1|role:Auditor";
    let expected: Vec<_> = expected
        .iter()
        .map(|(at, end)| (subject, *at, *end))
        .collect();
    check(&policy(), &with(facts), now, &expected);
}

#[test]
fn a_grant_that_nobody_approved_is_told_a_day_later() {
    let made = [grant("okta:1", ROLE, Created, 1_000)];
    told(&made, 1_023, &[]);
    told(&made, 1_024, &[(1_024, None)]);
    let expected = [("okta:1|role:Auditor", 1_024, None)];
    let found = check(&policy(), &with(&made), 2_000, &expected);
    let found = found.first().expect("one");
    assert_eq!(found.subject_kind, SubjectKind::Grant);
    assert!(found.account.is_some() && found.identity.is_some());
    let and = |last: Fact| [&made[..], &[last]].concat();
    told(&and(grant("okta:1", ROLE, Deleted, 1_024)), 2_000, &[]);
    told(
        &and(grant("okta:1", ROLE, Deleted, 1_100)),
        2_000,
        &[(1_024, Some(1_100))],
    );
    told(&and(life("okta:1", Suspended, 1_010)), 2_000, &[]);
    told(
        &and(life("okta:1", Suspended, 1_100)),
        2_000,
        &[(1_024, Some(1_100))],
    );
}

#[test]
fn the_window_of_an_approval_is_closed_at_both_ends() {
    let made = grant("okta:1", ROLE, Created, 1_000);
    let open = [(1_024, None)];
    for (at, expected) in [(664, &[][..]), (663, &open), (1_024, &[]), (1_025, &open)] {
        told(&[made.clone(), REQUEST.at(Approved, at)], 2_000, expected);
    }
    let late = REQUEST.exactly(Approved, minute_past(1_024));
    told(&[made.clone(), late], 2_000, &open);
    told(
        &[made, REQUEST.at(Asked, 990), REQUEST.at(Rejected, 995)],
        2_000,
        &open,
    );
}

#[test]
fn an_approval_is_for_whom_and_what_it_names() {
    let made = grant("okta:1", ROLE, Created, 1_000);
    let open = [(1_024, None)];
    let with_ticket = |ticket: Ticket, expected: &[(i64, Option<i64>)]| {
        told(&[made.clone(), ticket.at(Approved, 990)], 2_000, expected);
    };
    with_ticket(
        Ticket {
            grants: &["okta:role:auditor"],
            ..REQUEST
        },
        &[],
    );
    with_ticket(
        Ticket {
            grants: &["okta:role:Owner"],
            ..REQUEST
        },
        &open,
    );
    with_ticket(
        Ticket {
            kind: "onboarding",
            ..REQUEST
        },
        &[],
    );
    with_ticket(
        Ticket {
            kind: "offboarding",
            ..REQUEST
        },
        &open,
    );
    with_ticket(
        Ticket {
            subject: "okta:1",
            ..REQUEST
        },
        &[],
    );
    with_ticket(
        Ticket {
            subject: "okta:2",
            ..REQUEST
        },
        &open,
    );
    with_ticket(
        Ticket {
            subject: "june@corp.example",
            ..REQUEST
        },
        &open,
    );
}

#[test]
fn a_ticket_is_read_as_a_whole_and_counts_for_the_owner_alone() {
    let made = grant("okta:1", ROLE, Created, 1_000);
    let open = [(1_024, None)];
    // What the approval leaves out, the ticket's other records say.
    let terse = [
        made.clone(),
        REQUEST.at(Asked, 900),
        REQUEST.terse().at(Approved, 990),
    ];
    told(&terse, 2_000, &[]);
    // A ticket that was for somebody else at first.
    let other = Ticket {
        subject: "june@corp.example",
        ..REQUEST
    };
    let moved = [
        made.clone(),
        REQUEST.at(Asked, 900),
        other.at(Approved, 990),
    ];
    told(&moved, 2_000, &open);
    // Where two people claim the account, an approval for either counts.
    let claimed = [
        made,
        claims("okta:1", "june@corp.example"),
        has_address("E2", "june@corp.example"),
        other.at(Approved, 990),
    ];
    told(&claimed, 2_000, &[]);
}

#[test]
fn what_a_provisioner_a_listing_or_the_system_grants_is_governed() {
    let scim = SourceSettings {
        provisioners: ["SCIM-bot".into()].into(),
        ..SourceSettings::default()
    };
    let mut governed = policy();
    governed.sources.insert(SourceName::new("okta"), scim);
    let by = |actor| granted("okta:1", ROLE, Created, (1_000, actor));
    check(&governed, &with(&[by(Some("scim-bot"))]), 2_000, &[]);
    told(&[by(Some("scim-bot"))], 2_000, &[(1_024, None)]);
    told(&[by(None)], 2_000, &[]);
    told(&[grant("okta:1", ROLE, Listed, 1_000)], 2_000, &[]);
}

#[test]
fn of_groups_only_the_privileged_need_an_approval_and_consents_never() {
    let made = |grant_name| with(&[grant("okta:1", grant_name, Created, 1_000)]);
    check(&policy(), &made(("group", "eng")), 2_000, &[]);
    check(&policy(), &made(("oauth", "Mail")), 2_000, &[]);
    let privileged = [("okta:1|group:prod-admins", 1_024, None)];
    check(
        &policy(),
        &made(("group", "prod-admins")),
        2_000,
        &privileged,
    );
    let app = [("okta:1|app:GitHub", 1_024, None)];
    check(&policy(), &made(("app", "GitHub")), 2_000, &app);
    let mut declared = policy();
    declared.privileged.insert("okta:group:eng".into());
    let eng = [("okta:1|group:eng", 1_024, None)];
    check(&declared, &made(("group", "eng")), 2_000, &eng);
}
