#!/usr/bin/env python3
"""psycopg 3: parameters, prepared statements, cursors, transactions, pipelines, cancelling, and every column with its exact value."""

import datetime
import decimal
import json
import os
import threading
import time

from checks import ENDLESS, TABLES, VIEWS, Skipped, check, contains, equal, needs, run

psycopg = needs("psycopg")

Decimal, date = decimal.Decimal, datetime.date
UTC = datetime.timezone.utc


def connect(**options):
    return psycopg.connect("", autocommit=options.pop("autocommit", True), **options)


def one(sql, *parameters, **options):
    with connect() as connection:
        return connection.execute(sql, parameters or None, **options).fetchone()


def fails(code, act):
    """The error with which something is refused."""
    try:
        act()
    except psycopg.Error as error:
        equal(error.sqlstate, code)
        return error
    raise AssertionError(f"it was not refused with {code}")


@check
def server():
    """psycopg learns of the server when it connects"""
    with connect() as connection:
        info = connection.info
        equal(info.parameter_status("server_encoding"), "UTF8")
        equal(info.parameter_status("client_encoding"), "UTF8")
        equal(info.parameter_status("standard_conforming_strings"), "on")
        equal(info.parameter_status("integer_datetimes"), "on")
        assert info.server_version >= 140000, info.server_version
        equal(info.dbname, "fazhi")
        equal(bool(connection.pgconn.ssl_in_use), os.environ.get("PGSSLMODE") not in (None, "disable"))


# What can be sent, as what type, and what comes back.
VALUES = [
    (7, "smallint", 7),
    (-2147483648, "integer", -2147483648),
    (9007199254740993, "bigint", 9007199254740993),
    (1.5, "double precision", 1.5),
    (Decimal("1234567890123456789012.123456"), "decimal(28,6)", Decimal("1234567890123456789012.123456")),
    (True, "boolean", True),
    ("法治政府建设年度报告", "text", "法治政府建设年度报告"),
    ("it's \"quoted\" \\ %s $1", "text", "it's \"quoted\" \\ %s $1"),
    (date(2024, 2, 29), "date", date(2024, 2, 29)),
    (datetime.datetime(2024, 3, 15, 8, 30, 15, 123456), "timestamp", datetime.datetime(2024, 3, 15, 8, 30, 15, 123456)),
    (["甲", "乙,丙", 'a"b', "", "NULL", None], "text[]", ["甲", "乙,丙", 'a"b', "", "NULL", None]),
    ([], "text[]", []),
    (None, "text", None),
    (None, "integer", None),
    (None, "date", None),
    (None, "decimal(28,6)", None),
]


@check
def parameters():
    """psycopg parameters of every type come back as they were, as text and binary"""
    wrong = []
    with connect() as connection:
        for sent, type_name, expected in VALUES:
            for binary in (False, True):
                for placeholder in ("%t", "%b") if binary else ("%s",):
                    sql = f"SELECT CAST({placeholder} AS {type_name})"
                    try:
                        found = connection.execute(sql, [sent], binary=binary).fetchone()[0]
                        if found != expected or type(found) is not type(expected):
                            wrong.append(f"{sql} of {sent!r} gives {found!r}")
                    except psycopg.Error as error:
                        wrong.append(f"{sql} of {sent!r}: {error}")
    assert not wrong, "; ".join(wrong)


@check
def timestamps():
    """psycopg timestamps with time zone are instants"""
    with connect() as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        moment = datetime.datetime(2024, 3, 15, 8, 30, 15, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
        for binary in (False, True):
            found = connection.execute("SELECT CAST(%s AS timestamptz)", [moment], binary=binary).fetchone()[0]
            equal(found, moment)
            assert found.tzinfo is not None, found


@check
def conditions():
    """psycopg parameters in conditions, lists and LIMIT"""
    with connect() as connection:
        execute = connection.execute
        total = execute("SELECT count(*) FROM indicators").fetchone()[0]
        found = execute("SELECT count(*) FROM indicators WHERE value >= %s", [Decimal("0")]).fetchone()[0]
        equal(found, total)
        years = [row[0] for row in execute("SELECT DISTINCT report_year FROM reports ORDER BY 1").fetchall()]
        sql = "SELECT count(*) FROM reports WHERE report_year = ANY(%s)"
        equal(execute(sql, [years]).fetchone(), execute("SELECT count(*) FROM reports").fetchone())
        sql = "SELECT document_id FROM reports WHERE report_year = %s AND title LIKE %s ORDER BY document_id LIMIT %s"
        assert len(execute(sql, [years[0], "%法治政府%", 1]).fetchall()) == 1
        sql = "SELECT count(*) FROM reports WHERE published_on > %s OR published_on IS NULL"
        equal(execute(sql, [date(1949, 10, 1)]).fetchone(), execute("SELECT count(*) FROM reports").fetchone())


@check
def prepared():
    """psycopg prepared statements (prepare_threshold=0)"""
    with connect(prepare_threshold=0) as connection:
        for number in range(300):
            sql = f"SELECT %s + {number % 150}"
            equal(connection.execute(sql, [number]).fetchone()[0], number + number % 150)
        with connection.cursor() as cursor:
            cursor.execute("SELECT report_year, topics FROM documents WHERE kind = %s", ["report"], prepare=True)
            equal([column.name for column in cursor.description], ["report_year", "topics"])
            equal([column.type_code for column in cursor.description], [23, 1009])
        connection.execute("DEALLOCATE ALL")
        connection.execute("DISCARD ALL")
        equal(connection.execute("SELECT 1").fetchone(), (1,))


@check
def server_cursor():
    """psycopg server-side cursors"""
    with connect(autocommit=False) as connection:
        with connection.cursor("portions") as cursor:
            cursor.execute("SELECT x FROM generate_series(1, 10000) AS a(x)")
            equal([row[0] for row in cursor.fetchmany(3)], [1, 2, 3])
            cursor.itersize = 1000
            equal(sum(1 for _ in cursor), 9997)
        with connection.cursor("parameters", binary=True) as cursor:
            cursor.execute("SELECT x FROM generate_series(1, 10) AS a(x) WHERE x > %s", [8])
            equal(cursor.fetchall(), [(9,), (10,)])


@check
def streaming():
    """psycopg streams a result row by row"""
    with connect() as connection, connection.cursor() as cursor:
        equal(sum(row[0] for row in cursor.stream("SELECT x FROM generate_series(1, 50000) AS a(x) WHERE x > %s", [1])), 50000 * 50001 // 2 - 1)


@check
def transactions():
    """psycopg transactions and savepoints; autocommit on and off"""
    states = psycopg.pq.TransactionStatus
    with connect(autocommit=False) as connection:
        connection.execute("SELECT 1")
        equal(connection.info.transaction_status, states.INTRANS)
        connection.commit()
        equal(connection.info.transaction_status, states.IDLE)
        fails("42703", lambda: connection.execute("SELECT nope FROM reports"))
        equal(connection.info.transaction_status, states.INERROR)
        fails("25P02", lambda: connection.execute("SELECT 1"))
        connection.rollback()
        equal(connection.execute("SELECT 1").fetchone(), (1,))
    with connect() as connection:
        with connection.transaction():
            equal(connection.info.transaction_status, states.INTRANS)
            try:
                with connection.transaction():
                    connection.execute("SELECT nope FROM reports")
            except psycopg.errors.UndefinedColumn:
                pass
            equal(connection.execute("SELECT 2").fetchone(), (2,))
        equal(connection.info.transaction_status, states.IDLE)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.autocommit = False
        equal(connection.execute("SELECT 3").fetchone(), (3,))


@check
def pipeline():
    """psycopg pipeline mode"""
    with connect() as connection, connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", [number]) for number in range(20)]
        equal([cursor.fetchone()[0] for cursor in cursors], list(range(20)))
    with connect() as connection:
        try:
            with connection.pipeline():
                connection.execute("SELECT 1")
                connection.execute("SELECT nope FROM reports")
                connection.execute("SELECT 2")
        except psycopg.errors.UndefinedColumn:
            pass
        equal(connection.execute("SELECT 3").fetchone(), (3,))


@check
def many():
    """psycopg executemany"""
    with connect() as connection, connection.cursor() as cursor:
        cursor.executemany("SELECT %s::int * 2", [(1,), (2,), (3,)], returning=True)
        found = [cursor.fetchone()[0]]
        while cursor.nextset():
            found.append(cursor.fetchone()[0])
        equal(found, [2, 4, 6])


@check
def several_statements():
    """psycopg several statements in one text that read"""
    with connect() as connection:
        cursor = connection.execute("SELECT 1; SELECT 2")
        equal(cursor.fetchone(), (1,))
        assert cursor.nextset()
        equal(cursor.fetchone(), (2,))


@check
def settings():
    """psycopg SET, SHOW, set_config and options of the connection"""
    with connect(options="-c statement_timeout=54321 -c application_name=checks") as connection:
        execute = connection.execute
        equal(execute("SHOW statement_timeout").fetchone()[0], "54321ms")
        execute("SET statement_timeout = '90s'")
        equal(execute("SHOW statement_timeout").fetchone()[0], "90s")
        execute("RESET statement_timeout")
        execute("SET search_path TO public, pg_catalog")
        execute("SET client_encoding TO 'UTF8'")
        execute("SET datestyle TO 'ISO, MDY'")
        execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        execute("SELECT set_config('bytea_output', 'hex', false)")
        equal(execute("SHOW application_name").fetchone()[0], "checks")
        equal(execute("SELECT current_setting('application_name')").fetchone()[0], "checks")
        equal(execute("SHOW transaction_read_only").fetchone()[0], "on")


@check
def refusals():
    """psycopg what would write is refused, and the connection goes on"""
    statements = [
        "CREATE TABLE t (a int)",
        "INSERT INTO regions (region_code) VALUES ('1')",
        "UPDATE regions SET name = ''",
        "DELETE FROM regions",
        "TRUNCATE regions",
        "DROP TABLE regions",
        "DROP VIEW reports",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/fazhi-must-not-be-there'",
        "COPY regions FROM '/etc/passwd'",
        "COPY regions TO PROGRAM 'cat'",
        "SELECT 1 INTO t",
        "CREATE TEMP TABLE t AS SELECT 1",
    ]
    with connect() as connection:
        for statement in statements:
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                assert error.sqlstate in ("25006", "0A000", "42601", "42501"), f"{statement}: {error.sqlstate} {error}"
            else:
                raise AssertionError(f"{statement} succeeded")
            equal(connection.execute("SELECT 1").fetchone(), (1,))
    assert not os.path.exists("/tmp/fazhi-must-not-be-there")


@check
def copy_in():
    """psycopg COPY FROM STDIN is refused"""
    with connect() as connection, connection.cursor() as cursor:
        try:
            with cursor.copy("COPY regions FROM STDIN") as copy:
                copy.write_row(["1"])
        except psycopg.Error as error:
            assert error.sqlstate in ("25006", "0A000"), error.sqlstate
        else:
            raise AssertionError("it was taken")


@check
def copy_out():
    """psycopg COPY (...) TO STDOUT as text, CSV and binary"""
    query = "SELECT CAST(1 AS integer), '法治', CAST(NULL AS integer)"
    with connect() as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            equal(b"".join(copy), "1\t法治\t\\N\n".encode())
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
            equal(b"".join(copy), "1,法治,\n".encode())
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(["int4", "text", "int4"])
            equal(list(copy.rows()), [(1, "法治", None)])


@check
def errors():
    """psycopg errors have PostgreSQL's codes, positions and hints"""
    with connect() as connection:
        execute = connection.execute
        error = fails("42601", lambda: execute("SELECT 1 FROM WHERE"))
        assert error.diag.statement_position, "no position"
        error = fails("42703", lambda: execute("SELECT nope FROM reports"))
        equal(error.diag.statement_position, "8")
        fails("42P01", lambda: execute("SELECT * FROM nowhere"))
        fails("42883", lambda: execute("SELECT no_such_function(1)"))
        fails("22012", lambda: execute("SELECT 1 / (report_year - report_year) FROM reports WHERE report_year IS NOT NULL"))
        fails("22P02", lambda: execute("SELECT CAST(%s AS integer)", ["abc"]))
        equal(execute("SELECT 1").fetchone(), (1,))


@check
def cancelling():
    """psycopg cancel from another thread ends a query at once, and the connection goes on"""
    with connect() as connection:
        for cancel in (connection.cancel, connection.cancel_safe):
            ended = threading.Event()

            def insist(cancel=cancel, ended=ended):
                # A request that comes before the query has none to end: it is made until there was one.
                while not ended.wait(0.3):
                    cancel()

            thread = threading.Thread(target=insist)
            began = time.monotonic()
            thread.start()
            error = fails("57014", lambda: connection.execute(ENDLESS))
            ended.set()
            thread.join()
            contains(str(error), "canceling statement due to user request")
            assert time.monotonic() - began < 5, "it took long"
            # The last request may have met the end of the query, and so the statement after it.
            try:
                connection.execute("SELECT 1")
            except psycopg.errors.QueryCanceled:
                pass
            equal(connection.execute("SELECT 1").fetchone(), (1,))


@check
def timeouts():
    """psycopg statement_timeout ends a query"""
    with connect() as connection:
        connection.execute("SET statement_timeout = 200")
        error = fails("57014", lambda: connection.execute(ENDLESS))
        contains(str(error), "statement timeout")
        connection.execute("SET statement_timeout = 0")
        equal(connection.execute("SELECT 1").fetchone(), (1,))


@check
def abandoned():
    """psycopg a client that goes away amid a result does no harm"""
    connection = connect()
    with connection.cursor() as cursor:
        next(cursor.stream("SELECT x, repeat('法', 200) FROM generate_series(1, 5000000) AS a(x)"))
        os.close(connection.pgconn.socket)
    equal(one("SELECT 1"), (1,))


# The Python type of each SQL type, and how its values look in the JSON of `fazhi query`.
TYPES = {
    "text": (str, str),
    "integer": (int, int),
    "bigint": (int, int),
    "double precision": (float, float),
    "numeric": (Decimal, lambda value: Decimal(str(value))),
    "boolean": (bool, bool),
    "date": (date, date.fromisoformat),
    "timestamp with time zone": (datetime.datetime, lambda value: datetime.datetime.fromisoformat(value).astimezone(UTC)),
    "ARRAY": (list, list),
}


def key(row):
    return [(value is None, str(value)) for value in row]


@check
def every_column():
    """psycopg every column of every table and view has its type and its value"""
    folder = os.environ.get("FAZHI_TRUTH")
    if not folder:
        raise Skipped("FAZHI_TRUTH names no folder with what `fazhi query` says")
    seen = set()
    with connect() as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        for name in TABLES + VIEWS:
            sql = (
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"
            )
            columns = connection.execute(sql, [name]).fetchall()
            seen |= {data_type for _, data_type in columns}
            with open(os.path.join(folder, f"{name}.jsonl"), encoding="utf-8") as lines:
                stated = [json.loads(line, parse_float=str) for line in lines]
            truth = []
            for row in stated:
                values = [(row.get(column), TYPES[data_type][1]) for column, data_type in columns]
                truth.append([None if value is None else read(value) for value, read in values])
            truth.sort(key=key)
            for binary in (False, True):
                found = [list(row) for row in connection.execute(f"SELECT * FROM {name}", binary=binary).fetchall()]
                equal(len(found), len(truth))
                for row in found:
                    for (column, data_type), value in zip(columns, row, strict=True):
                        expected = TYPES[data_type][0]
                        assert value is None or type(value) is expected, f"{name}.{column}: {value!r} is no {expected}"
                found.sort(key=key)
                for ours, theirs in zip(found, truth, strict=True):
                    equal([f"{name}", *ours], [f"{name}", *theirs])
    equal(sorted(seen), sorted(TYPES))


run()
