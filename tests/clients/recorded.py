#!/usr/bin/env python3
"""What tools that are not here ask when they connect (recorded/*.sql): every statement is answered, with as many columns as it should."""

import os
import pathlib
import re

from checks import check, needs, run

psycopg = needs("psycopg")

STATEMENT = re.compile(r"^-- (?P<name>.*): (?P<columns>\d+)(?P<more>\+?) columns?(?P<rows> rows)?$")


def statements(path):
    """Name, columns, whether more may come, whether rows must come, text."""
    found, current, text = [], None, []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "-- end: 0 columns"]:
        match = STATEMENT.match(line)
        if not match:
            text.append(line)
            continue
        if current:
            sql = "\n".join(text).strip()
            assert sql.endswith(";"), f"{path.name}: {current['name']}: no statement"
            found.append((current, sql.removesuffix(";")))
        current, text = match, []
    return found


def ask(connection, expected, sql):
    """What is wrong with the answer."""
    try:
        cursor = connection.execute(sql)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error}"
    columns = len(cursor.description or [])
    least = int(expected["columns"])
    if columns < least or columns > least and not expected["more"]:
        return f"{columns} columns in place of {least}"
    if expected["rows"] and not cursor.fetchall():
        return "no rows"
    return None


def asks(path):
    def questions():
        wrong = []
        with psycopg.connect("", autocommit=True) as connection:
            schema = connection.execute("SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'").fetchone()
            view = connection.execute("SELECT oid FROM pg_catalog.pg_class WHERE relname = 'reports'").fetchone()
            for expected, sql in statements(path):
                sql = sql.replace(":public", str(schema[0])).replace(":reports", str(view[0]))
                problem = ask(connection, expected, sql)
                if problem:
                    wrong.append(f"{expected['name']}: {' '.join(problem.split())}")
        assert not wrong, f"{len(wrong)} of {len(statements(path))}: " + "; ".join(wrong)

    questions.__doc__ = f"{path.stem}: {len(statements(path))} recorded statements are answered"
    return questions


only = os.environ.get("FAZHI_RECORDED")
for path in sorted(pathlib.Path(__file__).parent.joinpath("recorded").glob("*.sql")):
    if not only or path.stem == only:
        check(asks(path))

run()
