//! Rules about accounts that are no person's.

use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::RuleId;
use tenure::model::id::Identifier;
use tenure::model::policy::{DeclaredOwner, Policy};

use EmploymentKind::{Hire, Rehire, Terminate};
use LifeKind::{Created, Reinstated, Suspended};

use crate::story::Step::{self, Account, Hr, Link, NonHuman};
use crate::story::{account, check, check_under};

/// A policy that declares the account, and perhaps its owner.
fn declared(owner: Option<&str>) -> Policy {
    let owner = owner.and_then(Identifier::email);
    Policy {
        links: [(account(), DeclaredOwner { owner, nhi: true })].into(),
        ..Policy::default()
    }
}

#[test]
fn nhi_ownerless() {
    let rule = RuleId::NhiOwnerless;
    let bot = [Account(Created, 10), NonHuman];
    let with = |then: &[Step]| [&bot[..], then].concat();
    check(rule, &bot, 81, &[]);
    check(rule, &bot, 82, &[(82, None)]);
    check(rule, &[Account(Created, 10)], 500, &[]);
    check(rule, &with(&[Account(Suspended, 82)]), 500, &[]);
    check(
        rule,
        &with(&[Account(Suspended, 90)]),
        500,
        &[(82, Some(90))],
    );
    // Continuous.
    check(
        rule,
        &with(&[Account(Suspended, 20), Account(Reinstated, 200)]),
        500,
        &[(200, None)],
    );
    // An owner whom the source states counts from that record on.
    let hire = Hr(Hire, 0, 0);
    check(rule, &with(&[hire, Link(82)]), 500, &[]);
    check(rule, &with(&[hire, Link(90)]), 500, &[(82, Some(90))]);
    // One who is gone when the link is stated owns nothing.
    check(
        rule,
        &with(&[hire, Hr(Terminate, 20, 20), Link(60)]),
        500,
        &[(82, None)],
    );
}

#[test]
fn an_nhi_is_ownerless_when_its_only_owner_has_been_gone_for_grace() {
    let rule = RuleId::NhiOwnerless;
    let policy = declared(Some("jane@corp.example"));
    let owned = [Hr(Hire, 0, 0), Account(Created, 10)];
    let with = |then: &[Step]| [&owned[..], then].concat();
    let check = |steps: &[Step], now, expected: &[(i64, Option<i64>)]| {
        check_under(&policy, rule, steps, now, expected);
    };
    check(&owned, 5_000, &[]);
    check(&with(&[Hr(Terminate, 100, 100)]), 171, &[]);
    check(&with(&[Hr(Terminate, 100, 400)]), 500, &[(172, None)]);
    check(
        &with(&[Hr(Terminate, 100, 100), Hr(Rehire, 172, 300)]),
        500,
        &[],
    );
    check(
        &with(&[Hr(Terminate, 100, 100), Hr(Rehire, 300, 300)]),
        500,
        &[(172, Some(300))],
    );
    // The owner was gone before the account came.
    check(
        &[
            Hr(Hire, 0, 0),
            Hr(Terminate, 100, 100),
            Account(Created, 300),
        ],
        500,
        &[(300, None)],
    );
    // An owner whom nobody knows is none.
    check_under(
        &declared(Some("nobody@corp.example")),
        rule,
        &owned,
        500,
        &[(82, None)],
    );
    check_under(&declared(None), rule, &owned, 500, &[(82, None)]);
}
