//! Populations: what a test could have found an exception in. A count of exceptions says nothing
//! without one, and where the archive cannot say, that is told and never counted as nothing.

mod people;

use serde::{Deserialize, Serialize};

use super::period::Period;
use super::queries::{Query, time};
use crate::model::finding::RuleId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    Leavers,
    Movers,
    ContractsEnded,
    Accounts,
    NonHumanAccounts,
    Credentials,
    Grants,
    PrivilegedGrants,
    AccountsCreated,
    GrantsMade,
    AccountEndings,
    TicketsClosed,
    WorkflowRuns,
    Sources,
}

/// Which column of a finding names the member of the population that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    Identity,
    Account,
    Subject,
    /// Names in events and subjects of findings may differ, so that they are not compared.
    NotCompared,
}

/// What the archive must hold for a population to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Events whose verb begins so, at any time.
    Verbs(&'static str),
    /// A snapshot of live access within the period.
    Snapshot,
    /// A snapshot of people within the period, or after it.
    People,
    /// Such a snapshot, or events whose verb begins so, at any time.
    PeopleOrVerbs(&'static str),
    Nothing,
}

impl Population {
    /// The population that a rule looks at.
    pub const fn of(rule: RuleId) -> Self {
        match rule {
            RuleId::LeaverAccountLive
            | RuleId::LeaverActivity
            | RuleId::LeaverCredentialLive
            | RuleId::LeaverReinstated
            | RuleId::LeaverGrantLive
            | RuleId::LeaverDeviceHeld => Population::Leavers,
            RuleId::MoverGrantRetained => Population::Movers,
            RuleId::ContractExpired => Population::ContractsEnded,
            RuleId::OrphanAccount | RuleId::AccountDormant => Population::Accounts,
            RuleId::NhiOwnerless => Population::NonHumanAccounts,
            RuleId::CredentialUnrotated | RuleId::CredentialUnused => Population::Credentials,
            RuleId::GrantUnused => Population::Grants,
            RuleId::AdminStanding => Population::PrivilegedGrants,
            RuleId::AccountShadow => Population::AccountsCreated,
            RuleId::GrantUnapproved => Population::GrantsMade,
            RuleId::DeprovisionFailed => Population::AccountEndings,
            RuleId::RevocationUnfulfilled => Population::TicketsClosed,
            RuleId::WorkflowIncomplete => Population::WorkflowRuns,
            RuleId::SourceSilent => Population::Sources,
        }
    }

    /// As files and columns name it.
    pub const fn key(self) -> &'static str {
        match self {
            Population::Leavers => "leavers",
            Population::Movers => "movers",
            Population::ContractsEnded => "contracts_ended",
            Population::Accounts => "accounts",
            Population::NonHumanAccounts => "non_human_accounts",
            Population::Credentials => "credentials",
            Population::Grants => "grants",
            Population::PrivilegedGrants => "privileged_grants",
            Population::AccountsCreated => "accounts_created",
            Population::GrantsMade => "grants_made",
            Population::AccountEndings => "account_endings",
            Population::TicketsClosed => "tickets_closed",
            Population::WorkflowRuns => "workflow_runs",
            Population::Sources => "sources",
        }
    }

    /// What it counts, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Population::Leavers => "people who left within the period",
            Population::Movers => "people who moved within the period",
            Population::ContractsEnded => "people whose contract ended within the period",
            Population::Accounts => "accounts that were live at a snapshot",
            Population::NonHumanAccounts => "non-human accounts that were live at a snapshot",
            Population::Credentials => "credentials that were live at a snapshot",
            Population::Grants => "grants that were live at a snapshot",
            Population::PrivilegedGrants => "privileged grants that were live at a snapshot",
            Population::AccountsCreated => "accounts created within the period",
            Population::GrantsMade => "grants made within the period",
            Population::AccountEndings => "attempts to end an account within the period",
            Population::TicketsClosed => "tickets resolved or closed within the period",
            Population::WorkflowRuns => "workflow runs started within the period",
            Population::Sources => "sources with records up to the end of the period",
        }
    }

    /// How it was counted, in a sentence.
    pub const fn how(self) -> &'static str {
        match self {
            Population::Leavers => {
                "Distinct people whose termination, by the HR record that counts, took effect \
                 within the period. A corrected record replaces the one before it. Those whom HR \
                 only lists as gone are added from the newest snapshot that knows of each: of \
                 people, taken within the period or as the first at its end or later."
            }
            Population::Movers => {
                "Distinct people with a transfer in HR's records that took effect within the \
                 period. Changes that HR only states in listings are not among them."
            }
            Population::ContractsEnded => {
                "Distinct people whose contract's end came within the period, its last midnight \
                 included, whether or not they had left by then. The newest snapshot of people \
                 that knows of each says so: taken within the period, or as the first at its end \
                 or later. An extension that was in force before the end counts; of several ends \
                 of one person the newest that the snapshot tells."
            }
            Population::Accounts
            | Population::NonHumanAccounts
            | Population::Credentials
            | Population::Grants
            | Population::PrivilegedGrants => {
                "Distinct ones in the archive's daily snapshots of live access that were taken \
                 within the period. What lived only between two snapshots is not among them."
            }
            Population::AccountsCreated => {
                "Distinct accounts whose successful creation was logged within the period."
            }
            Population::GrantsMade => {
                "Logged successful assignments of groups, applications, roles, policies and \
                 consents; one that was logged twice counts twice."
            }
            Population::AccountEndings => {
                "Logged attempts to suspend, deactivate or delete an account, failed ones \
                 included."
            }
            Population::TicketsClosed => {
                "Distinct tickets with a resolution or closure within the period, of all kinds: \
                 a kind is in the raw record only."
            }
            Population::WorkflowRuns => "Distinct runs whose start was logged within the period.",
            Population::Sources => "Distinct sources of archived records.",
        }
    }

    pub const fn concerns(self) -> Concerns {
        match self {
            Population::Leavers | Population::Movers | Population::ContractsEnded => {
                Concerns::Identity
            }
            Population::Accounts | Population::NonHumanAccounts => Concerns::Account,
            Population::Credentials
            | Population::Grants
            | Population::PrivilegedGrants
            | Population::TicketsClosed
            | Population::Sources => Concerns::Subject,
            Population::AccountsCreated
            | Population::GrantsMade
            | Population::AccountEndings
            | Population::WorkflowRuns => Concerns::NotCompared,
        }
    }

    pub const fn needs(self) -> Needs {
        match self {
            Population::Leavers => Needs::PeopleOrVerbs("hr"),
            Population::Movers => Needs::Verbs("hr"),
            Population::ContractsEnded => Needs::People,
            Population::Accounts
            | Population::NonHumanAccounts
            | Population::Credentials
            | Population::Grants
            | Population::PrivilegedGrants => Needs::Snapshot,
            // Without any event of accounts there is no source of them.
            Population::AccountsCreated | Population::AccountEndings => Needs::Verbs("account"),
            Population::GrantsMade | Population::Sources => Needs::Nothing,
            Population::TicketsClosed => Needs::Verbs("ticket"),
            Population::WorkflowRuns => Needs::Verbs("workflow"),
        }
    }

    /// One row a member, `item` first and unique.
    pub fn query(self, period: &Period) -> Query {
        let listed = |item: &str, which: &str| snapshot_members(item, which, period);
        let sql = match self {
            Population::ContractsEnded => people::contracts_ended(period),
            Population::Leavers => people::leavers(period),
            Population::Movers => first_events(
                "coalesce(user_uid, user_email)",
                "verb = 'hr.transfer'",
                "coalesce(effective_time, time)",
                period,
            ),
            Population::Accounts => listed("account", "subject = 'account'"),
            Population::NonHumanAccounts => {
                listed("account", "subject = 'account' AND link = 'non_human'")
            }
            Population::Credentials => listed(
                "source || ':' || what",
                "subject = 'credential' AND what IS NOT NULL",
            ),
            Population::Grants => listed(GRANT, "subject = 'grant'"),
            Population::PrivilegedGrants => listed(GRANT, "subject = 'grant' AND privileged"),
            Population::AccountsCreated => first_events(
                "coalesce(account, event_uid)",
                "verb = 'account.create' AND outcome = 'success'",
                "time",
                period,
            ),
            Population::GrantsMade => first_events(
                "event_uid",
                "verb IN ('app.assign', 'group.member_add', 'oauth.grant', 'policy.attach', \
                 'role.grant') AND outcome = 'success'",
                "time",
                period,
            ),
            Population::AccountEndings => first_events(
                "event_uid",
                "verb IN ('account.suspend', 'account.deactivate', 'account.delete')",
                "time",
                period,
            ),
            Population::TicketsClosed => first_events(
                "'ticket:' || ticket",
                "verb IN ('ticket.resolve', 'ticket.close') AND ticket IS NOT NULL",
                "time",
                period,
            ),
            Population::WorkflowRuns => first_events(
                "'workflow:' || coalesce(vendor_uid, event_uid)",
                "verb = 'workflow.start'",
                "time",
                period,
            ),
            Population::Sources => sources(period),
        };
        Query::new(format!("population_{}", self.key()), sql)
    }
}

/// As subjects of findings name a grant.
const GRANT: &str = "account || '|' || coalesce(kind, '') || ':' || coalesce(what, '')";

/// The first of each item's events.
fn first_events(item: &str, which: &str, at: &str, period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    format!(
        "SELECT item, happened_at, recorded_at, source, verb, outcome, identity, account, user_name,\n    \
             user_email, actor_uid, actor_name, entitlement, ticket, event_uid\n\
         FROM (\n    \
             SELECT {item} AS item, {at} AS happened_at, time AS recorded_at, source, verb, outcome,\n        \
                 identity, account, user_name, user_email, actor_uid, actor_name, entitlement, ticket, event_uid,\n        \
                 row_number() OVER (\n            \
                     PARTITION BY {item} ORDER BY {at}, topic, \"partition\", \"offset\", event_index\n        \
                 ) AS place\n    \
             FROM events\n    \
             WHERE {which}\n        \
                 AND {at} >= {begin}\n        \
                 AND {at} < {end}\n\
         ) AS members\n\
         WHERE place = 1 AND item IS NOT NULL\n\
         ORDER BY item"
    )
}

/// The newest row of each item in the period's snapshots. One that was taken at the very end is
/// the state that the period left.
fn snapshot_members(item: &str, which: &str, period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    format!(
        "SELECT item, source, account, account_name, kind, what, privileged, link, identity, email, name,\n    \
             owner_state, since, first_listed, last_listed, snapshots, granted_by, approval, approved_by,\n    \
             approved_at, last_used, last_used_at, event_uid\n\
         FROM (\n    \
             SELECT {item} AS item, source, account, account_name, kind, what, privileged, link, identity, email,\n        \
                 name, owner_state, since, as_of AS last_listed, granted_by, approval, approved_by, approved_at,\n        \
                 last_used, last_used_at, split_part(evidence, ' ', 1) AS event_uid,\n        \
                 min(as_of) OVER (PARTITION BY {item}) AS first_listed,\n        \
                 count(*) OVER (PARTITION BY {item}) AS snapshots,\n        \
                 row_number() OVER (\n            \
                     PARTITION BY {item} ORDER BY as_of DESC, since, account, evidence\n        \
                 ) AS place\n    \
             FROM access\n    \
             WHERE {which}\n        \
                 AND as_of >= {begin}\n        \
                 AND as_of <= {end}\n\
         ) AS members\n\
         WHERE place = 1\n\
         ORDER BY item"
    )
}

fn sources(period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    format!(
        "SELECT 'source:' || source AS item, source, min(coalesce(time, received_at)) AS first_record_at,\n    \
             max(coalesce(time, received_at)) AS last_record_at,\n    \
             CAST(sum(CASE WHEN event_index = 0 AND coalesce(time, received_at) >= {begin} THEN 1 ELSE 0 END)\n        \
                 AS BIGINT) AS records_in_period,\n    \
             max(CASE WHEN event_index = 0 THEN event_uid ELSE NULL END) AS event_uid\n\
         FROM events\n\
         WHERE coalesce(time, received_at) < {end}\n\
         GROUP BY source\n\
         ORDER BY item"
    )
}
