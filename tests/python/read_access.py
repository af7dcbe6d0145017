"""Reads the snapshots of live access with DuckDB, through views.sql, and with pyarrow, and prints
what they see as one JSON object."""

import glob
import json
import sys

import duckdb
import pyarrow.parquet

ROWS = """
    SELECT identity, account, subject, kind, what, privileged, strftime(as_of AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ'),
           strftime(since AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ'), last_used, day::VARCHAR
    FROM access
"""


def main(archive):
    database = duckdb.connect()
    database.execute(f"SET VARIABLE archive = '{archive}'")
    with open(f"{archive}/views.sql", encoding="utf-8") as views:
        database.execute(views.read())
    types = {}
    for path in glob.glob(f"{archive}/access/**/*.parquet", recursive=True):
        with pyarrow.parquet.ParquetFile(path) as parquet:
            types = {field.name: str(field.type) for field in parquet.schema_arrow}
    print(json.dumps({"rows": database.execute(ROWS).fetchall(), "types": types}))


main(sys.argv[1])
