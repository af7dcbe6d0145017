//! The census: how many people, accounts, grants and credentials there are, by what they are.
//!
//! Counted home by home; counts of homes add up in any order. No identity is in it.

use std::collections::BTreeMap;

use super::Text;
use super::fact::LinkReason;
use super::id::SourceName;
use super::limits::CENSUS_COUNTS_MAX;
use super::time::Span;

/// One kind of thing that is counted. `SourceName` is the namespace of accounts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// A person whom HR knows.
    Person(PersonStanding),
    /// An account of a non-human identity.
    NonHuman(NonHumanStanding),
    /// Whose a live account is, whether it ended, or was deleted.
    Account(SourceName, AccountStanding, LinkStanding),
    /// A live account that is linked to one person, by the foremost reason.
    Link(SourceName, LinkReason),
    /// An account that lived when its one owner was terminated, in the last thirty days and not
    /// rehired since.
    Leaver(SourceName, LeaverStanding),
    /// A live account.
    Activity(SourceName, Activity),
    /// A live account of which some use was ever seen.
    UseSeen(SourceName),
    /// A live credential, by the word that records have for its kind.
    Credential(SourceName, Option<Text>, CredentialAge),
    /// A grant in force.
    Grant(SourceName, GrantKind, Privilege),
    /// A finding of `grant-unapproved` that is open or exempt.
    Unapproved(SourceName),
}

/// Makes an enum whose values are the closed set of a label's words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $value,)* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$value,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$value => $word,)* }
            }
        }
    };
}

words! {
    /// How somebody is employed, by what HR has recorded.
    PersonStanding {
        /// Hired as of a time ahead.
        NotStarted = "not_started",
        Employed = "employed",
        OnLeave = "on_leave",
        /// The contract's end has passed, and no termination was recorded.
        ContractOver = "contract_over",
        Terminated = "terminated",
    }
}

words! {
    /// How a leaver's account stands against the deadline of `leaver-account-live`.
    LeaverStanding {
        InTime = "in_time",
        /// It ended, after the deadline.
        Late = "late",
        /// It lives, and the deadline is ahead.
        Pending = "pending",
        /// It lives, and the deadline has passed.
        Overdue = "overdue",
    }
}

words! {
    NonHumanStanding {
        /// Live, and somebody who is employed answers for it.
        Owned = "owned",
        /// Live, and nobody who is employed answers for it.
        Ownerless = "ownerless",
        Ended = "ended",
    }
}

words! {
    AccountStanding {
        Live = "live",
        /// Suspended or deactivated.
        Ended = "ended",
        Deleted = "deleted",
    }
}

words! {
    /// Whose an account is.
    LinkStanding {
        /// One person's.
        Linked = "linked",
        /// Nobody's that we know.
        Unlinked = "unlinked",
        /// Several people claim it.
        Disputed = "disputed",
        /// A non-human identity's.
        NonHuman = "non_human",
    }
}

words! {
    /// Whether a live account was used within the `idle` of `account-dormant`.
    Activity {
        Used = "used",
        /// Live for that long, without a use.
        Dormant = "dormant",
        /// Not known for long enough to tell.
        Unknown = "unknown",
    }
}

words! {
    CredentialAge {
        Under30Days = "0-30d",
        Under90Days = "30-90d",
        Under180Days = "90-180d",
        Under365Days = "180-365d",
        Over365Days = "365d+",
        /// No record says when it was made.
        Unknown = "unknown",
    }
}

words! {
    /// How long a finding is open.
    FindingAge {
        Under1Day = "0-1d",
        Under7Days = "1-7d",
        Under30Days = "7-30d",
        Under90Days = "30-90d",
        Over90Days = "90d+",
    }
}

words! {
    GrantKind {
        Group = "group",
        Team = "team",
        Application = "app",
        Role = "role",
        Policy = "policy",
        Consent = "oauth",
        Other = "other",
    }
}

words! {
    Privilege {
        Ordinary = "ordinary",
        Privileged = "privileged",
    }
}

impl CredentialAge {
    pub fn of(age: Span) -> Self {
        match age.as_seconds().div_euclid(Span::DAY.as_seconds()) {
            ..30 => CredentialAge::Under30Days,
            30..90 => CredentialAge::Under90Days,
            90..180 => CredentialAge::Under180Days,
            180..365 => CredentialAge::Under365Days,
            365.. => CredentialAge::Over365Days,
        }
    }
}

impl FindingAge {
    pub fn of(age: Span) -> Self {
        match age.as_seconds().div_euclid(Span::DAY.as_seconds()) {
            ..1 => FindingAge::Under1Day,
            1..7 => FindingAge::Under7Days,
            7..30 => FindingAge::Under30Days,
            30..90 => FindingAge::Under90Days,
            90.. => FindingAge::Over90Days,
        }
    }
}

impl GrantKind {
    /// The kind by the word that facts have for it.
    pub fn of(word: &str) -> Self {
        let known = GrantKind::ALL.iter().find(|kind| kind.as_str() == word);
        known.copied().unwrap_or(GrantKind::Other)
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<Counted, u64>,
    /// Things that were left out, since [`CENSUS_COUNTS_MAX`] others were counted already.
    pub left_out: u64,
}

impl Tally {
    pub fn count(&mut self, what: Counted) {
        self.add(what, 1);
    }

    fn add(&mut self, what: Counted, count: u64) {
        if let Some(known) = self.counts.get_mut(&what) {
            *known += count;
        } else if self.counts.len() < CENSUS_COUNTS_MAX {
            self.counts.insert(what, count);
        } else {
            self.left_out += count;
        }
    }

    /// Adds what was counted of other homes.
    pub fn merge(&mut self, other: &Tally) {
        for (what, count) in &other.counts {
            self.add(what.clone(), *count);
        }
        self.left_out += other.left_out;
    }

    pub fn of(&self, what: &Counted) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Counted, u64)> {
        self.counts.iter().map(|(what, count)| (what, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_add_up_and_say_what_did_not_fit() {
        let person = |_| Counted::Person(PersonStanding::Employed);
        let mut one = Tally::default();
        (0..3).for_each(|number| one.count(person(number)));
        let mut sum = one.clone();
        sum.merge(&one);
        assert_eq!(sum.of(&person(0)), 6);
        for number in 0..CENSUS_COUNTS_MAX + 4 {
            sum.count(Counted::UseSeen(SourceName::new(format!("s{number}"))));
        }
        assert_eq!(sum.iter().count(), CENSUS_COUNTS_MAX);
        assert_eq!(sum.left_out, 5);
        sum.count(person(0));
        assert_eq!((sum.of(&person(0)), sum.left_out), (7, 5));
    }

    #[test]
    fn an_age_belongs_to_the_bucket_that_it_begins() {
        let days = |days| CredentialAge::of(Span::days(days));
        assert_eq!(days(-1), CredentialAge::Under30Days);
        assert_eq!(days(30), CredentialAge::Under90Days);
        assert_eq!(days(365), CredentialAge::Over365Days);
        let almost = Span::from_seconds(Span::DAY.as_seconds() * 7 - 1);
        assert_eq!(FindingAge::of(almost), FindingAge::Under7Days);
        assert_eq!(FindingAge::of(Span::days(7)), FindingAge::Under30Days);
    }
}
