//! CPU time and memory as the kernel counts them. Wall time would measure the neighbours, too.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Linux reports the times of a process in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;
const SAMPLE_EVERY: Duration = Duration::from_millis(20);
/// The name of the thread that watches: its own time is nobody's.
pub const WATCH: &str = "watch";

/// CPU seconds of all threads of this process, those that have ended included.
pub fn process_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_whitespace().skip(11).take(2);
    times
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS_PER_SECOND
}

/// CPU seconds of the calling thread.
pub fn thread_seconds() -> f64 {
    schedstat("/proc/thread-self/schedstat")
}

/// Bytes of this process that lie in memory.
pub fn resident_bytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1_024.0
}

fn schedstat(path: &str) -> f64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let nanos = text
        .split_whitespace()
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or_default() / 1e9
}

/// CPU seconds by the names of threads, without the digits that number them.
pub type ByThread = BTreeMap<String, f64>;

/// Watches the threads of this process, since a thread that has ended can no longer be asked.
pub struct Watch {
    seen: Arc<Mutex<BTreeMap<String, (String, f64)>>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub fn start() -> Self {
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (to, until) = (seen.clone(), stop.clone());
        let watch = move || {
            while !until.load(Ordering::Relaxed) {
                sample(&to);
                std::thread::sleep(SAMPLE_EVERY);
            }
        };
        let thread = std::thread::Builder::new()
            .name(WATCH.to_owned())
            .spawn(watch);
        let thread = thread.expect("a thread");
        Watch { seen, stop, thread }
    }

    pub fn now(&self) -> ByThread {
        sample(&self.seen);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums = ByThread::new();
        for (name, seconds) in seen.values() {
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            *sums.entry(name.to_owned()).or_default() += seconds;
        }
        sums
    }

    pub fn finish(self) -> ByThread {
        let sums = self.now();
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch only reads files");
        sums
    }
}

fn sample(seen: &Mutex<BTreeMap<String, (String, f64)>>) {
    let tasks = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    for task in tasks {
        let path = task.path();
        // A thread may end while it is looked at: then its last sample stands.
        let seconds = schedstat(&path.join("schedstat").to_string_lossy());
        if seconds == 0.0 {
            continue;
        }
        let id = task.file_name().to_string_lossy().into_owned();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = seen.get_mut(&id) {
            *known = seconds;
        } else if let Ok(name) = fs::read_to_string(path.join("comm")) {
            seen.insert(id, (name.trim_end().to_owned(), seconds));
        }
    }
}
