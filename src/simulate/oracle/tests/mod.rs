//! Each rule on deeds written by hand: it fires, it resolves, and at the edge it is silent.

mod leavers;
mod people;
mod accounts;
mod grants;
mod others;
mod form;

use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};
use crate::simulate::deed::{
    Account, AccountNo, Act, Actor, Cast, Credential, CredentialNo, Deed, Device, DeviceChange,
    DeviceNo, Grant, Hr, HrKind, Life, Person, PersonNo, Subject, Ticket, TicketChange, TicketKind,
    Workflow, WorkflowChange,
};

use super::{Expected, findings};

/// Subject, opened_at, resolved_at.
type Told = (String, Timestamp, Option<Timestamp>);

/// A company in the making.
#[derive(Default)]
struct Scene {
    cast: Cast,
    deeds: Vec<Deed>,
    policy: Policy,
}

/// Midnight of the n-th day.
fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600) + Span::days(n)
}

fn second_after(at: Timestamp) -> Timestamp {
    at + Span::SECOND
}

fn second_before(at: Timestamp) -> Timestamp {
    super::moments::earlier(at, Span::SECOND)
}

fn text(text: &str) -> Text {
    Text::from(text)
}

fn told(subject: &str, from: Timestamp, to: impl Into<Option<Timestamp>>) -> Told {
    (subject.to_owned(), from, to.into())
}

fn grant(kind: &str, name: &str) -> Grant {
    Grant {
        kind: text(kind),
        name: text(name),
        privileged: false,
    }
}

fn privileged(kind: &str, name: &str) -> Grant {
    Grant {
        privileged: true,
        ..grant(kind, name)
    }
}

impl Scene {
    /// Somebody with this employee id and `<id>@corp.example`, hired on day 0.
    fn person(&mut self, id: &str) -> PersonNo {
        let no = PersonNo(self.cast.persons.len());
        self.cast.persons.push(Person {
            employee_id: text(id),
            name: text(id),
        });
        self.hr(no, HrKind::Hire, day(0), day(0));
        no
    }

    fn hr(&mut self, person: PersonNo, kind: HrKind, effective: Timestamp, recorded: Timestamp) {
        self.hr_as(person, kind, (effective, recorded), |_| {});
    }

    fn leaves(&mut self, person: PersonNo, at: Timestamp) {
        self.hr(person, HrKind::Terminate, at, at);
    }

    /// Like the person's last record, but for what `changed` makes of it.
    fn hr_as(
        &mut self,
        person: PersonNo,
        kind: HrKind,
        (effective_at, recorded): (Timestamp, Timestamp),
        changed: impl FnOnce(&mut Hr),
    ) {
        let earlier = self.deeds.iter().rev().find_map(|deed| match &deed.act {
            Act::Hr(hr) if hr.person == person => Some(hr.clone()),
            _ => None,
        });
        let id = &self.cast.persons[person.0].employee_id;
        let mut hr = earlier.unwrap_or_else(|| Hr {
            id: text("hr"),
            person,
            kind,
            effective_at,
            email: text(&format!("{id}@corp.example")),
            previous_emails: Vec::new(),
            department: text("Engineering"),
            title: text("Engineer"),
            manager: Some(text("E9")),
            employment_type: text("employee"),
            contract_end: None,
        });
        (hr.kind, hr.effective_at) = (kind, effective_at);
        changed(&mut hr);
        self.tell("hris", recorded, Actor::System, Act::Hr(hr));
    }

    /// An account whose records state the address.
    fn account(&mut self, source: &str, uid: &str, email: Option<&str>) -> AccountNo {
        let no = AccountNo(self.cast.accounts.len());
        self.cast.accounts.push(Account {
            source: text(source),
            uid: text(uid),
            name: text(&format!("{uid}-name")),
            email: email.map(text),
            marked_non_human: false,
            session: false,
        });
        no
    }

    /// A person and an account of theirs that is made on day 0.
    fn owned(&mut self, id: &str, source: &str, uid: &str) -> (PersonNo, AccountNo) {
        let person = self.person(id);
        let account = self.account(source, uid, Some(&format!("{id}@Corp.example")));
        self.life(account, Life::Create, day(0));
        (person, account)
    }

    fn tell(&mut self, log: &'static str, at: Timestamp, actor: Actor, act: Act) {
        self.deeds.push(Deed {
            log,
            at,
            actor,
            act,
            failed: false,
        });
    }

    /// The last deed told failed.
    fn in_vain(&mut self) {
        self.deeds.last_mut().expect("a deed").failed = true;
    }

    fn life(&mut self, account: AccountNo, change: Life, at: Timestamp) {
        let act = Act::Life { account, change };
        self.tell("okta", at, Actor::System, act);
    }

    fn works(&mut self, account: AccountNo, at: Timestamp) {
        let act = Act::Work { credential: None };
        self.tell("okta", at, Actor::Account(account), act);
    }

    fn signs_in(&mut self, account: AccountNo, application: &str, at: Timestamp) {
        let act = Act::SignIn {
            application: Some(text(application)),
        };
        self.tell("okta", at, Actor::Account(account), act);
    }

    fn granted(&mut self, account: AccountNo, grant: &Grant, at: Timestamp) {
        self.granted_by(Actor::System, account, grant, at);
    }

    fn granted_by(&mut self, actor: Actor, account: AccountNo, grant: &Grant, at: Timestamp) {
        let grant = grant.clone();
        self.tell("okta", at, actor, Act::Grant { account, grant });
    }

    fn revoked(&mut self, account: AccountNo, grant: &Grant, at: Timestamp) {
        let grant = grant.clone();
        self.tell("okta", at, Actor::System, Act::Revoke { account, grant });
    }

    fn credential(&mut self, account: AccountNo, kind: &str, uid: &str) -> CredentialNo {
        let no = CredentialNo(self.cast.credentials.len());
        self.cast.credentials.push(Credential {
            account,
            uid: text(uid),
            kind: text(kind),
        });
        no
    }

    /// A credential that is made on day 0.
    fn made(&mut self, account: AccountNo, kind: &str, uid: &str) -> CredentialNo {
        let credential = self.credential(account, kind, uid);
        let act = Act::CredentialCreate { credential };
        self.tell("okta", day(0), Actor::System, act);
        credential
    }

    fn ends(&mut self, credential: CredentialNo, at: Timestamp) {
        let act = Act::CredentialEnd { credential };
        self.tell("okta", at, Actor::System, act);
    }

    fn ticket(&mut self, id: &str, asks: (TicketKind, TicketChange), at: Timestamp, for_: Subject) {
        self.ticket_naming(id, asks, at, (for_, &[]));
    }

    fn ticket_naming(
        &mut self,
        id: &str,
        (kind, change): (TicketKind, TicketChange),
        at: Timestamp,
        (subject, grants): (Subject, &[(&str, Grant)]),
    ) {
        let named = grants.iter();
        let ticket = Ticket {
            id: text(id),
            change,
            kind,
            requester: text("desk@corp.example"),
            approver: None,
            subject,
            grants: named
                .map(|(source, grant)| (text(source), grant.clone()))
                .collect(),
        };
        self.tell("ticket", at, Actor::System, Act::Ticket(ticket));
    }

    fn kept(&mut self, account: AccountNo, grant: Option<&Grant>, at: Timestamp) {
        self.reviewed((account, grant), true, at);
    }

    fn reviewed(
        &mut self,
        (account, grant): (AccountNo, Option<&Grant>),
        keep: bool,
        at: Timestamp,
    ) {
        let act = Act::Review {
            id: text("review"),
            account,
            grant: grant.cloned(),
            keep,
        };
        self.tell("review", at, Actor::System, act);
    }

    fn device(&mut self, uid: &str) -> DeviceNo {
        let no = DeviceNo(self.cast.devices.len());
        self.cast.devices.push(Device {
            source: text("jamf_pro"),
            uid: text(uid),
            name: text(uid),
        });
        no
    }

    fn device_told(&mut self, device: DeviceNo, change: DeviceChange, at: Timestamp) {
        let act = Act::Device { device, change };
        self.tell("jamf_pro", at, Actor::System, act);
    }

    fn runs(&mut self, run: &str, retry_of: Option<&str>, change: WorkflowChange, at: Timestamp) {
        let workflow = Workflow {
            run: text(run),
            name: text("offboard"),
            retry_of: retry_of.map(text),
            subject: text("e1@corp.example"),
            change,
        };
        self.tell("workflow", at, Actor::System, Act::Workflow(workflow));
    }

    fn expected(&self, rule: RuleId, now: Timestamp) -> Vec<Expected> {
        let mut all = findings(&self.cast, &self.deeds, &self.policy, now);
        let mut backwards = self.deeds.clone();
        backwards.reverse();
        let same = findings(&self.cast, &backwards, &self.policy, now);
        assert_eq!(all, same, "the order of deeds does not count");
        all.retain(|expected| expected.rule == rule);
        all
    }

    /// What the rule tells a year after day 0.
    fn tells(&self, rule: RuleId) -> Vec<Told> {
        let expected = self.expected(rule, day(365)).into_iter();
        expected
            .map(|it| (it.subject.to_string(), it.opened_at, it.resolved_at))
            .collect()
    }
}
