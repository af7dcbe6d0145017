use super::*;

fn email(id: &str) -> Text {
    text(&format!("{id}@corp.example"))
}

#[test]
fn an_account_live_at_the_deadline_is_told_until_it_ends() {
    let rule = RuleId::LeaverAccountLive;
    for (ended, expected) in [
        (Some(day(11)), None),
        (Some(second_before(day(11))), None),
        (
            Some(second_after(day(11))),
            Some(Some(second_after(day(11)))),
        ),
        (None, Some(None)),
    ] {
        let mut scene = Scene::default();
        let (person, account) = scene.owned("e1", "github", "jane");
        scene.leaves(person, day(10));
        if let Some(ended) = ended {
            scene.life(account, Life::Suspend, ended);
        }
        let expected = expected.map(|to| told("github:jane", day(11), to));
        assert_eq!(
            scene.tells(rule),
            expected.into_iter().collect::<Vec<_>>(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_return_to_life_after_the_deadline_is_a_reinstatement_and_nothing_else() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.life(account, Life::Suspend, day(9));
    scene.leaves(person, day(10));
    scene.life(account, Life::Reinstate, day(20));
    scene.life(account, Life::Deactivate, day(22));
    assert_eq!(scene.tells(RuleId::LeaverAccountLive), []);
    let expected = [told("github:jane", day(20), day(22))];
    assert_eq!(scene.tells(RuleId::LeaverReinstated), expected);
}

#[test]
fn an_account_of_a_leaver_that_is_made_or_first_seen_later_is_reinstated() {
    for (change, at) in [
        (Some(Life::Create), day(12)),
        (Some(Life::Unlock), day(12)),
        (None, day(12)),
    ] {
        let mut scene = Scene::default();
        let person = scene.person("e1");
        let account = scene.account("github", "jane", Some("e1@corp.example"));
        scene.leaves(person, day(10));
        match change {
            Some(change) => scene.life(account, change, at),
            None => scene.works(account, at),
        }
        let expected = [told("github:jane", day(12), None)];
        assert_eq!(scene.tells(RuleId::LeaverReinstated), expected);
    }
}

#[test]
fn who_returns_to_life_exactly_at_the_termination_is_not_reinstated() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.life(account, Life::Suspend, day(9));
    scene.leaves(person, day(10));
    scene.life(account, Life::Reinstate, day(10));
    assert_eq!(scene.tells(RuleId::LeaverReinstated), []);
    let expected = [told("github:jane", day(11), None)];
    assert_eq!(scene.tells(RuleId::LeaverAccountLive), expected);
}

#[test]
fn a_use_after_the_termination_is_told_and_again_after_each_resolution() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.leaves(person, day(10));
    scene.works(account, day(10));
    scene.works(account, day(12));
    scene.works(account, day(13));
    scene.life(account, Life::Suspend, day(14));
    scene.works(account, day(15));
    scene.hr(person, HrKind::Rehire, day(20), day(20));
    scene.works(account, day(21));
    let expected = [
        told("github:jane", day(12), day(14)),
        told("github:jane", day(15), day(20)),
    ];
    assert_eq!(scene.tells(RuleId::LeaverActivity), expected);
}

#[test]
fn what_is_no_use_is_no_activity() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.leaves(person, day(10));
    scene.works(account, day(12));
    scene.in_vain();
    let actor = Actor::Account(account);
    scene.tell("okta", day(12), actor, Act::LogOut);
    let change = Life::Lock;
    scene.tell("okta", day(12), actor, Act::Life { account, change });
    scene.life(account, Life::Activate, day(12));
    assert_eq!(scene.tells(RuleId::LeaverActivity), []);
}

#[test]
fn a_session_is_an_actor_and_no_account() {
    let mut scene = Scene::default();
    let person = scene.person("e1");
    let session = scene.account("aws_cloudtrail", "AROA1:e1@corp.example", None);
    scene.cast.accounts[session.0].session = true;
    scene.works(session, day(5));
    scene.leaves(person, day(10));
    scene.works(session, day(12));
    let subject = "aws_cloudtrail:AROA1:e1@corp.example";
    let all = findings(&scene.cast, &scene.deeds, &scene.policy, day(300));
    let all: Vec<_> = all
        .iter()
        .filter(|it| it.rule != RuleId::SourceSilent)
        .collect();
    assert_eq!(all.len(), 1);
    let expected = [told(subject, day(12), None)];
    assert_eq!(scene.tells(RuleId::LeaverActivity), expected);
}

#[test]
fn a_credential_outlives_its_account_unless_that_is_deleted() {
    for (change, silent) in [(Life::Suspend, false), (Life::Delete, true)] {
        let mut scene = Scene::default();
        let (person, account) = scene.owned("e1", "github", "jane");
        let token = scene.made(account, "personal_access_token", "T1");
        scene.leaves(person, day(10));
        scene.life(account, change, day(10));
        scene.ends(token, day(20));
        let mut expected = vec![told("github:T1", day(11), day(20))];
        expected.retain(|_| !silent);
        assert_eq!(scene.tells(RuleId::LeaverCredentialLive), expected);
    }
}

#[test]
fn a_credential_that_ends_at_the_deadline_is_in_time() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    let token = scene.made(account, "personal_access_token", "T1");
    scene.leaves(person, day(10));
    scene.ends(token, day(11));
    assert_eq!(scene.tells(RuleId::LeaverCredentialLive), []);
}

#[test]
fn grants_on_an_ended_account_are_told_until_the_last_one_ends() {
    let rule = RuleId::LeaverGrantLive;
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    for name in ["org/a", "org/b"] {
        scene.granted(account, &grant("team", name), day(1));
    }
    scene.leaves(person, day(10));
    scene.life(account, Life::Suspend, day(10));
    assert_eq!(
        scene.tells(rule),
        [told("github:jane", day(13), None)],
        "open"
    );
    scene.revoked(account, &grant("team", "org/a"), day(15));
    scene.revoked(account, &grant("team", "org/b"), day(16));
    assert_eq!(
        scene.tells(rule),
        [told("github:jane", day(13), day(16))],
        "the last"
    );
    scene.revoked(account, &grant("team", "org/a"), day(13));
    scene.revoked(account, &grant("team", "org/b"), day(13));
    assert_eq!(scene.tells(rule), [], "in time");
}

#[test]
fn grants_on_an_account_that_ends_later_are_told_from_its_end() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.granted(account, &grant("oauth", "Zap"), day(1));
    scene.leaves(person, day(10));
    assert_eq!(scene.tells(RuleId::LeaverGrantLive), []);
    scene.life(account, Life::Suspend, day(20));
    scene.life(account, Life::Delete, day(22));
    let expected = [told("github:jane", day(20), day(22))];
    assert_eq!(scene.tells(RuleId::LeaverGrantLive), expected);
}

#[test]
fn a_device_is_held_until_it_is_given_back_wiped_or_handed_on() {
    let rule = RuleId::LeaverDeviceHeld;
    let (e1, e2) = (email("e1"), email("e2"));
    let endings = [
        DeviceChange::Unenrolled { holder: e1.clone() },
        DeviceChange::Wiped { holder: e1.clone() },
        DeviceChange::Assigned { holder: e2 },
    ];
    for change in endings {
        for (at, to) in [
            (day(17), None),
            (second_after(day(17)), Some(second_after(day(17)))),
        ] {
            let mut scene = Scene::default();
            let leaver = scene.person("e1");
            scene.person("e2");
            let laptop = scene.device("L1");
            let holder = text("E1@corp.example");
            scene.device_told(laptop, DeviceChange::Enrolled { holder }, day(2));
            scene.leaves(leaver, day(10));
            scene.device_told(laptop, change.clone(), at);
            let expected = to.map(|to| told("jamf_pro:L1", day(17), to));
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(scene.tells(rule), expected, "{change:?} at {at}");
        }
    }
}

#[test]
fn a_device_assigned_again_to_its_holder_is_still_held_and_a_rehire_ends_it() {
    let mut scene = Scene::default();
    let leaver = scene.person("e1");
    let laptop = scene.device("L1");
    for at in [day(2), day(12)] {
        let holder = email("e1");
        scene.device_told(laptop, DeviceChange::Assigned { holder }, at);
    }
    scene.leaves(leaver, day(10));
    scene.hr(leaver, HrKind::Rehire, day(30), day(30));
    let expected = [told("jamf_pro:L1", day(17), day(30))];
    assert_eq!(scene.tells(RuleId::LeaverDeviceHeld), expected);
}

#[test]
fn a_contract_that_ends_is_told_until_it_is_extended_or_the_person_goes() {
    let rule = RuleId::ContractExpired;
    let kinds = [
        (HrKind::ContractChange, Some(day(200))),
        (HrKind::ContractChange, None),
        (HrKind::Terminate, Some(day(30))),
    ];
    for (kind, end) in kinds {
        for (at, to) in [
            (day(31), None),
            (second_after(day(31)), Some(second_after(day(31)))),
        ] {
            let mut scene = Scene::default();
            let (person, account) = scene.owned("e1", "okta", "U1");
            scene.hr_as(person, HrKind::ContractChange, (day(1), day(1)), |hr| {
                hr.contract_end = Some(day(30));
            });
            scene.hr_as(person, kind, (at, at), |hr| hr.contract_end = end);
            scene.life(account, Life::Suspend, day(199));
            let expected = to.map(|to| told("okta:U1", day(31), to));
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(scene.tells(rule), expected, "{kind:?} {end:?} at {at}");
        }
    }
}

#[test]
fn an_extension_that_hr_records_late_was_in_time() {
    let mut scene = Scene::default();
    let (person, _) = scene.owned("e1", "okta", "U1");
    scene.hr_as(person, HrKind::ContractChange, (day(1), day(1)), |hr| {
        hr.contract_end = Some(day(30));
    });
    scene.hr_as(person, HrKind::ContractChange, (day(29), day(50)), |hr| {
        hr.contract_end = None;
    });
    assert_eq!(scene.tells(RuleId::ContractExpired), []);
}
