"""Reads all datasets of an archive with DuckDB, through its views.sql, and with pyarrow, and prints
what they see as one JSON object. Compares the columns with those that the archive's DDL for Athena
and Trino says, as sqlglot understands it."""

import glob
import json
import logging
import os
import sys
import tempfile

import duckdb
import pyarrow.parquet
import sqlglot
from sqlglot import exp

VIEWS = ["commits", "files", "events", "access", "access_now", "people", "people_now",
         "finding_changes", "findings",
         "link_changes", "links", "reads"]
DATASETS = {"events": "events", "access": "access", "people": "people", "findings": "finding_changes",
            "links": "link_changes", "reads": "reads"}
BY_HAND = """
    SELECT count(*) FROM events
    WHERE identity = 'dana@corp.example' OR account IN (
        SELECT account FROM links WHERE identity_email = 'dana@corp.example'
    )
"""
# pyarrow's type, and what it is in Athena and Trino.
DDL_TYPES = {
    "string": ("text", "varchar"),
    "int32": ("int", "int"),
    "int64": ("bigint", "bigint"),
    "timestamp[us, tz=UTC]": ("timestamp", "timestamp"),
    "bool": ("boolean", "boolean"),
    "binary": ("binary", "varbinary"),
    "list": ("array", "array"),
}


def database(archive):
    connection = duckdb.connect()
    connection.execute(f"SET VARIABLE archive = '{archive}'")
    with open(views_of(archive), encoding="utf-8") as views:
        connection.execute(views.read())
    return connection


def views_of(archive):
    return f"{archive}/views.sql"


def described(connection, view):
    return connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {view})").fetchall()


def pyarrow_types(archive):
    types = {}
    for path in glob.glob(f"{archive}/*/**/*.parquet", recursive=True):
        dataset = os.path.relpath(path, archive).split("/")[0]
        with pyarrow.parquet.ParquetFile(path) as parquet:
            types[dataset] = {field.name: str(field.type) for field in parquet.schema_arrow}
            # Decoded, not only described.
            parquet.read()
    return types


def differ_when_empty(archive, connection):
    with tempfile.TemporaryDirectory() as empty:
        nothing = duckdb.connect()
        nothing.execute(f"SET VARIABLE archive = '{empty}'")
        with open(views_of(archive), encoding="utf-8") as views:
            nothing.execute(views.read())
        # The order of columns is that of files; names and types are the contract.
        return [
            view for view in VIEWS
            if sorted(described(connection, view)) != sorted(described(nothing, view))
        ]


def ddl_differs(archive, types):
    """Columns of external tables that are not as files have them; statements that are no SQL."""
    wrong = []
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    for place, dialect in enumerate(("athena", "trino")):
        with open(f"{archive}/{dialect}.sql", encoding="utf-8") as text:
            statements = [one for one in text.read().split(";\n") if one.strip()]
        tables = {}
        views = set()
        for statement in statements:
            parsed = sqlglot.parse_one(statement, read=dialect)
            if isinstance(parsed, exp.Command):
                # PREPARE name FROM query
                query = statement.split(" FROM\n", 1)[1]
                assert isinstance(sqlglot.parse_one(query, read=dialect), exp.Query), statement
                continue
            assert isinstance(parsed, exp.Create), statement
            name = parsed.find(exp.Table).name
            if parsed.kind == "VIEW":
                views.add(name)
                continue
            tables[name] = {
                column.name: column.kind.this.value.lower()
                for column in parsed.this.expressions
                if isinstance(column, exp.ColumnDef)
            }
        for dataset, view in DATASETS.items():
            if view not in views:
                wrong.append([dialect, view])
            if dataset not in types:
                continue
            stated = tables[f"{dataset}_files"]
            for column, kind in types[dataset].items():
                expected = DDL_TYPES[kind.split("<")[0]][place]
                if stated.pop(column, None) != expected:
                    wrong.append([dialect, dataset, column, expected])
            wrong.extend([dialect, dataset, column] for column in stated)
    return wrong


def main(archive, *people):
    connection = database(archive)
    ask = lambda query: connection.execute(query).fetchall()
    of_pyarrow = pyarrow_types(archive)
    types = {
        dataset: {
            name: [kind, of_pyarrow[dataset].get(name)]
            for name, kind in described(connection, DATASETS[dataset])
        }
        for dataset in of_pyarrow
    }
    count = lambda function, who: ask(f"SELECT count(*) FROM {function}('{who}')")[0][0]
    answer = {
        "forms": sorted(row[0] for row in ask("SELECT form FROM findings")),
        "stand": sorted(
            row[0] for row in ask("SELECT form FROM findings WHERE status <> 'withdrawn'")
        ),
        "changes": [row[0] for row in ask("SELECT change FROM finding_changes ORDER BY change")],
        "exempt": [
            row[0]
            for row in ask("SELECT exempt_reason FROM findings WHERE status = 'exempt' ORDER BY 1")
        ],
        "links": ask("SELECT account, link FROM links ORDER BY account"),
        "now_is_all": ask("SELECT (SELECT count(*) FROM access) = count(*) FROM access_now")[0][0],
        "people": ask("SELECT identity, state FROM people_now ORDER BY identity"),
        "of": {
            who: {
                "events": count("events_of", who),
                "access": count("access_of", who),
                "people": ask(f"SELECT identity FROM people_of('{who}')"),
                "findings": count("findings_of", who),
            }
            for who in people
        },
        "of_dana_by_hand": ask(BY_HAND)[0][0],
        "types": types,
    }
    if of_pyarrow:
        answer["types_differ_when_empty"] = differ_when_empty(archive, connection)
        answer["ddl_differs"] = ddl_differs(archive, of_pyarrow)
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])
