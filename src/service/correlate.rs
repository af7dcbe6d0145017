//! The state's side of the stream: facts come home, the clock is told, and what follows becomes
//! durable together with the offsets that it follows from.

#![expect(
    clippy::disallowed_methods,
    reason = "the time that a commit takes is measured here"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::census::Census;
use super::outgoing::{DeadLetter, Outgoing, Receiver};
use super::questions::View;
use super::shards::{News, Shards};
use super::status::Status;
use super::told;
use crate::alert::{Change, ChangeKind};
use crate::engine::StoredHome;
use crate::io::state::{StateBatch, StateError, StateStore};
use crate::model::fact::Fact;
use crate::model::finding::{Finding, RuleId, Severity};
use crate::model::policy::Policy;
use crate::model::record::{Offset, Stream};
use crate::model::time::{Span, Timestamp};
use crate::telemetry::{FindingChange, HomeKind, Metrics};

/// The stored name of the policy that findings were last told under.
const POLICY_KEY: &str = "policy-sha256";
/// The stored time of the last tick: a restart does not go behind it.
const CLOCK_KEY: &str = "clock-micros";

pub struct Correlator {
    store: Arc<StateStore>,
    shards: Shards,
    status: Status,
    metrics: Metrics,
    routes: Routes,
    policy: Arc<Policy>,
    /// The next offset of each stream, as of the last batch joined.
    next: HashMap<Stream, Offset>,
    batch: StateBatch,
    /// The policy, until homes have been looked at under it.
    new_policy: Option<Vec<u8>>,
    now: Timestamp,
    news: Vec<Change>,
    census: Census,
    /// When a leaver's accounts should have ended, after the termination.
    leavers_deadline: Span,
}

/// Who is told of what.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// Every change goes to the archive.
    pub archive: bool,
    pub kafka: bool,
    pub dead_letters: bool,
    /// Findings of this severity or above.
    pub webhook: Option<Severity>,
}

/// Why the state could not be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum CorrelateError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(
        "failed to read a home from the state store, which another version may have written: {0}"
    )]
    Home(postcard::Error),
    #[error("failed to start a shard: {0}")]
    Thread(std::io::Error),
}

impl Correlator {
    /// Takes up the state where the last run left it.
    pub fn open(
        store: Arc<StateStore>,
        policy: &Arc<Policy>,
        shards: usize,
        (status, metrics, routes): (Status, Metrics, Routes),
    ) -> Result<Self, CorrelateError> {
        let mut shards = Shards::start(shards, policy).map_err(CorrelateError::Thread)?;
        let mut broken = None;
        let mut homes = Vec::new();
        store.load(|_, value| match StoredHome::decode(value) {
            Ok(home) => homes.push(home),
            Err(error) => broken = Some(error),
        })?;
        if let Some(error) = broken {
            return Err(CorrelateError::Home(error));
        }
        shards.restore(homes);
        let policy_sha256 = Sha256::digest(format!("{policy:?}")).to_vec();
        let mut new_policy = None;
        if store
            .meta(POLICY_KEY)?
            .is_none_or(|known| known != policy_sha256)
        {
            shards.policy_changed();
            new_policy = Some(policy_sha256);
        }
        let now = store
            .meta(CLOCK_KEY)?
            .and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
        let now = now.map_or(Timestamp::MIN, Timestamp::from_micros);
        let next = store.offsets()?;
        let correlator = Correlator {
            store,
            shards,
            status,
            metrics,
            routes,
            policy: policy.clone(),
            next,
            batch: StateBatch::default(),
            new_policy,
            now,
            news: Vec::new(),
            census: Census::default(),
            leavers_deadline: policy.rule(RuleId::LeaverAccountLive).delay,
        };
        for finding in correlator.shards.findings() {
            correlator.show(finding);
        }
        Ok(correlator)
    }

    /// The next offset of each stream that is durable in the state.
    pub fn offsets(&self) -> &HashMap<Stream, Offset> {
        &self.next
    }

    /// Joins facts; they may have come before.
    pub fn join(&mut self, facts: Vec<Fact>) {
        self.shards.join(facts);
    }

    /// Notes where reading of the stream begins, if nothing is known of it yet.
    pub fn begins(&mut self, stream: &Stream, next: Offset) {
        if !self.next.contains_key(stream) {
            self.next.insert(stream.clone(), next);
            self.batch.offsets.push((stream.clone(), next));
            self.batch
                .meta
                .push((begin_key(stream), next.to_be_bytes().to_vec()));
        }
    }

    /// Where reading of the stream began at first, where that was noted.
    pub fn began(&self, stream: &Stream) -> Result<Option<Offset>, StateError> {
        let bytes = self.store.meta(&begin_key(stream))?;
        Ok(bytes.and_then(|bytes| Some(Offset::from_be_bytes(bytes.try_into().ok()?))))
    }

    /// Notes how far the stream is read, once its facts are joined.
    pub fn read(&mut self, stream: Stream, next: Offset) {
        let known = self.next.entry(stream.clone()).or_insert(next);
        *known = (*known).max(next);
        self.batch.offsets.push((stream, *known));
    }

    /// A rejected record. Told once: not again when it is read again for the archive's sake.
    pub fn dead_letter(&mut self, letter: DeadLetter) {
        let is_new = self
            .next
            .get(&letter.stream)
            .is_none_or(|next| letter.offset >= *next);
        if self.routes.dead_letters && is_new {
            self.batch
                .outbox_add
                .push(Outgoing::DeadLetter(letter).encode());
        }
    }

    /// Tells the clock, and takes down what follows.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if let Some(policy) = self.new_policy.take() {
            self.batch.meta.push((POLICY_KEY.to_owned(), policy));
        }
        let News {
            changes,
            deprovisioned,
        } = self.shards.tick(self.now);
        deprovisioned
            .into_iter()
            .for_each(|took| self.metrics.deprovisioned(took, self.leavers_deadline));
        for change in changes {
            if self.routes.archive {
                self.put_down(change.finding.clone());
            }
            let webhook = self
                .routes
                .webhook
                .filter(|least| change.finding.severity >= *least);
            let to = self.routes.kafka.then_some(Receiver::Kafka);
            for to in to.into_iter().chain(webhook.map(|_| Receiver::Webhook)) {
                let change = Box::new(change.clone());
                self.batch
                    .outbox_add
                    .push(Outgoing::Finding { to, change }.encode());
            }
            self.news.push(change);
        }
    }

    /// For an archive that knows nothing of this state: every finding as it now stands is put down
    /// in it, unless that waits in the outbox already.
    pub fn restate(&mut self) -> Result<(), StateError> {
        for entry in self.store.outbox() {
            let (_, bytes) = entry?;
            if matches!(Outgoing::decode(&bytes), Ok(Outgoing::Evidence(_))) {
                return Ok(());
            }
        }
        let findings = self.shards.findings();
        findings
            .into_iter()
            .for_each(|finding| self.put_down(finding));
        Ok(())
    }

    fn put_down(&mut self, finding: Finding) {
        let told = told::finding(finding, self.now, &self.policy);
        let entry = Outgoing::Evidence(Box::new(told));
        self.batch.outbox_add.push(entry.encode());
    }

    /// These entries of the outbox are delivered.
    pub fn delivered(&mut self, numbers: Vec<u64>) {
        self.batch.outbox_remove.extend(numbers);
    }

    /// Makes durable what happened since the last commit, in one batch, and shows it. Returns the
    /// news. `None` where there was nothing to commit.
    pub fn commit(&mut self) -> Result<Option<Vec<Change>>, StateError> {
        self.batch.homes = self.shards.save();
        let batch = std::mem::take(&mut self.batch);
        let nothing = batch.homes.is_empty()
            && batch.offsets.is_empty()
            && batch.outbox_add.is_empty()
            && batch.outbox_remove.is_empty()
            && batch.meta.is_empty();
        if nothing {
            return Ok(None);
        }
        let mut batch = batch;
        let now = self.now.as_micros().to_be_bytes().to_vec();
        batch.meta.push((CLOCK_KEY.to_owned(), now));
        let outbox = &self.metrics.plain().outbox_entries;
        outbox.add(signed(batch.outbox_add.len()));
        outbox.sub(signed(batch.outbox_remove.len()));
        let began = Instant::now();
        self.store.commit(batch)?;
        self.metrics.state_committed(began.elapsed());
        let news = std::mem::take(&mut self.news);
        for change in &news {
            if let Some(change_kind) = counted(change.kind) {
                self.metrics
                    .finding_changed(change.finding.rule, change_kind);
            }
            self.show(change.finding.clone());
        }
        self.count_homes();
        Ok(Some(news))
    }

    /// What questions look at.
    pub fn view(&self) -> View<'_> {
        View {
            shards: &self.shards,
            now: self.now,
        }
    }

    /// Counts some more of the homes, as of the last tick. After a commit: what is not durable is
    /// not shown.
    pub fn count_census(&mut self) {
        self.status.stands_as_of(self.now);
        self.metrics.clock(self.now);
        self.census.advance(&self.shards, (&self.metrics, self.now));
    }

    /// Every finding as it now stands.
    pub fn findings(&self) -> Vec<Finding> {
        self.shards.findings()
    }

    fn show(&self, finding: Finding) {
        self.status.put(Arc::new(finding));
    }

    fn count_homes(&self) {
        let counts = self.shards.counts();
        for (kind, count) in [
            (HomeKind::Account, counts.accounts),
            (HomeKind::Person, counts.persons),
            (HomeKind::Identifier, counts.identifiers),
            (HomeKind::Credential, counts.credentials),
            (HomeKind::Ticket, counts.tickets),
            (HomeKind::Device, counts.devices),
            (HomeKind::Workflow, counts.workflows),
            (HomeKind::Source, counts.sources),
        ] {
            self.metrics.homes(kind).set(signed(count));
        }
    }
}

fn counted(kind: ChangeKind) -> Option<FindingChange> {
    match kind {
        ChangeKind::Opened => Some(FindingChange::Opened),
        ChangeKind::Resolved => Some(FindingChange::Resolved),
        ChangeKind::Withdrawn => Some(FindingChange::Withdrawn),
        ChangeKind::Exempted => Some(FindingChange::Exempted),
        ChangeKind::Updated => None,
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn begin_key(stream: &Stream) -> String {
    format!("begin:{stream}")
}
