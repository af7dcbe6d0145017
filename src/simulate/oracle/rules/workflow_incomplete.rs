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
        let own = company
            .runs
            .get(root)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let (mut started, mut failed) = (begun(own), of(own, &WorkflowChange::Failed));
        if started.is_none() && failed.is_empty() {
            // The retries stand for a root of whose beginning and end no record tells.
            started = of(&told, &WorkflowChange::Started).into_iter().min();
            failed = of(&told, &WorkflowChange::Failed);
        }
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

/// When the run started, or where nothing says so, its first step.
fn begun(own: &[(Timestamp, &Workflow)]) -> Option<Timestamp> {
    let is_step = |change: &WorkflowChange| matches!(change, WorkflowChange::EndAccount { .. });
    let steps = own.iter().filter(|(_, run)| is_step(&run.change));
    let started = of(own, &WorkflowChange::Started).into_iter().min();
    started.or_else(|| steps.map(|(at, _)| *at).min())
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
