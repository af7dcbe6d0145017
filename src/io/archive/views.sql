-- Views over this archive for DuckDB. In the archive's directory:
--
--   duckdb -init views.sql
--
-- From elsewhere, first: SET VARIABLE archive = '/path/to/archive';
-- Files are listed from commits: a file that no commit names is the rest of a crash, and not part
-- of the archive. Run this again to see what was committed since.

SET VARIABLE archive = coalesce(getvariable('archive'), '.');

CREATE OR REPLACE TEMP VIEW commits AS
SELECT *
FROM read_json(
    getvariable('archive') || '/commits/**/*.json',
    format = 'newline_delimited',
    hive_partitioning = false,
    maximum_object_size = 134217728,
    columns = {
        format: 'INTEGER',
        number: 'BIGINT',
        stream: 'STRUCT(topic VARCHAR, partition INTEGER)',
        start: 'BIGINT',
        "end": 'BIGINT',
        previous: 'VARCHAR',
        heartbeat: 'BOOLEAN',
        files: 'STRUCT(path VARCHAR, sha256 VARCHAR, bytes BIGINT, rows BIGINT, records BIGINT)[]',
        row_root: 'VARCHAR',
        counts: 'STRUCT(records BIGINT, events BIGINT, rejects MAP(VARCHAR, BIGINT), duplicates BIGINT, gaps BIGINT[][])',
        event_times: 'STRUCT(earliest TIMESTAMPTZ, latest TIMESTAMPTZ)',
        written_at: 'TIMESTAMPTZ'
    }
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
    number AS commit_number
FROM (SELECT stream, number, unnest(files) AS file FROM commits);

-- A table function takes no subquery, but a variable.
SET VARIABLE event_files = (
    SELECT list(getvariable('archive') || '/' || path ORDER BY path)
    FROM files
    WHERE dataset = 'events'
);

-- One row an event. Rows with event_index = 0 count the records, rejected ones included.
-- `day` is the day of archiving, UTC.
CREATE OR REPLACE TEMP VIEW events AS
SELECT *
FROM read_parquet(
    getvariable('event_files'),
    union_by_name = true,
    hive_partitioning = true,
    hive_types = {day: DATE, source: VARCHAR}
);

SET VARIABLE access_files = (
    SELECT list(getvariable('archive') || '/' || path ORDER BY path)
    FROM files
    WHERE dataset = 'access'
);

-- Who had what, as of once a day: one row for each account, grant and credential that was live.
-- `day` is the day of `as_of`, UTC. Without a snapshot it is empty: no files are no table.
CREATE OR REPLACE TEMP VIEW access AS
SELECT *
FROM query(
    CASE WHEN getvariable('access_files') IS NULL
    THEN 'SELECT NULL::TIMESTAMPTZ AS as_of, NULL::VARCHAR AS identity, NULL::VARCHAR AS account,
          NULL::VARCHAR AS subject, NULL::VARCHAR AS kind, NULL::VARCHAR AS what, NULL::DATE AS day
          WHERE false'
    ELSE 'SELECT * FROM read_parquet(
              getvariable(''access_files''),
              union_by_name = true,
              hive_partitioning = true,
              hive_types = {day: DATE}
          )'
    END
);
