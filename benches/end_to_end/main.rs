//! The whole pipeline on generated records, measured in CPU time against a floor in the same run.
//!
//! ```text
//! cargo bench --bench end_to_end -- [--records N] [--identities M] [--json]
//! cargo bench --bench end_to_end -- --sweep 10000,100000,1000000 [--events N] [--json]
//! ```

#![expect(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "it measures: it samples while others work, and its figures are rounded anyway"
)]

mod company;
mod floor;
mod logs;
mod meter;
mod pipeline;
mod population;
mod report;

use clap::Parser;

use logs::Logs;
use population::Point;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(clap::Parser)]
struct Args {
    /// Records in the logs, a hire for each identity among them
    #[arg(long, default_value_t = 200_000)]
    records: u64,
    #[arg(long, default_value_t = 20_000)]
    identities: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs of floor and pipeline, by turns; medians are shown
    #[arg(long, default_value_t = 5)]
    runs: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 1)]
    shards: usize,
    /// Numbers of identities among which the cost of an event is measured, instead of the floor
    #[arg(long, value_delimiter = ',')]
    sweep: Vec<u64>,
    /// Events of each step of the sweep
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    #[arg(long)]
    json: bool,
    /// One step of the sweep, in a process of its own: memory is that process'
    #[arg(long, hide = true)]
    point: Option<u64>,
    /// What `cargo bench` says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    if let Some(identities) = args.point {
        let point = population::measure(args.seed, identities, args.events);
        println!("{}", serde_json::to_string(&point).expect("plain data"));
    } else if args.sweep.is_empty() {
        against_the_floor(&args);
    } else {
        let points: Vec<Point> = args.sweep.iter().map(|step| apart(&args, *step)).collect();
        report::sweep(&args, &points);
    }
}

fn against_the_floor(args: &Args) {
    assert!(
        args.records > args.identities,
        "every identity is hired by a record"
    );
    let logs = Logs::generate(args.seed, args.identities, args.records);
    let scratch = tempfile::tempdir().expect("a scratch directory");
    logs.write(&scratch.path().join("logs"))
        .expect("the logs are written");
    let runs: Vec<_> = (0..args.runs.max(1))
        .map(|_| pipeline::run(args, &logs, scratch.path()))
        .collect();
    let memory = apart(
        &Args {
            events: 1,
            ..Args::parse()
        },
        args.identities,
    );
    report::floor(args, &logs, &runs, &memory);
}

fn apart(args: &Args, identities: u64) -> Point {
    let program = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(program)
        .args(["--point", &identities.to_string()])
        .args(["--events", &args.events.to_string()])
        .args(["--seed", &args.seed.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("a process for one step");
    assert!(
        output.status.success(),
        "the step of {identities} identities failed"
    );
    serde_json::from_slice(&output.stdout).expect("a step's figures")
}
