//! `tenure run [-c tenure.toml]`: the service.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::check::CONFIG_FILE;
use super::mappings;
use crate::alert::Change;
use crate::config::{self, Loaded};
use crate::http::{self, Shown};
use crate::model::time::Timestamp;
use crate::normalize::Mappings;
use crate::service::normalizers::Secrets;
use crate::service::progress::Progress;
use crate::service::run::{RunSettings, run};
use crate::service::{Clock, OnRound, Questions, Status, redaction, wall_clock};
use crate::telemetry::Metrics;

/// How often the clock is looked at while nothing arrives.
const TICK: Duration = Duration::from_millis(500);

/// Runs the service: reads logs, reports findings, keeps the archive, answers HTTP.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// The configuration; without one `tenure.toml` here if there is one, or else: files under
    /// ./logs, everything kept under ./tenure-data, HTTP on 127.0.0.1:8480
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The policy, in place of the one that the configuration names
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Run {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let here = Path::new(CONFIG_FILE);
        let config = self
            .config
            .as_deref()
            .or_else(|| here.exists().then_some(here));
        let loaded = config::load(config, self.policy.as_deref())
            .map_err(|problems| anyhow::anyhow!("{problems}"))?;
        loaded
            .notes
            .iter()
            .for_each(|note| tracing::warn!("{note}"));
        let mappings = mappings::load(loaded.config.mappings.as_deref())?;
        let service = Service::new(mappings, Arc::new(wall_clock), TICK, Box::new(log_news));
        serve(loaded, service)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The service's parts that whoever starts it may look at meanwhile, and what drives it.
pub(super) struct Service {
    pub mappings: Arc<Mappings>,
    pub metrics: Metrics,
    pub status: Status,
    pub progress: Progress,
    pub stop: Arc<AtomicBool>,
    /// Where it answers; by default it listens where the config says.
    pub listener: Option<std::net::TcpListener>,
    clock: Clock,
    tick: Duration,
    on_round: OnRound,
}

impl Service {
    pub fn new(mappings: Arc<Mappings>, clock: Clock, tick: Duration, on_round: OnRound) -> Self {
        Service {
            metrics: Metrics::new(
                mappings
                    .sources()
                    .into_iter()
                    .chain(mappings.account_namespaces()),
            ),
            mappings,
            status: Status::default(),
            progress: Progress::default(),
            stop: Arc::new(AtomicBool::new(false)),
            listener: None,
            clock,
            tick,
            on_round,
        }
    }
}

/// The service with its HTTP server, until a signal or its `stop`.
pub(super) fn serve(loaded: Loaded, service: Service) -> anyhow::Result<()> {
    let Loaded {
        config,
        policy,
        policy_text,
        ..
    } = loaded;
    let Service {
        mappings,
        metrics,
        status,
        progress,
        stop,
        listener,
        clock,
        tick,
        on_round,
    } = service;
    let redaction =
        redaction::patterns(&config.redaction).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let secrets = Secrets::Replaced(redaction::redactor(redaction, &config.redaction.key)?);
    status.unready("state", "the state is being taken up");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("failed to start the runtime of the HTTP server")?;
    let (http_stop, stopped) = watch::channel(false);
    let (questions, asked) = Questions::new();
    let shown = Shown {
        status: status.clone(),
        questions,
        metrics: metrics.clone(),
    };
    stop_on_signal(&runtime, stop.clone())?;
    let server = runtime.block_on(listen(config.listen, listener))?;
    tracing::info!("answering on http://{}", server.local_addr()?);
    let server = runtime.spawn(http::serve(server, shown, stopped));

    let policy = Arc::new(policy);
    let settings = RunSettings {
        config,
        policy,
        policy_text,
        mappings,
        secrets,
        status,
        metrics,
        stop,
        progress,
        questions: asked,
        clock,
        tick,
        on_round,
    };
    let served = run(settings).context("the service stopped");
    http_stop.send_replace(true);
    if let Err(error) = runtime.block_on(server) {
        tracing::error!("the HTTP server had panicked: {error}");
    }
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn listen(
    address: SocketAddr,
    bound: Option<std::net::TcpListener>,
) -> anyhow::Result<TcpListener> {
    let listener = match bound {
        Some(bound) => bound
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(bound)),
        None => TcpListener::bind(address).await,
    };
    listener.with_context(|| format!("failed to listen on {address} (`http.listen`)"))
}

/// SIGTERM and SIGINT: stop in good order. A second one changes nothing; SIGKILL loses nothing.
/// Both are caught from here on.
fn stop_on_signal(runtime: &Runtime, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let _entered = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).context("failed to catch SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to catch SIGINT")?;
    runtime.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what was taken in is made durable");
        stop.store(true, Ordering::Relaxed);
    });
    Ok(())
}

fn log_news(_now: Timestamp, news: &[Change]) {
    for change in news {
        let finding = &change.finding;
        tracing::info!(
            rule = finding.rule.as_str(),
            severity = finding.severity.as_str(),
            subject = &*finding.subject,
            opened_at = %finding.opened_at,
            "finding {}: {}",
            change.kind.as_str(),
            finding.summary
        );
    }
}
