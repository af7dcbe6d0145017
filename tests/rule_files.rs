//! Every rule carries its tests, they hold, and they would notice if they did not.

use std::sync::Arc;

use tenure::cli::rules::case::{Case, Expected, RuleFile};
use tenure::cli::rules::{files, runner};
use tenure::model::finding::{RuleId, Status};
use tenure::model::policy::Policy;
use tenure::model::time::Span;
use tenure::normalize::Mappings;

fn built_in() -> Vec<RuleFile> {
    let read = files::built_in();
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    read.files
}

fn expected(case: &Case) -> impl Iterator<Item = &Expected> {
    case.steps
        .iter()
        .filter_map(|step| step.expect.as_ref())
        .flatten()
}

#[test]
fn every_rule_shows_when_it_fires_when_it_resolves_and_when_it_does_not() {
    let files = built_in();
    assert_eq!(files.len(), RuleId::ALL.len());
    for file in files {
        let rule = file.rule;
        let some = |status: Status| {
            let mut all = file.cases.iter().flat_map(expected);
            all.any(|one| one.rule == rule && one.status == status)
        };
        for status in [Status::Open, Status::Resolved, Status::Withdrawn] {
            assert!(some(status), "{rule} shows nothing {}", status.as_str());
        }
        let silent = |case: &&Case| expected(case).next().is_none();
        let silent = file.cases.iter().filter(silent).count();
        assert!(
            silent >= 2,
            "{rule} has {silent} cases in which it must not fire"
        );
    }
}

#[test]
fn the_cases_of_every_rule_hold() {
    let (policy, mappings) = (Arc::default(), Arc::new(Mappings::builtin()));
    for file in built_in() {
        for case in &file.cases {
            let outcome = runner::run(file.rule, case, &policy, &mappings);
            assert!(
                outcome.is_good(),
                "{}: {}: {outcome:#?}",
                file.rule,
                case.name
            );
        }
    }
}

/// Each expectation of each case, broken in one way, makes the case fail.
#[test]
fn a_case_whose_expectations_are_broken_fails() {
    let (policy, mappings): (Arc<Policy>, _) = (Arc::default(), Arc::new(Mappings::builtin()));
    let fails = |file: &RuleFile, case: &Case, how: &str| {
        let outcome = runner::run(file.rule, case, &policy, &mappings);
        assert!(
            !outcome.is_good(),
            "{}: {} holds {how}",
            file.rule,
            case.name
        );
    };
    for file in built_in() {
        for case in &file.cases {
            for place in 0..case.steps.len() {
                let broken = |change: &dyn Fn(&mut Vec<Expected>)| {
                    let mut case = case.clone();
                    change(case.steps.get_mut(place)?.expect.as_mut()?);
                    Some(case)
                };
                let is_empty = case.steps[place].expect.as_ref().is_none_or(Vec::is_empty);
                let later = broken(&|all| {
                    for one in all {
                        one.opened_at = one.opened_at + Span::from_seconds(60);
                    }
                });
                later
                    .filter(|_| !is_empty)
                    .iter()
                    .for_each(|case| fails(&file, case, "a minute later"));
                let without = broken(&Vec::clear).filter(|_| !is_empty);
                without
                    .iter()
                    .for_each(|case| fails(&file, case, "without a finding"));
                let with_more = broken(&|all| {
                    all.push(Expected {
                        rule: file.rule,
                        subject: "okta:nobody".to_owned(),
                        status: Status::Open,
                        severity: None,
                        opened_at: "2026-01-05T10:00:00Z".parse().expect("time"),
                        resolved_at: None,
                    });
                });
                with_more
                    .iter()
                    .for_each(|case| fails(&file, case, "with another finding"));
            }
        }
    }
}
