//! Who does what must be done: the identity engineer, and the machines that provision.

use super::grants::{SOURCES, birthright, of_department};
use super::names::DEPARTMENTS;
use super::people::Who;
use crate::model::Text;
use crate::model::time::Span;
use crate::simulate::deed::{Account, AccountNo, Actor, HrKind};
use crate::simulate::sources;
use crate::simulate::world::{DOMAIN, Desk, World, after};

/// Sources that come from the identity provider: who is made there by hand is made past it.
pub const MANAGED: [&str; 5] = [
    "entra",
    "google_workspace",
    "slack",
    "snowflake",
    "onepassword",
];

/// Logs that have long nothing to tell.
const RARE: [&str; 6] = [
    "hris",
    "inventory",
    "jamf_pro",
    "review",
    "ticket",
    "workflow",
];

/// The first people and machines, and what the policy says of the company as a whole.
pub fn open(world: &mut World) -> Who {
    let head = Who::new(world, "IT");
    let begin = world.settings.from;
    head.told(
        world,
        HrKind::Hire,
        (after(begin, 5), begin.saturating_add(Span::days(-900))),
    );
    for source in SOURCES {
        let provisioner = machine(world, source);
        let admin = head.account(world, source);
        world.desks.insert(source, Desk { admin, provisioner });
        let at = after(begin, 60 + world.chance.between(0, 600));
        world.life(
            admin,
            sources::usual_begin(source),
            (at, Actor::Account(provisioner)),
        );
        let until = world.settings.until;
        world.habit(provisioner, after(at, 5), until);
        world.habit(admin, after(at, 700), until);
        let id = world.cast.account_id(provisioner);
        world.policy.nhi(&id, Some(&head.email));
        let mut said = vec![format!(
            "provisioners = [{:?}]",
            world.cast.account(provisioner).name
        )];
        if MANAGED.contains(&source) {
            said.insert(0, "managed_by = \"okta\"".to_owned());
        }
        world.policy.source(source, &said);
    }
    for log in RARE {
        world.policy.source(log, &["silence = \"400d\"".to_owned()]);
    }
    world
        .policy
        .source("entra_audit", &["silence = \"400d\"".to_owned()]);
    baselines(world);
    world
        .policy
        .privileged(&["okta:group:prod-admins".to_owned()]);
    head
}

/// What provisions accounts at a source.
fn machine(world: &mut World, source: &'static str) -> AccountNo {
    let email = Text::from(format!("svc-provisioning@{DOMAIN}"));
    match source {
        "okta" | "google_workspace" | "onepassword" => {
            world.account(source, &email.clone(), Some(email))
        }
        "slack" => world.account(source, "provisioning", Some(email)),
        "snowflake" => world.account(source, "OKTA_PROVISIONER", None),
        "entra" => marked(world, source, "Okta Provisioning"),
        "github" => marked(world, source, "corp-scim[bot]"),
        _ => world.account(source, "svc-provisioning", None),
    }
}

/// An account that its source itself marks as no person's.
pub fn marked(world: &mut World, source: &str, name: &str) -> AccountNo {
    let number = world.account(source, name, None);
    let account = Account {
        marked_non_human: true,
        ..world.cast.account(number).clone()
    };
    if let Some(place) = world.cast.accounts.get_mut(number.0) {
        *place = account;
    }
    number
}

fn baselines(world: &mut World) {
    let all = SOURCES.iter().flat_map(|source| {
        let grants = birthright(source).into_iter();
        grants.map(move |grant| format!("{source}:{}:{}", grant.kind, grant.name))
    });
    let all: Vec<String> = all.collect();
    world.policy.baseline(&[], &all);
    for (department, _) in DEPARTMENTS {
        let grants = of_department(department).into_iter();
        let grants: Vec<String> = grants
            .map(|(source, grant)| format!("{source}:{}:{}", grant.kind, grant.name))
            .collect();
        if !grants.is_empty() {
            world
                .policy
                .baseline(&[format!("department = {department:?}")], &grants);
        }
    }
}
