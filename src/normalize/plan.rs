//! A mapping as the normalizer uses it: checked, with every path split and every rule looked up.

use std::collections::HashMap;

use regex::Regex;

use super::sections::{InventoryPlan, ReviewPlan, WorkflowPlan};
use super::unmapped::Known;
use super::value::{Condition, Path, Value};
use super::verb::{Defaults, Object};
use crate::model::Text;
use crate::model::event::{Outcome, PartyKind, Verb};
use crate::model::fact::{GrantName, LifeKind};

#[derive(Debug)]
pub struct Plan {
    pub vendor: Text,
    pub product: Text,
    pub accounts: Option<Text>,
    pub line: Option<Text>,
    pub each: Option<Value>,
    pub time: Value,
    pub action: Value,
    pub section: Option<Value>,
    pub uid: Option<Value>,
    pub message: Option<Value>,
    pub ip: Option<Value>,
    pub session: Option<Value>,
    pub user_agent: Option<Value>,
    pub outcome: OutcomePlan,
    pub parties: Vec<PartyPlan>,
    pub actor: Option<usize>,
    pub target: Option<usize>,
    pub things: Vec<ThingPlan>,
    pub worker: Option<WorkerPlan>,
    pub ticket: Option<TicketPlan>,
    pub review: Option<ReviewPlan>,
    pub workflow: Option<WorkflowPlan>,
    pub inventory: Option<InventoryPlan>,
    /// Every field that is read.
    pub known: Known,
    pub events: Table,
    pub sections: HashMap<String, Table, foldhash::fast::FixedState>,
}

#[derive(Debug, Default)]
pub struct OutcomePlan {
    pub success: Vec<Condition>,
    pub failure: Vec<Condition>,
    pub detail: Option<Value>,
}

#[derive(Debug, Default)]
pub struct PartyPlan {
    pub name_of_plan: String,
    pub uid: Option<Value>,
    pub name: Option<Value>,
    pub full_name: Option<Value>,
    pub email: Option<Value>,
    pub alt: Option<Value>,
    pub credential: Option<Value>,
    pub kinds: Vec<(PartyKind, Vec<Condition>)>,
    pub otherwise: PartyKind,
    pub account: Option<Value>,
    pub alias: Option<Value>,
    pub claims: Option<Value>,
    pub known_as: Option<Value>,
}

#[derive(Debug)]
pub struct ThingPlan {
    pub name_of_plan: String,
    pub kind: Text,
    pub uid: Option<Value>,
    pub name: Option<Value>,
    pub privileged: Vec<NamePattern>,
    pub privileged_when: Vec<Condition>,
}

#[derive(Debug)]
pub enum NamePattern {
    Exactly(String),
    Matches(Regex),
}

#[derive(Debug)]
pub struct WorkerPlan {
    pub employee_id: Value,
    pub effective_at: Option<Value>,
    pub terminated: Vec<Condition>,
    pub name: Option<Value>,
    pub email: Option<Value>,
    pub previous_emails: Option<Value>,
    pub previous_employee_ids: Option<Value>,
    pub department: Option<Value>,
    pub title: Option<Value>,
    pub manager_id: Option<Value>,
    pub employment_type: Option<Value>,
    pub contract_end: Option<Value>,
}

#[derive(Debug)]
pub struct TicketPlan {
    pub id: Value,
    pub request: Option<Value>,
    pub requester: Option<Value>,
    pub approver: Option<Value>,
    pub subject: Option<Value>,
    pub grants: Option<Value>,
    pub resolution: Option<Value>,
    /// Records are versions of the ticket.
    pub versions: bool,
}

/// Rules by the vendor's action, in lower case.
#[derive(Debug, Default)]
pub struct Table {
    pub exact: HashMap<String, Vec<Rule>, foldhash::fast::FixedState>,
    /// Actions and prefixes as the mapping names them.
    pub actions: usize,
    /// `git.*` and `*`, the longest first.
    pub prefixes: Vec<(String, Vec<Rule>)>,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub when: Vec<Condition>,
    /// It yields an event for each element that this leads to.
    pub each: Option<Path>,
    /// The event's time, where it is not the record's.
    pub at: Option<Value>,
    /// The rules after it are asked as well.
    pub goes_on: bool,
    pub verb: Option<Verb>,
    pub defaults: Defaults,
    pub outcome: Option<Outcome>,
    pub actor: Option<usize>,
    pub target: Choice,
    pub group: Option<usize>,
    pub resource: Option<usize>,
    pub grant: Option<(usize, LifeKind)>,
    pub credential: Option<(usize, LifeKind)>,
    pub owner: Choice,
    /// The device whose holder changes.
    pub device: Option<usize>,
    /// Who answers for whose account, from now on or no more.
    pub answers: Option<Answers>,
    /// The application signed in to.
    pub application: Option<usize>,
    pub ends: Vec<GrantName>,
}

/// One party answers for the account of another.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    pub who: Choice,
    pub charge: Choice,
    /// Whether it begins or ends.
    pub change: LifeKind,
}

/// One of the parties of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Nobody,
    Actor,
    Party(usize),
}

/// Words by which vendors name what did not happen.
const REFUSALS: &[&str] = &["fail", "deny", "denied", "reject", "block", "violation"];

impl Plan {
    /// The rules for an action: its own, or those of the longest prefix that it begins with.
    pub fn rules(&self, section: Option<&str>, action: &str) -> Option<&[Rule]> {
        let section = section.and_then(|name| {
            self.sections
                .get(name)
                .or_else(|| self.sections.get(name.to_lowercase().as_str()))
        });
        let in_section = section.and_then(|table| table.rules(action));
        in_section.or_else(|| self.events.rules(action))
    }

    /// The rules of all tables.
    pub fn rules_of_all(&self) -> impl Iterator<Item = &Rule> {
        let tables = [&self.events].into_iter().chain(self.sections.values());
        tables.flat_map(|table| {
            let exact = table.exact.values();
            let prefixes = table.prefixes.iter().map(|(_, rules)| rules);
            exact.chain(prefixes).flatten()
        })
    }

    /// How many actions the tables name.
    pub fn actions(&self) -> usize {
        let sections = self.sections.values().map(|table| table.actions);
        self.events.actions + sections.sum::<usize>()
    }

    pub fn party(&self, index: usize) -> Option<&PartyPlan> {
        self.parties.get(index)
    }

    pub fn thing(&self, index: usize) -> Option<&ThingPlan> {
        self.things.get(index)
    }

    /// For actions that no rule names. One whose name tells of a refusal is no act of the actor.
    pub fn unmapped_rule(&self, action: &str) -> Rule {
        let mut rule = Rule::plain(self);
        let action = action.to_ascii_lowercase();
        if REFUSALS.iter().any(|word| action.contains(word)) {
            rule.defaults.used = false;
            rule.defaults.sees = false;
        }
        rule
    }
}

impl Rule {
    pub fn plain(plan: &Plan) -> Self {
        Rule {
            when: Vec::new(),
            each: None,
            at: None,
            goes_on: false,
            verb: None,
            defaults: super::verb::PLAIN,
            outcome: None,
            actor: plan.actor,
            target: plan.target.map_or(Choice::Nobody, Choice::Party),
            group: None,
            resource: None,
            grant: None,
            credential: None,
            owner: Choice::Nobody,
            device: None,
            answers: None,
            application: None,
            ends: Vec::new(),
        }
    }
}

impl Choice {
    pub fn of(object: Object, target: Option<usize>) -> Self {
        match object {
            Object::Actor => Choice::Actor,
            Object::Target => target.map_or(Choice::Nobody, Choice::Party),
        }
    }
}

impl Table {
    fn rules(&self, action: &str) -> Option<&[Rule]> {
        let exact = self.exact.get(action).or_else(|| {
            let upper = action.bytes().any(|byte| byte.is_ascii_uppercase());
            upper
                .then(|| self.exact.get(action.to_lowercase().as_str()))
                .flatten()
        });
        if let Some(rules) = exact {
            return Some(rules);
        }
        let begins = |prefix: &str| {
            action
                .get(..prefix.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        };
        let found = self.prefixes.iter().find(|(prefix, _)| begins(prefix));
        found.map(|(_, rules)| rules.as_slice())
    }
}
