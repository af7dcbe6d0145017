//! A mapping as it is written: `schemas/sources/<source>.yaml`, before it is checked.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::sections::{InventoryForm, ReviewForm, WorkflowForm};

pub type Words = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingForm {
    pub source: Words,
    /// The source whose mapping this one begins with.
    pub extends: Option<Words>,
    pub vendor: Option<String>,
    pub product: Option<String>,
    /// The name that several log sources share for their accounts.
    pub accounts: Option<String>,
    #[serde(default)]
    pub shortcuts: IndexMap<String, String>,
    /// The field as which a record that is text and no JSON is read.
    pub line: Option<String>,
    pub each: Option<ValueForm>,
    pub time: Option<ValueForm>,
    pub action: Option<ValueForm>,
    pub section: Option<ValueForm>,
    pub uid: Option<ValueForm>,
    pub message: Option<ValueForm>,
    pub ip: Option<ValueForm>,
    pub session: Option<ValueForm>,
    pub user_agent: Option<ValueForm>,
    #[serde(default)]
    pub outcome: OutcomeForm,
    #[serde(default)]
    pub parties: IndexMap<String, PartyForm>,
    #[serde(default)]
    pub things: IndexMap<String, ThingForm>,
    pub worker: Option<WorkerForm>,
    pub ticket: Option<TicketForm>,
    pub review: Option<ReviewForm>,
    pub workflow: Option<WorkflowForm>,
    pub inventory: Option<InventoryForm>,
    #[serde(default)]
    pub events: TableForm,
    #[serde(default)]
    pub sections: IndexMap<String, TableForm>,
}

impl MappingForm {
    /// What `base` says and this mapping does not: keys, parties, things and actions.
    pub fn extend(mut self, base: MappingForm) -> Self {
        or(&mut self.vendor, base.vendor);
        or(&mut self.product, base.product);
        or(&mut self.accounts, base.accounts);
        or(&mut self.line, base.line);
        for (own, inherited) in [
            (&mut self.each, base.each),
            (&mut self.time, base.time),
            (&mut self.action, base.action),
            (&mut self.section, base.section),
            (&mut self.uid, base.uid),
            (&mut self.message, base.message),
            (&mut self.ip, base.ip),
            (&mut self.session, base.session),
            (&mut self.user_agent, base.user_agent),
            (&mut self.outcome.detail, base.outcome.detail),
        ] {
            or(own, inherited);
        }
        if self.outcome.success.0.is_empty() && self.outcome.failure.0.is_empty() {
            self.outcome.success = base.outcome.success;
            self.outcome.failure = base.outcome.failure;
        }
        or(&mut self.worker, base.worker);
        or(&mut self.ticket, base.ticket);
        or(&mut self.review, base.review);
        or(&mut self.workflow, base.workflow);
        or(&mut self.inventory, base.inventory);
        add(&mut self.shortcuts, base.shortcuts);
        add(&mut self.parties, base.parties);
        add(&mut self.things, base.things);
        add(&mut self.events, base.events);
        for (section, table) in base.sections {
            add(self.sections.entry(section).or_default(), table);
        }
        self
    }
}

fn or<T>(own: &mut Option<T>, inherited: Option<T>) {
    if own.is_none() {
        *own = inherited;
    }
}

fn add<T>(own: &mut IndexMap<String, T>, inherited: IndexMap<String, T>) {
    for (key, value) in inherited {
        own.entry(key).or_insert(value);
    }
}

pub type TableForm = IndexMap<String, Spanned<RulesForm>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeForm {
    #[serde(default)]
    pub success: Conditions,
    #[serde(default)]
    pub failure: Conditions,
    pub detail: Option<ValueForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyForm {
    pub uid: Option<ValueForm>,
    pub name: Option<ValueForm>,
    pub full_name: Option<ValueForm>,
    pub email: Option<ValueForm>,
    pub alt: Option<ValueForm>,
    pub credential: Option<ValueForm>,
    #[serde(default)]
    pub kind: IndexMap<String, Conditions>,
    pub account: Option<ValueForm>,
    pub alias: Option<ValueForm>,
    pub claims: Option<ValueForm>,
    pub known_as: Option<ValueForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThingForm {
    pub kind: Option<String>,
    pub uid: Option<ValueForm>,
    pub name: Option<ValueForm>,
    #[serde(default)]
    pub privileged: Many,
    #[serde(default)]
    pub privileged_when: Conditions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerForm {
    pub employee_id: ValueForm,
    pub effective_at: Option<ValueForm>,
    pub terminated: Option<Conditions>,
    pub name: Option<ValueForm>,
    pub email: Option<ValueForm>,
    pub previous_emails: Option<ValueForm>,
    pub previous_employee_ids: Option<ValueForm>,
    pub department: Option<ValueForm>,
    pub title: Option<ValueForm>,
    pub manager_id: Option<ValueForm>,
    pub employment_type: Option<ValueForm>,
    pub contract_end: Option<ValueForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketForm {
    pub id: ValueForm,
    pub request: Option<ValueForm>,
    pub requester: Option<ValueForm>,
    pub approver: Option<ValueForm>,
    pub subject: Option<ValueForm>,
    pub grants: Option<ValueForm>,
    pub resolution: Option<ValueForm>,
    #[serde(default)]
    pub versions: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleForm {
    pub is: Option<Words>,
    #[serde(default)]
    pub when: Conditions,
    /// The rule is asked for each element that this leads to.
    pub each: Option<ValueForm>,
    /// The event's time, where it is not the record's.
    pub at: Option<ValueForm>,
    /// The rules after this one are asked as well.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
    pub class: Option<Words>,
    pub outcome: Option<Words>,
    pub actor: Option<Words>,
    pub target: Option<Words>,
    pub group: Option<Words>,
    pub resource: Option<Words>,
    pub life: Option<Words>,
    pub grant: Option<Words>,
    pub credential: Option<Words>,
    /// The application signed in to.
    pub application: Option<Words>,
    pub owner: Option<Words>,
    pub device: Option<Words>,
    /// Who answers for `charge` from now on; or no more, where the verb takes something away.
    pub answers: Option<Words>,
    /// Whom they answer for, if not for the target.
    pub charge: Option<Words>,
    pub change: Option<Words>,
    #[serde(default)]
    pub ends: Many,
    #[serde(default)]
    pub states: Many,
}

/// A value: one text, a list of alternatives, or `{value, when}`.
#[derive(Debug)]
pub struct ValueForm(pub Vec<GuardedForm>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardedForm {
    pub value: Words,
    #[serde(default)]
    pub when: Conditions,
}

/// One rule, as a verb alone or in full, or several of which the first that applies counts.
#[derive(Debug)]
pub struct RulesForm(pub Vec<RuleForm>);

pub type Conditions = Many;

/// One text or a list of them.
#[derive(Debug, Default)]
pub struct Many(pub Vec<Words>);

/// Something that may stand alone as a text, in full as a map, or several times in a list.
trait Shorthand: Sized {
    fn from_word(word: &str) -> Self;
}

impl Shorthand for GuardedForm {
    fn from_word(word: &str) -> Self {
        GuardedForm {
            value: unplaced(word),
            when: Many::default(),
        }
    }
}

impl Shorthand for RuleForm {
    fn from_word(word: &str) -> Self {
        RuleForm {
            is: Some(unplaced(word)),
            ..RuleForm::default()
        }
    }
}

impl Shorthand for Words {
    fn from_word(word: &str) -> Self {
        unplaced(word)
    }
}

/// A text whose place is that of what holds it.
fn unplaced(word: &str) -> Words {
    let nowhere = serde_saphyr::Location::UNKNOWN;
    Spanned::new(word.to_owned(), nowhere, nowhere)
}

struct One<T>(T);

struct OneVisitor<T>(PhantomData<T>);
struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Shorthand + Deserialize<'de>> Visitor<'de> for OneVisitor<T> {
    type Value = One<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a map")
    }

    fn visit_str<E>(self, word: &str) -> Result<One<T>, E> {
        Ok(One(T::from_word(word)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<One<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(One)
    }
}

impl<'de, T: Shorthand + Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a map, or a list of them")
    }

    fn visit_str<E>(self, word: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::from_word(word)])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(One(one)) = list.next_element::<One<T>>()? {
            all.push(one);
        }
        Ok(all)
    }
}

impl<'de, T: Shorthand + Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for ValueForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let placed = Placed::<GuardedForm>::deserialize(deserializer)?;
        let place = placed.0.referenced;
        let mut all = placed.0.value.0;
        for guarded in &mut all {
            settle(&mut guarded.value, place);
        }
        Ok(ValueForm(all))
    }
}

impl<'de> Deserialize<'de> for RulesForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ManyVisitor(PhantomData))
            .map(RulesForm)
    }
}

impl<'de> Deserialize<'de> for Many {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let placed = Placed::<Words>::deserialize(deserializer)?;
        let place = placed.0.referenced;
        let mut all = placed.0.value.0;
        for words in &mut all {
            settle(words, place);
        }
        Ok(Many(all))
    }
}

fn settle(words: &mut Words, place: serde_saphyr::Location) {
    if words.referenced.line() == 0 {
        words.referenced = place;
    }
}

/// A list of shorthands with the place of its beginning.
struct Placed<T>(Spanned<List<T>>);
struct List<T>(Vec<T>);

impl<'de, T: Shorthand + Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ManyVisitor(PhantomData))
            .map(List)
    }
}

impl<'de, T: Shorthand + Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Placed)
    }
}
