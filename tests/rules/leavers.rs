//! Rules about people who left.

use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::RuleId;

use EmploymentKind::{Hire, Rehire, Terminate};
use LifeKind::{Created, Deactivated, Deleted, Listed, Reinstated, Suspended};

use crate::story::Step::{Account, Hr, Key, Link, Rival, Use as Used};
use crate::story::{check, hired};

#[test]
fn leaver_account_live() {
    let rule = RuleId::LeaverAccountLive;
    let gone = Hr(Terminate, 100, 100);
    check(rule, &hired(&[gone]), 123, &[]);
    check(rule, &hired(&[gone]), 124, &[(124, None)]);
    check(rule, &hired(&[gone, Account(Suspended, 124)]), 500, &[]);
    check(
        rule,
        &hired(&[gone, Account(Suspended, 125)]),
        500,
        &[(124, Some(125))],
    );
    check(
        rule,
        &hired(&[gone, Account(Deleted, 125)]),
        124,
        &[(124, None)],
    );
    check(
        rule,
        &hired(&[gone, Hr(Rehire, 130, 130)]),
        500,
        &[(124, Some(130))],
    );
    check(rule, &hired(&[gone, Hr(Rehire, 124, 130)]), 500, &[]);
    // Judged once: a later return to life is another rule's.
    check(
        rule,
        &hired(&[gone, Account(Suspended, 110), Account(Reinstated, 130)]),
        500,
        &[],
    );
    // Two leaves, two findings.
    let again = [gone, Hr(Rehire, 200, 200), Hr(Terminate, 300, 300)];
    check(rule, &hired(&again), 500, &[(124, Some(200)), (324, None)]);
    // Nobody's account, and a disputed one.
    check(rule, &[Account(Created, 0), gone], 500, &[]);
    check(rule, &hired(&[gone, Rival]), 500, &[]);
}

#[test]
fn late_termination_opens_findings_in_the_past() {
    let late = hired(&[Hr(Terminate, 100, 220), Used(150)]);
    check(RuleId::LeaverAccountLive, &late, 230, &[(124, None)]);
    check(RuleId::LeaverActivity, &late, 230, &[(150, None)]);
}

#[test]
fn a_termination_recorded_in_advance_opens_findings_when_due() {
    let ahead = hired(&[Hr(Terminate, 1_000, 10), Used(900)]);
    check(RuleId::LeaverAccountLive, &ahead, 1_023, &[]);
    check(RuleId::LeaverAccountLive, &ahead, 1_024, &[(1_024, None)]);
    check(RuleId::LeaverActivity, &ahead, 1_024, &[]);
}

#[test]
fn leaver_activity() {
    let rule = RuleId::LeaverActivity;
    let gone = Hr(Terminate, 100, 100);
    check(rule, &hired(&[gone, Used(99), Used(100)]), 500, &[]);
    check(
        rule,
        &hired(&[gone, Used(101), Used(105)]),
        500,
        &[(101, None)],
    );
    check(
        rule,
        &hired(&[gone, Used(101), Account(Suspended, 110)]),
        500,
        &[(101, Some(110))],
    );
    check(
        rule,
        &hired(&[gone, Used(101), Hr(Rehire, 110, 110), Used(120)]),
        500,
        &[(101, Some(110))],
    );
    // The first use after a resolution opens again; that account is not live: only a rehire ends it.
    let resolved = [
        gone,
        Used(101),
        Account(Deactivated, 110),
        Used(120),
        Used(121),
    ];
    check(
        rule,
        &hired(&resolved),
        500,
        &[(101, Some(110)), (120, None)],
    );
}

#[test]
fn leaver_credential_live() {
    let rule = RuleId::LeaverCredentialLive;
    let gone = Hr(Terminate, 100, 100);
    check(rule, &hired(&[gone, Key(Created, 50)]), 123, &[]);
    check(rule, &hired(&[gone, Key(Created, 50)]), 500, &[(124, None)]);
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Key(Deactivated, 124)]),
        500,
        &[],
    );
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Key(Deleted, 130)]),
        500,
        &[(124, Some(130))],
    );
    // Suspending the account ends no key; deleting it does.
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Account(Suspended, 101)]),
        500,
        &[(124, None)],
    );
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Account(Deleted, 101)]),
        500,
        &[],
    );
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Account(Deleted, 150)]),
        500,
        &[(124, Some(150))],
    );
    check(
        rule,
        &hired(&[gone, Key(Created, 50), Hr(Rehire, 200, 200)]),
        500,
        &[(124, Some(200))],
    );
}

#[test]
fn leaver_reinstated() {
    let rule = RuleId::LeaverReinstated;
    let gone = Hr(Terminate, 100, 100);
    let back = |at| [gone, Account(Suspended, 50), Account(Reinstated, at)];
    check(rule, &hired(&back(99)), 500, &[]);
    check(rule, &hired(&back(100)), 500, &[]);
    check(rule, &hired(&back(101)), 100, &[]);
    check(rule, &hired(&back(101)), 500, &[(101, None)]);
    // It stays alive all the time: that is another rule's.
    check(rule, &hired(&[gone]), 500, &[]);
    let ended = [&back(101)[..], &[Account(Deactivated, 130)]].concat();
    check(rule, &hired(&ended), 500, &[(101, Some(130))]);
    let rehired = [&back(101)[..], &[Hr(Rehire, 120, 119)]].concat();
    check(rule, &hired(&rehired), 500, &[(101, Some(120))]);
    check(
        rule,
        &hired(&[&back(121)[..], &[Hr(Rehire, 120, 119)]].concat()),
        500,
        &[],
    );
    // HR recorded the termination long after the account came back.
    let late = [
        Hr(Terminate, 100, 400),
        Account(Suspended, 50),
        Account(Reinstated, 101),
    ];
    check(rule, &hired(&late), 500, &[(101, None)]);
    // Each return to life is an episode.
    let again = [
        &back(101)[..],
        &[Account(Suspended, 130), Account(Reinstated, 140)],
    ]
    .concat();
    check(rule, &hired(&again), 500, &[(101, Some(130)), (140, None)]);
}

#[test]
fn an_account_of_a_leaver_that_is_made_or_first_seen_after_the_end_is_reinstated() {
    let rule = RuleId::LeaverReinstated;
    let gone = [Hr(Hire, 0, 0), Link(0), Hr(Terminate, 100, 100)];
    let with = |account: &[_]| [&gone[..], account].concat();
    check(rule, &with(&[Account(Created, 110)]), 500, &[(110, None)]);
    check(rule, &with(&[Used(110)]), 500, &[(110, None)]);
    check(rule, &with(&[Account(Listed, 110)]), 500, &[(110, None)]);
    check(rule, &with(&[Used(90), Used(110)]), 500, &[]);
    check(rule, &with(&[Account(Suspended, 110), Used(120)]), 500, &[]);
    let known = with(&[Account(LifeKind::ListedSince, 90), Account(Listed, 110)]);
    check(rule, &known, 500, &[]);
}
