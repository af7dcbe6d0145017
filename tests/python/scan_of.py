"""How much DuckDB reads of an archive, through views.sql, for the rows of one identity: row groups
scanned, row groups that there are, and rows, as one JSON object."""

import json
import sys

import duckdb


def scans(node):
    """All readings of Parquet files below a node of a plan."""
    if "row_groups_scanned" in node:
        yield node
    for child in node.get("children", []):
        yield from scans(child)


def main(archive, identity):
    database = duckdb.connect()
    database.execute(f"SET VARIABLE archive = '{archive}'")
    with open(f"{archive}/views.sql", encoding="utf-8") as views:
        database.execute(views.read())

    def scanned(condition):
        query = f"EXPLAIN (ANALYZE, FORMAT json) SELECT raw FROM events WHERE {condition}"
        plan = json.loads(database.execute(query).fetchone()[1])
        found = [scan for node in plan["operator"] for scan in scans(node)]
        return {
            "row_groups": sum(scan["row_groups_scanned"] for scan in found),
            "rows": sum(scan["rows_scanned"] for scan in found),
        }

    seen = {"one": scanned(f"identity = '{identity}'"), "all": scanned("true")}
    print(json.dumps(seen))


main(*sys.argv[1:])
