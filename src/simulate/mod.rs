//! A company that does not exist, and what its logs would say.
//!
//! A seeded generator makes up people, accounts and everything that happens to them as *deeds*
//! (`deed`): what is true. From the same deeds follow, on two ways that share no code, the logs in
//! the formats of the vendors (`sources`) and the findings that must be told of them (`oracle`).
//! The oracle is written from the definitions of the rules, knows neither facts nor homes nor
//! joins, and asks everything anew at each moment: slow, and plain enough to be believed.

pub mod deed;
pub mod oracle;
pub mod chance;
mod cast;
pub mod sources;
pub mod world;
pub mod company;
pub mod stage;
pub mod stories;
pub mod traffic;

pub use traffic::{Numbered, Simulation};
pub use world::Settings;

/// Makes up a company. The same settings make the same company, for ever and on every machine.
pub fn simulate(settings: Settings) -> Simulation {
    let mut world = world::World::new(settings);
    company::desk::open(&mut world);
    company::ordinary::people(&mut world);
    stories::tell(&mut world);
    Simulation::new(world)
}
