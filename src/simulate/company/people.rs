//! A person as HR has them, and their accounts.

use super::names::{self, DEPARTMENTS};
use crate::model::Text;
use crate::model::time::Timestamp;
use crate::simulate::deed::{AccountNo, Act, Actor, Deed, Hr, HrKind, PersonNo};
use crate::simulate::world::World;

/// A person, with what HR's next record of them says.
#[derive(Clone, Debug)]
pub struct Who {
    pub number: PersonNo,
    pub email: Text,
    pub previous_emails: Vec<Text>,
    pub department: Text,
    pub title: Text,
    pub manager: Option<Text>,
    pub employment_type: Text,
    pub contract_end: Option<Timestamp>,
}

impl Who {
    /// A new person of the department.
    pub fn new(world: &mut World, department: &str) -> Self {
        let (first, last) = names::name(&world.chance);
        let (number, email) = world.person(first, last);
        let known = DEPARTMENTS.iter().find(|(name, _)| *name == department);
        let titles = known.map_or(["Assistant"; 3], |(_, titles)| *titles);
        Who {
            number,
            email,
            previous_emails: Vec::new(),
            department: Text::from(department),
            title: Text::from(*world.chance.pick(&titles)),
            // Who came first leads the company.
            manager: (number.0 > 0).then(|| Text::from("E1001")),
            employment_type: Text::from("employee"),
            contract_end: None,
        }
    }

    /// HR writes down at the first time what counts from the second on.
    pub fn told(
        &self,
        world: &mut World,
        kind: HrKind,
        (at, effective_at): (Timestamp, Timestamp),
    ) {
        let id = Text::from(format!("hr-{}", world.count("hr")));
        let hr = Hr {
            id,
            person: self.number,
            kind,
            effective_at,
            email: self.email.clone(),
            previous_emails: self.previous_emails.clone(),
            department: self.department.clone(),
            title: self.title.clone(),
            manager: self.manager.clone(),
            employment_type: self.employment_type.clone(),
            contract_end: self.contract_end,
        };
        world.tell(Deed {
            log: "hris",
            at,
            actor: Actor::System,
            act: Act::Hr(hr),
            failed: false,
        });
    }

    /// An account of theirs. Where the source states no address, the policy says whose it is.
    pub fn account(&self, world: &mut World, source: &str) -> AccountNo {
        let account = self.unlinked_account(world, source);
        if world.cast.account(account).email.is_none() {
            let id = world.cast.account_id(account);
            world.policy.link(&id, &self.email);
        }
        account
    }

    /// An account of theirs of which the policy says nothing.
    pub fn unlinked_account(&self, world: &mut World, source: &str) -> AccountNo {
        let local = self
            .email
            .split('@')
            .next()
            .unwrap_or_default()
            .replace('.', "-");
        match source {
            "github" | "gitlab" => world.account(source, &local, None),
            "slack" => world.account(source, &local, Some(self.email.clone())),
            _ => world.account(source, &self.email, Some(self.email.clone())),
        }
    }
}
