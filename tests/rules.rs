//! What each rule says, and what it must not say: one story a line, in hours.

use std::sync::Arc;

use tenure::engine::{Effect, Engine, Input, settle};
use tenure::model::Text;
use tenure::model::fact::{
    AccountFact, AccountUse, ContractEnd, CredentialChange, EmploymentEvent, EmploymentKind, Fact,
    GrantChange, GrantName, IdentifierFact, LifeChange, LifeKind, LinkReason, PersonFact, Use,
    Worker,
};
use tenure::model::finding::{Finding, RuleId, Severity, Status};
use tenure::model::id::{AccountId, EventUid, Identifier, PersonId};
use tenure::model::policy::{DeclaredOwner, Exemption, Policy};
use tenure::model::time::Timestamp;

use EmploymentKind::{Rehire, Terminate};
use LifeKind::{
    Created, Deactivated, Deleted, Listed, ListedEnded, ListedSince, Reinstated, Suspended,
};

/// One thing that happened, at an hour.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// HR: (effective, recorded).
    Hr(EmploymentKind, i64, i64),
    Account(LifeKind, i64),
    Use(i64),
    /// A use that a listing states.
    ListedUse(i64),
    Key(LifeKind, i64),
    /// The account's records state the person's address from this hour on.
    Link(i64),
    /// A second person has the same address.
    Rival,
    Admin(LifeKind, i64),
}
use Step::{Account, Admin, Hr, Key, Link, ListedUse, Rival, Use as Used};

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_seconds(hour * 3_600)
}

fn uid(hour: i64) -> EventUid {
    let mut uid = [0; 16];
    uid[8..].copy_from_slice(&hour.to_be_bytes());
    EventUid(uid)
}

fn life(kind: LifeKind, at: i64) -> LifeChange {
    LifeChange {
        at: hour(at),
        kind,
        event: uid(at),
        actor: None,
    }
}

fn used(at: i64) -> AccountUse {
    AccountUse {
        this: Use {
            at: hour(at),
            event: uid(at),
        },
        application: None,
        credential: None,
    }
}

fn facts(step: Step) -> Vec<Fact> {
    let id = AccountId::parse("okta:00u1").expect("account");
    let address = Identifier::email("jane@corp.example").expect("address");
    let account = |fact| vec![Fact::Account(id.clone(), fact)];
    match step {
        Hr(kind, effective, recorded) => {
            let worker = Worker {
                name: Some("Jane Roe".into()),
                email: Some("jane@corp.example".into()),
                contract_end: ContractEnd::Open,
                ..Worker::default()
            };
            let event = EmploymentEvent {
                effective_at: hour(effective),
                recorded_at: hour(recorded),
                kind,
                event: uid(effective),
                worker,
            };
            let person = PersonId::new("E1");
            vec![
                Fact::Person(person.clone(), PersonFact::Employment(Box::new(event))),
                Fact::Identifier(address, IdentifierFact::Person { person }),
            ]
        }
        Account(kind, at) => account(AccountFact::Life(life(kind, at))),
        Used(at) => account(AccountFact::Used(used(at))),
        ListedUse(at) => account(AccountFact::ListedUse(used(at))),
        Key(kind, at) => account(AccountFact::Credential(CredentialChange {
            credential: "key-1".into(),
            kind: Some("access_key".into()),
            change: life(kind, at),
        })),
        Link(at) => account(AccountFact::Claims {
            identifier: address,
            reason: LinkReason::Email,
            at: hour(at),
        }),
        Rival => {
            let person = PersonId::new("E2");
            vec![Fact::Identifier(address, IdentifierFact::Person { person })]
        }
        Admin(kind, at) => account(AccountFact::Granted(GrantChange {
            grant: GrantName {
                kind: "role".into(),
                name: "Super Administrator".into(),
            },
            privileged: true,
            change: life(kind, at),
        })),
    }
}

fn assess(policy: &Policy, steps: &[Step], now: i64) -> Vec<Finding> {
    let mut engine = Engine::new(Arc::new(policy.clone()));
    let facts = steps.iter().flat_map(|step| facts(*step)).collect();
    let mut step = |input: Input| -> Vec<Effect> {
        let mut effects = Vec::new();
        engine.step(input, &mut effects);
        effects
    };
    settle(facts, 1, &mut |inputs| {
        vec![inputs.into_iter().flatten().flat_map(&mut step).collect()]
    });
    step(Input::Tick(hour(now)));
    let mut findings: Vec<Finding> = engine.findings().cloned().collect();
    findings.sort_by_key(|finding| (finding.opened_at, finding.rule));
    findings
}

/// (rule, opened, resolved)
type Expected = (RuleId, i64, Option<i64>);

fn check(rule: RuleId, steps: &[Step], now: i64, expected: &[(i64, Option<i64>)]) {
    let only = Policy {
        rules: Policy::default()
            .rules
            .into_iter()
            .map(|(id, mut settings)| {
                settings.enabled = id == rule;
                (id, settings)
            })
            .collect(),
        ..Policy::default()
    };
    let expected: Vec<Expected> = expected
        .iter()
        .map(|(opened, resolved)| (rule, *opened, *resolved))
        .collect();
    // In both orders: the story does not depend on who tells it first.
    let backwards: Vec<Step> = steps.iter().rev().copied().collect();
    for steps in [steps, &backwards] {
        let found: Vec<Expected> = assess(&only, steps, now).iter().map(in_hours).collect();
        assert_eq!(found, expected, "{rule} at {now}: {steps:?}");
    }
}

fn in_hours(finding: &Finding) -> Expected {
    let hours = |time: Timestamp| time.as_micros() / 3_600_000_000;
    let resolved = finding.resolved_at.map(hours);
    assert_eq!(finding.status == Status::Resolved, resolved.is_some());
    assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty());
    (finding.rule, hours(finding.opened_at), resolved)
}

/// Hired before all hours of a story, with a linked account created at the same time.
const HIRED: [Step; 3] = [Hr(EmploymentKind::Hire, 0, 0), Account(Created, 0), Link(0)];

fn hired(then: &[Step]) -> Vec<Step> {
    HIRED.iter().chain(then).copied().collect()
}

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
fn credential_unrotated() {
    let rule = RuleId::CredentialUnrotated;
    let age = 90 * 24;
    check(rule, &[Key(Created, 0)], age - 1, &[]);
    check(rule, &[Key(Created, 0)], age, &[(age, None)]);
    check(rule, &[Key(Created, 0), Key(Deleted, age)], 2 * age, &[]);
    check(
        rule,
        &[Key(Created, 0), Key(Deleted, age + 5)],
        2 * age,
        &[(age, Some(age + 5))],
    );
    check(
        rule,
        &[Key(Created, 0), Account(Deleted, age + 5)],
        2 * age,
        &[(age, Some(age + 5))],
    );
    // Judged once, at the deadline; and what has no known age is not judged.
    check(
        rule,
        &[Key(Created, 0), Key(Suspended, 5), Key(Reinstated, age + 9)],
        2 * age,
        &[],
    );
    check(rule, &[Key(Suspended, 5), Key(Reinstated, 9)], 2 * age, &[]);
}

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
    assert_eq!(
        found.iter().map(|finding| finding.rule).collect::<Vec<_>>(),
        []
    );
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
