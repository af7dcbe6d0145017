//! Addresses with a tag, and shared mailboxes: what the policy says of them, and what becomes of it
//! when it says otherwise.

use crate::links::change;
use crate::node::{Records, check};
use crate::records::{hr, jane, june, okta_created};

const SAME: &str = "[addresses]\nplus_aliases = \"same\"\n";
const SEPARATE: &str = "[addresses]\nplus_aliases = \"separate\"\n";
const SHARED: &str = "[addresses]\nshared_mailboxes = [\"support@corp.example\"]\n";
const BOTH: &str =
    "[addresses]\nplus_aliases = \"same\"\nshared_mailboxes = [\"support@corp.example\"]\n";

const ORPHAN: &str = "orphan-account okta:00u1 - 01-08..";
const LEAVER: &str = "leaver-account-live okta:00u1 E1 03-02..";

/// Jane left, and an account has an alias of her address.
fn tagged() -> Records {
    vec![
        jane("hire", "01-02"),
        okta_created("00u1", "Jane+CI@corp.example", "01-05"),
        jane("terminate", "03-01"),
    ]
}

#[test]
fn an_alias_is_another_address_unless_the_policy_says_so() {
    check("", &tagged(), "03-09", &[ORPHAN]);
    check(SEPARATE, &tagged(), "03-09", &[ORPHAN]);
    check(SAME, &tagged(), "03-09", &[LEAVER]);
}

#[test]
fn a_policy_that_takes_aliases_for_one_is_undone_like_any_other() {
    let (news, stands) = change(&tagged(), [SAME, ""]);
    let opened = format!("opened {ORPHAN}");
    assert_eq!(news, [&opened, "withdrawn leaver-account-live okta:00u1"]);
    assert_eq!(stands, [ORPHAN]);
    let (news, stands) = change(&tagged(), ["", SAME]);
    let opened = format!("opened {LEAVER}");
    assert_eq!(news, ["withdrawn orphan-account okta:00u1", &opened]);
    assert_eq!(stands, [LEAVER]);
}

#[test]
fn an_address_and_its_alias_that_are_two_peoples_are_a_dispute_where_both_are_one() {
    let mut records = tagged();
    let ci = r#""email":"jane+ci@corp.example","name":"Ci Roe""#;
    records.push(hr("hire", "E3", "01-02", ci));
    check("", &records, "03-09", &[]);
    check(SAME, &records, "03-09", &[]);
    records.push(hr("terminate", "E3", "03-01", ci));
    let leaver = "leaver-account-live okta:00u1 E3 03-02..";
    check("", &records, "03-09", &[leaver]);
    check(SAME, &records, "03-09", &[]);
}

/// Ida left, whose record in HR has the address of the support desk, as has an account; and `more`.
fn mailbox(more: Records) -> Records {
    let ida = r#""email":"support@corp.example","name":"Ida Poe""#;
    let mut records = vec![
        hr("hire", "E4", "01-02", ida),
        okta_created("00u1", "Support@corp.example", "01-05"),
        hr("terminate", "E4", "03-01", ida),
        june("hire", "01-02"),
    ];
    records.extend(more);
    records
}

#[test]
fn a_shared_mailbox_is_nobodys_and_no_dispute() {
    let leaver = "leaver-account-live okta:00u1 E4 03-02..";
    check("", &mailbox(Vec::new()), "03-09", &[leaver]);
    check(SHARED, &mailbox(Vec::new()), "03-09", &[ORPHAN]);
    let olaf = r#""email":"support@corp.example","name":"Olaf Moe""#;
    let two = mailbox(vec![hr("hire", "E5", "01-02", olaf)]);
    check("", &two, "03-09", &[]);
    check(SHARED, &two, "03-09", &[ORPHAN]);
}

#[test]
fn what_the_policy_says_of_a_shared_mailboxs_account_counts() {
    let owner = "account = \"okta:support@corp.example\"\nowner = \"june@corp.example\"\n";
    for list in ["link", "nhi"] {
        let policy = format!("{SHARED}[[{list}]]\n{owner}");
        check(&policy, &mailbox(Vec::new()), "03-09", &[]);
    }
}

#[test]
fn an_alias_of_a_shared_mailbox_is_nobodys_either() {
    let tagged = vec![okta_created("00u2", "support+eu@corp.example", "01-05")];
    let records = mailbox(tagged);
    let leavers = ["okta:00u1", "okta:00u2"];
    let leavers = leavers.map(|account| format!("leaver-account-live {account} E4 03-02.."));
    let leavers: Vec<&str> = leavers.iter().map(String::as_str).collect();
    check(SAME, &records, "03-09", &leavers);
    let orphan = "orphan-account okta:00u2 - 01-08..";
    check(BOTH, &records, "03-09", &[ORPHAN, orphan]);
}

#[test]
fn a_mailbox_that_is_shared_no_more_is_its_owners_again() {
    let leaver = "leaver-account-live okta:00u1 E4 03-02..";
    let opened = format!("opened {leaver}");
    let (news, stands) = change(&mailbox(Vec::new()), [SHARED, ""]);
    assert_eq!(news, ["withdrawn orphan-account okta:00u1", &opened]);
    assert_eq!(stands, [leaver]);
    let (_, stands) = change(&mailbox(Vec::new()), ["", SHARED]);
    assert_eq!(stands, [ORPHAN]);
}
