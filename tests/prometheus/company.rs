//! A few people with findings of several rules, some days ago; and what happens while one looks.

use tenure::model::time::{Span, Timestamp};
use tenure::service::wall_clock;

use super::place::Place;

pub const POLICY: &str = r#"
[rules.source-silent]
enabled = false

[[nhi]]
account = "okta:backup@corp.example"

[[exempt]]
rule = "orphan-account"
account = "okta:glass@corp.example"
reason = "break-glass account"
until = 2999-01-01
"#;

pub struct Company {
    now: Timestamp,
    records: usize,
}

impl Company {
    /// Everything that lies in the past, written to the place's logs.
    pub fn write(place: &Place) -> Self {
        let mut company = Company {
            now: wall_clock(),
            records: 0,
        };
        let day = Span::DAY.as_seconds();
        for person in ["amy", "ben", "cid", "dee", "eve", "fay"] {
            company.hr(place, person, "hire", 400 * day);
            company.okta(place, person, "user.lifecycle.create", 399 * day);
            company.okta(place, person, "user.session.start", 20 * day);
        }
        // Ben's account ends within the hour; Cid's lives, and is used; Dee left long ago.
        company.hr(place, "ben", "terminate", 3 * day);
        company.okta(place, "ben", "user.lifecycle.suspend", 3 * day - 3_600);
        company.hr(place, "cid", "terminate", 3 * day);
        company.okta(place, "cid", "user.session.start", day);
        company.hr(place, "dee", "terminate", 40 * day);
        // Nobody's, and accepted; nobody's; and a service without an owner.
        for account in ["glass", "ghost", "backup"] {
            company.okta(place, account, "user.lifecycle.create", 300 * day);
        }
        company.okta(place, "amy", "user.account.privilege.grant", 5 * day);
        company.okta(place, "amy", "group.user_membership.add", 5 * day);
        company.okta(place, "amy", "system.api_token.create", 120 * day);
        company
    }

    /// A minute in the company, in a moment: a log-in, a record that cannot be read, an action that
    /// no mapping names, a field of another type; and Eve leaves, her account a little later, and
    /// HR is late to say that Fay did.
    pub fn go_on(&mut self, place: &Place) {
        let first = self.records;
        self.okta(place, "amy", "user.session.start", 1);
        self.okta(place, "amy", "user.strange.thing", 1);
        place.append("okta", "{broken");
        let odd = self.line("amy", "user.session.start", 1);
        place.append(
            "okta",
            &odd.replace("\"outcome\":{\"result\":\"SUCCESS\"}", "\"outcome\":7"),
        );
        if first < 1_000 {
            self.records += 1_000;
            self.hr(place, "eve", "terminate", 7_200);
            self.okta(place, "eve", "user.lifecycle.suspend", 3_600);
            self.hr(place, "fay", "terminate", 5 * Span::DAY.as_seconds());
        }
    }

    fn at(&self, ago_seconds: i64) -> String {
        (self.now + Span::from_seconds(-ago_seconds)).to_string()
    }

    fn hr(&mut self, place: &Place, who: &str, kind: &str, ago_seconds: i64) {
        self.records += 1;
        let (number, at) = (self.records, self.at(ago_seconds));
        let line = format!(
            r#"{{"id":"hr-{number}","type":"{kind}","recorded_at":"{at}","effective_at":"{at}","worker":{{"employee_id":"E-{who}","email":"{who}@corp.example","name":"{who}"}}}}"#
        );
        place.append("hris", &line);
    }

    fn okta(&mut self, place: &Place, who: &str, kind: &str, ago_seconds: i64) {
        let line = self.line(who, kind, ago_seconds);
        place.append("okta", &line);
    }

    fn line(&mut self, who: &str, kind: &str, ago_seconds: i64) -> String {
        self.records += 1;
        let (number, at) = (self.records, self.at(ago_seconds));
        let person = |who: &str| {
            format!(
                r#"{{"id":"00u{who}","type":"User","alternateId":"{who}@corp.example","displayName":"{who}"}}"#
            )
        };
        let other = match kind {
            "group.user_membership.add" => {
                r#",{"id":"00g1","type":"UserGroup","displayName":"eng"}"#.to_owned()
            }
            _ => String::new(),
        };
        let (actor, target) = match kind {
            "system.api_token.create" => {
                let token = r#"{"id":"00T1","type":"Token","displayName":"sync"}"#;
                (person(who), token.to_owned())
            }
            "user.session.start" => (person(who), person(who)),
            _ => (person("admin"), person(who)),
        };
        format!(
            r#"{{"uuid":"u-{number}","published":"{at}","eventType":"{kind}","actor":{actor},"outcome":{{"result":"SUCCESS"}},"debugContext":{{"debugData":{{"privilegeGranted":"Super administrator"}}}},"target":[{target}{other}]}}"#
        )
    }
}
