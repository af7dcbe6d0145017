//! What was told, as rows of the archive: changes of findings, and of whose an account is.

use std::collections::BTreeMap;

use crate::alert;
use crate::answer::{LinkRow, Linked};
use crate::evidence::datasets::{self, Dataset, LinkedTo, ToldFinding, ToldLink};
use crate::evidence::table::TableError;
use crate::io::archive::{DatasetFile, ToldLinks};
use crate::model::Text;
use crate::model::finding::{Finding, FindingId, IdentityKind, Status};
use crate::model::limits::ACCESS_ROWS_MAX;
use crate::model::policy::{Exemption, Policy};
use crate::model::time::Timestamp;

use super::inquire::InquiryError;
use super::questions::View;
use super::registry::{self, Link, LinksQuestion};

/// A finding with the exemption by which it is accepted, if it is.
pub fn finding(finding: Finding, told_at: Timestamp, policy: &Policy) -> ToldFinding {
    let exempt = exemption(&finding, policy);
    ToldFinding {
        told_at,
        exempt: exempt.map(|exemption| (exemption.reason.clone(), exemption.until)),
        finding,
    }
}

/// The one that holds longest of those that name what the finding is about. An account may be
/// exempt by a name that it had once and the finding does not tell: then it is the source's only
/// exemption from the rule, or not known.
fn exemption<'a>(finding: &Finding, policy: &'a Policy) -> Option<&'a Exemption> {
    if finding.status != Status::Exempt {
        return None;
    }
    let of_rule = || {
        let all = policy.exemptions.iter();
        all.filter(|exemption| exemption.rule == finding.rule)
    };
    let named = of_rule().filter(|exemption| is_named(finding, exemption));
    named.max_by_key(|exemption| exemption.until).or_else(|| {
        let source = &finding.account.as_ref()?.source;
        let mut others =
            of_rule().filter(|exemption| exemption.account.source.as_str() == &**source);
        others.next().filter(|_| others.next().is_none())
    })
}

fn is_named(finding: &Finding, exemption: &Exemption) -> bool {
    let named = exemption.account.to_string();
    if named == finding.subject.to_lowercase() {
        return true;
    }
    finding.account.as_ref().is_some_and(|account| {
        let names = [Some(&account.uid), account.name.as_ref()];
        let mut names = names.into_iter().flatten();
        names.any(|name| named == format!("{}:{}", account.source, name.to_lowercase()))
    })
}

/// What of the findings is not what was told before: new ones, those that are told otherwise now,
/// and as withdrawn those that were told and are not there any more. In the order of the findings.
pub fn finding_changes(
    findings: &[Finding],
    mut known: BTreeMap<FindingId, Finding>,
    (now, policy): (Timestamp, &Policy),
) -> Vec<ToldFinding> {
    let mut changes = Vec::new();
    for one in findings {
        let said = known.remove(&one.finding_id);
        // When it was first noticed stands, as at home.
        let one = Finding {
            detected_at: said
                .as_ref()
                .map_or(one.detected_at, |said| said.detected_at),
            ..one.clone()
        };
        if said.as_ref() != Some(&one) {
            changes.push(finding(one, now, policy));
        }
    }
    let left = known.into_values();
    let gone = left.filter(|said| said.status != Status::Withdrawn);
    let withdrawn = gone.map(|said| alert::withdrawn(said, now).finding);
    changes.extend(withdrawn.map(|said| finding(said, now, policy)));
    changes
}

/// Rows of findings with their numbers as a file, whose name begins with `prefix`. They are of one
/// day; `None` without rows.
pub fn findings_file(
    rows: &[(u64, ToldFinding)],
    prefix: &str,
) -> Result<Option<DatasetFile>, TableError> {
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else {
        return Ok(None);
    };
    let name = format!("{prefix}-{first}-{last}");
    let times = rows.iter().map(|(_, row)| row.told_at);
    let parquet = datasets::findings(rows)?;
    Ok(file(Dataset::Findings, name, (times, parquet)))
}

/// Changes of links as a file; `None` without any. `number` is that of the commit.
pub fn links_file(rows: &[ToldLink], number: u64) -> Result<Option<DatasetFile>, TableError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let name = format!("seg-{number}-{}", first.told_at.as_micros() / 1_000_000);
    let parquet = datasets::links(rows)?;
    let times = rows.iter().map(|row| row.told_at);
    Ok(file(Dataset::Links, name, (times, parquet)))
}

fn file(
    dataset: Dataset,
    name: String,
    (times, parquet): (
        impl ExactSizeIterator<Item = Timestamp> + Clone,
        bytes::Bytes,
    ),
) -> Option<DatasetFile> {
    let rows = times.len() as u64;
    let (earliest, latest) = (times.clone().min()?, times.max()?);
    Some(DatasetFile {
        dataset,
        at: earliest,
        name,
        parquet,
        rows,
        times: (earliest, latest),
    })
}

/// Whose each account is, ascending by account.
pub fn links(view: &View<'_>, told_at: Timestamp) -> Result<Vec<ToldLink>, InquiryError> {
    let all = registry::links(view, &LinksQuestion::default(), ACCESS_ROWS_MAX)?;
    let rows = all.rows.into_iter();
    Ok(rows.map(|row| link(row, told_at)).collect())
}

fn link(row: LinkRow, told_at: Timestamp) -> ToldLink {
    let uid = row.account.strip_prefix(&*row.source);
    let uid = uid.and_then(|rest| rest.strip_prefix(':'));
    ToldLink {
        told_at,
        uid: uid.unwrap_or(&row.account).into(),
        link: linked_to(&row),
        account: row.account,
        source: row.source,
        name: row.name,
    }
}

fn linked_to(row: &LinkRow) -> LinkedTo {
    let state = row.link.as_str().into();
    let since = row.people.iter().flat_map(|person| &person.by);
    let since = since.filter_map(|reason| reason.since).min();
    let nobody = LinkedTo {
        identity: None,
        email: None,
        name: None,
        kind: None,
        state,
        reason: reasons(&row.people),
        since,
    };
    match (row.link, row.people.as_slice()) {
        (Link::Linked, [person]) => LinkedTo {
            identity: Some(person.person.clone()),
            email: person.email.clone(),
            name: person.name.clone(),
            kind: Some(IdentityKind::Human.as_str().into()),
            ..nobody
        },
        // What is no person's is an identity of its own, as findings call it.
        (Link::NonHuman, _) => LinkedTo {
            identity: Some(row.account.clone()),
            name: row.name.clone(),
            kind: Some(IdentityKind::Nhi.as_str().into()),
            ..nobody
        },
        _ => nobody,
    }
}

/// Words, each once; where there are several people, with whose they are.
fn reasons(people: &[Linked]) -> Option<Text> {
    let mut all: Vec<String> = Vec::new();
    for person in people {
        let mut whys: Vec<&str> = person.by.iter().map(|reason| &*reason.why).collect();
        whys.sort_unstable();
        whys.dedup();
        let whys = whys.join(" ");
        all.push(match people {
            [_] => whys,
            _ => format!("{}: {whys}", person.person),
        });
    }
    (!all.is_empty()).then(|| all.join("; ").into())
}

/// What of the links is not what was told before, and what is told when that is told too.
pub fn link_changes(
    links: &[ToldLink],
    mut known: ToldLinks,
    told_at: Timestamp,
) -> (Vec<ToldLink>, ToldLinks) {
    let mut changes = Vec::new();
    let mut now = ToldLinks::default();
    for link in links {
        let said = known.take(&link.account);
        if said != Some(now.put(link)) {
            changes.push(link.clone());
        }
    }
    for (account, said) in known.into_rest() {
        let gone = gone(account, told_at);
        if said != now.put(&gone) {
            changes.push(gone);
        }
    }
    changes.sort_by(|a, b| a.account.cmp(&b.account));
    (changes, now)
}

/// An account that turned out to be another's name, or none.
fn gone(account: Text, told_at: Timestamp) -> ToldLink {
    let (source, uid) = account.split_once(':').unwrap_or(("", &account));
    ToldLink {
        told_at,
        source: source.into(),
        uid: uid.into(),
        name: None,
        link: LinkedTo {
            identity: None,
            email: None,
            name: None,
            kind: None,
            state: "gone".into(),
            reason: None,
            since: None,
        },
        account,
    }
}
