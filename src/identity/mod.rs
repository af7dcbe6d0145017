//! Who an account belongs to, and how that person is employed: readings of joined state.

mod employment;
mod ownership;
mod request;

pub use employment::{Leave, leaves, newest_worker};
pub use ownership::{Ownership, declared, ownership};
pub use request::{Request, request_at};
