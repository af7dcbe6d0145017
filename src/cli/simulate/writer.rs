//! Writes records as they arrive: held until their day of arrival has passed, and no longer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context;
use clap::ValueEnum;

use crate::model::time::{Span, Timestamp};
use crate::simulate::chance::Chance;
use crate::simulate::{Numbered, Simulation};

/// Fast, and small enough.
const ZSTD_LEVEL: i32 = 1;
/// Beyond this many days a file holds a week.
const DAYS_BY_DAY_MAX: i64 = 92;
/// Records below which another thread is not worth its start.
const RECORDS_A_THREAD: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    Zst,
    Gz,
    None,
}

/// What becomes of the order in which records arrive.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub shuffled: bool,
    /// Of a million records so many come twice.
    pub twice_in_a_million: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub records: u64,
    /// Before compression.
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub struct Written {
    pub logs: BTreeMap<&'static str, Counts>,
}

impl Written {
    pub fn records(&self) -> u64 {
        self.logs.values().map(|counts| counts.records).sum()
    }
}

/// A record on its way.
struct Line {
    log: &'static str,
    text: String,
}

pub struct Writer {
    dir: PathBuf,
    compression: Compression,
    order: Order,
    /// By time of arrival; the number keeps those of one instant apart.
    on_the_way: BTreeMap<(Timestamp, u64, bool), Line>,
    open: BTreeMap<&'static str, Open>,
    written: Written,
}

/// The file of a log that is being written.
struct Open {
    name: String,
    path: PathBuf,
    to: Encoder,
}

enum Encoder {
    Zst(zstd::Encoder<'static, BufWriter<File>>),
    Gz(flate2::write::GzEncoder<BufWriter<File>>),
    Plain(BufWriter<File>),
}

impl Writer {
    pub fn new(dir: PathBuf, compression: Compression, order: Order) -> Self {
        Writer {
            dir,
            compression,
            order,
            on_the_way: BTreeMap::new(),
            open: BTreeMap::new(),
            written: Written::default(),
        }
    }

    pub fn records(&self) -> u64 {
        self.written.records()
    }

    /// Takes what happens on one day, and writes what arrives until its end.
    pub fn day(&mut self, simulation: &Simulation, deeds: &[Numbered]) -> anyhow::Result<()> {
        let Some(last) = deeds.last() else {
            return Ok(());
        };
        for (of, text) in deeds.iter().zip(texts(simulation, deeds)) {
            let arrives = simulation.arrives(of);
            let log = of.deed.log;
            let chance = Chance::new(simulation.settings.seed, "twice", of.number);
            if chance.millionths(self.order.twice_in_a_million) {
                let again = arrives + Span::from_seconds(chance.between(1, 100_000));
                let text = text.clone();
                self.on_the_way
                    .insert((again, of.number, true), Line { log, text });
            }
            self.on_the_way
                .insert((arrives, of.number, false), Line { log, text });
        }
        let end = Timestamp::from_seconds((i64::from(last.deed.at.day()) + 1) * 86_400);
        self.write_until(simulation, end)
    }

    pub fn finish(mut self, simulation: &Simulation) -> anyhow::Result<Written> {
        while let Some(((arrives, ..), _)) = self.on_the_way.first_key_value() {
            let end = Timestamp::from_seconds((i64::from(arrives.day()) + 1) * 86_400);
            self.write_until(simulation, end)?;
        }
        for (_, open) in std::mem::take(&mut self.open) {
            open.close()?;
        }
        Ok(self.written)
    }

    fn write_until(&mut self, simulation: &Simulation, end: Timestamp) -> anyhow::Result<()> {
        let later = self.on_the_way.split_off(&(end, 0, false));
        let arrived = std::mem::replace(&mut self.on_the_way, later);
        let mut arrived: Vec<((Timestamp, u64, bool), Line)> = arrived.into_iter().collect();
        if self.order.shuffled {
            arrived.sort_by_cached_key(|((_, number, again), _)| {
                let chance = Chance::new(simulation.settings.seed, "shuffle", *number);
                (chance.next(), *again)
            });
        }
        for ((arrives, ..), line) in arrived {
            self.write(simulation, (arrives, line))?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        simulation: &Simulation,
        (arrives, line): (Timestamp, Line),
    ) -> anyhow::Result<()> {
        let name = file_name(simulation, arrives);
        if self
            .open
            .get(line.log)
            .is_some_and(|open| open.name != name)
            && let Some(full) = self.open.remove(line.log)
        {
            full.close()?;
        }
        let open = match self.open.remove(line.log) {
            Some(open) => open,
            None => Open::create(&self.dir.join(line.log), name, self.compression)?,
        };
        let open = self.open.entry(line.log).or_insert(open);
        open.to
            .line(&line.text)
            .with_context(|| format!("failed to write {}", open.path.display()))?;
        let counts = self.written.logs.entry(line.log).or_default();
        counts.records += 1;
        counts.bytes += line.text.len() as u64 + 1;
        Ok(())
    }
}

/// The day of arrival, or the first of its seven days.
fn file_name(simulation: &Simulation, arrives: Timestamp) -> String {
    let settings = &simulation.settings;
    let days = settings.until.since(settings.from).as_seconds() / 86_400;
    let day = i64::from(arrives.day());
    let first = i64::from(settings.from.day());
    let begins = if days <= DAYS_BY_DAY_MAX {
        day
    } else {
        first + (day - first).div_euclid(7) * 7
    };
    let begins = Timestamp::from_seconds(begins * 86_400).to_string();
    begins.split('T').next().unwrap_or_default().to_owned()
}

/// The records of deeds, made on as many threads as there is room for.
fn texts(simulation: &Simulation, deeds: &[Numbered]) -> Vec<String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = deeds.len().div_ceil(threads).max(RECORDS_A_THREAD);
    thread::scope(|scope| {
        let make = |part: &[Numbered]| part.iter().map(|of| simulation.record(of)).collect();
        let parts: Vec<thread::ScopedJoinHandle<'_, Vec<String>>> = deeds
            .chunks(share)
            .map(|part| scope.spawn(move || make(part)))
            .collect();
        let joined = parts.into_iter().flat_map(|part| match part.join() {
            Ok(texts) => texts,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

impl Open {
    fn create(dir: &Path, name: String, compression: Compression) -> anyhow::Result<Self> {
        let ending = match compression {
            Compression::Zst => ".zst",
            Compression::Gz => ".gz",
            Compression::None => "",
        };
        let path = dir.join(format!("{name}.ndjson{ending}"));
        let create = || -> io::Result<Encoder> {
            std::fs::create_dir_all(dir)?;
            let file = BufWriter::new(File::create(&path)?);
            Ok(match compression {
                Compression::Zst => Encoder::Zst(zstd::Encoder::new(file, ZSTD_LEVEL)?),
                Compression::Gz => {
                    let level = flate2::Compression::fast();
                    Encoder::Gz(flate2::write::GzEncoder::new(file, level))
                }
                Compression::None => Encoder::Plain(file),
            })
        };
        let to = create().with_context(|| format!("failed to create {}", path.display()))?;
        Ok(Open { name, path, to })
    }

    fn close(self) -> anyhow::Result<()> {
        let close = |to: Encoder| -> io::Result<()> {
            match to {
                Encoder::Zst(to) => to.finish()?.flush(),
                Encoder::Gz(to) => to.finish()?.flush(),
                Encoder::Plain(mut to) => to.flush(),
            }
        };
        close(self.to).with_context(|| format!("failed to write {}", self.path.display()))
    }
}

impl Encoder {
    fn line(&mut self, text: &str) -> io::Result<()> {
        let to: &mut dyn Write = match self {
            Encoder::Zst(to) => to,
            Encoder::Gz(to) => to,
            Encoder::Plain(to) => to,
        };
        to.write_all(text.as_bytes())?;
        to.write_all(b"\n")
    }
}
