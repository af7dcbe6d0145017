//! `leaver-device-held`.

use tenure::model::fact::{
    AccountFact, DeviceEvent, DeviceEventKind, EmploymentKind, Fact, LifeKind, Whom,
};
use tenure::model::finding::{RuleId, SubjectKind};
use tenure::model::id::{AccountId, DeviceId, SourceName};
use tenure::model::policy::{DeclaredOwner, Exemption, Policy};
use tenure::model::time::Timestamp;

use crate::node::{Expected, check, hour, minute_past, only, uid};
use crate::people::{JANE, account, account_id, address, claims, has_address, hr, life, with};
use DeviceEventKind::{Assigned, Enrolled, Unenrolled, Wiped};
use EmploymentKind::{Rehire, Terminate};

fn device_at(kind: DeviceEventKind, holder: &str, at: Timestamp) -> Fact {
    let event = DeviceEvent {
        at,
        kind,
        holder: Whom::parse(holder),
        name: Some("Jane's".into()),
        actor: None,
        event: uid(at),
    };
    let id = DeviceId::new(&SourceName::new("intune"), "C02");
    Fact::Device(id, Box::new(event))
}

fn device(kind: DeviceEventKind, holder: &str, at: i64) -> Fact {
    device_at(kind, holder, hour(at))
}

fn policy() -> Policy {
    only(RuleId::LeaverDeviceHeld, Policy::default())
}

fn told(facts: &[Fact], now: i64, expected: &[(i64, Option<i64>)]) {
    let subject = |(opened, resolved): &(i64, Option<i64>)| ("intune:C02", *opened, *resolved);
    let expected: Vec<Expected<'_>> = expected.iter().map(subject).collect();
    check(&policy(), &with(facts), now, &expected);
}

/// Jane leaves at 100; seven days later it is 268.
#[test]
fn a_leavers_device_is_told_after_a_week_by_account_or_by_address() {
    let gone = hr("E1", Terminate, 100);
    for holder in ["okta:1", "Jane@Corp.Example"] {
        let held = [gone.clone(), device(Assigned, holder, 50)];
        told(&held, 267, &[]);
        told(&held, 268, &[(268, None)]);
    }
    let held = with(&[gone, device(Enrolled, JANE, 50)]);
    let found = check(&policy(), &held, 300, &[("intune:C02", 268, None)]);
    let found = found.first().expect("one");
    assert_eq!(found.subject_kind, SubjectKind::Device);
    let identity = found.identity.as_ref().expect("Jane");
    assert_eq!((&*identity.uid, &found.account), ("E1", &None));
    assert!(
        found.summary.contains("intune:C02 (Jane's)"),
        "{}",
        found.summary
    );
}

#[test]
fn what_comes_back_by_the_deadline_is_in_time_and_a_minute_later_is_not() {
    let held = [hr("E1", Terminate, 100), device(Assigned, JANE, 50)];
    let and = |last: Fact| [&held[..], &[last]].concat();
    for kind in [Unenrolled, Wiped] {
        told(&and(device(kind, "", 268)), 500, &[]);
        told(
            &and(device_at(kind, "", minute_past(268))),
            500,
            &[(268, Some(268))],
        );
    }
    told(&and(device(Assigned, "june@corp.example", 200)), 500, &[]);
    told(
        &and(device(Assigned, "june@corp.example", 300)),
        500,
        &[(268, Some(300))],
    );
    told(&and(hr("E1", Rehire, 300)), 500, &[(268, Some(300))]);
    // Her own account, and nobody in particular, take it from nobody.
    told(&and(device(Assigned, "okta:1", 200)), 500, &[(268, None)]);
    told(&and(device(Enrolled, "", 200)), 500, &[(268, None)]);
}

#[test]
fn a_device_that_she_got_after_the_deadline_is_another_matter() {
    let late = [hr("E1", Terminate, 100), device(Assigned, JANE, 269)];
    told(&late, 500, &[]);
}

#[test]
fn what_is_disputed_is_nobodys_and_the_policy_settles_it() {
    let held = [hr("E1", Terminate, 100), device(Assigned, "okta:1", 50)];
    let rival = [&held[..], &[has_address("E2", JANE)]].concat();
    told(&rival, 500, &[]);
    let by_address = [
        hr("E1", Terminate, 100),
        device(Assigned, JANE, 50),
        has_address("E2", JANE),
    ];
    told(&by_address, 500, &[]);
    let june = [
        claims("okta:1", "june@corp.example"),
        has_address("E2", "june@corp.example"),
    ];
    let disputed = [&held[..], &june].concat();
    told(&disputed, 500, &[]);
    let declared = DeclaredOwner {
        owner: Some(address(JANE)),
        nhi: false,
    };
    let settled = Policy {
        links: [(account_id("okta:1"), declared)].into(),
        ..policy()
    };
    check(
        &settled,
        &with(&disputed),
        500,
        &[("intune:C02", 268, None)],
    );
}

#[test]
fn a_name_that_stands_for_an_account_holds_for_it() {
    let same = AccountFact::SameAs {
        account: account_id("okta:1"),
    };
    let held = [
        hr("E1", Terminate, 100),
        device(Assigned, "okta:jane", 50),
        life("okta:jane", LifeKind::Activated, 1),
        account("okta:jane", same),
    ];
    told(&held, 500, &[(268, None)]);
}

#[test]
fn an_exemption_names_a_device_as_the_finding_does() {
    let policy = Policy {
        exemptions: vec![Exemption {
            rule: RuleId::LeaverDeviceHeld,
            account: AccountId::parse("intune:c02").expect("a subject"),
            reason: "bought by her".into(),
            until: hour(600),
        }],
        ..policy()
    };
    let held = with(&[hr("E1", Terminate, 100), device(Assigned, JANE, 50)]);
    let found = check(&policy, &held, 500, &[("intune:C02", 268, None)]);
    assert_eq!(found.first().map(|it| it.status.as_str()), Some("exempt"));
}
