//! Rules about grants.

use tenure::model::fact::{Decision, EmploymentKind, LifeKind};
use tenure::model::finding::{RuleId, Severity, SubjectKind};
use tenure::model::policy::{Baseline, Policy};

use Decision::{Keep, Revoke};
use EmploymentKind::{Hire, Transfer};
use LifeKind::{Created, Deleted, Listed, ListedSince, Reinstated, Suspended};

use crate::story::Step::{
    self, Account, Admin, AppUse, Grant, Link, Position, Review, Use as Used,
};
use crate::story::{check, check_under, of_rule};

#[test]
fn grant_unused() {
    let rule = RuleId::GrantUnused;
    let idle = 90 * 24;
    let app = |kind, at| Grant("app:Payroll", kind, at);
    let with = |then: &[Step]| [&[Account(Created, 0), app(Created, 10)], then].concat();
    check(rule, &with(&[]), 9 + idle, &[]);
    check(rule, &with(&[]), 10 + idle, &[(10 + idle, None)]);
    check(rule, &with(&[AppUse("Payroll", 10 + idle)]), 11 + idle, &[]);
    check(
        rule,
        &with(&[AppUse("payroll", 11 + idle)]),
        12 + idle,
        &[(10 + idle, Some(11 + idle))],
    );
    // Another application, or none in particular.
    let others = [AppUse("Mail", 100), Used(200)];
    check(rule, &with(&others), 5_000, &[(10 + idle, None)]);
    check(rule, &with(&[app(Deleted, 10 + idle)]), 5_000, &[]);
    check(
        rule,
        &with(&[app(Deleted, 20 + idle)]),
        5_000,
        &[(10 + idle, Some(20 + idle))],
    );
    // Of an account that is not live nothing is told; it begins anew when it lives again.
    check(rule, &with(&[Account(Suspended, 500)]), 5_000, &[]);
    check(
        rule,
        &with(&[Account(Suspended, 500), Account(Reinstated, 600)]),
        5_000,
        &[(600 + idle, None)],
    );
    check(
        rule,
        &with(&[Account(Suspended, 20 + idle)]),
        5_000,
        &[(10 + idle, Some(20 + idle))],
    );
    // A deletion ends the grant: whoever lives by that name later has it anew, or not at all.
    let again = [Account(Deleted, 500), Account(Created, 600)];
    check(rule, &with(&again), 5_000, &[]);
    // A listing is where knowledge begins.
    let listed = [Account(Created, 0), app(ListedSince, 10), app(Listed, 700)];
    check(rule, &listed, 5_000, &[(700 + idle, None)]);
    // Granted late in the story, used early: out of order or not, the use was within the grant.
    check(
        rule,
        &with(&[AppUse("Payroll", 50)]),
        50 + idle,
        &[(50 + idle, None)],
    );
}

#[test]
fn what_no_source_logs_is_never_unused() {
    let rule = RuleId::GrantUnused;
    let grants = [
        Account(Created, 0),
        Grant("role:Auditor", Created, 0),
        Grant("group:eng", Created, 0),
        Grant("oauth:notes", Created, 0),
        Admin(Created, 0),
    ];
    check(rule, &grants, 50_000, &[]);
}

#[test]
fn admin_standing() {
    let rule = RuleId::AdminStanding;
    let age = 180 * 24;
    let admin = "role:Super Administrator";
    let with = |then: &[Step]| [&[Account(Created, 0), Admin(Created, 10)], then].concat();
    check(rule, &with(&[]), 9 + age, &[]);
    check(rule, &with(&[]), 10 + age, &[(10 + age, None)]);
    check(rule, &with(&[Admin(Deleted, 10 + age)]), 9_000, &[]);
    check(
        rule,
        &with(&[Admin(Deleted, 11 + age)]),
        9_000,
        &[(10 + age, Some(11 + age))],
    );
    // A review that kept it, by name or with all that the account has.
    for name in [Some(admin), None] {
        check(rule, &with(&[Review(name, Keep, 10 + age)]), 2 * age, &[]);
        check(
            rule,
            &with(&[Review(name, Keep, 11 + age)]),
            2 * age,
            &[(10 + age, Some(11 + age))],
        );
        check(
            rule,
            &with(&[Review(name, Revoke, 11 + age)]),
            2 * age,
            &[(10 + age, None)],
        );
    }
    let both = [Review(None, Keep, 100), Review(None, Revoke, 100)];
    check(rule, &with(&both), 2 * age, &[(10 + age, None)]);
    let other = [Review(Some("role:Auditor"), Keep, 100)];
    check(rule, &with(&other), 2 * age, &[(10 + age, None)]);
    // A review of what came before does not keep what is granted anew.
    let anew = [
        Review(None, Keep, 300),
        Admin(Deleted, 400),
        Admin(Created, 500),
    ];
    check(rule, &with(&anew), 500 + age, &[(500 + age, None)]);
    // The age goes on while the account is suspended; it is told when it lives.
    let away = [Account(Suspended, 100), Account(Reinstated, 300 + age)];
    check(rule, &with(&away[..1]), 9_000, &[]);
    check(rule, &with(&away), 9_000, &[(300 + age, None)]);
    // An ordinary grant is none.
    let eng = [Account(Created, 0), Grant("group:eng", Created, 0)];
    check(rule, &eng, 9_000, &[]);
    let policy = Policy {
        privileged: ["okta:group:eng".into()].into(),
        ..Policy::default()
    };
    check_under(&policy, rule, &eng, 9_000, &[(age, None)]);
}

#[test]
fn a_finding_about_a_grant_names_it_and_a_privileged_one_is_graver() {
    let steps = [Account(Created, 0), Admin(Created, 10)];
    let found = of_rule(RuleId::AdminStanding, &steps, 9_000);
    assert_eq!(found.len(), 1);
    assert_eq!(&*found[0].subject, "okta:00u1|role:Super Administrator");
    assert_eq!(found[0].subject_kind, SubjectKind::Grant);
    assert_eq!(found[0].severity, Severity::High);
}

/// In sales since hour 0, in engineering since hour 100, with an account and what is granted.
fn moved(then: &[Step]) -> Vec<Step> {
    let story = [
        Position(Hire, 0, "Sales"),
        Account(Created, 0),
        Link(0),
        Grant("group:sales", Created, 50),
        Position(Transfer, 100, "Engineering"),
    ];
    [&story[..], then].concat()
}

#[test]
fn mover_grant_retained() {
    let rule = RuleId::MoverGrantRetained;
    let deadline = 100 + 14 * 24;
    let sales = |kind, at| Grant("group:sales", kind, at);
    check(rule, &moved(&[]), deadline - 1, &[]);
    check(rule, &moved(&[]), deadline, &[(deadline, None)]);
    check(rule, &moved(&[sales(Deleted, deadline)]), 5_000, &[]);
    check(
        rule,
        &moved(&[sales(Deleted, deadline + 1)]),
        5_000,
        &[(deadline, Some(deadline + 1))],
    );
    // Approved again: by a review after the move.
    for name in [Some("group:sales"), None] {
        check(rule, &moved(&[Review(name, Keep, deadline)]), 5_000, &[]);
        check(
            rule,
            &moved(&[Review(name, Keep, deadline + 1)]),
            5_000,
            &[(deadline, Some(deadline + 1))],
        );
        check(
            rule,
            &moved(&[Review(name, Keep, 100)]),
            5_000,
            &[(deadline, None)],
        );
    }
    check(
        rule,
        &moved(&[Review(None, Revoke, 150)]),
        5_000,
        &[(deadline, None)],
    );
    // What was granted with the move or later is of the new position.
    let later = [sales(Deleted, 90), Grant("group:eng", Created, 100)];
    check(rule, &moved(&later), 5_000, &[]);
    check(rule, &moved(&[Account(Suspended, 200)]), 5_000, &[]);
    check(
        rule,
        &moved(&[Account(Suspended, 900)]),
        5_000,
        &[(deadline, Some(900))],
    );
    // A later move adds nothing while it is open.
    let again = [Position(Transfer, 300, "Finance")];
    check(rule, &moved(&again), 5_000, &[(deadline, None)]);
    // A record that says the same, or nothing, is no move.
    let same = [
        Position(Hire, 0, "Sales"),
        Account(Created, 0),
        Link(0),
        sales(Created, 50),
        Position(Transfer, 100, "Sales"),
        Step::Hr(EmploymentKind::LeaveStart, 110, 110),
    ];
    check(rule, &same, 5_000, &[]);
}

#[test]
fn what_comes_with_the_position_in_force_is_not_retained() {
    let rule = RuleId::MoverGrantRetained;
    let deadline = 100 + 14 * 24;
    let baseline = |department: Option<&str>| Policy {
        baselines: vec![Baseline {
            department: department.map(Into::into),
            grants: ["okta:group:sales".into()].into(),
            ..Baseline::default()
        }],
        ..Policy::default()
    };
    let check = |department, then: &[Step], expected: &[(i64, Option<i64>)]| {
        check_under(&baseline(department), rule, &moved(then), 5_000, expected);
    };
    check(Some("engineering"), &[], &[]);
    check(None, &[], &[]);
    check(Some("Sales"), &[], &[(deadline, None)]);
    // They go back before the deadline, or after it.
    check(Some("Sales"), &[Position(Transfer, deadline, "Sales")], &[]);
    check(
        Some("Sales"),
        &[Position(Transfer, 900, "Sales")],
        &[(deadline, Some(900))],
    );
}
