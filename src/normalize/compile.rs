//! From a mapping's text to its plan, with every problem that stands in the way.

use indexmap::IndexMap;

use super::form::{
    Conditions, GuardedForm, Many, MappingForm, OutcomeForm, PartyForm, TableForm, ThingForm,
    TicketForm, ValueForm, Words, WorkerForm,
};
use super::plan::{
    NamePattern, OutcomePlan, PartyPlan, Plan, Rule, Table, ThingPlan, TicketPlan, WorkerPlan,
};
use super::problem::{MappingProblem, from_yaml};
use super::rule::compile_rule;
use super::syntax::{Shortcuts, SyntaxProblem, read_alternative, read_condition, read_regex};
use super::unmapped::Known;
use super::value::{Alternative, Condition, Path, Value};
use crate::model::Text;
use crate::model::event::PartyKind;

/// What compiling one file needs to hand.
pub struct Compiler<'f> {
    pub file: &'f str,
    pub shortcuts: Shortcuts,
    pub problems: Vec<MappingProblem>,
    /// Every path of the mapping, and those of its rules' lists.
    pub paths: Vec<Path>,
    pub lists: Vec<Path>,
}

/// The file's text in its form, or the mistake that it cannot be read for.
pub fn read(file: &str, text: &str) -> Result<MappingForm, MappingProblem> {
    serde_saphyr::from_str(text).map_err(|error| from_yaml(file, text, &error))
}

/// The plan, or everything that is wrong with the file.
pub fn compile(file: &str, form: MappingForm) -> Result<Plan, Vec<MappingProblem>> {
    let mut compiler = Compiler {
        file,
        shortcuts: form.shortcuts.clone(),
        problems: Vec::new(),
        paths: Vec::new(),
        lists: Vec::new(),
    };
    let plan = compiler.plan(form);
    if compiler.problems.is_empty() {
        Ok(plan)
    } else {
        Err(compiler.problems)
    }
}

impl Compiler<'_> {
    fn plan(&mut self, form: MappingForm) -> Plan {
        self.required(&form);
        let party_names: Vec<String> = form.parties.keys().cloned().collect();
        let place = |name: &str| party_names.iter().position(|known| known == name);
        let mut plan = Plan {
            vendor: Text::from(form.vendor.unwrap_or_default()),
            product: Text::from(form.product.unwrap_or_default()),
            accounts: form.accounts.map(Text::from),
            line: form.line.map(Text::from),
            each: self.value("each", form.each),
            time: self.value("time", form.time).unwrap_or_default(),
            action: self.value("action", form.action).unwrap_or_default(),
            section: self.value("section", form.section),
            uid: self.value("uid", form.uid),
            message: self.value("message", form.message),
            ip: self.value("ip", form.ip),
            session: self.value("session", form.session),
            user_agent: self.value("user_agent", form.user_agent),
            outcome: self.outcome(form.outcome),
            actor: place("actor"),
            target: place("target"),
            parties: form
                .parties
                .into_iter()
                .map(|(name, form)| self.party(name, form))
                .collect(),
            things: form
                .things
                .into_iter()
                .map(|(name, form)| self.thing(name, form))
                .collect(),
            worker: form.worker.map(|form| self.worker(form)),
            ticket: form.ticket.map(|form| self.ticket(form)),
            known: Known::default(),
            review: form.review.map(|form| self.review(form)),
            workflow: form.workflow.map(|form| self.workflow(form)),
            inventory: form.inventory.map(|form| self.inventory(form)),
            events: Table::default(),
            sections: std::collections::HashMap::default(),
        };
        plan.events = self.table("events", form.events, &plan);
        for (section, table) in form.sections {
            let table = self.table(&format!("sections.{section}"), table, &plan);
            plan.sections.insert(section.to_lowercase(), table);
        }
        let items = plan.each.as_ref().and_then(Value::path);
        plan.known = Known::new(&self.paths, &self.lists, items);
        plan
    }

    /// What every mapping says, itself or by what it extends.
    fn required(&mut self, form: &MappingForm) {
        let keys = [
            ("vendor", form.vendor.is_some()),
            ("product", form.product.is_some()),
            ("time", form.time.is_some()),
            ("action", form.action.is_some()),
        ];
        for (key, _) in keys.iter().filter(|(_, stated)| !stated) {
            let message = format!("the key `{key}` is missing");
            let hint =
                "schemas/README.md lists the keys; `extends: okta` begins with a mapping of ours";
            self.report(key, &form.source, message, hint);
        }
    }

    fn table(&mut self, key: &str, form: TableForm, plan: &Plan) -> Table {
        let mut table = Table {
            actions: form.len(),
            ..Table::default()
        };
        for (action, rules) in form {
            let place = rules.referenced;
            let key = format!("{key}.{action}");
            let rules: Vec<Rule> = rules
                .value
                .0
                .into_iter()
                .map(|rule| compile_rule(self, &key, place, rule, plan))
                .collect();
            if let Some(prefix) = action.strip_suffix('*') {
                table.prefixes.push((prefix.to_owned(), rules));
            } else {
                table.exact.insert(action.clone(), rules.clone());
                table.exact.insert(action.to_lowercase(), rules);
            }
        }
        // Of several that an action begins with, the longest is meant.
        let length = |(prefix, _): &(String, Vec<Rule>)| std::cmp::Reverse(prefix.len());
        table.prefixes.sort_by_key(length);
        table
    }

    fn outcome(&mut self, form: OutcomeForm) -> OutcomePlan {
        OutcomePlan {
            success: self.conditions("outcome.success", form.success),
            failure: self.conditions("outcome.failure", form.failure),
            detail: self.value("outcome.detail", form.detail),
        }
    }

    fn party(&mut self, name: String, form: PartyForm) -> PartyPlan {
        let key = |field: &str| format!("parties.{name}.{field}");
        let (kinds, otherwise) = self.kinds(&key("kind"), form.kind);
        PartyPlan {
            uid: self.value(&key("uid"), form.uid),
            name: self.value(&key("name"), form.name),
            full_name: self.value(&key("full_name"), form.full_name),
            email: self.value(&key("email"), form.email),
            alt: self.value(&key("alt"), form.alt),
            credential: self.value(&key("credential"), form.credential),
            kinds,
            otherwise,
            account: self.value(&key("account"), form.account),
            alias: self.value(&key("alias"), form.alias),
            claims: self.value(&key("claims"), form.claims),
            known_as: self.value(&key("known_as"), form.known_as),
            name_of_plan: name,
        }
    }

    fn kinds(
        &mut self,
        key: &str,
        form: IndexMap<String, Conditions>,
    ) -> (Vec<(PartyKind, Vec<Condition>)>, PartyKind) {
        let mut kinds = Vec::new();
        let mut otherwise = PartyKind::Unknown;
        for (name, conditions) in form {
            if name == "otherwise" {
                if let Some(word) = conditions.0.first() {
                    otherwise = self.kind(key, word, &word.value);
                }
                continue;
            }
            let Some(first) = conditions.0.first().cloned() else {
                continue;
            };
            let kind = self.kind(key, &first, &name);
            kinds.push((kind, self.conditions(&format!("{key}.{name}"), conditions)));
        }
        (kinds, otherwise)
    }

    fn kind(&mut self, key: &str, at: &Words, name: &str) -> PartyKind {
        match name {
            "user" => PartyKind::User,
            "service" => PartyKind::Service,
            "system" => PartyKind::System,
            "role" => PartyKind::Role,
            "unknown" => PartyKind::Unknown,
            _ => {
                let message = format!("`{name}` is no kind of party");
                self.report(
                    key,
                    at,
                    message,
                    "write user, service, system, role or otherwise",
                );
                PartyKind::Unknown
            }
        }
    }

    fn thing(&mut self, name: String, form: ThingForm) -> ThingPlan {
        let key = |field: &str| format!("things.{name}.{field}");
        let mut privileged = Vec::new();
        for words in form.privileged.0 {
            match words.value.strip_prefix("~ ") {
                None => privileged.push(NamePattern::Exactly(words.value)),
                Some(pattern) => match read_regex(pattern) {
                    Ok(pattern) => privileged.push(NamePattern::Matches(pattern)),
                    Err(problem) => self.syntax(&key("privileged"), &words, problem),
                },
            }
        }
        ThingPlan {
            kind: Text::from(form.kind.as_deref().unwrap_or(&name)),
            uid: self.value(&key("uid"), form.uid),
            name: self.value(&key("name"), form.name),
            privileged,
            privileged_when: self.conditions(&key("privileged_when"), form.privileged_when),
            name_of_plan: name,
        }
    }

    fn worker(&mut self, form: WorkerForm) -> WorkerPlan {
        let terminated = form.terminated.unwrap_or_default();
        WorkerPlan {
            employee_id: self
                .value("worker.employee_id", Some(form.employee_id))
                .unwrap_or_default(),
            effective_at: self.value("worker.effective_at", form.effective_at),
            terminated: self.conditions("worker.terminated", terminated),
            name: self.value("worker.name", form.name),
            email: self.value("worker.email", form.email),
            previous_emails: self.value("worker.previous_emails", form.previous_emails),
            previous_employee_ids: self
                .value("worker.previous_employee_ids", form.previous_employee_ids),
            department: self.value("worker.department", form.department),
            title: self.value("worker.title", form.title),
            manager_id: self.value("worker.manager_id", form.manager_id),
            employment_type: self.value("worker.employment_type", form.employment_type),
            contract_end: self.value("worker.contract_end", form.contract_end),
        }
    }

    fn ticket(&mut self, form: TicketForm) -> TicketPlan {
        TicketPlan {
            id: self.value("ticket.id", Some(form.id)).unwrap_or_default(),
            request: self.value("ticket.request", form.request),
            requester: self.value("ticket.requester", form.requester),
            approver: self.value("ticket.approver", form.approver),
            subject: self.value("ticket.subject", form.subject),
            grants: self.value("ticket.grants", form.grants),
            resolution: self.value("ticket.resolution", form.resolution),
            versions: form.versions,
        }
    }

    pub fn value(&mut self, key: &str, form: Option<ValueForm>) -> Option<Value> {
        let alternatives = form?.0.into_iter();
        let compiled = alternatives.filter_map(|form| {
            let GuardedForm { value, when } = form;
            let when = self.conditions(key, when);
            match read_alternative(&value.value, &self.shortcuts) {
                Ok(mut alternative) => {
                    alternative.when = when;
                    self.paths.extend(alternative.paths().cloned());
                    Some(alternative)
                }
                Err(problem) => {
                    self.syntax(key, &value, problem);
                    None
                }
            }
        });
        Some(Value(compiled.collect()))
    }

    pub fn conditions(&mut self, key: &str, form: Many) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for words in form.0 {
            match read_condition(&words.value, &self.shortcuts) {
                Ok(condition) => {
                    let read = condition.value.0.iter().flat_map(Alternative::paths);
                    self.paths.extend(read.cloned());
                    conditions.push(condition);
                }
                Err(problem) => self.syntax(key, &words, problem),
            }
        }
        conditions
    }

    pub fn report(&mut self, key: &str, at: &Words, message: String, hint: impl Into<String>) {
        self.problems.push(MappingProblem {
            file: self.file.to_owned(),
            line: at.referenced.line(),
            column: at.referenced.column(),
            key: key.to_owned(),
            message,
            hint: hint.into(),
        });
    }

    fn syntax(&mut self, key: &str, at: &Words, problem: SyntaxProblem) {
        self.report(key, at, problem.message, problem.hint);
    }
}
