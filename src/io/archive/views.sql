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
