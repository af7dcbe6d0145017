//! Links of the policy, and what becomes of them when the policy is another.

use std::sync::Arc;

use tenure::model::policy::Policy;

use crate::node::{Node, Records, check, day, facts, policy, shown, told};
use crate::records::{github, jane, june, okta_created};

/// Jane left, June stays, and one account at GitHub is one of theirs.
fn story() -> Records {
    vec![
        jane("hire", "01-02"),
        june("hire", "01-02"),
        jane("terminate", "03-01"),
        github("org.add_member", "admin", "01-05", r#","user":"octo""#),
        github("repo.create", "octo", "02-20", ""),
    ]
}

const OF_JANE: &str = "[[link]]\naccount = \"github:octo\"\nowner = \"jane@corp.example\"\n";
const OF_JUNE: &str = "[[link]]\naccount = \"github:octo\"\nowner = \"employee:E2\"\n";
const LEAVER: &str = "leaver-account-live github:octo E1 03-02..";
const ORPHAN: &str = "orphan-account github:octo - 01-08..";
const ADMIN: &str = "orphan-account github:admin - 01-08..";

#[test]
fn a_link_of_the_policy_is_judged_like_any_other() {
    check("", &story(), "03-09", &[ADMIN, ORPHAN]);
    check(OF_JANE, &story(), "03-09", &[ADMIN, LEAVER]);
    check(OF_JUNE, &story(), "03-09", &[ADMIN]);
}

/// What stands under a policy, and what is told when it becomes another.
pub fn change(records: &Records, policies: [&str; 2]) -> (Vec<String>, Vec<String>) {
    let [before, after]: [Arc<Policy>; 2] = policies.map(policy);
    let mut first = None;
    for shards in [1, 8] {
        let mut node = Node::new(&before, shards);
        node.take(facts(records).concat());
        node.tick(day("03-09"));
        node.restart(&after, 9 - shards);
        let news = told(&node.tick(day("03-10")));
        let mut fresh = Node::new(&after, shards);
        fresh.take(facts(records).concat());
        fresh.tick(day("03-10"));
        let lines = |node: &Node| -> Vec<String> { node.findings().iter().map(shown).collect() };
        assert_eq!(lines(&node), lines(&fresh), "as if it had always been so");
        // Nothing is told twice, and the policy of before is not remembered.
        assert_eq!(told(&node.tick(day("03-10"))), Vec::<String>::new());
        let result = (news, lines(&node));
        assert_eq!(*first.get_or_insert_with(|| result.clone()), result);
    }
    first.expect("told")
}

#[test]
fn a_wrong_link_is_undone_when_the_policy_takes_it_back() {
    let withdrawn = "withdrawn leaver-account-live github:octo";
    let (news, stands) = change(&story(), [OF_JANE, ""]);
    assert_eq!(news, [&format!("opened {ORPHAN}"), withdrawn]);
    assert_eq!(stands, [ADMIN, ORPHAN]);
    let (news, stands) = change(&story(), [OF_JANE, OF_JUNE]);
    assert_eq!(news, [withdrawn]);
    assert_eq!(stands, [ADMIN]);
}

#[test]
fn a_link_that_comes_later_opens_what_it_shows_and_takes_back_the_orphan() {
    let (news, stands) = change(&story(), ["", OF_JANE]);
    let opened = format!("opened {LEAVER}");
    assert_eq!(news, ["withdrawn orphan-account github:octo", &opened]);
    assert_eq!(stands, [ADMIN, LEAVER]);
}

#[test]
fn the_policy_outranks_an_address_that_is_wrong_and_gives_way_again() {
    // Somebody typed Jane's address into June's account.
    let mut records = story();
    records.push(okta_created("00u2", "jane@corp.example", "01-05"));
    let right = "[[link]]\naccount = \"okta:jane@corp.example\"\nowner = \"june@corp.example\"\n";
    let leaver = "leaver-account-live okta:00u2 E1 03-02..";
    let (news, _) = change(&records, ["", right]);
    assert_eq!(news, ["withdrawn leaver-account-live okta:00u2"]);
    let (news, _) = change(&records, [right, ""]);
    assert_eq!(news, [format!("opened {leaver}")]);
}

#[test]
fn what_is_declared_no_persons_and_then_a_persons_again_is_judged_as_that() {
    let bot = "[[nhi]]\naccount = \"github:octo\"\nowner = \"jane@corp.example\"\n";
    let ownerless = "nhi-ownerless github:octo github:octo 03-04..";
    let (news, stands) = change(&story(), [OF_JANE, bot]);
    assert_eq!(
        news,
        [
            "withdrawn leaver-account-live github:octo",
            &format!("opened {ownerless}")
        ]
    );
    assert_eq!(stands, [ADMIN, ownerless]);
    let (news, _) = change(&story(), [bot, OF_JANE]);
    assert_eq!(
        news,
        [
            &format!("opened {LEAVER}"),
            "withdrawn nhi-ownerless github:octo"
        ]
    );
}
