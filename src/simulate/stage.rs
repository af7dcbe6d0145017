//! What the stories are told with: short words for what happens often.

use super::company::grants::offered;
use super::company::people::Who;
use super::deed::{
    AccountNo, Act, Actor, CredentialNo, Deed, DeviceChange, DeviceNo, Grant, HrKind, Life, Listed,
    Subject, Ticket, TicketChange, TicketKind, Workflow, WorkflowChange,
};
use super::sources;
use super::world::{Does, Habit, World, after};
use crate::model::Text;
use crate::model::finding::RuleId;
use crate::model::time::{Span, Timestamp};

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 86_400;

/// On which side of a deadline something comes.
pub const EDGES: [(&str, i64); 5] = [
    ("a-minute-before", -MINUTE),
    ("a-second-before", -1),
    ("at-the-deadline", 0),
    ("a-second-after", 1),
    ("a-minute-after", MINUTE),
];

/// Tells one story, in the world that is being made up.
pub struct Stage<'w> {
    pub world: &'w mut World,
}

/// A person of a story and an account of theirs.
#[derive(Clone, Debug)]
pub struct Player {
    pub who: Who,
    pub account: AccountNo,
    /// Since when they work here, and have the account.
    pub since: Timestamp,
}

impl Stage<'_> {
    pub fn begin(&self) -> Timestamp {
        self.world.settings.from
    }

    pub fn end(&self) -> Timestamp {
        self.world.settings.until
    }

    pub fn delay(&self, rule: RuleId) -> Span {
        self.world.terms.of(rule)
    }

    /// A time after the story's people have come, with `needed` seconds left until the end, where
    /// there are so many.
    pub fn moment(&self, needed: i64) -> Timestamp {
        let first = after(self.begin(), 4 * DAY);
        let last = after(self.end(), -needed);
        let last = if last > after(first, DAY) {
            last
        } else {
            after(first, DAY)
        };
        self.world.chance.time(first, last)
    }

    pub fn seconds(&self, first: i64, last: i64) -> i64 {
        self.world.chance.between(first, last)
    }

    pub fn source(&self, of: &[&'static str]) -> &'static str {
        let chosen: &&'static str = self.world.chance.pick(of);
        chosen
    }

    pub fn admin(&self, account: AccountNo) -> Actor {
        let source = &*self.world.cast.account(account).source;
        let desk = self.world.desks.get(source);
        desk.map_or(Actor::System, |desk| Actor::Account(desk.admin))
    }

    pub fn machine(&self, account: AccountNo) -> Actor {
        let source = &*self.world.cast.account(account).source;
        let desk = self.world.desks.get(source);
        desk.map_or(Actor::System, |desk| Actor::Account(desk.provisioner))
    }

    /// Somebody who has worked here from the beginning, with an account at `source` since.
    pub fn employed(&mut self, source: &str) -> Player {
        let who = self.hired("Marketing");
        let account = who.account(self.world, source);
        let since = self.created(account);
        Player {
            who,
            account,
            since,
        }
    }

    pub fn hired(&mut self, department: &str) -> Who {
        let who = Who::new(self.world, department);
        let recorded = after(self.begin(), self.seconds(10, 3_000));
        let effective = after(self.begin(), -self.seconds(DAY, 900 * DAY));
        who.told(self.world, HrKind::Hire, (recorded, effective));
        who
    }

    /// The account is made as accounts are, within the first three days.
    pub fn created(&mut self, account: AccountNo) -> Timestamp {
        let at = after(self.begin(), self.seconds(HOUR, 3 * DAY));
        let machine = self.machine(account);
        let source = self.world.cast.account(account).source.clone();
        self.world
            .life(account, sources::usual_begin(&source), (at, machine));
        at
    }

    /// It is used as accounts are, from shortly after `from` on, until shortly before `until`.
    pub fn used(&mut self, account: AccountNo, from: Timestamp, until: Timestamp) {
        self.world
            .habit(account, after(from, 7 * MINUTE), after(until, -7 * MINUTE));
    }

    /// One use, at a time.
    pub fn use_at(&mut self, account: AccountNo, at: Timestamp) {
        let source = self.world.cast.account(account).source.clone();
        let act = match &*source {
            "github" => Act::Work { credential: None },
            "entra" if !self.world.cast.account(account).marked_non_human => Act::SignIn {
                application: Some(Text::from("Office 365 Exchange Online")),
            },
            _ => Act::SignIn { application: None },
        };
        self.does(account, at, act);
    }

    /// Signs in to an application, at a time.
    pub fn signs_in(&mut self, account: AccountNo, at: Timestamp, application: &Text) {
        let application = Some(application.clone());
        self.does(account, at, Act::SignIn { application });
    }

    pub fn does(&mut self, account: AccountNo, at: Timestamp, act: Act) {
        let log = sources::uses_of(&self.world.cast.account(account).source);
        self.tell(log, (at, Actor::Account(account)), act);
    }

    /// Uses one credential from `from` until `until`.
    pub fn works_with(&mut self, credential: CredentialNo, from: Timestamp, until: Timestamp) {
        let actor = self.world.cast.credential(credential).account;
        let log = sources::uses_of(&self.world.cast.account(actor).source);
        self.world.habits.push(Habit {
            actor,
            log,
            does: Does::Work(vec![Some(credential)]),
            from: after(from, MINUTE),
            until: after(until, -MINUTE),
            weight: 1_000,
        });
    }

    pub fn tell(&mut self, log: &'static str, (at, actor): (Timestamp, Actor), act: Act) {
        self.world.tell(Deed {
            log,
            at,
            actor,
            act,
            failed: false,
        });
    }

    /// A change of the account's life, by the machine that provisions.
    pub fn life(&mut self, account: AccountNo, at: Timestamp, change: Life) {
        let machine = self.machine(account);
        self.world.life(account, change, (at, machine));
    }

    /// The account ends as accounts of its source do.
    pub fn ends(&mut self, account: AccountNo, at: Timestamp) {
        let change = sources::usual_end(&self.world.cast.account(account).source);
        self.life(account, at, change);
    }

    /// An attempt to end it fails.
    pub fn end_fails(&mut self, account: AccountNo, at: Timestamp) {
        let source = self.world.cast.account(account).source.clone();
        let deed = Deed {
            log: sources::changes_of(&source),
            at,
            actor: self.admin(account),
            act: Act::Life {
                account,
                change: sources::usual_end(&source),
            },
            failed: true,
        };
        self.world.tell(deed);
    }

    pub fn grant(&mut self, account: AccountNo, grant: &Grant, (at, actor): (Timestamp, Actor)) {
        let log = sources::changes_of(&self.world.cast.account(account).source);
        self.tell(
            log,
            (at, actor),
            Act::Grant {
                account,
                grant: grant.clone(),
            },
        );
    }

    pub fn revoke(&mut self, account: AccountNo, grant: &Grant, at: Timestamp) {
        let log = sources::changes_of(&self.world.cast.account(account).source);
        let machine = self.machine(account);
        self.tell(
            log,
            (at, machine),
            Act::Revoke {
                account,
                grant: grant.clone(),
            },
        );
    }

    /// Something that the source offers.
    pub fn offer(&self, source: &str, wanted: impl Fn(&str, bool) -> bool) -> Grant {
        let offers = offered(source, wanted);
        self.world.chance.pick(&offers).clone()
    }

    /// A credential is made: by its owner where only they can, else by the identity engineer.
    pub fn key(&mut self, account: AccountNo, kind: &str, at: Timestamp) -> CredentialNo {
        let credential = self.world.credential(account, kind);
        let actor = match kind {
            "api_token" => Actor::Account(account),
            _ => self.admin(account),
        };
        let log = sources::changes_of(&self.world.cast.account(account).source);
        self.tell(log, (at, actor), Act::CredentialCreate { credential });
        credential
    }

    pub fn key_ends(&mut self, credential: CredentialNo, at: Timestamp) {
        let account = self.world.cast.credential(credential).account;
        let log = sources::changes_of(&self.world.cast.account(account).source);
        let admin = self.admin(account);
        self.tell(log, (at, admin), Act::CredentialEnd { credential });
    }

    /// HR writes it down some time around when it counts: days before, soon after, or days later.
    pub fn leaves(&mut self, who: &Who, at: Timestamp) {
        let recorded = match self.world.chance.below(4) {
            0 => after(at, -self.seconds(HOUR, 3 * DAY)),
            1 => after(at, self.seconds(DAY, 5 * DAY)),
            _ => after(at, self.seconds(MINUTE, 6 * HOUR)),
        };
        who.told(self.world, HrKind::Terminate, (recorded, at));
    }

    pub fn rehired(&mut self, who: &Who, at: Timestamp) {
        let recorded = after(at, self.seconds(-DAY, DAY));
        who.told(self.world, HrKind::Rehire, (recorded, at));
    }

    pub fn device(&mut self, device: DeviceNo, at: Timestamp, change: DeviceChange) {
        self.tell(
            "jamf_pro",
            (at, Actor::System),
            Act::Device { device, change },
        );
    }

    pub fn listed(&mut self, at: Timestamp, listed: Listed) {
        self.tell(
            "inventory",
            (at, Actor::System),
            Act::Listed(Box::new(listed)),
        );
    }

    /// A decision about one grant, or with none about all that the account has.
    pub fn reviewed(
        &mut self,
        account: AccountNo,
        at: Timestamp,
        (grant, keep): (Option<&Grant>, bool),
    ) {
        let id = Text::from(format!("rv-{}", self.world.count("review")));
        let act = Act::Review {
            id,
            account,
            grant: grant.cloned(),
            keep,
        };
        self.tell("review", (at, Actor::System), act);
    }

    /// A ticket, before anything has happened to it.
    pub fn ticket(&mut self, kind: TicketKind, subject: Subject) -> Ticket {
        let id = Text::from(format!("OPS-{}", self.world.count("ticket")));
        self.world.label(format!("ticket:{id}"));
        let requester = match &subject {
            Subject::Email(email) => email.clone(),
            Subject::Account(_) => Text::from("service-desk@corp.example"),
        };
        Ticket {
            id,
            change: TicketChange::Created,
            kind,
            requester,
            approver: None,
            subject,
            grants: Vec::new(),
        }
    }

    pub fn ticket_is(&mut self, ticket: &Ticket, at: Timestamp, change: TicketChange) {
        let approver =
            (change == TicketChange::Approved).then(|| Text::from("service-desk@corp.example"));
        let ticket = Ticket {
            change,
            approver,
            ..ticket.clone()
        };
        self.tell("ticket", (at, Actor::System), Act::Ticket(ticket));
    }

    /// A run of a workflow about somebody, before anything has happened in it.
    pub fn run(&mut self, who: &Who, retry_of: Option<&Workflow>) -> Workflow {
        let run = Text::from(format!("wf-{}", self.world.count("run")));
        self.world.label(format!("workflow:{run}"));
        Workflow {
            run,
            name: Text::from("Offboard user"),
            retry_of: retry_of.map(|of| of.run.clone()),
            subject: who.email.clone(),
            change: WorkflowChange::Started,
        }
    }

    pub fn run_is(&mut self, run: &Workflow, at: Timestamp, change: WorkflowChange) {
        let run = Workflow {
            change,
            ..run.clone()
        };
        self.tell("workflow", (at, Actor::System), Act::Workflow(run));
    }

    /// A step of a run that was to end the account fails.
    pub fn step_fails(&mut self, run: &Workflow, at: Timestamp, account: AccountNo) {
        let change = WorkflowChange::EndAccount { account };
        let act = Act::Workflow(Workflow {
            change,
            ..run.clone()
        });
        let deed = Deed {
            log: "workflow",
            at,
            actor: Actor::System,
            act,
            failed: true,
        };
        self.world.tell(deed);
    }

    /// What follows belongs to the side story `name` of this one.
    pub fn side(&mut self, name: &str) {
        let story = self
            .world
            .story
            .split('/')
            .take(2)
            .collect::<Vec<_>>()
            .join("/");
        self.world.story = Text::from(format!("{story}/{name}"));
    }
}
