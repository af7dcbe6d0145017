use super::*;

use crate::model::id::SourceName;
use crate::model::policy::{Baseline, SourceSettings};

fn mover(scene: &mut Scene) -> (PersonNo, AccountNo) {
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.granted(account, &grant("team", "org/core"), day(1));
    scene.hr_as(person, HrKind::Transfer, (day(10), day(12)), |hr| {
        hr.department = text("Sales");
    });
    (person, account)
}

const SUBJECT: &str = "github:jane|team:org/core";
const RETAINED: RuleId = RuleId::MoverGrantRetained;

#[test]
fn a_grant_that_a_mover_keeps_is_told_until_it_ends() {
    for (at, to) in [
        (day(24), None),
        (second_after(day(24)), Some(second_after(day(24)))),
    ] {
        let mut scene = Scene::default();
        let (_, account) = mover(&mut scene);
        scene.granted(account, &grant("team", "org/new"), day(10));
        scene.revoked(account, &grant("team", "org/core"), at);
        let expected: Vec<_> = to
            .map(|to| told(SUBJECT, day(24), to))
            .into_iter()
            .collect();
        assert_eq!(scene.tells(RETAINED), expected);
    }
}

#[test]
fn a_baseline_of_the_new_position_excuses_and_a_later_one_resolves() {
    let mut scene = Scene::default();
    let (person, _) = mover(&mut scene);
    let baseline = |department: &str| Baseline {
        department: Some(text(department)),
        grants: [text("github:team:core")].into(),
        ..Baseline::default()
    };
    scene.policy.baselines = vec![baseline("Engineering")];
    assert_eq!(scene.tells(RETAINED), [told(SUBJECT, day(24), None)]);
    scene.policy.baselines.push(baseline("Sales"));
    assert_eq!(scene.tells(RETAINED), []);
    scene.policy.baselines = vec![baseline("Legal")];
    scene.hr_as(person, HrKind::Transfer, (day(40), day(40)), |hr| {
        hr.department = text("Legal");
    });
    assert_eq!(scene.tells(RETAINED), [told(SUBJECT, day(24), day(40))]);
}

#[test]
fn a_later_move_adds_nothing_while_one_is_open() {
    let mut scene = Scene::default();
    let (person, account) = mover(&mut scene);
    scene.hr_as(person, HrKind::Transfer, (day(20), day(20)), |hr| {
        hr.title = text("Head");
    });
    assert_eq!(scene.tells(RETAINED), [told(SUBJECT, day(24), None)]);
    scene.kept(account, None, day(26));
    let expected = [told(SUBJECT, day(24), day(26))];
    assert_eq!(scene.tells(RETAINED), expected, "kept after the second too");
    scene.hr_as(person, HrKind::Transfer, (day(60), day(60)), |hr| {
        hr.manager = Some(text("E7"));
    });
    assert_eq!(scene.tells(RETAINED).len(), 2);
}

#[test]
fn only_an_approval_after_the_move_that_names_the_grant_excuses() {
    let asks = (TicketKind::AccessRequest, TicketChange::Approved);
    let core = grant("team", "core");
    let jane = || Subject::Email(text("E1@corp.example"));
    for (at, grants, silent) in [
        (day(24), vec![("github", core.clone())], true),
        (day(10), vec![("github", core.clone())], false),
        (day(20), vec![], false),
        (day(20), vec![("okta", core.clone())], false),
    ] {
        let mut scene = Scene::default();
        mover(&mut scene);
        scene.ticket_naming("T1", asks, at, (jane(), &grants));
        assert_eq!(scene.tells(RETAINED).is_empty(), silent, "{at} {grants:?}");
    }
}

#[test]
fn a_changed_address_is_no_move_and_an_ended_account_has_no_mover() {
    let mut scene = Scene::default();
    let (person, account) = scene.owned("e1", "github", "jane");
    scene.granted(account, &grant("team", "org/core"), day(1));
    scene.hr_as(person, HrKind::Transfer, (day(10), day(10)), |hr| {
        hr.previous_emails = vec![hr.email.clone()];
        hr.email = text("new@corp.example");
    });
    assert_eq!(scene.tells(RETAINED), []);
    let mut scene = Scene::default();
    let (_, account) = mover(&mut scene);
    scene.life(account, Life::Suspend, day(30));
    scene.life(account, Life::Reinstate, day(40));
    assert_eq!(scene.tells(RETAINED), [told(SUBJECT, day(24), day(30))]);
    scene.life(account, Life::Suspend, day(24));
    assert_eq!(scene.tells(RETAINED), []);
}

#[test]
fn a_grant_made_anew_after_a_move_is_not_retained() {
    let mut scene = Scene::default();
    let (_, account) = mover(&mut scene);
    scene.revoked(account, &grant("team", "org/core"), day(15));
    scene.granted(account, &grant("team", "org/core"), day(16));
    assert_eq!(scene.tells(RETAINED), []);
}

const UNAPPROVED: RuleId = RuleId::GrantUnapproved;

/// An account of e1's to which somebody gives an application on day 20.
fn given(scene: &mut Scene) -> AccountNo {
    let (_, account) = scene.owned("e1", "okta", "U1");
    let admin = scene.account("okta", "A1", Some("admin@corp.example"));
    let actor = Actor::Account(admin);
    scene.granted_by(actor, account, &grant("app", "Zoom"), day(20));
    account
}

#[test]
fn an_approval_excuses_within_its_window_and_its_edges() {
    let asks = (TicketKind::AccessRequest, TicketChange::Approved);
    let cases = [
        (day(6), true),
        (second_before(day(6)), false),
        (day(21), true),
        (second_after(day(21)), false),
    ];
    for (at, silent) in cases {
        let mut scene = Scene::default();
        let account = given(&mut scene);
        scene.ticket("T1", asks, at, Subject::Account(account));
        let mut expected = vec![told("okta:U1|app:Zoom", day(21), None)];
        expected.retain(|_| !silent);
        assert_eq!(scene.tells(UNAPPROVED), expected, "{at}");
    }
}

#[test]
fn only_an_approved_request_for_it_or_for_nothing_special_counts() {
    let zoom = vec![("okta", grant("app", "Zoom"))];
    let slack = vec![("okta", grant("app", "Slack"))];
    let cases = [
        (TicketKind::Onboarding, TicketChange::Approved, zoom, true),
        (TicketKind::Onboarding, TicketChange::Approved, slack, false),
        (TicketKind::Other, TicketChange::Approved, vec![], false),
        (
            TicketKind::AccessRequest,
            TicketChange::Created,
            vec![],
            false,
        ),
    ];
    for (kind, change, grants, silent) in cases {
        let mut scene = Scene::default();
        given(&mut scene);
        let jane = Subject::Email(text("e1@corp.example"));
        scene.ticket_naming("T1", (kind, change), day(19), (jane, &grants));
        assert_eq!(
            scene.tells(UNAPPROVED).is_empty(),
            silent,
            "{kind:?} {grants:?}"
        );
    }
}

#[test]
fn provisioners_systems_and_ordinary_groups_need_no_approval() {
    let mut scene = Scene::default();
    let account = given(&mut scene);
    let admin = Actor::Account(AccountNo(account.0 + 1));
    scene.granted(account, &grant("app", "Miro"), day(20));
    scene.granted_by(admin, account, &grant("group", "all"), day(20));
    scene.granted_by(admin, account, &grant("oauth", "Zap"), day(20));
    assert_eq!(scene.tells(UNAPPROVED).len(), 1);
    let settings = SourceSettings {
        provisioners: [text("Admin@corp.example")].into(),
        ..SourceSettings::default()
    };
    scene
        .policy
        .sources
        .insert(SourceName::new("okta"), settings);
    assert_eq!(scene.tells(UNAPPROVED), []);
}

#[test]
fn a_privileged_group_needs_approval_and_makes_all_of_its_account_weigh_more() {
    let mut scene = Scene::default();
    let account = given(&mut scene);
    let severities = |scene: &Scene| {
        let expected = scene.expected(UNAPPROVED, day(365)).into_iter();
        expected
            .map(|it| it.severity.as_str())
            .collect::<Vec<&str>>()
    };
    assert_eq!(severities(&scene), ["medium"]);
    let admin = Actor::Account(AccountNo(account.0 + 1));
    scene.policy.privileged = [text("okta:group:prod")].into();
    scene.granted_by(admin, account, &grant("group", "prod"), day(20));
    assert_eq!(severities(&scene), ["high", "high"]);
}

#[test]
fn an_unapproved_grant_is_told_until_it_or_its_account_ends() {
    let mut scene = Scene::default();
    let account = given(&mut scene);
    scene.life(account, Life::Suspend, day(30));
    let subject = "okta:U1|app:Zoom";
    assert_eq!(scene.tells(UNAPPROVED), [told(subject, day(21), day(30))]);
    scene.revoked(account, &grant("app", "Zoom"), day(21));
    assert_eq!(scene.tells(UNAPPROVED), []);
}

const UNUSED: RuleId = RuleId::GrantUnused;

#[test]
fn an_application_is_unused_where_sign_ins_are_logged() {
    let mut scene = Scene::default();
    let (_, okta) = scene.owned("e1", "okta", "U1");
    let (_, slack) = scene.owned("e2", "slack", "S1");
    for account in [okta, slack] {
        scene.granted(account, &grant("app", "Zoom"), day(1));
        scene.granted(account, &grant("group", "all"), day(1));
    }
    scene.signs_in(okta, "Zoom", day(91));
    scene.signs_in(okta, "Miro", day(100));
    scene.signs_in(okta, "Zoom", day(200));
    scene.revoked(okta, &grant("app", "Zoom"), day(300));
    let subject = "okta:U1|app:Zoom";
    let expected = [
        told(subject, day(181), day(200)),
        told(subject, day(290), day(300)),
    ];
    assert_eq!(scene.tells(UNUSED), expected);
}

#[test]
fn an_unused_application_of_an_ended_account_is_not_told() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "okta", "U1");
    scene.granted(account, &grant("app", "Zoom"), day(1));
    scene.life(account, Life::Suspend, day(80));
    scene.life(account, Life::Reinstate, day(100));
    scene.life(account, Life::Suspend, day(200));
    let expected = [told("okta:U1|app:Zoom", day(190), day(200))];
    assert_eq!(scene.tells(UNUSED), expected);
}

const STANDING: RuleId = RuleId::AdminStanding;

#[test]
fn a_privileged_grant_stands_too_long_until_a_review_keeps_it() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "github", "jane");
    let owner = privileged("role", "owner");
    scene.granted(account, &owner, day(1));
    scene.granted(account, &grant("role", "writer"), day(1));
    scene.reviewed((account, Some(&owner)), false, day(100));
    scene.kept(account, Some(&grant("role", "writer")), day(100));
    let subject = "github:jane|role:owner";
    assert_eq!(scene.tells(STANDING), [told(subject, day(181), None)]);
    scene.kept(account, None, day(200));
    assert_eq!(scene.tells(STANDING), [told(subject, day(181), day(200))]);
    scene.kept(account, Some(&owner), day(181));
    assert_eq!(
        scene.tells(STANDING),
        [],
        "reviewed at the deadline, and again within the age"
    );
}

#[test]
fn a_privileged_grant_that_ends_at_its_age_has_not_stood_too_long() {
    let mut scene = Scene::default();
    let (_, account) = scene.owned("e1", "github", "jane");
    scene.granted(account, &privileged("role", "owner"), day(1));
    scene.revoked(account, &privileged("role", "owner"), day(181));
    assert_eq!(scene.tells(STANDING), []);
}
