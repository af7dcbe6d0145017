-- Views over this archive for DuckDB (tested with 2.0). In the archive's directory:
--
--   duckdb -init views.sql
--
-- From elsewhere, first: SET VARIABLE archive = '/path/to/archive';
-- Files are listed from commits: a file that no commit names is the rest of a crash, and not part
-- of the archive. Run this again to see what was committed since.
--
--   events           one row an event
--   access           who had what, as of once a day       access_now    the newest of these days
--   people           who is known to HR, once a day       people_now    the newest of these days
--   finding_changes  findings, one row a change           findings      as each was told last
--   link_changes     whose an account is, a row a change  links         as it was told last
--   reads            who looked at this archive
--   commits, files   what the archive is made of          let_go        files that retention let go
--
-- And of one person or account, named by an e-mail address, an employee id, or `source:uid`:
--
--   FROM events_of('jane@corp.example'); FROM access_of('E1001'); FROM findings_of('okta:00u1');
--   FROM people_of('E1001');

SET VARIABLE archive = coalesce(getvariable('archive'), '.');

SET VARIABLE commit_files = (
    SELECT list(file ORDER BY file) FROM glob(getvariable('archive') || '/commits/**/*.json')
);

-- No files are no table: what is not there yet is empty, with the columns that it will have. Commits
-- are read once, since all below asks which files there are, and as texts: for many small files a
-- reader of JSON spends most of its time on buffers.
CREATE OR REPLACE TEMP TABLE commits AS
SELECT unnest(from_json(content, '{
    "format": "INTEGER",
    "number": "BIGINT",
    "stream": {"topic": "VARCHAR", "partition": "INTEGER"},
    "start": "BIGINT",
    "end": "BIGINT",
    "previous": "VARCHAR",
    "heartbeat": "BOOLEAN",
    "files": [{
        "path": "VARCHAR", "sha256": "VARCHAR", "bytes": "BIGINT", "rows": "BIGINT", "records": "BIGINT"
    }],
    "row_root": "VARCHAR",
    "counts": {
        "records": "BIGINT", "events": "BIGINT", "rejects": "MAP(VARCHAR, BIGINT)",
        "duplicates": "BIGINT", "gaps": [["BIGINT"]]
    },
    "event_times": {"earliest": "TIMESTAMPTZ", "latest": "TIMESTAMPTZ"},
    "written_at": "TIMESTAMPTZ"
}'))
FROM query(
    CASE WHEN getvariable('commit_files') IS NULL
    THEN 'SELECT NULL::VARCHAR AS content WHERE false'
    ELSE 'SELECT content FROM read_text(getvariable(''commit_files''))'
    END
);

CREATE OR REPLACE TEMP VIEW files AS
SELECT
    split_part(file.path, '/', 1) AS dataset,
    file.path AS path,
    file.sha256 AS sha256,
    file.bytes AS bytes,
    file.rows AS rows,
    file.records AS records,
    stream.topic AS topic,
    stream.partition AS "partition",
    number AS commit_number,
    written_at
FROM (SELECT stream, number, written_at, unnest(files) AS file FROM commits);

-- What retention let go. A tombstone names the files, and a commit the tombstone.
SET VARIABLE tombstone_files = (
    SELECT list(getvariable('archive') || '/' || path ORDER BY path)
    FROM files
    WHERE dataset = 'tombstones'
);

CREATE OR REPLACE TEMP TABLE let_go AS
SELECT file.path AS path, file.sha256 AS sha256, number AS tombstone
FROM (
    SELECT tombstone.number AS number, unnest(tombstone.files) AS file
    FROM (
        SELECT from_json(content, '{
            "number": "BIGINT", "files": [{"path": "VARCHAR", "sha256": "VARCHAR"}]
        }') AS tombstone
        FROM query(
            CASE WHEN getvariable('tombstone_files') IS NULL
            THEN 'SELECT NULL::VARCHAR AS content WHERE false'
            ELSE 'SELECT content FROM read_text(getvariable(''tombstone_files''))'
            END
        )
    )
);

-- A table function takes no subquery, but a variable. One pass over the commits for all of them.
SET VARIABLE dataset_files = (
    SELECT map_from_entries(list((dataset, paths)))
    FROM (
        SELECT dataset, list(getvariable('archive') || '/' || path ORDER BY path) AS paths
        FROM files ANTI JOIN let_go USING (path, sha256)
        GROUP BY dataset
    )
);

SET VARIABLE event_files = getvariable('dataset_files')['events'];
SET VARIABLE access_files = getvariable('dataset_files')['access'];
SET VARIABLE people_files = getvariable('dataset_files')['people'];
SET VARIABLE finding_files = getvariable('dataset_files')['findings'];
SET VARIABLE link_files = getvariable('dataset_files')['links'];
SET VARIABLE read_files = getvariable('dataset_files')['reads'];

-- The newest snapshot is that of the newest commit.
SET VARIABLE access_now_files = (
    SELECT list(getvariable('archive') || '/' || path)
    FROM files ANTI JOIN let_go USING (path, sha256)
    WHERE dataset = 'access'
        AND commit_number = (SELECT max(commit_number) FROM files WHERE dataset = 'access')
);

SET VARIABLE people_now_files = (
    SELECT list(getvariable('archive') || '/' || path)
    FROM files ANTI JOIN let_go USING (path, sha256)
    WHERE dataset = 'people'
        AND commit_number = (SELECT max(commit_number) FROM files WHERE dataset = 'people')
);

-- One row an event. Rows with event_index = 0 count the records, rejected ones included.
-- `day` is the day of archiving, UTC.
CREATE OR REPLACE TEMP VIEW events AS
SELECT *
FROM query(
    CASE WHEN getvariable('event_files') IS NULL
    THEN 'SELECT NULL::VARCHAR AS topic, NULL::INTEGER AS "partition", NULL::BIGINT AS "offset",
          NULL::INTEGER AS event_index, NULL::TIMESTAMPTZ AS received_at,
          NULL::VARCHAR AS event_uid, NULL::TIMESTAMPTZ AS time, NULL::BOOLEAN AS time_clamped,
          NULL::TIMESTAMPTZ AS effective_time, NULL::INTEGER AS class_uid,
          NULL::INTEGER AS activity_id, NULL::VARCHAR AS identity, NULL::VARCHAR AS account,
          NULL::VARCHAR AS source, NULL::VARCHAR AS reject_reason,
          NULL::VARCHAR AS reject_detail, NULL::VARCHAR AS verb, NULL::VARCHAR AS event_code,
          NULL::VARCHAR AS outcome, NULL::VARCHAR AS outcome_detail,
          NULL::VARCHAR AS actor_kind, NULL::VARCHAR AS actor_uid, NULL::VARCHAR AS actor_name,
          NULL::VARCHAR AS actor_email, NULL::VARCHAR AS user_kind, NULL::VARCHAR AS user_uid,
          NULL::VARCHAR AS user_name, NULL::VARCHAR AS user_email, NULL::VARCHAR AS group_name,
          NULL::VARCHAR AS resource_kind, NULL::VARCHAR AS resource_name,
          NULL::VARCHAR AS resource_uid, NULL::VARCHAR AS src_ip, NULL::VARCHAR AS session_uid,
          NULL::VARCHAR AS user_agent, NULL::VARCHAR AS entitlement,
          NULL::VARCHAR AS credential_uid, NULL::VARCHAR AS ticket,
          NULL::VARCHAR AS vendor_uid, NULL::VARCHAR AS message, NULL::BLOB AS raw, NULL::VARCHAR AS redacted,
          NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''event_files''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE, source: VARCHAR}
          )'
    END
);

-- Who had what, as of once a day: one row for each account, grant and credential that was live.
-- `day` is the day of `as_of`, UTC.
CREATE OR REPLACE TEMP MACRO access_in(paths) AS TABLE
SELECT *
FROM query(
    CASE WHEN getvariable(paths) IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS as_of, NULL::VARCHAR AS identity, NULL::VARCHAR AS email,
          NULL::VARCHAR AS name, NULL::VARCHAR AS link, NULL::VARCHAR AS owners,
          NULL::VARCHAR AS owner_state, NULL::VARCHAR AS source, NULL::VARCHAR AS account,
          NULL::VARCHAR AS account_name, NULL::VARCHAR AS subject, NULL::VARCHAR AS kind,
          NULL::VARCHAR AS what, NULL::BOOLEAN AS privileged, NULL::TIMESTAMPTZ AS since,
          NULL::VARCHAR AS granted_by, NULL::VARCHAR AS approval, NULL::VARCHAR AS approved_by,
          NULL::TIMESTAMPTZ AS approved_at, NULL::VARCHAR AS last_used,
          NULL::TIMESTAMPTZ AS last_used_at, NULL::VARCHAR AS evidence, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''' || paths || '''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);
CREATE OR REPLACE TEMP VIEW access AS FROM access_in('access_files');
CREATE OR REPLACE TEMP VIEW access_now AS FROM access_in('access_now_files');

-- Who is known to HR, as of once a day: one row a person, with joining, leaving and contract.
-- `day` is the day of `as_of`, UTC.
CREATE OR REPLACE TEMP MACRO people_in(paths) AS TABLE
SELECT *
FROM query(
    CASE WHEN getvariable(paths) IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS as_of, NULL::VARCHAR AS identity, NULL::VARCHAR[] AS ids,
          NULL::VARCHAR AS email, NULL::VARCHAR AS name, NULL::VARCHAR AS state,
          NULL::TIMESTAMPTZ AS hired_at, NULL::VARCHAR AS hired_event_uid,
          NULL::TIMESTAMPTZ AS left_at, NULL::TIMESTAMPTZ AS left_recorded_at,
          NULL::VARCHAR AS left_event_uid, NULL::TIMESTAMPTZ AS contract_ends_at,
          NULL::TIMESTAMPTZ AS contract_recorded_at, NULL::VARCHAR AS contract_event_uid,
          NULL::TIMESTAMPTZ AS contract_ended_at, NULL::VARCHAR AS contract_ended_event_uid,
          NULL::VARCHAR AS department, NULL::VARCHAR AS title, NULL::VARCHAR AS manager,
          NULL::VARCHAR AS employment_type, NULL::VARCHAR AS evidence, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''' || paths || '''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);
CREATE OR REPLACE TEMP VIEW people AS FROM people_in('people_files');
CREATE OR REPLACE TEMP VIEW people_now AS FROM people_in('people_now_files');

-- Each change of a finding that was told, in the form that receivers got (`form` is its exact
-- line). `day` is the day of `told_at`, UTC.
CREATE OR REPLACE TEMP VIEW finding_changes AS
SELECT *
FROM query(
    CASE WHEN getvariable('finding_files') IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS told_at, NULL::BIGINT AS change,
          NULL::VARCHAR AS finding_id, NULL::VARCHAR AS rule, NULL::VARCHAR AS subject,
          NULL::VARCHAR AS subject_kind, NULL::VARCHAR AS status, NULL::VARCHAR AS severity,
          NULL::VARCHAR AS identity, NULL::VARCHAR AS identity_email,
          NULL::VARCHAR AS identity_name, NULL::VARCHAR AS identity_kind,
          NULL::VARCHAR AS account, NULL::VARCHAR AS account_source,
          NULL::VARCHAR AS account_uid, NULL::VARCHAR AS account_name,
          NULL::TIMESTAMPTZ AS opened_at, NULL::TIMESTAMPTZ AS resolved_at,
          NULL::TIMESTAMPTZ AS detected_at, NULL::VARCHAR AS summary, NULL::VARCHAR AS remedy,
          NULL::VARCHAR[] AS controls, NULL::VARCHAR[] AS evidence,
          NULL::VARCHAR AS exempt_reason, NULL::TIMESTAMPTZ AS exempt_until,
          NULL::VARCHAR AS form, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''finding_files''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);

-- Each finding as it was told last; those that were withdrawn too, by `status`.
CREATE OR REPLACE TEMP VIEW findings AS
SELECT *
FROM finding_changes
QUALIFY row_number() OVER (PARTITION BY finding_id ORDER BY told_at DESC, change DESC) = 1;

-- Each change of whose an account is. `link` is linked, disputed, unlinked, non_human, or gone.
CREATE OR REPLACE TEMP VIEW link_changes AS
SELECT *
FROM query(
    CASE WHEN getvariable('link_files') IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS told_at, NULL::VARCHAR AS account,
          NULL::VARCHAR AS account_source, NULL::VARCHAR AS account_uid,
          NULL::VARCHAR AS account_name, NULL::VARCHAR AS identity,
          NULL::VARCHAR AS identity_email, NULL::VARCHAR AS identity_name,
          NULL::VARCHAR AS identity_kind, NULL::VARCHAR AS link, NULL::VARCHAR AS reason,
          NULL::TIMESTAMPTZ AS since, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''link_files''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);

-- Whose each account is, as it was told last.
CREATE OR REPLACE TEMP VIEW links AS
SELECT *
FROM link_changes
QUALIFY row_number() OVER (PARTITION BY account ORDER BY told_at DESC) = 1;

-- Who looked at this archive, and what they asked.
CREATE OR REPLACE TEMP VIEW reads AS
SELECT *
FROM query(
    CASE WHEN getvariable('read_files') IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS at, NULL::VARCHAR AS who, NULL::VARCHAR AS via,
          NULL::VARCHAR AS what, NULL::BIGINT AS "rows", NULL::VARCHAR AS outcome,
          NULL::VARCHAR AS host, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''read_files''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);

-- Logs that tell of the same accounts: events name the log, links the accounts.
CREATE OR REPLACE TEMP VIEW shared_accounts AS
SELECT *
FROM (VALUES
    ('entra', 'entra_audit'),
    ('entra', 'entra_signin'),
    ('entra', 'entra_risk'),
    ('entra', 'm365_audit'),
    ('entra', 'azure_activity'),
    ('entra', 'intune'),
    ('zoom', 'zoom_operation')
) AS shared(accounts, log);

-- The ids of the person, or of what is no person's, that is meant. Of the accounts that were ever
-- linked so, the newest word counts: `links` of all accounts would be sorted for that of a few.
CREATE OR REPLACE TEMP MACRO identities_of(meant) AS TABLE
WITH meant_accounts AS (
    SELECT meant AS account
    UNION ALL
    SELECT accounts || substr(meant, length(log) + 1)
    FROM shared_accounts
    WHERE starts_with(meant, log || ':') OR starts_with(meant, log || '@')
),
ever AS MATERIALIZED (
    SELECT DISTINCT account
    FROM link_changes
    WHERE identity = meant
        OR lower(identity_email) = lower(meant)
        OR account IN (SELECT account FROM meant_accounts)
)
SELECT DISTINCT identity
FROM (
    SELECT account, identity, identity_email
    FROM link_changes
    WHERE account IN (SELECT account FROM ever)
    QUALIFY row_number() OVER (PARTITION BY account ORDER BY told_at DESC) = 1
)
WHERE identity IS NOT NULL
    AND (
        identity = meant
        OR lower(identity_email) = lower(meant)
        OR account IN (SELECT account FROM meant_accounts)
    )
-- Somebody of whom there are records and no account is in HR's alone.
UNION
SELECT unnest(ids)
FROM people_now
WHERE identity = meant OR list_contains(ids, meant) OR lower(email) = lower(meant);

-- All by which rows may call them: ids, addresses (earlier ones too), and accounts, by the name of
-- each log that tells of them.
CREATE OR REPLACE TEMP MACRO names_of(meant) AS TABLE
WITH identities AS MATERIALIZED (
    SELECT identity FROM identities_of(meant)
),
ever AS MATERIALIZED (
    SELECT account, identity_email
    FROM link_changes
    WHERE identity IN (SELECT identity FROM identities)
),
accounts AS MATERIALIZED (
    SELECT account
    FROM (
        SELECT account, identity
        FROM link_changes
        WHERE account IN (SELECT account FROM ever)
        QUALIFY row_number() OVER (PARTITION BY account ORDER BY told_at DESC) = 1
    )
    WHERE identity IN (SELECT identity FROM identities)
    UNION
    SELECT meant
)
SELECT account AS name FROM accounts
UNION
SELECT log || substr(account, length(accounts) + 1)
FROM accounts JOIN shared_accounts
    ON starts_with(account, accounts || ':') OR starts_with(account, accounts || '@')
UNION
SELECT identity FROM identities
UNION
SELECT lower(identity_email) FROM ever WHERE identity_email IS NOT NULL
UNION
SELECT lower(email)
FROM people_now
WHERE email IS NOT NULL
    AND (identity IN (SELECT identity FROM identities) OR lower(email) = lower(meant))
UNION
SELECT lower(meant);

-- In two steps, each of which DuckDB narrows by sorting and bloom filters before it reads rows;
-- with one OR, or with the names as a table of its own, it would read all.
CREATE OR REPLACE TEMP MACRO events_of(meant) AS TABLE
SELECT * FROM events WHERE identity IN (SELECT name FROM names_of(meant))
UNION ALL
SELECT *
FROM (SELECT * FROM events WHERE account IN (SELECT name FROM names_of(meant)))
WHERE identity NOT IN (SELECT name FROM names_of(meant));

CREATE OR REPLACE TEMP MACRO access_of(meant) AS TABLE
SELECT * FROM access WHERE identity IN (SELECT name FROM names_of(meant))
UNION ALL
SELECT *
FROM (SELECT * FROM access WHERE account IN (SELECT name FROM names_of(meant)))
WHERE identity IS NULL OR identity NOT IN (SELECT name FROM names_of(meant));

CREATE OR REPLACE TEMP MACRO people_of(meant) AS TABLE
WITH names AS MATERIALIZED (SELECT name FROM names_of(meant))
SELECT *
FROM people
WHERE identity IN (SELECT name FROM names)
    OR list_has_any(ids, (SELECT list(name) FROM names))
    OR lower(email) IN (SELECT name FROM names);

CREATE OR REPLACE TEMP MACRO findings_of(meant) AS TABLE
WITH names AS MATERIALIZED (SELECT name FROM names_of(meant))
SELECT *
FROM findings
WHERE subject = meant
    OR identity IN (SELECT name FROM names)
    OR account IN (SELECT name FROM names)
    OR lower(identity_email) IN (SELECT name FROM names);
