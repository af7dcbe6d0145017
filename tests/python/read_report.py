"""Runs every query of a report's queries.sql in DuckDB over the archive, and compares the answer with
the Parquet file that the report holds. Prints how many tables are equal; the first that is not is an error.

usage: read_report.py ARCHIVE PACK
"""

import sys

import duckdb
import pyarrow.parquet as parquet


def plain(table):
    """Column names and rows, with times in microseconds and all numbers as such."""
    columns = table.column_names
    rows = list(zip(*(column.to_pylist() for column in table.columns))) if columns else []
    return columns, rows


def main(archive, pack):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET VARIABLE archive = '{archive}'")
    with open(f"{archive}/views.sql") as views:
        connection.execute(views.read())
    with open(f"{pack}/queries.sql") as queries:
        parts = queries.read().split("-- name: ")[1:]
    compared = 0
    for part in parts:
        name, held, sql = part.split("\n", 2)
        answer = connection.sql(sql.strip().rstrip(";")).to_arrow_table()
        files = held.removeprefix("-- held in: ")
        for file in [] if files == "no file of its own" else files.split(", "):
            if file.startswith("settings/"):
                continue  # the pack holds those of the period
            theirs = plain(answer)
            ours = plain(parquet.read_table(f"{pack}/{file.removesuffix('.csv')}.parquet"))
            assert theirs[0] == ours[0], f"{name}: {theirs[0]} and {ours[0]}"
            assert len(theirs[1]) == len(ours[1]), f"{name}: {len(theirs[1])} and {len(ours[1])} rows"
            for their, our in zip(theirs[1], ours[1]):
                assert their == our, f"{name}:\n{their}\n{our}"
            compared += 1
    print(compared)


main(sys.argv[1], sys.argv[2])
