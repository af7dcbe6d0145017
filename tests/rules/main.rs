//! What each rule says, and what it must not say: one story a line, in hours.

mod across;
mod accounts;
mod credentials;
mod grants;
mod leavers;
mod non_human;
mod story;
