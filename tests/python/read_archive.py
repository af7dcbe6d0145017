"""Reads an archive with DuckDB, through its views.sql, and with pyarrow, and prints what they see
as one JSON object. Knows nothing of the archive but its public forms."""

import glob
import hashlib
import json
import sys

import duckdb
import pyarrow
import pyarrow.compute
import pyarrow.parquet

EVENT_TYPES = """
    SELECT column_name, column_type FROM (DESCRIBE events)
"""
COUNTS = """
    SELECT topic, "partition", count(*) AS rows,
           count(*) FILTER (event_index = 0) AS records,
           count(raw) AS raws,
           count(*) FILTER (reject_reason IS NOT NULL) AS rejects,
           count(event_uid) AS events
    FROM events GROUP BY ALL ORDER BY ALL
"""
RAW = """
    SELECT topic, "partition", "offset", raw FROM events
    WHERE event_index = 0 ORDER BY ALL
"""


def records_hash(rows):
    """One hash over the origin and the raw bytes of all records, in order."""
    digest = hashlib.sha256()
    for topic, partition, offset, raw in rows:
        digest.update(f"{topic} {partition} {offset} {len(raw)}\n".encode())
        digest.update(raw)
    return digest.hexdigest()


def with_duckdb(archive):
    database = duckdb.connect()
    database.execute(f"SET VARIABLE archive = '{archive}'")
    with open(f"{archive}/views.sql", encoding="utf-8") as views:
        database.execute(views.read())
    ask = lambda query: database.execute(query).fetchall()
    return {
        "counts": ask(COUNTS),
        "types": dict(ask(EVENT_TYPES)),
        "records_hash": records_hash(ask(RAW)),
        "source": sorted(row[0] for row in ask("SELECT DISTINCT source FROM events")),
        "days": [str(row[0]) for row in ask("SELECT DISTINCT day FROM events")],
        "one_identity": ask(
            "SELECT count(*), min(epoch_us(time)), max(epoch_us(time)) FROM events "
            "WHERE identity = 'user7@corp.example'"
        )[0],
        "commits": ask(
            "SELECT count(*), sum(counts.records), sum(counts.events), "
            "sum(counts.duplicates), sum(len(counts.gaps)), "
            "sum(coalesce(counts.rejects['invalid_json'], 0)), "
            "count(*) FILTER (heartbeat) FROM commits"
        )[0],
    }


def with_pyarrow(archive):
    tables = []
    for commit in glob.glob(f"{archive}/commits/**/*.json", recursive=True):
        with open(commit, encoding="utf-8") as text:
            for file in json.load(text)["files"]:
                # ParquetFile: read_table would add the directory's columns to the file's.
                with pyarrow.parquet.ParquetFile(f"{archive}/{file['path']}") as parquet:
                    tables.append(parquet.read())
    table = pyarrow.concat_tables(tables)
    first = table.filter(pyarrow.compute.equal(table["event_index"], 0))
    first = first.sort_by([(name, "ascending") for name in ("topic", "partition", "offset")])
    columns = [first[name].to_pylist() for name in ("topic", "partition", "offset", "raw")]
    return {
        "types": {field.name: str(field.type) for field in table.schema},
        "rows": table.num_rows,
        "records_hash": records_hash(zip(*columns)),
    }


def main():
    archive = sys.argv[1]
    answer = {"duckdb": with_duckdb(archive), "pyarrow": with_pyarrow(archive)}
    json.dump(answer, sys.stdout, default=str)


main()
