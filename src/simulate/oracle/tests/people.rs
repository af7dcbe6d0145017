use super::*;

use crate::model::id::{AccountId, Identifier};
use crate::model::policy::DeclaredOwner;

const LIVE: RuleId = RuleId::LeaverAccountLive;

fn declare(scene: &mut Scene, account: &str, owner: Option<&str>, nhi: bool) {
    let owner = owner
        .map(|owner| Identifier::email(owner).unwrap_or_else(|| Identifier::employee_id(owner)));
    let account = AccountId::parse(account).expect("source:uid");
    let owner = DeclaredOwner { owner, nhi };
    scene.policy.links.insert(account, owner);
}

#[test]
fn of_two_terminations_the_one_recorded_last_holds() {
    for (first, second) in [(day(10), day(14)), (day(14), day(10))] {
        let mut scene = Scene::default();
        let (person, _) = scene.owned("e1", "github", "jane");
        scene.hr(person, HrKind::Terminate, second, day(12));
        scene.hr(person, HrKind::Terminate, first, day(11));
        let expected = [told("github:jane", second + Span::days(1), None)];
        assert_eq!(scene.tells(LIVE), expected);
    }
}

#[test]
fn a_termination_recorded_late_opens_in_the_past_and_a_rehire_ends_it() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "github", "jane");
    scene.hr(person, HrKind::Terminate, day(10), day(17));
    scene.hr(person, HrKind::Rehire, day(20), day(18));
    assert_eq!(scene.tells(LIVE), [told("github:jane", day(11), day(20))]);
    assert_eq!(
        scene.expected(LIVE, second_before(day(11))),
        [],
        "not yet begun"
    );
    assert_eq!(scene.expected(LIVE, day(11)).len(), 1, "just begun");
}

#[test]
fn a_rehire_at_the_deadline_is_in_time_and_one_in_the_instant_of_leaving_does_not_follow() {
    for (rehired, silent) in [(day(10), false), (day(11), true)] {
        let mut scene = Scene::default();
        let (person, _) = scene.owned("e1", "github", "jane");
        scene.leaves(person, day(10));
        scene.hr(person, HrKind::Rehire, rehired, rehired);
        assert_eq!(scene.tells(LIVE).is_empty(), silent, "{rehired}");
    }
}

#[test]
fn each_leave_has_its_findings() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "github", "jane");
    scene.leaves(person, day(10));
    scene.hr(person, HrKind::Rehire, day(20), day(20));
    scene.hr(person, HrKind::LeaveStart, day(30), day(30));
    scene.leaves(person, day(40));
    let expected = [
        told("github:jane", day(11), day(20)),
        told("github:jane", day(41), None),
    ];
    assert_eq!(scene.tells(LIVE), expected);
}

#[test]
fn an_earlier_address_links_in_any_case() {
    let mut scene = Scene::default();
    let person = scene.person("e1");
    let account = scene.account("github", "jane", Some("Jane.Maiden@Corp.Example"));
    scene.works(account, day(1));
    assert_eq!(scene.tells(RuleId::OrphanAccount).len(), 1);
    scene.hr_as(person, HrKind::Transfer, (day(50), day(50)), |hr| {
        hr.previous_emails = vec![text("jane.maiden@corp.example")];
    });
    assert_eq!(scene.tells(RuleId::OrphanAccount), []);
    scene.leaves(person, day(60));
    assert_eq!(scene.tells(LIVE), [told("github:jane", day(61), None)]);
}

#[test]
fn a_disputed_account_has_no_owner_and_is_no_orphan() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.person("e2");
    scene.leaves(person, day(10));
    assert_eq!(scene.tells(LIVE).len(), 1);
    let act = Act::States {
        account,
        email: text("e2@corp.example"),
    };
    scene.tell("github", day(200), Actor::System, act);
    assert_eq!(scene.tells(LIVE), []);
    assert_eq!(scene.tells(RuleId::OrphanAccount), []);
}

#[test]
fn a_link_of_the_policy_beats_a_sources() {
    for owner in ["e2@corp.example", "e2"] {
        let mut scene = Scene::default();
        let (person, _) = scene.owned("e1", "github", "Jane");
        let other = scene.person("e2");
        declare(&mut scene, "github:jane", Some(owner), false);
        scene.leaves(person, day(10));
        assert_eq!(scene.tells(LIVE), []);
        scene.leaves(other, day(20));
        assert_eq!(scene.tells(LIVE), [told("github:Jane", day(21), None)]);
    }
}

#[test]
fn a_link_found_late_counts_from_its_record_for_orphans_and_always_for_leavers() {
    let mut scene = Scene::default();
    let person = scene.person("e1");
    let account = scene.account("github", "jane", None);
    scene.works(account, day(1));
    scene.leaves(person, day(10));
    let act = Act::States {
        account,
        email: text("e1@corp.example"),
    };
    scene.tell("github", day(30), Actor::System, act);
    assert_eq!(
        scene.tells(RuleId::OrphanAccount),
        [told("github:jane", day(4), day(30))]
    );
    assert_eq!(scene.tells(LIVE), [told("github:jane", day(11), None)]);
}

#[test]
fn an_orphan_is_told_whenever_it_is_live_after_its_deadline() {
    let mut scene = Scene::default();
    let account = scene.account("github", "x", Some("nobody@corp.example"));
    scene.works(account, day(1));
    scene.life(account, Life::Suspend, day(2));
    scene.life(account, Life::Reinstate, day(10));
    scene.life(account, Life::Suspend, day(12));
    let expected = [told("github:x", day(10), day(12))];
    assert_eq!(scene.tells(RuleId::OrphanAccount), expected);
    assert_eq!(
        scene.expected(RuleId::OrphanAccount, second_before(day(10))),
        []
    );
}

#[test]
fn a_link_at_the_deadline_leaves_no_orphan() {
    for (at, silent) in [(day(4), true), (second_after(day(4)), false)] {
        let mut scene = Scene::default();
        scene.person("e1");
        let account = scene.account("github", "x", None);
        scene.works(account, day(1));
        let email = text("e1@corp.example");
        scene.tell("github", at, Actor::System, Act::States { account, email });
        assert_eq!(scene.tells(RuleId::OrphanAccount).is_empty(), silent);
    }
}

#[test]
fn failures_and_tickets_make_no_account() {
    let mut scene = Scene::default();
    let account = scene.account("okta", "x", None);
    scene.works(account, day(1));
    scene.in_vain();
    let asks = (TicketKind::AccessRequest, TicketChange::Approved);
    scene.ticket("T1", asks, day(2), Subject::Account(account));
    assert_eq!(scene.tells(RuleId::OrphanAccount), []);
}

#[test]
fn an_owner_who_left_leaves_a_declared_non_human_account_ownerless() {
    let mut scene = Scene::default();
    let person = scene.person("e1");
    let account = scene.account("aws_cloudtrail", "AIDA1", None);
    scene.works(account, day(1));
    declare(&mut scene, "aws_cloudtrail:aida1-name", Some("e1"), true);
    scene.leaves(person, day(10));
    scene.hr(person, HrKind::Rehire, day(20), day(20));
    let rule = RuleId::NhiOwnerless;
    let expected = [told("aws_cloudtrail:AIDA1", day(13), day(20))];
    assert_eq!(scene.tells(rule), expected);
    assert_eq!(scene.tells(LIVE), [], "it is no leaver's");
    assert_eq!(scene.tells(RuleId::OrphanAccount), []);
    scene.hr(person, HrKind::Rehire, day(13), day(13));
    assert_eq!(scene.tells(rule), [], "back at the deadline");
}

#[test]
fn a_bot_that_nobody_declared_is_ownerless_and_no_orphan() {
    let mut scene = Scene::default();
    let account = scene.account("slack", "B1", None);
    scene.cast.accounts[account.0].marked_non_human = true;
    scene.works(account, day(1));
    scene.life(account, Life::Suspend, day(20));
    scene.life(account, Life::Reinstate, day(22));
    let expected = [
        told("slack:B1", day(4), day(20)),
        told("slack:B1", day(22), None),
    ];
    assert_eq!(scene.tells(RuleId::NhiOwnerless), expected);
    assert_eq!(scene.tells(RuleId::OrphanAccount), []);
}
