//! One condition of a rule, and the conditions that many rules share.

use serde::{Deserialize, Serialize};

use crate::assess::context::AccountContext;
use crate::identity::{Leave, Ownership, counts, declared};
use crate::model::fact::LinkReason;
use crate::model::id::Identifier;
use crate::model::policy::DeclaredOwner;
use crate::model::state::{LiveInterval, Owner};
use crate::model::time::{Span, Timestamp};

/// What makes an account live no longer.
pub(super) const ACCOUNT_ENDS: &str = "its suspension, deactivation or deletion";

/// Something that must be so for the rule to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub holds: Holds,
    /// Since when it is (or is not) so, where that is known; of what is to come, from when.
    pub since: Option<Timestamp>,
    /// What must be so, as a sentence.
    pub text: String,
    /// What would make it otherwise.
    pub would_change: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    Yes,
    No,
    /// Not yet: by itself from its time on, if nothing else happens.
    Later,
}

/// Conditions, as they are put together at one time.
pub(super) struct Conditions {
    now: Timestamp,
    list: Vec<Condition>,
}

impl Conditions {
    pub(super) fn new(now: Timestamp) -> Self {
        let list = Vec::new();
        Conditions { now, list }
    }

    pub(super) fn into_vec(self) -> Vec<Condition> {
        self.list
    }

    fn push(
        &mut self,
        holds: Holds,
        since: Option<Timestamp>,
        text: impl Into<String>,
        would_change: &str,
    ) {
        // What holds from the beginning of time holds always.
        let since = since.filter(|since| *since > Timestamp::MIN);
        self.list.push(Condition {
            holds,
            since,
            text: text.into(),
            would_change: (!would_change.is_empty()).then(|| would_change.to_owned()),
        });
    }

    pub(super) fn yes(&mut self, since: Option<Timestamp>, text: impl Into<String>, change: &str) {
        self.push(Holds::Yes, since, text, change);
    }

    pub(super) fn no(&mut self, since: Option<Timestamp>, text: impl Into<String>, change: &str) {
        self.push(Holds::No, since, text, change);
    }

    /// Holds from a time on, by the clock alone.
    pub(super) fn from(&mut self, at: Timestamp, text: impl Into<String>, change: &str) {
        let holds = if at <= self.now {
            Holds::Yes
        } else {
            Holds::Later
        };
        self.push(holds, Some(at), text, change);
    }

    /// Whether something is within one of its lives at a time.
    pub(super) fn live(
        &mut self,
        lives: &[LiveInterval],
        at: Timestamp,
        text: impl Into<String>,
        change: &str,
    ) {
        if let Some(live) = lives.iter().find(|live| live.contains(at)) {
            return self.yes(Some(live.from), text, change);
        }
        let ends = lives.iter().filter_map(|live| live.until);
        let ended = ends.filter(|end| *end <= at).max();
        // What was judged in the past is not judged again.
        let change = if at < self.now {
            ""
        } else {
            "it comes back to life"
        };
        self.no(ended, text, change);
    }

    /// Whether the account is live at a time.
    pub(super) fn account_live(&mut self, context: &AccountContext<'_>, at: Timestamp, text: &str) {
        self.live(&context.live, at, text, ACCOUNT_ENDS);
    }
}

/// One person owns the account.
pub(super) fn owned(context: &AccountContext<'_>, list: &mut Conditions) {
    match &context.ownership {
        Ownership::Person { owner, since, .. } => {
            let who = context.owner_called();
            let by = reason(context, owner).map_or_else(String::new, |by| format!(" by {by}"));
            let change = "another link, or a second person who claims it";
            list.yes(Some(*since), format!("it is owned by {who}{by}"), change);
        }
        Ownership::Nobody => {
            let change = "a record or a [[link]] that says whose it is";
            list.no(None, "one person owns it, and nobody is known to", change);
        }
        Ownership::Disputed(people) => {
            let people: Vec<&str> = people.iter().map(|person| &*person.0).collect();
            let text = format!("one person owns it, and {} claim it", people.join(" and "));
            list.no(None, text, "a [[link]] of the policy that settles it");
        }
        Ownership::NonHuman(_) => {
            let text = "one person owns it, and it is a non-human identity's";
            list.no(None, text, "its owner's leaving is nhi-ownerless");
        }
    }
}

/// The foremost of what links them.
fn reason(context: &AccountContext<'_>, owner: &Owner) -> Option<String> {
    let policy = context.policy;
    let declared = declared(context.id, context.state, policy);
    let vias = owner.vias.keys();
    let count = vias.filter(|(identifier, reason)| counts(policy, declared, (identifier, *reason)));
    let (identifier, reason) = count.min_by_key(|(_, reason)| *reason)?;
    let identifier = match identifier {
        Identifier::Email(address) => format!("the address {address}"),
        Identifier::EmployeeId(id) => format!("the employee id {id}"),
    };
    Some(match reason {
        LinkReason::Policy => format!("the policy, which names {identifier}"),
        LinkReason::Stated => format!("{identifier}, which its source states"),
        LinkReason::Email => identifier,
        LinkReason::Alias => format!("{identifier}, of which its own is an alias"),
        LinkReason::Answers => format!("{identifier}, which answers for it"),
        LinkReason::Provisioned => format!("{identifier}, provisioned by the identity provider"),
    })
}

/// The leave that counts: the one in force at `now`, or else the next, or else the last.
pub(super) fn leave_at(leaves: &[Leave], now: Timestamp) -> Option<&Leave> {
    let ahead = || leaves.iter().find(|leave| leave.terminated_at > now);
    let covering = leaves.iter().rfind(|leave| leave.covers(now));
    covering.or_else(ahead).or_else(|| leaves.last())
}

/// Whoever it belongs to is gone.
pub(super) fn gone<'l>(
    leaves: &'l [Leave],
    now: Timestamp,
    list: &mut Conditions,
) -> Option<&'l Leave> {
    let Some(leave) = leave_at(leaves, now) else {
        list.no(
            None,
            "the owner was terminated",
            "a termination in the HR source",
        );
        return None;
    };
    match leave.rehired_at.filter(|rehired| *rehired <= now) {
        Some(rehired) => {
            let text = format!(
                "the owner, who left on {}, was not rehired",
                leave.terminated_at
            );
            list.no(Some(rehired), text, "another termination");
        }
        None => list.from(leave.terminated_at, "the owner was terminated", "a rehire"),
    }
    Some(leave)
}

/// Something was there when a grace was over.
pub(super) fn grace(list: &mut Conditions, since: Timestamp, grace: Span) -> Timestamp {
    let deadline = since + grace;
    let text = format!("the grace of {grace} is over");
    list.from(deadline, text, "");
    deadline
}

/// The policy's or the source's word that it is no person's.
pub(super) fn declared_text(declared: Option<&DeclaredOwner>) -> &'static str {
    match declared {
        Some(declared) if declared.nhi => "the policy declares it a non-human identity's",
        _ => "its source marks it as no person's",
    }
}
