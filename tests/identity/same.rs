//! Two employee ids that turn out to be one person's: by HR's word, or by the policy's.

use crate::node::{Node, Records, check, day, facts, policy, shown, told};
use crate::records::{github, hr, okta_created};

const ONE: &str = "[[identity]]\nemployee_ids = [\"C-17\", \"E1001\"]\n";
const WORKER: &str = r#""email":"jane@corp.example","name":"Jane Roe""#;
const AGENCY: &str =
    r#""email":"jane@agency.example","name":"Jane Roe","employment_type":"contractor""#;
const PREVIOUS: &str =
    r#""email":"jane@corp.example","name":"Jane Roe","previous_employee_ids":["C-17"]"#;

/// A contractor with an account, whose contract was terminated; hired under another number. Each
/// with an account under the address of their time.
fn hired(hire: &str, at: &str) -> Records {
    vec![
        hr("hire", "C-17", "01-02", AGENCY),
        okta_created("00u1", "jane@agency.example", "01-05"),
        hr("terminate", "C-17", "02-01", AGENCY),
        hr("hire", "E1001", at, hire),
        okta_created("00u2", "jane@corp.example", "02-20"),
    ]
}

fn then(records: &[(&'static str, String)], more: &[(&'static str, String)]) -> Records {
    [records, more].concat()
}

#[test]
fn without_a_word_of_hr_or_policy_they_are_two() {
    let leaver = "leaver-account-live okta:00u1 C-17 02-02..";
    check("", &hired(WORKER, "02-01"), "03-09", &[leaver]);
}

#[test]
fn hr_may_say_that_a_number_is_an_earlier_one() {
    check("", &hired(PREVIOUS, "02-01"), "03-09", &[]);
    // Between the two they were gone.
    let gap = "leaver-account-live okta:00u1 E1001 02-02..02-10";
    check("", &hired(PREVIOUS, "02-10"), "03-09", &[gap]);
    // Hired before the old number is terminated.
    check("", &hired(PREVIOUS, "01-20"), "03-09", &[]);
}

#[test]
fn the_policy_may_say_so() {
    check(ONE, &hired(WORKER, "02-01"), "03-09", &[]);
    let gap = "leaver-account-live okta:00u1 E1001 02-02..02-10";
    check(ONE, &hired(WORKER, "02-10"), "03-09", &[gap]);
}

#[test]
fn whoever_leaves_leaves_the_accounts_of_all_their_numbers() {
    let left = [hr("terminate", "E1001", "03-01", WORKER)];
    let both = [
        "leaver-account-live okta:00u1 E1001 03-02..",
        "leaver-account-live okta:00u2 E1001 03-02..",
    ];
    check("", &then(&hired(PREVIOUS, "02-01"), &left), "03-09", &both);
    check(ONE, &then(&hired(WORKER, "02-01"), &left), "03-09", &both);
    // The earlier number was given up, and never terminated.
    let mut kept = then(&hired(PREVIOUS, "02-01"), &left);
    kept.remove(2);
    check("", &kept, "03-09", &both);
    // And back, under the earlier number.
    let back = [left[0].clone(), hr("rehire", "C-17", "03-05", AGENCY)];
    let both = both.map(|one| format!("{}03-05", one.replace("E1001", "C-17")));
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    check("", &then(&hired(PREVIOUS, "02-01"), &back), "03-09", &both);
}

#[test]
fn an_address_that_both_numbers_have_is_no_dispute() {
    let same = |hire: &str| -> Records {
        vec![
            hr("hire", "C-17", "01-02", WORKER),
            okta_created("00u1", "jane@corp.example", "01-05"),
            hr("terminate", "C-17", "02-01", WORKER),
            hr("hire", "E1001", "02-01", hire),
            hr("terminate", "E1001", "03-01", WORKER),
        ]
    };
    let leaver = "leaver-account-live okta:00u1 E1001 03-02..";
    check("", &same(WORKER), "03-09", &[]);
    check("", &same(PREVIOUS), "03-09", &[leaver]);
    check(ONE, &same(WORKER), "03-09", &[leaver]);
    // A third person with the address disputes it with the one that they are.
    let third = hr("hire", "E9", "01-02", WORKER);
    check(ONE, &then(&same(WORKER), &[third]), "03-09", &[]);
}

#[test]
fn numbers_are_one_by_way_of_another() {
    let renumbered = r#""email":"j.roe@corp.example","previous_employee_ids":["E1001"]"#;
    let records = then(
        &hired(PREVIOUS, "02-01"),
        &[
            hr("hire", "P-5", "02-25", renumbered),
            hr("terminate", "P-5", "03-01", renumbered),
        ],
    );
    let both = [
        "leaver-account-live okta:00u1 P-5 03-02..",
        "leaver-account-live okta:00u2 P-5 03-02..",
    ];
    check("", &records, "03-09", &both);
}

#[test]
fn a_link_of_the_policy_to_either_number_is_to_the_person() {
    let octo = [
        github("org.add_member", "octo-cat", "02-10", r#","user":"octo""#),
        hr("terminate", "E1001", "03-01", WORKER),
    ];
    let records = then(&hired(PREVIOUS, "02-01"), &octo);
    let link = "[[link]]\naccount = \"github:octo\"\nowner = \"employee:C-17\"\n";
    let leaver = "leaver-account-live github:octo E1001 03-02..";
    let expected = [
        "orphan-account github:octo-cat - 02-13..",
        leaver,
        "leaver-account-live okta:00u1 E1001 03-02..",
        "leaver-account-live okta:00u2 E1001 03-02..",
    ];
    check(link, &records, "03-09", &expected);
}

#[test]
fn a_device_handed_to_one_number_is_held_by_the_person() {
    let at = day("01-20").as_micros() / 1_000;
    let computer = format!(
        r#"{{"event":{{"device_name":"MBP-1","serial_number":"C02","udid":"U-1","username":"jane","email_address":"jane@agency.example"}},"webhook":{{"event_timestamp":{at},"id":3,"name":"tenure","webhook_event":"ComputerAdded"}}}}"#
    );
    let records = then(&hired(PREVIOUS, "02-01"), &[("jamf_pro", computer)]);
    check("", &records, "03-09", &[]);
    let left = hr("terminate", "E1001", "02-25", WORKER);
    let expected = [
        "leaver-account-live okta:00u1 E1001 02-26..",
        "leaver-account-live okta:00u2 E1001 02-26..",
        "leaver-device-held jamf_pro:C02 E1001 03-04..",
    ];
    check("", &then(&records, &[left]), "03-09", &expected);
}

#[test]
fn a_ticket_for_one_number_is_for_the_accounts_of_the_person() {
    let ticket = |kind: &str, at: &str| {
        let at = crate::records::time(at);
        let record = format!(
            r#"{{"id":"OPS-1","type":"{kind}","at":"{at}","kind":"offboarding","requester":"boss@corp.example","subject":"jane@agency.example","grants":[],"resolution":"done"}}"#
        );
        ("ticket", record)
    };
    let asked = [ticket("created", "03-01"), ticket("resolved", "03-02")];
    let ended = |uid: &str| crate::records::okta("user.lifecycle.deactivate", uid, "j", "03-02");
    let unfulfilled = "revocation-unfulfilled ticket:OPS-1 E1001 03-02..";
    let records = then(&hired(PREVIOUS, "02-01"), &asked);
    check("", &records, "03-09", &[unfulfilled]);
    let records = then(&records, &[ended("00u1")]);
    check("", &records, "03-09", &[unfulfilled]);
    let records = then(&records, &[ended("00u2")]);
    check("", &records, "03-09", &[]);
}

#[test]
fn what_the_policy_joined_comes_apart_again() {
    let left = [hr("terminate", "E1001", "03-01", WORKER)];
    let records = then(&hired(WORKER, "02-01"), &left);
    let [apart, joined] = ["", ONE].map(policy);
    let mut node = Node::new(&joined, 3);
    node.take(facts(&records).concat());
    let of = |uid: &str, whose: &str, at: &str| {
        format!("opened leaver-account-live okta:{uid} {whose} {at}..")
    };
    assert_eq!(
        told(&node.tick(day("03-09"))),
        [of("00u1", "E1001", "03-02"), of("00u2", "E1001", "03-02")]
    );
    node.restart(&apart, 2);
    assert_eq!(
        told(&node.tick(day("03-10"))),
        [
            of("00u1", "C-17", "02-02"),
            "withdrawn leaver-account-live okta:00u1".to_owned(),
        ]
    );
    node.restart(&joined, 5);
    assert_eq!(
        told(&node.tick(day("03-11"))),
        [
            "withdrawn leaver-account-live okta:00u1".to_owned(),
            of("00u1", "E1001", "03-02"),
        ]
    );
    let mut fresh = Node::new(&joined, 3);
    fresh.take(facts(&records).concat());
    fresh.tick(day("03-11"));
    let lines = |node: &Node| -> Vec<String> { node.findings().iter().map(shown).collect() };
    assert_eq!(lines(&node), lines(&fresh));
}
