"""Reads every dataset of an archive with Polars, pyarrow and DuckDB, and prints what each of them
sees as one JSON object: rows, types, and how many values of each column are there. Files are those
that commits name."""

import glob
import json
import sys

import duckdb
import polars
import pyarrow
import pyarrow.parquet

TABLES = {
    "events": "events",
    "access": "access",
    "people": "people",
    "findings": "finding_changes",
    "links": "link_changes",
}


def named(archive):
    """Paths of files by dataset."""
    files = {dataset: [] for dataset in TABLES}
    for commit in sorted(glob.glob(f"{archive}/commits/**/*.json", recursive=True)):
        with open(commit, encoding="utf-8") as text:
            for file in json.load(text)["files"]:
                dataset = file["path"].split("/")[0]
                if dataset in files:
                    files[dataset].append(f"{archive}/{file['path']}")
    return files


def with_polars(paths):
    frame = polars.read_parquet(paths, hive_partitioning=False)
    return {
        "rows": frame.height,
        "types": {name: str(kind) for name, kind in frame.schema.items()},
        "counts": {name: frame[name].count() for name in frame.columns},
    }


def with_pyarrow(paths):
    table = pyarrow.concat_tables(pyarrow.parquet.ParquetFile(path).read() for path in paths)
    return {
        "rows": table.num_rows,
        "types": {field.name: str(field.type) for field in table.schema},
        "counts": {name: len(table[name]) - table[name].null_count for name in table.column_names},
    }


def with_duckdb(database, paths):
    database.execute("SET VARIABLE paths = ?", [paths])
    source = "read_parquet(getvariable('paths'), hive_partitioning = false)"
    types = database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    types = {name: kind for name, kind, *_ in types}
    counts = ", ".join(f'count("{name}")' for name in types)
    rows, *counts = database.execute(f"SELECT count(*), {counts} FROM {source}").fetchone()
    return {"rows": rows, "types": types, "counts": dict(zip(types, counts))}


def main(archive):
    database = duckdb.connect()
    seen = {"polars": {}, "pyarrow": {}, "duckdb": {}}
    for dataset, paths in named(archive).items():
        if paths:
            table = TABLES[dataset]
            seen["polars"][table] = with_polars(paths)
            seen["pyarrow"][table] = with_pyarrow(paths)
            seen["duckdb"][table] = with_duckdb(database, paths)
    print(json.dumps(seen))


main(sys.argv[1])
