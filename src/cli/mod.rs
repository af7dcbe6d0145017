//! The commands. Nothing imports this module; it may import everything.

pub mod run;
pub mod replay;
pub mod normalize;
pub mod check;
pub mod findings;
pub mod timeline;
pub mod access;
pub mod links;
pub mod nhi;
pub mod handoffs;
pub mod verify;
pub mod prove;
#[cfg(feature = "query")]
pub mod report;
#[cfg(feature = "query")]
pub mod query;
pub mod keys;
pub mod archive;
pub mod hold;
pub mod retain;
pub mod signing;
pub mod demo;
pub mod simulate;
pub mod sources;
pub mod rules;
pub mod mappings;
pub mod node;
pub mod evidence_read;
pub mod place;
pub mod csv;
pub mod table;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::telemetry::logging;

/// Who still has access, why, and can you prove it?
#[derive(Debug, Parser)]
#[command(name = "tenure", version, propagate_version = true)]
struct Cli {
    /// What to log, such as `info` or `tenure=debug,warn`
    #[arg(long, env = "RUST_LOG", global = true, value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Replay(replay::Replay),
    Normalize(normalize::Normalize),
    Check(check::Check),
    Sources(sources::Sources),
    Rules(rules::Rules),
    Findings(findings::Findings),
    Timeline(timeline::Timeline),
    Access(access::Access),
    Links(links::Links),
    Nhi(nhi::Nhi),
    Handoffs(handoffs::Handoffs),
    Verify(verify::Verify),
    Prove(prove::Prove),
    #[cfg(feature = "query")]
    Report(report::Report),
    #[cfg(feature = "query")]
    Query(query::Query),
    Keys(keys::Keys),
    Archive(archive::Archive),
    Hold(hold::Hold),
    Retain(retain::Retain),
    Demo(demo::Demo),
    Simulate(simulate::Simulate),
}

/// The program: parses the command line, runs the command, and turns its end into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // What the demo tells is on standard output; the service's own log would cut it up.
    let quiet = matches!(cli.command, Command::Demo(_)).then_some("warn");
    let filter = cli.log.as_deref().filter(|filter| !filter.is_empty());
    logging::init(filter.or(quiet))?;
    match cli.command {
        Command::Run(run) => run.run(),
        Command::Replay(replay) => replay.run(),
        Command::Normalize(normalize) => normalize.run(),
        Command::Check(check) => check.run(),
        Command::Sources(sources) => sources.run(),
        Command::Rules(rules) => rules.run(),
        Command::Findings(findings) => findings.run(),
        Command::Timeline(timeline) => timeline.run(),
        Command::Access(access) => access.run(),
        Command::Links(links) => links.run(),
        Command::Nhi(nhi) => nhi.run(),
        Command::Handoffs(handoffs) => handoffs.run(),
        Command::Verify(verify) => verify.run(),
        Command::Prove(prove) => prove.run(),
        #[cfg(feature = "query")]
        Command::Report(report) => report.run(),
        #[cfg(feature = "query")]
        Command::Query(query) => query.run(),
        Command::Keys(keys) => keys.run(),
        Command::Archive(archive) => archive.run(),
        Command::Hold(hold) => hold.run(),
        Command::Retain(retain) => retain.run(),
        Command::Demo(demo) => demo.run(),
        Command::Simulate(simulate) => simulate.run(),
    }
}

/// The error and its causes, each once: some errors tell their cause themselves.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// Whoever read our output has seen enough, as in `tenure findings | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.root_cause().downcast_ref::<io::Error>();
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
