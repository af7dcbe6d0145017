//! The gauges of the census: what homes hold, counted.
//!
//! A scrape shows one census as a whole. What it no longer counts (the last credential of a kind)
//! is gone from the next scrape, rather than standing still for ever.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus::{Gauge, IntGauge, IntGaugeVec, Opts, Registry};

use super::families::seconds;
use super::labels::OTHER;
use crate::model::Text;
use crate::model::census::{
    AccountStanding, Activity, Counted, LeaverStanding, LinkStanding, NonHumanStanding,
    PersonStanding, Tally,
};
use crate::model::id::SourceName;
use crate::model::limits::{METRIC_CREDENTIAL_KINDS_MAX, METRIC_WORD_BYTES_MAX};
use crate::model::time::Timestamp;

/// A family of gauges, by the index in [`FAMILIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Identities,
    Leavers,
    Accounts,
    Links,
    Activity,
    UseSeen,
    Credentials,
    Grants,
    Unapproved,
}

const FAMILIES: [(Family, &str, &str, &[&str]); 9] = [
    (
        Family::Identities,
        "tenure_identities",
        "People by how HR has them, and accounts of non-human identities by who answers for them",
        &["kind", "state"],
    ),
    (
        Family::Leavers,
        "tenure_leaver_accounts",
        "Accounts of people who left within thirty days, by whether they ended in time",
        &["source", "outcome"],
    ),
    (
        Family::Accounts,
        "tenure_accounts",
        "Accounts by whether they live, and whose they are",
        &["source", "state", "link"],
    ),
    (
        Family::Links,
        "tenure_account_links",
        "Live accounts of one person, by the foremost reason for the link",
        &["source", "reason"],
    ),
    (
        Family::Activity,
        "tenure_account_activity",
        "Live accounts by whether they are used",
        &["source", "activity"],
    ),
    (
        Family::UseSeen,
        "tenure_accounts_use_seen",
        "Live accounts of which some use was ever seen",
        &["source"],
    ),
    (
        Family::Credentials,
        "tenure_credentials",
        "Live credentials by kind and age",
        &["source", "kind", "age"],
    ),
    (
        Family::Grants,
        "tenure_grants",
        "Grants in force",
        &["source", "kind", "privilege"],
    ),
    (
        Family::Unapproved,
        "tenure_grants_unapproved",
        "Grants with an open or exempt finding of grant-unapproved",
        &["source"],
    ),
];

/// Values by the words of their labels.
type Series = BTreeMap<(Family, Vec<Text>), u64>;

pub(super) struct CensusGauges {
    vectors: Vec<(Family, IntGaugeVec)>,
    clock: Gauge,
    left_out: IntGauge,
    latest: Mutex<Series>,
}

impl CensusGauges {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let mut vectors = Vec::new();
        for (family, name, help, labels) in FAMILIES {
            let vector = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(vector.clone()))?;
            vectors.push((family, vector));
        }
        let clock = Gauge::new(
            "tenure_census_clock_seconds",
            "Time as of which the latest census was completed, since the epoch",
        )?;
        registry.register(Box::new(clock.clone()))?;
        let left_out = IntGauge::new(
            "tenure_census_left_out",
            "Things that the latest census had no room to tell apart",
        )?;
        registry.register(Box::new(left_out.clone()))?;
        let mut closed = Series::new();
        without_source(&mut closed);
        Ok(CensusGauges {
            vectors,
            clock,
            left_out,
            latest: Mutex::new(closed),
        })
    }

    /// Takes a census over; `label` gives the name that a source has in labels.
    pub(super) fn set(&self, tally: &Tally, now: Timestamp, label: impl Fn(&SourceName) -> Text) {
        let series = series(tally, label);
        self.clock.set(seconds(now.as_micros()));
        self.left_out
            .set(i64::try_from(tally.left_out).unwrap_or(i64::MAX));
        *self.lock() = series;
    }

    /// Sets the gauges to the latest census; nothing else may read them while the guard lives.
    pub(super) fn show(&self) -> impl Drop {
        let latest = self.lock();
        for (family, vector) in &self.vectors {
            vector.reset();
            let of_family = latest.iter().filter(|((of, _), _)| of == family);
            for ((_, labels), count) in of_family {
                let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                vector.with_label_values(&labels).set(count);
            }
        }
        latest
    }

    fn lock(&self) -> MutexGuard<'_, Series> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn series(tally: &Tally, label: impl Fn(&SourceName) -> Text) -> Series {
    let mut series = Series::new();
    without_source(&mut series);
    let kinds = frequent_kinds(tally, &label);
    for (what, count) in tally.iter() {
        let (family, source, words): (_, Option<&SourceName>, Vec<&str>) = match what {
            Counted::Person(state) => (Family::Identities, None, vec!["human", state.as_str()]),
            Counted::NonHuman(state) => (Family::Identities, None, vec!["nhi", state.as_str()]),
            Counted::Leaver(source, outcome) => {
                (Family::Leavers, Some(source), vec![outcome.as_str()])
            }
            Counted::Account(source, state, link) => {
                let words = vec![state.as_str(), link.as_str()];
                (Family::Accounts, Some(source), words)
            }
            Counted::Link(source, reason) => (Family::Links, Some(source), vec![reason.as_str()]),
            Counted::Activity(source, activity) => {
                (Family::Activity, Some(source), vec![activity.as_str()])
            }
            Counted::UseSeen(source) => (Family::UseSeen, Some(source), vec![]),
            Counted::Credential(source, kind, age) => {
                let kind = kind_label(kind.as_ref(), &label(source), &kinds);
                (Family::Credentials, Some(source), vec![kind, age.as_str()])
            }
            Counted::Grant(source, kind, privilege) => {
                let words = vec![kind.as_str(), privilege.as_str()];
                (Family::Grants, Some(source), words)
            }
            Counted::Unapproved(source) => (Family::Unapproved, Some(source), vec![]),
        };
        let source = source.map(&label);
        if let (Some(source), Family::Accounts) = (&source, family) {
            of_source(&mut series, source);
        }
        let words = words.into_iter().map(Text::from);
        let labels: Vec<Text> = source.into_iter().chain(words).collect();
        *series.entry((family, labels)).or_default() += count;
    }
    series
}

/// What exists from the start, so that its first increase shows as one.
fn without_source(series: &mut Series) {
    let mut zero = |family, words: &[&str]| {
        let labels = words.iter().map(|word| Text::from(*word)).collect();
        series.entry((family, labels)).or_default();
    };
    for state in PersonStanding::ALL {
        zero(Family::Identities, &["human", state.as_str()]);
    }
    for state in NonHumanStanding::ALL {
        zero(Family::Identities, &["nhi", state.as_str()]);
    }
}

/// What every source with accounts has: a share of nothing is zero, not absent.
fn of_source(series: &mut Series, source: &str) {
    let mut zero = |family, words: &[&str]| {
        let words = words.iter().map(|word| Text::from(*word));
        let labels = std::iter::once(Text::from(source)).chain(words).collect();
        series.entry((family, labels)).or_default();
    };
    for state in AccountStanding::ALL {
        for link in LinkStanding::ALL {
            zero(Family::Accounts, &[state.as_str(), link.as_str()]);
        }
    }
    for activity in Activity::ALL {
        zero(Family::Activity, &[activity.as_str()]);
    }
    for outcome in LeaverStanding::ALL {
        zero(Family::Leavers, &[outcome.as_str()]);
    }
    zero(Family::UseSeen, &[]);
    zero(Family::Unapproved, &[]);
}

/// The most frequent kinds of credentials of each source: records have the words, so they are
/// bounded.
fn frequent_kinds(tally: &Tally, label: impl Fn(&SourceName) -> Text) -> BTreeMap<Text, Vec<Text>> {
    let mut counts: BTreeMap<Text, BTreeMap<Text, u64>> = BTreeMap::new();
    for (what, count) in tally.iter() {
        if let Counted::Credential(source, Some(kind), _) = what
            && kind.len() <= METRIC_WORD_BYTES_MAX
        {
            let of_source = counts.entry(label(source)).or_default();
            *of_source.entry(kind.clone()).or_default() += count;
        }
    }
    let frequent = counts.into_iter().map(|(source, kinds)| {
        let mut kinds: Vec<(Text, u64)> = kinds.into_iter().collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds.truncate(METRIC_CREDENTIAL_KINDS_MAX);
        (source, kinds.into_iter().map(|(kind, _)| kind).collect())
    });
    frequent.collect()
}

fn kind_label<'a>(
    kind: Option<&'a Text>,
    source: &str,
    kinds: &BTreeMap<Text, Vec<Text>>,
) -> &'a str {
    match kind {
        None => "unknown",
        Some(kind) if kinds.get(source).is_some_and(|all| all.contains(kind)) => kind,
        Some(_) => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::census::CredentialAge;
    use crate::telemetry::Metrics;

    fn credential(source: &str, kind: &str) -> Counted {
        let (source, kind) = (SourceName::new(source), Some(Text::from(kind)));
        Counted::Credential(source, kind, CredentialAge::Over365Days)
    }

    fn check(tally: &Tally, present: &[&str], absent: &[&str]) {
        let metrics = Metrics::new(["okta", "aws_cloudtrail"]);
        let mut before = Tally::default();
        before.count(credential("okta", "gone"));
        metrics.census(&before, Timestamp::from_seconds(50));
        metrics.census(tally, Timestamp::from_seconds(100));
        let text = metrics.render().expect("text");
        for line in present {
            assert!(text.lines().any(|have| have == *line), "{line} in\n{text}");
        }
        for part in absent {
            assert!(!text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn a_census_is_shown_as_a_whole_and_a_later_one_takes_its_place() {
        let live = |source| {
            let source = SourceName::new(source);
            Counted::Account(source, AccountStanding::Live, LinkStanding::Linked)
        };
        let mut tally = Tally::default();
        tally.count(Counted::Person(PersonStanding::Employed));
        for source in ["okta", "okta@eu", "jane@corp.example", "joe"] {
            tally.count(live(source));
        }
        tally.count(credential("okta", "api_token"));
        check(
            &tally,
            &[
                "tenure_identities{kind=\"human\",state=\"employed\"} 1",
                "tenure_identities{kind=\"nhi\",state=\"ownerless\"} 0",
                "tenure_leaver_accounts{outcome=\"overdue\",source=\"okta\"} 0",
                "tenure_accounts{link=\"linked\",source=\"okta\",state=\"live\"} 1",
                "tenure_accounts{link=\"linked\",source=\"okta@eu\",state=\"live\"} 1",
                "tenure_accounts{link=\"linked\",source=\"other\",state=\"live\"} 2",
                "tenure_accounts{link=\"disputed\",source=\"okta\",state=\"live\"} 0",
                "tenure_credentials{age=\"365d+\",kind=\"api_token\",source=\"okta\"} 1",
                "tenure_census_clock_seconds 100",
                "tenure_census_left_out 0",
            ],
            &["gone", "jane"],
        );
    }

    #[test]
    fn kinds_of_credentials_are_bounded_and_the_most_frequent_have_names() {
        let mut tally = Tally::default();
        for number in 0..METRIC_CREDENTIAL_KINDS_MAX + 5 {
            tally.count(credential("okta", &format!("kind{number:02}")));
        }
        tally.count(credential("okta", "kind14"));
        tally.count(credential("okta", &"k".repeat(METRIC_WORD_BYTES_MAX + 1)));
        check(
            &tally,
            &[
                "tenure_credentials{age=\"365d+\",kind=\"kind14\",source=\"okta\"} 2",
                "tenure_credentials{age=\"365d+\",kind=\"kind08\",source=\"okta\"} 1",
                "tenure_credentials{age=\"365d+\",kind=\"other\",source=\"okta\"} 6",
            ],
            &["kind09", "kkk"],
        );
    }
}
