//! `tenure report`: an evidence pack for one framework and one period, drawn from an archive.
//!
//! What is asked is SQL (`queries`, `population`), and the pack holds the exact texts. What is
//! answered becomes tables (`table`, `csv`), figures (`statistics`), a sample that anybody can draw
//! again (`sample`), and one document (`document`, `compose`) that is rendered twice (`html`, `pdf`).
//! The same archive, arguments and seed give the same bytes: nothing here reads a clock.

mod catalogue;
mod period;
mod population;
mod queries;
mod table;
mod csv;
mod statistics;
mod sample;
mod sampled;
mod gather;
mod control;
mod drawing;
mod charts;
mod document;
mod compose;
mod compose_control;
mod html;
mod pdf;
mod pack;

pub use catalogue::{Control, Framework, frameworks};
pub use gather::{ArchiveState, Evidence, Files, Origin, Request, Sources, gather};
pub use pack::{PackError, Sink, render};
pub use period::{Period, PeriodError};
pub use table::{Table, TableError};
