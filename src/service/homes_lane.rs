//! The thread that owns the homes: joins what comes, tells the clock, commits.

#![expect(
    clippy::disallowed_methods,
    reason = "the service tells the core what time it is"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, select};

use super::clock::CatchUpClock;
use super::correlate::Correlator;
use super::lanes::{ForArchive, ForHomes, Released};
use super::progress::Progress;
use super::questions::Question;
use super::replay::write_findings;
use super::snapshot;
use super::status::Status;
use super::told;
use super::{Clock, OnRound};
use crate::io::state::StateError;
use crate::model::fact::Fact;
use crate::model::limits::FACTS_PER_ROUND;
use crate::model::record::Stream;
use crate::model::time::Timestamp;

/// Between two writings of `findings.ndjson`, at least; and a multiple of what the last one took.
const SNAPSHOT_PAUSE: Duration = Duration::from_secs(1);
/// How old what the archive says of links may be.
const LINKS_EVERY: Duration = Duration::from_hours(1);

pub struct HomesLane {
    pub correlator: Correlator,
    pub catch_up: CatchUpClock,
    pub clock: Clock,
    /// How long the lane waits for more before it looks at the clock again.
    pub tick: Duration,
    pub progress: Progress,
    pub status: Status,
    /// Numbers of outbox entries that their receivers have confirmed.
    pub delivered: Receiver<Vec<u64>>,
    /// Questions about homes. Whoever may ask holds the other end.
    pub questions: Receiver<Question>,
    /// Tells the deliverers that there is something in the outbox.
    pub wake: Vec<Sender<()>>,
    /// Where the findings as they now stand are written, as a file.
    pub findings_path: PathBuf,
    pub on_round: OnRound,
    /// Where the day's snapshots of live access and of people go, and links.
    pub for_archive: Sender<ForArchive>,
    /// The day of the last snapshot.
    pub snapshot_day: Option<i32>,
    /// When links were last looked at.
    pub links_at: Option<Instant>,
    /// Ends the deliveries, once nothing more can come to the outbox.
    pub end_deliveries: Box<dyn FnOnce() + Send>,
}

/// What comes to the lane.
enum Next {
    Work(ForHomes),
    Question(Question),
    /// Not for a while.
    Nothing,
    End,
}

/// What waits for the next commit.
#[derive(Default)]
struct Waiting {
    facts: Vec<Fact>,
    read: Vec<(Stream, i64)>,
    caught_up: Vec<Stream>,
    released: Vec<Arc<Released>>,
}

impl HomesLane {
    /// Until the lane is closed; then once more, so that all of it is durable, and at the very end
    /// what was confirmed meanwhile, so that the next start does not send it again.
    pub fn run(mut self, work: &Receiver<ForHomes>) -> Result<(), StateError> {
        let mut snapshot = Snapshot {
            due: Instant::now(),
            dirty: true,
        };
        loop {
            let mut waiting = Waiting::default();
            let open = self.gather(work, &mut waiting);
            self.settle(waiting, &mut snapshot)?;
            snapshot.write(&self, !open);
            if !open {
                self.last_links();
                (self.end_deliveries)();
                self.correlator
                    .delivered(self.delivered.try_iter().flatten().collect());
                return self.correlator.commit().map(|_no_news| ());
            }
        }
    }

    /// Takes what is there, up to a round's worth. Whether the lane is still open.
    fn gather(&mut self, work: &Receiver<ForHomes>, waiting: &mut Waiting) -> bool {
        match self.next(work) {
            Next::Work(one) => self.take(one, waiting),
            Next::Question(question) => {
                question.answer(&self.correlator.view());
                return true;
            }
            Next::Nothing => return true,
            Next::End => return false,
        }
        while waiting.facts.len() < FACTS_PER_ROUND {
            match work.try_recv() {
                Ok(one) => self.take(one, waiting),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    /// Waits for work or a question; where both are there, each has its turn by chance.
    fn next(&self, work: &Receiver<ForHomes>) -> Next {
        select! {
            recv(work) -> one => one.map_or(Next::End, Next::Work),
            recv(self.questions) -> asked => match asked {
                Ok(question) => Next::Question(question),
                // Nobody can ask any more, so that only work is worth waiting for.
                Err(_) => match work.recv_timeout(self.tick) {
                    Ok(one) => Next::Work(one),
                    Err(error) if error.is_timeout() => Next::Nothing,
                    Err(_) => Next::End,
                },
            },
            default(self.tick) => Next::Nothing,
        }
    }

    fn take(&mut self, one: ForHomes, waiting: &mut Waiting) {
        match one {
            ForHomes::Facts {
                stream,
                mut facts,
                dead,
                next,
                newest,
            } => {
                waiting.facts.append(&mut facts);
                dead.into_iter()
                    .for_each(|letter| self.correlator.dead_letter(letter));
                self.catch_up.read(&stream, newest);
                waiting.read.push((stream, next));
            }
            ForHomes::Begins { stream, next } => {
                self.correlator.begins(&stream, next);
                self.progress.begin(&stream, next);
            }
            ForHomes::CaughtUp(stream) => waiting.caught_up.push(stream),
            ForHomes::Assigned(streams) => {
                streams
                    .into_iter()
                    .for_each(|stream| self.catch_up.behind(stream));
            }
            ForHomes::Release(streams, released) => {
                waiting.caught_up.extend(streams);
                waiting.released.push(released);
            }
        }
    }

    fn settle(&mut self, waiting: Waiting, snapshot: &mut Snapshot) -> Result<(), StateError> {
        let Waiting {
            facts,
            read,
            caught_up,
            released,
        } = waiting;
        self.correlator.join(facts);
        for (stream, next) in &read {
            self.correlator.read(stream.clone(), *next);
        }
        caught_up
            .iter()
            .for_each(|stream| self.catch_up.caught_up(stream));
        self.tell_readiness();
        let now = self.catch_up.now((self.clock)());
        if let Some(now) = now {
            self.correlator.tick(now);
            self.snapshot(now);
            self.links(now);
        }
        self.correlator
            .delivered(self.delivered.try_iter().flatten().collect());
        let news = self.correlator.commit()?;
        if now.is_some() {
            self.correlator.count_census();
        }
        if let Some(news) = &news {
            for (stream, next) in read {
                self.progress.state(&stream, next);
            }
            if !news.is_empty() {
                snapshot.dirty = true;
            }
            for wake in &self.wake {
                if wake.try_send(()).is_err() {
                    tracing::trace!("a deliverer is at work already");
                }
            }
        }
        now.into_iter()
            .for_each(|now| (self.on_round)(now, news.as_deref().unwrap_or_default()));
        drop(released);
        Ok(())
    }

    /// Once a day of the clock, as of its beginning. While records are caught up with, nothing is
    /// said of a day, since most of it is not read yet.
    fn snapshot(&mut self, now: Timestamp) {
        let is_taken = self.snapshot_day.is_some_and(|day| day >= now.day());
        if is_taken || self.catch_up.streams_behind() > 0 || self.for_archive.is_full() {
            return;
        }
        let (view, as_of) = (self.correlator.view(), snapshot::day_of(now));
        let access = snapshot::take(&view, as_of).map(ForArchive::Access);
        let people = snapshot::people(&view, as_of).map(ForArchive::People);
        for taken in [access, people] {
            let sent = match taken {
                Ok(taken) => self.for_archive.try_send(taken).is_ok(),
                Err(error) => {
                    tracing::error!("{error}");
                    true
                }
            };
            // A lane that is full by now gets both again, and keeps the first of a day. One that
            // takes no more has failed, and the service stops.
            if !sent {
                return;
            }
        }
        self.snapshot_day = Some(now.day());
    }

    /// Whose each account is, now and then, once what there is was read.
    fn links(&mut self, now: Timestamp) {
        let waits = self.links_at.is_some_and(|at| at.elapsed() < LINKS_EVERY);
        if waits || self.catch_up.streams_behind() > 0 || self.for_archive.is_full() {
            return;
        }
        let links = self.look_at_links(now);
        // A lane that takes no more has failed, and the service stops.
        let sent = links.is_none_or(|links| self.for_archive.try_send(links).is_ok());
        self.links_at = sent.then(Instant::now);
    }

    /// What is known at the end, so that an archive that is kept for good says it. Halfway through
    /// the logs, accounts that were not come to yet would be told to be gone.
    fn last_links(&self) {
        let now = self.correlator.view().now;
        if now == Timestamp::MIN || self.catch_up.streams_behind() > 0 {
            return;
        }
        if let Some(links) = self.look_at_links(now)
            && self.for_archive.send(links).is_err()
        {
            tracing::debug!("the archive takes no more, not even links");
        }
    }

    fn look_at_links(&self, now: Timestamp) -> Option<ForArchive> {
        match told::links(&self.correlator.view(), now) {
            Ok(links) => Some(ForArchive::Links(links, now)),
            Err(error) => {
                tracing::error!("failed to look at whose each account is: {error}");
                None
            }
        }
    }

    fn tell_readiness(&self) {
        match self.catch_up.streams_behind() {
            0 => self.status.ready("catching up"),
            behind => self
                .status
                .unready("catching up", format!("{behind} streams are behind")),
        }
    }
}

/// `findings.ndjson`: the findings as they now stand. Replaced as a whole, so that a reader never
/// sees half of it and a restart repeats nothing.
struct Snapshot {
    due: Instant,
    dirty: bool,
}

impl Snapshot {
    fn write(&mut self, lane: &HomesLane, last: bool) {
        let began = Instant::now();
        if !self.dirty || (began < self.due && !last) {
            return;
        }
        match write_findings(&lane.findings_path, &lane.correlator.findings()) {
            Ok(()) => self.dirty = false,
            Err(error) => {
                let path = lane.findings_path.display();
                tracing::warn!("failed to write {path}, will try again: {error}");
            }
        }
        self.due = Instant::now() + SNAPSHOT_PAUSE.max(began.elapsed() * 20);
    }
}
