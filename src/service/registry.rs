//! Registers of all accounts: whose each one is, and which are no person's.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::find::Meant;
use super::inquire::{InquiryError, one};
use super::questions::View;
use crate::answer::{LinkRow, Links, NhiRow, Nhis, links_of, nhi_of};
use crate::engine::Engine;
use crate::model::id::SourceName;
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::time::Timestamp;

pub use crate::answer::Link;

/// Which accounts are asked for, as somebody writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinksQuestion {
    pub state: Option<Link>,
    /// A log source, or the name under which its accounts are kept; without a tenant, all of them.
    pub source: Option<String>,
    /// Whoever is linked, claims or answers; or one account.
    pub who: Option<String>,
}

/// Which non-human identities are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NhiQuestion {
    /// As of [`LinksQuestion`].
    pub source: Option<String>,
    /// Only those for which nobody who is employed answers.
    pub ownerless: bool,
    /// The view's clock where none is given.
    pub now: Option<Timestamp>,
}

/// Whose the accounts are: at most `max` of them.
pub fn links(view: &View<'_>, question: &LinksQuestion, max: usize) -> Result<Links, InquiryError> {
    let state = question.state;
    let source = question.source.as_deref().map(SourceName::new);
    let who = question.who.as_deref().map(|who| one(view, who));
    let who = who.transpose()?;
    let is_asked = move |row: &LinkRow| {
        state.is_none_or(|state| row.link == state)
            && match &who {
                None => true,
                Some(Meant::Account(account)) => *row.account == *account.to_string(),
                Some(Meant::Person(person)) => row.names(person),
            }
    };
    let look = move |engine: &Engine| {
        let of_source = |name: &SourceName| source.as_ref().is_none_or(|asked| is_of(name, asked));
        let accounts = engine.accounts().filter(|(id, _)| of_source(&id.source));
        let rows = accounts.filter_map(|(id, state)| links_of(id, state, engine.policy()));
        rows.filter(&is_asked).collect::<Vec<LinkRow>>()
    };
    let found = view.shards.look(look);
    let count = found.iter().map(Vec::len).sum();
    if count > ACCESS_ROWS_MAX {
        return Err(InquiryError::TooMuch(count));
    }
    let rows = found.into_iter().flatten().collect();
    Ok(Links::new(rows, max))
}

/// The inventory of non-human identities: at most `max` of them.
pub fn nhi(view: &View<'_>, question: &NhiQuestion, max: usize) -> Result<Nhis, InquiryError> {
    let now = question.now.unwrap_or(view.now);
    let source = question.source.as_deref().map(SourceName::new);
    let ownerless = question.ownerless;
    let delivering = Arc::new(delivering(view));
    let look = move |engine: &Engine| {
        let of_source = |name: &SourceName| source.as_ref().is_none_or(|asked| is_of(name, asked));
        let accounts = engine.accounts().filter(|(id, _)| of_source(&id.source));
        let rows = accounts.filter_map(|(id, state)| {
            let delivers = delivering.contains(&id.source);
            nhi_of(id, state, engine.policy(), (now, delivers))
        });
        rows.filter(|row| !ownerless || row.is_ownerless())
            .collect::<Vec<NhiRow>>()
    };
    let found = view.shards.look(look);
    let count = found.iter().map(Vec::len).sum();
    if count > ACCESS_ROWS_MAX {
        return Err(InquiryError::TooMuch(count));
    }
    Ok(Nhis::new(now, found.into_iter().flatten().collect(), max))
}

/// Whose accounts some log tells of. What only a listing knows would not be seen in use.
fn delivering(view: &View<'_>) -> BTreeSet<SourceName> {
    let logs = view.shards.look(|engine| {
        let sources = engine.sources();
        sources
            .map(|(name, _)| name.accounts())
            .collect::<Vec<SourceName>>()
    });
    logs.into_iter().flatten().collect()
}

/// Whether accounts of `name` are of the source that is asked for: `okta@eu` is an `okta`.
fn is_of(name: &SourceName, asked: &SourceName) -> bool {
    let asked = asked.accounts();
    *name == asked || (asked.instance().is_none() && name.base() == asked.base())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_asked_for_by_any_log_of_it_and_all_its_tenants_together() {
        let check = |name: &str, asked: &str, expected: bool| {
            let is_of = is_of(&SourceName::new(name), &SourceName::new(asked));
            assert_eq!(is_of, expected, "{name} {asked}");
        };
        check("okta", "okta", true);
        check("okta@eu", "okta", true);
        check("okta@eu", "okta@eu", true);
        check("okta@us", "okta@eu", false);
        check("okta", "okta@eu", false);
        check("entra", "entra_signin", true);
        check("entra@eu", "entra_audit", true);
        check("github", "git", false);
    }
}
