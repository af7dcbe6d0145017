//! What holds for every rule: severity, exemptions, ownership, listings.

use tenure::model::Text;
use tenure::model::fact::{EmploymentKind, LifeKind};
use tenure::model::finding::{RuleId, Severity, Status};
use tenure::model::id::{AccountId, Identifier};
use tenure::model::policy::{DeclaredOwner, Exemption, Policy};
use tenure::model::time::Timestamp;

use EmploymentKind::Terminate;
use LifeKind::{Created, Deleted, Listed, ListedEnded, ListedSince, Suspended};

use crate::story::Step::{self, Account, Admin, Hr, Key, Link, ListedUse, Use as Used};
use crate::story::{assess, check, hired, hour};

#[test]
fn a_privileged_account_raises_the_severity_while_it_was_privileged() {
    let gone = Hr(Terminate, 100, 100);
    let severity = |steps: &[Step]| -> Vec<Severity> {
        let findings = assess(&Policy::default(), &hired(steps), 500);
        let live = findings
            .iter()
            .filter(|finding| finding.rule == RuleId::LeaverAccountLive);
        live.map(|finding| finding.severity).collect()
    };
    assert_eq!(severity(&[gone]), [Severity::High]);
    assert_eq!(severity(&[gone, Admin(Created, 50)]), [Severity::Critical]);
    assert_eq!(
        severity(&[gone, Admin(Created, 50), Admin(Deleted, 130)]),
        [Severity::Critical]
    );
    assert_eq!(
        severity(&[gone, Admin(Created, 50), Admin(Deleted, 110)]),
        [Severity::High]
    );
}

#[test]
fn an_exemption_holds_until_its_end() {
    let policy = Policy {
        exemptions: vec![Exemption {
            rule: RuleId::LeaverAccountLive,
            account: AccountId::parse("okta:00u1").expect("account"),
            reason: "break glass".into(),
            until: hour(300),
        }],
        ..Policy::default()
    };
    let steps = hired(&[Hr(Terminate, 100, 100), Account(Suspended, 400)]);
    let statuses = |now| -> Vec<(Status, Option<Timestamp>)> {
        let findings = assess(&policy, &steps, now);
        let live = findings
            .iter()
            .filter(|finding| finding.rule == RuleId::LeaverAccountLive);
        live.map(|finding| (finding.status, finding.resolved_at))
            .collect()
    };
    assert_eq!(statuses(299), [(Status::Exempt, None)]);
    assert_eq!(statuses(300), [(Status::Open, None)]);
    assert_eq!(statuses(400), [(Status::Resolved, Some(hour(400)))]);
}

#[test]
fn what_the_policy_declares_as_no_persons_is_no_orphan_and_no_leavers() {
    let account = AccountId::parse("okta:00u1").expect("account");
    let owner = Identifier::email("jane@corp.example");
    let policy = Policy {
        links: [(account, DeclaredOwner { owner, nhi: true })].into(),
        ..Policy::default()
    };
    let found = assess(&policy, &hired(&[Hr(Terminate, 100, 100)]), 500);
    let rules: Vec<RuleId> = found.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [RuleId::NhiOwnerless]);
}

#[test]
fn a_link_of_the_policy_owns_from_the_beginning() {
    let account = AccountId::parse("okta:00u1").expect("account");
    let owner = Identifier::email("jane@corp.example");
    let policy = Policy {
        links: [(account, DeclaredOwner { owner, nhi: false })].into(),
        ..Policy::default()
    };
    let steps = [
        Hr(EmploymentKind::Hire, 0, 0),
        Account(Created, 0),
        Hr(Terminate, 100, 100),
    ];
    let found = assess(&policy, &steps, 500);
    let rules: Vec<RuleId> = found.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [RuleId::LeaverAccountLive]);
    let owner: Option<Text> = found[0]
        .identity
        .as_ref()
        .map(|identity| identity.uid.clone());
    assert_eq!(owner.as_deref(), Some("E1"));
}

#[test]
fn a_listing_tells_of_a_life_and_is_the_beginning_of_what_we_know() {
    let idle = 90 * 24;
    let old = [Account(ListedSince, 5), Account(Listed, 300)];
    check(RuleId::OrphanAccount, &old, 1_000, &[(372, None)]);
    check(RuleId::AccountDormant, &old, 5_000, &[(300 + idle, None)]);
    let used = [ListedUse(20), Account(Listed, 300), Used(400)];
    check(RuleId::AccountDormant, &used, 5_000, &[(400 + idle, None)]);
    // It lived when its owner left, as far as anybody says.
    let people = [
        Hr(EmploymentKind::Hire, 0, 0),
        Link(0),
        Hr(Terminate, 100, 100),
    ];
    let with = |account: &[Step]| [&people, account].concat();
    check(RuleId::LeaverAccountLive, &with(&old), 500, &[(124, None)]);
    let ended = [
        Account(ListedSince, 5),
        ListedUse(20),
        Account(ListedEnded, 300),
    ];
    check(RuleId::LeaverAccountLive, &with(&ended), 500, &[]);
    check(
        RuleId::LeaverActivity,
        &with(&[ListedUse(120), Account(Listed, 300)]),
        500,
        &[(120, None)],
    );
    let key = [Key(ListedSince, 5), Key(Listed, 300)];
    check(
        RuleId::CredentialUnrotated,
        &key,
        5_000,
        &[(5 + idle, None)],
    );
    check(RuleId::CredentialUnrotated, &key[1..], 5_000, &[]);
}
