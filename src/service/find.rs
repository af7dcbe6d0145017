//! Whom somebody means: the homes that an address, an employee id or an account's name stands for.

use std::collections::BTreeSet;

use super::questions::View;
use crate::engine::Engine;
use crate::model::Text;
use crate::model::id::{AccountId, Identifier, PersonId, SourceName};
use crate::model::limits::ID_BYTES_MAX;
use crate::model::state::AccountState;

/// A person or account as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An e-mail address: of whoever has it, or had it.
    Email(Identifier),
    /// `source:uid` or `source:name`.
    Account(AccountId),
    /// An employee id, or the name of an account at any source.
    Word(Text),
}

/// The text cannot mean anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nobody; write an e-mail address, an employee id, or an account as source:name")]
pub struct NotAWho(String);

/// A home that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meant {
    Person(PersonId),
    Account(AccountId),
}

impl std::fmt::Display for Meant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Meant::Person(person) => f.write_str(&person.0),
            Meant::Account(account) => write!(f, "{account}"),
        }
    }
}

impl std::str::FromStr for Who {
    type Err = NotAWho;

    fn from_str(text: &str) -> Result<Self, NotAWho> {
        let text = text.trim();
        if text.is_empty() || text.len() > ID_BYTES_MAX {
            return Err(NotAWho(text.chars().take(80).collect()));
        }
        // An address has no colon; what follows one may well be an address.
        if text.contains(':') {
            let account = AccountId::parse(text).map(Who::Account);
            return account.ok_or_else(|| NotAWho(text.to_owned()));
        }
        Ok(Identifier::email(text).map_or_else(|| Who::Word(text.into()), Who::Email))
    }
}

/// Everybody who may be meant, people first; several where the word is ambiguous.
pub fn find(view: &View<'_>, who: &Who) -> Vec<Meant> {
    // An account that is named exactly is meant, whatever others are called.
    if let Who::Account(id) = who {
        let asked = id.clone();
        let known = view
            .shards
            .look(move |engine| engine.account(&asked).is_some());
        if known.contains(&true) {
            return vec![Meant::Account(id.clone())];
        }
    }
    let who = who.clone();
    let found = view.shards.look(move |engine| find_here(engine, &who));
    let found: BTreeSet<Meant> = found.into_iter().flatten().collect();
    let mut found: Vec<Meant> = found.into_iter().collect();
    // People who are meant by an id of theirs stand before accounts that happen to be called so.
    if matches!(found.first(), Some(Meant::Person(_))) {
        found.retain(|meant| matches!(meant, Meant::Person(_)));
    }
    found
}

/// Whom this shard's homes know by that name.
fn find_here(engine: &Engine, who: &Who) -> Vec<Meant> {
    match who {
        Who::Account(id) => called(engine, Some(&id.source), &id.uid),
        Who::Email(identifier) => {
            let Identifier::Email(address) = identifier else {
                return Vec::new();
            };
            let mut found = persons(engine, identifier);
            found.extend(called(engine, None, address));
            found
        }
        Who::Word(word) => {
            let mut found = persons(engine, &Identifier::employee_id(word));
            let person = PersonId(word.clone());
            let known = engine.person(&person).is_some();
            found.extend(known.then_some(Meant::Person(person)));
            found.extend(called(engine, None, word));
            found
        }
    }
}

fn persons(engine: &Engine, identifier: &Identifier) -> Vec<Meant> {
    let state = engine.identifier(identifier).into_iter();
    let persons = state.flat_map(|state| &state.persons);
    persons.cloned().map(Meant::Person).collect()
}

/// Accounts whose uid or any name it is. A name that stands for another account is none.
fn called(engine: &Engine, source: Option<&SourceName>, name: &str) -> Vec<Meant> {
    let lower = name.to_lowercase();
    let is_called = |id: &AccountId, state: &AccountState| {
        source.is_none_or(|source| *source == id.source)
            && state.same_as.is_empty()
            && (id.uid.to_lowercase() == lower || state.names.contains(lower.as_str()))
    };
    let accounts = engine.accounts();
    let called = accounts.filter(|(id, state)| is_called(id, state));
    called.map(|(id, _)| Meant::Account(id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_an_address_an_account_or_a_word() {
        let check = |text: &str, expected: Option<Who>| {
            assert_eq!(text.parse::<Who>().ok(), expected, "{text}");
        };
        let address = Identifier::email("jane@corp.example").map(Who::Email);
        check(" Jane@Corp.Example", address);
        check("okta:jane@corp.example", {
            AccountId::parse("okta:jane@corp.example").map(Who::Account)
        });
        check("E1001", Some(Who::Word("E1001".into())));
        for text in ["", " ", ":jane", "okta:", &"x".repeat(ID_BYTES_MAX + 1)] {
            check(text, None);
        }
    }
}
