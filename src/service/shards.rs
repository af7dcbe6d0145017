//! Shards: one engine and one thread for each, driven in rounds.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::alert::{Change, merge};
use crate::engine::{Effect, Engine, HomeCounts, Input, StoredHome, settle};
use crate::model::census::Tally;
use crate::model::fact::Fact;
use crate::model::finding::Finding;
use crate::model::id::Partition;
use crate::model::policy::Policy;
use crate::model::time::{Span, Timestamp};

pub struct Shards {
    shards: Vec<Shard>,
}

/// What a tick told.
#[derive(Debug, Default)]
pub struct News {
    pub changes: Vec<Change>,
    /// Times from a termination to the end of the leaver's last account.
    pub deprovisioned: Vec<Span>,
}

/// A home's new bytes: its partition, key and value.
pub type SavedHome = (Partition, Vec<u8>, Vec<u8>);

struct Shard {
    orders: Sender<Order>,
    reports: Receiver<Report>,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Step(Vec<Input>),
    Count,
    Findings,
    Look(Look),
    /// Go on counting, over up to so many homes.
    Census(usize),
}

enum Report {
    Effects(Vec<Effect>),
    Counts(HomeCounts),
    Findings(Vec<Finding>),
    Looked,
    Census(Option<Tally>),
}

/// Looks at an engine and takes what it saw away with it.
type Look = Box<dyn FnOnce(&Engine) + Send>;

impl Shards {
    pub fn start(count: usize, policy: &Arc<Policy>) -> std::io::Result<Self> {
        let shards = (0..count.max(1)).map(|number| Shard::start(number, policy.clone()));
        Ok(Shards {
            shards: shards.collect::<Result<_, _>>()?,
        })
    }

    /// Joins the facts and all that follows from them.
    pub fn join(&mut self, facts: Vec<Fact>) -> Vec<Effect> {
        let shards = &self.shards;
        settle(facts, shards.len(), &mut |inputs| step_all(shards, inputs))
    }

    /// Tells the clock to every home that may care.
    pub fn tick(&mut self, now: Timestamp) -> News {
        let inputs = self.shards.iter().map(|_| vec![Input::Tick(now)]).collect();
        let mut news = News::default();
        for effect in step_all(&self.shards, inputs).into_iter().flatten() {
            match effect {
                Effect::Finding(change) => news.changes.push(*change),
                Effect::Deprovisioned(took) => news.deprovisioned.push(took),
                Effect::Send(_) | Effect::Saved { .. } => {
                    unreachable!("TICK-QUIET: a tick moves no facts and saves nothing")
                }
            }
        }
        news.changes = merge(news.changes);
        news
    }

    /// Everything that changed since the last save.
    pub fn save(&mut self) -> Vec<SavedHome> {
        let inputs = self.shards.iter().map(|_| vec![Input::Save]).collect();
        let effects = step_all(&self.shards, inputs).into_iter().flatten();
        let saved = effects.filter_map(|effect| match effect {
            Effect::Saved {
                partition,
                key,
                value,
            } => Some((partition, key, value)),
            _ => None,
        });
        saved.collect()
    }

    pub fn restore(&mut self, homes: Vec<StoredHome>) {
        let count = self.shards.len();
        let mut inputs: Vec<Vec<Input>> = self.shards.iter().map(|_| Vec::new()).collect();
        for home in homes {
            if let Some(shard) = inputs.get_mut(usize::from(home.partition().0) % count) {
                shard.push(Input::Restore(Box::new(home)));
            }
        }
        step_all(&self.shards, inputs);
    }

    /// Looks at every home again, under the policy that the shards were started with.
    pub fn policy_changed(&mut self) {
        let inputs = self
            .shards
            .iter()
            .map(|_| vec![Input::PolicyChanged])
            .collect();
        let mut facts = Vec::new();
        for effect in step_all(&self.shards, inputs).into_iter().flatten() {
            if let Effect::Send(fact) = effect {
                facts.push(fact);
            }
        }
        self.join(facts);
    }

    /// What every shard's engine answers to one question, asked of all of them at the same time.
    /// A shard does nothing else meanwhile: take what you need and think about it elsewhere.
    pub fn look<T: Send + 'static>(
        &self,
        question: impl Fn(&Engine) -> T + Clone + Send + 'static,
    ) -> Vec<T> {
        let mut answers = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            let (tell, told) = bounded(1);
            let question = question.clone();
            shard.order(Order::Look(Box::new(move |engine| {
                let sent = tell.send(question(engine));
                debug_assert!(sent.is_ok(), "the one who asks waits for every shard");
            })));
            answers.push(told);
        }
        self.shards.iter().for_each(|shard| {
            shard.report();
        });
        // In the order of shards, so that nothing depends on which was quicker.
        answers.iter().flat_map(Receiver::try_iter).collect()
    }

    pub fn count(&self) -> usize {
        self.shards.len()
    }

    /// Each shard counts over up to `limit` of its homes; its tally, where it comes to its end.
    pub fn census(&self, limit: usize) -> Vec<Option<Tally>> {
        let reports = ask_all(&self.shards, || Order::Census(limit)).into_iter();
        let tallies = reports.map(|report| match report {
            Report::Census(tally) => tally,
            _ => None,
        });
        tallies.collect()
    }

    pub fn counts(&self) -> HomeCounts {
        let mut sum = HomeCounts::default();
        for report in ask_all(&self.shards, || Order::Count) {
            if let Report::Counts(counts) = report {
                sum.accounts += counts.accounts;
                sum.persons += counts.persons;
                sum.identifiers += counts.identifiers;
                sum.credentials += counts.credentials;
                sum.tickets += counts.tickets;
                sum.devices += counts.devices;
                sum.workflows += counts.workflows;
                sum.sources += counts.sources;
            }
        }
        sum
    }

    /// Every finding as last told, withdrawn ones aside, by opening time, rule and subject.
    pub fn findings(&self) -> Vec<Finding> {
        let reports = ask_all(&self.shards, || Order::Findings);
        let findings = reports.into_iter().filter_map(|report| match report {
            Report::Findings(findings) => Some(findings),
            _ => None,
        });
        let mut findings: Vec<Finding> = findings.flatten().collect();
        let order = |finding: &Finding| (finding.opened_at, finding.rule);
        let account =
            |finding: &Finding| finding.account.as_ref().map(|account| account.uid.clone());
        findings.sort_by(|a, b| {
            let by_subject = a.subject.cmp(&b.subject);
            order(a)
                .cmp(&order(b))
                .then(by_subject)
                .then_with(|| account(a).cmp(&account(b)))
        });
        // A credential that two accounts' records name is one subject.
        findings.dedup_by_key(|finding| finding.finding_id);
        findings
    }
}

impl Shard {
    fn start(number: usize, policy: Arc<Policy>) -> std::io::Result<Self> {
        let (orders, work) = bounded::<Order>(1);
        let (done, reports) = bounded(1);
        let run = move || {
            let mut engine = Engine::new(policy);
            for order in work {
                if done.send(obey(&mut engine, order)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name(format!("shard-{number}"))
            .spawn(run)?;
        Ok(Shard {
            orders,
            reports,
            thread: Some(thread),
        })
    }

    fn order(&self, order: Order) {
        let sent = self.orders.send(order);
        assert!(sent.is_ok(), "SHARD-ALIVE: a shard's thread has died");
    }

    fn report(&self) -> Report {
        match self.reports.recv() {
            Ok(report) => report,
            Err(_) => unreachable!("SHARD-ALIVE: a shard's thread has died"),
        }
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        for mut shard in self.shards.drain(..) {
            let thread = shard.thread.take();
            drop(shard);
            if let Some(thread) = thread
                && thread.join().is_err()
            {
                tracing::error!("a shard's thread had panicked");
            }
        }
    }
}

fn obey(engine: &mut Engine, order: Order) -> Report {
    match order {
        Order::Step(inputs) => {
            let mut effects = Vec::new();
            engine.round(inputs, &mut effects);
            Report::Effects(effects)
        }
        Order::Count => Report::Counts(engine.counts()),
        Order::Findings => Report::Findings(engine.findings().cloned().collect()),
        Order::Look(look) => {
            look(engine);
            Report::Looked
        }
        Order::Census(limit) => Report::Census(engine.census(limit)),
    }
}

/// One round: every shard that has something to do works at the same time.
fn step_all(shards: &[Shard], inputs: Vec<Vec<Input>>) -> Vec<Vec<Effect>> {
    let busy: Vec<bool> = inputs.iter().map(|inputs| !inputs.is_empty()).collect();
    for (shard, inputs) in shards.iter().zip(inputs) {
        if !inputs.is_empty() {
            shard.order(Order::Step(inputs));
        }
    }
    let effects = shards
        .iter()
        .zip(busy)
        .map(|(shard, busy)| match busy.then(|| shard.report()) {
            Some(Report::Effects(effects)) => effects,
            _ => Vec::new(),
        });
    effects.collect()
}

fn ask_all(shards: &[Shard], order: impl Fn() -> Order) -> Vec<Report> {
    shards.iter().for_each(|shard| shard.order(order()));
    shards.iter().map(Shard::report).collect()
}
