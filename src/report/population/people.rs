//! Populations of people: who left, and whose contract ended.
//!
//! Snapshots of people say what HR has said by then of everybody, listings included. Of each
//! person the newest of the period's snapshots counts, by whatever id it calls them: ids that
//! turned out to be one person's are one member.

use super::super::period::Period;
use super::super::queries::{people_of, time};

/// A person's terminations between two hires are one leave, of which the record made last counts.
/// Leaves that no termination states are taken from snapshots.
pub(super) fn leavers(period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let newest = newest(period);
    format!(
        "WITH hr AS (\n    \
             SELECT coalesce(user_uid, user_email) AS item, user_name, user_email, source, verb, event_uid,\n        \
                 topic, \"partition\", \"offset\", time AS recorded_at, coalesce(effective_time, time) AS left_at\n    \
             FROM events\n    \
             WHERE verb IN ('hr.terminate', 'hr.hire', 'hr.rehire') AND coalesce(user_uid, user_email) IS NOT NULL\n\
         ), stretches AS (\n    \
             SELECT *, sum(CASE WHEN verb = 'hr.terminate' THEN 0 ELSE 1 END) OVER (\n            \
                 PARTITION BY item ORDER BY left_at, recorded_at, topic, \"partition\", \"offset\"\n            \
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW\n        \
             ) AS stretch\n    \
             FROM hr\n\
         ), leaves AS (\n    \
             SELECT *, row_number() OVER (\n            \
                 PARTITION BY item, stretch ORDER BY recorded_at DESC, topic DESC, \"partition\" DESC, \"offset\" DESC\n        \
             ) AS newest\n    \
             FROM stretches\n    \
             WHERE verb = 'hr.terminate'\n\
         ), counted AS (\n    \
             SELECT *, row_number() OVER (PARTITION BY item ORDER BY left_at DESC) AS place\n    \
             FROM leaves\n    \
             WHERE newest = 1\n        \
                 AND left_at >= {begin}\n        \
                 AND left_at < {end}\n\
         ), terminated AS (\n    \
             SELECT item, left_at, recorded_at, source, user_name, user_email, event_uid\n    \
             FROM counted\n    \
             WHERE place = 1\n\
         ), {newest}, sources AS (\n    \
             SELECT event_uid, min(source) AS source FROM events WHERE verb LIKE 'hr.%' GROUP BY event_uid\n\
         ), listed AS (\n    \
             SELECT n.identity AS item, n.left_at, n.left_recorded_at AS recorded_at, s.source, n.name AS user_name,\n        \
                 n.email AS user_email, n.left_event_uid AS event_uid\n    \
             FROM newest AS n\n    \
             LEFT JOIN sources AS s ON s.event_uid = n.left_event_uid\n    \
             WHERE n.left_at >= {begin}\n        \
                 AND n.left_at < {end}\n        \
                 AND n.identity NOT IN (SELECT item FROM terminated)\n        \
                 AND coalesce(lower(n.email), '') NOT IN (SELECT lower(item) FROM terminated)\n        \
                 AND n.left_event_uid NOT IN (\n            \
                     SELECT event_uid FROM hr WHERE verb = 'hr.terminate' AND event_uid IS NOT NULL\n        \
                 )\n\
         )\n\
         SELECT item, left_at, recorded_at, source, user_name, user_email, event_uid FROM terminated\n\
         UNION ALL\n\
         SELECT item, left_at, recorded_at, source, user_name, user_email, event_uid FROM listed\n\
         ORDER BY item"
    )
}

/// An end is the first instant after the contract: that of a period's last day lies at its end.
pub(super) fn contracts_ended(period: &Period) -> String {
    let (begin, end) = (time(period.begin()), time(period.end()));
    let newest = newest(period);
    let is_in_force = format!("contract_ends_at > {begin} AND contract_ends_at <= {end}");
    format!(
        "WITH {newest}\n\
         SELECT identity AS item,\n    \
             CASE WHEN {is_in_force}\n        \
                 THEN contract_ends_at ELSE contract_ended_at END AS ended_at,\n    \
             contract_ends_at AS in_force_until, name, email, state, left_at, as_of,\n    \
             CASE WHEN {is_in_force}\n        \
                 THEN contract_event_uid ELSE contract_ended_event_uid END AS event_uid\n\
         FROM newest\n\
         WHERE ({is_in_force})\n    \
             OR (contract_ended_at > {begin} AND contract_ended_at <= {end})\n\
         ORDER BY item"
    )
}

/// The table `newest`: the newest row of each person in the period's snapshots.
fn newest(period: &Period) -> String {
    let which = people_of(period);
    format!(
        "taken AS (\n    \
             SELECT * FROM people\n    \
             WHERE {which}\n\
         ), by_id AS (\n    \
             SELECT *, row_number() OVER (PARTITION BY id ORDER BY as_of DESC, identity) AS of_id\n    \
             FROM (SELECT *, unnest(ids) AS id FROM taken) AS called\n\
         ), by_identity AS (\n    \
             SELECT *, row_number() OVER (PARTITION BY identity ORDER BY as_of DESC, id) AS of_identity\n    \
             FROM by_id\n    \
             WHERE of_id = 1\n\
         ), newest AS (\n    \
             SELECT * FROM by_identity WHERE of_identity = 1\n\
         )"
    )
}
