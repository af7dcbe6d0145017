//! The clock ticks while records come, some of them late: what was told too early is withdrawn,
//! and each time because of a record that came after it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tenure::alert::ChangeKind;
use tenure::model::finding::{Finding, FindingId};
use tenure::model::id::SourceName;
use tenure::model::record::{Batch, Record, Stream};
use tenure::model::time::{Span, Timestamp};
use tenure::service::shards::Shards;
use tenure::simulate::deed::Deed;
use tenure::simulate::oracle;

use crate::pipeline::understood;
use crate::simulated::Simulated;

/// Between two looks at the clock.
const TICK: Span = Span::hours(6);

#[derive(Default)]
pub struct Told {
    pub opened: usize,
    pub withdrawn: Vec<Withdrawn>,
    /// What stands at the end.
    pub findings: Vec<Finding>,
}

pub struct Withdrawn {
    finding: Finding,
    told_at: Timestamp,
    /// The tick before, and the one at which it was withdrawn.
    ticks: (Timestamp, Timestamp),
}

/// Tells the records in the order in which they arrive, and the clock all the while.
pub fn told(simulated: &Simulated) -> Told {
    let mut shards = Shards::start(2, &simulated.policy).expect("threads");
    let mut arriving: Vec<(Timestamp, &'static str, String)> = simulated
        .records()
        .into_iter()
        .zip(&simulated.arrivals)
        .map(|((log, raw), at)| (*at, log, raw))
        .collect();
    arriving.sort_by_key(|(at, ..)| *at);
    let mut arriving = arriving.into_iter().peekable();
    let mut told = Told::default();
    let mut first_told: BTreeMap<FindingId, Timestamp> = BTreeMap::new();
    let mut before = simulated.from;
    while before < simulated.now {
        let now = simulated.now.min(before + TICK);
        let mut batches = Vec::new();
        while let Some((at, log, raw)) = arriving.next_if(|(at, ..)| *at <= now) {
            batches.push(batch(at, log, raw));
        }
        for facts in understood(batches) {
            shards.join(facts);
        }
        for change in shards.tick(now).changes {
            let finding = change.finding;
            if change.kind == ChangeKind::Withdrawn {
                let told_at = first_told.get(&finding.finding_id).copied();
                told.withdrawn.push(Withdrawn {
                    told_at: told_at.unwrap_or(before),
                    ticks: (before, now),
                    finding,
                });
            } else {
                let is_new = first_told.insert(finding.finding_id, now).is_none();
                told.opened += usize::from(is_new);
            }
        }
        before = now;
    }
    // What arrives after the end is read, too.
    let late = arriving.map(|(_, log, raw)| batch(simulated.now, log, raw));
    for facts in understood(late.collect()) {
        shards.join(facts);
    }
    shards.tick(simulated.now);
    told.findings = shards.findings();
    told
}

fn batch(at: Timestamp, log: &'static str, raw: String) -> Batch {
    Batch {
        stream: Stream {
            topic: format!("{log}/log.ndjson").into(),
            partition: 0,
        },
        source: SourceName::new(log),
        records: vec![Record {
            offset: 0,
            received_at: Some(at),
            raw: raw.into_bytes(),
            broken: None,
        }],
    }
}

impl Withdrawn {
    /// The record because of which it was withdrawn: the oracle expected the finding of all that
    /// had come before, and does not expect it of that and this record.
    pub fn reason(&self, simulated: &Simulated) -> Option<Deed> {
        let (before, now) = self.ticks;
        let arrived = simulated.deeds.iter().zip(&simulated.arrivals);
        let (known, new): (Vec<_>, Vec<_>) = arrived
            .filter(|(_, at)| **at <= now)
            .partition(|(_, at)| **at <= before);
        let mut deeds: Vec<Deed> = known.into_iter().map(|(deed, _)| deed.clone()).collect();
        let expected = |deeds: &[Deed], at| {
            let all = oracle::findings(&simulated.cast, deeds, &simulated.policy, at);
            let ids: BTreeSet<FindingId> = all.iter().map(oracle::Expected::finding_id).collect();
            ids.contains(&self.finding.finding_id)
        };
        if !expected(&deeds, before) {
            return None;
        }
        for (deed, _) in new {
            deeds.push(deed.clone());
            if !expected(&deeds, now) {
                return Some(deed.clone());
            }
        }
        None
    }
}

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            rule,
            subject,
            opened_at,
            ..
        } = &self.finding;
        let (_, now) = self.ticks;
        let told_at = self.told_at;
        write!(
            f,
            "{rule} {subject} of {opened_at}, last told {told_at}, withdrawn {now}"
        )
    }
}
