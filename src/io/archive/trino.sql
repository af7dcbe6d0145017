-- Tables and views for Trino over this archive in S3. Put the archive's place
-- for s3://BUCKET/PREFIX, and run one statement after the other in a schema of its own.
--
--   events           one row an event
--   access           who had what, as of once a day       access_now    the newest of these days
--   people           who is known to HR, once a day       people_now    the newest of these days
--   finding_changes  findings, one row a change           findings      as each was told last
--   link_changes     whose an account is, a row a change  links         as it was told last
--   reads            who looked at this archive
--   commits, files   what the archive is made of
--   identity_names   all by which rows may call a person, or what is no person's
--
-- The tables are of the Hive connector, with `hive.recursive-directories=true` and
-- `hive.non-managed-table-writes-enabled=false`. Of one person or account, by an e-mail address in
-- lower case, an id or `source:uid`:
--
--   EXECUTE findings_of USING 'E1001', 'E1001', 'E1001', 'E1001', 'E1001', 'E1001'
--
-- with the name twice for each list of names: events_of and access_of take four, people_of
-- five.

-- A commit is one line. JSON has no bare control characters, so that the line is one column.
CREATE TABLE IF NOT EXISTS commit_lines (
    line varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/commits/',
    format = 'TEXTFILE'
);


CREATE TABLE IF NOT EXISTS events_files (
    topic varchar,
    "partition" integer,
    "offset" bigint,
    event_index integer,
    received_at timestamp(6),
    event_uid varchar,
    "time" timestamp(6),
    time_clamped boolean,
    effective_time timestamp(6),
    class_uid integer,
    activity_id integer,
    identity varchar,
    account varchar,
    "source" varchar,
    reject_reason varchar,
    reject_detail varchar,
    verb varchar,
    event_code varchar,
    outcome varchar,
    outcome_detail varchar,
    actor_kind varchar,
    actor_uid varchar,
    actor_name varchar,
    actor_email varchar,
    user_kind varchar,
    user_uid varchar,
    user_name varchar,
    user_email varchar,
    group_name varchar,
    resource_kind varchar,
    resource_name varchar,
    resource_uid varchar,
    src_ip varchar,
    session_uid varchar,
    user_agent varchar,
    entitlement varchar,
    credential_uid varchar,
    ticket varchar,
    vendor_uid varchar,
    message varchar,
    raw varbinary,
    redacted varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/events/',
    format = 'PARQUET'
);

CREATE TABLE IF NOT EXISTS access_files (
    as_of timestamp(6),
    identity varchar,
    email varchar,
    "name" varchar,
    "link" varchar,
    owners varchar,
    owner_state varchar,
    "source" varchar,
    account varchar,
    account_name varchar,
    "subject" varchar,
    kind varchar,
    what varchar,
    privileged boolean,
    since timestamp(6),
    granted_by varchar,
    approval varchar,
    approved_by varchar,
    approved_at timestamp(6),
    last_used varchar,
    last_used_at timestamp(6),
    evidence varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/access/',
    format = 'PARQUET'
);

CREATE TABLE IF NOT EXISTS people_files (
    as_of timestamp(6),
    identity varchar,
    ids array(varchar),
    email varchar,
    "name" varchar,
    state varchar,
    hired_at timestamp(6),
    hired_event_uid varchar,
    left_at timestamp(6),
    left_recorded_at timestamp(6),
    left_event_uid varchar,
    contract_ends_at timestamp(6),
    contract_recorded_at timestamp(6),
    contract_event_uid varchar,
    contract_ended_at timestamp(6),
    contract_ended_event_uid varchar,
    department varchar,
    title varchar,
    manager varchar,
    employment_type varchar,
    evidence varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/people/',
    format = 'PARQUET'
);

CREATE TABLE IF NOT EXISTS findings_files (
    told_at timestamp(6),
    "change" bigint,
    finding_id varchar,
    rule varchar,
    "subject" varchar,
    subject_kind varchar,
    status varchar,
    severity varchar,
    identity varchar,
    identity_email varchar,
    identity_name varchar,
    identity_kind varchar,
    account varchar,
    account_source varchar,
    account_uid varchar,
    account_name varchar,
    opened_at timestamp(6),
    resolved_at timestamp(6),
    detected_at timestamp(6),
    summary varchar,
    remedy varchar,
    controls array(varchar),
    evidence array(varchar),
    exempt_reason varchar,
    exempt_until timestamp(6),
    form varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/findings/',
    format = 'PARQUET'
);

CREATE TABLE IF NOT EXISTS links_files (
    told_at timestamp(6),
    account varchar,
    account_source varchar,
    account_uid varchar,
    account_name varchar,
    identity varchar,
    identity_email varchar,
    identity_name varchar,
    identity_kind varchar,
    "link" varchar,
    reason varchar,
    since timestamp(6)
)
WITH (
    external_location = 's3://BUCKET/PREFIX/links/',
    format = 'PARQUET'
);

CREATE TABLE IF NOT EXISTS reads_files (
    "at" timestamp(6),
    who varchar,
    via varchar,
    what varchar,
    "rows" bigint,
    outcome varchar,
    host varchar
)
WITH (
    external_location = 's3://BUCKET/PREFIX/reads/',
    format = 'PARQUET'
);

-- One row a commit, from its one line of JSON.
CREATE OR REPLACE VIEW commits AS
SELECT
    CAST(json_extract_scalar(line, '$.number') AS bigint) AS number,
    json_extract_scalar(line, '$.stream.topic') AS topic,
    CAST(json_extract_scalar(line, '$.stream.partition') AS integer) AS "partition",
    CAST(json_extract_scalar(line, '$.start') AS bigint) AS "start",
    CAST(json_extract_scalar(line, '$.end') AS bigint) AS "end",
    json_extract_scalar(line, '$.previous') AS previous,
    CAST(json_extract_scalar(line, '$.heartbeat') AS boolean) AS heartbeat,
    json_extract(line, '$.files') AS files,
    json_extract_scalar(line, '$.row_root') AS row_root,
    json_extract(line, '$.counts') AS counts,
    from_iso8601_timestamp(json_extract_scalar(line, '$.event_times.earliest')) AS earliest,
    from_iso8601_timestamp(json_extract_scalar(line, '$.event_times.latest')) AS latest,
    from_iso8601_timestamp(json_extract_scalar(line, '$.written_at')) AS written_at
FROM commit_lines;

CREATE OR REPLACE VIEW files AS
SELECT
    split_part(file.path, '/', 1) AS dataset,
    file.path,
    file.sha256,
    file.bytes,
    file."rows",
    file.records,
    topic,
    "partition",
    number AS commit_number,
    written_at
FROM commits
CROSS JOIN UNNEST(
    CAST(files AS array(row(path varchar, sha256 varchar, bytes bigint, "rows" bigint, records bigint)))
) AS file(path, sha256, bytes, "rows", records);

-- Only files that commits name: another is the rest of a crash, and not part of the archive.
CREATE OR REPLACE VIEW events AS
SELECT
    topic, "partition", "offset", event_index, received_at, event_uid, "time", time_clamped,
    effective_time, class_uid, activity_id, identity, account, "source", reject_reason,
    reject_detail, verb, event_code, outcome, outcome_detail, actor_kind, actor_uid, actor_name,
    actor_email, user_kind, user_uid, user_name, user_email, group_name, resource_kind,
    resource_name, resource_uid, src_ip, session_uid, user_agent, entitlement, credential_uid,
    ticket, vendor_uid, message, raw, redacted,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM events_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'events'
);

CREATE OR REPLACE VIEW access AS
SELECT
    as_of, identity, email, "name", "link", owners, owner_state, "source", account, account_name,
    "subject", kind, what, privileged, since, granted_by, approval, approved_by, approved_at,
    last_used, last_used_at, evidence,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM access_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'access'
);

CREATE OR REPLACE VIEW people AS
SELECT
    as_of, identity, ids, email, "name", state, hired_at, hired_event_uid, left_at,
    left_recorded_at, left_event_uid, contract_ends_at, contract_recorded_at, contract_event_uid,
    contract_ended_at, contract_ended_event_uid, department, title, manager, employment_type,
    evidence,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM people_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'people'
);

CREATE OR REPLACE VIEW finding_changes AS
SELECT
    told_at, "change", finding_id, rule, "subject", subject_kind, status, severity, identity,
    identity_email, identity_name, identity_kind, account, account_source, account_uid,
    account_name, opened_at, resolved_at, detected_at, summary, remedy, controls, evidence,
    exempt_reason, exempt_until, form,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM findings_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'findings'
);

CREATE OR REPLACE VIEW link_changes AS
SELECT
    told_at, account, account_source, account_uid, account_name, identity, identity_email,
    identity_name, identity_kind, "link", reason, since,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM links_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'links'
);

CREATE OR REPLACE VIEW reads AS
SELECT
    "at", who, via, what, "rows", outcome, host,
    CAST(regexp_extract("$path", '/day=([0-9-]+)/', 1) AS date) AS day
FROM reads_files
WHERE "$path" IN (
    SELECT concat('s3://BUCKET/PREFIX/', path) FROM files WHERE dataset = 'reads'
);

CREATE OR REPLACE VIEW access_now AS
SELECT * FROM access WHERE as_of = (SELECT max(as_of) FROM access);

CREATE OR REPLACE VIEW people_now AS
SELECT * FROM people WHERE as_of = (SELECT max(as_of) FROM people);

CREATE OR REPLACE VIEW findings AS
SELECT
    told_at, "change", finding_id, rule, "subject", subject_kind, status, severity, identity,
    identity_email, identity_name, identity_kind, account, account_source, account_uid,
    account_name, opened_at, resolved_at, detected_at, summary, remedy, controls, evidence,
    exempt_reason, exempt_until, form, day
FROM (
    SELECT *, row_number() OVER (PARTITION BY finding_id ORDER BY told_at DESC, "change" DESC) AS nth
    FROM finding_changes
)
WHERE nth = 1;

CREATE OR REPLACE VIEW links AS
SELECT
    told_at, account, account_source, account_uid, account_name, identity, identity_email,
    identity_name, identity_kind, "link", reason, since, day
FROM (
    SELECT *, row_number() OVER (PARTITION BY account ORDER BY told_at DESC) AS nth
    FROM link_changes
)
WHERE nth = 1;

-- Logs that tell of the same accounts: events name the log, links the accounts.
CREATE OR REPLACE VIEW shared_accounts AS
SELECT accounts, log
FROM (VALUES
    ('entra', 'entra_audit'),
    ('entra', 'entra_signin'),
    ('entra', 'entra_risk'),
    ('entra', 'm365_audit'),
    ('entra', 'azure_activity'),
    ('entra', 'intune'),
    ('zoom', 'zoom_operation')
) AS shared(accounts, log);

-- All by which rows may call whom: ids, addresses (earlier ones too), and accounts, by the name of
-- each log that tells of them.
CREATE OR REPLACE VIEW identity_names AS
SELECT identity, identity AS name FROM links WHERE identity IS NOT NULL
UNION
SELECT identity, account FROM links WHERE identity IS NOT NULL
UNION
SELECT identity, concat(log, substr(account, length(accounts) + 1))
FROM links
JOIN shared_accounts
    ON starts_with(account, concat(accounts, ':')) OR starts_with(account, concat(accounts, '@'))
WHERE identity IS NOT NULL
UNION
SELECT identity, lower(identity_email)
FROM link_changes
WHERE identity IS NOT NULL AND identity_email IS NOT NULL;

PREPARE events_of FROM
SELECT * FROM events
WHERE identity IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR account IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
);

PREPARE access_of FROM
SELECT * FROM access
WHERE identity IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR account IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
);

PREPARE people_of FROM
SELECT * FROM people
WHERE identity IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR lower(email) IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR contains(ids, ?);

PREPARE findings_of FROM
SELECT * FROM findings
WHERE identity IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR account IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
) OR lower(identity_email) IN (
    SELECT name FROM identity_names WHERE identity IN (
        SELECT identity FROM identity_names WHERE name = ?
    )
    UNION
    SELECT ?
);
