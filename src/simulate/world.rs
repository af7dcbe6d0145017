//! A company while it is being made up: who is in it, what happens, and what its policy says.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::company::policy::Draft;
use super::company::terms::Terms;
use super::deed::{
    Account, AccountNo, Act, Actor, Cast, Credential, CredentialNo, Deed, Device, DeviceNo, Grant,
    Life, Person, PersonNo,
};
use super::sources;
use crate::model::Text;
use crate::model::time::{Span, Timestamp};

pub const DOMAIN: &str = "corp.example";

/// What the company is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub seed: u64,
    /// People beside those of the stories.
    pub people: usize,
    pub from: Timestamp,
    pub until: Timestamp,
    /// How often each story is told.
    pub stories: usize,
    /// Uses of accounts a person and day, in thousandths.
    pub background_per_mille: u64,
}

/// Uses that go on from day to day, made up when their day comes.
#[derive(Clone, Debug)]
pub struct Habit {
    pub actor: AccountNo,
    pub log: &'static str,
    pub does: Does,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Of the uses that are usual, in thousandths.
    pub weight: u64,
}

#[derive(Clone, Debug)]
pub enum Does {
    /// Signs in, to one of these.
    SignIn(Vec<Option<Text>>),
    /// Works, with one of these.
    Work(Vec<Option<CredentialNo>>),
    /// Signs in, and works.
    Both,
}

/// An account that does what must be done, in each source: a person's, and a machine's whose doings
/// are governed.
#[derive(Clone, Copy, Debug)]
pub struct Desk {
    pub admin: AccountNo,
    pub provisioner: AccountNo,
}

#[derive(Debug)]
pub struct World {
    pub settings: Settings,
    pub terms: Terms,
    pub cast: Cast,
    /// In the order in which they were made up.
    pub script: Vec<Deed>,
    pub habits: Vec<Habit>,
    /// Logs that stop.
    pub mutes: BTreeMap<&'static str, Timestamp>,
    /// The story of what findings are about, by the beginning of their subject.
    pub labels: BTreeMap<Text, Text>,
    pub policy: Draft,
    pub desks: BTreeMap<&'static str, Desk>,
    /// What is granted to accounts at the end of what is made up so far.
    pub held: BTreeMap<AccountNo, Vec<Grant>>,
    pub chance: Chance,
    /// The story that is being told.
    pub story: Text,
    names: BTreeMap<Text, u32>,
    counts: BTreeMap<&'static str, u64>,
}

impl World {
    pub fn new(settings: Settings) -> Self {
        let terms = Terms::new(&settings);
        World {
            settings,
            policy: Draft::new(&terms),
            terms,
            cast: Cast::default(),
            script: Vec::new(),
            habits: Vec::new(),
            mutes: BTreeMap::new(),
            labels: BTreeMap::new(),
            desks: BTreeMap::new(),
            held: BTreeMap::new(),
            chance: Chance::new(settings.seed, "company", 0),
            story: Text::from("ordinary"),
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The next of a row of numbers, from 1.
    pub fn count(&mut self, of: &'static str) -> u64 {
        let count = self.counts.entry(of).or_default();
        *count += 1;
        *count
    }

    /// `wanted`, or where it is taken, the same with a number.
    fn unique(&mut self, wanted: &str) -> String {
        let count = self.names.entry(Text::from(wanted)).or_default();
        *count += 1;
        match *count {
            1 => wanted.to_owned(),
            count => format!("{wanted}{count}"),
        }
    }

    /// A new person, and the address that nobody else has.
    pub fn person(&mut self, first: &str, last: &str) -> (PersonNo, Text) {
        let number = 1000 + self.count("employee");
        let local = self.unique(&format!("{}.{}", first.to_lowercase(), last.to_lowercase()));
        let person = PersonNo(self.cast.persons.len());
        self.cast.persons.push(Person {
            employee_id: Text::from(format!("E{number}")),
            name: Text::from(format!("{first} {last}")),
        });
        self.label(format!("person:E{number}"));
        (person, Text::from(format!("{local}@{DOMAIN}")))
    }

    /// A new account; its uid is as its source would make it.
    pub fn account(&mut self, source: &str, name: &str, email: Option<Text>) -> AccountNo {
        let account = Account {
            uid: Text::from(self.uid(source, name)),
            source: Text::from(source),
            name: Text::from(name),
            email,
            marked_non_human: false,
            session: false,
        };
        self.cast_account(account)
    }

    pub fn cast_account(&mut self, account: Account) -> AccountNo {
        let number = AccountNo(self.cast.accounts.len());
        self.label(format!("{}:{}", account.source, account.uid));
        self.cast.accounts.push(account);
        number
    }

    fn uid(&mut self, source: &str, name: &str) -> String {
        const MIXED: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let number = self.count("account");
        let chance = Chance::new(self.settings.seed, "uid", number);
        match source {
            "okta" => format!("00u{}", chance.word(MIXED, 17)),
            "entra" => chance.uuid(),
            "aws_cloudtrail" => format!("AIDA{}", chance.word(CAPITALS, 17)),
            "slack" => format!("U{}", chance.word(CAPITALS, 10)),
            "onepassword" => chance.word(CAPITALS, 26),
            "gitlab" => (100 + number).to_string(),
            // An address is kept as it is, and other names in capitals.
            "snowflake" if !name.contains('@') => name.to_uppercase(),
            _ => name.to_owned(),
        }
    }

    pub fn credential(&mut self, account: AccountNo, kind: &str) -> CredentialNo {
        let number = self.count("credential");
        let chance = Chance::new(self.settings.seed, "credential", number);
        let uid = match kind {
            "access_key" => format!(
                "AKIA{}",
                chance.word("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
            ),
            "api_token" => format!(
                "00T{}",
                chance.word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123456789", 17)
            ),
            "client_secret" => chance.uuid(),
            _ => (7_000_000 + number).to_string(),
        };
        let credential = CredentialNo(self.cast.credentials.len());
        let source = self.cast.account(account).source.clone();
        self.label(format!("{source}:{uid}"));
        self.cast.credentials.push(Credential {
            account,
            uid: Text::from(uid),
            kind: Text::from(kind),
        });
        credential
    }

    pub fn device(&mut self) -> DeviceNo {
        let number = self.count("device");
        let chance = Chance::new(self.settings.seed, "device", number);
        let serial = chance.word("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 10);
        let device = DeviceNo(self.cast.devices.len());
        self.label(format!("jamf_pro:{serial}"));
        self.cast.devices.push(Device {
            source: Text::from("jamf_pro"),
            name: Text::from(format!("MBP-{serial}")),
            uid: Text::from(serial),
        });
        device
    }

    /// Findings about it belong to the story that is being told.
    pub fn label(&mut self, subject: impl AsRef<str>) {
        self.labels
            .insert(Text::from(subject.as_ref()), self.story.clone());
    }

    /// It happens, and the log tells of it. What would come after the end is left out.
    pub fn tell(&mut self, deed: Deed) {
        assert!(
            sources::can(&self.cast, &deed),
            "{}: `{}` has no words for {deed:?}",
            self.story,
            deed.log
        );
        match &deed.act {
            Act::Grant { account, grant } => {
                let all = self.held.entry(*account).or_default();
                if !all.contains(grant) {
                    all.push(grant.clone());
                }
            }
            Act::Revoke { account, grant } => {
                let all = self.held.entry(*account).or_default();
                all.retain(|known| known != grant);
            }
            _ => {}
        }
        let within = (self.settings.from..self.settings.until).contains(&deed.at);
        if within {
            self.script.push(deed);
        }
    }

    pub fn life(&mut self, account: AccountNo, change: Life, (at, actor): (Timestamp, Actor)) {
        let log = sources::changes_of(&self.cast.account(account).source);
        self.tell(Deed {
            log,
            at,
            actor,
            act: Act::Life { account, change },
            failed: false,
        });
    }

    /// Goes on using the account from `from` on, until `until`.
    pub fn habit(&mut self, actor: AccountNo, from: Timestamp, until: Timestamp) {
        let source = self.cast.account(actor).source.clone();
        let apps = self.held.get(&actor).into_iter().flatten();
        let apps = apps.filter(|grant| &*grant.kind == "app");
        let apps: Vec<Option<Text>> = apps.map(|grant| Some(grant.name.clone())).collect();
        let does = match &*source {
            "okta" => Does::SignIn(apps.into_iter().chain([None]).collect()),
            "entra" if self.cast.account(actor).marked_non_human => Does::SignIn(vec![None]),
            "entra" => {
                let portal = [Some(Text::from("Office 365 Exchange Online"))];
                Does::SignIn(apps.into_iter().chain(portal).collect())
            }
            "github" => Does::Work(vec![None]),
            _ => Does::Both,
        };
        self.habits.push(Habit {
            actor,
            log: sources::uses_of(&source),
            does,
            from,
            until,
            weight: 1_000,
        });
    }
}

/// `seconds` after (or, negative, before) `at`.
pub fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at + Span::from_seconds(seconds)
}
