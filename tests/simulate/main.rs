//! The simulated company: the same for the same seed, and every record says what its deed does.

mod accord;

use std::sync::Arc;

use tenure::config::policy_file;
use tenure::model::time::{Span, Timestamp};
use tenure::normalize::Mappings;
use tenure::simulate::sources::LOGS;
use tenure::simulate::{Settings, Simulation, simulate};

const SEEDS: [u64; 3] = [1, 2, 77];

fn settings(seed: u64) -> Settings {
    // 2026-01-05T00:00:00Z
    let from = Timestamp::from_seconds(1_767_571_200);
    Settings {
        seed,
        people: 12,
        from,
        until: from + Span::days(120),
        stories: 1,
        background_per_mille: 300,
    }
}

fn records(simulation: &Simulation) -> Vec<String> {
    let all = simulation.days().flatten();
    all.map(|numbered| simulation.record(&numbered)).collect()
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_gives_others() {
    let one = simulate(settings(1));
    let again = simulate(settings(1));
    assert_eq!(one.policy, again.policy);
    assert_eq!(records(&one), records(&again));
    assert_ne!(records(&one), records(&simulate(settings(2))));
}

#[test]
fn the_normaliser_reads_of_every_record_what_its_deed_says() {
    let mappings = Arc::new(Mappings::builtin());
    for seed in SEEDS {
        let simulation = simulate(settings(seed));
        accord::check(&simulation, mappings.clone());
    }
}

#[test]
fn every_log_has_something_to_tell_in_order_of_time() {
    let simulation = simulate(settings(5));
    let deeds: Vec<_> = simulation.deeds().collect();
    assert!(deeds.is_sorted_by_key(|deed| deed.at));
    for log in LOGS {
        let count = deeds.iter().filter(|deed| deed.log == log).count();
        assert!(count > 5, "{log}: {count}");
    }
}

#[test]
fn the_policy_is_one_that_a_user_could_have_written() {
    for seed in SEEDS {
        let simulation = simulate(settings(seed));
        let checked = policy_file::parse("policy.toml", &simulation.policy);
        let checked =
            checked.unwrap_or_else(|problems| panic!("{problems}\n{}", simulation.policy));
        assert!(!checked.value.links.is_empty());
        assert!(!checked.value.exemptions.is_empty());
        assert!(!checked.value.baselines.is_empty());
    }
}

#[test]
fn a_story_is_known_by_what_its_findings_are_about() {
    let simulation = simulate(settings(1));
    let stories = simulation.cast.accounts.iter().filter(|account| {
        let id = format!("{}:{}|role:x", account.source, account.uid);
        simulation
            .label(&id)
            .is_some_and(|label| label != "ordinary")
    });
    assert!(stories.count() > 200);
}
