//! Anything at any time: deeds by chance, on few people and accounts, at times so few that they
//! meet each other and each other's deadlines. No company is like that; whoever is right about it is
//! right.

#![expect(
    clippy::indexing_slicing,
    reason = "a number is a place in the cast that gave it out"
)]

use std::sync::Arc;

use tenure::model::Text;
use tenure::model::time::{Span, Timestamp};
use tenure::simulate::chance::Chance;
use tenure::simulate::deed::{AccountNo, Act, Actor, Cast, Deed, Grant};
use tenure::simulate::sources;

use crate::simulated::Simulated;

mod cast;
mod office;
mod accounts;
mod possible;

const DAYS: i64 = 60;

/// Source, kind, name, whether it is privileged.
type Granted = (&'static str, &'static str, &'static str, bool);

const GRANTS: &[Granted] = &[
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
    possible::retain(&maker.cast, &mut deeds);
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

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600) + Span::days(day)
}

fn text(text: impl AsRef<str>) -> Text {
    Text::from(text.as_ref())
}

fn granted((_, kind, name, privileged): &Granted) -> Grant {
    Grant {
        kind: text(kind),
        name: text(name),
        privileged: *privileged,
    }
}

/// What a log tells without saying who did it.
fn by_system(log: &'static str, at: Timestamp, act: Act) -> Deed {
    Deed {
        log,
        at,
        actor: Actor::System,
        failed: false,
        act,
    }
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

    fn grant_of(&mut self, account: AccountNo) -> Grant {
        let source = &self.cast.accounts[account.0].source;
        let here = GRANTS.iter().filter(|(at, ..)| *at == &**source);
        let here: Vec<Granted> = here.copied().collect();
        granted(self.chance.pick(&here))
    }
}
