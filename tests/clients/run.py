#!/usr/bin/env python3
"""Runs the demo into a temporary folder and reads its tables with other engines: Python deltalake and, where it is
installed, DuckDB. Fails when their row counts differ. Needs: pip install deltalake pyarrow duckdb"""

import pathlib
import subprocess
import sys
import tempfile

from deltalake import DeltaTable

ROOT = pathlib.Path(__file__).resolve().parents[2]


def duckdb_rows(table: DeltaTable) -> int | None:
    try:
        import duckdb
    except ImportError:
        return None
    rows = table.to_pyarrow_dataset()
    return duckdb.sql("SELECT count(*) FROM rows").fetchone()[0]


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as data:
        run = ["cargo", "run", "--quiet", "--manifest-path", str(ROOT / "Cargo.toml"), "--", "--data", data]
        subprocess.run([*run, "demo", "--reports", "8"], check=False, stdout=subprocess.DEVNULL)
        for folder in sorted((pathlib.Path(data) / "tables").iterdir()):
            query = [*run, "query", "--format", "csv", f"SELECT count(*) AS n FROM {folder.name}"]
            ours = int(subprocess.run(query, check=True, capture_output=True, text=True).stdout.split()[1])
            table = DeltaTable(str(folder))
            theirs = {"deltalake": table.to_pyarrow_table().num_rows, "duckdb": duckdb_rows(table)}
            same = all(rows in (None, ours) for rows in theirs.values())
            wrong += not same
            print("ok " if same else "BAD", folder.name, ours, theirs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
