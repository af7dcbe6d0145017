use super::*;

use crate::model::finding::Status;
use crate::model::id::AccountId;
use crate::model::policy::Exemption;

#[test]
fn an_exemption_holds_until_its_end_and_for_its_rule_and_account() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "okta", "U1");
    scene.leaves(person, day(10));
    let rule = RuleId::LeaverAccountLive;
    scene.policy.exemptions.push(Exemption {
        rule,
        account: AccountId::parse("okta:u1-name").expect("account"),
        reason: text("tested"),
        until: day(50),
    });
    let status = |now| scene.expected(rule, now).first().map(|it| it.status);
    assert_eq!(status(second_before(day(50))), Some(Status::Exempt));
    assert_eq!(status(day(50)), Some(Status::Open));
    let dormant = scene.expected(RuleId::AccountDormant, day(200));
    assert!(dormant.iter().all(|it| it.status == Status::Open));
}

#[test]
fn a_rule_that_is_off_says_nothing() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "okta", "U1");
    scene.leaves(person, day(10));
    let rule = RuleId::LeaverAccountLive;
    let settings = scene.policy.rules.get_mut(&rule).expect("settings");
    settings.enabled = false;
    assert_eq!(scene.tells(rule), []);
}

#[test]
fn a_line_of_truth_holds_the_id_of_the_finding() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "okta", "U1");
    scene.leaves(person, day(10));
    let expected = scene.expected(RuleId::LeaverAccountLive, day(20));
    let line = serde_json::to_value(&expected[0]).expect("json");
    assert_eq!(line["finding_id"], expected[0].finding_id().to_string());
    assert_eq!(line["rule"], "leaver-account-live");
    assert_eq!(line["status"], "open");
    assert_eq!(line["opened_at"], "2026-01-12T00:00:00Z");
    assert_eq!(line["resolved_at"], serde_json::Value::Null);
    assert_eq!(line["severity"], "high");
}
