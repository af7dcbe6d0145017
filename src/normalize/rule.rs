//! From one rule of an event table to its plan: what the verb says, and what the rule changes.

use serde_saphyr::{Location, Spanned};

use super::compile::Compiler;
use super::form::{RuleForm, Words};
use super::plan::{Answers, Choice, Plan, Rule};
use super::problem::nearest_hint;
use super::verb::{Defaults, OTHER, class, defaults, device_event_kind};
use crate::model::Text;
use crate::model::event::{Outcome, VERBS, Verb};
use crate::model::fact::{GrantName, LifeKind};

const LIVES: &[&str] = &[
    "created",
    "activated",
    "joined",
    "reinstated",
    "suspended",
    "deactivated",
    "removed",
    "deleted",
    "listed",
    "listed_ended",
    "none",
];
const CLASSES: &[(&str, u32)] = &[
    ("account", class::ACCOUNT_CHANGE),
    ("authentication", class::AUTHENTICATION),
    ("session", class::AUTHORIZE_SESSION),
    ("entity", class::ENTITY_MANAGEMENT),
    ("access", class::USER_ACCESS),
    ("group", class::GROUP_MANAGEMENT),
    ("api", class::API_ACTIVITY),
    ("worker", class::WORKER_LIFECYCLE),
    ("request", class::REQUEST_ACTIVITY),
    ("inventory", class::USER_INVENTORY),
    ("finding", class::DETECTION_FINDING),
];

/// Compiles `form`, which stands at `key` in the file.
pub fn compile_rule(
    compiler: &mut Compiler<'_>,
    key: &str,
    place: Location,
    mut form: RuleForm,
    plan: &Plan,
) -> Rule {
    let mut reading = Reading {
        compiler,
        key,
        place,
        plan,
    };
    let mut rule = Rule::plain(plan);
    if let Some(word) = form.is.take() {
        reading.verb(&word, &mut rule);
    }
    reading.event(&mut form, &mut rule);
    reading.facts(&mut form, &mut rule);
    rule
}

struct Reading<'r, 'f> {
    compiler: &'r mut Compiler<'f>,
    key: &'r str,
    place: Location,
    plan: &'r Plan,
}

impl Reading<'_, '_> {
    fn verb(&mut self, word: &Words, rule: &mut Rule) {
        // `none` is an action that we know and that means nothing here.
        if word.value == "none" || word.value == "api" {
            return;
        }
        let Some(verb) = Verb::new(&word.value) else {
            let hint = nearest_hint(&word.value, VERBS);
            self.report("is", word, format!("`{}` is no verb", word.value), hint);
            return;
        };
        rule.verb = Some(verb);
        rule.defaults = defaults(verb);
        rule.target = Choice::of(rule.defaults.object, self.plan.target);
        // Whoever makes or ends a credential has it, unless the rule says whose it is.
        if rule.defaults.credential.is_some() {
            rule.owner = Choice::Actor;
        }
        self.default_things(rule);
    }

    /// What the verb is about, where the mapping has a thing of that name.
    fn default_things(&self, rule: &mut Rule) {
        let named = rule.defaults.thing;
        let thing = self
            .plan
            .things
            .iter()
            .position(|thing| thing.name_of_plan == named);
        match named {
            "" => {}
            "group" => rule.group = thing,
            _ => rule.resource = thing,
        }
        if let (Some((_, life)), Some(thing)) = (rule.defaults.grant, thing) {
            rule.grant = Some((thing, life));
        }
        if let (Some(life), Some(thing)) = (rule.defaults.credential, thing) {
            rule.credential = Some((thing, life));
        }
        if rule
            .verb
            .is_some_and(|verb| verb.as_str() == "auth.app_login")
        {
            rule.application = thing;
        }
        if rule
            .verb
            .is_some_and(|verb| device_event_kind(verb).is_some())
        {
            rule.device = thing;
        }
    }

    fn event(&mut self, form: &mut RuleForm, rule: &mut Rule) {
        let when = std::mem::take(&mut form.when);
        rule.when = self
            .compiler
            .conditions(&format!("{}.when", self.key), when);
        rule.goes_on = form.goes_on;
        let key = format!("{}.at", self.key);
        rule.at = self.compiler.value(&key, form.at.take());
        rule.each = form.each.take().and_then(|each| {
            let key = format!("{}.each", self.key);
            self.compiler.list(&key, each)
        });
        if let Some(word) = form.class.take() {
            self.class(&word, &mut rule.defaults);
        }
        match form.outcome.take() {
            Some(word) if word.value == "success" => rule.outcome = Some(Outcome::Success),
            Some(word) if word.value == "failure" => rule.outcome = Some(Outcome::Failure),
            Some(word) if word.value == "unknown" => rule.outcome = Some(Outcome::Unknown),
            Some(word) => {
                let message = format!("`{}` is no outcome", word.value);
                self.report(
                    "outcome",
                    &word,
                    message,
                    "write success, failure or unknown".into(),
                );
            }
            None => {}
        }
        if let Some(word) = form.actor.take() {
            rule.actor = match self.party("actor", &word) {
                Choice::Party(index) => Some(index),
                Choice::Actor | Choice::Nobody => None,
            };
        }
        if let Some(word) = form.target.take() {
            rule.target = self.party("target", &word);
        }
        if let Some(word) = form.group.take() {
            rule.group = self.thing("group", &word);
            if let Some((_, life)) = rule.defaults.grant {
                rule.grant = rule.group.map(|thing| (thing, life));
            }
        }
        if let Some(word) = form.resource.clone() {
            rule.resource = self.thing("resource", &word);
            if rule.defaults.grant.is_some_and(|(kind, _)| kind != "group") {
                rule.grant = rule
                    .defaults
                    .grant
                    .and_then(|(_, life)| Some((rule.resource?, life)));
            }
            if rule.application.is_some() {
                rule.application = rule.resource;
            }
        }
    }

    fn facts(&mut self, form: &mut RuleForm, rule: &mut Rule) {
        let resource_named = form.resource.is_some();
        if let Some(word) = form.life.take() {
            rule.defaults.life = self.life("life", &word);
            // Who is listed exists, whatever the verb.
            let listed = [Some(LifeKind::Listed), Some(LifeKind::ListedEnded)];
            rule.defaults.sees |= listed.contains(&rule.defaults.life);
        }
        let change = form
            .change
            .take()
            .and_then(|word| self.life("change", &word));
        if let Some(word) = form.grant.take() {
            let life = rule
                .defaults
                .grant
                .map_or(LifeKind::Created, |(_, life)| life);
            rule.grant = self.thing("grant", &word).map(|thing| (thing, life));
        }
        if let Some(word) = form.credential.take() {
            let life = rule.defaults.credential.unwrap_or(LifeKind::Created);
            rule.credential = self.thing("credential", &word).map(|thing| (thing, life));
            let named = rule.credential.map(|(thing, _)| thing);
            // A rule that names the credential is about it, not about the verb's usual thing.
            rule.resource = if resource_named {
                rule.resource
            } else {
                named.or(rule.resource)
            };
        }
        if let Some(life) = change {
            rule.grant = rule.grant.map(|(thing, _)| (thing, life));
            rule.credential = rule.credential.map(|(thing, _)| (thing, life));
        }
        if let Some(word) = form.application.take() {
            rule.application = self.thing("application", &word);
            rule.resource = rule.application.or(rule.resource);
        }
        if let Some(word) = form.owner.take() {
            rule.owner = self.party("owner", &word);
        }
        if let Some(word) = form.device.take() {
            self.device(&word, rule);
        }
        self.answers(form, rule);
        for word in std::mem::take(&mut form.ends.0) {
            if let Some((kind, name)) = word.value.split_once(':') {
                rule.ends.push(GrantName {
                    kind: Text::from(kind.trim()),
                    name: Text::from(name.trim()),
                });
            } else {
                let message = format!("`{}` names no grant", word.value);
                self.report("ends", &word, message, "write `kind:name`".into());
            }
        }
        for word in std::mem::take(&mut form.states.0) {
            match word.value.as_str() {
                "use" => rule.defaults.used = true,
                "sighting" => rule.defaults.sees = true,
                "no use" => rule.defaults.used = false,
                "no sighting" => rule.defaults.sees = false,
                other => {
                    let message = format!("`{other}` is nothing that a rule can state");
                    let hint = "write `use`, `no use`, `sighting` or `no sighting`";
                    self.report("states", &word, message, hint.into());
                }
            }
        }
    }

    /// Who answers for somebody. A verb that takes something away takes this away.
    fn answers(&mut self, form: &mut RuleForm, rule: &mut Rule) {
        let charge = form.charge.take();
        let Some(word) = form.answers.take() else {
            if let Some(word) = charge {
                let message = "is whom somebody answers for, and nobody does".to_owned();
                self.report("charge", &word, message, "write `answers: actor`".into());
            }
            return;
        };
        let charge = charge.map_or(rule.target, |word| self.party("charge", &word));
        let change = match rule.defaults.grant {
            Some((_, life)) if !life.live_after() => LifeKind::Deleted,
            _ => LifeKind::Created,
        };
        rule.answers = Some(Answers {
            who: self.party("answers", &word),
            charge,
            change,
        });
    }

    /// What the event is about, and what happens to it says the verb.
    fn device(&mut self, word: &Words, rule: &mut Rule) {
        rule.device = self.thing("device", word);
        rule.resource = rule.device.or(rule.resource);
        if rule.device.is_some() && rule.verb.and_then(device_event_kind).is_none() {
            let message = "says nothing without a verb about devices".to_owned();
            let hint =
                "write `is: device.enroll`, `device.assign`, `device.unenroll` or `device.wipe`";
            self.report("device", word, message, hint.into());
        }
    }

    /// `entity/4`: a class by its short name and, where it is not `Other`, the activity's number.
    fn class(&mut self, word: &Words, defaults: &mut Defaults) {
        let (name, activity) = match word.value.split_once('/') {
            Some((name, activity)) => (name, activity.parse().ok()),
            None => (word.value.as_str(), Some(OTHER)),
        };
        let found = CLASSES.iter().find(|(known, _)| *known == name);
        if let (Some((_, class)), Some(activity)) = (found, activity) {
            defaults.class = *class;
            defaults.activity = activity;
        } else {
            let names: Vec<&str> = CLASSES.iter().map(|(name, _)| *name).collect();
            let hint = format!(
                "write one of {}, then `/` and an activity",
                names.join(", ")
            );
            self.report("class", word, format!("`{}` is no class", word.value), hint);
        }
    }

    fn life(&mut self, field: &str, word: &Words) -> Option<LifeKind> {
        match word.value.as_str() {
            "created" => Some(LifeKind::Created),
            "activated" => Some(LifeKind::Activated),
            "joined" => Some(LifeKind::Joined),
            "reinstated" => Some(LifeKind::Reinstated),
            "suspended" => Some(LifeKind::Suspended),
            "deactivated" => Some(LifeKind::Deactivated),
            "removed" => Some(LifeKind::Removed),
            "deleted" => Some(LifeKind::Deleted),
            "listed" => Some(LifeKind::Listed),
            "listed_ended" => Some(LifeKind::ListedEnded),
            "none" => None,
            other => {
                let hint = nearest_hint(other, LIVES);
                self.report(
                    field,
                    word,
                    format!("`{other}` is no change of a life"),
                    hint,
                );
                None
            }
        }
    }

    fn party(&mut self, field: &str, word: &Words) -> Choice {
        match word.value.as_str() {
            "none" => Choice::Nobody,
            "actor" => Choice::Actor,
            name => {
                let known: Vec<&str> = self
                    .plan
                    .parties
                    .iter()
                    .map(|party| party.name_of_plan.as_str())
                    .collect();
                if let Some(index) = known.iter().position(|known| *known == name) {
                    Choice::Party(index)
                } else {
                    let hint = nearest_hint(name, &known);
                    self.report(field, word, format!("`{name}` is none of `parties`"), hint);
                    Choice::Nobody
                }
            }
        }
    }

    fn thing(&mut self, field: &str, word: &Words) -> Option<usize> {
        if word.value == "none" {
            return None;
        }
        let known: Vec<&str> = self
            .plan
            .things
            .iter()
            .map(|thing| thing.name_of_plan.as_str())
            .collect();
        let found = known.iter().position(|known| *known == word.value);
        if found.is_none() {
            let hint = nearest_hint(&word.value, &known);
            self.report(
                field,
                word,
                format!("`{}` is none of `things`", word.value),
                hint,
            );
        }
        found
    }

    fn report(&mut self, field: &str, word: &Words, message: String, hint: String) {
        let key = format!("{}.{field}", self.key);
        let place = if word.referenced.line() == 0 {
            self.place
        } else {
            word.referenced
        };
        let placed = Spanned::new(String::new(), place, place);
        self.compiler.report(&key, &placed, message, hint);
    }
}
