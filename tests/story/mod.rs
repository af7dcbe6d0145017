//! A story with findings to lose: everybody is hired and logs in; every third leaves, of whom
//! every second is suspended in time; some records are broken.

#![allow(dead_code, reason = "each test uses its part of the story")]

pub const PEOPLE: usize = 40;
const LOG_INS: usize = 4_000;

pub fn hire_or_leave(number: usize, kind: &str, at: &str) -> String {
    format!(
        r#"{{"id":"hr-{kind}-{number}","type":"{kind}","recorded_at":"{at}","effective_at":"{at}","worker":{{"employee_id":"E{number}","email":"p{number}@corp.example","name":"Person {number}"}}}}"#
    )
}

pub fn okta(kind: &str, record: usize, person: usize, at: &str) -> String {
    let target = format!(
        r#"{{"id":"00u{person}","type":"User","alternateId":"p{person}@corp.example","displayName":"Person {person}"}}"#
    );
    format!(
        r#"{{"uuid":"u-{record}","published":"{at}","eventType":"{kind}","actor":{target},"outcome":{{"result":"SUCCESS"}},"target":[{target}]}}"#
    )
}

/// The records with their sources, in the order in which they happened.
pub fn records() -> Vec<(&'static str, String)> {
    let mut records = Vec::new();
    for person in 0..PEOPLE {
        records.push((
            "hris",
            hire_or_leave(person, "hire", "2026-01-02T00:00:00Z"),
        ));
        records.push((
            "okta",
            okta(
                "user.lifecycle.create",
                person,
                person,
                "2026-01-02T08:00:00Z",
            ),
        ));
    }
    for record in 0..LOG_INS {
        let (day, hour) = (record * 50 / LOG_INS, record % 24);
        let month = if day < 25 { 1 } else { 2 };
        let at = format!("2026-{month:02}-{:02}T{hour:02}:10:00Z", day % 25 + 3);
        records.push((
            "okta",
            okta("user.session.start", 1_000 + record, record % PEOPLE, &at),
        ));
    }
    for person in (0..PEOPLE).step_by(3) {
        records.push((
            "hris",
            hire_or_leave(person, "terminate", "2026-02-10T17:00:00Z"),
        ));
        if person % 2 == 0 {
            let line = okta(
                "user.lifecycle.suspend",
                90_000,
                person,
                "2026-02-11T09:00:00Z",
            );
            records.push(("okta", line));
        }
        records.push(("okta", "{broken".to_owned()));
    }
    records
}
