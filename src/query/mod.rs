//! SQL over an archive, read-only: tables of the files that commits name, and of no others.
//!
//! DataFusion plans and runs; what is ours is what the tables are (`catalog`, `table`, `commits`,
//! `views`), how bytes are read and held against the commits (`objects`), functions about one
//! identity (`identity`), and what a run passed over (`scan`).

mod error;
mod catalog;
mod objects;
mod table;
mod commits;
mod views;
mod identity;
mod scan;
mod session;

pub use catalog::{ColumnInfo, TableInfo};
pub use error::QueryError;
pub use identity::FUNCTIONS;
pub use objects::Check;
pub use scan::Scan;
pub use session::{Answer, Limits, Rows, Session};
