//! The built service, stopped and started under another policy.

use std::fs;

use crate::place::{Place, stop, wait_until};
use crate::records::{jane, okta_created};

const SILENT: &str =
    "[rules.source-silent]\nenabled = false\n[rules.account-dormant]\nenabled = false\n";

#[test]
fn a_link_taken_out_of_the_policy_is_undone_at_the_next_start() {
    let place = Place::new("");
    let link = "[[link]]\naccount = \"okta:00u9\"\nowner = \"jane@corp.example\"\n";
    let told = |policy: &str| -> Vec<String> {
        let policy = format!("{SILENT}{policy}");
        fs::write(place.path().join("policy.toml"), policy).expect("policy");
        let service = place.start();
        wait_until("all is archived", || {
            place.archived().values().sum::<i64>() == 3
        });
        stop(&place, service);
        let findings = place.findings().into_values();
        let mut told: Vec<String> = findings
            .map(|finding| {
                let whose = finding["identity"]["uid"].as_str().unwrap_or("-");
                format!("{} {} {whose}", finding["rule"], finding["subject"])
            })
            .collect();
        told.sort();
        told
    };
    for (source, record) in [
        jane("hire", "01-02"),
        okta_created("00u9", "x@elsewhere.example", "01-05"),
        jane("terminate", "03-01"),
    ] {
        place.append(source, &record);
    }
    let leaver = "\"leaver-account-live\" \"okta:00u9\" E1";
    let orphan = "\"orphan-account\" \"okta:00u9\" -";
    assert_eq!(told(link), [leaver]);
    assert_eq!(told(""), [orphan]);
    assert_eq!(told(link), [leaver]);
}
