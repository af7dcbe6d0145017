//! A lifecycle workflow run started and has neither succeeded nor failed at started + limit, or it
//! failed and no retry succeeded by failure + limit; until the run or a retry succeeds. A chain of
//! retries counts for its root. A run whose start was not logged began with its first step.

use std::collections::BTreeMap;

use crate::model::finding::RuleId;
use crate::model::time::Timestamp;
use crate::simulate::deed::{Workflow, WorkflowChange};
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::Stretch;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    let limit = company.delay(RuleId::WorkflowIncomplete);
    let mut chains: BTreeMap<&str, Vec<(Timestamp, &Workflow)>> = BTreeMap::new();
    for (run, told) in &company.runs {
        let chain = chains.entry(root(company, run)).or_default();
        chain.extend(told);
    }
    for (root, told) in chains {
        let succeeded = of(&told, &WorkflowChange::Succeeded);
        // The retries stand for a root that no record tells of.
        let own = company.runs.get(root).unwrap_or(&told);
        let failed = of(own, &WorkflowChange::Failed);
        let started = of(own, &WorkflowChange::Started).into_iter().min();
        let first_step = own.iter().map(|(at, run)| (*at, &run.change));
        let mut first_step = first_step.filter(|(_, change)| is_step(change));
        let started = started.or_else(|| first_step.next().map(|(at, _)| at));
        let by = |times: &[Timestamp], at| times.iter().any(|time| *time <= at);

        let hangs = started.map(|started| started + limit);
        let hangs = hangs.filter(|at| !by(&failed, *at) && !by(&succeeded, *at));
        let fails = failed.iter().map(|failed| *failed + limit);
        let fails = fails.filter(|at| !by(&succeeded, *at));
        let Some(from) = hangs.into_iter().chain(fails).min() else {
            continue;
        };
        let later = succeeded.iter().copied().filter(|at| *at > from);
        let to = later.min();
        opinions.push(Opinion::of(
            format!("workflow:{root}"),
            Stretch { from, to },
        ));
    }
}

fn of(told: &[(Timestamp, &Workflow)], change: &WorkflowChange) -> Vec<Timestamp> {
    let told = told.iter().filter(|(_, run)| run.change == *change);
    told.map(|(at, _)| *at).collect()
}

fn is_step(change: &WorkflowChange) -> bool {
    matches!(change, WorkflowChange::EndAccount { .. })
}

/// The run that the first of the retries tried again.
fn root<'c>(company: &Company<'c>, run: &'c str) -> &'c str {
    let mut root = run;
    for _ in 0..company.runs.len() {
        let mut told = company.runs.get(root).into_iter().flatten();
        match told.find_map(|(_, run)| run.retry_of.as_ref()) {
            Some(earlier) => root = earlier,
            None => break,
        }
    }
    root
}
