//! `tenure rules`: what the rules are, whether they keep their word, and why one holds or not.

pub mod case;
pub mod files;
pub mod runner;
mod conditions;
mod explain;
mod form;
mod list;
mod template;
mod test;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// List the rules, run their tests, or explain one
#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Test(test::Test),
    Explain(explain::Explain),
}

impl Rules {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::List(list) => list.run(),
            Command::Test(test) => test.run(),
            Command::Explain(explain) => explain.run(),
        }
    }
}
