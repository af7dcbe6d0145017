//! One person in the course of their employment: what changes, and is still them.

use crate::node::{Node, Records, check, day, facts, policy};
use crate::records::{hr, jane, june, okta, okta_created};

const LEAVER: &str = "leaver-account-live okta:00u1 E1 03-02..";

fn hired(then: &[(&'static str, String)]) -> Records {
    let hired = [
        jane("hire", "01-02"),
        okta_created("00u1", "Jane@Corp.example", "01-05"),
    ];
    [&hired[..], then].concat()
}

#[test]
fn an_address_is_the_same_in_any_case() {
    check("", &hired(&[]), "03-09", &[]);
    check(
        "",
        &hired(&[jane("terminate", "03-01")]),
        "03-09",
        &[LEAVER],
    );
}

#[test]
fn a_contractor_who_becomes_an_employee_under_the_same_id_has_no_end() {
    let contractor =
        r#""email":"jane@corp.example","employment_type":"contractor","contract_end":"2026-02-10""#;
    let employee =
        r#""email":"jane@corp.example","employment_type":"employee","contract_end":null"#;
    let with = |then: &[(&'static str, String)]| {
        let mut records = hired(then);
        records[0] = hr("hire", "E1", "01-02", contractor);
        records
    };
    let expired = "contract-expired okta:00u1 E1 02-12..";
    check("", &with(&[]), "03-09", &[expired]);
    let in_time = hr("contract_change", "E1", "02-11", employee);
    check("", &with(&[in_time]), "03-09", &[]);
    let late = hr("transfer", "E1", "02-20", employee);
    check(
        "",
        &with(std::slice::from_ref(&late)),
        "03-09",
        &[&format!("{expired}02-20")],
    );
    check(
        "",
        &with(&[late, jane("terminate", "03-01")]),
        "03-09",
        &[&format!("{expired}02-20"), LEAVER],
    );
}

#[test]
fn whoever_comes_back_is_no_leaver_and_may_leave_again() {
    let back = [jane("terminate", "02-01"), jane("rehire", "02-20")];
    let first = "leaver-account-live okta:00u1 E1 02-02..02-20";
    check("", &hired(&back), "03-09", &[first]);
    let again = [&back[..], &[jane("terminate", "03-01")]].concat();
    check("", &hired(&again), "03-09", &[first, LEAVER]);
}

#[test]
fn a_leave_of_absence_is_no_end() {
    let away = [jane("leave_start", "02-01"), jane("leave_end", "02-20")];
    check("", &hired(&away), "03-09", &[]);
    check("", &hired(&away[..1]), "03-09", &[]);
}

#[test]
fn a_changed_name_and_address_are_still_the_same_person() {
    let married = r#""email":"jane.moe@corp.example","name":"Jane Moe""#;
    let renamed = [
        hr("transfer", "E1", "02-01", married),
        okta_created("00u5", "jane.moe@corp.example", "02-02"),
        hr("terminate", "E1", "03-01", married),
    ];
    // The account under her earlier address, and the one under today's.
    let both = [LEAVER, "leaver-account-live okta:00u5 E1 03-02.."];
    check("", &hired(&renamed), "03-09", &both);
}

#[test]
fn an_earlier_address_links_though_no_record_of_that_time_is_there() {
    let previous = r#""email":"jane.moe@corp.example","previous_emails":["JANE@corp.example"]"#;
    let records = [
        okta_created("00u1", "jane@corp.example", "01-05"),
        hr("hire", "E1", "01-02", previous),
        hr("terminate", "E1", "03-01", previous),
    ];
    check("", &records, "03-09", &[LEAVER]);
}

#[test]
fn an_account_that_changes_its_address_stays_whose_it_was() {
    let renamed = okta(
        "user.account.update_profile",
        "00u1",
        "jr@corp.example",
        "02-01",
    );
    let left = [renamed, jane("terminate", "03-01")];
    check("", &hired(&left), "03-09", &[LEAVER]);
}

#[test]
fn an_address_that_two_people_had_is_disputed_and_accuses_nobody() {
    // The address is given to somebody else once the first has left.
    let reused = [
        jane("terminate", "02-01"),
        hr(
            "hire",
            "E9",
            "02-15",
            r#""email":"jane@corp.example","name":"Jane Doe""#,
        ),
    ];
    check("", &hired(&reused), "03-09", &[]);
    // A policy says whose the account is.
    let settled = "[[link]]\naccount = \"okta:00u1\"\nowner = \"employee:E1\"\n";
    let leaver = "leaver-account-live okta:00u1 E1 02-02..";
    check(settled, &hired(&reused), "03-09", &[leaver]);
    let settled = "[[link]]\naccount = \"okta:00u1\"\nowner = \"employee:E9\"\n";
    check(settled, &hired(&reused), "03-09", &[]);
}

#[test]
fn an_address_that_hr_corrects_is_disputed_with_whose_it_was() {
    // HR wrote June's address into Jane's record, and corrected it a day later.
    let wrong = r#""email":"june@corp.example","name":"Jane Roe""#;
    let records = [
        hr("hire", "E1", "01-02", wrong),
        jane("snapshot", "01-03"),
        june("hire", "01-02"),
        okta_created("00u1", "jane@corp.example", "01-05"),
        okta_created("00u2", "june@corp.example", "01-05"),
        jane("terminate", "03-01"),
        june("terminate", "03-01"),
    ];
    check("", &records, "03-09", &[LEAVER]);
    let settled = "[[link]]\naccount = \"okta:00u2\"\nowner = \"employee:E2\"\n";
    let both = [LEAVER, "leaver-account-live okta:00u2 E2 03-02.."];
    check(settled, &records, "03-09", &both);
}

#[test]
fn a_service_that_bears_a_leavers_name_does_not_keep_them_from_being_gone() {
    let mut records = hired(&[
        okta_created("00usvc", "jane@corp.example", "01-06"),
        jane("terminate", "03-01"),
    ]);
    records.push(okta(
        "user.lifecycle.deactivate",
        "00u1",
        "jane@corp.example",
        "03-03",
    ));
    let days = |rules: &str| {
        let mut node = Node::new(&policy(rules), 2);
        node.take(facts(&records).concat());
        node.deprovisioned(day("03-09"))
    };
    assert_eq!(days(""), Vec::<i64>::new(), "an account lives");
    let service = "[[nhi]]\naccount = \"okta:00usvc\"\n";
    assert_eq!(days(service), [2]);
}
