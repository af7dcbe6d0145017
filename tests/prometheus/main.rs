//! The metrics, rules and dashboards, proven on a real Prometheus that scrapes a running service.
//!
//! `scripts/setup` brings Debian's `prometheus` and `promtool`.

#[path = "../place/mod.rs"]
mod place;

mod company;
mod dashboards;
mod form;
mod http;
mod live;
mod rules;
mod server;

use std::path::Path;

fn read(path: &str) -> String {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&whole).unwrap_or_else(|error| panic!("failed to read {path}: {error}"))
}
