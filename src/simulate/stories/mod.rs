//! Stories: for each rule what must be told of, and what comes close and must not be.

mod contract_expired;
mod credentials;
mod deprovision_failed;
mod dormant;
mod grant_unapproved;
mod grant_unused;
mod admin_standing;
mod identities;
mod leaver_account_live;
mod leaver_activity;
mod leaver_device_held;
mod leaver_grant_live;
mod leaver_reinstated;
mod mover_grant_retained;
mod nhi_ownerless;
mod orphan_account;
mod revocation_unfulfilled;
mod shadow;
mod source_silent;
mod workflow_incomplete;

pub use identities::renamed;

use super::stage::Stage;
use super::world::World;
use crate::model::Text;

/// What it is called, and how it is told.
pub type Story = (&'static str, fn(&mut Stage<'_>));

const ALL: [&[Story]; 20] = [
    leaver_account_live::STORIES,
    leaver_activity::STORIES,
    leaver_reinstated::STORIES,
    credentials::STORIES,
    leaver_grant_live::STORIES,
    leaver_device_held::STORIES,
    contract_expired::STORIES,
    mover_grant_retained::STORIES,
    orphan_account::STORIES,
    nhi_ownerless::STORIES,
    dormant::STORIES,
    grant_unused::STORIES,
    grant_unapproved::STORIES,
    shadow::STORIES,
    revocation_unfulfilled::STORIES,
    deprovision_failed::STORIES,
    workflow_incomplete::STORIES,
    admin_standing::STORIES,
    identities::STORIES,
    source_silent::STORIES,
];

pub fn all() -> impl Iterator<Item = &'static Story> {
    ALL.iter().copied().flatten()
}

/// Tells every story as often as the settings say.
pub fn tell(world: &mut World) {
    for round in 0..world.settings.stories {
        for (name, story) in all() {
            world.story = Text::from(format!("{name}/{round}"));
            story(&mut Stage { world });
        }
    }
    world.story = Text::from("ordinary");
}
