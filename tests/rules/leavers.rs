//! Rules about people who left.

use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::{RuleId, Severity};

use EmploymentKind::{Hire, Rehire, Terminate, Transfer};
use LifeKind::{Created, Deactivated, Deleted, Listed, Reinstated, Suspended};

use crate::story::Step::{Account, Admin, Contract, Grant, Hr, Key, Link, Rival, Use as Used};
use crate::story::{check, hired, of_rule};

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

#[test]
fn leaver_grant_live() {
    let rule = RuleId::LeaverGrantLive;
    let eng = |kind, at| Grant("group:eng", kind, at);
    let gone = [
        Hr(Terminate, 100, 100),
        Account(Suspended, 101),
        eng(Created, 50),
    ];
    let with = |then: &[_]| hired(&[&gone[..], then].concat());
    check(rule, &with(&[]), 171, &[]);
    check(rule, &with(&[]), 172, &[(172, None)]);
    check(rule, &with(&[eng(Deleted, 172)]), 500, &[]);
    check(rule, &with(&[eng(Deleted, 173)]), 500, &[(172, Some(173))]);
    // The last of them counts.
    let two = [
        Grant("oauth:notes", Created, 60),
        eng(Deleted, 180),
        Grant("oauth:notes", Deleted, 190),
    ];
    check(rule, &with(&two), 500, &[(172, Some(190))]);
    check(rule, &with(&[Account(Deleted, 172)]), 500, &[]);
    check(
        rule,
        &with(&[Account(Deleted, 173)]),
        500,
        &[(172, Some(173))],
    );
    check(
        rule,
        &with(&[Hr(Rehire, 200, 200)]),
        500,
        &[(172, Some(200))],
    );
    check(rule, &with(&[Hr(Rehire, 172, 200)]), 500, &[]);
    // While the account lives, it is the account that is judged; it may end after the deadline.
    let live = hired(&[Hr(Terminate, 100, 100), eng(Created, 50)]);
    check(rule, &live, 500, &[]);
    let late = [&live[..], &[Account(Deactivated, 300)]].concat();
    check(rule, &late, 299, &[]);
    check(rule, &late, 500, &[(300, None)]);
    // HR wrote it down weeks later.
    let backdated = [
        Hr(Terminate, 100, 450),
        Account(Suspended, 101),
        eng(Created, 50),
    ];
    check(rule, &hired(&backdated), 500, &[(172, None)]);
    // That it comes back to life is another rule's, and ends nothing here.
    let back = [Account(Reinstated, 200), Account(Suspended, 210)];
    check(rule, &with(&back), 500, &[(172, None)]);
    // An account that only a listing knows, as ended.
    let listed = [
        Hr(Hire, 0, 0),
        Link(0),
        Hr(Terminate, 100, 100),
        Account(LifeKind::ListedEnded, 120),
        Grant("group:eng", Listed, 120),
    ];
    check(rule, &listed, 500, &[(172, None)]);
}

#[test]
fn a_leavers_grants_are_listed_and_a_privileged_one_is_graver() {
    let steps = hired(&[
        Hr(Terminate, 100, 100),
        Account(Suspended, 101),
        Grant("group:eng", Created, 50),
        Grant("app:Payroll", Created, 60),
        Grant("app:Old", Created, 60),
        Grant("app:Old", Deleted, 70),
    ]);
    let found = of_rule(RuleId::LeaverGrantLive, &steps, 500);
    assert_eq!(found.len(), 1);
    let summary = &found[0].summary;
    assert!(summary.ends_with(": app Payroll, group eng"), "{summary}");
    assert_eq!(found[0].severity, Severity::Medium);
    let privileged = [&steps[..], &[Admin(Created, 80)]].concat();
    let found = of_rule(RuleId::LeaverGrantLive, &privileged, 500);
    assert_eq!(found[0].severity, Severity::High);
}

#[test]
fn contract_expired() {
    let rule = RuleId::ContractExpired;
    let hire = |end| [Contract(Hire, 0, Some(end)), Account(Created, 0), Link(0)];
    let with = |then: &[_]| [&hire(100)[..], then].concat();
    let change = |at, end| Contract(EmploymentKind::ContractChange, at, end);
    check(rule, &with(&[]), 123, &[]);
    check(rule, &with(&[]), 124, &[(124, None)]);
    check(rule, &with(&[Account(Suspended, 124)]), 500, &[]);
    check(
        rule,
        &with(&[Account(Suspended, 125)]),
        500,
        &[(124, Some(125))],
    );
    check(rule, &with(&[change(124, Some(300))]), 323, &[]);
    check(rule, &with(&[change(124, None)]), 5_000, &[]);
    check(
        rule,
        &with(&[change(125, Some(300))]),
        500,
        &[(124, Some(125)), (324, None)],
    );
    check(
        rule,
        &with(&[change(125, None)]),
        5_000,
        &[(124, Some(125))],
    );
    // No extension: it has passed as well. Nor does a record that repeats or says nothing.
    check(
        rule,
        &with(&[
            change(150, Some(110)),
            change(160, Some(110)),
            Hr(Transfer, 170, 170),
        ]),
        500,
        &[(124, None)],
    );
    // What was replaced before its deadline never expired, nor hides what replaced it.
    for now in [110, 500] {
        check(rule, &with(&[change(105, Some(50))]), now, &[(105, None)]);
    }
    // The leaver rules take over.
    check(
        rule,
        &with(&[Hr(Terminate, 130, 400)]),
        500,
        &[(124, Some(130))],
    );
    check(rule, &with(&[Hr(Terminate, 124, 400)]), 500, &[]);
    check(
        rule,
        &with(&[Hr(Terminate, 90, 90), Hr(Rehire, 110, 110)]),
        500,
        &[],
    );
    // Told late, by a snapshot: the finding opens in the past.
    let snapshot = [
        Contract(EmploymentKind::SnapshotEmployed, 400, Some(100)),
        Account(Created, 0),
        Link(0),
    ];
    check(rule, &snapshot, 500, &[(124, None)]);
    // Judged once; and nobody's contract is no contract.
    let back = [Account(Suspended, 110), Account(Reinstated, 130)];
    check(rule, &with(&back), 500, &[]);
    check(rule, &hire(100)[..2], 500, &[]);
}
