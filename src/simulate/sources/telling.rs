//! What every vendor's record is told from.

use serde_json::{Map, Value};

use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::chance::Chance;
use crate::simulate::deed::{Account, AccountNo, Actor, Cast, Deed};

/// A deed, those whom it names, and chance for what nobody decides by: ids, addresses, agents.
pub struct Telling<'a> {
    pub cast: &'a Cast,
    pub deed: &'a Deed,
    pub noise: Chance,
}

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36 Edg/133.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
];

impl<'a> Telling<'a> {
    pub fn new(cast: &'a Cast, deed: &'a Deed, (seed, number): (u64, u64)) -> Self {
        Telling {
            cast,
            deed,
            noise: Chance::new(seed, deed.log, number),
        }
    }

    pub fn account(&self, number: AccountNo) -> &'a Account {
        self.cast.account(number)
    }

    /// The account that acts; `None` for the vendor's system.
    pub fn actor(&self) -> Option<&'a Account> {
        match self.deed.actor {
            Actor::Account(number) => Some(self.account(number)),
            Actor::System => None,
        }
    }

    pub fn is_actor(&self, number: AccountNo) -> bool {
        self.deed.actor == Actor::Account(number)
    }

    /// Whoever acts comes from one of a few addresses of their own, of those kept for examples.
    pub fn ip(&mut self) -> String {
        let place = match self.deed.actor {
            Actor::Account(AccountNo(number)) => number as u64,
            Actor::System => 0,
        };
        let last = place.wrapping_mul(7).wrapping_add(self.noise.below(3)) % 254 + 1;
        let net = ["192.0.2", "198.51.100", "203.0.113"];
        format!("{}.{last}", self.noise.pick(&net))
    }

    pub fn agent(&mut self) -> &'static str {
        let place = match self.deed.actor {
            Actor::Account(AccountNo(number)) => number,
            Actor::System => 0,
        };
        AGENTS.get(place % AGENTS.len()).unwrap_or(&AGENTS[0])
    }

    /// RFC 3339 with milliseconds.
    pub fn time(&self) -> String {
        milliseconds(self.deed.at)
    }
}

/// RFC 3339, UTC, always with three digits after the second.
pub fn milliseconds(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.trim_end_matches('Z');
    match text.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<3}Z"),
        None => format!("{text}.000Z"),
    }
}

pub fn epoch_milliseconds(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(1_000)
}

/// Chance that is the same whenever `name` is told of: the ids of groups and applications.
pub fn of_name(about: &str, name: &str) -> Chance {
    Chance::new(0, about, 0).told_of(name)
}

/// `Jane Roe` of `jane.roe@corp.example`.
pub fn full_name(name: &str) -> String {
    let local = name.split('@').next().unwrap_or(name);
    let words = local.split(['.', '-', '_']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

/// Adds what only some records have.
pub fn with(mut value: Value, more: &[(&str, Value)]) -> Value {
    if let Value::Object(object) = &mut value {
        add(object, more);
    }
    value
}

fn add(object: &mut Map<String, Value>, more: &[(&str, Value)]) {
    for (key, value) in more {
        object.insert((*key).to_owned(), value.clone());
    }
}

/// An address where the account has one, else what it is called.
pub fn address(account: &Account) -> Text {
    account
        .email
        .clone()
        .unwrap_or_else(|| account.name.clone())
}
