//! Rules about accounts, whoever they belong to.

use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::RuleId;

use LifeKind::{Created, Reinstated, Suspended};

use crate::story::Step::{Account, Hr, Link, Rival, Use as Used};
use crate::story::check;

#[test]
fn orphan_account() {
    let rule = RuleId::OrphanAccount;
    let hire = Hr(EmploymentKind::Hire, 0, 0);
    check(rule, &[Account(Created, 10)], 81, &[]);
    check(rule, &[Account(Created, 10)], 82, &[(82, None)]);
    check(rule, &[Used(10)], 82, &[(82, None)]);
    check(
        rule,
        &[Account(Created, 10), Account(Suspended, 82)],
        500,
        &[],
    );
    check(
        rule,
        &[Account(Created, 10), Account(Suspended, 90)],
        500,
        &[(82, Some(90))],
    );
    check(rule, &[hire, Account(Created, 10), Link(82)], 500, &[]);
    check(
        rule,
        &[hire, Account(Created, 10), Link(90)],
        500,
        &[(82, Some(90))],
    );
    // An address that is nobody's is no owner.
    check(rule, &[Account(Created, 10), Link(10)], 500, &[(82, None)]);
    // Continuous: it opens again when the account comes back to life.
    let back = [
        Account(Created, 10),
        Account(Suspended, 20),
        Account(Reinstated, 200),
    ];
    check(rule, &back, 500, &[(200, None)]);
    check(
        rule,
        &[hire, Rival, Account(Created, 10), Link(10)],
        500,
        &[],
    );
}

#[test]
fn account_dormant() {
    let rule = RuleId::AccountDormant;
    let idle = 90 * 24;
    check(rule, &[Account(Created, 0)], idle - 1, &[]);
    check(rule, &[Account(Created, 0)], idle, &[(idle, None)]);
    check(rule, &[Account(Created, 0), Used(idle)], idle + 1, &[]);
    check(
        rule,
        &[Account(Created, 0), Used(idle + 1)],
        idle + 2,
        &[(idle, Some(idle + 1))],
    );
    check(
        rule,
        &[Account(Created, 0), Account(Suspended, 9)],
        2 * idle,
        &[],
    );
    // Reinstatement starts the clock again; every past idle time is told.
    let back = [
        Account(Created, 0),
        Account(Suspended, 9),
        Account(Reinstated, 100),
        Used(3_000),
    ];
    check(rule, &back, 3_001, &[(100 + idle, Some(3_000))]);
    check(
        rule,
        &back,
        3_000 + idle,
        &[(100 + idle, Some(3_000)), (3_000 + idle, None)],
    );
}
