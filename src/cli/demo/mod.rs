//! `tenure demo`: half a year of an invented company, through the real service.
//!
//! Nothing of what it shows is scripted: records of a simulated company are written into log files,
//! the service reads them, and what it reports is printed, and at the end compared with what an
//! oracle says that it must be. Only the clock is simulated.

mod company;
mod conductor;
mod show;
mod suggest;
mod summary;
mod verdict;

use std::io::{ErrorKind, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, bail};
use crossbeam_channel::{Sender, bounded};

use super::place;
use super::run::{Service, serve};
use crate::alert::Change;
use crate::config::{self, Loaded};
use crate::model::finding::Severity;
use crate::model::time::Timestamp;
use crate::normalize::Mappings;
use company::Company;
use conductor::{Conductor, Ended, Round, Simulated};
use show::{Form, Places, Show};

/// The service looks at its files and its clock this often: half a year passes in seconds.
const TICK: Duration = Duration::from_millis(5);
/// Of simulated time: a segment a week and source is enough.
const SEGMENT_AGE: Duration = Duration::from_hours(7 * 24);
/// Rounds that the service may be ahead of what is shown.
const ROUNDS_AHEAD: usize = 64;
/// Has a case for every rule.
const SEED: u64 = 7;
/// All records are held in memory, and the oracle asks everything anew at each moment.
const PEOPLE_MAX: i64 = 2_000;
/// Steps a day, as [`conductor`] takes them.
const STEPS_A_DAY: f64 = 4.0;

/// Plays half a year of a simulated company through the real service, in half a minute, and compares
/// what it finds with what it must.
///
/// Ends with 1 where that differs.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// An empty or new directory for logs, state, archive and findings; by default a new one below
    /// the system's directory for temporary files
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The same seed makes the same company
    #[arg(long, value_name = "NUMBER", default_value_t = SEED)]
    seed: u64,
    /// People, beside the 270 or so of the stories
    #[arg(long, value_name = "COUNT", default_value_t = 80, value_parser = clap::value_parser!(u32).range(0..=PEOPLE_MAX))]
    people: u32,
    /// Print no change that is less grave: low, medium, high or critical. As JSON all are printed
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity)]
    min_severity: Severity,
    /// Days of the story a second
    #[arg(long, value_name = "DAYS", default_value_t = 6.0, value_parser = speed)]
    speed: f64,
    /// End after the summary, though standard output is a terminal
    #[arg(long, visible_alias = "no-wait")]
    once: bool,
    /// Print each change, and the summary, as a line of JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let dir = match &self.dir {
            Some(dir) => empty(dir)?,
            None => temporary()?,
        };
        let people = usize::try_from(self.people).unwrap_or(usize::MAX);
        let bar = place::progress_bar();
        bar.set_message("making up the company");
        let company = Arc::new(Company::new(self.seed, people)?);
        bar.finish_and_clear();
        let loaded = load(&dir, &company.policy)?;
        let wanted = loaded.config.listen;
        let listener = listen(wanted)?;
        let listen = listener.local_addr()?;
        let form = match (self.json, std::io::stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Terminal,
            (false, false) => Form::Plain,
        };
        let stays = form == Form::Terminal && !self.once;
        let places = Places {
            program: program(),
            dir,
            listen,
            taken: (listen != wanted).then_some(wanted),
            stays,
        };
        let show = Show::new(form, self.min_severity);
        let ended = self.play(loaded, (company, show, places), listener)?;
        Ok(match ended {
            Ended::AtTheEnd => ExitCode::SUCCESS,
            Ended::Wrong => ExitCode::FAILURE,
            Ended::Stopped => ExitCode::from(130),
        })
    }

    /// The service on this thread, the story on one of its own.
    fn play(
        &self,
        loaded: Loaded,
        (company, mut show, places): (Arc<Company>, Show, Places),
        listener: TcpListener,
    ) -> anyhow::Result<Ended> {
        show.begin(&company, &places)?;
        let clock = Simulated::at(company::BEGIN);
        let (sender, rounds) = bounded(ROUNDS_AHEAD);
        let told = clock.clone();
        let clock_of_service = Arc::new(move || told.now());
        let mut service = Service::new(
            Arc::new(Mappings::builtin()),
            clock_of_service,
            TICK,
            Box::new(tell(sender)),
        );
        service.listener = Some(listener);
        let conductor = Conductor {
            logs: places.dir.join("logs"),
            company: company.clone(),
            clock,
            rounds,
            progress: service.progress.clone(),
            stop: service.stop.clone(),
            step_takes: Duration::from_secs_f64(1.0 / (self.speed * STEPS_A_DAY)),
        };
        let (status, metrics) = (service.status.clone(), service.metrics.clone());
        let stop = service.stop.clone();
        let story = move || {
            let ended = conductor.play(&mut show).and_then(|ended| match ended {
                Ended::AtTheEnd => show.summary((&company, &status), &metrics, &places),
                Ended::Wrong | Ended::Stopped => Ok(ended),
            });
            let goes_on = places.stays && matches!(ended, Ok(Ended::AtTheEnd | Ended::Wrong));
            if !goes_on {
                stop.store(true, Ordering::Relaxed);
            }
            ended
        };
        let story = std::thread::Builder::new()
            .name("story".to_owned())
            .spawn(story)
            .context("failed to start a thread for the story")?;
        let served = serve(loaded, service);
        let told = match story.join() {
            Ok(told) => told,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        served.and(told)
    }
}

/// Hands each round over. Once the story is told nobody listens any more.
fn tell(rounds: Sender<Round>) -> impl FnMut(Timestamp, &[Change]) {
    move |now, news| {
        let news = news.to_vec();
        if rounds.send(Round { now, news }).is_err() {
            tracing::trace!("the story is over");
        }
    }
}

/// The config and the policy as files, so that `tenure run -c` can take the directory up.
fn load(dir: &Path, policy: &str) -> anyhow::Result<Loaded> {
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("failed to write {}", path.display()))
            .map(|()| path)
    };
    std::fs::create_dir_all(dir.join("logs"))
        .with_context(|| format!("failed to make {}", dir.join("logs").display()))?;
    write("policy.toml", policy)?;
    let path = write("tenure.toml", CONFIG)?;
    let mut loaded =
        config::load(Some(&path), None).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    loaded.config.archive.segment_age = SEGMENT_AGE;
    loaded.config.archive.heartbeat = SEGMENT_AGE;
    if let Some(files) = &mut loaded.config.files {
        files.poll = TICK;
    }
    Ok(loaded)
}

const CONFIG: &str = r#"# What `tenure demo` ran with.
policy = "policy.toml"

[files]
path = "logs"

[archive]
path = "archive"

[state]
path = "state"
"#;

fn empty(dir: &Path) -> anyhow::Result<PathBuf> {
    let made = || format!("failed to make the directory {}", dir.display());
    std::fs::create_dir_all(dir).with_context(made)?;
    let mut entries = std::fs::read_dir(dir).with_context(made)?;
    if entries.next().is_some() {
        bail!(
            "{} is not empty: the demo starts from nothing; name another directory",
            dir.display()
        );
    }
    Ok(dir.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing is moved into this directory, and nobody misses it later"
)]
fn temporary() -> anyhow::Result<PathBuf> {
    let base = std::env::temp_dir();
    for number in 1_u32.. {
        let dir = base.join(format!("tenure-demo-{}-{number}", std::process::id()));
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("failed to make the directory {}", dir.display()));
            }
        }
    }
    bail!("no name is left for a directory below {}", base.display())
}

/// As it was started, so that what is printed can be typed.
#[expect(
    clippy::disallowed_methods,
    reason = "how the program was called is no argument of clap's"
)]
fn program() -> String {
    let program = std::env::args_os().next();
    program.map_or_else(
        || "tenure".to_owned(),
        |program| program.to_string_lossy().into_owned(),
    )
}

/// At `wanted`, or where that is taken at another port of the same host.
fn listen(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    let any = SocketAddr::new(wanted.ip(), 0);
    TcpListener::bind(wanted)
        .or_else(|_taken| TcpListener::bind(any))
        .with_context(|| format!("failed to find a free port on {}", any.ip()))
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok();
    let speed = speed.filter(|speed| (0.01..=1e6).contains(speed));
    speed.ok_or_else(|| "write days a second, from 0.01 to 1000000".to_owned())
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::parse(text).ok_or_else(|| "write low, medium, high or critical".to_owned())
}
