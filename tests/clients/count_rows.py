#!/usr/bin/env python3
"""Counts the rows of every table below a data folder with Python's deltalake: `TABLE ROWS` per line."""

import os
import pathlib
import sys

from deltalake import DeltaTable

tables = pathlib.Path(sys.argv[1]) / "tables"
for folder in sorted(tables.iterdir()):
    print(folder.name, DeltaTable(str(folder)).to_pyarrow_table().num_rows)
sys.stdout.flush()
# The threads of deltalake and pyarrow can abort the interpreter while it takes itself down.
os._exit(0)
