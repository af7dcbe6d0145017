use super::*;

use crate::model::id::SourceName;
use crate::model::policy::SourceSettings;
use crate::simulate::deed::Listed;

const DORMANT: RuleId = RuleId::AccountDormant;

fn listed(account: AccountNo) -> Listed {
    Listed {
        account,
        live: true,
        created_at: None,
        last_used_at: None,
        grants: Vec::new(),
        credentials: Vec::new(),
    }
}

fn lists(scene: &mut Scene, listed: Listed, at: Timestamp) {
    let act = Act::Listed(Box::new(listed));
    scene.tell("inventory", at, Actor::System, act);
}

#[test]
fn an_account_sleeps_from_its_last_use_until_the_next() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "okta", "U1");
    scene.works(account, day(10));
    scene.works(account, day(100));
    scene.works(account, second_after(day(190)));
    scene.life(account, Life::Suspend, day(300));
    let rule = DORMANT;
    let expected = [
        told("okta:U1", day(190), second_after(day(190))),
        told("okta:U1", second_after(day(280)), day(300)),
    ];
    assert_eq!(
        scene.tells(rule),
        expected,
        "ninety days to the second are in time"
    );
}

#[test]
fn reinstatement_wakes_and_a_failed_log_in_does_not() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "okta", "U1");
    scene.works(account, day(80));
    scene.in_vain();
    scene.life(account, Life::Suspend, day(85));
    scene.life(account, Life::Reinstate, day(120));
    assert_eq!(scene.tells(DORMANT), [told("okta:U1", day(210), None)]);
}

#[test]
fn what_a_listing_says_of_the_past_is_no_idleness() {
    let mut scene = Scene::default();
    let account = scene.account("okta", "U1", Some("x@corp.example"));
    let listing = Listed {
        created_at: Some(day(-500)),
        last_used_at: Some(day(-200)),
        ..listed(account)
    };
    lists(&mut scene, listing, day(10));
    assert_eq!(scene.tells(DORMANT), [told("okta:U1", day(100), None)]);
    let expected = [told("okta:U1", day(13), None)];
    assert_eq!(scene.tells(RuleId::OrphanAccount), expected);
}

#[test]
fn a_listing_ends_and_revives_what_it_shows_and_its_silence_ends_nothing() {
    let mut scene = Scene::default();
    let account = scene.account("okta", "U1", Some("x@corp.example"));
    lists(&mut scene, listed(account), day(10));
    let mut ended = listed(account);
    ended.live = false;
    lists(&mut scene, ended, day(20));
    lists(&mut scene, listed(account), day(30));
    let expected = [
        told("okta:U1", day(13), day(20)),
        told("okta:U1", day(30), None),
    ];
    assert_eq!(scene.tells(RuleId::OrphanAccount), expected);
}

#[test]
fn at_the_same_time_the_end_wins() {
    let mut scene = Scene::default();
    let account = scene.account("okta", "U1", None);
    scene.works(account, day(1));
    scene.life(account, Life::Suspend, day(9));
    scene.life(account, Life::Reinstate, day(9));
    let expected = [told("okta:U1", day(4), day(9))];
    assert_eq!(scene.tells(RuleId::OrphanAccount), expected);
}

fn managed(scene: &mut Scene, source: &str) {
    let settings = SourceSettings {
        managed_by: Some(text("okta")),
        provisioners: [text("SCIM-bot-name")].into(),
        silence: None,
    };
    scene
        .policy
        .sources
        .insert(SourceName::new(source), settings);
}

#[test]
fn an_account_made_by_hand_at_a_managed_source_is_a_shadow() {
    let mut scene = Scene::default();
    let admin = scene.account("github", "admin", None);
    let bot = scene.account("github", "scim-bot", None);
    let cases = [
        ("by-hand", Actor::Account(admin)),
        ("by-bot", Actor::Account(bot)),
        ("by-system", Actor::System),
    ];
    for (uid, actor) in cases {
        let account = scene.account("github", uid, None);
        let change = Life::Create;
        scene.tell("github", day(5), actor, Act::Life { account, change });
        scene.life(account, Life::Suspend, day(8));
    }
    assert_eq!(scene.tells(RuleId::AccountShadow), [], "not managed");
    managed(&mut scene, "github");
    let expected = [told("github:by-hand", day(5), day(8))];
    assert_eq!(scene.tells(RuleId::AccountShadow), expected);
}

#[test]
fn a_failed_end_is_told_unless_one_succeeds_in_time() {
    for (at, to) in [
        (day(11), None),
        (second_after(day(11)), Some(second_after(day(11)))),
    ] {
        let mut scene = Scene::default();
        let (_, account) = scene.owned("e1", "okta", "U1");
        scene.life(account, Life::Delete, day(10));
        scene.in_vain();
        scene.life(account, Life::Deactivate, at);
        let expected: Vec<_> = to
            .map(|to| told("okta:U1", day(11), to))
            .into_iter()
            .collect();
        assert_eq!(scene.tells(RuleId::DeprovisionFailed), expected);
    }
}

#[test]
fn a_failed_step_of_a_workflow_counts_and_a_failed_revoke_of_one_grant_does_not() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "okta", "U1");
    scene.revoked(account, &grant("app", "Zoom"), day(5));
    scene.in_vain();
    scene.life(account, Life::Reinstate, day(5));
    scene.in_vain();
    assert_eq!(scene.tells(RuleId::DeprovisionFailed), []);
    scene.runs("R1", None, WorkflowChange::EndAccount { account }, day(6));
    scene.in_vain();
    scene.runs("R1", None, WorkflowChange::EndAccount { account }, day(9));
    scene.life(account, Life::Suspend, day(10));
    let expected = [told("okta:U1", day(7), day(10))];
    assert_eq!(scene.tells(RuleId::DeprovisionFailed), expected);
}

#[test]
fn a_credential_is_too_old_at_its_age_and_at_no_other_time() {
    let rule = RuleId::CredentialUnrotated;
    for (ended, to) in [
        (day(90), None),
        (second_after(day(90)), Some(second_after(day(90)))),
    ] {
        let mut scene = Scene::default();
        let (_, account) = scene.owned("e1", "github", "jane");
        let key = scene.made(account, "ssh_key", "K1");
        scene.life(account, Life::Suspend, day(5));
        scene.ends(key, ended);
        let expected: Vec<_> = to
            .map(|to| told("github:K1", day(90), to))
            .into_iter()
            .collect();
        assert_eq!(scene.tells(rule), expected);
    }
}

#[test]
fn a_listed_credential_has_its_age_and_one_that_is_only_used_has_none() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "github", "jane");
    let old = scene.credential(account, "ssh_key", "OLD");
    let seen = scene.credential(account, "ssh_key", "SEEN");
    let listing = Listed {
        credentials: vec![(old, Some(day(-100)), None)],
        ..listed(account)
    };
    lists(&mut scene, listing, day(3));
    let act = Act::Work {
        credential: Some(seen),
    };
    scene.tell("github", day(3), Actor::Account(account), act);
    let expected = [told("github:OLD", day(-10), None)];
    assert_eq!(scene.tells(RuleId::CredentialUnrotated), expected);
}

#[test]
fn a_credential_is_unused_where_its_use_is_logged() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "aws_cloudtrail", "AIDA1");
    let key = scene.made(account, "access_key", "AKIA1");
    let (_, other) = scene.owned("e2", "github", "jane");
    scene.made(other, "personal_access_token", "T1");
    for at in [day(45), day(100)] {
        let act = Act::Work {
            credential: Some(key),
        };
        scene.tell("aws_cloudtrail", at, Actor::Account(account), act);
    }
    scene.life(account, Life::Suspend, day(120));
    scene.ends(key, day(150));
    let expected = [
        told("aws_cloudtrail:AKIA1", day(90), day(100)),
        told("aws_cloudtrail:AKIA1", day(145), day(150)),
    ];
    assert_eq!(scene.tells(RuleId::CredentialUnused), expected);
}
