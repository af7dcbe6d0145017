//! Registers of all accounts: whose each one is.

use super::find::Meant;
use super::inquire::{InquiryError, one};
use super::questions::View;
use crate::answer::{LinkRow, Links, links_of};
use crate::engine::Engine;
use crate::model::id::SourceName;
use crate::model::limits::ACCESS_ROWS_MAX;

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
