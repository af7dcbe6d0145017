//! The company itself: its people, its machines, its policy, and what is ordinary in it.

pub mod names;
pub mod terms;
pub mod policy;
pub mod grants;
pub mod desk;
pub mod people;
pub mod ordinary;
