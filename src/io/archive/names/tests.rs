use super::*;
use crate::evidence::table::{Column, encode};

fn table(columns: &[(&'static str, &[&str])]) -> Bytes {
    let columns: Vec<(&str, Column)> = columns
        .iter()
        .map(|(name, values)| {
            let cell = |value: &&str| (*value != "-").then(|| (*value).into());
            (*name, Column::Texts(values.iter().map(cell).collect()))
        })
        .collect();
    encode(&columns).expect("a table")
}

fn names(names: &[&str]) -> Names {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Names::new(&names)
}

fn is_in(name: &str, column: &'static str, value: &str) -> bool {
    let found = names(&[name]);
    let found = found.are_in(table(&[(column, &[value])]));
    found.expect("rows").is_some()
}

#[test]
fn names_are_tied_by_rows_and_through_each_other() {
    let mut ties = Ties::default();
    ties.learn(table(&[
        (
            "identity",
            &["jane@corp.example", "jane@corp.example", "okta:00u2", "-"],
        ),
        ("account", &["okta:00U1", "-", "okta:00u2", "github:octo"]),
        ("message", &["a", "okta:00u2", "b", "c"]),
    ]))
    .expect("learnt");
    ties.learn(table(&[
        ("identity", &["E1", "E1", "E2", "-"]),
        (
            "email",
            &["Jane@corp.example", "jane.roe@corp.example", "-", "-"],
        ),
        (
            "account",
            &["okta:00u1", "entra_audit:x", "okta:00u2", "github:both"],
        ),
        ("owners", &["E1", "E1", "E2", "E1 E2"]),
    ]))
    .expect("learnt");
    let known = names(&["JANE@corp.example"]).with(&ties).to_vec();
    let expected = [
        "e1",
        "entra:x",
        "entra_audit:x",
        "github:both",
        "jane.roe@corp.example",
        "jane@corp.example",
        "okta:00u1",
    ];
    assert_eq!(known, expected);
    assert_eq!(names(&["nobody"]).with(&ties).to_vec(), ["nobody"]);
    assert!(ties.learn(Bytes::from("no table")).is_err());
}

#[test]
fn all_ids_of_a_person_are_names_of_one_identity() {
    let texts = |value: &str| Column::Texts(vec![Some(value.into())]);
    let people = encode(&[
        ("identity", texts("E1")),
        ("ids", Column::Lists(vec![vec!["C1".into(), "E1".into()]])),
        ("email", texts("jane@corp.example")),
        ("manager", texts("E9")),
    ]);
    let people = people.expect("a table");
    let mut ties = Ties::default();
    ties.learn(people.clone()).expect("learnt");
    let known = names(&["C1"]).with(&ties);
    assert_eq!(known.to_vec(), ["c1", "e1", "jane@corp.example"]);
    for name in ["C1", "jane@corp.example", "E9"] {
        let found = names(&[name]).are_in(people.clone()).map(|it| it.is_some());
        assert!(found.expect("rows"), "{name}");
    }
    let found = names(&["E2"]).are_in(people).map(|it| it.is_some());
    assert!(!found.expect("rows"));
}

#[test]
fn a_row_is_of_whom_any_of_its_texts_names() {
    for (name, column, value) in [
        ("jane@corp.example", "identity", "jane@corp.example"),
        ("jane@corp.example", "actor_email", "Jane@Corp.Example"),
        (
            "jane@corp.example",
            "message",
            "invited <jane@corp.example> today",
        ),
        ("okta:00u1", "account", "okta:00u1"),
        ("okta:00u1", "actor_uid", "00u1"),
        ("okta:00u1", "subject", "okta:00u1|group:eng"),
        ("entra:x1", "account", "entra_signin:x1"),
        ("e1", "owners", "E7 E1"),
        ("e1", "identity", "E1"),
        ("e1001", "form", "{\"uid\":\"E1001\"}"),
    ] {
        assert!(is_in(name, column, value), "{name} in {column} {value}");
    }
    for (name, column, value) in [
        ("jane@corp.example", "identity", "mary.jane@corp.example2"),
        ("okta:00u1", "account", "okta:00u10"),
        ("okta:00u1", "message", "00u1"),
        ("e1", "message", "error e1"),
        ("e1001", "message", "E10012"),
        ("okta:1", "src_ip", "10.0.0.1"),
    ] {
        // A blank is between words: a short name is found there, and the file is kept.
        let expected = value == "error e1";
        assert_eq!(
            is_in(name, column, value),
            expected,
            "{name} in {column} {value}"
        );
    }
}
