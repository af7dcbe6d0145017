//! The queries of a report. Each is written so that `tenure query` and DuckDB, after `views.sql`,
//! read it alike: the pack holds them, and an auditor runs them again.

use super::period::Period;
use crate::model::finding::RuleId;
use crate::model::time::Timestamp;

/// A query with the name under which the pack holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub name: String,
    pub sql: String,
}

impl Query {
    pub fn new(name: impl Into<String>, sql: String) -> Self {
        Query {
            name: name.into(),
            sql,
        }
    }
}

/// A point in time, as both engines read it.
pub(super) fn time(at: Timestamp) -> String {
    format!("CAST('{at}' AS TIMESTAMPTZ)")
}

/// What a table of findings tells of each.
const FINDING: &str = "finding_id, rule, severity, status, subject, subject_kind, identity, \
                       identity_email,\n    identity_name, identity_kind, account, opened_at, \
                       resolved_at, detected_at, summary, remedy,\n    array_to_string(evidence, ' ') AS evidence";

/// Findings whose condition held at some time within the period.
pub fn exceptions(rules: &[RuleId], period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let rules = names(rules);
    format!(
        "SELECT {FINDING}\n\
         FROM findings\n\
         WHERE rule IN ({rules})\n    \
             AND status IN ('open', 'resolved')\n    \
             AND opened_at < {end}\n    \
             AND (resolved_at IS NULL OR resolved_at >= {begin})\n\
         ORDER BY opened_at, rule, subject, finding_id"
    )
}

/// Findings that the policy accepted at some time within the period, as they were told then last.
pub fn exemptions(rules: &[RuleId], period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let rules = names(rules);
    format!(
        "SELECT {FINDING},\n    exempt_reason, exempt_until\n\
         FROM (\n    \
             SELECT *, row_number() OVER (PARTITION BY finding_id ORDER BY told_at DESC, \"change\" DESC) AS place\n    \
             FROM finding_changes\n    \
             WHERE rule IN ({rules}) AND status = 'exempt'\n\
         ) AS accepted\n\
         WHERE place = 1\n    \
             AND opened_at < {end}\n    \
             AND (resolved_at IS NULL OR resolved_at >= {begin})\n    \
             AND (exempt_until IS NULL OR exempt_until >= {begin})\n\
         ORDER BY opened_at, rule, subject, finding_id"
    )
}

/// Findings that were taken back: what came later shows that the condition never held.
pub fn withdrawn(rules: &[RuleId], period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let rules = names(rules);
    format!(
        "SELECT {FINDING},\n    told_at AS withdrawn_at\n\
         FROM findings\n\
         WHERE rule IN ({rules})\n    \
             AND status = 'withdrawn'\n    \
             AND opened_at < {end}\n    \
             AND told_at >= {begin}\n\
         ORDER BY opened_at, rule, subject, finding_id"
    )
}

/// Which kinds of events the archive holds, at any time, by the first word of their verb.
pub fn kinds_of_events() -> Query {
    let sql = "SELECT split_part(verb, '.', 1) AS kind, count(*) AS events, min(time) AS earliest, \
               max(time) AS latest\nFROM events\nWHERE verb IS NOT NULL\n\
               GROUP BY split_part(verb, '.', 1)\nORDER BY kind";
    Query::new("kinds_of_events", sql.to_owned())
}

/// The snapshots of live access that were taken within the period.
pub fn snapshots(period: &Period) -> Query {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let sql = format!(
        "SELECT as_of, count(*) AS entries\nFROM access\n\
         WHERE as_of >= {begin}\n    AND as_of <= {end}\n\
         GROUP BY as_of\nORDER BY as_of"
    );
    Query::new("access_snapshots", sql)
}

/// The snapshots of people that populations of the period rest on: those within it, and the first
/// at its end or later, which knows what its last day left.
pub fn people_snapshots(period: &Period) -> Query {
    let which = people_of(period);
    let sql = format!(
        "SELECT as_of, count(*) AS entries\nFROM people\nWHERE {which}\nGROUP BY as_of\nORDER BY as_of"
    );
    Query::new("people_snapshots", sql)
}

/// Which rows of `people` those are.
pub(super) fn people_of(period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    format!(
        "as_of >= {begin}\n    \
             AND as_of <= coalesce((SELECT min(as_of) FROM people WHERE as_of >= {end}), {end})"
    )
}

/// By source and day of the record's time: its first event's, or else its arrival's. Duplicates
/// and gaps are counted by commit and stand at the day of its newest event.
pub fn reconciliation(period: &Period) -> Query {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let (first, last) = (period.first_day(), period.last_day());
    let sql = format!(
        "WITH arrived AS (\n    \
             SELECT source, coalesce(time, received_at) AS arrived_at, event_index, reject_reason, event_uid\n    \
             FROM events\n    \
             WHERE coalesce(time, received_at) < {end}\n\
         ), days AS (\n    \
             SELECT CAST(day AS DATE) AS day\n    \
             FROM (\n        \
                 SELECT unnest(generate_series(CAST('{first}' AS DATE), CAST('{last}' AS DATE), INTERVAL '1' DAY)) AS day\n    \
             ) AS every_day\n\
         ), of_streams AS (\n    \
             SELECT topic, \"partition\", max(source) AS source FROM events GROUP BY topic, \"partition\"\n\
         ), counted AS (\n    \
             SELECT source, CAST(arrived_at AS DATE) AS day,\n        \
                 sum(CASE WHEN event_index = 0 THEN 1 ELSE 0 END) AS archived,\n        \
                 count(event_uid) AS events,\n        \
                 sum(CASE WHEN event_index = 0 AND reject_reason IS NOT NULL THEN 1 ELSE 0 END) AS rejected,\n        \
                 count(DISTINCT date_part('hour', arrived_at)) AS hours_with_records,\n        \
                 0 AS duplicates, 0 AS gap_offsets\n    \
             FROM arrived\n    \
             WHERE arrived_at >= {begin}\n    \
             GROUP BY source, CAST(arrived_at AS DATE)\n    \
             UNION ALL\n    \
             SELECT s.source, CAST(coalesce(c.event_times['latest'], c.written_at) AS DATE) AS day, 0, 0, 0, 0,\n        \
                 c.counts['duplicates'] AS duplicates,\n        \
                 c.\"end\" - c.\"start\" - c.counts['records'] AS gap_offsets\n    \
             FROM commits AS c\n    \
             JOIN of_streams AS s ON s.topic = c.stream['topic'] AND s.\"partition\" = c.stream['partition']\n    \
             WHERE coalesce(c.event_times['latest'], c.written_at) >= {begin}\n        \
                 AND coalesce(c.event_times['latest'], c.written_at) < {end}\n    \
             UNION ALL\n    \
             SELECT s.source, d.day, 0, 0, 0, 0, 0, 0\n    \
             FROM (SELECT DISTINCT source FROM arrived) AS s CROSS JOIN days AS d\n\
         )\n\
         SELECT source, day,\n    \
             CAST(sum(archived) + sum(duplicates) AS BIGINT) AS received,\n    \
             CAST(sum(archived) AS BIGINT) AS archived,\n    \
             CAST(sum(events) AS BIGINT) AS events,\n    \
             CAST(sum(rejected) AS BIGINT) AS rejected,\n    \
             CAST(sum(duplicates) AS BIGINT) AS duplicates,\n    \
             CAST(sum(gap_offsets) AS BIGINT) AS gap_offsets,\n    \
             CAST(24 - max(hours_with_records) AS BIGINT) AS silent_hours\n\
         FROM counted\n\
         GROUP BY source, day\n\
         ORDER BY source, day"
    );
    Query::new("reconciliation", sql)
}

/// Rejected records by source, day and reason. They are archived too.
pub fn rejects(period: &Period) -> Query {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let sql = format!(
        "SELECT source, CAST(coalesce(time, received_at) AS DATE) AS day, reject_reason AS reason,\n    \
             count(*) AS records\n\
         FROM events\n\
         WHERE reject_reason IS NOT NULL\n    \
             AND event_index = 0\n    \
             AND coalesce(time, received_at) >= {begin}\n    \
             AND coalesce(time, received_at) < {end}\n\
         GROUP BY source, CAST(coalesce(time, received_at) AS DATE), reject_reason\n\
         ORDER BY source, day, reason"
    );
    Query::new("reconciliation_rejects", sql)
}

/// Every commit of records with events of the period, or that was written in it: how its offsets
/// are accounted for.
pub fn commits(period: &Period) -> Query {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let sql = format!(
        "SELECT stream['topic'] AS topic, stream['partition'] AS \"partition\", number, \"start\", \"end\",\n    \
             \"end\" - \"start\" AS offsets, counts['records'] AS records, counts['events'] AS events,\n    \
             counts['duplicates'] AS duplicates, \"end\" - \"start\" - counts['records'] AS gap_offsets,\n    \
             heartbeat, event_times['earliest'] AS earliest_event, event_times['latest'] AS latest_event,\n    \
             written_at\n\
         FROM commits\n\
         WHERE stream['topic'] NOT LIKE 'tenure:%'\n    \
             AND coalesce(event_times['latest'], written_at) >= {begin}\n    \
             AND coalesce(event_times['earliest'], written_at) < {end}\n\
         ORDER BY topic, \"partition\", number"
    );
    Query::new("reconciliation_commits", sql)
}

/// Files that record rule and policy versions, with the time from which each held.
pub fn settings() -> Query {
    let sql = "SELECT f.path, f.sha256, c.written_at AS recorded_at\n\
               FROM files AS f\n\
               JOIN commits AS c ON c.stream['topic'] = f.topic AND c.stream['partition'] = f.\"partition\"\n    \
               AND c.number = f.commit_number\n\
               WHERE f.dataset = 'settings'\nORDER BY recorded_at, path";
    Query::new("settings", sql.to_owned())
}

/// Where the records lie of which these events were made.
pub fn origins(uids: &[&str]) -> Query {
    let uids: Vec<String> = uids.iter().map(|uid| quoted(uid)).collect();
    let sql = format!(
        "SELECT event_uid, topic, \"partition\", \"offset\"\nFROM events\n\
         WHERE event_uid IN ({})\nORDER BY event_uid, topic, \"partition\", \"offset\"",
        uids.join(", ")
    );
    Query::new("origins", sql)
}

/// The newest time that the archive knows of: of a record, or of a commit.
pub fn reach() -> Query {
    let sql = "SELECT min(time) AS earliest_event, max(time) AS latest_event,\n    \
               (SELECT max(written_at) FROM commits) AS last_commit\nFROM events";
    Query::new("reach", sql.to_owned())
}

fn names(rules: &[RuleId]) -> String {
    let rules: Vec<String> = rules.iter().map(|rule| quoted(rule.as_str())).collect();
    rules.join(", ")
}

/// A text within SQL, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_uid_stays_a_text() {
        let sql = origins(&["a' OR '1'='1"]).sql;
        assert!(sql.contains("('a'' OR ''1''=''1')"), "{sql}");
    }
}
