//! Views: what holds now, of datasets that tell changes.

/// Name, and the text over tables of the session. `told_findings` and `told_links` have the
/// commit's number as well, and are no tables for people.
pub(super) const VIEWS: [(&str, &str); 4] = [
    (
        "access_now",
        "SELECT * FROM access WHERE as_of = (SELECT max(as_of) FROM access)",
    ),
    (
        "people_now",
        "SELECT * FROM people WHERE as_of = (SELECT max(as_of) FROM people)",
    ),
    (
        "findings",
        "SELECT * EXCEPT (commit_number, newest) FROM (
             SELECT *, row_number() OVER (
                 PARTITION BY finding_id ORDER BY told_at DESC, commit_number DESC, change DESC
             ) AS newest FROM told_findings
         ) WHERE newest = 1",
    ),
    (
        "links",
        "SELECT * EXCEPT (commit_number, newest) FROM (
             SELECT *, row_number() OVER (
                 PARTITION BY account ORDER BY told_at DESC, commit_number DESC
             ) AS newest FROM told_links
         ) WHERE newest = 1",
    ),
];

/// Tables of the views above, with the datasets that they are of.
pub(super) const TOLD: [(&str, super::catalog::Dataset); 2] = [
    ("told_findings", super::catalog::Dataset::Findings),
    ("told_links", super::catalog::Dataset::Links),
];
