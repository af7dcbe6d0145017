//! Anything at any time: deeds by chance, on few people and accounts, at times so few that they
//! meet each other and each other's deadlines. No company is like that; whoever is right about it is
//! right.

#![expect(
    clippy::indexing_slicing,
    reason = "a number is a place in the cast that gave it out"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use tenure::model::Text;
use tenure::model::time::{Span, Timestamp};
use tenure::simulate::chance::Chance;
use tenure::simulate::deed::{
    AccountNo, Act, Actor, Cast, CredentialNo, Deed, DeviceChange, DeviceNo, Grant, Hr, HrKind,
    Life, Listed, PersonNo, Subject, Ticket, TicketChange, TicketKind, Workflow, WorkflowChange,
};
use tenure::simulate::sources;

use crate::simulated::Simulated;

mod cast;

const DAYS: i64 = 60;

/// Source, kind, name, whether it is privileged.
const GRANTS: &[(&str, &str, &str, bool)] = &[
    ("okta", "group", "everyone", false),
    ("okta", "group", "prod-admins", false),
    ("okta", "app", "Salesforce", false),
    ("okta", "role", "Super administrator", true),
    ("okta", "oauth", "Zap", false),
    ("entra", "group", "All Staff", false),
    ("entra", "app", "Power BI", false),
    ("entra", "role", "Global Administrator", true),
    ("google_workspace", "group", "all@corp.example", false),
    ("google_workspace", "role", "Super Admin", true),
    ("google_workspace", "oauth", "Zap", false),
    ("github", "team", "corp-example/all", false),
    ("github", "app", "GitHub Copilot", false),
    ("aws_cloudtrail", "group", "developers", false),
    ("aws_cloudtrail", "policy", "ReadOnlyAccess", false),
    ("aws_cloudtrail", "policy", "AdministratorAccess", true),
    ("slack", "role", "admin", true),
    ("gitlab", "role", "Administrator", true),
];

struct Maker {
    chance: Chance,
    cast: Cast,
    addresses: Vec<Text>,
}

pub fn make(seed: u64) -> Simulated {
    let mut maker = Maker {
        chance: Chance::new(seed, "chaos", 0),
        cast: Cast::default(),
        addresses: Vec::new(),
    };
    maker.people();
    maker.accounts();
    let policy = maker.policy();
    let mut deeds: Vec<Deed> = Vec::new();
    let wanted = 40 + usize::try_from(maker.chance.below(160)).expect("few");
    while deeds.len() < wanted {
        let deed = maker.deed();
        if sources::can(&maker.cast, &deed) {
            deeds.push(deed);
        }
    }
    // AWS names a target by its user name, which stands for the account once both are stated.
    let of_aws = maker.cast.accounts.iter().zip(0..);
    let of_aws = of_aws.filter(|(account, _)| &*account.source == "aws_cloudtrail");
    deeds.extend(of_aws.map(|(_, number)| Deed {
        log: "aws_cloudtrail",
        at: day(0),
        actor: Actor::Account(AccountNo(number)),
        act: Act::Work { credential: None },
        failed: false,
    }));
    deeds.sort_by_key(|deed| deed.at);
    possible(&maker.cast, &mut deeds);
    Simulated {
        seed,
        cast: maker.cast,
        arrivals: deeds.iter().map(|deed| deed.at).collect(),
        deeds,
        from: day(0),
        policy: Arc::new(policy),
        now: day(DAYS),
        simulation: None,
    }
}

/// Leaves out what cannot happen: an account is made where there is none, nothing happens to one
/// that is deleted; a credential is made once, the first listing is one, and what is revoked was
/// granted.
fn possible(cast: &Cast, deeds: &mut Vec<Deed>) {
    let mut known = BTreeSet::new();
    let mut deleted = BTreeSet::new();
    let mut held = BTreeSet::new();
    let mut seen = BTreeSet::new();
    deeds.retain(|deed| {
        let credentials = credentials_of(&deed.act);
        let (Some(account), by) = about(cast, deed) else {
            return true;
        };
        let change = match &deed.act {
            Act::Life { change, .. } if !deed.failed => Some(*change),
            _ => None,
        };
        let made = change == Some(Life::Create);
        let gone = deleted.contains(&account) || by.is_some_and(|by| deleted.contains(&by));
        let again = match &deed.act {
            Act::CredentialCreate { credential } => seen.contains(credential),
            Act::Listed(_) => deed.at == day(0) && known.contains(&account),
            Act::Revoke { grant, .. } => !held.contains(&(account, grant.clone())),
            _ => made && known.contains(&account),
        };
        if gone || again {
            return false;
        }
        known.insert(account);
        known.extend(by);
        seen.extend(credentials);
        match &deed.act {
            Act::Grant { grant, .. } => drop(held.insert((account, grant.clone()))),
            Act::Listed(listed) => {
                let grants = listed.grants.iter();
                held.extend(grants.map(|(grant, _)| (account, grant.clone())));
            }
            _ if change == Some(Life::Delete) => drop(deleted.insert(account)),
            _ => {}
        }
        true
    });
}

/// The account that it happens to, or else that does it; and the one that does it.
fn about(cast: &Cast, deed: &Deed) -> (Option<AccountNo>, Option<AccountNo>) {
    let by = match deed.actor {
        Actor::Account(account) => Some(account),
        Actor::System => None,
    };
    let account = match &deed.act {
        Act::Life { account, .. }
        | Act::Grant { account, .. }
        | Act::Revoke { account, .. }
        | Act::States { account, .. } => Some(*account),
        Act::Listed(listed) => Some(listed.account),
        Act::CredentialCreate { credential } | Act::CredentialEnd { credential } => {
            Some(cast.credentials[credential.0].account)
        }
        _ => by,
    };
    (account, by)
}

fn credentials_of(act: &Act) -> Vec<CredentialNo> {
    match act {
        Act::CredentialCreate { credential }
        | Act::CredentialEnd { credential }
        | Act::Work {
            credential: Some(credential),
        } => vec![*credential],
        Act::Listed(listed) => listed.credentials.iter().map(|(no, ..)| *no).collect(),
        _ => Vec::new(),
    }
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600) + Span::days(day)
}

fn text(text: impl AsRef<str>) -> Text {
    Text::from(text.as_ref())
}

impl Maker {
    /// A time of few; now and then a second beside it.
    fn time(&mut self) -> Timestamp {
        let quarter = self.chance.between(0, (DAYS - 1) * 4);
        let beside = match self.chance.below(8) {
            0 => -1,
            1 => 1,
            _ => 0,
        };
        day(0) + Span::hours(quarter * 6 + 6) + Span::from_seconds(beside)
    }

    fn number(&mut self, below: usize) -> usize {
        usize::try_from(self.chance.below(below as u64)).expect("it was a usize")
    }

    fn deed(&mut self) -> Deed {
        let at = self.time();
        // Of what is recorded twice in one instant nobody knows which came last.
        let alone = Span::from_seconds(1).as_micros() / 1_000 * self.chance.between(1, 999);
        let alone = Timestamp::from_micros(at.as_micros() + alone);
        match self.chance.below(12) {
            0 | 1 => self.of_hr((at, alone)),
            2 => self.of_desk(alone),
            3 => self.of_runs(at),
            4 if self.chance.percent(50) => self.of_device(alone),
            4 => self.of_inventory(at),
            _ => self.of_account(at),
        }
    }

    fn of_hr(&mut self, (at, recorded): (Timestamp, Timestamp)) -> Deed {
        use HrKind::{ContractChange, Hire, LeaveStart, Rehire, Terminate, Transfer};
        let number = self.number(self.cast.persons.len());
        let kinds = [
            Hire,
            Transfer,
            LeaveStart,
            Terminate,
            Terminate,
            Rehire,
            ContractChange,
        ];
        let kind = *self.chance.pick(&kinds);
        let effective_at = if self.chance.percent(60) {
            at
        } else {
            self.time()
        };
        // Nobody is hired for no time at all.
        let effective_at = match kind {
            Hire | Rehire => effective_at + recorded.since(at),
            _ => effective_at,
        };
        let ends = self.chance.percent(40).then(|| self.time());
        let early = self.chance.percent(10);
        Deed {
            log: "hris",
            at: recorded,
            actor: Actor::System,
            failed: false,
            act: Act::Hr(Hr {
                id: text(format!("hr-{}", self.chance.next())),
                person: PersonNo(number),
                kind,
                effective_at,
                email: text(format!("P{number}@corp.example")),
                previous_emails: early
                    .then(|| text("early@corp.example"))
                    .into_iter()
                    .collect(),
                department: text(self.chance.pick(&["A", "B"])),
                title: text("Title"),
                manager: None,
                employment_type: text("employee"),
                contract_end: ends,
            }),
        }
    }

    fn grant_of(&mut self, account: AccountNo) -> Grant {
        let source = &self.cast.accounts[account.0].source;
        let here = GRANTS.iter().filter(|(at, ..)| *at == &**source);
        let here: Vec<_> = here.copied().collect();
        let (_, kind, name, privileged) = *self.chance.pick(&here);
        Grant {
            kind: text(kind),
            name: text(name),
            privileged,
        }
    }

    fn of_desk(&mut self, at: Timestamp) -> Deed {
        use TicketChange::{Approved, Closed, Created, Reopened, Resolved};
        let account = self.account();
        let grant = self.grant_of(account);
        if self.chance.percent(25) {
            return Deed {
                log: "review",
                at,
                actor: Actor::System,
                failed: false,
                act: Act::Review {
                    id: text(format!("rv-{}", self.chance.next())),
                    account,
                    grant: self.chance.percent(70).then_some(grant),
                    keep: self.chance.percent(75),
                },
            };
        }
        // A ticket asks for the same from its beginning to its end.
        let number = self.chance.below(5);
        let of_ticket = Chance::new(self.cast.accounts.len() as u64, "ticket", number);
        let account = AccountNo(usize::try_from(of_ticket.below(9)).expect("few"));
        let source = self.cast.accounts[account.0].source.clone();
        let grant = GRANTS.iter().find(|(at, ..)| *at == &*source);
        let grant = grant.map(|(_, kind, name, privileged)| Grant {
            kind: text(kind),
            name: text(name),
            privileged: *privileged,
        });
        let kinds = [
            TicketKind::AccessRequest,
            TicketKind::Offboarding,
            TicketKind::Revocation,
        ];
        let subject = if of_ticket.percent(50) {
            Subject::Account(account)
        } else {
            Subject::Email(of_ticket.pick(&self.addresses).clone())
        };
        let named = grant.filter(|_| of_ticket.percent(50));
        let changes = [
            Created,
            Approved,
            Approved,
            Resolved { done: true },
            Resolved { done: false },
            Closed { done: true },
            Reopened,
        ];
        Deed {
            log: "ticket",
            at,
            actor: Actor::System,
            failed: false,
            act: Act::Ticket(Ticket {
                id: text(format!("T{number}")),
                change: *self.chance.pick(&changes),
                kind: *of_ticket.pick(&kinds),
                requester: text("desk@corp.example"),
                approver: None,
                subject,
                grants: named.map(|grant| (source, grant)).into_iter().collect(),
            }),
        }
    }

    fn of_runs(&mut self, at: Timestamp) -> Deed {
        use WorkflowChange::{EndAccount, Failed, Started, Succeeded};
        let number = self.number(4);
        let change = match self.chance.below(4) {
            0 => Started,
            1 => Succeeded,
            2 => Failed,
            _ => EndAccount {
                account: self.account(),
            },
        };
        let failed = matches!(change, EndAccount { .. }) && self.chance.percent(50);
        Deed {
            log: "workflow",
            at,
            actor: Actor::System,
            failed,
            act: Act::Workflow(Workflow {
                run: text(format!("R{number}")),
                name: text("offboard"),
                retry_of: [None, Some("R0"), Some("R1"), None][number].map(text),
                subject: text("p0@corp.example"),
                change,
            }),
        }
    }

    fn of_device(&mut self, at: Timestamp) -> Deed {
        let holder = self.chance.pick(&self.addresses).clone();
        let change = match self.chance.below(4) {
            0 => DeviceChange::Enrolled { holder },
            1 => DeviceChange::Assigned { holder },
            2 => DeviceChange::Unenrolled { holder },
            _ => DeviceChange::Wiped { holder },
        };
        Deed {
            log: "jamf_pro",
            at,
            actor: Actor::System,
            failed: false,
            act: Act::Device {
                device: DeviceNo(0),
                change,
            },
        }
    }

    fn of_inventory(&mut self, at: Timestamp) -> Deed {
        let account = self.account();
        // The first listing tells of the time before all logs; what later ones tell of the past
        // would contradict what happened then.
        let first = self.chance.percent(50);
        let at = if first { day(0) } else { at };
        let earlier = |maker: &mut Maker| {
            let back = Span::days(maker.chance.between(1, 90)).as_micros();
            let earlier = Timestamp::from_micros(at.as_micros() - back);
            (first && maker.chance.percent(50)).then_some(earlier)
        };
        let grant = self.grant_of(account);
        let since = earlier(self);
        let credentials = self.cast.credentials.iter().zip(0..);
        let own = credentials.filter(|(credential, _)| credential.account == account);
        let own: Vec<usize> = own.map(|(_, number)| number).collect();
        let credentials = own.into_iter().map(|number| {
            let number = CredentialNo(number);
            (number, earlier(self), earlier(self))
        });
        let credentials = credentials.collect();
        Deed {
            log: "inventory",
            at,
            actor: Actor::System,
            failed: false,
            act: Act::Listed(Box::new(Listed {
                account,
                live: self.chance.percent(80),
                created_at: earlier(self),
                last_used_at: earlier(self),
                grants: vec![(grant, since)],
                credentials,
            })),
        }
    }

    fn of_account(&mut self, at: Timestamp) -> Deed {
        use Life::{
            Activate, Create, Deactivate, Delete, Join, Lock, Reinstate, Remove, Suspend, Unlock,
        };
        let account = self.account();
        // Whoever acts in a log has an account there.
        let source = self.cast.accounts[account.0].source.clone();
        let here = self.cast.accounts.iter().zip(0..);
        let here = here.filter(|(other, _)| other.source == source);
        let here: Vec<usize> = here.map(|(_, number)| number).collect();
        let actor = match self.chance.below(3) {
            0 => Actor::System,
            1 => Actor::Account(account),
            _ => Actor::Account(AccountNo(*self.chance.pick(&here))),
        };
        let lives = [
            Create, Activate, Join, Suspend, Reinstate, Deactivate, Remove, Delete, Lock, Unlock,
        ];
        let grant = self.grant_of(account);
        let credentials = self.cast.credentials.iter().zip(0..);
        let own = credentials.filter(|(credential, _)| credential.account == account);
        let own: Vec<usize> = own.map(|(_, number)| number).collect();
        let credential = (!own.is_empty()).then(|| CredentialNo(*self.chance.pick(&own)));
        let application = GRANTS.iter().find(|(_, kind, ..)| *kind == "app");
        let act = match self.chance.below(12) {
            0..=2 => Act::Life {
                account,
                change: *self.chance.pick(&lives),
            },
            3 => Act::SignIn { application: None },
            4 => Act::SignIn {
                application: application.map(|(_, _, name, _)| text(name)),
            },
            5 => Act::Work {
                credential: credential.filter(|_| actor == Actor::Account(account)),
            },
            6 => Act::LogOut,
            7 | 8 => Act::Grant { account, grant },
            9 => Act::Revoke { account, grant },
            10 if credential.is_none() => Act::SignIn { application: None },
            10 => {
                let credential = credential.expect("there is one");
                if self.chance.percent(50) {
                    Act::CredentialCreate { credential }
                } else {
                    Act::CredentialEnd { credential }
                }
            }
            _ => Act::States {
                account,
                email: self.chance.pick(&self.addresses).clone(),
            },
        };
        let uses = matches!(act, Act::SignIn { .. } | Act::Work { .. } | Act::LogOut);
        let log = if uses {
            sources::uses_of(&source)
        } else {
            sources::changes_of(&source)
        };
        Deed {
            log,
            at,
            actor,
            act,
            failed: self.chance.percent(15),
        }
    }
}
