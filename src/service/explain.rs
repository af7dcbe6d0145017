//! Why a rule holds of somebody: the homes that are meant, explained one by one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::find::{Meant, NotAWho, Who, find};
use super::questions::View;
use crate::assess::{
    AccountContext, Explanation, PersonContext, TicketContext, explain_account, explain_devices,
    explain_source, explain_ticket, explain_workflow,
};
use crate::engine::Engine;
use crate::model::finding::RuleId;
use crate::model::id::{AccountId, PersonId, RunId, SourceName, TicketId};
use crate::model::limits::EXPLANATIONS_MAX;
use crate::model::time::Timestamp;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A person, with all accounts, devices and tickets, or one account.
    Who(Who),
    Ticket(TicketId),
    Workflow(RunId),
    Source(SourceName),
}

/// What a rule says of whom it was asked about, at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub rule: RuleId,
    pub now: Timestamp,
    /// By subject; at most [`EXPLANATIONS_MAX`].
    pub explanations: Vec<Explanation>,
    /// How many there are, shown or not.
    pub total: usize,
}

/// The homes that an explanation looks at.
#[derive(Clone, Debug, Default)]
struct Homes {
    accounts: BTreeSet<AccountId>,
    persons: BTreeSet<PersonId>,
    ticket: Option<TicketId>,
    workflow: Option<RunId>,
    source: Option<SourceName>,
}

impl std::str::FromStr for About {
    type Err = NotAWho;

    /// As findings write subjects (`ticket:OPS-12`, `workflow:wf-77`, `source:okta`), or as
    /// people are asked for.
    fn from_str(text: &str) -> Result<Self, NotAWho> {
        match text.trim().split_once(':') {
            Some(("ticket", id)) if !id.is_empty() => Ok(About::Ticket(TicketId(id.into()))),
            Some(("workflow", id)) if !id.is_empty() => Ok(About::Workflow(RunId(id.into()))),
            Some(("source", name)) if !name.is_empty() => Ok(About::Source(SourceName::new(name))),
            _ => text.parse().map(About::Who),
        }
    }
}

/// What `rule` says, and why. Empty where nobody is known by that name, or where the rule is about
/// something else.
pub fn explain(view: &View<'_>, rule: RuleId, about: &About) -> Explained {
    let homes = homes(view, about);
    let now = view.now;
    let all = view
        .shards
        .look(move |engine| explain_here(engine, rule, &homes, now));
    let mut explanations: Vec<Explanation> = all.into_iter().flatten().collect();
    explanations.sort_by(|a, b| a.subject.cmp(&b.subject));
    let total = explanations.len();
    explanations.truncate(EXPLANATIONS_MAX);
    Explained {
        rule,
        now,
        explanations,
        total,
    }
}

fn homes(view: &View<'_>, about: &About) -> Homes {
    let mut homes = Homes::default();
    match about {
        About::Ticket(id) => homes.ticket = Some(id.clone()),
        About::Workflow(id) => homes.workflow = Some(id.clone()),
        About::Source(name) => homes.source = Some(name.clone()),
        About::Who(who) => {
            for meant in find(view, who) {
                match meant {
                    Meant::Person(person) => drop(homes.persons.insert(person)),
                    Meant::Account(account) => drop(homes.accounts.insert(account)),
                }
            }
            let persons = homes.persons.clone();
            let linked = view.shards.look(move |engine| {
                let known = persons.iter().filter_map(|person| engine.person(person));
                let linked = known.flat_map(|state| state.accounts.keys().cloned());
                linked.collect::<Vec<_>>()
            });
            homes.accounts.extend(linked.into_iter().flatten());
        }
    }
    homes
}

fn explain_here(engine: &Engine, rule: RuleId, homes: &Homes, now: Timestamp) -> Vec<Explanation> {
    let policy = engine.policy();
    match rule {
        RuleId::LeaverDeviceHeld => {
            let known = homes.persons.iter();
            let known = known.filter_map(|id| Some((id, engine.person(id)?)));
            let contexts = known.map(|(id, state)| PersonContext::new(id, state, policy));
            contexts
                .flat_map(|context| explain_devices(&context, now))
                .collect()
        }
        RuleId::RevocationUnfulfilled => {
            let meant = engine.tickets().filter(|(id, state)| {
                let mut accounts = homes.accounts.iter();
                let concerns = accounts.any(|account| state.accounts.contains_key(account));
                homes.ticket.as_ref() == Some(*id) || state.revokes() && concerns
            });
            let contexts = meant.map(|(id, state)| TicketContext::new(id, state, policy));
            contexts
                .map(|context| explain_ticket(&context, now))
                .collect()
        }
        RuleId::WorkflowIncomplete => {
            let known = homes.workflow.iter();
            let known = known.filter_map(|id| Some((id, engine.workflow(id)?)));
            known
                .map(|(id, state)| explain_workflow(id, state, policy, now))
                .collect()
        }
        RuleId::SourceSilent => {
            let known = homes.source.iter();
            let known = known.filter_map(|name| Some((name, engine.source(name)?)));
            known
                .map(|(name, state)| explain_source(name, state, policy, now))
                .collect()
        }
        rule => {
            let known = homes.accounts.iter();
            let known = known.filter_map(|id| Some((id, engine.account(id)?)));
            // A name is explained where the account is that it stands for; a session is only used.
            let asked = known.filter(|(_, state)| {
                let is_account = !state.session || rule == RuleId::LeaverActivity;
                state.same_as.is_empty() && is_account
            });
            let contexts = asked.map(|(id, state)| AccountContext::new(id, state, policy));
            contexts
                .flat_map(|context| explain_account(rule, &context, now))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_is_a_subject_or_somebody() {
        let parsed = |text: &str| text.parse::<About>().expect(text);
        assert_eq!(
            parsed("ticket:OPS-1"),
            About::Ticket(TicketId("OPS-1".into()))
        );
        assert_eq!(parsed("workflow:wf"), About::Workflow(RunId("wf".into())));
        assert_eq!(
            parsed("source:okta"),
            About::Source(SourceName::new("okta"))
        );
        assert!(matches!(parsed("okta:00u1"), About::Who(Who::Account(_))));
        assert!(matches!(
            parsed("jane@corp.example"),
            About::Who(Who::Email(_))
        ));
        assert!("".parse::<About>().is_err());
    }
}
