//! Rules about accounts, whoever they belong to.

use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::RuleId;

use tenure::model::id::SourceName;
use tenure::model::policy::{Policy, SourceSettings};

use LifeKind::{Created, Deactivated, Deleted, Listed, ListedEnded, Reinstated, Suspended};

use crate::story::Step::{self, Account, CreatedBy, Failed, Hr, Link, Rival, Use as Used};
use crate::story::{check, check_under};

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

#[test]
fn account_shadow() {
    let rule = RuleId::AccountShadow;
    let settings = SourceSettings {
        managed_by: Some("workday".into()),
        provisioners: ["scim-bot".into()].into(),
        ..SourceSettings::default()
    };
    let policy = Policy {
        sources: [(SourceName::new("okta"), settings)].into(),
        ..Policy::default()
    };
    let check = |steps: &[Step], now, expected: &[(i64, Option<i64>)]| {
        check_under(&policy, rule, steps, now, expected);
    };
    let by_hand = CreatedBy("admin@corp.example", 10);
    check(&[by_hand], 9, &[]);
    check(&[by_hand], 10, &[(10, None)]);
    check(&[CreatedBy("SCIM-Bot", 10)], 500, &[]);
    // Nobody known, a listing, a sighting.
    check(&[Account(Created, 10)], 500, &[]);
    check(&[Account(Listed, 10), Used(20)], 500, &[]);
    check(
        &[by_hand, Account(Suspended, 30), Account(Reinstated, 40)],
        500,
        &[(10, Some(30))],
    );
    // Made again by hand.
    check(
        &[
            CreatedBy("scim-bot", 5),
            Account(Deleted, 8),
            by_hand,
            Account(Deleted, 30),
        ],
        500,
        &[(10, Some(30))],
    );
    // A source that nobody said is managed.
    check_under(&Policy::default(), rule, &[by_hand], 500, &[]);
}

#[test]
fn deprovision_failed() {
    let rule = RuleId::DeprovisionFailed;
    let made = Account(Created, 0);
    let failed = Failed(None, 100);
    check(rule, &[made, failed], 123, &[]);
    check(rule, &[made, failed], 124, &[(124, None)]);
    check(rule, &[failed], 500, &[(124, None)]);
    check(rule, &[made, failed, Account(Deactivated, 124)], 500, &[]);
    check(
        rule,
        &[made, failed, Account(Suspended, 125)],
        500,
        &[(124, Some(125))],
    );
    // It comes back to life, but it had ended.
    check(
        rule,
        &[
            made,
            failed,
            Account(Suspended, 110),
            Account(Reinstated, 111),
        ],
        500,
        &[],
    );
    // A listing shows that it ended.
    check(
        rule,
        &[made, failed, Account(ListedEnded, 150)],
        500,
        &[(124, Some(150))],
    );
    // Further failures add nothing while it is open, and something afterwards.
    let again = [made, failed, Failed(None, 110), Failed(None, 200)];
    check(rule, &again, 500, &[(124, None)]);
    let resolved = [
        made,
        failed,
        Failed(None, 110),
        Account(Suspended, 150),
        Account(Reinstated, 160),
        Failed(None, 200),
    ];
    check(rule, &resolved, 500, &[(124, Some(150)), (224, None)]);
    // There was nothing to end.
    check(rule, &[made, Account(Suspended, 90), failed], 500, &[]);
}

#[test]
fn a_failed_step_counts_where_it_was_to_end_the_account() {
    let rule = RuleId::DeprovisionFailed;
    for action in [
        "suspend",
        "account.suspend",
        "remove_member",
        "Disable user",
    ] {
        let steps = [Account(Created, 0), Failed(Some(action), 100)];
        check(rule, &steps, 500, &[(124, None)]);
    }
    for action in [
        "notify",
        "remove_from_group",
        "Disable key",
        "unsuspend",
        "revoke token",
    ] {
        let steps = [Account(Created, 0), Failed(Some(action), 100)];
        check(rule, &steps, 500, &[]);
    }
}
