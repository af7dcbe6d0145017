//! Who answers for accounts that are nobody's own: sponsors of guests, owners of service principals.

use crate::node::{Records, check};
use crate::records::{entra, github, jane, june};

const JANE: (&str, &str) = ("oid-jane", "jane@corp.example");
const JUNE: (&str, &str) = ("oid-june", "june@corp.example");

fn user(id: &str, name: &str) -> String {
    format!(r#"{{"id":"{id}","type":"User","userPrincipalName":"{name}","modifiedProperties":[]}}"#)
}

fn people(then: &[(&'static str, String)]) -> Records {
    let hired = [jane("hire", "01-02"), june("hire", "01-02")];
    [&hired[..], then].concat()
}

const GUEST: &str = "ana_partner.example#EXT#@corp.example";

fn guest_added(at: &str) -> (&'static str, String) {
    entra("Add user", JUNE, at, &user("oid-ana", GUEST))
}

fn invited(by: (&str, &str), at: &str) -> (&'static str, String) {
    entra("Invite external user", by, at, &user("oid-ana", GUEST))
}

#[test]
fn a_guest_is_no_orphan_as_long_as_whoever_invited_it_is_employed() {
    let orphan = |at: &str| format!("orphan-account entra:oid-ana - {at}");
    let check = |records: &[(&'static str, String)], expected: &[String]| {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let records: Vec<_> = people(records);
        check("", &records, "03-09", &expected);
    };
    let guest = guest_added("01-05");
    check(std::slice::from_ref(&guest), &[orphan("01-08..")]);
    let invitation = invited(JANE, "01-05");
    check(&[guest.clone(), invitation.clone()], &[]);
    // Its sponsor leaves: from then on nobody answers for it.
    let left = jane("terminate", "02-01");
    let leaver = "leaver-account-live entra:oid-jane E1 02-02..".to_owned();
    let sponsored = [guest.clone(), invitation.clone(), left.clone()];
    check(&sponsored, &[orphan("02-01.."), leaver.clone()]);
    // Within the first days the guest is still in grace.
    let early = [
        guest.clone(),
        invitation.clone(),
        jane("terminate", "01-06"),
    ];
    let leaver_then = "leaver-account-live entra:oid-jane E1 01-07..".to_owned();
    check(&early, &[leaver_then, orphan("01-08..")]);
    // Somebody else takes it over, or the sponsor comes back.
    let again = [&sponsored[..], &[invited(JUNE, "02-10")]].concat();
    check(&again, &[orphan("02-01..02-10"), leaver.clone()]);
    let back = [&sponsored[..], &[jane("rehire", "02-20")]].concat();
    check(&back, &[orphan("02-01..02-20"), format!("{leaver}02-20")]);
}

#[test]
fn whoever_adds_an_outside_collaborator_answers_for_them() {
    let linked = "[[link]]\naccount = \"github:jane-gh\"\nowner = \"jane@corp.example\"\n";
    let added = github(
        "org.add_outside_collaborator",
        "jane-gh",
        "01-05",
        r#","user":"guest""#,
    );
    let records = people(&[added]);
    check(linked, &records, "03-09", &[]);
    // Whose account that is nobody knows: nobody answers.
    let orphans = [
        "orphan-account github:guest - 01-08..",
        "orphan-account github:jane-gh - 01-08..",
    ];
    check("", &records, "03-09", &orphans);
}

fn principal(owner: (&str, &str), value: &str) -> String {
    let (id, name) = owner;
    let property = |name: &str, text: &str| {
        format!(r#"{{"displayName":"{name}","oldValue":null,"{value}":"\"{text}\""}}"#)
    };
    let properties = [
        property("ServicePrincipal.ObjectID", "sp-1"),
        property("ServicePrincipal.DisplayName", "Payroll Sync"),
    ];
    format!(
        r#"{{"id":"{id}","type":"User","userPrincipalName":"{name}","modifiedProperties":[{}]}},{{"id":"sp-1","type":"ServicePrincipal","displayName":"Payroll Sync","modifiedProperties":[]}}"#,
        properties.join(",")
    )
}

fn made(at: &str) -> (&'static str, String) {
    let target = r#"{"id":"sp-1","type":"ServicePrincipal","displayName":"Payroll Sync","modifiedProperties":[{"displayName":"AppId","oldValue":"[]","newValue":"[\"app-1\"]"}]}"#;
    entra("Add service principal", JUNE, at, target)
}

fn owned(by: (&str, &str), at: &str) -> (&'static str, String) {
    entra(
        "Add owner to service principal",
        JUNE,
        at,
        &principal(by, "newValue"),
    )
}

fn disowned(by: (&str, &str), at: &str) -> (&'static str, String) {
    let target = principal(by, "newValue");
    entra("Remove owner from service principal", JUNE, at, &target)
}

#[test]
fn a_service_principal_belongs_to_whom_the_directory_names_as_its_owner() {
    let ownerless = |times: &str| format!("nhi-ownerless entra:sp-1 entra:sp-1 {times}");
    let check = |records: &[(&'static str, String)], expected: &[String]| {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check("", &people(records), "03-09", &expected);
    };
    check(&[made("01-05")], &[ownerless("01-08..")]);
    check(&[made("01-05"), owned(JANE, "01-06")], &[]);
    check(
        &[made("01-05"), owned(JANE, "01-20")],
        &[ownerless("01-08..01-20")],
    );
    // Handed over in time, and too late.
    let first = [made("01-05"), owned(JANE, "01-06"), disowned(JANE, "02-01")];
    check(&first, &[ownerless("02-04..")]);
    let in_time = [&first[..], &[owned(JUNE, "02-03")]].concat();
    check(&in_time, &[]);
    let late = [&first[..], &[owned(JUNE, "02-10")]].concat();
    check(&late, &[ownerless("02-04..02-10")]);
    // Its owner leaves.
    let left = [
        made("01-05"),
        owned(JANE, "01-06"),
        jane("terminate", "02-01"),
    ];
    let leaver = "leaver-account-live entra:oid-jane E1 02-02..".to_owned();
    check(&left, &[leaver.clone(), ownerless("02-04..")]);
    let both = [&left[..], &[owned(JUNE, "01-20")]].concat();
    check(&both, &[leaver]);
}

#[test]
fn what_is_owned_as_an_application_is_the_service_principal() {
    let target = |of: &str, parts: &[(&str, &str)]| {
        let property = |(name, text): &(&str, &str)| {
            format!(
                r#"{{"displayName":"Application.{name}","oldValue":null,"newValue":"\"{text}\""}}"#
            )
        };
        let parts: Vec<String> = parts.iter().map(property).collect();
        format!(
            r#"{{"id":"{of}","type":"User","userPrincipalName":"jane@corp.example","modifiedProperties":[{}]}}"#,
            parts.join(",")
        )
    };
    let owned = entra(
        "Add owner to application",
        JUNE,
        "01-06",
        &target("oid-jane", &[("ObjectID", "obj-1"), ("AppId", "app-1")]),
    );
    check("", &people(&[made("01-05"), owned.clone()]), "03-09", &[]);
    // The end of it names the application by its own id alone.
    let disowned = entra(
        "Remove owner from application",
        JUNE,
        "02-01",
        &target("oid-jane", &[("ObjectID", "obj-1")]),
    );
    let records = people(&[made("01-05"), owned, disowned]);
    let ownerless = "nhi-ownerless entra:sp-1 entra:sp-1 02-04..";
    check("", &records, "03-09", &[ownerless]);
}

#[test]
fn the_policy_says_who_owns_it_whatever_the_directory_says() {
    let declared = "[[nhi]]\naccount = \"entra:sp-1\"\nowner = \"june@corp.example\"\n";
    let records = people(&[
        made("01-05"),
        owned(JANE, "01-06"),
        june("terminate", "02-01"),
    ]);
    let expected = [
        "leaver-account-live entra:oid-june E2 02-02..",
        "nhi-ownerless entra:sp-1 entra:sp-1 02-04..",
    ];
    check(declared, &records, "03-09", &expected);
}
