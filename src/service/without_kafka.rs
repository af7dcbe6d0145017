//! What stands in the place of Kafka in a build without it: a config that names it is refused.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use super::deliver::Deliver;
use super::progress::Progress;
use super::run::RunError;
use crate::config;
use crate::io::intake::Outlet;
use crate::telemetry::Metrics;

pub(super) fn start_consumer(
    _config: &config::Kafka,
    _outlet: Outlet,
    _shared: (&Arc<AtomicBool>, &Progress, &Metrics),
) -> Result<JoinHandle<Result<(), RunError>>, RunError> {
    Err(refused())
}

pub(super) fn way(
    _config: &config::Kafka,
    _metrics: Metrics,
    _stop: Arc<AtomicBool>,
) -> Result<Box<dyn Deliver>, RunError> {
    Err(refused())
}

fn refused() -> RunError {
    let why = "this build has no Kafka: build it with the feature `kafka`";
    RunError::Edge(why.to_owned())
}
