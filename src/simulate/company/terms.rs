//! The deadlines that the company's policy sets: some as the rules have them, some its own.

use std::collections::BTreeMap;

use crate::model::finding::RuleId;
use crate::model::policy::RuleSettings;
use crate::model::time::Span;
use crate::simulate::chance::Chance;
use crate::simulate::world::Settings;

#[derive(Clone, Debug)]
pub struct Terms {
    delays: BTreeMap<RuleId, Span>,
    /// How long before a grant its approval may lie.
    pub before: Span,
}

impl Terms {
    pub fn new(settings: &Settings) -> Self {
        let chance = Chance::new(settings.seed, "terms", 0);
        let days = settings.until.since(settings.from).as_seconds() / 86_400;
        let delays = RuleId::ALL.map(|rule| {
            let default = RuleSettings::default_of(rule).delay;
            let mut wanted = own(rule);
            // What takes longer than half of the time could never be told of.
            wanted.retain(|span| span.as_seconds() <= days * 86_400 / 2);
            wanted.push(default);
            let too_long = default.as_seconds() > days * 86_400 / 2;
            let shortest = wanted.first().copied().unwrap_or(default);
            let chosen = match chance.below(10) {
                0..3 => *chance.pick(&wanted),
                3..6 => shortest,
                _ if too_long => shortest,
                _ => default,
            };
            (rule, chosen)
        });
        Terms {
            delays: delays.into(),
            before: *chance.pick(&[Span::days(14), Span::days(7)]),
        }
    }

    pub fn of(&self, rule: RuleId) -> Span {
        self.delays.get(&rule).copied().unwrap_or(Span::ZERO)
    }

    /// Each rule whose deadline is not its default, with the name of its parameter.
    pub fn changed(&self) -> impl Iterator<Item = (RuleId, &'static str, Span)> {
        self.delays.iter().filter_map(|(rule, delay)| {
            let default = RuleSettings::default_of(*rule).delay;
            let name = rule.parameter()?;
            (*delay != default).then_some((*rule, name, *delay))
        })
    }
}

/// Deadlines that companies set instead, the shortest first.
fn own(rule: RuleId) -> Vec<Span> {
    match rule {
        RuleId::LeaverAccountLive | RuleId::LeaverCredentialLive => {
            vec![Span::hours(8), Span::hours(36)]
        }
        RuleId::LeaverDeviceHeld => vec![Span::days(5)],
        RuleId::MoverGrantRetained => vec![Span::days(10)],
        RuleId::LeaverGrantLive | RuleId::OrphanAccount | RuleId::NhiOwnerless => {
            vec![Span::hours(48)]
        }
        RuleId::AccountDormant => vec![
            Span::days(20),
            Span::days(30),
            Span::days(45),
            Span::days(60),
        ],
        RuleId::GrantUnused => vec![Span::days(18), Span::days(30), Span::days(50)],
        RuleId::CredentialUnrotated => vec![Span::days(24), Span::days(40), Span::days(60)],
        RuleId::CredentialUnused => vec![Span::days(15), Span::days(30)],
        RuleId::AdminStanding => vec![Span::days(25), Span::days(60), Span::days(90)],
        RuleId::ContractExpired | RuleId::WorkflowIncomplete | RuleId::DeprovisionFailed => {
            vec![Span::hours(12)]
        }
        RuleId::GrantUnapproved => vec![Span::hours(36)],
        RuleId::RevocationUnfulfilled => vec![Span::hours(8)],
        RuleId::SourceSilent
        | RuleId::LeaverActivity
        | RuleId::LeaverReinstated
        | RuleId::AccountShadow => Vec::new(),
    }
}
