//! A company with its logs, and what must be told of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenure::config::policy_file;
use tenure::model::Text;
use tenure::model::finding::RuleId;
use tenure::model::policy::Policy;
use tenure::model::time::{Span, Timestamp};
use tenure::simulate::deed::{AccountNo, Act, Cast, CredentialNo, Deed, DeviceNo};
use tenure::simulate::oracle::{self, Expected};
use tenure::simulate::{Settings, Simulation, simulate, sources};

#[derive(Clone)]
pub struct Simulated {
    pub seed: u64,
    pub cast: Cast,
    /// In order of time.
    pub deeds: Vec<Deed>,
    /// When the record of each of them arrives.
    pub arrivals: Vec<Timestamp>,
    pub policy: Arc<Policy>,
    pub from: Timestamp,
    pub now: Timestamp,
    /// The made-up company, where it is one.
    pub simulation: Option<Arc<Simulation>>,
}

/// A small company, for half a year, with every story.
pub fn company(seed: u64) -> Simulated {
    let from = Timestamp::from_seconds(1_767_225_600);
    let until = from + Span::days(180);
    let simulation = simulate(Settings {
        seed,
        people: 20,
        from,
        until,
        stories: 1,
        background_per_mille: 200,
    });
    let policy = policy_file::parse("policy.toml", &simulation.policy);
    let policy = policy.unwrap_or_else(|problems| panic!("{problems}\n{}", simulation.policy));
    let numbered = || simulation.days().flatten();
    Simulated {
        seed,
        cast: simulation.cast.clone(),
        deeds: simulation.deeds().collect(),
        arrivals: numbered().map(|of| simulation.arrives(&of)).collect(),
        policy: Arc::new(policy.value),
        from,
        now: until,
        simulation: Some(Arc::new(simulation)),
    }
}

impl Simulated {
    /// Each deed's log and record, in the order of the deeds.
    pub fn records(&self) -> Vec<(&'static str, String)> {
        let told = self.deeds.iter().zip(0..);
        told.map(|(deed, number)| {
            let record = sources::record(&self.cast, deed, (self.seed, number));
            (deed.log, record.expect("the log has words for it"))
        })
        .collect()
    }

    pub fn expected(&self) -> Vec<Expected> {
        oracle::findings(&self.cast, &self.deeds, &self.policy, self.now)
    }

    /// What the policy says that may bear on the rule.
    pub fn settings(&self, rule: RuleId) -> String {
        let Policy {
            sources,
            links,
            baselines,
            exemptions,
            ..
        } = &*self.policy;
        let settings = self.policy.rule(rule);
        format!("{settings:?}\n{sources:?}\n{links:?}\n{baselines:?}\n{exemptions:?}")
    }

    /// What the stories are about, each with the rule to which its story belongs.
    pub fn stories(&self) -> Vec<(RuleId, Text)> {
        let cast = &self.cast;
        let accounts = (0..cast.accounts.len()).map(|no| cast.account_id(AccountNo(no)));
        let credentials = 0..cast.credentials.len();
        let credentials = credentials.map(|no| cast.credential_id(CredentialNo(no)));
        let devices = (0..cast.devices.len()).map(|no| cast.device_id(DeviceNo(no)));
        let told = self.deeds.iter().map(|deed| match &deed.act {
            Act::Ticket(ticket) => Text::from(format!("ticket:{}", ticket.id)),
            Act::Workflow(of) => Text::from(format!("workflow:{}", of.run)),
            _ => Text::from(format!("source:{}", deed.log)),
        });
        let subjects = accounts.chain(credentials).chain(devices).chain(told);
        let subjects: BTreeSet<Text> = subjects.collect();
        let of_rule = subjects.into_iter().filter_map(|subject| {
            // Every log that goes on is a silence that is none.
            if subject.starts_with("source:") {
                return Some((RuleId::SourceSilent, subject));
            }
            let story = self.story(&subject);
            let rule = RuleId::parse(story.split(['.', '/']).next()?)?;
            Some((rule, subject))
        });
        of_rule.collect()
    }

    pub fn story(&self, subject: &str) -> &str {
        let simulation = self.simulation.as_ref();
        let label = simulation.and_then(|simulation| simulation.label(subject));
        label.unwrap_or_default()
    }
}
