"""One identity's rows out of an archive of benches/large_archive.rs in DuckDB, through views.sql:
how long, against a full scan in the same run."""

import sys
import time

import duckdb

RUNS = 3
ASKED = "SELECT count(*), count(raw), max(octet_length(raw)) FROM "


def main(archive):
    database = duckdb.connect()
    began = time.perf_counter()
    database.execute(f"SET VARIABLE archive = '{archive}'")
    with open(f"{archive}/views.sql", encoding="utf-8") as views:
        database.execute(views.read())
    print(f"views.sql: {time.perf_counter() - began:.3f} s")

    def timed(name, source):
        runs = []
        for _ in range(RUNS):
            began = time.perf_counter()
            found = database.execute(ASKED + source).fetchone()
            runs.append(time.perf_counter() - began)
        print(f"{name}: {min(runs):.3f} s (first {runs[0]:.3f} s), {found[0]} rows")
        return min(runs)

    whole = timed("full scan", "events")
    for name, who in (("everyday", "person77"), ("leaver", "leaver7")):
        address = f"{who}@corp.example"
        for how, source in (
            ("events WHERE identity =", f"events WHERE identity = '{address}'"),
            ("events_of()", f"events_of('{address}')"),
        ):
            try:
                one = timed(f"{name}, {how}", source)
                print(f"    1/{whole / one:.0f} of the full scan")
            except duckdb.Error as error:
                print(f"{name}, {how}: {str(error).splitlines()[0]}")


main(sys.argv[1])
