//! Who an account belongs to, and how that person is employed: readings of joined state.

mod answer;
mod contract;
mod employment;
mod individual;
mod ownership;
mod position;
mod request;

pub use answer::{Term, Unanswered, terms, unanswered};
pub use contract::{Contract, contracts};
pub use employment::{Leave, leaves, newest_worker, person_ref};
pub use individual::{Id, Individual, individual, individuals, whole};
pub use ownership::{Claimant, Ownership, claimants, counts, declared, ownership, purpose};
pub use position::{Position, positions};
pub use request::{Request, request_at};
