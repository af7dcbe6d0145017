//! Who did something.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Text;

/// Everything by which a record names who did it: the name, the address, the uid. A policy may
/// declare a provisioner by any of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor(Arc<[Text]>);

impl Actor {
    /// `forms` in the order in which people would use them; `None` where there are none.
    pub fn new(forms: impl IntoIterator<Item = Text>) -> Option<Self> {
        let mut kept: Vec<Text> = Vec::new();
        for form in forms {
            if !kept.contains(&form) {
                kept.push(form);
            }
        }
        (!kept.is_empty()).then(|| Actor(kept.into()))
    }

    /// What a summary calls them.
    pub fn called(&self) -> &str {
        self.0.first().map_or("somebody", |form| form)
    }

    /// Whether `name` is one of the forms, but for the case of letters.
    pub fn is_named(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|form| form.to_lowercase() == name)
    }
}

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        Actor([Text::from(name)].into())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.called())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_known_by_each_form_and_called_by_the_first() {
        let forms = ["octo-adele", "octo-adele", "41"].map(Text::from);
        let actor = Actor::new(forms).expect("forms");
        assert_eq!(actor.to_string(), "octo-adele");
        assert!(actor.is_named("Octo-Adele") && actor.is_named("41"));
        assert!(!actor.is_named("octo") && !actor.is_named(""));
        assert_eq!(Actor::new([]), None);
    }
}
