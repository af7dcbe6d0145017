//! The checked form of `policy.toml`: what the logs cannot say.

use std::collections::{BTreeMap, BTreeSet};

use super::Text;
use super::fact::Actor;
use super::finding::{RuleId, Severity};
use super::id::{AccountId, Identifier, PersonId, SourceName};
use super::time::{Span, Timestamp};

/// All that assessing needs besides facts and the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub rules: BTreeMap<RuleId, RuleSettings>,
    pub sources: BTreeMap<SourceName, SourceSettings>,
    /// By account as the policy writes it: `source:uid` or `source:name`, the name lower-cased.
    pub links: BTreeMap<AccountId, DeclaredOwner>,
    /// What non-human identities are for, by account as in `links`.
    pub purposes: BTreeMap<AccountId, Text>,
    pub baselines: Vec<Baseline>,
    /// Grants that count as privileged beyond those known, as `source:kind:name`.
    pub privileged: BTreeSet<Text>,
    pub exemptions: Vec<Exemption>,
    /// Employee ids that are one person's, each in one set.
    pub identities: Vec<BTreeSet<PersonId>>,
    pub plus_aliases: PlusAliases,
    /// Addresses that are nobody's, whoever's records name them.
    pub shared_mailboxes: BTreeSet<Identifier>,
}

/// Whose an account is that has an address with a `+tag`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlusAliases {
    /// Whoever has that very address.
    #[default]
    Separate,
    /// Whoever has it, or the address without the tag.
    Same,
}

/// Settings of one rule, defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSettings {
    pub enabled: bool,
    pub severity: Severity,
    /// The parameter of each rule that has a deadline (`grace`, `idle`, `max_age`, `after`); zero
    /// for a rule without one.
    pub delay: Span,
    /// How long before its subject what excuses it may lie; zero where nothing does.
    pub before: Span,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSettings {
    pub managed_by: Option<Text>,
    pub provisioners: BTreeSet<Text>,
    pub silence: Option<Span>,
}

/// `[[link]]` or `[[nhi]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredOwner {
    /// An NHI may be declared without an owner.
    pub owner: Option<Identifier>,
    pub nhi: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    pub department: Option<Text>,
    pub title: Option<Text>,
    pub manager_id: Option<Text>,
    pub employment_type: Option<Text>,
    /// As `source:kind:name`.
    pub grants: BTreeSet<Text>,
}

/// An accepted exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    pub rule: RuleId,
    /// `source:uid` or `source:name`, the name lower-cased.
    pub account: AccountId,
    pub reason: Text,
    /// From here on the finding is reported again.
    pub until: Timestamp,
}

impl Policy {
    /// Settings of `rule`; a policy always has all of them.
    pub fn rule(&self, rule: RuleId) -> RuleSettings {
        self.rules
            .get(&rule)
            .cloned()
            .unwrap_or_else(|| RuleSettings::default_of(rule))
    }

    /// Whether what `actor` does at the source is governed: an actor by name, address or uid.
    pub fn is_provisioner(&self, source: &SourceName, actor: &Actor) -> bool {
        self.source(source).is_some_and(|settings| {
            let mut known = settings.provisioners.iter();
            known.any(|known| actor.is_named(known))
        })
    }

    /// The other address that an account with this one claims.
    pub fn alias_of(&self, identifier: &Identifier) -> Option<Identifier> {
        match self.plus_aliases {
            PlusAliases::Separate => None,
            PlusAliases::Same => identifier.without_tag(),
        }
    }

    /// Whether the address is nobody's: a shared mailbox, or an alias of one.
    pub fn is_shared(&self, identifier: &Identifier) -> bool {
        let is_named = |identifier: &Identifier| self.shared_mailboxes.contains(identifier);
        !self.shared_mailboxes.is_empty()
            && (is_named(identifier) || self.alias_of(identifier).as_ref().is_some_and(is_named))
    }

    /// How long the log `name` may be silent, where the policy says so: of the log itself, or of
    /// the source whose accounts it tells of.
    pub fn silence(&self, name: &SourceName) -> Option<Span> {
        let of = |name: &SourceName| self.source(name).and_then(|settings| settings.silence);
        of(name).or_else(|| of(&name.accounts()))
    }

    /// What is said of a source: of this tenant of it, or else of the source as such.
    pub fn source(&self, name: &SourceName) -> Option<&SourceSettings> {
        let settings = self.sources.get(name);
        settings.or_else(|| self.sources.get(&SourceName::new(name.base())))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            rules: RuleId::ALL
                .map(|rule| (rule, RuleSettings::default_of(rule)))
                .into(),
            sources: BTreeMap::new(),
            links: BTreeMap::new(),
            purposes: BTreeMap::new(),
            baselines: Vec::new(),
            privileged: BTreeSet::new(),
            exemptions: Vec::new(),
            identities: Vec::new(),
            plus_aliases: PlusAliases::default(),
            shared_mailboxes: BTreeSet::new(),
        }
    }
}

impl RuleSettings {
    pub fn default_of(rule: RuleId) -> Self {
        let (delay, severity) = match rule {
            RuleId::LeaverAccountLive
            | RuleId::LeaverCredentialLive
            | RuleId::ContractExpired
            | RuleId::DeprovisionFailed
            | RuleId::SourceSilent => (Span::hours(24), Severity::High),
            RuleId::LeaverActivity | RuleId::LeaverReinstated => (Span::ZERO, Severity::Critical),
            RuleId::LeaverGrantLive => (Span::hours(72), Severity::Medium),
            RuleId::LeaverDeviceHeld => (Span::days(7), Severity::Medium),
            RuleId::MoverGrantRetained => (Span::days(14), Severity::Medium),
            RuleId::OrphanAccount | RuleId::NhiOwnerless => (Span::hours(72), Severity::High),
            RuleId::AccountDormant | RuleId::CredentialUnrotated => {
                (Span::days(90), Severity::Medium)
            }
            RuleId::GrantUnused => (Span::days(90), Severity::Low),
            RuleId::CredentialUnused => (Span::days(45), Severity::Low),
            RuleId::AdminStanding => (Span::days(180), Severity::Medium),
            RuleId::AccountShadow => (Span::ZERO, Severity::Medium),
            RuleId::WorkflowIncomplete | RuleId::GrantUnapproved => {
                (Span::hours(24), Severity::Medium)
            }
            RuleId::RevocationUnfulfilled => (Span::hours(4), Severity::High),
        };
        RuleSettings {
            enabled: true,
            severity,
            delay,
            before: match rule {
                RuleId::GrantUnapproved => Span::days(14),
                _ => Span::ZERO,
            },
        }
    }

    /// The parameter of `rule` that `policy.toml` calls `name`.
    pub fn parameter(&mut self, rule: RuleId, name: &str) -> Option<&mut Span> {
        match (rule, name) {
            (RuleId::GrantUnapproved, "before") => Some(&mut self.before),
            _ => (rule.parameter() == Some(name)).then_some(&mut self.delay),
        }
    }
}

impl RuleId {
    /// The name that the rule's delay has in `policy.toml`.
    pub const fn parameter(self) -> Option<&'static str> {
        match self {
            RuleId::LeaverAccountLive
            | RuleId::LeaverCredentialLive
            | RuleId::LeaverGrantLive
            | RuleId::LeaverDeviceHeld
            | RuleId::ContractExpired
            | RuleId::OrphanAccount
            | RuleId::NhiOwnerless
            | RuleId::RevocationUnfulfilled
            | RuleId::DeprovisionFailed => Some("grace"),
            RuleId::MoverGrantRetained => Some("review"),
            RuleId::GrantUnapproved => Some("after"),
            RuleId::AccountDormant | RuleId::GrantUnused | RuleId::CredentialUnused => Some("idle"),
            RuleId::CredentialUnrotated | RuleId::AdminStanding => Some("max_age"),
            RuleId::WorkflowIncomplete => Some("limit"),
            RuleId::SourceSilent => Some("silence"),
            RuleId::LeaverActivity | RuleId::LeaverReinstated | RuleId::AccountShadow => None,
        }
    }
}
