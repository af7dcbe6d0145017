//! The commands. Each in a file of its own; nobody imports them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod check;
mod demo;
mod findings;
mod normalize;
mod replay;
mod run;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Who still has access, why, and can you prove it?
#[derive(Debug, Parser)]
#[command(name = "tenure", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What to log, such as `info` or `tenure=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "RUST_LOG")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Demo(demo::Arguments),
    Replay(replay::Arguments),
    Normalize(normalize::Arguments),
    Check(check::Arguments),
    Findings(findings::Arguments),
}

/// Runs the command of the process' arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = crate::telemetry::logging::init(arguments.log.as_deref()) {
        eprintln!("error: {error}");
        return ExitCode::from(2);
    }
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Normalize(arguments) => normalize::run(&arguments),
        Command::Check(arguments) => return check::run(&arguments),
        Command::Findings(arguments) => findings::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
