//! The company's `policy.toml`, as text: whoever reads it reads what a user would have written.

use super::terms::Terms;
use crate::model::time::Timestamp;

/// The policy while it is being made up.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    parts: Vec<String>,
}

impl Draft {
    pub fn new(terms: &Terms) -> Self {
        let mut draft = Draft::default();
        for (rule, parameter, delay) in terms.changed() {
            let hours = delay.as_seconds() / 3_600;
            draft.part(&format!("[rules.{rule}]\n{parameter} = \"{hours}h\""));
        }
        let has_own = draft
            .parts
            .iter()
            .position(|part| part.starts_with("[rules.grant-unapproved]"));
        let before = format!("before = \"{}h\"", terms.before.as_seconds() / 3_600);
        match has_own.and_then(|place| draft.parts.get_mut(place)) {
            Some(part) => *part += &format!("\n{before}"),
            None => draft.part(&format!("[rules.grant-unapproved]\n{before}")),
        }
        draft
    }

    fn part(&mut self, text: &str) {
        self.parts.push(text.to_owned());
    }

    pub fn source(&mut self, name: &str, settings: &[String]) {
        self.part(&format!("[sources.{name}]\n{}", settings.join("\n")));
    }

    pub fn link(&mut self, account: &str, owner: &str) {
        self.part(&format!(
            "[[link]]\naccount = {account:?}\nowner = {owner:?}"
        ));
    }

    pub fn nhi(&mut self, account: &str, owner: Option<&str>) {
        let owner = owner.map_or_else(String::new, |owner| format!("\nowner = {owner:?}"));
        self.part(&format!("[[nhi]]\naccount = {account:?}{owner}"));
    }

    /// `keys` are those that must match, such as `department = "Sales"`.
    pub fn baseline(&mut self, keys: &[String], grants: &[String]) {
        let keys = keys.join("\n");
        self.part(&format!("[[baseline]]\n{keys}\ngrants = {grants:?}"));
    }

    pub fn privileged(&mut self, grants: &[String]) {
        self.part(&format!("[[privileged]]\ngrants = {grants:?}"));
    }

    pub fn exempt(&mut self, rule: &str, account: &str, until: Timestamp) {
        self.part(&format!(
            "[[exempt]]\nrule = {rule:?}\naccount = {account:?}\n\
             reason = \"accepted by the head of IT\"\nuntil = {until}"
        ));
    }

    pub fn text(&self) -> String {
        let head = "# What the logs of a simulated company cannot say.\n\n";
        format!("{head}{}\n", self.parts.join("\n\n"))
    }
}
