//! Figures for people, and as JSON.

use serde_json::json;

use crate::Args;
use crate::logs::Logs;
use crate::pipeline::Run;
use crate::population::Point;

pub fn floor(args: &Args, logs: &Logs, runs: &[Run], memory: &Point) {
    let of = |value: &dyn Fn(&Run) -> f64| median(runs.iter().map(value).collect());
    let per_second = |seconds: f64| logs.records as f64 / seconds;
    let (floor, pipeline) = (of(&Run::floor), of(&|run| run.pipeline));
    // Both of a pair ran next to each other, so their ratio suffers least from the neighbours.
    let ratio = of(&|run| run.floor() / run.pipeline);
    let stages: [(&str, f64); 9] = [
        ("floor: DOM parse", of(&|run| run.floor_parse)),
        ("floor: raw column, zstd 3", of(&|run| run.floor_write)),
        ("read and split", of(&|run| run.read)),
        ("normalise", of(&|run| run.normalize)),
        ("join", of(&|run| run.join)),
        ("assess at the end", of(&|run| run.assess)),
        ("archive", of(&|run| run.archive)),
        ("all else", of(&|run| run.rest)),
        ("  of which: sort by home", of(&|run| run.route)),
    ];
    let last = runs.last().cloned().unwrap_or_default();
    let archived = last.archive_bytes as f64 / logs.records as f64;
    let floor_bytes = last.floor_bytes as f64 / logs.records as f64;
    let memory = memory.memory_bytes / memory.identities as f64;
    if args.json {
        let stages: serde_json::Map<String, _> = stages
            .iter()
            .map(|(name, seconds)| ((*name).to_owned(), json!(seconds)))
            .collect();
        println!(
            "{}",
            json!({
                "records": logs.records, "identities": args.identities, "bytes": logs.bytes,
                "floor_records_per_cpu_second": per_second(floor),
                "pipeline_records_per_cpu_second": per_second(pipeline),
                "ratio": ratio, "cpu_seconds": stages, "findings": last.findings,
                "archived_bytes_per_record": archived, "floor_bytes_per_record": floor_bytes,
                "memory_bytes_per_identity": memory, "runs": runs,
            })
        );
        return;
    }
    println!(
        "{} records of {} bytes on average, {} identities, {} findings; medians of {} runs\n",
        logs.records,
        logs.bytes / logs.records,
        args.identities,
        last.findings,
        runs.len()
    );
    println!("{:<28}{:>14}{:>14}", "", "CPU us/record", "records/s/core");
    for (name, seconds) in [("floor", floor), ("pipeline", pipeline)]
        .iter()
        .chain(&stages)
    {
        let micros = seconds * 1e6 / logs.records as f64;
        println!("{name:<28}{micros:>14.2}{:>14.0}", per_second(*seconds));
    }
    println!("\nspeed against the floor     {:>13.1}%", ratio * 100.0);
    println!("archived bytes per record   {archived:>14.0}   (floor: {floor_bytes:.0})");
    println!("memory per identity, bytes  {memory:>14.0}");
}

pub fn sweep(args: &Args, points: &[Point]) {
    let first = points.first().map_or(1.0, Point::micros_per_event);
    if args.json {
        let ratios: Vec<f64> = points
            .iter()
            .map(|point| point.micros_per_event() / first)
            .collect();
        println!(
            "{}",
            json!({ "points": points, "cost_against_the_first": ratios })
        );
        return;
    }
    println!(
        "{} events at each step; CPU microseconds per event\n",
        args.events
    );
    println!(
        "{:>12}{:>11}{:>8}{:>9}{:>8}{:>13}{:>16}{:>16}",
        "identities",
        "normalise",
        "join",
        "archive",
        "all",
        "to the first",
        "assess/identity",
        "bytes/identity"
    );
    for point in points {
        let micros = |seconds: f64| seconds * 1e6 / point.events as f64;
        println!(
            "{:>12}{:>11.2}{:>8.2}{:>9.2}{:>8.2}{:>13.2}{:>16.2}{:>16.0}",
            point.identities,
            micros(point.normalize),
            micros(point.join),
            micros(point.archive),
            point.micros_per_event(),
            point.micros_per_event() / first,
            point.assess_all * 1e6 / point.identities as f64,
            point.memory_bytes / point.identities as f64,
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
