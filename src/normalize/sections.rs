//! The sections of a mapping that state facts of their own: `review`, `workflow`, `inventory`.
//! Each as it is written, and as it is used.

use serde::Deserialize;

use super::compile::Compiler;
use super::form::{Conditions, ValueForm};
use super::value::{Condition, Path, Source, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    pub id: Option<ValueForm>,
    pub reviewer: Option<ValueForm>,
    pub account: Option<ValueForm>,
    pub grant: Option<ValueForm>,
    pub decision: Option<ValueForm>,
}

#[derive(Debug)]
pub struct ReviewPlan {
    pub id: Option<Value>,
    pub reviewer: Option<Value>,
    /// `source:uid`.
    pub account: Option<Value>,
    /// `kind:name` or `source:kind:name`.
    pub grant: Option<Value>,
    /// Where it says `keep` or `revoke`, that counts, and not the verb.
    pub decision: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowForm {
    pub run: ValueForm,
    pub name: Option<ValueForm>,
    pub trigger: Option<ValueForm>,
    pub subject: Option<ValueForm>,
    pub step: Option<ValueForm>,
    pub action: Option<ValueForm>,
    pub target: Option<ValueForm>,
    pub outcome: Option<ValueForm>,
    pub error: Option<ValueForm>,
    pub retry_of: Option<ValueForm>,
}

#[derive(Debug)]
pub struct WorkflowPlan {
    pub run: Value,
    pub name: Option<Value>,
    pub trigger: Option<Value>,
    /// An e-mail address or `source:uid`.
    pub subject: Option<Value>,
    pub step: Option<Value>,
    pub action: Option<Value>,
    pub target: Option<Value>,
    pub outcome: Option<Value>,
    pub error: Option<Value>,
    pub retry_of: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryForm {
    pub source: Option<ValueForm>,
    #[serde(default)]
    pub ended: Conditions,
    pub created_at: Option<ValueForm>,
    pub last_used_at: Option<ValueForm>,
    pub grants: Option<ListedForm>,
    pub credentials: Option<ListedForm>,
}

/// What an account has, in a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedForm {
    pub each: ValueForm,
    pub kind: Option<ValueForm>,
    pub name: ValueForm,
    pub since: Option<ValueForm>,
    pub last_used_at: Option<ValueForm>,
    #[serde(default)]
    pub ended: Conditions,
    #[serde(default)]
    pub privileged: Conditions,
}

/// The account itself is the rule's target.
#[derive(Debug)]
pub struct InventoryPlan {
    /// The source of the account, where it is not the record's own.
    pub source: Option<Value>,
    /// The account does not live.
    pub ended: Vec<Condition>,
    pub created_at: Option<Value>,
    pub last_used_at: Option<Value>,
    pub grants: Option<ListedPlan>,
    pub credentials: Option<ListedPlan>,
}

#[derive(Debug)]
pub struct ListedPlan {
    pub each: Path,
    pub kind: Option<Value>,
    pub name: Value,
    pub since: Option<Value>,
    pub last_used_at: Option<Value>,
    pub ended: Vec<Condition>,
    pub privileged: Vec<Condition>,
}

impl Compiler<'_> {
    pub fn review(&mut self, form: ReviewForm) -> ReviewPlan {
        ReviewPlan {
            id: self.value("review.id", form.id),
            reviewer: self.value("review.reviewer", form.reviewer),
            account: self.value("review.account", form.account),
            grant: self.value("review.grant", form.grant),
            decision: self.value("review.decision", form.decision),
        }
    }

    pub fn workflow(&mut self, form: WorkflowForm) -> WorkflowPlan {
        WorkflowPlan {
            run: self.needed("workflow.run", form.run),
            name: self.value("workflow.name", form.name),
            trigger: self.value("workflow.trigger", form.trigger),
            subject: self.value("workflow.subject", form.subject),
            step: self.value("workflow.step", form.step),
            action: self.value("workflow.action", form.action),
            target: self.value("workflow.target", form.target),
            outcome: self.value("workflow.outcome", form.outcome),
            error: self.value("workflow.error", form.error),
            retry_of: self.value("workflow.retry_of", form.retry_of),
        }
    }

    pub fn inventory(&mut self, form: InventoryForm) -> InventoryPlan {
        InventoryPlan {
            source: self.value("inventory.source", form.source),
            ended: self.conditions("inventory.ended", form.ended),
            created_at: self.value("inventory.created_at", form.created_at),
            last_used_at: self.value("inventory.last_used_at", form.last_used_at),
            grants: form
                .grants
                .and_then(|form| self.listed("inventory.grants", form)),
            credentials: form
                .credentials
                .and_then(|form| self.listed("inventory.credentials", form)),
        }
    }

    fn listed(&mut self, section: &str, form: ListedForm) -> Option<ListedPlan> {
        let key = |field: &str| format!("{section}.{field}");
        Some(ListedPlan {
            each: self.list(&key("each"), form.each)?,
            kind: self.value(&key("kind"), form.kind),
            name: self.needed(&key("name"), form.name),
            since: self.value(&key("since"), form.since),
            last_used_at: self.value(&key("last_used_at"), form.last_used_at),
            ended: self.conditions(&key("ended"), form.ended),
            privileged: self.conditions(&key("privileged"), form.privileged),
        })
    }

    /// A list of which each element is asked is one path, without functions.
    pub fn list(&mut self, key: &str, form: ValueForm) -> Option<Path> {
        let words = form.0.first()?.value.clone();
        let value = self.value(key, Some(form))?;
        if let Some(Source::Path(path)) = value.0.into_iter().next().map(|one| one.source) {
            self.lists.push(path.clone());
            return Some(path);
        }
        let message = "leads to no list".to_owned();
        self.report(key, &words, message, "write a path such as `changes[]`");
        None
    }

    fn needed(&mut self, key: &str, form: ValueForm) -> Value {
        self.value(key, Some(form)).unwrap_or_default()
    }
}
